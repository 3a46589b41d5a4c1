"""Publish: the rows of one shard become visible together, once, or not at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from warehouse.durable import reporting
from warehouse.lock import publishing
from warehouse.manifest import Commit, Manifest
from warehouse.parts import write_part
from warehouse.schema import VERSION
from warehouse.store import Warehouse


def publish(
    warehouse: Warehouse,
    name: str,
    run_id: str,
    domain: str,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    supersedes: Sequence[str] = (),
    provisional: bool = False,
) -> None:
    """Write one part per table that has rows, then one commit; a name that was published before stays as it is.

    With the commit, those that it supersedes are gone for readers; they must have been published as provisional.

    Killed in between, it leaves parts that no commit lists and no reader sees: publish again.

    Raises:
        WarehouseError: if the disk is full or refuses; nothing of this shard is published then.
        ValueError: if rows do not fit their table.
    """
    manifest = Manifest(warehouse)
    if manifest.committed(name):
        return
    with (
        reporting(f"cannot write to the warehouse {warehouse.root}, nothing of {name} is published"),
        publishing(warehouse),
    ):
        parts = [write_part(warehouse, table, rows, name, run_id, domain) for table, rows in tables.items() if rows]
        manifest.commit(
            Commit(
                name=name,
                run_id=run_id,
                parts=tuple(parts),
                supersedes=tuple(supersedes),
                provisional=provisional,
                version=VERSION,
            )
        )
