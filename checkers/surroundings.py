"""Surroundings: what else a call could have been about, found in what the reference saw and in the database."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from turnwright.dialogue import Executed
from turnwright.tool import Tool
from turnwright.world import Domain

Path = tuple[str | int, ...]
"""Where a value stands in a call's arguments: names and positions, outermost first."""

FEW = 3
"""How many rows of a table stand for all of them."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Leaf(NamedTuple):
    """One plain value in a call's arguments."""

    path: Path
    value: Any

    @property
    def name(self) -> str:
        """The innermost name on its path."""
        return next(str(part) for part in reversed(self.path) if isinstance(part, str))


def leaves(value: Any, path: Path = ()) -> Iterator[Leaf]:
    """Every plain value in arguments or a result, with its path."""
    if isinstance(value, Mapping):
        for name, part in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from leaves(part, (*path, name))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from leaves(part, (*path, number))
    else:
        yield Leaf(path, value)


def put(value: Any, path: Path, leaf: Any) -> Any:
    """`value` with the leaf at `path` replaced."""
    if not path:
        return leaf
    if isinstance(value, Mapping):
        return {**value, path[0]: put(value[path[0]], path[1:], leaf)}
    return [put(part, path[1:], leaf) if number == path[0] else part for number, part in enumerate(value)]


class Surroundings:
    """What lies around one scenario: values that were seen, whose account it is, and what else is in the tables."""

    def __init__(self, domain: Domain, calls: Sequence[Executed], wishes: Sequence[Mapping[str, Any]]) -> None:
        """`calls` are the reference's; `wishes` are what the user knows and asks for."""
        self._domain = domain
        self._seen: defaultdict[str, dict[Any, None]] = defaultdict(dict)
        self._names: defaultdict[Any, set[str]] = defaultdict(set)
        for call in calls:
            self._note(call.arguments)
            if call.error is None:
                self._note(call.result)
        for wish in wishes:
            self._note(wish)
        self._owner = next((user for user in self._seen["user_id"] if isinstance(user, str)), None)

    def _note(self, values: Any) -> None:
        for leaf in leaves(values):
            if leaf.value is not None and any(isinstance(part, str) for part in leaf.path):
                self._seen[leaf.name][leaf.value] = None
                self._names[leaf.value].add(leaf.name)

    def is_id(self, value: Any) -> bool:
        """Whether it is the id of a row."""
        return any(value in rows for rows in self._domain.database.tables.values())

    def others(self, tool: Tool, leaf: Leaf, random: Random) -> list[Any]:
        """Values that could stand in a leaf's place, the likeliest mistakes first."""
        match leaf.value:
            case bool():
                return [not leaf.value]
            case int():
                return [leaf.value + 1, leaf.value + 3, max(0, leaf.value - 1)]
            case float():
                return [round(leaf.value + 10, 2), round(leaf.value / 2, 2), leaf.value + 100]
            case str() if _DATE.fullmatch(leaf.value):
                return [(date.fromisoformat(leaf.value) + timedelta(days=days)).isoformat() for days in (1, 7)]
            case _:
                pass
        known = [value for name in sorted({leaf.name, *self._names[leaf.value]}) for value in self._seen[name]]
        found = [*_mixed(known, random), *_mixed(choices(tool, leaf.path), random), *self._rows(leaf, random)]
        return [value for value in dict.fromkeys(found) if value != leaf.value and isinstance(value, str)]

    def _rows(self, leaf: Leaf, random: Random) -> Iterator[Any]:
        for table, rows in self._domain.database.tables.items():
            if leaf.value in rows:
                yield from _mixed(self._own(table), random)
                yield from _few(list(rows), random)
        yield from self._elsewhere(leaf.name, random)

    def _own(self, table: str) -> list[str]:
        """Ids of the rows of a table that belong to whom it is about."""
        try:
            return list(self._domain.database.find(table, "user_id", self._owner))
        except KeyError:
            return []

    def _elsewhere(self, name: str, random: Random) -> Iterator[Any]:
        """What a few rows have in a field of that name."""
        for rows in self._domain.database.tables.values():
            if rows and name in next(iter(rows.values())):
                yield from (rows[key][name] for key in _few(list(rows), random))

    def filled(self, tool: Tool, random: Random) -> dict[str, Any]:
        """Arguments with which the tool might do something, drawn at random."""
        parameters = tool.schema["function"]["parameters"]
        required = parameters.get("required", ())
        return {name: self._drawn(tool, name, parameters["properties"][name], random) for name in required}

    def _drawn(self, tool: Tool, name: str, schema: Mapping[str, Any], random: Random) -> Any:
        schema = _resolved(tool, schema)
        match schema.get("type"):
            case "boolean":
                return random.random() < 0.5
            case "integer":
                return random.choice([1, 2])
            case "number":
                return random.choice([1.0, 10.0, 50.0])
            case "array":
                return [self._drawn(tool, name.removesuffix("s"), schema.get("items", {}), random)]
            case "object":
                return {key: self._drawn(tool, key, part, random) for key, part in schema.get("properties", {}).items()}
            case _:
                return random.choice(self._texts(name, schema, random) or ["-"])

    def _texts(self, name: str, schema: Mapping[str, Any], random: Random) -> list[Any]:
        if "enum" in schema:
            return list(schema["enum"])
        suffix = next((known for known in sorted(self._seen) if name.endswith(known) and "_id" in known), name)
        known = [value for value in self._seen[name] or self._seen[suffix] if isinstance(value, str)]
        own = self._own(f"{suffix.removesuffix('_id')}s")
        return [*known, *own] or [*self._elsewhere(suffix, random)]


def _mixed(values: Sequence[Any], random: Random) -> list[Any]:
    return random.sample(values, len(values))


def _few(values: Sequence[Any], random: Random) -> list[Any]:
    return random.sample(values, min(FEW, len(values)))


def _resolved(tool: Tool, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without the detours of "$ref" and "anyOf"."""
    if "$ref" in schema:
        return tool.schema["function"]["parameters"]["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        return next(part for part in schema["anyOf"] if part.get("type") != "null")
    return schema


def choices(tool: Tool, path: Path) -> list[Any]:
    """What the tool's schema allows at a path of its arguments, where it lists that."""
    schema: Mapping[str, Any] = tool.schema["function"]["parameters"]
    for part in path:
        schema = _resolved(tool, schema)
        schema = schema.get("items", {}) if isinstance(part, int) else schema.get("properties", {}).get(part, {})
    return list(_resolved(tool, schema).get("enum", ()))
