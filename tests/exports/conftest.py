"""A warehouse to fill, an export to look at, and the libraries that train."""

import importlib
import os
import warnings
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from talks import Export, Read, Rows

from tasks.exports.exporting import Exported, export
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
def training(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """datasets, transformers and trl, cut off from the hub; imported when a test wants them, for that takes seconds."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path_factory.mktemp("hub")), "TOKENIZERS_PARALLELISM": "0"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SimpleNamespace(
            **{name: importlib.import_module(name) for name in ("datasets", "tokenizers", "transformers", "trl")}
        )
