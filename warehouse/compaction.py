"""Compaction: what many small commits published becomes one with large parts; what it replaces is removed a day later.

Rows stay as they are and where readers look for them: a compaction is a commit like any other, which supersedes those
whose rows it holds. What a compaction made is merged again only once that which is new has come to a fair part of its
size: so a row is rewritten a few times in all, and a warehouse of any age has few parts.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from turnwright.record import Record, content_hash
from warehouse.durable import reporting
from warehouse.lock import compaction_lock
from warehouse.manifest import COMPACTED, Commit, Manifest
from warehouse.merging import merger
from warehouse.parts import fault
from warehouse.removal import GRACE_S, Removed, remove_replaced
from warehouse.schema import VERSION
from warehouse.store import Warehouse

_AGAIN = 2
"""A compaction is merged again if it has at most so many times the rows of what is merged without it."""


class Compaction(Record):
    """What one compaction came to."""

    commits: int
    """That were merged into one; 0 if there was nothing to merge."""
    parts_before: int
    parts_after: int
    rows: int
    bytes_before: int
    bytes_after: int
    left_out: tuple[str, ...]
    """Names of commits with a part that cannot be trusted: to copy its rows would make them look sound."""
    removed_commits: int
    removed_parts: int
    seconds: float


def compact(warehouse: Warehouse, grace_s: float = GRACE_S) -> Compaction:
    """Merge what was published, in one commit, and remove what was replaced more than `grace_s` seconds ago.

    Killed anywhere, it leaves the corpus as it was or as it is after; do it again. Readers that are open go on reading
    for the grace time; writers are not disturbed.

    Raises:
        Busy: if another process does it.
        WarehouseError: if the disk is full or refuses, or the manifest is damaged; the corpus is as it was.
        BadInput: if a newer version wrote here.
    """
    begun = time.monotonic()
    with compaction_lock(warehouse), reporting(f"cannot compact the warehouse {warehouse.root}"):
        manifest = Manifest(warehouse)
        chosen = _worth_merging(manifest.commits())
        left_out = [commit for commit in chosen if any(fault(warehouse, part, thorough=True) for part in commit.parts)]
        chosen = [commit for commit in chosen if commit not in left_out]
        made = _merge(warehouse, manifest, chosen) if len(chosen) > 1 else None
        return _told(chosen if made else [], made, left_out, remove_replaced(warehouse, grace_s), begun)


def _worth_merging(commits: Iterable[Commit]) -> list[Commit]:
    """All commits that no compaction made, and those of the compactions that are not much larger than these."""
    final = [commit for commit in commits if not commit.provisional]
    chosen = [commit for commit in final if not commit.name.startswith(COMPACTED)]
    for commit in sorted((commit for commit in final if commit.name.startswith(COMPACTED)), key=_rows):
        if _rows(commit) <= _AGAIN * _rows(*chosen):
            chosen.append(commit)
    return chosen


def _merge(warehouse: Warehouse, manifest: Manifest, chosen: Sequence[Commit]) -> Commit:
    name = f"{COMPACTED}{content_hash(sorted(commit.name for commit in chosen), 16)}"
    with merger(warehouse) as merging:
        merged = [
            merging.merge(table, domain, files, name) for (table, domain), files in sorted(_places(chosen).items())
        ]
    made = Commit(
        name=name,
        run_id=name,
        parts=tuple(part for part in merged if part),
        supersedes=tuple(_compactions(chosen)),
        holds=_held(chosen),
        version=VERSION,
    )
    manifest.commit(made)
    return made


def _places(commits: Iterable[Commit]) -> dict[tuple[str, str], dict[int, list[str]]]:
    """{(table, domain): {schema: paths}}"""
    places: defaultdict[tuple[str, str], dict[int, list[str]]] = defaultdict(dict)
    for commit in commits:
        for part in commit.parts:
            places[part.table, part.domain].setdefault(commit.version, []).append(part.path)
    return places


def _held(commits: Iterable[Commit]) -> dict[str, tuple[str, ...]]:
    """The names of all that was published by itself: of these commits, and of what they replace."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    for commit in commits:
        for run_id, names in commit.holds.items():
            held[run_id].update(names)
        if not commit.name.startswith(COMPACTED):
            held[commit.run_id].update((commit.name, *commit.supersedes))
    return {run_id: tuple(sorted(names)) for run_id, names in sorted(held.items())}


def _compactions(commits: Iterable[Commit]) -> list[str]:
    """The names of all compactions among these commits and what they replace."""
    named = {name for commit in commits for name in (commit.name, *commit.supersedes)}
    return sorted(name for name in named if name.startswith(COMPACTED))


def _rows(*commits: Commit) -> int:
    return sum(part.rows for commit in commits for part in commit.parts)


def _told(
    chosen: Sequence[Commit], made: Commit | None, left_out: Sequence[Commit], removed: Removed, begun: float
) -> Compaction:
    before = [part for commit in chosen for part in commit.parts]
    after = made.parts if made else ()
    return Compaction(
        commits=len(chosen),
        parts_before=len(before),
        parts_after=len(after),
        rows=sum(part.rows for part in after),
        bytes_before=sum(part.bytes for part in before),
        bytes_after=sum(part.bytes for part in after),
        left_out=tuple(commit.name for commit in left_out),
        removed_commits=removed.commits,
        removed_parts=removed.parts,
        seconds=round(time.monotonic() - begun, 2),
    )
