"""Held: shards that wait outside of the warehouse, each a small warehouse of its own, until they are let in or dropped.

Every shard is staged so, looked at, and then let in or held. Held, it is a folder under the quarantine that `turnwright
sql --warehouse` and `turnwright show --warehouse` read like any other; no view of the real warehouse shows its rows.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from turnwright.errors import BadInput
from turnwright.record import Record, canonical
from warehouse.durable import make_folder, reporting, sync_folder, write_file
from warehouse.lock import publishing
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.store import STAGED, Warehouse, named

_WHY = "why.json"
_PAGE = "quality.html"


class Held(Record):
    """A shard that is held, and why."""

    name: str
    run_id: str
    domain: str
    dialogues: int
    reasons: tuple[str, ...]
    at: datetime

    def __str__(self) -> str:
        first, *others = self.reasons
        more = f" and {len(others)} more" if others else ""
        return f"{self.name} is held, its {self.dialogues} dialogues are not published: {first}{more}"


@contextmanager
def staged(
    warehouse: Warehouse,
    name: str,
    run_id: str,
    domain: str,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    provisional: bool = False,
) -> Generator[Warehouse]:
    """The rows of a shard as a warehouse of their own, for the length of the block.

    Raises:
        WarehouseError: if they cannot be written.
        ValueError: if rows do not fit their table.
    """
    with reporting(f"cannot write to the warehouse {warehouse.root}"):
        folder = Path(tempfile.mkdtemp(prefix=STAGED, dir=warehouse.scratch))
    try:
        stage = Warehouse.open(folder, create=True)
        publish(stage, name, run_id, domain, tables, provisional=provisional)
        yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # It is gone already if it is held.


def let_in(warehouse: Warehouse, stage: Warehouse, supersedes: Sequence[str] = ()) -> None:
    """Publish what is staged, once: its parts under the same names, then its commit.

    Killed in between, it leaves parts that no commit lists: let it in again.

    Raises:
        WarehouseError: if it cannot be written.
    """
    (commit,) = Manifest(stage).commits()
    with (
        reporting(f"cannot write to the warehouse {warehouse.root}, nothing of {commit.name} is published"),
        publishing(warehouse),
    ):
        for part in commit.parts:
            _link(stage.root / part.path, warehouse.root / part.path)
        Manifest(warehouse).commit(commit.model_copy(update={"supersedes": tuple(supersedes)}))


def hold(warehouse: Warehouse, stage: Warehouse, domain: str, reasons: Sequence[str], page: str) -> Held:
    """Keep what is staged outside of the warehouse, with the reasons and a page that shows them.

    Raises:
        WarehouseError: if it cannot be written.
    """
    (commit,) = Manifest(stage).commits()
    dialogues = sum(part.rows for part in commit.parts if part.table == "dialogues")
    told = {"name": commit.name, "run_id": commit.run_id, "domain": domain, "dialogues": dialogues}
    why = Held.model_validate({**told, "reasons": tuple(reasons), "at": datetime.now(UTC)})
    with reporting(f"cannot hold {commit.name} in {warehouse.held}"):
        write_file(stage.root / _PAGE, page.encode(), stage.scratch)
        write_file(stage.root / _WHY, canonical(why.model_dump(mode="json")), stage.scratch)
        make_folder(warehouse.held)
        stage.root.rename(warehouse.held / named(commit.name))
        sync_folder(warehouse.held)
    return why


def held(warehouse: Warehouse, start: str = "") -> list[Held]:
    """The shards that are held whose names begin so, by name."""
    found: list[Held] = []
    for path in sorted(warehouse.held.glob(f"{start}*/{_WHY}")):
        with suppress(FileNotFoundError, ValidationError):  # Another process has just let it in, or it is damaged.
            found.append(Held.model_validate_json(path.read_bytes()))
    return found


def is_held(warehouse: Warehouse, name: str) -> bool:
    return (warehouse.held / named(name) / _WHY).exists()


def release(warehouse: Warehouse, name: str, supersedes: Sequence[str] = ()) -> None:
    """Publish a shard that is held, as it is.

    Raises:
        BadInput: if none of this name is held.
        WarehouseError: if it cannot be written.
    """
    folder = folder_of(warehouse, name)
    let_in(warehouse, Warehouse.open(folder, create=False), supersedes)
    drop(warehouse, name)


def drop(warehouse: Warehouse, name: str) -> None:
    """Remove a shard that is held, for good.

    Raises:
        BadInput: if none of this name is held.
        WarehouseError: if it cannot be removed.
    """
    folder = folder_of(warehouse, name)
    with reporting(f"cannot remove {folder}"):
        gone = warehouse.scratch / f"{STAGED}{name}"
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)  # At once: a folder that is half removed would be half a warehouse.
        sync_folder(warehouse.held)
        shutil.rmtree(gone)


def page_of(warehouse: Warehouse, name: str) -> Path:
    """The page that shows why a shard is held."""
    return warehouse.held / name / _PAGE


def folder_of(warehouse: Warehouse, name: str) -> Path:
    """The folder of a shard that is held.

    Raises:
        BadInput: if none of this name is held.
    """
    if name not in [one.name for one in held(warehouse)]:
        names = ", ".join(one.name for one in held(warehouse)) or "none"
        raise BadInput(f"no shard {name!r} is held in {warehouse.held}; held: {names}")
    return warehouse.held / name


def _link(source: Path, target: Path) -> None:
    make_folder(target.parent)
    with suppress(FileExistsError):
        os.link(source, target)
    sync_folder(target.parent)
