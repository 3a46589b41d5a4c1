"""What an older schema wrote is read as the newest; what a newer one wrote is refused in one line.

The newer one is this repository's own code, copied and changed as someone would change it who renames a column.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.schema import VERSION, rows_sql
from warehouse.store import Warehouse

CODE = Path(__file__).parents[2]
EDITS = {
    "VERSION = 2\n": "VERSION = 3\n",
    "{2: ()}": """{
        2: (),
        3: (
            Change("dialogues", was=_text("verifier"), now={"second_opinion": "lower(verifier)"}),
            Change("dialogues", was=_integer("slot"), now={"slot": "'#' || slot"}),
        ),
    }""",
    '"blame verifier"': '"blame second_opinion slot"',
    '*_text("checker_id"), *_integer("slot generation")': '*_text("checker_id"), *_integer("generation")',
}
LATER = """
import sys
from pathlib import Path
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.publish import publish
from warehouse.store import Warehouse
warehouse = Warehouse.open(Path(sys.argv[1]), create=False)
row = {"dialogue_id": "d-3", "scenario_id": "s", "verdict": "PASS", "second_opinion": "fail", "slot": "#3"}
publish(warehouse, "r-1-new", "r-1", "shop", {"dialogues": [row]})
sql = "SELECT dialogue_id, second_opinion, slot FROM dialogues ORDER BY ALL"
with Catalog(warehouse) as catalog:
    seen = catalog.query(sql)
    assert "verifier" not in str(catalog.query("DESCRIBE dialogues"))
print(seen)
assert compact(warehouse).commits == 2
with Catalog(warehouse) as catalog:
    assert catalog.query(sql) == seen
"""


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the next version."""
    copy = tmp_path_factory.mktemp("later")
    for package in ("turnwright", "warehouse"):
        shutil.copytree(CODE / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    schema = copy / "warehouse" / "schema.py"
    text = schema.read_text()
    for was, now in EDITS.items():
        assert text.count(was) == 1
        text = text.replace(was, now)
    schema.write_text(text)
    return copy


def _dialogue(number: int, **more: object) -> dict[str, object]:
    return {"dialogue_id": f"d-{number}", "scenario_id": "s", "verdict": "PASS", **more}


def test_columns_are_brought_forward_and_a_compaction_writes_the_newest(warehouse: Warehouse, later: Path) -> None:
    rows = [_dialogue(1, verifier="PASS", slot=1), _dialogue(2)]
    publish(warehouse, "r-1-old", "r-1", "shop", {"dialogues": rows})
    command = [sys.executable, "-c", LATER, str(warehouse.root)]
    run = subprocess.run(command, cwd=later, env={"PYTHONPATH": str(later)}, capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.splitlines() == [str([
        {"dialogue_id": "d-1", "second_opinion": "pass", "slot": "#1"},
        {"dialogue_id": "d-2", "second_opinion": None, "slot": None},
        {"dialogue_id": "d-3", "second_opinion": "fail", "slot": "#3"},
    ])]  # fmt: skip
    (made,) = warehouse.manifest.glob("compacted-*.json")
    assert orjson.loads(made.read_bytes())["version"] == 3
    (part,) = warehouse.parts.rglob("compacted-*.parquet")
    assert "second_opinion" in pq.read_schema(part).names
    assert "verifier" not in pq.read_schema(part).names

    for refused in (Catalog, compact, lambda at: publish(at, "r-1-more", "r-1", "shop", {})):
        with pytest.raises(BadInput, match=rf"was written in schema 3, and .* up to {VERSION}: install") as error:
            refused(warehouse)
        assert "\n" not in str(error.value)


def test_a_field_that_is_not_known_is_damage_only_in_a_schema_that_is(filled: Warehouse) -> None:
    file = filled.manifest / "r-1-1.json"
    written = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({**written, "owner": "x", "version": VERSION + 1}))
    with pytest.raises(BadInput, match="install a newer one"):
        Catalog(filled)
    file.write_bytes(orjson.dumps({**written, "owner": "x"}))
    with pytest.raises(Exception, match="is damaged"):
        Catalog(filled)


def test_what_the_first_schema_wrote_is_read_and_its_unfinished_shards_are_known(
    warehouse: Warehouse, shard: Callable
) -> None:
    for name in ("r-1-0", "r-1-1-unfinished-1", "r-1-2"):
        publish(warehouse, name, "r-1", "shop", shard(int(name[4])))
        file = warehouse.manifest / f"{name}.json"
        first = {key: orjson.loads(file.read_bytes())[key] for key in ("name", "run_id", "parts", "supersedes")}
        file.write_bytes(orjson.dumps(first))
    assert [(commit.version, commit.provisional) for commit in Manifest(warehouse).commits()] == [
        (1, False),
        (1, True),
        (1, False),
    ]
    assert compact(warehouse).commits == 2
    publish(warehouse, "r-1-1", "r-1", "shop", shard(1), ["r-1-1-unfinished-1"])
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT count(*) AS n, count(DISTINCT dialogue_id) AS ids FROM dialogues") == [
            {"n": 12, "ids": 12}
        ]


def test_a_table_without_parts_has_its_columns_too() -> None:
    assert "read_parquet" not in rows_sql("dialogues", {})
