"""Manifest: one immutable commit file per published shard. A part exists for readers once a commit lists it."""

from collections.abc import Iterable

import orjson
from pydantic import ValidationError

from turnwright.errors import BadInput
from turnwright.record import Record, canonical
from warehouse.durable import WarehouseError, create_file
from warehouse.parts import PartRef
from warehouse.schema import VERSION
from warehouse.store import Warehouse, named

COMPACTED = "compacted-"
"""How the names of compactions begin, and no others."""


class Commit(Record):
    """What one shard published, or what a compaction made of many such."""

    name: str
    run_id: str
    parts: tuple[PartRef, ...]
    supersedes: tuple[str, ...] = ()
    """Names of commits that this one replaces: readers see their parts no more."""
    provisional: bool = False
    """Whether a later commit is to supersede this one. It is never compacted: its rows could not be told apart then."""
    holds: dict[str, tuple[str, ...]] = {}
    """Of a compaction: the names of the commits that it replaces, by their runs. They count as committed for good, also
    when their files are gone, and stay replaced should one come back."""
    version: int = 1
    """The schema that this file and its parts were written in; 1 said none."""

    @property
    def replaces(self) -> set[str]:
        """The names of all commits that readers see no more because of this one."""
        return {*self.supersedes, *(name for names in self.holds.values() for name in names)}

    def written(self) -> bytes:
        """What its file holds."""
        return canonical(self.model_dump())


class Manifest:
    """The commits of a warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def committed(self, name: str) -> bool:
        """Whether this name was published, be it that it is part of a compaction by now."""
        # The file first: it is removed only long after a compaction holds its name.
        return (self._warehouse.manifest / f"{named(name)}.json").exists() or name in self._held()

    def commit(self, commit: Commit) -> bool:
        """Publish it, all or nothing; False if this name was committed before: the first commit stands."""
        path = self._warehouse.manifest / f"{named(commit.name)}.json"
        return create_file(path, commit.written(), self._warehouse.scratch)

    def names(self, start: str) -> list[str]:
        """The names of all commits that begin so, sorted; those that are part of a compaction too."""
        files = {path.stem for path in self._warehouse.manifest.glob(f"{named(start)}*.json")}
        return sorted(files | {name for name in self._held() if name.startswith(start)})

    def commits(self) -> list[Commit]:
        """All commits that count, by name.

        Raises:
            WarehouseError: naming a commit file that is damaged.
            BadInput: naming one that a newer version wrote.
        """
        found = self.every()
        replaced = {name for commit in found for name in commit.replaces}
        return [commit for commit in found if commit.name not in replaced]

    def every(self, start: str = "") -> list[Commit]:
        """All commits that there are files of, by name: also those that others replace.

        Raises:
            WarehouseError, BadInput: as for `commits`.
        """
        while True:
            try:
                return list(self._read(f"{start}*.json"))
            except FileNotFoundError:  # A compaction removed one meanwhile; what replaces it was there before.
                continue

    def _held(self) -> set[str]:
        return {name for commit in self.every(COMPACTED) for names in commit.holds.values() for name in names}

    def _read(self, pattern: str) -> Iterable[Commit]:
        for path in sorted(self._warehouse.manifest.glob(pattern)):
            yield _parsed(path.read_bytes(), str(path))


def _parsed(data: bytes, path: str) -> Commit:
    try:
        commit = Commit.model_validate_json(data)
    except ValidationError as error:
        _refuse_newer(data, path)
        remedy = "restore it, or delete it and run its run again"
        raise WarehouseError(f"the commit file {path} is damaged: {remedy}") from error
    if commit.version > VERSION:
        _refuse_newer(data, path)
    if commit.version == 1 and "-unfinished-" in commit.name:  # Version 1 said it by the name alone.
        return commit.model_copy(update={"provisional": True})
    return commit


def _refuse_newer(data: bytes, path: str) -> None:
    try:
        version = orjson.loads(data)["version"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return
    if isinstance(version, int) and version > VERSION:
        known = f"this Turnwright reads schemas up to {VERSION}: install a newer one"
        raise BadInput(f"{path} was written in schema {version}, and {known}")
