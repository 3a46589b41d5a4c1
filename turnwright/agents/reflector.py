"""The reflector: reads what went wrong, and proposes what a role should be told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwright.agents.ask import ask, json_of
from turnwright.llm.role import Ledger, Role
from turnwright.record import Record
from turnwright.verdict import Blame
from turnwright.world import Domain


class Proposal(Record):
    """One instruction, and what it is against."""

    text: str = ""
    """Empty to remove what it replaces."""
    replaces: tuple[str, ...] = ()
    because: str = ""
    """A failure code."""
    set: str = ""
    """In place of a text, how the role is to be asked otherwise."""
    to: float | None = None


class Proposals(Record):
    """What the reflector answers."""

    proposals: tuple[Proposal, ...]


Check = Callable[[Sequence[Proposal]], None]
"""Raises ValueError, with words that the reflector can act on, for proposals that cannot be made."""


@dataclass(frozen=True)
class About:
    """What the reflector is shown of a role."""

    role: str
    template: str
    instructions: Sequence[str]
    """Those that were added to the template."""
    settings: Mapping[str, Any]
    """How it is asked."""
    failures: Sequence[Mapping[str, Any]]
    tried: Sequence[Mapping[str, Any]]


async def reflect(
    role: Role, ledger: Ledger, seed: int, domain: Domain, about: About, most: int, check: Check
) -> tuple[Proposal, ...]:
    """At most `most` proposals for another role.

    Raises:
        Failure: blamed on TASK, if no reply was usable.
    """
    usable = json_of(Proposals)

    async def read(content: str) -> Proposals:
        made = await usable(content)
        if len(made.proposals) > most:
            raise ValueError(f"{len(made.proposals)} proposals; at most {most} are wanted")
        check(made.proposals)
        return made

    context: dict[str, Any] = {
        **domain.setting,
        "policy": domain.policy,
        **vars(about),
        "about": about.role,
        "most": most,
    }
    return (await ask(role, ledger, seed, read, Blame.TASK, context, shape=Proposals)).proposals
