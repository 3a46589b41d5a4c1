"""Example: one dialogue as its assistant saw it, for training. What it could not see is not in here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import orjson

from turnwright.record import derive_seed
from turnwright.special_tokens import Neutraliser

VALIDATION_PERCENT = 10
"""Of the scenarios."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the assistant."""

    id: str
    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One message: words, calls or both of the assistant, words of the user, or a tool's answer."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[Call, ...] = ()
    call: Call | None = None
    """What a tool answers."""
    thinking: str = ""
    """What a reasoning model thought before it."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the assistant was told before the first word: its prompt, and the schemas of its tools."""

    opening: tuple[Line, ...]
    tools: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue: what the assistant was told, and the talk up to the last thing that it said or did."""

    about: Mapping[str, Any]
    """The row of the dialogue, with family, variant and tier of its scenario."""
    told: Mapping[str, Any]
    """The columns of the scenario that its format tells."""
    briefing: Briefing
    lines: tuple[Line, ...]
    first: bool
    """Whether it is the first of its scenario."""

    @property
    def held_back(self) -> bool:
        """Whether it is for validation: all dialogues of a scenario are, or none."""
        return held_back(self.about["scenario_id"])

    @property
    def messages(self) -> tuple[Line, ...]:
        return self.briefing.opening + self.lines


def held_back(scenario_id: str) -> bool:
    """Whether a scenario is for validation; it depends on its id alone."""
    return derive_seed("validation", scenario_id) % 100 < VALIDATION_PERCENT


Row = dict[str, Any]


def lines_of(rows: Sequence[Row], clean: Neutraliser, thinking: bool) -> tuple[Line, ...]:
    """What the assistant saw of the turns and calls in `rows`, up to the last thing that it said or did itself; with
    what it thought, or without.

    What comes after that, a farewell or the answer to a handing over, was never answered.
    """
    lines = [
        line for _, turn in groupby(rows, key=lambda row: row["turn"]) for line in _turn(list(turn), clean, thinking)
    ]
    while lines and lines[-1].role != "assistant":
        lines.pop()
    return tuple(lines)


def _turn(rows: list[Row], clean: Neutraliser, thinking: bool) -> Iterator[Line]:
    said, *made = rows
    content = clean.text(said["content"] or "")
    if said["speaker"] == "user":
        if content:
            yield Line("user", content)
        return
    calls = tuple(_call(row, clean) for row in made)
    if content or calls:
        yield Line("assistant", content, calls, thinking=clean.text(said["reasoning"] or "") if thinking else "")
    for row, call in zip(made, calls, strict=True):
        yield Line("tool", clean.text(_answer(row)), call=call)


def _call(row: Row, clean: Neutraliser) -> Call:
    arguments = clean.value(orjson.loads(row["arguments"] or "{}"))
    return Call(clean.text(row["call_id"] or f"call-{row['call']}"), clean.text(row["tool"]), arguments)


def _answer(row: Row) -> str:
    """The answer as the assistant had it, but for the order of keys: the warehouse keeps canonical JSON."""
    if row["error"] is None:
        return row["result"] or "null"
    return orjson.dumps({"error": row["error"]}).decode()
