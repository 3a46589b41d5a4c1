"""World: one live, single-use instance of a domain.

A copy-on-write overlay over the immutable seed database: opening one, calling a tool and taking the changes cost in
proportion to the rows touched, never to the size of the database. There is no reset: open another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from turnwright.database import Database, Row
from turnwright.dialogue import Changes, Executed, Side, ToolCall, Turn
from turnwright.errors import Failure, boundary
from turnwright.record import content_hash
from turnwright.scenario import Scenario
from turnwright.tool import Tool, ToolError
from turnwright.verdict import Blame, Finding

Rules = Callable[["World", Sequence[Turn]], list[Finding]]
"""Policy rules: given a fresh World and the turns of a dialogue, what they did against the policy."""


@dataclass(frozen=True)
class Domain:
    """Tools, policy and data: everything that an agent can master, and nothing of how it is generated."""

    name: str
    now: datetime
    """The fixed "today" that all dates of the seed and the policy refer to."""
    policy: str
    families: Mapping[str, str]
    """Scenario families by name, one line each; a held-out family is not among them."""
    styles: Mapping[str, str]
    """Ways in which users talk, by name."""
    twists: Mapping[str, str]
    """What may come in the way of a request, by name."""
    database: Database
    tools: Mapping[str, Tool]
    rules: Rules
    customers: Mapping[str, Sequence[str]]
    """Ids of the customers whom scenarios may be about, by split: "train" and "test"."""
    customer: Callable[["World", str], dict[str, Any]]
    """What the dialogue writer is told about one customer; the rest it looks up."""
    reserved_cells: frozenset[tuple[str, str]]
    """(family, variant) cells that belong to the held-out test set; generation may not use them."""
    test_file: Path
    user_tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool])
    """What the user can do with the device in their hand; no name is also one of `tools`."""
    starts: Mapping[str, type[BaseModel]] = field(default_factory=dict[str, type[BaseModel]])
    """By table, the fields that a scenario may set before it starts."""
    settle: Callable[[Changes], Changes] = lambda changes: changes
    """Gives end states that are equally good the same form; see World.changes."""

    def tools_of(self, side: Side) -> Mapping[str, Tool]:
        return self.tools if side is Side.ASSISTANT else self.user_tools

    @property
    def setting(self) -> dict[str, Any]:
        """What every prompt about it may name: the domain, today, and the tools of the user's device."""
        today = self.now.strftime("%A, %Y-%m-%d")
        return {"domain": self.name, "today": today, "device": list(self.user_tools.values())}

    @property
    def briefing(self) -> dict[str, Any]:
        """What the assistant's prompt may name."""
        return self.setting | {"policy": self.policy}

    @cached_property
    def start_fields(self) -> dict[str, Any]:
        """`starts` as a prompt tells of them: {"table/id": {field: JSON schema}}; "id" stands for any row."""
        return {self._place(table): _fields(model.model_json_schema()) for table, model in self.starts.items()}

    def _place(self, table: str) -> str:
        keys = [*self.database.tables[table]]
        return f"{table}/{keys[0] if len(keys) == 1 else 'id'}"

    def side_of(self, tool: str) -> Side:
        """Who has a tool in hand."""
        return Side.USER if tool in self.user_tools else Side.ASSISTANT

    def check_start(self, initial: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold a scenario's start against what it may set.

        Raises:
            ValueError: with words that its writer can act on.
        """
        for path, patch in initial.items():
            table, _, key = path.partition("/")
            if table not in self.starts or self.database.get(table, key) is None:
                raise ValueError(f'"initial" sets {path}, which it cannot set or which does not exist')
            try:
                self.starts[table].model_validate(patch)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise ValueError(f'"initial" of {path}: {".".join(map(str, first["loc"]))}: {first["msg"]}') from error

    def test_scenarios(self) -> list[Scenario]:
        """The held-out test set, from its committed file."""
        return [Scenario.model_validate(row) for row in orjson.loads(self.test_file.read_bytes())]


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema["properties"].items()
    }


_DELETED = Row()


class World:
    """A domain's database as one dialogue sees and changes it.

    Rows read from it are frozen; a tool changes state through `insert`, `update` and `delete` only.
    """

    __slots__ = ("_start", "_undo", "_written", "domain")

    def __init__(self, domain: Domain, initial: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Open a world; `initial` patches {"table/id": {field: value}} are part of its start, not of its changes."""
        self.domain = domain
        self._start: dict[tuple[str, str], Row] = {}
        self._written: dict[str, dict[str, Row]] = {}
        self._undo: list[tuple[str, str, Row | None]] = []
        for path, patch in (initial or {}).items():
            table, _, key = path.partition("/")
            self._start[table, key] = Row({**(domain.database.get(table, key) or {}), **patch})
            self._written.setdefault(table, {})[key] = self._start[table, key]

    def fork(self) -> "World":
        """Another world in the same state; what happens in one is unseen by the other."""
        other = World(self.domain)
        other._start, other._written = self._start, {table: {**rows} for table, rows in self._written.items()}
        return other

    @property
    def now(self) -> datetime:
        return self.domain.now

    def get(self, table: str, key: str) -> Row | None:
        """The row as it is now, or None."""
        written = self._written.get(table)
        if written is not None and key in written:
            row = written[key]
            return None if row is _DELETED else row
        return self.domain.database.get(table, key)

    def require(self, table: str, key: str) -> Row:
        """The row as it is now, for a tool that cannot do without.

        Raises:
            ToolError: if there is none.
        """
        row = self.get(table, key)
        if row is None:
            raise ToolError(f"{table.removesuffix('s').replace('_', ' ')} {key} not found")
        return row

    def find(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows whose indexed `column` equals `value`, by id.

        Raises:
            KeyError: if the domain's database has no index on that field.
        """
        keys = self.domain.database.find(table, column, value)
        written = self._written.get(table)
        if not written:
            return [self.domain.database.tables[table][key] for key in keys]
        rows = {key: self.domain.database.tables[table][key] for key in keys if key not in written}
        rows.update({key: row for key, row in written.items() if row is not _DELETED and row.get(column) == value})
        return [rows[key] for key in sorted(rows)]

    def insert(self, table: str, key: str, row: Mapping[str, Any]) -> Row:
        """Create a row.

        Raises:
            ToolError: if one with this key exists.
        """
        if self.get(table, key) is not None:
            raise ToolError(f"{table}/{key} exists already")
        return self._write(table, key, Row(row))

    def update(self, table: str, key: str, /, **fields: Any) -> Row:
        """Replace whole fields of a row.

        Raises:
            ToolError: if there is no such row.
        """
        row = self.get(table, key)
        if row is None:
            raise ToolError(f"{table}/{key} not found")
        return self._write(table, key, Row({**row, **fields}))

    def delete(self, table: str, key: str) -> None:
        """Remove a row.

        Raises:
            ToolError: if there is no such row.
        """
        if self.get(table, key) is None:
            raise ToolError(f"{table}/{key} not found")
        self._write(table, key, _DELETED)

    def new_id(self, table: str, prefix: str) -> str:
        """An id that is free in `table`, the same in every run of the same calls."""
        number = 1
        while self.get(table, f"{prefix}{number}") is not None:
            number += 1
        return f"{prefix}{number}"

    def _write(self, table: str, key: str, row: Row) -> Row:
        written = self._written.setdefault(table, {})
        self._undo.append((table, key, written.get(key)))
        written[key] = row
        return row

    def call(self, side: Side, call: ToolCall) -> Executed:
        """Execute one tool call; a refused or malformed call changes nothing and answers with `error`.

        Raises:
            Failure: blamed on TOOL, if the tool itself is broken.
        """
        tool = self.domain.tools_of(side).get(call.tool)
        outcome = Executed(
            id=call.id, tool=call.tool, arguments=call.arguments, writes=tool is not None and tool.writes, side=side
        )
        if tool is None:
            return outcome.model_copy(update={"error": f"there is no tool {call.tool!r}"})
        if call.malformed is not None:
            return outcome.model_copy(update={"error": f"the arguments are not a JSON object: {call.malformed[:200]}"})
        self._undo.clear()
        try:
            with boundary(Blame.TOOL, passes=ToolError):
                return outcome.model_copy(update={"result": tool.run(self, call.arguments)})
        except ToolError as error:
            self._roll_back()
            return outcome.model_copy(update={"error": str(error)})
        except Failure:
            self._roll_back()
            raise

    def ends(self, side: Side, tool: str) -> bool:
        """Whether this tool of this side hands the dialogue over to a human."""
        return self.domain.tools_of(side)[tool].ends

    def _roll_back(self) -> None:
        for table, key, before in reversed(self._undo):
            if before is None:
                del self._written[table][key]
            else:
                self._written[table][key] = before

    def changes(self) -> Changes:
        """Every field that differs from the start, as {"table/id": {field: [before, after]}}, sorted and settled: ends
        that the domain holds equally good are equal."""
        found: Changes = {}
        for table, rows in sorted(self._written.items()):
            for key, row in sorted(rows.items()):
                start = self._start.get((table, key)) or self.domain.database.get(table, key) or {}
                fields = {
                    name: [start.get(name), row.get(name)]
                    for name in sorted({*start, *row})
                    if start.get(name) != row.get(name)
                }
                if fields:
                    found[f"{table}/{key}"] = fields
        return self.domain.settle(found)


def digest(changes: Changes) -> str:
    """sha256 of the canonical JSON of `changes`: equal ends have equal digests."""
    return content_hash(changes)
