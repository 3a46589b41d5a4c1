"""Dying: work on a warehouse in a process of its own that is killed before a chosen step on the file system."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from warehouse.compaction import compact
from warehouse.forgetting import forget
from warehouse.publish import publish
from warehouse.store import Warehouse

Work = Callable[[Warehouse], Any]
Ids = frozenset[str]

_CONTEXT = multiprocessing.get_context("forkserver")
# pytest too: it is the main module, which every child imports.
_CONTEXT.set_forkserver_preload(["pytest", "warehouse.compaction", "warehouse.forgetting", "warehouse.publish"])
_STEPS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.truncate"}


def publishing(name: str, ids: Ids, supersedes: tuple[str, ...] = (), provisional: bool = False) -> Work:
    """Publish dialogues of two turns each; a name begins with its run."""
    return partial(_publish, name, ids, supersedes, provisional)


def _publish(name: str, ids: Ids, supersedes: tuple[str, ...], provisional: bool, warehouse: Warehouse) -> None:
    tables = {
        "dialogues": [{"dialogue_id": one, "scenario_id": "s", "verdict": "PASS"} for one in sorted(ids)],
        "turns": [{"dialogue_id": one, "turn": turn, "speaker": "user"} for one in sorted(ids) for turn in (0, 1)],
    }
    publish(warehouse, name, name[:3], "shop", tables, supersedes, provisional)


def finishing(run_id: str) -> Work:
    """Publish that a run is finished."""
    return partial(_finish, run_id)


def _finish(run_id: str, warehouse: Warehouse) -> None:
    row = {"state": "finished", "recorded_at": "2026-01-01T00:00:00+00:00"}
    publish(warehouse, f"{run_id}-finished", run_id, "shop", {"runs": [row]})


def compacting(grace_s: float) -> Work:
    return partial(compact, grace_s=grace_s)


def forgetting(run_id: str) -> Work:
    return partial(forget, run_id=run_id)


def killed_at(step: int | None, work: Work, warehouse: Warehouse) -> bool:
    """Do the work, but die before its step of this number, from 1; whether it came so far."""
    process = _CONTEXT.Process(target=_work, args=(step, work, warehouse.root))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _work(step: int | None, work: Work, root: Path) -> None:
    if step is not None:
        sys.addaudithook(_Death(step))
    work(Warehouse(root))


class _Death:
    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STEPS or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
