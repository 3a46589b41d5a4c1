"""Night: how long 1,000 slots take with the embedded teacher, and whether memory stays flat for ten times as many."""

import re
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.command import Ran, generate
from benchmarks.record import Target, record, show
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 11
SLOTS = 1_000
LARGE = 10_000
TARGETS = [
    Target("flow_seconds", most=60),
    Target("tree_peak_mb", most=700),
    Target("large_tree_peak_growth", most=0.2),
    Target("large_main_peak_growth", most=0.2),
]
_FLOW = "SELECT max(epoch(finished_at) - epoch(started_at)) AS seconds FROM runs WHERE state = 'finished'"


def main() -> None:
    night, large = _night(SLOTS), _night(LARGE)
    figures = {
        **night,
        **{f"large_{name}": value for name, value in large.items()},
        "large_tree_peak_growth": round(large["tree_peak_mb"] / night["tree_peak_mb"] - 1, 3),
        "large_main_peak_growth": round(large["main_peak_mb"] / night["main_peak_mb"] - 1, 3),
    }
    record("night", figures, TARGETS, [SEED])
    for name in ("stage_seconds", "peaks_mb"):
        rows = [{"slots": one["slots"], **one[name]} for one in (night, large)]
        show(name, rows)


def _night(slots: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        ran = generate(Path(folder), slots, SEED)
        return _figures(slots, ran, Warehouse.open(Path(folder), create=False))


def _figures(slots: int, ran: Ran, warehouse: Warehouse) -> dict[str, Any]:
    with Catalog(warehouse) as catalog:
        flow_seconds = catalog.query(_FLOW)[0]["seconds"]
    return {
        "slots": slots,
        "dialogues": ran.result["dialogues"],
        "corpus_digest": ran.result["corpus_digest"],
        "seconds": round(ran.seconds, 2),
        "cpu_seconds": round(ran.cpu_seconds, 2),
        "flow_seconds": round(flow_seconds, 2),
        "prefect_seconds": ran.result["prefect_seconds"],
        "tree_peak_mb": round(ran.peaks.tree, 1),
        "main_peak_mb": round(ran.peaks.main, 1),
        "peaks_mb": ran.peaks.figures(),
        "stage_seconds": stage_seconds(warehouse.root / "prefect" / "prefect.db"),
    }


def stage_seconds(database: Path) -> dict[str, float]:
    """How long the Prefect tasks of each kind ran, together, as Prefect's own database has it."""
    seconds: defaultdict[str, float] = defaultdict(float)
    with closing(sqlite3.connect(database)) as connection:
        for name, start, end in connection.execute(
            "SELECT name, start_time, end_time FROM task_run ORDER BY start_time"
        ):
            took = datetime.fromisoformat(end) - datetime.fromisoformat(start)
            seconds[re.sub(r"-\w+$", "", name)] += took.total_seconds()
    return {stage: round(total, 2) for stage, total in seconds.items()}


if __name__ == "__main__":
    main()
