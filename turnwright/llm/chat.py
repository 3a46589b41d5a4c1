"""Chat: one request to a language model and its reply, in the wire form that every provider shares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from turnwright.dialogue import Executed, ToolCall
from turnwright.llm.trouble import ProviderFailure, Trouble
from turnwright.record import canonical

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
    shape: Mapping[str, Any] | None = None
    """JSON schema that the server is to hold the reply to."""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further parameters by their OpenAI names: max_tokens, stop, reasoning_effort, ..."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back; `cost_usd` is None where the price is unknown."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    reasoning: str = ""
    """What a reasoning model thought before it answered; never shown to the other side."""
    attempts: int = 1
    """Requests that it took."""
    latency_s: float | None = None
    """Of the request that was answered; None where nobody took the time."""
    cached: bool = False


class ChatClient(Protocol):
    """A way to a model."""

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Ask once.

        Raises:
            ProviderFailure: if no reply could be had.
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
    """The tool messages that answer them, in the words in which a corpus keeps them: who learned from it reads as it
    learned."""
    for call in calls:
        content = canonical(call.result if call.error is None else {"error": call.error}).decode()
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


LONGEST_REPLY = 1_000_000
"""Characters of words, reasoning and arguments together; a model that writes more has lost its way."""
_END_OF_THOUGHT = "</think>"


def reply_of(completion: Any) -> ChatReply:
    """The reply in a chat completion as the wire has it.

    Raises:
        ProviderFailure: BROKEN, if it is none, is too long, or holds text that no file could hold.
    """
    try:
        message, usage = completion["choices"][0]["message"], completion.get("usage") or {}
        calls = tuple(_called(call, number) for number, call in enumerate(message.get("tool_calls") or (), 1))
        reasoning, content = _thought_and_said(message)
        # Half of an emoji, cut off by a server, is a str to Python: encoding finds it.
        length = sum(len(text.encode()) for text in (reasoning, content, *map(_written, calls)))
        reply = ChatReply(
            content,
            calls,
            tokens_in=int(usage.get("prompt_tokens") or 0),
            tokens_out=int(usage.get("completion_tokens") or 0),
            reasoning=reasoning,
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ProviderFailure(Trouble.BROKEN, f"the reply is no chat completion: {completion!r:.200}") from error
    if length > LONGEST_REPLY:
        raise ProviderFailure(Trouble.BROKEN, f"the reply is {length:,} bytes long, more than {LONGEST_REPLY:,}")
    return reply


def _called(call: Any, number: int) -> ToolCall:
    name, arguments = call["function"]["name"], call["function"].get("arguments")
    if isinstance(arguments, dict):  # as some servers have it
        arguments = orjson.dumps(arguments).decode()
    return parse_call(call.get("id") or f"call-{number}", name, arguments)


def _written(call: ToolCall) -> str:
    return f"{call.id}{call.tool}{call.malformed or orjson.dumps(call.arguments).decode()}"


def _thought_and_said(message: Any) -> tuple[str, str]:
    """A server without a parser for reasoning leaves it in front of the words."""
    content = message.get("content") or ""
    if isinstance(content, list):
        content = "".join(part.get("text") or "" for part in content)
    thought: str = message.get("reasoning_content") or message.get("reasoning") or ""
    if not thought and _END_OF_THOUGHT in content:
        thought, _, content = content.partition(_END_OF_THOUGHT)
    return thought.removeprefix("<think>").strip(), content.strip() if thought else content
