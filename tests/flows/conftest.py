"""A small run, what it comes to when nothing disturbs it, and an empty warehouse."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from drive import drive

from tasks.spec import RunSpec
from warehouse.store import Warehouse


@pytest.fixture(scope="session")
def run() -> RunSpec:
    """12 slots in three shards, three at once."""
    return RunSpec(domains=("shop",), count=12, plans=4, concurrency=3, shard_size=5)


@contextmanager
def _folder(beside: Path) -> Iterator[Path]:
    # In memory where it can be: a killed process leaves there what it leaves on a disk, and a busy disk syncs slowly.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else beside) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
async def whole(run: RunSpec, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The run's result, undisturbed and in one shard."""
    with _folder(tmp_path_factory.mktemp("whole")) as folder:
        warehouse = Warehouse.open(folder / "data", create=True)
        return await drive(run.model_copy(update={"shard_size": 250, "concurrency": 32}), warehouse)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with _folder(tmp_path) as folder:
        yield Warehouse.open(folder / "data", create=True)


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Warehouse]:
    with _folder(tmp_path) as folder:
        yield Warehouse.open(folder / "data", create=True)


Printed = Callable[[], tuple[str, str]]


@pytest.fixture
def printed(capfd: pytest.CaptureFixture[str]) -> Printed:
    """What went to stdout and to stderr since the last look."""
    return lambda: tuple(capfd.readouterr())
