"""Chat: one request to a language model and its reply, in the wire form that every provider shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from turnwright.dialogue import Executed, ToolCall

Wire = dict[str, Any]
"""One message in the OpenAI chat format."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """All that a model is told; nothing else reaches it."""

    model: str
    messages: Sequence[Wire]
    tools: Sequence[Wire] = ()
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back; `cost_usd` is None where the price is unknown."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None


class ChatClient(Protocol):
    """A way to a model."""

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Ask once.

        Raises:
            Failure: blamed on PROVIDER, if no reply could be had.
        """
        ...


def said(role: str, content: str) -> Wire:
    """A plain message of "system", "user" or "assistant"."""
    return {"role": role, "content": content}


def called(content: str, calls: Sequence[ToolCall] | Sequence[Executed]) -> Wire:
    """An assistant message that asks for tool calls."""
    return {
        "role": "assistant",
        "content": content,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.tool, "arguments": orjson.dumps(call.arguments).decode()},
            }
            for call in calls
        ],
    }


def answered(calls: Sequence[Executed]) -> Iterator[Wire]:
    """The tool messages that answer them."""
    for call in calls:
        content = orjson.dumps(call.result if call.error is None else {"error": call.error}).decode()
        yield {"role": "tool", "tool_call_id": call.id, "content": content}


def parse_call(call_id: str, tool: str, arguments: str | None) -> ToolCall:
    """A tool call off the wire; arguments that are no JSON object are kept as `malformed`."""
    try:
        parsed = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        return ToolCall(id=call_id, tool=tool, arguments={}, malformed=arguments)
    return ToolCall(id=call_id, tool=tool, arguments=parsed)
