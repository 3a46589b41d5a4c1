"""Killed anywhere and started again: nothing is lost, nothing comes twice, and the corpus is the same."""

import signal
from collections import Counter
from functools import partial
from typing import Any

import orjson
import pytest
from drive import Fate, at_slot, before, die, drive, end_of

from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

_COMMIT = r"manifest/.*-\d{7}-\d{7}\.json"
DEATHS: dict[str, Fate] = {
    "before it began": partial(before, "os.link", r"manifest/.*-running-", die),
    "planning": partial(at_slot, "plan", 2, die),
    "publishing the plans": partial(before, "os.link", r"manifest/.*-plans\.json", die),
    "drafting": partial(at_slot, "draft", 1, die),
    "executing": partial(at_slot, "execute", 2, die),
    "checking": partial(at_slot, "checker", 1, die),
    "playing": partial(at_slot, "play", 1, die),
    "verifying": partial(at_slot, "verify", 1, die),
    "before the first part": partial(before, "os.rename", r"parts/llm_calls/.*-\d{7}-\d{7}-", die),
    "before the last part": partial(before, "os.rename", r"parts/findings/.*-\d{7}-\d{7}-", die),
    "committing": partial(before, "os.link", _COMMIT, die),
    "forgetting the journal": partial(before, "os.remove", r"journal/.*-\d{7}-\d{7}\.jsonl", die),
    "ending": partial(before, "os.link", r"manifest/.*-finished-", die),
    "forgetting the plans": partial(before, "os.remove", r"journal/.*-plans\.jsonl", die),
}
LATER: dict[str, Fate] = {
    "drafting the second shard": partial(at_slot, "draft", 6, die),
    "playing the third shard": partial(at_slot, "play", 10, die),
}
Paid = Counter[tuple[str, int, str, float]]


def paid(warehouse: Warehouse) -> Paid:
    """Every call whose work is done, published or not, or both; by how long it took, which is seldom the same."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query("SELECT stage, slot, role, latency_s FROM llm_calls")
    lines = [orjson.loads(line) for file in warehouse.journal.iterdir() for line in file.read_bytes().splitlines()]
    journalled = [{**call, **line} for line in lines for call in line["record"]["calls"]]
    published, kept = (
        Counter((row["stage"], row["slot"], row["role"], row["latency_s"]) for row in found)
        for found in (rows, journalled)
    )
    return published | kept


def slots(warehouse: Warehouse) -> list[int]:
    with Catalog(warehouse) as catalog:
        return [row["slot"] for row in catalog.query("SELECT slot FROM scenarios ORDER BY slot")]


@pytest.mark.parametrize("death", [*DEATHS.values(), *LATER.values()], ids=[*DEATHS, *LATER])
async def test_killed_and_started_again_with_other_shards(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], death: Fate
) -> None:
    assert end_of(death, run, warehouse) == -signal.SIGKILL
    before_it = paid(warehouse)
    assert await drive(run.model_copy(update={"shard_size": 7, "concurrency": 64}), warehouse) == whole
    assert slots(warehouse) == list(range(run.count))
    assert before_it <= paid(warehouse)
    assert paid(warehouse).total() == whole["llm_calls"]
    assert not any(warehouse.journal.iterdir())


async def test_killed_again_and_again(run: RunSpec, warehouse: Warehouse, whole: dict[str, Any]) -> None:
    kept: Paid = Counter()
    for death in [*DEATHS.values()][::3]:
        assert end_of(death, run, warehouse) == -signal.SIGKILL
        assert kept <= (kept := paid(warehouse))
    assert await drive(run, warehouse) == whole
    assert kept == paid(warehouse)
    assert not any(warehouse.journal.iterdir())
