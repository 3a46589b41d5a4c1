"""Warehouse, writers: 8 processes publish, 4 read and one compacts, and all but the readers are killed again and again.

`python -m benchmarks.warehouse_writers [--seconds N]` publishes shards of real dialogues of the embedded teacher, each
time with new ids: scenarios, checkers, dialogues, turns, calls and findings. Shards come due at a steady pace, as they
do from slots that are played, and a publish lasts from then until it is done: a writer that falls behind is not spared.
A killed writer is started anew and goes on with the shard whose end it did not tell. Readers look once a second each,
as someone at a screen does. With a `--pace` beyond what the machine bears, it tells the most that it does.
"""

import argparse
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.command import generate
from benchmarks.record import Target, record
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.publish import publish
from warehouse.schema import TABLES
from warehouse.store import Warehouse

WRITERS, READERS, SECONDS = 8, 4, 60
SHARD = 250
"""Slots that the published dialogues are taken from."""
PACE = 6_000
"""Dialogues per second that come due, over all writers; who is killed publishes less."""
SEED = 11
KILL_EVERY_S = 1.0
LOOK_EVERY_S = 1.0
COMPACT_EVERY_S = 5.0
GRACE_S = 15
"""A day would keep everything until the end: here files that are replaced are removed while others read."""
TARGETS = [
    Target("torn_reads", most=0),
    Target("lost_dialogues", most=0),
    Target("doubled_dialogues", most=0),
    Target("publish_p99_s", most=1),
    Target("dialogues_per_second", least=5_000),
]
OF_A_DIALOGUE = ("scenarios", "checkers", "dialogues", "turns", "tool_calls", "findings")
OF_A_SLOT = (*OF_A_DIALOGUE, "mutants", "llm_calls")

Tables = dict[str, list[dict[str, Any]]]
_CONTEXT = multiprocessing.get_context("forkserver")
# Loaded once, so that who is killed is soon back: pyarrow looks for pandas in its first conversion.
_CONTEXT.set_forkserver_preload(["benchmarks.command", "warehouse.compaction", "pandas"])

LOOK = """
SELECT (SELECT count(*) FROM dialogues) AS dialogues, (SELECT count(DISTINCT dialogue_id) FROM dialogues) AS ids,
    (SELECT count(*) FROM turns) AS turns, (SELECT count(*) FROM findings) AS findings
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("--real", type=Path, help="a warehouse whose dialogues are taken, instead of new ones")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        real, at = asked.real or Path(folder) / "real", Path(folder)
        if asked.real is None:
            generate(real, SHARD, SEED, domains="shop")
        tables = _shard(Warehouse.open(real, create=False))
        (at / "shard.json").write_bytes(orjson.dumps({table: tables[table] for table in OF_A_DIALOGUE}))
        cost = _cost(Warehouse.open(at / "alone", create=True), tables)
        found = _run(at, tables, asked.seconds, asked.pace)
    load = {"load_average": round(os.getloadavg()[0], 1)}
    record("warehouse_writers", {**found, **cost, **load}, TARGETS, [SEED])


def _run(at: Path, tables: Tables, seconds: float, pace: float) -> dict[str, Any]:
    warehouse, dice = Warehouse.open(at / "data", create=True), random.Random(SEED)
    write = partial(_write, every_s=WRITERS * len(tables["dialogues"]) / pace)
    begun = time.monotonic()
    writers = [_started(write, at, number, begun + seconds) for number in range(WRITERS)]
    readers = [_started(_read, at, number, begun + seconds) for number in range(READERS)]
    compactor, killed, compactors_killed = _started(_compact, at, 0, begun + seconds), 0, 0
    forks = psutil.Process(compactor.pid).parent()
    while time.monotonic() < begun + seconds:
        time.sleep(KILL_EVERY_S)
        number = dice.randrange(WRITERS + 1)
        if number < WRITERS:
            writers[number] = _again(writers[number], write, at, number, begun + seconds)
            killed += 1
        else:
            compactor = _again(compactor, _compact, at, 0, begun + seconds)
            compactors_killed += 1
    _end(writers)
    took = time.monotonic() - begun
    _end([*readers, compactor])
    cpu, lasted = _cpu_s(forks) if forks else 0.0, time.monotonic() - begun
    last = compact(warehouse, grace_s=0)
    return {
        **_judged(at, warehouse, tables, took),
        "pace": pace,
        "seconds": round(took, 1),
        "cpus_had": round(cpu / lasted, 2),
        "writers_killed": killed,
        "compactors_killed": compactors_killed,
        "parts_at_the_end": sum(1 for _ in warehouse.parts.rglob("*.parquet")),
        "last_compaction": last.model_dump(),
    }


def _judged(at: Path, warehouse: Warehouse, tables: Tables, took: float) -> dict[str, Any]:
    told = [line.split() for number in range(WRITERS) for line in _lines(at / f"writer-{number}")]
    latencies = sorted(float(seconds) for _, seconds in told)
    looks = [line.split() for number in range(READERS) for line in _lines(at / f"reader-{number}")]
    per_shard = len(tables["dialogues"])
    with Catalog(warehouse) as catalog:
        left_out = len(catalog.quarantined)
        (row,) = catalog.query(LOOK)
        runs = {row["run_id"]: row["n"] for row in catalog.query(
            "SELECT run_id, count(*) AS n FROM dialogues GROUP BY run_id"
        )}  # fmt: skip
    lost = sum(max(0, per_shard - runs.get(name, 0)) for name, _ in told)
    return {
        "torn_reads": sum(word == "torn" for word, _ in looks) + left_out,
        "lost_dialogues": lost,
        "doubled_dialogues": row["dialogues"] - row["ids"],
        "publish_p99_s": latencies[int(len(latencies) * 0.99)],
        "publish_p50_s": round(statistics.median(latencies), 3),
        "dialogues_per_second": round(len(told) * per_shard / took),
        "dialogues": row["dialogues"],
        "publishes": len(told),
        "looks": len(looks),
        "look_p50_s": round(statistics.median(float(seconds) for _, seconds in looks), 3),
        "dialogues_per_publish": per_shard,
    }


def _write(at: Path, number: int, until: float, every_s: float) -> None:
    """Publish shard after shard as they come due; each whose end is told is a line of this writer's file."""
    warehouse, tables = Warehouse.open(at / "data", create=False), orjson.loads((at / "shard.json").read_bytes())
    done = at / f"writer-{number}"
    with done.open("ab", buffering=0) as told:
        due = time.monotonic() + every_s * number / WRITERS
        for shard in count(len(_lines(done))):
            name = f"r-{number}-{shard:06}"
            _renew(tables, name)
            time.sleep(max(0, due - time.monotonic()))
            if time.monotonic() > until:
                return
            publish(warehouse, name, name, "shop", tables)
            told.write(f"{name} {time.monotonic() - due:.4f}\n".encode())
            due += every_s


