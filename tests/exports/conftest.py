"""A warehouse to fill, an export to look at, a small corpus of the embedded teacher, and the libraries that train."""

import importlib
import os
import warnings
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from talks import Export, Read, Rows

from tasks.chain import plan
from tasks.exports.exporting import Exported, export
from tasks.planning import forget_run
from tasks.publishing import publish_shard, record_run
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from tasks.work import begun
from warehouse.store import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "data", create=True)


@pytest.fixture
def exported(warehouse: Warehouse, tmp_path: Path) -> Export:
    """Export the warehouse to `out`."""

    def run(format: str = "trl", where: str | None = None, out: Path = tmp_path / "out") -> Exported:
        return export(warehouse, format, out, where)

    return run


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The rows of a file of the export."""

    def rows(name: str = "train.jsonl", out: Path = tmp_path / "out") -> Rows:
        return [orjson.loads(line) for line in (out / name).read_bytes().splitlines()]

    return rows


@pytest.fixture(scope="session")
async def corpus(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """What `turnwright generate` makes of 60 slots over all domains."""
    warehouse = Warehouse.open(tmp_path_factory.mktemp("corpus") / "data", create=True)
    run = RunSpec(domains=("shop", "flights", "mobile"), count=60, seed=1, plans=20)
    with open_studio(run, warehouse) as studio:
        record_run(run, "running", None, None)
        for domain in run.domains:
            await plan.fn(run, domain)
            for shard in shards(run, domain, begun(run)):
                for stage in STAGES:
                    await run_stage(stage, shard)
                publish_shard(shard)
        await studio.models.close()
        forget_run(run)
    return warehouse


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """datasets, transformers and trl, cut off from the hub; imported when a test wants them, for that takes seconds."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path_factory.mktemp("hub")), "TOKENIZERS_PARALLELISM": "0"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SimpleNamespace(
            **{name: importlib.import_module(name) for name in ("datasets", "tokenizers", "transformers", "trl")}
        )
