"""Contamination: dialogues that are like a task which models are tested on, and must not be trained on.

A task is what a user says first, what they want, and the calls and the final state that fulfil it. A dialogue is too
like it if it holds most of the task's words, its own values masked, or most of what the task has done, to the letter.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from turnwright.dialogue import ToolCall
from turnwright.errors import BadInput
from turnwright.likeness import Call, Likeness, likeness
from turnwright.record import strings
from turnwright.scenario import Scenario
from turnwright.world import Domain, World

WORDS = 0.6
"""The share of a task's word shingles from which on a dialogue is too like it: docs/quality.md says why."""
DEEDS = 0.6
_SHORTEST = 6
"""Shingles that a task must have to be known by them: fewer are in anybody's mouth."""
_SENTENCE = 4
"""Words from which on a string in a file of tasks is taken for something that is said."""


class Task(NamedTuple):
    """Something that models are tested on."""

    name: str
    likeness: Likeness


class Found(NamedTuple):
    """The task that a dialogue is too like, by its words or by its deeds, and the share of the task that is in it."""

    of: str
    side: str
    score: float


class Tasks:
    """All tasks that a domain's dialogues must not be like."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = list(tasks)
        self._having: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for number, task in enumerate(self._tasks):
            for index, features in zip(self._having, _sides(task.likeness), strict=True):
                for feature in features:
                    index.setdefault(feature, []).append(number)

    def found(self, dialogue: Likeness) -> Found | None:
        """The task that most of is in a dialogue; None if it is like none."""
        words, deeds = (
            Counter(number for feature in features for number in index.get(feature, ()))
            for index, features in zip(self._having, _sides(dialogue), strict=True)
        )
        found = [*self._above(words, "words", 0, WORDS), *self._above(deeds, "deeds", 1, DEEDS)]
        return min(found, key=lambda one: (-one.score, one.of, one.side), default=None)

    def _above(self, shared: Mapping[int, int], name: str, side: int, threshold: float) -> Iterator[Found]:
        for number, count in shared.items():
            task = self._tasks[number]
            whole = len(_sides(task.likeness)[side])
            if count >= threshold * whole and (side or whole >= _SHORTEST):
                yield Found(task.name, name, count / whole)


def _sides(likeness: Likeness) -> tuple[frozenset[str], frozenset[str]]:
    return likeness.said, likeness.deeds


def held_out(domain: Domain) -> Iterator[Task]:
    """The tasks of a domain's own test set."""
    for scenario in domain.test_scenarios():
        yield Task(f"{domain.name}/{scenario.scenario_id}", _of_scenario(domain, scenario))


def _of_scenario(domain: Domain, scenario: Scenario) -> Likeness:
    world = World(domain, scenario.initial)
    for call in scenario.reference:
        world.call(call.side, ToolCall(id=call.id, tool=call.tool, arguments=call.arguments))
    requests = [request.model_dump(mode="json") for request in scenario.requests]
    calls = [Call(call.tool, call.arguments, call.writes) for call in scenario.reference]
    brief = (scenario.knows, requests, scenario.initial)
    said = likeness([scenario.opening], *brief, [], {}).said
    return likeness([], *brief, calls, world.changes())._replace(said=said)


def tasks_in(folder: Path) -> list[Task]:
    """The tasks in a folder's JSON and JSONL files: one for each line, or each item of a file that is a list.

    What is said in a task is every sentence in it; what is done, every object with a name and arguments.

    Raises:
        BadInput: if there is none, or a file cannot be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".jsonl"))
    found = [
        Task(f"{file.relative_to(folder)}#{number}", _of_object(one))
        for file in files
        for number, one in enumerate(_objects(file))
    ]
    if not found:
        raise BadInput(f"there are no tasks in {folder}: name a folder with .json or .jsonl files")
    return found


def _objects(file: Path) -> Sequence[Any]:
    try:
        data = file.read_bytes()
        if file.suffix == ".jsonl":
            return [orjson.loads(line) for line in data.splitlines() if line.strip()]
        content = orjson.loads(data)
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadInput(f"cannot read the tasks in {file}: {error}") from error
    return content if isinstance(content, list) else [content]


def _of_object(task: Any) -> Likeness:
    calls = [Call(one["name"], one["arguments"], False) for one in _mappings(task) if _is_call(one)]
    said = likeness([text for text in strings(task) if len(text.split()) >= _SENTENCE], {}, [], {}, [], {}).said
    return likeness([], {}, [], {}, calls, {})._replace(said=said)


def _is_call(one: Mapping[str, Any]) -> bool:
    return isinstance(one.get("name"), str) and isinstance(one.get("arguments"), dict)


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:  # pyright: ignore[reportUnknownVariableType]
            yield from _mappings(inner)
