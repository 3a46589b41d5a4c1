"""Exports: dialogues per second of each format, and whether memory stays flat from a thousand dialogues to 100,000.

The corpus is one of `turnwright generate`; the large one is that corpus over and over, with other ids.
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
LARGE = 100_000
"""Dialogues."""
ALL = "verdict <> 'ERROR'"
TARGETS = [
    Target("slowest_dialogues_per_second", least=500),
    Target("large_peak_mb", most=1_000),
    Target("growth", most=0.5),
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
        small, large = Path(place) / "small", Path(place) / "large"
        generate(small, SLOTS, SEED, domains=",".join(DOMAINS))
        first = {name: _export(small, name, Path(place) / "export") for name in FORMATS}
        _multiply(Warehouse.open(small, create=False), Warehouse.open(large, create=True))
        again = _export(large, "trl", Path(place) / "export")
    formats = {name: _figures(ran) for name, ran in first.items()}
    figures: dict[str, Any] = {
        "dialogues": first["trl"].result["dialogues"],
        "slowest_dialogues_per_second": min(one["dialogues_per_cpu_second"] for one in formats.values()),
        "large_dialogues": again.result["dialogues"],
        "large_seconds": round(again.seconds, 1),
        "large_dialogues_per_second": round(again.result["dialogues"] / again.seconds),
        "small_peak_mb": round(first["trl"].peaks.main),
        "large_peak_mb": round(again.peaks.main),
        "growth": round(again.peaks.main / first["trl"].peaks.main - 1, 3),
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


def _multiply(small: Warehouse, large: Warehouse) -> None:
    """Publish a corpus again and again, as other runs, until it is large."""
    with Catalog(small) as catalog:
        rows = {
            (table, domain): [_values(table, row) for row in catalog.query(query, {"domain": domain})]
            for table, query in COPIED.items()
            for domain in DOMAINS
        }
    count = sum(len(rows["dialogues", domain]) for domain in DOMAINS)
    for copy in range(-(-LARGE // count)):
        for domain in DOMAINS:
            tables = {table: [_renamed(row, copy) for row in rows[table, domain]] for table in COPIED}
            publish(large, f"r-{copy}-{domain}", f"r-{copy}", domain, tables)


def _values(table: str, row: Row) -> Row:
    """A row as it was published: SQL gives JSON as text."""
    texts = {column.name for column in TABLES[table] if column.kind == "json"}
    return {name: orjson.loads(value) if name in texts and value else value for name, value in row.items()}


def _renamed(row: Row, copy: int) -> Row:
    ids = {name: f"{row[name]}-{copy}" for name in ("dialogue_id", "scenario_id") if name in row}
    return {**row, **ids}


if __name__ == "__main__":
    main()
