"""Quarantine: parts that cannot be trusted, moved aside and remembered. Queries go on without them, and say so."""

from contextlib import suppress

from turnwright.record import Record, canonical
from warehouse.durable import reporting, write_file
from warehouse.manifest import Manifest
from warehouse.parts import PartRef, fault
from warehouse.store import Warehouse


class Quarantined(Record):
    """A part that answers no query, and why."""

    path: str
    table: str
    rows: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path} ({self.rows} rows of {self.table}) is left out: {self.reason}"


class Sound(Record):
    """A part that can be trusted, and the schema that it was written in."""

    part: PartRef
    version: int


class Snapshot(Record):
    """The parts of all commits at one moment."""

    sound: tuple[Sound, ...]
    quarantined: tuple[Quarantined, ...]


def take_snapshot(warehouse: Warehouse, thorough: bool = False) -> Snapshot:
    """Look at every committed part, and set aside those that cannot be trusted; `thorough` reads all of them.

    A part that was set aside and is back in its place, whole, counts again.

    Raises:
        WarehouseError: if the manifest is damaged, or a part cannot be read for a reason that is not its own.
        BadInput: if a newer version wrote here.
    """
    manifest = Manifest(warehouse)
    sound: list[Sound] = []
    lost: list[Quarantined] = []
    for commit in manifest.commits():
        for part in commit.parts:
            reason = _fault(warehouse, part, thorough)
            if reason is None:
                sound.append(Sound(part=part, version=commit.version))
            elif commit in manifest.commits():
                lost.append(_set_aside(warehouse, part, reason))
            else:  # It was replaced and removed since we began: that is another moment, and no harm.
                return take_snapshot(warehouse, thorough)
    return Snapshot(sound=tuple(sound), quarantined=tuple(lost))


def _fault(warehouse: Warehouse, part: PartRef, thorough: bool) -> str | None:
    with reporting(f"cannot read {warehouse.root / part.path}"):
        return fault(warehouse, part, thorough)


def _set_aside(warehouse: Warehouse, part: PartRef, reason: str) -> Quarantined:
    """Move the part away, with a record of why; for one that was moved earlier, what the record says."""
    path = warehouse.root / part.path
    place = warehouse.quarantine / part.path.replace("/", "_")
    record = place.with_name(f"{place.name}.json")
    if record.exists() and not path.exists():
        return Quarantined.model_validate_json(record.read_bytes())
    found = Quarantined(path=part.path, table=part.table, rows=part.rows, reason=reason)
    with suppress(OSError):  # On a full disk, or when another reader was faster, it is left out all the same.
        write_file(record, canonical(found.model_dump()), warehouse.scratch)
        path.rename(place)
    return found
