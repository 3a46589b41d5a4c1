"""Folder: an export on disk. It is written beside its place and moved there whole, with the checksums of its files."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from turnwright.errors import BadInput
from warehouse.durable import reporting, sync_folder

CARD, CHECKSUMS = "README.md", "SHA256SUMS"
HEAD = "# Turnwright dialogues, format"
"""How a line of every card begins: a folder with a card is ours."""
_ASIDE = ".before"
_BUFFER = 1 << 20


class File:
    """A file that is being written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)

    def close(self) -> str:
        """See that it is on disk; gives its checksum."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        return self._digest.hexdigest()


class Folder:
    """A folder in the making."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._open: dict[str, File] = {}
        self._sums: dict[str, str] = {}
        self._streams = ExitStack()
        self.rows: dict[str, int] = {}
        """By file, how many were written."""

    @property
    def files(self) -> list[str]:
        """All that are whole, by name."""
        return sorted(self._sums)

    def begin(self, name: str) -> None:
        """Make a file of rows."""
        self._open[name] = File(self._streams.enter_context(self._made(name).open("xb", _BUFFER)))
        self.rows[name] = 0

    def write_row(self, name: str, row: bytes) -> None:
        """Append to a file of rows, which is made if it is not there."""
        if name not in self._open:
            self.begin(name)
        self._open[name].write(row)
        self.rows[name] += 1

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        with self._made(name).open("xb") as stream:
            file = File(stream)
            file.write(data)
            self._sums[name] = file.close()

    def finish(self) -> None:
        """Write the checksums; all is on disk then."""
        self._sums |= {name: file.close() for name, file in self._open.items()}
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self.write(CHECKSUMS, sums.encode())
        for folder in sorted({(self._place / name).parent for name in self._sums}):
            sync_folder(folder)

    def close(self) -> None:
        """Let go of files that are not whole."""
        self._streams.close()

    def _made(self, name: str) -> Path:
        path = self._place / name
        path.parent.mkdir(exist_ok=True)
        return path


def place_for(out: Path, warehouse: Path) -> Path:
    """Where an export of a warehouse may be written, links followed: where nothing is, or an earlier export that nobody
    added to.

    Raises:
        BadInput: if it may not.
    """
    try:
        out = out.resolve()  # First: "missing/../.." is nowhere, and yet leads to a folder.
        root, here = warehouse.resolve(), Path.cwd()
        if out.is_relative_to(root) or root.is_relative_to(out):
            raise BadInput(f"{out} would lie in the warehouse {root}, or hold it: name another folder")
        if here.is_relative_to(out):
            raise BadInput(f"{out} is the current directory, or holds it: name another folder")
        _see_that_nothing_is_lost(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        _beside(out, suffix=_ASIDE).rmdir()  # The longest name that is to be there.
    except OSError as error:
        raise BadInput(f"cannot write to {out}: {error.strerror or error}") from error
    return out


def _see_that_nothing_is_lost(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder for the export")
    if out.exists() and _names(out) not in (set(), _exported(out)):
        raise BadInput(f"{out} is not empty and holds more than an export: name another folder")


def _beside(out: Path, suffix: str = "") -> Path:
    """A new folder, under a name that is `out`'s and more."""
    return Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=suffix, dir=out.parent))


def _names(folder: Path) -> set[str]:
    """All that a folder holds, whatever it is, but for the folders of what it holds."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    inside = {str(parent) for name in found for parent in Path(name).parents}
    return {name for name, path in found.items() if path.is_symlink() or name not in inside}


def _exported(folder: Path) -> set[str]:
    """All that an export says that it holds; nothing, if it is none of ours."""
    if not any(line.startswith(HEAD) for line in _lines(folder / CARD)):
        return set()
    return {CHECKSUMS, *(line.partition("  ")[2] for line in _lines(folder / CHECKSUMS))}


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines() if file.is_file() else []


def _remove_export(folder: Path) -> None:
    """Remove the files of an export one by one: what somebody adds at this moment makes it fail, and stays."""
    names = _names(folder) & _exported(folder)
    for name in names:
        (folder / name).unlink()
    inside = {folder / parent for name in names for parent in Path(name).parents}
    for emptied in sorted(inside or {folder}, reverse=True):
        emptied.rmdir()


@contextmanager
def new_folder(out: Path) -> Generator[Folder]:
    """A folder that takes `out`, a place for an export, if the block finishes it and ends well; else all is as it was.

    Raises:
        BadInput: if `out` may not be replaced any more.
        WarehouseError: if the disk is full or refuses.
    """
    with reporting(f"cannot write the export {out}"):
        place = _beside(out)
        folder = Folder(place)
        try:
            yield folder
            place.chmod(0o755)
            _take_place(place, out)
        finally:
            with suppress(OSError):  # What a full disk refuses is flushed once more.
                folder.close()
            shutil.rmtree(place, ignore_errors=True)


def _take_place(place: Path, out: Path) -> None:
    """No system call replaces a folder that has files: what was there steps aside first, and is removed last.

    It is looked at once more: between the first look and now may be the minutes that the query took.
    """
    if not out.exists():
        place.rename(out)
    else:
        _see_that_nothing_is_lost(out)
        aside = place.with_name(f"{place.name}{_ASIDE}")
        out.rename(aside)
        try:
            place.rename(out)
        except OSError:
            aside.rename(out)
            raise
        _remove_export(aside)
    sync_folder(out.parent)
