"""Lock: who may not be at work at the same time. The kernel holds a lock, so it dies with its process."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from turnwright.errors import BadInput
from warehouse.store import Warehouse, named


@contextmanager
def turn(warehouse: Warehouse, what: str) -> Generator[None]:
    """Wait until no other process is at this work, and hold it for the length of the block."""
    with _opened(warehouse.locks / f"{named(what)}.lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Busy(BadInput):
    """Another process is at this work already."""


@contextmanager
def run_lock(warehouse: Warehouse, run_id: str) -> Generator[None]:
    """Hold the run for the length of the block: one process at a time works on it.

    Raises:
        Busy: naming the process that holds it.
    """
    with _alone(warehouse.locks / f"{named(run_id)}.lock", f"run {run_id}"):
        yield


@contextmanager
def compaction_lock(warehouse: Warehouse) -> Generator[None]:
    """One process at a time rewrites what was published, and removes files.

    Raises:
        Busy: naming the process that does.
    """
    with _alone(warehouse.locks / "compaction.lock", "a compaction"):
        yield


@contextmanager
def publishing(warehouse: Warehouse) -> Generator[None]:
    """For the length of the block, parts that no commit lists yet are left alone; any number may publish at once."""
    with _opened(_publishing(warehouse)) as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


@contextmanager
def nobody_publishes(warehouse: Warehouse) -> Generator[bool]:
    """Whether that is so now; if it is, whoever begins to waits for the end of the block."""
    with _opened(_publishing(warehouse)) as handle:
        free = False
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        yield free


def _publishing(warehouse: Warehouse) -> Path:
    return warehouse.locks / "publishing.lock"


@contextmanager
def _alone(path: Path, work: str) -> Generator[None]:
    with _opened(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode() or "unknown"
            raise Busy(f"{work} is in progress in process {holder}: wait for it, or stop it") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield


@contextmanager
def _opened(path: Path) -> Generator[int]:
    # The file stays: unlinking it would let a third process lock a new file of the same name beside the second's.
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield handle
    finally:
        os.close(handle)
