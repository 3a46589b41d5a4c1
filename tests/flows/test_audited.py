"""`audit-checkers` on a finished run: its figures are those of the rows that it leaves, once for each seed."""

import asyncio
from collections import Counter
from typing import Any

import orjson
from conftest import Printed
from drive import drive

from cli.main import run as turnwright
from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

KEYS = {"mutation_score", "survivors_by_operator", "reference_passed", "noop_failed", "equivalents", "admitted_rate"}
RUNS = "SELECT audit, mutant, expected, got, checker_id FROM mutants WHERE audit <> 'admission'"


def rows(warehouse: Warehouse, query: str) -> list[dict[str, Any]]:
    with Catalog(warehouse) as catalog:
        return catalog.query(query, {})


async def ask(words: list[str]) -> int:
    """The exit status of the command, which runs an event loop of its own."""
    return await asyncio.to_thread(turnwright, words)


async def test_an_audit(run: RunSpec, warehouse: Warehouse, printed: Printed) -> None:
    made, asked = await drive(run, warehouse), ["audit-checkers", "--warehouse", str(warehouse.root)]
    assert await ask([*asked, "--domain", "shop", "--seed", "4", "--json"]) == 0
    out, err = printed()
    found = orjson.loads(out)
    assert (out.count("\n"), err) == (1, "")
    assert found.keys() >= KEYS
    assert found["checkers"] == found["reference_passed"] == found["noop_failed"] == made["checkers_admitted"]
    assert found["admitted_rate"] == round(made["checkers_admitted"] / made["scenarios_accepted"], 4)

    runs = rows(warehouse, RUNS)
    assert {row["audit"] for row in runs} == {"seed 4"}
    assert len({row["checker_id"] for row in runs}) == found["checkers"]
    held_back = [row for row in runs if row["mutant"] in found["mutants_by_operator"] and row["expected"] == "FAIL"]
    assert (len(held_back), sum(row["got"] == "FAIL" for row in held_back)) == (found["mutants"], found["killed"])
    assert Counter(row["mutant"] for row in held_back) == found["mutants_by_operator"]
    missed = Counter(row["mutant"] for row in held_back if row["got"] != "FAIL")
    assert missed == found["survivors_by_operator"]

    assert await ask([*asked, "--seed", "4"]) == 0
    out, _ = printed()
    assert f"{found['checkers']} admitted checkers" in out
    assert sorted(map(str, rows(warehouse, RUNS))) == sorted(map(str, runs))
    assert await ask([*asked, "--seed", "5"]) == 0
    assert {row["audit"] for row in rows(warehouse, RUNS)} == {"seed 4", "seed 5"}
