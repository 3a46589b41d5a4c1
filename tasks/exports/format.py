"""Format: what a consumer of training data wants to find in a folder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tasks.exports.example import Call, Example, Line
from turnwright.world import Domain

TRAIN, VALIDATION = "train.jsonl", "validation.jsonl"


@dataclass(frozen=True)
class Format:
    """One way to write examples down."""

    rows: Callable[[Example], Iterator[tuple[str, dict[str, Any]]]]
    """The rows of an example, each with the name of its file."""
    metadata: Callable[[Mapping[str, int]], dict[str, Any]]
    """What the card's header says of the files, given their numbers of rows, so that `datasets` loads them."""
    loading: str
    """How to load it, in Markdown."""
    thinking: bool = False
    """Whether it has a place for what a reasoning model thought."""
    tells: tuple[str, ...] = ()
    """Columns of the scenario that it writes down."""
    always: tuple[str, ...] = ()
    """Files that are there even without a row."""
    beside: Callable[[Mapping[str, Domain]], Mapping[str, bytes]] = lambda domains: {}
    """Further files, given the domains of the examples."""
    validation: bool = True
    """Whether it has a place for scenarios that are held back; if not, they are left out."""
    no_place: Callable[[Example], bool] = lambda example: False
    """Whether it has no way to write this example down."""


def split_of(example: Example) -> str:
    """The file of an example, where there is one for training and one for validation."""
    return VALIDATION if example.held_back else TRAIN


def splits(files: Mapping[str, int]) -> dict[str, Any]:
    """The header of a card over these two files; `datasets` fails on a split without rows."""
    found = [{"split": name.partition(".")[0], "path": name} for name in (TRAIN, VALIDATION) if files.get(name)]
    return {"configs": [{"config_name": "default", "data_files": found}]}


def function(call: Call) -> dict[str, Any]:
    """A call in the OpenAI form, its arguments as JSON text."""
    arguments = orjson.dumps(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": arguments}}


def wire(line: Line) -> dict[str, Any]:
    """A line as a message in the OpenAI chat format."""
    if line.call:
        return {"role": "tool", "tool_call_id": line.call.id, "content": line.content}
    if not line.calls:
        return {"role": line.role, "content": line.content}
    said = {"content": line.content} if line.content else {}
    return {"role": line.role, **said, "tool_calls": [function(call) for call in line.calls]}
