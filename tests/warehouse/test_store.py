"""A warehouse is a marked folder; everything else is refused in one line."""

import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from turnwright.errors import BadInput
from warehouse.store import MARKER, Warehouse, named


def test_an_empty_or_missing_folder_becomes_a_warehouse(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "deep" / "missing"):
        made = Warehouse.open(path, create=True)
        assert (path / MARKER).read_bytes() == b'{"format":1}'
        assert all(folder.is_dir() for folder in (made.parts, made.manifest, made.journal, made.locks, made.quarantine))
        assert Warehouse.open(path, create=False) == made


def _file(path: Path) -> None:
    path.write_text("x")


def _foreign(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("x")


def _future(path: Path) -> None:
    Warehouse.open(path, create=True)
    (path / MARKER).write_text('{"format": 99}')


def _damaged(path: Path) -> None:
    Warehouse.open(path, create=True)
    (path / MARKER).write_text("[")


@pytest.mark.parametrize(
    ("prepare", "create", "says"),
    [
        (_file, True, "is a file"),
        (_foreign, True, "not a warehouse"),
        (_foreign, False, "not a warehouse"),
        (Path.mkdir, False, "not a warehouse"),
        (lambda path: None, False, "there is no warehouse"),
        (_future, True, "format 99"),
        (_damaged, False, "is damaged"),
    ],
    ids=["file", "foreign", "foreign-read", "empty-read", "missing", "future", "damaged"],
)
def test_what_is_no_warehouse_is_refused_in_one_line(tmp_path: Path, prepare, create: bool, says: str) -> None:
    prepare(tmp_path / "data")
    with pytest.raises(BadInput, match=says) as refused:
        Warehouse.open(tmp_path / "data", create)
    assert "\n" not in str(refused.value)


def test_a_foreign_folder_is_left_as_it_was(tmp_path: Path) -> None:
    _foreign(tmp_path / "data")
    with pytest.raises(BadInput):
        Warehouse.open(tmp_path / "data", create=True)
    assert [entry.name for entry in (tmp_path / "data").iterdir()] == ["thesis.tex"]


def test_a_folder_under_a_file_is_refused(tmp_path: Path) -> None:
    _file(tmp_path / "file")
    with pytest.raises(BadInput, match="cannot use"):
        Warehouse.open(tmp_path / "file" / "data", create=True)


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a read-only file system")
def test_a_read_only_warehouse_is_refused(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount")
    try:
        Warehouse.open(tmp_path / "data", create=True)
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        for name in ("data", "new"):
            with pytest.raises(BadInput, match=r"not writable|Read-only"):
                Warehouse.open(tmp_path / name, create=True)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_what_killed_writers_left_is_swept_after_a_day(warehouse: Warehouse) -> None:
    fresh, stale = warehouse.scratch / "fresh", warehouse.scratch / "stale"
    for path in (fresh, stale):
        path.touch()
    os.utime(stale, (time.time() - 100_000,) * 2)
    Warehouse.open(warehouse.root, create=False)
    assert fresh.exists()
    assert not stale.exists()


def test_sweeping_beside_a_busy_writer_trips_over_nothing(warehouse: Warehouse) -> None:
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            for name in "abcdefgh":
                (warehouse.scratch / name).touch()
            for name in "abcdefgh":
                (warehouse.scratch / name).unlink()

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        try:
            for _ in range(500):
                Warehouse.open(warehouse.root, create=False)
        finally:
            done.set()
        writing.result()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 200])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        named(name)
