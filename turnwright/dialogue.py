"""Dialogue: one played scenario, as data. Speakers say messages; a turn is a message with its tool results."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from turnwright.record import Record
from turnwright.verdict import Verdict


class Side(StrEnum):
    """The two who talk; each may have tools of its own."""

    ASSISTANT = "assistant"
    USER = "user"

    @property
    def other(self) -> "Side":
        return Side.USER if self is Side.ASSISTANT else Side.ASSISTANT


class StopReason(StrEnum):
    """Why a dialogue ended."""

    USER_DONE = "USER_DONE"
    USER_GAVE_UP = "USER_GAVE_UP"
    TRANSFERRED = "TRANSFERRED"
    TURN_LIMIT = "TURN_LIMIT"
    CALL_LIMIT = "CALL_LIMIT"
    """Too many tool calls, in one turn or without a word in between."""
    REPEATED_CALLS = "REPEATED_CALLS"
    """One side went in circles: the same call, the same answer, again and again."""
    USER_LINGERS = "USER_LINGERS"
    """Nobody does anything any more, and the user does not stop."""
    CONTEXT_OVERFLOW = "CONTEXT_OVERFLOW"
    """The dialogue outgrew a model's context."""
    EMPTY_REPLY = "EMPTY_REPLY"
    FAILURE = "FAILURE"
    """A boundary was crossed by an error; the verdict says which."""


class ToolCall(Record):
    """A call as a model asked for it."""

    id: str
    tool: str
    arguments: dict[str, Any]
    malformed: str | None = None
    """The raw arguments, where they were not a JSON object."""


class Executed(Record):
    """A call as the world answered it: `result` or `error`, never both."""

    id: str
    tool: str
    arguments: dict[str, Any]
    result: Any = None
    error: str | None = None
    writes: bool = False
    side: Side = Side.ASSISTANT
    """Who made it."""


class Message(Record):
    """What a speaker answers: words, tool calls, or both."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    """What a reasoning model thought; the other side never sees it."""
    stop: StopReason | None = None
    """Set where these words end the dialogue."""


class Turn(Record):
    """One message of one side, its calls executed."""

    speaker: Side
    content: str
    calls: tuple[Executed, ...] = ()
    reasoning: str = ""


class PlacedCall(NamedTuple):
    """A call with the number of its turn."""

    turn: int
    call: Executed


def placed_calls(turns: tuple[Turn, ...]) -> Iterator[PlacedCall]:
    """Every executed call of `turns`, in order."""
    for number, turn in enumerate(turns):
        for call in turn.calls:
            yield PlacedCall(number, call)


Changes = dict[str, dict[str, list[Any]]]
"""{"table/id": {field: [before, after]}}; a created row has before None, a deleted one after None."""


class Dialogue(Record):
    """One played scenario: what was said and done, why it ended, and the state that it left."""

    scenario_id: str
    turns: tuple[Turn, ...]
    stop_reason: StopReason
    changes: Changes
    digest: str
    """sha256 of the canonical JSON of `changes`."""
    failure: Verdict | None = None
    """Set exactly when the stop reason is FAILURE: an ERROR with its blame."""
