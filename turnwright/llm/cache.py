"""Cache: replies kept by the content of their requests, so that a run that is made again costs nothing.

One small file per reply, put in place by a rename: many processes may share a folder, and none sees half a reply.
"""

import os
import uuid
from dataclasses import replace
from pathlib import Path

import orjson

from turnwright.dialogue import ToolCall
from turnwright.errors import stopping
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest
from turnwright.record import content_hash


class Cached:
    """A client that asks only what was never answered before; failures are not kept."""

    def __init__(self, client: ChatClient, folder: Path) -> None:
        self._client = client
        self._folder = folder

    async def chat(self, request: ChatRequest) -> ChatReply:
        """The reply that was kept, or a new one.

        Raises:
            ProviderFailure: as the client does.
            RunStopped: if the folder cannot be used: what is paid for would be lost.
        """
        key = content_hash(request)
        file = self._folder / key[:2] / key[2:]
        with stopping(f"cannot use the cache {self._folder}"):
            kept = _read(file)
        if kept is not None:
            return replace(kept, cached=True, cost_usd=0.0, latency_s=0.0, attempts=0)
        reply = await self._client.chat(request)
        with stopping(f"cannot write to the cache {self._folder}"):
            _write(file, reply)
        return reply


def _read(file: Path) -> ChatReply | None:
    try:
        kept = orjson.loads(file.read_bytes())
        calls = tuple(ToolCall.model_validate(call) for call in kept.pop("tool_calls"))
        return ChatReply(tool_calls=calls, **kept)
    except (FileNotFoundError, ValueError, TypeError, KeyError):  # one that a dying disk left is asked anew
        return None


def _write(file: Path, reply: ChatReply) -> None:
    kept = {"content": reply.content, "reasoning": reply.reasoning, "cost_usd": reply.cost_usd}
    kept |= {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out}
    calls = [call.model_dump() for call in reply.tool_calls]
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    scratch.write_bytes(orjson.dumps({**kept, "tool_calls": calls}))
    os.replace(scratch, file)
