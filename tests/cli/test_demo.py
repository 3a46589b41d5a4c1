"""The demo: starting it anew touches nothing else, and its queries fit the warehouse."""

from pathlib import Path

import pytest

from cli.demo import LESSONS, NIGHT, PASS_RATE, TO_TRY, WORTH_READING, forget
from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.lock import Busy, run_lock
from warehouse.publish import publish
from warehouse.store import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """With what the demo generated, and a run of the user's own."""
    opened = Warehouse.open(tmp_path / "data", create=True)
    for run_id in (NIGHT.run_id, LESSONS.run_id, "r-mine"):
        row = {"dialogue_id": f"d-{run_id}", "scenario_id": "s-1", "verdict": "PASS"}
        publish(opened, f"{run_id}-shop-0000000-0000240", run_id, "shop", {"dialogues": [row]})
        (opened.journal / f"{run_id}-shop-plans.jsonl").touch()
    return opened


def test_forgetting_what_it_made_leaves_everything_else(warehouse: Warehouse) -> None:
    forget(warehouse)
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT run_id FROM dialogues") == [{"run_id": "r-mine"}]
        assert catalog.quarantined == []
    assert [journal.name for journal in warehouse.journal.iterdir()] == ["r-mine-shop-plans.jsonl"]
    assert len(list(warehouse.parts.rglob("*.parquet"))) == 1


@pytest.mark.parametrize("night", [NIGHT, LESSONS])
def test_a_night_in_progress_is_not_forgotten(warehouse: Warehouse, night: RunSpec) -> None:
    with run_lock(warehouse, night.run_id), pytest.raises(Busy, match="in progress"):
        forget(warehouse)
    with Catalog(warehouse) as catalog:
        assert len(catalog.query("SELECT run_id FROM dialogues")) == 3


@pytest.mark.parametrize("query", [PASS_RATE, WORTH_READING, *(query for _, query in TO_TRY)])
def test_its_queries_can_be_answered(warehouse: Warehouse, query: str) -> None:
    with Catalog(warehouse) as catalog:
        catalog.query(query, {"run_id": NIGHT.run_id} if "$run_id" in query else None)
