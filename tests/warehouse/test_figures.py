"""The printed numbers are those of the rows; the digest is that of the corpus and of nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warehouse.catalog import Catalog
from warehouse.figures import corpus_digest, run_figures
from warehouse.publish import publish
from warehouse.store import Warehouse

SHOP = {
    "plans": 1,
    "scenarios_accepted": 8,
    "scenarios_rejected": 1,
    "checkers_admitted": 8,
    "checkers_refused": 1,
    "dialogues": 8,
    "passed": 4,
    "failed": 2,
    "errors": 2,
    "pass_rate": 0.5,
    "llm_calls": 8,
    "tokens_in": 800,
    "tokens_out": 80,
    "cost_usd": 0.008,
}
FLIGHTS = {
    **{name: value // 2 for name, value in SHOP.items() if isinstance(value, int)},
    "pass_rate": 0.5,
    "cost_usd": 0.004,
}


def test_the_figures_of_a_run_by_hand(filled: Warehouse) -> None:
    refused = {
        "plans": [{"plan_id": "p-1", "synthesis": {"tier": 1}}],
        "scenarios": [{"scenario_id": "s-x", "state": "rejected"}],
        "checkers": [{"checker_id": "c-x", "scenario_id": "s-y", "state": "refused"}],
    }
    publish(filled, "r-1-refused", "r-1", "shop", refused)
    publish(filled, "r-2-refused", "r-2", "shop", refused)
    with Catalog(filled) as catalog:
        figures = run_figures(catalog, "r-1")
    assert figures.pop("by_domain") == {"flights": FLIGHTS, "shop": SHOP}
    assert figures == {
        **{name: SHOP[name] + FLIGHTS[name] for name in SHOP},
        "pass_rate": 0.5,
        "cost_usd": pytest.approx(0.012),
    }


def test_an_unknown_run_has_zeros_and_no_pass_rate(filled: Warehouse) -> None:
    with Catalog(filled) as catalog:
        figures = run_figures(catalog, "r-9")
    assert (figures["dialogues"], figures["pass_rate"], figures["by_domain"]) == (0, None, {})


def _digest(root: Path, shards: list[dict[str, Any]], run_id: str = "r-1") -> str:
    warehouse = Warehouse.open(root, create=True)
    for number, tables in enumerate(shards):
        publish(warehouse, f"{run_id}-{number}", run_id, "shop", tables)
    with Catalog(warehouse) as catalog:
        return corpus_digest(catalog, run_id)


def _named_after(run_id: str, tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    ids = ("dialogue_id", "scenario_id", "checker_id")
    return {
        table: [row | {name: f"{run_id}-{row[name]}" for name in ids if name in row} for row in rows]
        for table, rows in tables.items()
    }


def test_the_digest_does_not_see_shards_order_runs_times_or_costs(tmp_path: Path, shard: Callable) -> None:
    first, second = shard(0), shard(1)
    joined = {table: [*reversed(second[table]), *first[table]] for table in first}
    for row in joined["dialogues"]:
        row |= {"created_at": datetime(2026, 1, 1, tzinfo=UTC), "cost_usd": 1.0}
    joined["llm_calls"] = []
    apart = [_named_after("r-1", tables) for tables in (shard(0), shard(1))]
    assert _digest(tmp_path / "a", apart) == _digest(tmp_path / "b", [_named_after("r-2", joined)], "r-2")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("scenarios", "goal", "another"),
        ("checkers", "source", "another"),
        ("dialogues", "verdict", "FAIL"),
        ("turns", "content", "another"),
        ("tool_calls", "arguments", {"order": "another"}),
    ],
)
def test_the_digest_sees_every_change_of_content(
    tmp_path: Path, shard: Callable, table: str, column: str, value
) -> None:
    before, after = shard(0), shard(0)
    after[table][0][column] = value
    assert _digest(tmp_path / "a", [before]) != _digest(tmp_path / "b", [after])


def test_the_digest_sees_a_finding(tmp_path: Path, shard: Callable) -> None:
    finding = {"dialogue_id": "d-000-0001", "source": "checker", "code": "NO_AUTH", "detail": "x"}
    assert _digest(tmp_path / "a", [shard(0)]) != _digest(tmp_path / "b", [{**shard(0), "findings": [finding]}])
