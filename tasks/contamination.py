"""Contamination: dialogues that are like a task which models are tested on, and must not be trained on.

A task is what a user says first, what they know and want, and the calls and the final state that fulfil it. A dialogue
is too like it if it holds most of one of the three: of its words, its own values masked, or of the rest to the letter.
"""

from collections import Counter, defaultdict
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

SIDES = {"words": (0.5, 6), "wanted": (0.7, 3), "deeds": (0.8, 3)}
"""The share of a task from which on a dialogue is too like it, and how many features the task must have to be known by
them: fewer are in anybody's mouth. docs/quality.md says where the shares come from."""
_SENTENCE = 4
"""Words from which on a string in a file of tasks is taken for something that is said."""


class Task(NamedTuple):
    """Something that models are tested on."""

    name: str
    likeness: Likeness


class Found(NamedTuple):
    """The task that a dialogue is too like, on which side, and the share of the task that is in it."""

    of: str
    side: str
    score: float


class Tasks:
    """All tasks that a domain's dialogues must not be like."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = list(tasks)
        self._having = {side: defaultdict[str, list[int]](list) for side in SIDES}
        for number, task in enumerate(self._tasks):
            for side, index in self._having.items():
                for feature in getattr(task.likeness, side):
                    index[feature].append(number)

    def found(self, dialogue: Likeness) -> Found | None:
        """The task that most of is in a dialogue; None if it is like none."""
        found = [one for side in SIDES for one in self._above(dialogue, side)]
        return min(found, key=lambda one: (-one.score, one.of, one.side), default=None)

    def _above(self, dialogue: Likeness, side: str) -> Iterator[Found]:
        index, (least, fewest) = self._having[side], SIDES[side]
        shared = Counter(number for feature in getattr(dialogue, side) for number in index.get(feature, ()))
        for number, count in shared.items():
            task = self._tasks[number]
            whole = len(getattr(task.likeness, side))
            if whole >= fewest and count >= least * whole:
                yield Found(task.name, side, count / whole)


def held_out(domain: Domain) -> Iterator[Task]:
    """The tasks of a domain's own test set."""
    for scenario in domain.test_scenarios():
        yield Task(f"{domain.name}/{scenario.scenario_id}", _of_scenario(domain, scenario))


def _of_scenario(domain: Domain, scenario: Scenario) -> Likeness:
    world = World(domain, scenario.initial)
    for call in scenario.reference:
        world.call(call.side, ToolCall(id=call.id, tool=call.tool, arguments=call.arguments))
    requests = [request.model_dump(mode="json") for request in scenario.requests]
    calls = [Call(call.tool, call.arguments) for call in scenario.reference]
    return likeness([scenario.opening], scenario.knows, requests, scenario.initial, calls, world.changes())


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
    calls = [Call(one["name"], one["arguments"]) for one in _mappings(task) if _is_call(one)]
    return likeness([text for text in strings(task) if len(text.split()) >= _SENTENCE], {}, [], {}, calls, {})


def _is_call(one: Mapping[str, Any]) -> bool:
    return isinstance(one.get("name"), str) and isinstance(one.get("arguments"), dict)


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:  # pyright: ignore[reportUnknownVariableType]
            yield from _mappings(inner)
