"""Warehouse, scale: what questions cost over 1,000,000 dialogues, compacted, in time, memory and bytes.

`python -m benchmarks.warehouse_scale [--dialogues N] [--real DIR]` plays some thousand slots with the embedded teacher,
or takes the dialogues of a warehouse that is named, and copies them until there are enough, each copy with new ids and
with its digits exchanged for others: orders, prices and dates differ, words come again. Every table of a run is copied,
mutants and calls of models too.
"""

import argparse
import hashlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import psutil
import pyarrow as pa

from benchmarks.command import TURNWRIGHT, generate
from benchmarks.record import Target, record, show
from domains import DOMAINS
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.exports import rows_of
from warehouse.manifest import Commit, Manifest
from warehouse.parts import PartRef, seal
from warehouse.schema import TABLES, VERSION, Column, names_of, quoted
from warehouse.store import Warehouse

DIALOGUES = 1_000_000
SLOTS = 3_000
SEED = 11
GENERATIONS = 8
COPIED = tuple(table for table in TABLES if table not in ("generations", "prompts", "evolution"))
_IDS = ("dialogue_id", "scenario_id", "checker_id", "plan_id", "run_id")
_WORDS = ("content", "source", "goal", "opening", "persona", "detail", "summary")
_DIGITS = "123456789"
PER_COMMIT = 20
"""Copies that are published together."""
TIMES = 5
TARGETS = [
    Target("pass_rate_by_generation_ms", most=50),
    Target("tool_usage_s", most=2),
    Target("text_search_s", most=10),
    Target("dialogue_by_id_ms", most=50),
    Target("peak_mb", most=1_500),
    Target("compaction_peak_mb", most=1_500),
]

