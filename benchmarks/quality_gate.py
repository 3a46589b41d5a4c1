"""Quality gate: how long it takes over 100,000 dialogues, over one shard, and whether it sends anything anywhere.

A night of the embedded teacher is copied under other ids until there are 100,000 dialogues. `python -m
benchmarks.quality_gate [--warehouse DIR]` makes the night in a warehouse of its own, or in the one that is named.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.imitation import a_night
from benchmarks.record import Target, record, show
from domains import DOMAINS, load
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.schema import TABLES as SCHEMA
from warehouse.schema import names_of
from warehouse.store import Warehouse

DIALOGUES = 100_000
SHARD = 250
TABLES = ("scenarios", "checkers", "dialogues", "turns", "tool_calls", "findings", "llm_calls")
IDS = ("dialogue_id", "scenario_id", "checker_id")
TARGETS = [
    Target("seconds", most=10),
    Target("expectations", least=20),
    Target("failed", most=0),
    Target("connections_tried", most=0),
]
_CONNECTIONS = """
import sys
tried = []
sys.addaudithook(lambda event, arguments: tried.append(event) if event in (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") else None)
from pathlib import Path
from domains import DOMAINS, load
from tasks.quality import examined
from warehouse.catalog import Catalog
from warehouse.store import Warehouse
with Catalog(Warehouse.open(Path(sys.argv[1]), create=False)) as catalog:
    examined(catalog, map(load, DOMAINS), "A shard")
print(len(tried))
"""


def main() -> None:
    with a_night() as (night, folder, seed):
        _measure(night, folder, seed)


def _measure(night: Warehouse, folder: Path, seed: int) -> None:
    large, small = (Warehouse.open(folder / name, create=True) for name in ("large", "small"))
    _copies(night, large, DIALOGUES)
    _copies(night, small, SHARD)
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    from tasks.quality import examined  # noqa: PLC0415 (what its import costs is a figure)

    figures: dict[str, Any] = {"import_seconds": round(time.perf_counter() - began, 2)}
    figures["import_mb"] = round((psutil.Process().memory_info().rss - before) / 2**20)
    for name, warehouse in (("shard_", small), ("", large)):
        began, cpu = time.perf_counter(), time.process_time()
        with Catalog(warehouse) as catalog:
            found = examined(catalog, map(load, DOMAINS), name)
            counted = catalog.query("SELECT count(*) AS n FROM dialogues")[0]["n"]
        figures |= {
            f"{name}dialogues": counted,
            f"{name}seconds": round(time.perf_counter() - began, 2),
            f"{name}cpu_seconds": round(time.process_time() - cpu, 2),
            f"{name}expectations": found.expectations,
            f"{name}failed": len(found.failed),
        }
        show(f"{name}not as expected", [{"line": line} for line in found.failed])
    command = [sys.executable, "-c", _CONNECTIONS, str(small.root)]
    figures["connections_tried"] = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    record("quality_gate", figures, TARGETS, [seed])


def _copies(night: Warehouse, into: Warehouse, wanted: int) -> None:
    """Publish the night's rows under other ids until there are so many dialogues; what is left out has no rows."""
    with Catalog(night) as catalog:
        made = catalog.query("SELECT domain, count(*)::BIGINT AS n FROM dialogues GROUP BY domain ORDER BY domain")
        total = sum(row["n"] for row in made)
        for row in made:
            share = -(-wanted * row["n"] // total)
            for copy in range(-(-share // row["n"])):
                left = share - copy * row["n"]
                tables = {table: [*_rows(catalog, table, row["domain"], copy, left)] for table in TABLES}
                publish(into, f"r-{copy:03}-{row['domain']}", f"r-{copy:03}", row["domain"], tables)


def _rows(catalog: Catalog, table: str, domain: str, copy: int, most: int) -> Iterator[dict[str, Any]]:
    """A table's rows for the dialogues of the lowest slots, as many as are wanted."""
    of = {"domain": domain, "most": most}
    slots = "(SELECT slot FROM dialogues WHERE domain = $domain ORDER BY slot LIMIT $most)"
    by_dialogue = "slot" not in names_of(table)
    chosen = f"SELECT dialogue_id FROM dialogues WHERE domain = $domain AND slot IN {slots}"
    where = f"dialogue_id IN ({chosen})" if by_dialogue else f"slot IN {slots}"
    for row in catalog.query(f"SELECT * EXCLUDE (run_id, domain) FROM {table} WHERE domain = $domain AND {where}", of):
        json = {
            one.name: orjson.Fragment(row[one.name]) for one in SCHEMA[table] if one.kind == "json" and row[one.name]
        }
        yield row | json | {name: f"{row[name]}-{copy}" for name in IDS if name in row}


if __name__ == "__main__":
    main()
