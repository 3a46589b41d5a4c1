"""Removal: the files that nobody looks at any more, a day after they were replaced: who read them then is done."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from warehouse.durable import sync_folder
from warehouse.lock import nobody_publishes
from warehouse.manifest import Commit, Manifest
from warehouse.store import Warehouse

GRACE_S = 24 * 3600
"""How long what was replaced stays, for readers that opened the warehouse before."""


class Removed(NamedTuple):
    commits: int
    parts: int


def remove_replaced(warehouse: Warehouse, grace_s: float) -> Removed:
    """Remove commits that others replaced more than `grace_s` seconds ago, their parts, and parts that were never
    committed; to be called by who holds the compaction lock.

    Raises:
        OSError: if a file cannot be removed; what is left is removed the next time.
        WarehouseError, BadInput: as for `Manifest.commits`.
    """
    before = time.time() - grace_s
    every = Manifest(warehouse).every()
    gone = _replaced_before(warehouse, every, before)
    kept = {part.path for commit in every if commit.name not in gone for part in commit.parts}
    # Parts go first: a commit whose file is there is asked for its parts once more.
    listed = {part.path for commit in every if commit.name in gone for part in commit.parts} - kept
    parts = _unlink(warehouse.root / path for path in sorted(listed))
    commits = _unlink(_file(warehouse, name) for name in sorted(gone))
    sync_folder(warehouse.manifest)
    return Removed(commits, parts + _remove_leftovers(warehouse, before))


def _replaced_before(warehouse: Warehouse, every: Iterable[Commit], before: float) -> set[str]:
    there = {commit.name for commit in every}
    old = (commit for commit in every if _file(warehouse, commit.name).stat().st_mtime <= before)
    return {name for commit in old for name in commit.replaces} & there


def _remove_leftovers(warehouse: Warehouse, before: float) -> int:
    """Remove old parts that no commit lists: a killed process left them. Who publishes anew what it meant to publish
    writes to the same names, so this has to wait until nobody does."""
    with nobody_publishes(warehouse) as free:
        if not free:
            return 0
        listed = {str(warehouse.root / part.path) for commit in Manifest(warehouse).every() for part in commit.parts}
        found = (path for path in warehouse.parts.glob("*/*/*.parquet") if str(path) not in listed)
        return _unlink(path for path in found if path.stat().st_mtime <= before)


def _file(warehouse: Warehouse, name: str) -> Path:
    return warehouse.manifest / f"{name}.json"


def _unlink(paths: Iterable[Path]) -> int:
    removed = 0
    for path in paths:
        path.unlink(missing_ok=True)
        removed += 1
    return removed