ASKED = {
    "pass_rate_by_generation": "SELECT generation, count(*) AS dialogues, avg((verdict = 'PASS')::INT) AS pass_rate "
    "FROM dialogues GROUP BY generation ORDER BY generation",
    "tool_usage": "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool ORDER BY calls DESC",
    "text_search": "SELECT count(*) AS turns, count(DISTINCT dialogue_id) AS dialogues FROM turns "
    "WHERE content ILIKE '%wheelchair%'",
    "turns_of_a_dialogue": "SELECT turn, speaker, content, tool_calls FROM turns WHERE dialogue_id = '{id}' "
    "ORDER BY turn",
    "dialogue_by_id": "SELECT * FROM dialogues WHERE dialogue_id = '{id}'",
}
_DIALOGUE = """
SELECT to_json({'dialogue': d, 'turns': said, 'tool_calls': called, 'findings': found}) AS line
FROM (SELECT * FROM dialogues WHERE dialogue_id < $end) d
LEFT JOIN (SELECT dialogue_id, list(t ORDER BY turn) AS said FROM turns t WHERE dialogue_id < $end GROUP BY 1)
    USING (dialogue_id)
LEFT JOIN (SELECT dialogue_id, list(t ORDER BY turn) AS called FROM tool_calls t WHERE dialogue_id < $end GROUP BY 1)
    USING (dialogue_id)
LEFT JOIN (SELECT dialogue_id, list(t) AS found FROM findings t WHERE dialogue_id < $end GROUP BY 1)
    USING (dialogue_id)
"""
_OF_A_DIALOGUE = ("dialogues", "turns", "tool_calls", "findings")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dialogues", type=int, default=DIALOGUES)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--at", type=Path, help="where to make it, or where it was made")
    parser.add_argument("--only", choices=("ask", "compact"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        found = {"ask": _ask, "compact": _compact}[asked.only](Warehouse.open(asked.at, create=False))
        sys.stdout.buffer.write(orjson.dumps(found))
        return
    with tempfile.TemporaryDirectory() as folder:
        real = asked.real or Path(folder) / "real"
        if asked.real is None:
            generate(real, SLOTS, SEED, domains=",".join(DOMAINS))
        _measure(real, asked.at or Path(folder) / "large", asked.dialogues)


def _measure(real: Path, at: Path, dialogues: int) -> None:
    large = Warehouse.open(at, create=True)
    made = {} if Manifest(large).commits() else _copy(Warehouse.open(real, create=False), large, dialogues)
    compaction = _in_a_process("compact", at)
    found = _in_a_process("ask", at)
    best = {name: min(times) for name, times in found["seconds"].items()}
    cold = {name: _cold(at, sql.format(id=found["id"])) for name, sql in ASKED.items()}
    figures = {
        "dialogues": found["dialogues"],
        "pass_rate_by_generation_ms": round(best["pass_rate_by_generation"] * 1e3, 1),
        "tool_usage_s": round(best["tool_usage"], 3),
        "text_search_s": round(best["text_search"], 3),
        "dialogue_by_id_ms": round(best["dialogue_by_id"] * 1e3, 1),
        "turns_of_a_dialogue_ms": round(best["turns_of_a_dialogue"] * 1e3, 1),
        "open_ms": round(best["open"] * 1e3, 1),
        "peak_mb": found["peak_mb"],
        "compaction_s": compaction["seconds"],
        "compaction_peak_mb": compaction["peak_mb"],
        "bytes_per_dialogue": found["bytes_per_dialogue"],
        "bytes_per_dialogue_jsonl_zst": found["bytes_per_dialogue_jsonl_zst"],
        "bytes_per_dialogue_with_all_tables": found["bytes_per_dialogue_with_all_tables"],
        "seconds": found["seconds"],
        "cold_command": cold,
        "made": made,
        "compaction": compaction,
        "rows": found["rows"],
    }
    record("warehouse_scale", figures, TARGETS, [SEED])
    show("asked of an open catalog, and by a cold command (seconds)", [
        {"question": name, "first": found["seconds"][name][0], "best": best[name], **cold[name]} for name in ASKED
    ])  # fmt: skip


def _copy(real: Warehouse, large: Warehouse, dialogues: int) -> dict[str, Any]:
    """Publish copies of everything with new ids, so many that there are as many dialogues."""
    begun = time.monotonic()
    with Catalog(real) as catalog:
        counted = catalog.query("SELECT domain, count(*) AS n FROM dialogues GROUP BY domain")
    per_copy = sum(row["n"] for row in counted)
    copies = -(-dialogues // per_copy)
    for first in range(0, copies, PER_COMMIT):
        span = range(first, min(first + PER_COMMIT, copies))
        parts = [part for row in counted for part in _parts(real, large, row["domain"], span)]
        name = f"copies-{first:05}"
        Manifest(large).commit(Commit(name=name, run_id=name, parts=tuple(parts), version=VERSION))
    return {"real_dialogues": per_copy, "copies": copies, "seconds": round(time.monotonic() - begun, 1)}


def _parts(real: Warehouse, large: Warehouse, domain: str, span: range) -> Iterator[PartRef]:
    connection = duckdb.connect(":memory:", config={"memory_limit": "2GB"})
    digits = ", ".join(f"({copy}, '{_digits(copy)}')" for copy in span)
    for table in COPIED:
        files = [str(path) for path in (real.parts / table / domain).glob("*.parquet")]
        if not files:
            continue
        new = ", ".join(_anew(column) for column in TABLES[table] if _anew(column))
        order = ", ".join(column.name for column in TABLES[table] if column.required)
        sql = f"SELECT * REPLACE ({new}) FROM read_parquet({files}), (VALUES {digits}) copies(copy, digits)"
        path = f"parts/{table}/{domain}/copies-{span.start:05}.parquet"
        file = large.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(names_of(table))
        options = f"TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd)"
        ((rows,),) = connection.execute(f"COPY (SELECT {columns} FROM ({sql}) ORDER BY {order}) {options}").fetchall()
        seal(file)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        yield PartRef(path=path, table=table, rows=rows, bytes=file.stat().st_size, sha256=sha256)


def _anew(column: Column) -> str:
    """How a copy's value differs, if it does."""
    name = column.name
    if name in _IDS:
        return f"left({name}, 2) || left(md5({name} || copy), 16) AS {name}"
    if name == "generation":
        return f"(copy % {GENERATIONS})::BIGINT AS generation"
    if column.kind == "json" or name in _WORDS:
        return f"translate({name}, '{_DIGITS}', digits) AS {name}"
    return ""


def _digits(copy: int) -> str:
    """Other digits for these; zero stays, so that numbers stay numbers."""
    return "".join(random.Random(copy).sample(_DIGITS, len(_DIGITS)))


def _in_a_process(what: str, at: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.warehouse_scale", "--only", what, "--at", str(at)]
    return orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _compact(large: Warehouse) -> dict[str, Any]:
    return {**compact(large, grace_s=0).model_dump(), "peak_mb": _peak_mb()}


def _ask(large: Warehouse) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {"open": [_timed(lambda: Catalog(large).close()) for _ in range(TIMES)]}
    with Catalog(large) as catalog:
        ids = [row["id"] for row in catalog.query("SELECT dialogue_id AS id FROM dialogues USING SAMPLE 5 ROWS")]
        for name, sql in ASKED.items():
            asked = [sql.format(id=ids[number % len(ids)]) for number in range(TIMES)]
            seconds[name] = [_timed(lambda sql=sql: catalog.query(sql)) for sql in asked]
        peak = _peak_mb()  # of the questions, before all is written as JSON
        rows = {table: catalog.query(f'SELECT count(*) AS n FROM "{table}"')[0]["n"] for table in TABLES}
        lines, packed = _as_jsonl(catalog)
    sizes = {table: sum(file.stat().st_size for file in (large.parts / table).rglob("*")) for table in COPIED}
    return {
        "id": ids[0],
        "dialogues": rows["dialogues"],
        "seconds": seconds,
        "peak_mb": peak,
        "rows": rows,
        "bytes_per_dialogue": round(sum(sizes[table] for table in _OF_A_DIALOGUE) / rows["dialogues"]),
        "bytes_per_dialogue_jsonl_zst": round(packed / lines),
        "bytes_per_dialogue_with_all_tables": round(sum(sizes.values()) / rows["dialogues"]),
    }


def _as_jsonl(catalog: Catalog) -> tuple[int, int]:
    """Lines and bytes of some of the dialogues as JSONL.zst, each with its turns, calls and findings."""
    sink = pa.BufferOutputStream()

    def write(result: duckdb.DuckDBPyConnection) -> int:
        lines = 0
        with pa.CompressedOutputStream(sink, "zstd") as out:
            for (line,) in rows_of(result):
                out.write(line.encode() + b"\n")
                lines += 1
        return lines

    lines = catalog.read(_DIALOGUE, {"end": "d-04"}, write)  # the 64th part, for ids are hashes
    return lines, sink.getvalue().size


def _cold(at: Path, sql: str) -> dict[str, float]:
    """The seconds of `turnwright sql` and the most memory that it had."""
    process = psutil.Popen([str(TURNWRIGHT), "sql", sql, "--warehouse", str(at), "--json"], stdout=subprocess.DEVNULL)
    begun, peak = time.monotonic(), 0.0
    while process.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss / 2**20)
        except psutil.Error:
            break
        time.sleep(0.02)
    process.wait()
    return {"command_s": round(time.monotonic() - begun, 2), "command_peak_mb": round(peak, 1)}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 4)


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1)


if __name__ == "__main__":
    main()
