"""Plan and Scenario: what is to be generated, and what one user wants. Frozen data; no role sees more than its part."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from turnwright.dialogue import Executed
from turnwright.record import Record

DEVICE = "device"
"""The table of what the user has in their hand, where a domain gives them something: one row, set by a scenario."""


class Synthesis(Record):
    """The half of a plan that says what scenarios to write."""

    summary: str = Field(min_length=8, max_length=200)
    """One line; all that later planning sees of this plan."""
    family: str
    tier: int = Field(ge=1, le=3)
    """Complexity: 1 a single request, 2 with a twist, 3 compound or with several twists."""
    tool_patterns: tuple[str, ...] = Field(min_length=1)
    user_style: str
    twists: tuple[str, ...] = ()

    @property
    def variant(self) -> str:
        """The cell inside the family: twists and style, in one canonical order."""
        return "+".join([*sorted(set(self.twists)), self.user_style])


class Evaluation(Record):
    """The half of a plan that says how its dialogues are judged."""

    rubrics: tuple[str, ...] = Field(min_length=1)
    failure_codes: tuple[str, ...] = Field(min_length=1)
    """The failures that are foreseen, in UPPER_SNAKE_CASE."""


class PlanPair(Record):
    """What the planner answers."""

    synthesis: Synthesis
    evaluation: Evaluation


class Plan(PlanPair):
    """A plan pair with its place in a run."""

    plan_id: str
    domain: str
    parent: str | None = None
    round: int = 0


class Ending(StrEnum):
    """How a scenario ends when everything is done right."""

    CHANGED = "CHANGED"
    REFUSED = "REFUSED"
    TRANSFERRED = "TRANSFERRED"
    INFORMED = "INFORMED"


class Fact(Record):
    """Something the user must be told."""

    code: str
    """UPPER_SNAKE_CASE name of the fact, e.g. PRICE_DIFFERENCE."""
    kind: Literal["money", "number", "date", "text", "refusal"]
    value: str | float
    """Money in USD, dates as YYYY-MM-DD, text as the words to be found, a refusal as its reason."""


class Request(Record):
    """One thing that the user wants in the end."""

    action: str
    details: dict[str, Any] = {}


class Draft(Record):
    """What the dialogue writer answers: a user with a wish, not yet a way to fulfil it."""

    persona: str = Field(min_length=1)
    goal: str = Field(min_length=1)
    opening: str = Field(min_length=1)
    """The user's first message, in the user's own voice."""
    knows: dict[str, str]
    does_not_know: tuple[str, ...] = ()
    requests: tuple[Request, ...] = Field(min_length=1)
    initial: dict[str, dict[str, Any]] = {}
    """What has to be so before the dialogue starts: patches {"table/id": {field: value}} over the seed."""


class Solution(Record):
    """What the tool executor answers after its calls: how it ends, and what must be told."""

    ending: Ending
    facts: tuple[Fact, ...] = ()


TOLD = ("persona", "goal", "opening", "knows", "does_not_know")
"""What of a scenario its user is told."""


class Scenario(Record):
    """What one user wants, and the executed reference that fulfils it."""

    scenario_id: str
    plan_id: str
    domain: str
    family: str
    variant: str
    tier: int
    split: Literal["train", "test"]
    persona: str
    goal: str
    opening: str
    knows: dict[str, str]
    does_not_know: tuple[str, ...]
    requests: tuple[Request, ...]
    initial: dict[str, dict[str, Any]] = {}
    reference: tuple[Executed, ...]
    ending: Ending
    facts: tuple[Fact, ...]
