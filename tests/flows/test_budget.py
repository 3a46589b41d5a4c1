"""A budget that is spent stops a run in order: what is finished is published, and a larger one goes on from there."""

from pathlib import Path

import pytest
from drive import drive

from tasks.chain import CHAIN
from tasks.planning import write_plans
from tasks.publishing import publish_plans, publish_unfinished
from tasks.spec import RunSpec, shards
from tasks.stages import run_stage
from tasks.studio import open_studio
from tasks.work import BudgetSpent, begun
from turnwright.errors import RunStopped
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.manifest import Manifest
from warehouse.store import Warehouse

COUNTS = """
SELECT (SELECT count(*) FROM dialogues) AS dialogues, (SELECT count(DISTINCT slot) FROM dialogues) AS slots,
    (SELECT count(*) FROM dialogues WHERE verifier IS NOT NULL) AS verified, (SELECT count(*) FROM llm_calls) AS calls,
    (SELECT count(*) FROM scenarios) AS scenarios, (SELECT count(*) FROM turns) AS turns
"""


def counts(warehouse: Warehouse) -> dict[str, int]:
    with Catalog(warehouse) as catalog:
        return catalog.query(COUNTS)[0]


async def stopped(run: RunSpec, warehouse: Warehouse, stage: str) -> None:
    """Go through the run until one slot is through this stage, when the budget is spent."""
    with open_studio(run, warehouse) as studio:
        await write_plans(run, "shop")
        publish_plans(run, "shop")
        (shard,) = shards(run, "shop", begun(run))
        names = list(CHAIN.values())
        for name in names[: names.index(stage)]:
            await run_stage(name, shard)
        studio.budget.traffic.tokens = (run.max_tokens or 0) - 1
        with pytest.raises(BudgetSpent):
            await run_stage(stage, shard)
        await publish_unfinished(shard)


async def test_what_is_finished_is_published_once_and_superseded_by_the_whole(
    run: RunSpec, warehouse: Warehouse, another: Warehouse
) -> None:
    limited = run.model_copy(update={"shard_size": 250, "max_tokens": 10**9, "concurrency": 1})
    for stage, least in (("play", 1), ("verify", 2)):
        await stopped(limited, warehouse, stage)
        found = counts(warehouse)
        assert found["dialogues"] == found["slots"] >= least
        assert found["turns"] > found["dialogues"]
    assert found["verified"] < found["dialogues"]
    assert await drive(run, warehouse) == await drive(run, another)
    assert counts(warehouse) == counts(another)
    names = Manifest(warehouse).names(f"{run.run_id}-shop-0")
    assert sum("unfinished" in name for name in names) == 2


async def test_what_is_finished_is_published_though_a_compaction_removed_what_was_before(
    run: RunSpec, warehouse: Warehouse
) -> None:
    limited = run.model_copy(update={"shard_size": 250, "max_tokens": 10**9, "concurrency": 1})
    calls = [0]
    for stage in ("execute", "play", "verify"):
        await stopped(limited, warehouse, stage)
        compact(warehouse, grace_s=0)
        calls.append(counts(warehouse)["calls"])
    assert calls == sorted(set(calls))


async def test_the_planner_keeps_to_the_budget_too(run: RunSpec, warehouse: Warehouse) -> None:
    with open_studio(run.model_copy(update={"max_tokens": 1}), warehouse) as studio:
        studio.budget.traffic.tokens = 1
        with pytest.raises(RunStopped, match="budget of 1 tokens"):
            await write_plans(run, "shop")


async def test_a_run_out_of_a_cache_is_the_same_and_free(
    run: RunSpec, warehouse: Warehouse, another: Warehouse, tmp_path: Path
) -> None:
    cached = run.model_copy(update={"cache": str(tmp_path / "cache")})
    first = await drive(cached, warehouse)
    assert await drive(cached, another) == first
    with Catalog(another) as catalog:
        outcomes = {row["outcome"]: row["calls"] for row in catalog.query(
            "SELECT outcome, sum(attempts)::INT AS calls FROM llm_calls GROUP BY outcome"
        )}  # fmt: skip
    assert outcomes["cached"] == 0
    assert "ok" not in outcomes
