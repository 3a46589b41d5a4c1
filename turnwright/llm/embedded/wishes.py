"""Wishes: what a customer can want, before it is put into words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from turnwright.llm.embedded.desk import Desk

Customer = TypeVar("Customer")


@dataclass(frozen=True)
class Subject:
    """What a wish is about, where it has a number that a customer can forget or get wrong."""

    key: str
    """Its key in what a customer knows, such as "order_id"."""
    noun: str
    """What it is, such as "order"; also the hole of openings that it fills."""
    id: str
    described: str
    """How somebody speaks of it who has no number, such as "the order with the lamp"."""

    @property
    def named(self) -> str:
        return f"{self.noun} {self.id}"


@dataclass(frozen=True)
class Wish:
    """One request of a customer."""

    action: str
    words: str
    """What the customer wants to do, as "exchange the ... for ..."."""
    details: dict[str, Any]
    knows: dict[str, str]
    holes: dict[str, str] = field(default_factory=dict[str, str])
    """What openings are filled with, by name."""
    second_thought: str = ""
    """What the customer wants instead, once asked to confirm."""
    subject: Subject | None = None
    initial: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What has to be so at the start: {"table/id": {field: value}}."""


Search = Callable[[Desk, Customer], Iterator[Wish]]
"""Gives the wishes that a customer can have, the best first."""


def changes_mind(desk: Desk) -> bool:
    """Whether the plan wants a change of mind."""
    return "changes_mind_once" in desk.twists


def with_choice(wish: Wish, key: str, chosen: str, other: str | None, second_thought: str) -> Wish:
    """The wish with its {choice} made, or first the other one and then, in `second_thought`, this."""
    said = other or chosen
    return replace(
        wish,
        words=wish.words.format(choice=said),
        details=wish.details | {key: chosen},
        knows=wish.knows | {key: said},
        holes=wish.holes | {key: said},
        second_thought=second_thought.format(choice=chosen) if other else "",
    )
