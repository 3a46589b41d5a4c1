"""Playing: dialogues written down line by line, played in a small world, and held against a domain's policy rules."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from turnwright.dialogue import Side, ToolCall, Turn
from turnwright.world import Domain, World


class Call(NamedTuple):
    tool: str
    arguments: dict[str, Any]


def call(tool: str, **arguments: Any) -> Call:
    return Call(tool, arguments)


Line = str | Call
"""One turn: words of the user ("U ..."), words of the assistant ("A ..."), or a call of whoever has the tool."""


def played(domain: Domain, start: dict[str, Any], lines: Iterable[Line]) -> Iterator[Turn]:
    world, numbers = World(domain, start), count()
    for line in lines:
        if isinstance(line, Call):
            side = domain.side_of(line.tool)
            made = ToolCall(id=f"c{next(numbers)}", tool=line.tool, arguments=line.arguments)
            yield Turn(speaker=side, content="", calls=(world.call(side, made),))
        else:
            yield Turn(speaker=Side.USER if line.startswith("U") else Side.ASSISTANT, content=line[2:])


def codes_of(domain: Domain, start: dict[str, Any], lines: Iterable[Line]) -> list[str]:
    """What the rules find in a dialogue all of whose calls succeed."""
    turns = list(played(domain, start, lines))
    assert [made.error for turn in turns for made in turn.calls if made.error is not None] == []
    return [finding.code for finding in domain.rules(World(domain, start), turns)]
