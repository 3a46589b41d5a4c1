"""Compacting: what a night published is merged with what was there, beside whoever reads and writes meanwhile."""

from pathlib import Path
from typing import Any

from prefect import task

from tasks.progress import say
from warehouse.compaction import compact
from warehouse.lock import Busy
from warehouse.store import Warehouse


@task(name="compact")
def compact_warehouse(folder: str) -> dict[str, Any] | None:
    """What the compaction came to; None if another process compacts this warehouse, which does as well.

    Raises:
        WarehouseError: if the disk is full or refuses; nothing that was published is lost.
    """
    try:
        return compact(Warehouse.open(Path(folder), create=False)).model_dump(mode="json")
    except Busy as busy:
        say(str(busy))
        return None
