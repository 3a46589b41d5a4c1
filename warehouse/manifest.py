"""Manifest: one immutable commit file per published shard. A part exists for readers once a commit lists it."""

from collections.abc import Sequence

from pydantic import ValidationError

from turnwright.record import Record, canonical
from warehouse.durable import WarehouseError, create_file
from warehouse.parts import PartRef
from warehouse.store import Warehouse, named


class Commit(Record):
    """What one shard published."""

    name: str
    run_id: str
    parts: tuple[PartRef, ...]
    supersedes: tuple[str, ...] = ()
    """Names of commits that this one replaces: readers see their parts no more."""


class Manifest:
    """The commits of a warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def committed(self, name: str) -> bool:
        return (self._warehouse.manifest / f"{named(name)}.json").exists()

    def commit(self, name: str, run_id: str, parts: Sequence[PartRef], supersedes: Sequence[str] = ()) -> bool:
        """Publish `parts`, all or none; False if this name was committed before: the first commit stands."""
        commit = Commit(name=name, run_id=run_id, parts=tuple(parts), supersedes=tuple(supersedes))
        path = self._warehouse.manifest / f"{named(name)}.json"
        return create_file(path, canonical(commit.model_dump()), self._warehouse.scratch)

    def names(self, start: str) -> list[str]:
        """The names of all commits that begin so, sorted."""
        return sorted(path.stem for path in self._warehouse.manifest.glob(f"{named(start)}*.json"))

    def commits(self) -> list[Commit]:
        """All commits that count, by name.

        Raises:
            WarehouseError: naming a commit file that is damaged.
        """
        found: list[Commit] = []
        for path in sorted(self._warehouse.manifest.glob("*.json")):
            try:
                found.append(Commit.model_validate_json(path.read_bytes()))
            except ValidationError as error:
                remedy = "restore it, or delete it and run its run again"
                raise WarehouseError(f"the commit file {path} is damaged: {remedy}") from error
        superseded = {name for commit in found for name in commit.supersedes}
        return [commit for commit in found if commit.name not in superseded]
