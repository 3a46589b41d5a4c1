"""Drive: the chain of a run as `flows.generate_corpus` goes through it, without Prefect and its server.

In a process of its own it can meet a fate: be killed at a place that no clock would hit, or find the disk full there.
"""

import asyncio
import multiprocessing
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tasks.chain import CHAIN, plan
from tasks.planning import forget_run
from tasks.progress import watcher
from tasks.publishing import publish_shard, record_run
from tasks.result import result_of
from tasks.spec import RunSpec, shards
from tasks.stages import run_stage
from tasks.studio import open_studio
from tasks.work import begun
from warehouse.durable import WarehouseError
from warehouse.held import is_held
from warehouse.lock import run_lock
from warehouse.manifest import Manifest
from warehouse.store import Warehouse

Fate = Callable[[], Any]
"""Called in the process before it begins."""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tasks.chain", "tasks.quality"])  # their import takes longer than a small run


async def drive(run: RunSpec, warehouse: Warehouse) -> dict[str, Any]:
    """Go through the run, or on with it; gives its result."""
    with run_lock(warehouse, run.run_id), open_studio(run, warehouse) as studio:
        started_at = datetime.now(UTC)
        record_run(run, "running", started_at, None)
        try:
            for domain in run.domains:
                await plan.fn(run, domain)
                for shard in shards(run, domain, begun(run)):
                    if not Manifest(warehouse).committed(shard.name) and not is_held(warehouse, shard.name):
                        for stage in CHAIN.values():
                            await run_stage(stage, shard)
                        publish_shard(shard)
        finally:
            await studio.models.close()
        record_run(run, "finished", started_at, None)
        forget_run(run)
    return result_of(warehouse, run)


@contextmanager
def driven(fate: Fate, run: RunSpec, warehouse: Warehouse) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that drives, and what it says when the warehouse fails it; it is gone when the block ends."""
    said, says = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_drive_to, args=(fate, run, warehouse.root, says))
    process.start()
    says.close()
    try:
        yield process, said
    finally:
        process.kill()
        process.join()
        said.close()


def command(run: RunSpec, warehouse: Warehouse) -> list[str]:
    """The arguments of `turnwright` that ask for this run."""
    said = run.model_dump(exclude={"domains", "roles", "generations", "capture"}, exclude_none=True)
    asked = [word for name, value in said.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["generate", "--domain", ",".join(run.domains), *asked, "--warehouse", str(warehouse.root), "--json"]


def end_of(fate: Fate, run: RunSpec, warehouse: Warehouse) -> int | str:
    """How such a process ends: its exit status, or what it said."""
    with driven(fate, run, warehouse) as (process, said):
        try:
            return said.recv()
        except EOFError:
            process.join()
            return process.exitcode or 0


def _drive_to(fate: Fate, run: RunSpec, root: Path, says: Connection) -> None:
    fate()
    try:
        asyncio.run(drive(run, Warehouse.open(root, create=True)))
    except WarehouseError as error:
        says.send(str(error))


def at_slot(stage: str, number: int, happens: Fate) -> None:
    """Let it happen when so many slots are through a stage, all others of the run's concurrency being under way."""
    through: list[str] = []

    def watch(domain: str, at: str) -> None:
        if at == stage:
            through.append(domain)
            if len(through) == number:
                happens()

    watcher.set(watch)


def before(event: str, path: str, happens: Fate) -> None:
    """Let it happen before the first such call of the system on a path like this."""

    def hear(heard: str, arguments: tuple[Any, ...]) -> None:
        if heard == event and any(re.search(path, str(argument)) for argument in arguments):
            happens()

    sys.addaudithook(hear)


def die() -> None:
    """As `kill -9` does it."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk(room: int = 3000) -> None:
    """No file of this process grows beyond so many bytes from now on."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def freeze() -> None:
    """Stay there, with the lock in hand, until killed."""
    time.sleep(600)
