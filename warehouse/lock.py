"""Lock: one process at a time works on a run. The kernel holds it, so it dies with its process."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from turnwright.errors import BadInput
from warehouse.store import Warehouse, named


@contextmanager
def turn(warehouse: Warehouse, what: str) -> Generator[None]:
    """Wait until no other process is at this work, and hold it for the length of the block."""
    handle = os.open(warehouse.locks / f"{named(what)}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Busy(BadInput):
    """Another process works on this run already."""


@contextmanager
def run_lock(warehouse: Warehouse, run_id: str) -> Generator[None]:
    """Hold the run for the length of the block.

    Raises:
        Busy: naming the process that holds it.
    """
    # The file stays: unlinking it would let a third process lock a new file of the same name beside the second's.
    handle = os.open(warehouse.locks / f"{named(run_id)}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode() or "unknown"
            raise Busy(f"run {run_id} is in progress in process {holder}: wait for it, or stop it") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
