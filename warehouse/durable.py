"""Durable: a file is on disk, whole, when these calls return; or it is not there at all."""

import os
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class WarehouseError(Exception):
    """The warehouse could not do its work (disk full, out of memory); nobody asked for anything wrong."""


@contextmanager
def reporting(failed: str) -> Generator[None]:
    """Turn what the operating system refuses in the block into one clear line.

    Raises:
        WarehouseError: `failed` and the system's reason, for every OSError of the block.
    """
    try:
        yield
    except OSError as error:
        raise WarehouseError(f"{failed}: {error.strerror or error}") from error


def write_file(path: Path, data: bytes, scratch: Path) -> None:
    """Put `data` at `path`, replacing what was there; `scratch` is a folder of the same file system."""
    make_folder(path.parent)
    with _scratch_file(scratch, data) as written:
        written.replace(path)
    sync_folder(path.parent)


def create_file(path: Path, data: bytes, scratch: Path) -> bool:
    """Put `data` at `path` if nothing is there yet; False if something is."""
    make_folder(path.parent)
    with _scratch_file(scratch, data) as written:
        try:
            os.link(written, path)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def adopt_file(written: Path, path: Path) -> None:
    """Move a finished scratch file to `path`, replacing what was there."""
    make_folder(path.parent)
    _sync(written)
    written.replace(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Create the folder and its missing parents, each durably."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in the folder durable."""
    _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _scratch_file(folder: Path, data: bytes) -> Generator[Path]:
    path = folder / uuid.uuid4().hex
    try:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)
