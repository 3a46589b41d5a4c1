"""A shard that is not as expected is held: no view shows it, nothing is lost or made again, and a person decides."""

import asyncio
from typing import Any

import orjson
import pytest
from conftest import Printed
from drive import drive

from cli.main import run as turnwright
from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.held import held
from warehouse.manifest import Manifest
from warehouse.store import Warehouse

LOPSIDED = RunSpec(domains=("shop",), count=60, seed=5, plans=1, shard_size=60)
"""All of one plan, and so of one family."""


async def ask(printed: Printed, warehouse: Warehouse, *words: str) -> tuple[int, Any]:
    status = await asyncio.to_thread(turnwright, ["quality", "--warehouse", str(warehouse.root), "--json", *words])
    return status, orjson.loads(printed()[0] or "null")


@pytest.mark.slow
async def test_it_is_held_and_let_in_by_hand(warehouse: Warehouse, printed: Printed) -> None:
    result = await drive(LOPSIDED, warehouse)
    assert (result["dialogues"], result["plans"]) == (0, 1)
    (shard,) = held(warehouse)
    assert shard.reasons == ("scenarios: no family has more than half of the scenarios (largest_family: 1)",)
    assert Manifest(warehouse).names(shard.name) == []
    assert (await drive(LOPSIDED, warehouse))["dialogues"] == 0
    assert held(warehouse) == [shard]

    status, found = await ask(printed, warehouse)
    assert (status, found["gate"], found["failed"]) == (0, "pass", [])
    (told,) = found["held"]
    with Catalog(Warehouse.open(warehouse.held / shard.name, create=False)) as catalog:
        assert catalog.query("SELECT count(*) AS n FROM dialogues") == [{"n": told["dialogues"]}]

    status, found = await ask(printed, warehouse, "--release", shard.name)
    assert (status, found["gate"], found["held"]) == (1, "fail", [])
    assert found["dialogues"] == told["dialogues"] > 50
    assert found["failed"] == list(shard.reasons)
    assert (await ask(printed, warehouse, "--release", shard.name))[0] == 2