def _read(at: Path, number: int, until: float) -> None:
    """Look again and again; a line for each look says whether it was of whole shards, and no fewer than before."""
    warehouse, tables = Warehouse.open(at / "data", create=False), orjson.loads((at / "shard.json").read_bytes())
    sizes = [len(tables[table]) for table in ("dialogues", "dialogues", "turns", "findings")]
    before = 0
    with (at / f"reader-{number}").open("ab", buffering=0) as told:
        while time.monotonic() < until:
            begun = time.perf_counter()
            with Catalog(warehouse) as catalog:
                (row,) = catalog.query(LOOK)
                bad = catalog.quarantined
            shards = [divmod(found, size) for found, size in zip(row.values(), sizes, strict=True)]
            whole = len(set(shards)) == 1 and shards[0][1] == 0 and shards[0][0] >= before and not bad
            before = shards[0][0]
            told.write(f"{'whole' if whole else 'torn'} {time.perf_counter() - begun:.4f}\n".encode())
            time.sleep(LOOK_EVERY_S)


def _compact(at: Path, number: int, until: float) -> None:
    while time.monotonic() < until:
        compact(Warehouse.open(at / "data", create=False), GRACE_S)
        time.sleep(COMPACT_EVERY_S)


def _started(work: Callable[[Path, int, float], None], at: Path, number: int, until: float) -> BaseProcess:
    process = _CONTEXT.Process(target=work, args=(at, number, until))
    process.start()
    return process


def _again(
    process: BaseProcess, work: Callable[[Path, int, float], None], at: Path, number: int, until: float
) -> BaseProcess:
    process.kill()
    process.join()
    return _started(work, at, number, until)


def _end(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.join()
        assert process.exitcode == 0, f"a process ended with status {process.exitcode}"


def _cpu_s(forks: psutil.Process) -> float:
    """What all processes that this one forked have used, now that they have ended, be it by a kill."""
    times = forks.cpu_times()
    return times.children_user + times.children_system


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _shard(real: Warehouse) -> Tables:
    """What the first slots of a run came to in one domain, as it was before it became Parquet."""
    of_slots = f"run_id = $run_id AND domain = 'shop' AND slot < {SHARD}"
    held = {
        "dialogue_id": f"dialogue_id IN (SELECT dialogue_id FROM dialogues WHERE {of_slots})",
        "checker_id": f"checker_id IN (SELECT checker_id FROM checkers WHERE {of_slots})",
    }
    tables: Tables = {}
    with Catalog(real) as catalog:
        run = catalog.query("SELECT run_id FROM dialogues WHERE domain = 'shop' LIMIT 1")[0]
        for table in OF_A_SLOT:
            columns = {column.name: column for column in TABLES[table]}
            where = of_slots if "slot" in columns else held["dialogue_id" if "dialogue_id" in columns else "checker_id"]
            rows = catalog.query(f'SELECT * EXCLUDE (run_id, domain) FROM "{table}" WHERE {where}', run)
            tables[table] = [{name: _value(columns[name].kind, value) for name, value in row.items()} for row in rows]
    return tables


def _value(kind: str, value: Any) -> Any:
    if value is None or kind not in ("json", "time"):
        return value
    return orjson.loads(value) if kind == "json" else value.isoformat()


def _renew(tables: Tables, name: str) -> None:
    """Give the dialogues ids of their own, in place."""
    for table in ("dialogues", "turns", "tool_calls", "findings"):
        for row in tables[table]:
            row["dialogue_id"] = f"{row['dialogue_id'][:18]}-{name}"


def _cost(warehouse: Warehouse, tables: Tables) -> dict[str, float]:
    """What one process needs for one publish, alone: of what is written here, and of all that a run writes."""
    found = dict[str, float]()
    for what, names in {"": OF_A_DIALOGUE, "_with_all_tables": OF_A_SLOT}.items():
        some = {table: tables[table] for table in names}
        times = sorted(_timed(warehouse, f"one{what}-{number}", some) for number in range(7))
        found[f"publish_cpu_ms{what}"], found[f"publish_ms{what}"] = times[3]
    return found


def _timed(warehouse: Warehouse, name: str, tables: Tables) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    publish(warehouse, name, "r-1", "shop", tables)
    return round((time.process_time() - cpu) * 1e3, 1), round((time.perf_counter() - wall) * 1e3, 1)


if __name__ == "__main__":
    main()
