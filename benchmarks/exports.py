"""Exports: dialogues per second of each format, and how memory grows from a thousand dialogues to 25,000 and 100,000.

The corpus is one of `turnwright generate`; the larger ones are that corpus over and over, with other ids. The query may
take 512 MB before it sorts on disk, so memory grows up to that and not beyond.
"""

import tempfile
from pathlib import Path
from typing import Any

import orjson

from benchmarks.command import Ran, generate, run
from benchmarks.record import Target, record, show
from domains import DOMAINS
from tasks.exports import FORMATS
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.schema import TABLES
from warehouse.store import Warehouse

SEED = 5
SLOTS = 1_200
MIDDLE, LARGE = 25_000, 100_000
"""Dialogues."""
ALL = "verdict <> 'ERROR'"
TARGETS = [
    Target("slowest_dialogues_per_second", least=500),
    Target("large_peak_mb", most=1_000),
    Target("growth", most=0.25),
]
COPIED = {
    table: f"SELECT * EXCLUDE (run_id) FROM {table} WHERE domain = $domain"
    for table in ("scenarios", "dialogues", "turns", "tool_calls")
} | {
    "prompts": "SELECT * FROM prompts WHERE domain = $domain AND role = 'assistant'",
    "llm_calls": "SELECT DISTINCT domain, stage, role, prompt_hash FROM llm_calls "
    "WHERE domain = $domain AND role = 'assistant'",
}
"""What an export reads."""

Row = dict[str, Any]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        small, out = Path(place) / "small", Path(place) / "export"
        generate(small, SLOTS, SEED, domains=",".join(DOMAINS))
        first = {name: _export(small, name, out) for name in FORMATS}
        middle, large = (_export(_multiplied(small, size), "trl", out) for size in (MIDDLE, LARGE))
    formats = {name: _figures(ran) for name, ran in first.items()}
    figures: dict[str, Any] = {
        "dialogues": first["trl"].result["dialogues"],
        "slowest_dialogues_per_second": min(one["dialogues_per_cpu_second"] for one in formats.values()),
        "large_dialogues": large.result["dialogues"],
        "large_seconds": round(large.seconds, 1),
        "large_dialogues_per_second": round(large.result["dialogues"] / large.seconds),
        "large_dialogues_per_cpu_second": round(large.result["dialogues"] / large.cpu_seconds),
        "small_peak_mb": round(first["trl"].peaks.main),
        "middle_peak_mb": round(middle.peaks.main),
        "large_peak_mb": round(large.peaks.main),
        "growth": round(large.peaks.main / middle.peaks.main - 1, 3),
    }
    record("exports", {**figures, "formats": formats}, TARGETS, [SEED])
    show("formats", [{"format": name, **one} for name, one in formats.items()])


def _export(warehouse: Path, format: str, out: Path) -> Ran:
    return run("export", "--format", format, "--out", str(out / format), "--where", ALL, "--warehouse", str(warehouse))


def _figures(ran: Ran) -> Row:
    return {
        "dialogues": ran.result["dialogues"],
        "rows": ran.result["rows"],
        "seconds": round(ran.seconds, 2),
        "cpu_seconds": round(ran.cpu_seconds, 2),
        "dialogues_per_second": round(ran.result["dialogues"] / ran.seconds),
        "dialogues_per_cpu_second": round(ran.result["dialogues"] / ran.cpu_seconds),
        "peak_mb": round(ran.peaks.main),
    }


def _multiplied(small: Path, size: int) -> Path:
    """A warehouse beside it, with the same corpus again and again, as other runs, up to this size."""
    place = small.with_name(f"of-{size}")
    large = Warehouse.open(place, create=True)
    with Catalog(Warehouse.open(small, create=False)) as catalog:
        rows = {
            (table, domain): [_values(table, row) for row in catalog.query(query, {"domain": domain})]
            for table, query in COPIED.items()
            for domain in DOMAINS
        }
    count = sum(len(rows["dialogues", domain]) for domain in DOMAINS)
    for copy in range(-(-size // count)):
        for domain in DOMAINS:
            tables = {table: [_renamed(row, copy) for row in rows[table, domain]] for table in COPIED}
            publish(large, f"r-{copy}-{domain}", f"r-{copy}", domain, tables)
    return place


def _values(table: str, row: Row) -> Row:
    """A row as it was published: SQL gives JSON as text."""
    texts = {column.name for column in TABLES[table] if column.kind == "json"}
    return {name: orjson.loads(value) if name in texts and value else value for name, value in row.items()}


def _renamed(row: Row, copy: int) -> Row:
    ids = {name: f"{row[name]}-{copy}" for name in ("dialogue_id", "scenario_id") if name in row}
    return {**row, **ids}


if __name__ == "__main__":
    main()
