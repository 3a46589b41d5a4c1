"""Role: a part to be played by a model: its template, its client, and the ledger line of every call it makes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from turnwright.errors import boundary
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest, Wire
from turnwright.llm.trouble import ProviderFailure
from turnwright.record import Record
from turnwright.verdict import Blame

Shape = Mapping[str, Any]
"""A JSON schema."""


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
    """Of the request that was answered, or until there was no hope of one."""
    attempts: int
    """Requests that it took; 0 out of a cache."""
    outcome: str
    """ "ok", "cached", "bad_reply", or "failed"."""


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
    votes: int = 1
    """How often it is asked about the same, where it judges."""
    self_check: bool = False
    """Whether it is asked to look again before it changes something, where it speaks."""
    shaped: bool = False
    """Whether the server is told the JSON schema of the reply, where there is one."""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further parameters of its requests."""


@dataclass
class Ledger:
    """The calls made for one piece of work, in order."""

    calls: list[LlmCall] = field(default_factory=list[LlmCall])

    async def chat(
        self, role: Role, messages: Sequence[Wire], tools: Sequence[Wire], seed: int, shape: Shape | None = None
    ) -> ChatReply:
        """Ask the role's model once, and write it down whatever happens.

        Raises:
            Failure: blamed on PROVIDER.
        """
        request = ChatRequest(
            role.model, messages, tools, role.temperature, seed, shape if role.shaped else None, role.params
        )
        began = time.perf_counter()
        reply, outcome = ChatReply(""), "failed"
        try:
            with boundary(Blame.PROVIDER):
                reply = await role.client.chat(request)
            outcome = "cached" if reply.cached else "ok"
            return reply
        except ProviderFailure as failure:
            reply = replace(reply, attempts=failure.attempts)
            raise
        finally:
            self.calls.append(
                LlmCall(
                    role=role.name,
                    model=role.model,
                    prompt_hash=role.template.hash,
                    tokens_in=reply.tokens_in,
                    tokens_out=reply.tokens_out,
                    cost_usd=reply.cost_usd,
                    latency_s=time.perf_counter() - began if reply.latency_s is None else reply.latency_s,
                    attempts=reply.attempts,
                    outcome=outcome,
                )
            )

    def reject_last(self) -> None:
        """The last reply was not usable."""
        self.calls[-1] = self.calls[-1].model_copy(update={"outcome": "bad_reply"})
