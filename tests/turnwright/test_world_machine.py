"""A World against a naive model of it: whole copies of plain dicts, scanned in full."""

import copy
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from turnwright.database import Database
from turnwright.dialogue import Side, ToolCall
from turnwright.errors import Failure
from turnwright.record import content_hash
from turnwright.tool import ToolError, toolbox, writes
from turnwright.verdict import Blame
from turnwright.world import Domain, World, digest

Tables = dict[str, dict[str, dict[str, Any]]]

SEED: Tables = {
    "cats": {"k1": {"color": "red", "age": 1}, "k2": {"color": "red", "age": 2}, "k3": {"color": None, "age": 1}},
    "dogs": {"k1": {"color": "blue", "toys": ["ball", {"of": "rope"}]}},
}
COLORS = ["red", "blue", None]


def _step(world: World, what: str, table: str, key: str, fields: dict[str, Any]) -> None:
    if what == "insert":
        world.insert(table, key, fields)
    elif what == "update":
        world.update(table, key, **fields)
    else:
        world.delete(table, key)


@writes
def batch(world: World, steps: list[list[Any]], ending: str) -> int:
    """Do these steps; then end well, refuse, or break."""
    for step in steps:
        _step(world, *step)
    if ending == "refuse":
        raise ToolError("no")
    if ending == "break":
        raise ArithmeticError("bug")
    return len(steps)


DOMAIN = Domain(
    name="pets",
    now=datetime(2026, 1, 1),
    policy="",
    families={},
    styles={},
    twists={},
    database=Database(SEED, {"cats": ["color", "age"], "dogs": ["color"]}),
    tools=toolbox(batch),
    rules=lambda world, turns: [],
    customers={},
    customer=lambda world, key: {},
    reserved_cells=frozenset(),
    test_file=Path("none.json"),
)
SEED_HASH = content_hash(DOMAIN.database.tables)


class _Refused(Exception):
    """The model's word for a ToolError."""


def _model_step(tables: Tables, what: str, table: str, key: str, fields: dict[str, Any]) -> None:
    if (key in tables[table]) is (what == "insert"):
        raise _Refused
    if what == "delete":
        del tables[table][key]
    else:
        tables[table][key] = copy.deepcopy({**tables[table].get(key, {}), **fields})


def _difference(start: Tables, now: Tables) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in start:
        for key in start[table].keys() | now[table].keys():
            before, after = start[table].get(key, {}), now[table].get(key, {})
            fields = {
                name: [before.get(name), after.get(name)]
                for name in before.keys() | after.keys()
                if before.get(name) != after.get(name)
            }
            if fields:
                found[f"{table}/{key}"] = fields
    return found


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


_tables = st.sampled_from(["cats", "dogs"])
_keys = st.sampled_from(["k1", "k2", "k3", "k4"])
_values = st.sampled_from([0, 1, 2.5, "x", None, [], ["a", {"b": 1}], {"c": [1]}])
_fields = st.fixed_dictionaries({}, optional={"color": st.sampled_from(COLORS), "age": st.integers(0, 2), "x": _values})
_steps = st.tuples(st.sampled_from(["insert", "update", "delete"]), _tables, _keys, _fields)


