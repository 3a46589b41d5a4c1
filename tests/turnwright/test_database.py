"""The seed: its rows are frozen to their depth, its indexes find what is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from turnwright.database import Database, Row, freeze

ROW = Row({"id": "a", "tags": ["x"], "at": {"city": "Reno", "lines": [{"n": 1}]}})

MUTATIONS: dict[str, Callable[[Row], Any]] = {
    "set": lambda row: row.__setitem__("id", "b"),
    "delete": lambda row: row.__delitem__("id"),
    "update": lambda row: row.update(id="b"),
    "or": lambda row: row.__ior__({"id": "b"}),
    "pop": lambda row: row.pop("id"),
    "popitem": lambda row: row.popitem(),
    "clear": lambda row: row.clear(),
    "setdefault": lambda row: row.setdefault("new", 1),
    "nested": lambda row: row["at"].update(city="Elko"),
    "deep": lambda row: row["at"]["lines"][0].update(n=2),
}


@pytest.mark.parametrize("mutate", MUTATIONS.values(), ids=MUTATIONS)
def test_rows_are_frozen(mutate: Callable[[Row], Any]) -> None:
    before = orjson.dumps(ROW)
    with pytest.raises(TypeError, match="frozen"):
        mutate(ROW)
    assert orjson.dumps(ROW) == before


@pytest.mark.parametrize("field", ["tags", "at"])
def test_lists_in_rows_are_tuples(field: str) -> None:
    values = ROW[field] if field == "tags" else ROW["at"]["lines"]
    assert isinstance(values, tuple)


def test_a_row_is_plain_json_and_keeps_nothing_of_what_it_was_made_of() -> None:
    given = {"tags": ["x"], "at": {"n": 1}}
    row = freeze(given)
    given["tags"].append("y")  # pyright: ignore[reportAttributeAccessIssue]
    assert orjson.loads(orjson.dumps(row)) == {"tags": ["x"], "at": {"n": 1}}
    assert freeze(row) is row


@pytest.fixture
def database(tmp_path: Path) -> Database:
    rows = {"b": {"kind": "x"}, "a": {"kind": "x"}, "c": {"kind": None}, "d": {}}
    (tmp_path / "seed.json").write_bytes(orjson.dumps({"things": rows}))
    return Database.load(tmp_path / "seed.json", {"things": ["kind"]})


@pytest.mark.parametrize(
    ("value", "found"), [("x", ("a", "b")), (None, ("c", "d")), ("y", ())], ids=["some", "none set", "no such"]
)
def test_find(database: Database, value: Any, found: tuple[str, ...]) -> None:
    assert database.find("things", "kind", value) == found


def test_get(database: Database) -> None:
    assert database.get("things", "a") == {"kind": "x"}
    assert database.get("things", "z") is None


def test_a_field_without_an_index_is_an_error(database: Database) -> None:
    with pytest.raises(KeyError):
        database.find("things", "size", 1)
