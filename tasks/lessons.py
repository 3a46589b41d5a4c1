"""Lessons: the dialogues of a warehouse as one of the two who talk saw them, for a model to learn that side."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, zip_longest
from typing import Any

import orjson

from domains import load
from prompts import Prompt
from tasks.exports.briefing import Templates, templates_of
from tasks.exports.example import Row
from tasks.exports.selection import Selection
from turnwright.agents.speaker import STOP_WORDS, seen_by
from turnwright.dialogue import Executed, Side, StopReason, Turn
from turnwright.llm.chat import Wire, said
from turnwright.scenario import TOLD
from turnwright.tool import schemas
from warehouse.catalog import Catalog
from warehouse.schema import TABLES

_JSON = {column.name for column in TABLES["scenarios"] if column.kind == "json"}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One side's view of a dialogue, as it goes over the wire: the prompt, then the talk; "assistant" is who learns."""

    dialogue_id: str
    scenario_id: str
    domain: str
    family: str
    generation: int
    messages: Sequence[Wire]
    tools: Sequence[Wire]


def lessons_of(catalog: Catalog, side: Side, where: str | None = None) -> list[Lesson]:
    """All dialogues that may be learned from, family by family in turn, so that the first so many are balanced.

    Those are: passed, no duplicate, not contaminated, not held out, and such that what the side was told is certain.

    Raises:
        BadInput: if the condition is wrong.
    """
    names = catalog.condition("dialogues", where) if where is not None else frozenset[str]()
    selection = Selection(where, names, TOLD)
    read = partial(_read, side, templates_of(catalog, side))
    found = catalog.stream(selection.sql, selection.parameters, read)
    families = defaultdict[str, list[Lesson]](list)
    for lesson in found:
        families[f"{lesson.domain} {lesson.family}"].append(lesson)
    rows = zip_longest(*(families[family] for family in sorted(families)))
    return [lesson for row in rows for lesson in row if lesson]


def _read(side: Side, templates: Templates, rows: Iterator[Row]) -> list[Lesson]:
    lessons, told = list[Lesson](), Row()
    for _, (about, *said_and_done) in groupby(rows, key=lambda row: (row["run_id"], row["dialogue_id"])):
        if not about["dialogue_id"]:
            told = about
        elif not about["left_out"] and (opening := _opening(side, templates, about, told)):
            turns = [_turn(list(turn)) for _, turn in groupby(said_and_done, key=lambda row: row["turn"])]
            lessons.append(_lesson(side, about, opening, turns))
    return [lesson for lesson in lessons if lesson.messages]


def _opening(side: Side, templates: Templates, about: Row, told: Row) -> list[Wire] | None:
    """The prompt; None where it is not certain."""
    found = templates.get((about["run_id"], about["domain"], about["generation"]), ())
    if len(found) != 1:
        return None
    domain, prompt = load(about["domain"]), Prompt(side.value, found[0])
    if side is Side.ASSISTANT:
        return prompt.render(**domain.briefing)
    parts = {name: orjson.loads(told[name]) if name in _JSON else told[name] for name in TOLD}
    return prompt.render(**domain.setting, **parts)


def _lesson(side: Side, about: Row, opening: list[Wire], turns: Sequence[Turn]) -> Lesson:
    domain = load(about["domain"])
    tools = domain.tools if side is Side.ASSISTANT else domain.user_tools
    messages = [*opening, *(wire for turn in turns for wire in seen_by(side, turn))]
    if side is Side.USER:
        messages = _with_stop(messages, about["stop_reason"], turns)
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()  # what came after the last own words was never answered
    return Lesson(
        dialogue_id=about["dialogue_id"],
        scenario_id=about["scenario_id"],
        domain=about["domain"],
        family=about["family"],
        generation=about["generation"],
        messages=messages if len(messages) > len(opening) else (),
        tools=schemas(tools.values()),
    )


def _with_stop(messages: list[Wire], stop: str, turns: Sequence[Turn]) -> list[Wire]:
    """The word by which the user ended the dialogue, put back where it was said."""
    words = {reason.value: word for word, reason in STOP_WORDS.items()}
    if stop not in words or turns[-1].speaker is not Side.USER:
        return messages
    content = f"{turns[-1].content} {words[StopReason(stop)]}".strip()
    return [*messages[:-1], said("assistant", content)]


def _turn(rows: Sequence[Row]) -> Turn:
    begun, *made = rows
    return Turn(speaker=Side(begun["speaker"]), content=begun["content"] or "", calls=tuple(map(_call, made)))


def _call(row: Row) -> Executed:
    result: Any = orjson.loads(row["result"]) if row["result"] is not None else None
    return Executed(
        id=row["call_id"] or f"call-{row['call']}",
        tool=row["tool"],
        arguments=orjson.loads(row["arguments"] or "{}"),
        result=result,
        error=row["error"],
    )
