"""Likeness: what two dialogues have in common, as sets that MinHash and n-gram overlap can work on.

Templated speech is much alike whatever it is about, and a scenario that is played again may sound quite different. So
a dialogue has two sides, and is a duplicate if either comes again: what is said, with all that anyone could fill in
masked (the same dialogue with other ids), and what is wanted and done, to the letter (the same scenario again).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from turnwright.record import canonical, strings

SHINGLE = 3
"""Words of a shingle: users' turns are short."""

_FILLED_IN = re.compile(r"\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]+|<\w+>")
_SHORTEST = 3
"""Characters of a value that is masked; shorter ones are in every other word."""


class Call(NamedTuple):
    """A tool call, as far as it makes one dialogue like another."""

    tool: str
    arguments: Mapping[str, Any]


class Likeness(NamedTuple):
    """The sides of a dialogue, or of a task that could be one."""

    words: frozenset[str]
    """Shingles of what the user says, all values masked."""
    shape: frozenset[str]
    """The tools in their order, and which fields changed."""
    wanted: frozenset[str]
    """What the user knows and wants, and how things stood, to the letter."""
    changed: frozenset[str]
    """The final state, to the letter."""
    called: frozenset[str]
    """The calls, to the letter. A scenario that is played again to the same end need not have the same."""

    @property
    def said(self) -> frozenset[str]:
        return self.words | self.shape

    @property
    def done(self) -> frozenset[str]:
        return self.wanted | self.changed

    @property
    def deeds(self) -> frozenset[str]:
        return self.changed | self.called


def likeness(
    words: Iterable[str],
    knows: Mapping[str, Any],
    requests: Sequence[Mapping[str, Any]],
    initial: Mapping[str, Any],
    calls: Sequence[Call],
    changes: Mapping[str, Mapping[str, Sequence[Any]]],
) -> Likeness:
    """Of a user's turns, and of what they know and want, the calls that were made, and the changes that they left."""
    details = [request.get("details", {}) for request in requests]
    values = _values([knows, details, initial, [dict(call.arguments) for call in calls]])
    tools = ["^", *(call.tool for call in calls), "$"]
    skeleton = {f"call {one} {other}" for one, other in pairwise(tools)} if calls else set[str]()
    shape = {*skeleton, *map("change {}".format, _fields(changes))}
    wanted = {
        *(f"knows {name} {canonical(value).decode()}" for name, value in knows.items()),
        *(f"wish {canonical(request).decode()}" for request in requests),
        *(f"start {path} {canonical(patch).decode()}" for path, patch in initial.items()),
    }
    changed = {f"change {path} {canonical(fields).decode()}" for path, fields in changes.items()}
    called = {f"call {call.tool} {canonical(call.arguments).decode()}" for call in calls}
    said = shingles(words, values)
    return Likeness(frozenset(said), frozenset(shape), frozenset(wanted), frozenset(changed), frozenset(called))


def shingles(turns: Iterable[str], values: Sequence[str]) -> set[str]:
    """Every few words that follow each other in a turn, its start and end among them, the values masked."""
    found: set[str] = set()
    for turn in turns:
        words = ["^", *_WORD.findall(_masked(turn, values).lower()), "$"]
        found.update(" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return found


def share(part: frozenset[str] | set[str], whole: frozenset[str] | set[str]) -> float:
    """How much of `part` is in `whole`; none of nothing."""
    return len(part & whole) / len(part) if part else 0.0


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """What they share, of all that they have."""
    return len(one & other) / max(1, len(one | other))


def _masked(text: str, values: Sequence[str]) -> str:
    for value in values:
        text = text.replace(value, " <value> ")
    return _FILLED_IN.sub(" <number> ", text)


def _values(places: Any) -> list[str]:
    """What a customer's words may hold and another's would not, the longest first; a name also by its parts."""
    found = {value for value in strings(places) if len(value) >= _SHORTEST}
    found |= {part for value in found if value.istitle() for part in value.split() if len(part) >= _SHORTEST}
    return sorted(found, key=lambda value: (-len(value), value))


def _fields(changes: Mapping[str, Mapping[str, Sequence[Any]]]) -> Iterable[str]:
    for path, fields in changes.items():
        table = path.partition("/")[0]
        for name, (before, after) in fields.items():
            yield f"{table} {name} {'made' if before is None else 'gone' if after is None else 'set'}"