class WorldMachine(RuleBasedStateMachine):
    @initialize(patches=st.dictionaries(st.tuples(_tables, _keys), _fields, max_size=3))
    def open(self, patches: dict[tuple[str, str], dict[str, Any]]) -> None:
        self.start = copy.deepcopy(SEED)
        for (table, key), patch in patches.items():
            self.start[table][key] = {**self.start[table].get(key, {}), **copy.deepcopy(patch)}
        self.model = copy.deepcopy(self.start)
        self.world = World(DOMAIN, {f"{table}/{key}": patch for (table, key), patch in patches.items()})

    @rule(step=_steps)
    def write(self, step: tuple[str, str, str, dict[str, Any]]) -> None:
        try:
            _model_step(self.model, *step)
        except _Refused:
            with pytest.raises(ToolError):
                _step(self.world, *step)
        else:
            _step(self.world, *step)

    @rule(steps=st.lists(_steps, max_size=5), ending=st.sampled_from(["well", "well", "refuse", "break"]))
    def call(self, steps: list[tuple[str, str, str, dict[str, Any]]], ending: str) -> None:
        after = copy.deepcopy(self.model)
        try:
            for step in steps:
                _model_step(after, *step)
        except _Refused:
            ending = "refuse"
        call = ToolCall(id="c", tool="batch", arguments={"steps": [list(step) for step in steps], "ending": ending})
        if ending == "break":
            with pytest.raises(Failure) as failure:
                self.world.call(Side.ASSISTANT, call)
            assert failure.value.blame is Blame.TOOL
            return
        executed = self.world.call(Side.ASSISTANT, call)
        assert (executed.error is None) is (ending == "well")
        self.model = after if ending == "well" else self.model

    @rule(steps=st.lists(_steps, max_size=3), stay=st.booleans())
    def fork(self, steps: list[tuple[str, str, str, dict[str, Any]]], stay: bool) -> None:
        """What is written after a fork, in the one or in the other, is seen there alone."""
        model, fork = copy.deepcopy(self.model), self.world.fork()
        for step in steps:
            try:
                _model_step(model, *step)
            except _Refused:
                continue
            _step(self.world if stay else fork, *step)
        if stay:
            self.model, model = model, self.model
        assert _plain(fork.changes()) == _difference(self.start, model)

    @rule(table=_tables)
    def make_an_id(self, table: str) -> None:
        taken = self.model[table]
        assert self.world.new_id(table, "k") == next(f"k{n}" for n in range(1, 9) if f"k{n}" not in taken)

    @invariant()
    def rows_are_the_models(self) -> None:
        for table, rows in self.model.items():
            for key in ("k1", "k2", "k3", "k4"):
                assert _plain(self.world.get(table, key)) == rows.get(key)

    @invariant()
    def look_ups_equal_a_full_scan(self) -> None:
        looked_up = [*(("cats", "age", age) for age in range(3)), *((t, "color", c) for t in SEED for c in COLORS)]
        for table, field, value in looked_up:
            scanned = [row for _, row in sorted(self.model[table].items()) if row.get(field) == value]
            assert _plain(self.world.find(table, field, value)) == scanned

    @invariant()
    def changes_are_the_difference(self) -> None:
        expected = _difference(self.start, self.model)
        assert _plain(self.world.changes()) == expected
        assert digest(self.world.changes()) == content_hash(expected)

    @invariant()
    def the_seed_never_changes(self) -> None:
        assert content_hash(DOMAIN.database.tables) == SEED_HASH


TestWorldMachine = WorldMachine.TestCase
TestWorldMachine.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)


def test_a_change_that_is_taken_back_is_none() -> None:
    world = World(DOMAIN)
    world.update("cats", "k1", age=9)
    world.insert("dogs", "k2", {"color": "red"})
    assert set(world.changes()) == {"cats/k1", "dogs/k2"}
    world.update("cats", "k1", age=1)
    world.delete("dogs", "k2")
    assert world.changes() == {}
    assert digest(world.changes()) == digest({})


def test_the_same_calls_make_the_same_ids_and_digest() -> None:
    ends: set[tuple[str, ...]] = set()
    for _ in range(2):
        world = World(DOMAIN)
        made = [world.new_id("dogs", "k")]
        world.insert("dogs", made[0], {"color": "red"})
        made.append(world.new_id("dogs", "k"))
        ends.add((*made, digest(world.changes())))
    assert [end[:2] for end in ends] == [("k2", "k3")]


def test_a_column_without_an_index_is_no_silent_scan() -> None:
    with pytest.raises(KeyError):
        World(DOMAIN).find("dogs", "toys", "ball")
