"""`turnwright quality`: how good a warehouse is, what is marked in it, and the shards that were not let in."""

from pathlib import Path
from typing import Any

from cli.console import out, print_json, say
from domains import DOMAINS, load
from tasks.contamination import tasks_in
from tasks.marking import mark, mark_against
from tasks.publishing import release_shard
from tasks.quality import examined
from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.durable import write_file
from warehouse.held import Held, drop, folder_of, held, page_of
from warehouse.store import Warehouse

MARKS = """
SELECT count(DISTINCT (run_id, dialogue_id)) FILTER (kind = 'duplicate')::BIGINT AS duplicates,
    count(DISTINCT (run_id, dialogue_id)) FILTER (kind = 'contaminated')::BIGINT AS contaminated,
    (SELECT count(*) FROM dialogues) AS dialogues
FROM marks SEMI JOIN dialogues USING (run_id, dialogue_id)
"""


def quality(folder: Path, against: Path | None, release: str | None, dropped: str | None, json: bool) -> int:
    """Mark what is not marked yet, examine everything, and write the page; 1 if something is not as expected.

    Raises:
        BadInput: if there is no warehouse, nothing of that name is held, or there are no tasks in `against`.
    """
    warehouse = Warehouse.open(folder, create=False)
    # All is read before anything is done.
    tasks = tasks_in(against) if against is not None else []
    for name in (release, dropped):
        if name is not None:
            folder_of(warehouse, name)
    if release is not None and release == dropped:
        raise BadInput(f"{release} cannot be both published and removed: release it or drop it")
    if release is not None:
        release_shard(warehouse, release)
    if dropped is not None:
        drop(warehouse, dropped)
    mark(warehouse)
    if tasks:
        mark_against(warehouse, tasks)
    with Catalog(warehouse) as catalog:
        found = examined(catalog, map(load, DOMAINS), f"Quality of {warehouse.root.name}")
        (marks,) = catalog.query(MARKS)
    write_file(warehouse.quality, found.page.encode(), warehouse.scratch)
    result: dict[str, Any] = {
        "gate": "fail" if found.failed else "pass",
        "expectations": found.expectations,
        "failed": list(found.failed),
        **marks,
        "held": [_told(warehouse, one) for one in held(warehouse)],
        "docs": str(warehouse.quality),
    }
    if found.failed:
        result["error"] = f"{len(found.failed)} of {found.expectations} expectations are not met"
    if json:
        print_json(result)
    else:
        _print(result)
    return 1 if found.failed else 0


def _told(warehouse: Warehouse, shard: Held) -> dict[str, Any]:
    at = str(warehouse.held / shard.name)
    return {**shard.model_dump(mode="json"), "warehouse": at, "docs": str(page_of(warehouse, shard.name))}


def _print(result: dict[str, Any]) -> None:
    out.print(
        f"{result['dialogues']:,} dialogues: {result['duplicates']:,} are duplicates, {result['contaminated']:,} are"
        ' too like what models are tested on (turnwright sql "select * from marks")',
        soft_wrap=True,
    )
    for line in result["failed"]:
        out.print(f"not as expected: {line}", markup=False, soft_wrap=True)
    for shard in result["held"]:
        out.print(
            f"held: {shard['name']}, {shard['dialogues']} dialogues: {shard['reasons'][0]}",
            markup=False,
            soft_wrap=True,
        )
        out.print(
            f'    turnwright sql --warehouse {shard["warehouse"]} "select * from dialogues"',
            markup=False,
            soft_wrap=True,
        )
        out.print(f"    turnwright quality --release {shard['name']}   (or --drop)", markup=False, soft_wrap=True)
    out.print(f"{result['expectations']} expectations: {result['docs']}", soft_wrap=True)
    if "error" in result:
        say(f"turnwright: {result['error']}")
