"""What a finished run looks like through `sql` and `show`: one JSON object on stdout, and nothing else there."""

import csv
import io
from pathlib import Path

import orjson
import pytest
from conftest import Printed
from drive import drive

from cli.main import run as turnwright
from tasks.spec import RunSpec
from warehouse.store import Warehouse

COUNT = "SELECT state, count(*) AS n, max(mutation_score) AS score FROM checkers GROUP BY state ORDER BY state"
SHOWN = {"persona", "goal", "verdict", "blame", "stop_reason", "turns", "tool_calls", "findings", "changes", "source"}


async def test_a_finished_run(run: RunSpec, warehouse: Warehouse, printed: Printed, tmp_path: Path) -> None:
    result, at = await drive(run, warehouse), ["--warehouse", str(warehouse.root)]
    assert turnwright(["sql", COUNT, *at, "--json"]) == 0
    out, err = printed()
    rows = orjson.loads(out)["rows"]
    assert (err, sum(row["n"] for row in rows)) == ("", result["scenarios_accepted"])
    for words in (["--format", "json"], ["--format", "csv"], ["--format", "csv", "--out", str(tmp_path / "rows.csv")]):
        assert turnwright(["sql", COUNT, *at, *words]) == 0
    out, _ = printed()
    first, _, second = out.partition("\n")
    assert orjson.loads(first) == {"rows": rows}
    table = (tmp_path / "rows.csv").read_text()
    assert second == table
    assert [row["state"] for row in csv.DictReader(io.StringIO(table))] == [row["state"] for row in rows]


@pytest.mark.parametrize("verdict", ["PASS", "FAIL"])
async def test_a_dialogue(run: RunSpec, warehouse: Warehouse, printed: Printed, verdict: str) -> None:
    await drive(run, warehouse)
    at = ["--warehouse", str(warehouse.root)]
    turnwright(["sql", f"SELECT dialogue_id FROM dialogues WHERE verdict = '{verdict}' LIMIT 1", *at, "--json"])
    dialogue_id = orjson.loads(printed()[0])["rows"][0]["dialogue_id"]
    assert turnwright(["show", dialogue_id, *at, "--json"]) == 0
    out, err = printed()
    shown = orjson.loads(out)
    assert (out.count("\n"), err) == (1, "")
    assert shown.keys() >= SHOWN
    assert (shown["verdict"], bool(shown["blame"])) == (verdict, verdict != "PASS")
    assert turnwright(["show", dialogue_id, *at]) == 0
    assert shown["turns"][0]["content"].split()[0] in printed()[0]
