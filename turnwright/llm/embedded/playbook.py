"""Playbook: what a domain teaches the embedded teacher: its plans, its scenarios, its words and its procedures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from turnwright.llm.embedded.case import Case, Step
from turnwright.llm.embedded.desk import Desk

Procedure = Callable[[Case], None]
"""Handles one request: looks up, asks, proposes, acts and tells, through the case."""


@dataclass(frozen=True)
class PlanIdea:
    """What the planner knows of a family."""

    tier: int
    tools: tuple[str, ...]
    rubrics: tuple[str, ...]
    codes: tuple[str, ...]
    twists: tuple[str, ...]
    """Twists that make sense here."""


@dataclass(frozen=True)
class Playbook:
    """A domain's knowledge, for all roles."""

    plans: Mapping[str, PlanIdea]
    write: Callable[[Desk], dict[str, Any]]
    """Writes one draft for the desk's plan, looking things up through the desk."""
    cues: Sequence[tuple[str, Pattern[str]]]
    """(action, what a customer says who wants it), the more specific ones first."""
    procedures: Mapping[str, Procedure]
    """By action; the executor's actions and the cues' are the same words."""
    topics: Mapping[str, Pattern[str]]
    """{key of what a customer knows: how an assistant asks for it}."""
    writes: frozenset[str]
    """Tools that change the database, those of the customer's device included."""
    last_resort: str
    """The reason that an assistant who gives up names when it hands over."""
    identification: Pattern[str]
    """Keys of `knows` by which a customer can be identified."""
    steps: Mapping[str, Step] = field(default_factory=dict[str, Step])
    """What a customer can do with the device in their hand, by name, where there is one."""


@dataclass(frozen=True)
class HeldOut:
    """What a domain's held-out test set is written with, and the family that only it has."""

    playbook: Playbook
    """With wordings of its own."""
    family: str
    line: str
    """What the family means."""
    idea: PlanIdea
    variants: tuple[str, ...]
    """Variants that only the test set uses; each of their twists and styles occurs in training in other company."""
