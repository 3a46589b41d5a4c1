"""docs/sql.md: it tells of every view and column that there is, and its questions have answers."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.evaluating import EvaluateSpec, evaluate
from tasks.planning import write_plans
from tasks.publishing import publish_plans, publish_shard, record_run
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from warehouse.catalog import Catalog
from warehouse.schema import TABLES
from warehouse.store import Warehouse

PAGE = (Path(__file__).parents[2] / "docs" / "sql.md").read_text()
VIEWS, QUESTIONS = PAGE.split("\n## Questions\n")
QUERIES = re.findall(r"```sql\n(.*?)```", QUESTIONS, re.DOTALL)
"""In place of the answer of an evolution, which takes minutes, these are asked of an empty view."""
OF_EVOLUTION = ("FROM evolution",)
NOTHING = ("error IS NOT NULL", "state = 'rejected'", "verdict <> verifier", "gift card", "source = 'conduct'")
"""What a small corpus may have none of."""


def told() -> dict[str, list[str]]:
    """By view, the columns of its table."""
    sections = re.split(r"^### ", VIEWS, flags=re.MULTILINE)[1:]
    rows = {section.partition("\n")[0]: re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for section in sections}
    return {view: [name for row in found for name in re.findall(r"`(\w+)`", row)] for view, found in rows.items()}


def test_every_view_and_column_is_told() -> None:
    assert {view: sorted(columns) for view, columns in told().items()} == {
        view: sorted(column.name for column in columns) for view, columns in TABLES.items()
    }


@pytest.fixture(scope="module")
async def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    warehouse = Warehouse.open(tmp_path_factory.mktemp("page") / "data", create=True)
    run = RunSpec(domains=("shop",), count=24, plans=12)
    with open_studio(run, warehouse) as studio:
        await write_plans(run, "shop")
        publish_plans(run, "shop")
        (shard,) = shards(run, "shop", ())
        for stage in STAGES:
            await run_stage(stage, shard)
        publish_shard(shard)
        record_run(run, "finished", datetime.now(UTC), None)
        await studio.models.close()
    await evaluate(warehouse, EvaluateSpec(run=RunSpec(domains=("shop",), count=1), count=8, trials=2))
    return Catalog(warehouse)


def test_there_are_fifteen_or_more() -> None:
    assert len(QUERIES) >= 15


@pytest.mark.parametrize("sql", QUERIES, ids=lambda sql: " ".join(sql.split())[:40])
async def test_every_question_has_an_answer(catalog: Catalog, sql: str) -> None:
    rows = catalog.query(sql.strip().rstrip(";"))
    assert rows or any(words in sql for words in (*OF_EVOLUTION, *NOTHING))
