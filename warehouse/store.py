"""Store: the folder that is a warehouse, known by its marker file. It is the folder, not what is in it."""

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from turnwright.errors import BadInput
from warehouse.durable import create_file, make_folder

MARKER = "turnwright.json"
FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._,+-]{0,150}")
"""What runs, shards and domains may be called, as their names become file names."""

STAGED = "staged-"
"""How the folders begin, among the scratch files, that hold a shard which is not published yet."""

_NOT_FOREIGN = {"tmp", "lost+found"}
_STALE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Warehouse:
    """Where everything of one warehouse lies."""

    root: Path

    @classmethod
    def open(cls, path: Path, create: bool) -> "Warehouse":
        """The warehouse at `path`; `create` makes one of a folder that is empty or missing.

        Raises:
            BadInput: if it is a file, not writable, of something else, or missing without `create`.
        """
        root = path.absolute()
        try:
            if not root.exists() and not create:
                raise BadInput(
                    f"there is no warehouse at {path}: `turnwright generate` makes one, --warehouse names another"
                )
            if root.exists() and not root.is_dir():
                raise BadInput(f"the warehouse {path} is a file: name a folder")
            _mark(root, create)
        except OSError as error:
            raise BadInput(f"cannot use {path} as a warehouse: {error.strerror or error}") from error
        return cls(root)

    @property
    def parts(self) -> Path:
        return self.root / "parts"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def held(self) -> Path:
        """Shards that are kept out: warehouse.held."""
        return self.quarantine / "shards"

    @property
    def quality(self) -> Path:
        """The page that shows how good all of it is."""
        return self.root / "quality.html"

    @property
    def scratch(self) -> Path:
        return self.root / "tmp"

    def captured(self, run_id: str) -> Path:
        """Where a run's requests and replies are written, if they are."""
        return self.root / "capture" / f"{named(run_id)}.jsonl"


def named(name: str) -> str:
    """`name`, if it can be part of a file name.

    Raises:
        ValueError: if not.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a run, a shard or a domain: it must match {NAME.pattern}")
    return name


def _mark(root: Path, create: bool) -> None:
    marker = root / MARKER
    if not marker.exists():
        foreign = root.exists() and any(entry.name not in _NOT_FOREIGN for entry in root.iterdir())
        # Another process may have made the same warehouse between the two looks.
        if not marker.exists() and (foreign or not create):
            raise BadInput(f"{root} is not a warehouse (it has no {MARKER}): name a warehouse or an empty folder")
        make_folder(root / "tmp")
        create_file(marker, orjson.dumps({"format": FORMAT}), root / "tmp")
    _check_format(marker)
    if not os.access(root, os.W_OK | os.X_OK):
        raise BadInput(f"the warehouse {root} is not writable")
    for folder in ("parts", "manifest", "journal", "locks", "quarantine", "capture", "tmp"):
        make_folder(root / folder)
    _sweep(root / "tmp")


def _check_format(marker: Path) -> None:
    try:
        found = orjson.loads(marker.read_bytes())["format"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadInput(f'{marker} is damaged: it should hold {{"format": {FORMAT}}}') from error
    if found != FORMAT:
        raise BadInput(f"{marker.parent} has warehouse format {found}; this version reads format {FORMAT}")


def _sweep(scratch: Path) -> None:
    """Remove what killed processes left; a day is longer than any write takes."""
    for left in scratch.iterdir():
        with suppress(FileNotFoundError):  # A writer beside this one is done with it.
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                if left.is_file():
                    left.unlink()
                elif left.name.startswith(STAGED):
                    shutil.rmtree(left, ignore_errors=True)
