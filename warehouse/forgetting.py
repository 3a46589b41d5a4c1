"""Forgetting: a run is taken out of a warehouse as if it had never been, so that it can be made anew."""

from warehouse.durable import WarehouseError, reporting, write_file
from warehouse.lock import compaction_lock
from warehouse.manifest import Commit, Manifest
from warehouse.merging import Merger, merger
from warehouse.parts import PartRef, fault
from warehouse.schema import VERSION
from warehouse.store import Warehouse


def forget(warehouse: Warehouse, run_id: str) -> None:
    """Remove all that a run published; to be called by who holds the run. Interrupted, it counts as unfinished or as it
    was, never as finished with rows missing.

    Raises:
        Busy: if a compaction is in progress.
        WarehouseError: if the disk is full or refuses, or what holds the run's rows is damaged.
    """
    with compaction_lock(warehouse), reporting(f"cannot take {run_id} out of the warehouse {warehouse.root}"):
        manifest = Manifest(warehouse)
        counting, every = {commit.name for commit in manifest.commits()}, manifest.every()
        own = [commit for commit in every if commit.run_id == run_id]
        # What a compaction holds would count once more when that holds it no longer.
        for commit in own:
            if commit.name not in counting:
                _remove(warehouse, commit)
        with merger(warehouse) as merging:
            # Compactions that count come last: until then they hold the run, whole.
            for commit in sorted(every, key=lambda commit: commit.name in counting):
                if run_id in commit.holds:
                    _rewrite(warehouse, merging, commit, run_id, commit.name in counting)
        # What says that the run is finished goes first.
        for commit in sorted(own, key=lambda commit: [part.table for part in commit.parts] != ["runs"]):
            _remove(warehouse, commit)


def _rewrite(warehouse: Warehouse, merging: Merger, commit: Commit, run_id: str, counts: bool) -> None:
    """Put a compaction without the run in its place, in one step; removal finds the parts that it had."""
    changes: dict[str, object] = {"holds": {run: names for run, names in commit.holds.items() if run != run_id}}
    if counts:
        parts = [_without(warehouse, merging, commit, part, run_id) for part in commit.parts]
        changes |= {"parts": tuple(part for part in parts if part), "version": VERSION}
    file = warehouse.manifest / f"{commit.name}.json"
    write_file(file, commit.model_copy(update=changes).written(), warehouse.scratch)


def _without(warehouse: Warehouse, merging: Merger, commit: Commit, part: PartRef, run_id: str) -> PartRef | None:
    if reason := fault(warehouse, part, thorough=True):
        raise WarehouseError(f"cannot take {run_id} out of {part.path}: {reason}")
    return merging.merge(part.table, part.domain, {commit.version: [part.path]}, commit.name, without=run_id)


def _remove(warehouse: Warehouse, commit: Commit) -> None:
    (warehouse.manifest / f"{commit.name}.json").unlink(missing_ok=True)
    for part in commit.parts:
        (warehouse.root / part.path).unlink(missing_ok=True)
