"""Role: a part to be played by a model: its template, its client, and the ledger line of every call it makes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from turnwright.errors import boundary
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest, Wire
from turnwright.record import Record
from turnwright.verdict import Blame


class Template(Protocol):
    """A prompt with holes."""

    @property
    def hash(self) -> str:
        """Content hash of its text."""
        ...

    def render(self, **context: Any) -> list[Wire]:
        """The messages that open the conversation."""
        ...


class LlmCall(Record):
    """One line of the ledger: a call, what it took, and how it ended."""

    role: str
    model: str
    prompt_hash: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    latency_s: float
    outcome: str
    """ "ok", "bad_reply", or "failed"."""


@dataclass(frozen=True)
class Role:
    """One role of a workflow, ready to be asked."""

    name: str
    model: str
    client: ChatClient
    template: Template
    temperature: float = 0.0
    attempts: int = 2
    """Replies asked for before a bad one becomes a record."""


def _check_text(reply: ChatReply) -> None:
    # Half of an emoji, cut off by a server, is a str to Python and can go into no file.
    for call in reply.tool_calls:
        f"{call.id}{call.tool}{call.malformed}".encode()
    reply.content.encode()


@dataclass
class Ledger:
    """The calls made for one piece of work, in order."""

    calls: list[LlmCall] = field(default_factory=list[LlmCall])

    async def chat(self, role: Role, messages: Sequence[Wire], tools: Sequence[Wire], seed: int) -> ChatReply:
        """Ask the role's model once, and write it down whatever happens.

        Raises:
            Failure: blamed on PROVIDER.
        """
        started = time.perf_counter()
        reply, outcome = ChatReply(""), "failed"
        try:
            with boundary(Blame.PROVIDER):
                reply = await role.client.chat(ChatRequest(role.model, messages, tools, role.temperature, seed))
                _check_text(reply)
            outcome = "ok"
            return reply
        finally:
            self.calls.append(
                LlmCall(
                    role=role.name,
                    model=role.model,
                    prompt_hash=role.template.hash,
                    tokens_in=reply.tokens_in,
                    tokens_out=reply.tokens_out,
                    cost_usd=reply.cost_usd,
                    latency_s=time.perf_counter() - started,
                    outcome=outcome,
                )
            )

    def reject_last(self) -> None:
        """The last reply was not usable."""
        self.calls[-1] = self.calls[-1].model_copy(update={"outcome": "bad_reply"})
