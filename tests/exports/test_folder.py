"""The folder: the same bytes each time, checked by its sums, and whole or not there, whatever happens on the way."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from talks import TRAIN_IDS, VALIDATION_IDS, Export, Talk, put, several

from cli.main import run as turnwright
from tasks.exports import FORMATS
from tasks.exports.folder import CARD, CHECKSUMS, HEAD, Folder, new_folder, place_for
from turnwright.errors import BadInput
from warehouse.durable import WarehouseError
from warehouse.store import Warehouse

Bytes = dict[str, bytes]


def bytes_of(folder: Path) -> Bytes:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_warehouse_gives_the_same_bytes_whatever_its_shards(
    warehouse: Warehouse, exported: Export, tmp_path: Path, format: str
) -> None:
    other = Warehouse.open(tmp_path / "other", create=True)
    talks = [*several(12), Talk(scenario_id=VALIDATION_IDS[0])]
    put(warehouse, *talks)
    for talk in reversed(talks):
        put(other, talk)
    exported(format)
    first = bytes_of(tmp_path / "out")
    exported(format)
    assert bytes_of(tmp_path / "out") == first
    at = ["--warehouse", str(other.root), "--json"]
    assert turnwright(["export", "--format", format, "--out", str(tmp_path / "again"), *at]) == 0
    assert bytes_of(tmp_path / "again") == first


@pytest.mark.parametrize("format", FORMATS)
def test_the_sums_are_of_all_files(warehouse: Warehouse, exported: Export, tmp_path: Path, format: str) -> None:
    put(warehouse, *several(3))
    found = exported(format)
    files = bytes_of(tmp_path / "out")
    sums = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert set(found.files) == {*files, "SHA256SUMS"}
    assert {name for name in files if name.endswith(".jsonl")} == set(found.rows)
    assert {name: files[name].count(b"\n") for name in found.rows} == dict(found.rows)


def test_an_earlier_export_is_replaced_by_any_other(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, *several(3))
    for format in (*FORMATS, "trl"):
        exported(format)
    assert set(bytes_of(tmp_path / "out")) == {"README.md", "SHA256SUMS", "train.jsonl", "validation.jsonl"}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "out"}


def summed(folder: Path, files: Bytes) -> None:
    """Files, and right sums of them."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()]
    (folder / CHECKSUMS).write_text("".join(sums))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "something else": (lambda out: (out.mkdir(), (out / "thesis.tex").write_text("mine")), "holds more than an export"),
    "a file": (lambda out: out.write_text("mine"), "is a file"),
    "sums that fit, of another": (lambda out: summed(out, {"thesis.tex": b"mine"}), "holds more than an export"),
    "sums that fit, and a card of another": (
        lambda out: summed(out, {CARD: b"# My dialogues", "train.jsonl": b"{}"}),
        "holds more than an export",
    ),
    "sums that are not ours": (lambda out: (out.mkdir(), (out / "SHA256SUMS").write_text("0  a\n")), "holds more than"),
}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_an_export_is_left_alone(
    warehouse: Warehouse, exported: Export, tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    put(warehouse, Talk())
    make(tmp_path / "out")
    with pytest.raises(BadInput, match=says):
        exported()


def test_an_export_that_someone_added_to_is_left_alone(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, Talk())
    exported()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds more than an export"):
        exported()


def _write_while(folder: Folder, mine: Path) -> None:
    folder.write(CARD, HEAD.encode())
    folder.finish()
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")


@pytest.mark.parametrize("mine", ["notes.txt", "thesis/chapter.tex"])
def test_what_someone_adds_while_an_export_is_written_is_left_alone(tmp_path: Path, mine: str) -> None:
    with pytest.raises(BadInput, match="holds more than an export"), new_folder(tmp_path / "out") as folder:
        _write_while(folder, tmp_path / "out" / mine)
    assert (tmp_path / "out" / mine).read_text() == "mine"


def test_a_path_that_leads_back_to_a_full_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full" / "in").mkdir(parents=True)
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match="holds more than an export"):
        place_for(tmp_path / "full" / "in" / "missing" / ".." / "..", tmp_path / "data")


@pytest.mark.parametrize("out", ["data", "data/journal", "data/new/deep", ".", "linked"])
def test_the_warehouse_what_holds_it_and_what_is_in_it_are_refused(
    warehouse: Warehouse, exported: Export, tmp_path: Path, out: str
) -> None:
    put(warehouse, Talk())
    (warehouse.root / "journal").mkdir(exist_ok=True)
    (tmp_path / "linked").symlink_to(warehouse.root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="the warehouse"):
        exported(out=tmp_path / out)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("out", [Path("."), Path("..")])
def test_the_current_directory_and_what_holds_it_are_refused(
    warehouse: Warehouse, exported: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: Path
) -> None:
    put(warehouse, Talk())
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    with pytest.raises(BadInput, match="the current directory"):
        exported(out=out)
    monkeypatch.chdir(tmp_path / "here")
    assert exported(out=Path("below")).tally.dialogues == 1


LONG = "x" * 245
"""A name that can be, but not with what is written beside it."""


@pytest.mark.parametrize("out", [Path("/proc/x"), Path(LONG), Path("x" * 300), Path("x" * 300) / "y"])
def test_a_place_that_cannot_be_is_bad_input(warehouse: Warehouse, exported: Export, tmp_path: Path, out: Path) -> None:
    put(warehouse, Talk())
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="cannot write to") as refused:
        exported(out=tmp_path / out)
    assert "\n" not in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("mine", ["link", "empty"])
def test_links_and_empty_folders_are_somebodys_too(tmp_path: Path, mine: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "empty").mkdir() if mine == "empty" else (tmp_path / "out" / "link").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="holds more than an export"):
        place_for(tmp_path / "out", tmp_path / "data")


def test_an_empty_folder_is_taken(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, Talk())
    (tmp_path / "out").mkdir()
    assert exported().tally.dialogues == 1


def _write_twice(folder: Folder) -> None:
    folder.write(CARD, b"second")
    folder.write(CARD, b"once more")


def test_what_fails_on_the_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        folder.write(CARD, HEAD.encode())
        folder.finish()
    with pytest.raises(WarehouseError), new_folder(tmp_path / "out") as folder:
        _write_twice(folder)
    assert bytes_of(tmp_path / "out")[CARD] == HEAD.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def exporting(warehouse: Warehouse, out: Path, fate: str) -> subprocess.CompletedProcess[str]:
    """Export in a process of its own, which first runs the lines of `fate`."""
    words = ["export", "--format", "areal", "--out", str(out), "--warehouse", str(warehouse.root), "--json"]
    code = f"{fate}\nimport sys\nfrom cli.main import run\nsys.exit(run({words!r}))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))"
"""No file grows beyond so many bytes; Python turns the signal into an error."""
KILLED = """
import os, signal, sys
calls = []
def hear(event, arguments):
    makes_the_card = event == "open" and str(arguments[0]).endswith("README.md") and "x" in str(arguments[1])
    if makes_the_card or event == "os.rename":
        calls.append(event)
        if len(calls) == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hear)
"""
"""Dies before it makes the card, before the old folder steps aside, or before the new one takes its place."""


def test_a_full_disk_is_one_line_and_leaves_everything_as_it_was(
    warehouse: Warehouse, exported: Export, tmp_path: Path
) -> None:
    put(warehouse, Talk())
    exported("trl")
    before = bytes_of(tmp_path / "out")
    done = exporting(warehouse, tmp_path / "out", FULL)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot write the export" in orjson.loads(done.stdout)["error"]
    assert bytes_of(tmp_path / "out") == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "out"}


@pytest.mark.slow
@pytest.mark.parametrize(("at", "stays"), [(1, True), (2, True), (3, False)])
def test_killed_anywhere_it_loses_nothing_and_can_be_done_again(
    warehouse: Warehouse, exported: Export, tmp_path: Path, at: int, stays: bool
) -> None:
    put(warehouse, *(Talk(scenario_id=one) for one in TRAIN_IDS[:3]))
    exported("trl")
    before = bytes_of(tmp_path / "out")
    assert exporting(warehouse, tmp_path / "out", KILLED.format(at=at)).returncode == -signal.SIGKILL
    (place,) = [tmp_path / "out"] if stays else tmp_path.glob(".out.*.before")
    assert bytes_of(place) == before
    assert exporting(warehouse, tmp_path / "out", "").returncode == 0
    assert "shop_sft_train.jsonl" in bytes_of(tmp_path / "out")


def test_the_command_says_one_object(warehouse: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put(warehouse, *several(3), Talk(scenario_id=VALIDATION_IDS[0]))
    out = tmp_path / "out"
    words = ["export", "--format", "openai", "--out", str(out), "--warehouse", str(warehouse.root)]
    assert turnwright([*words, "--json"]) == 0
    printed, said = capfd.readouterr()
    told = orjson.loads(printed)
    assert (printed.count("\n"), said) == (1, "")
    assert {name: told[name] for name in ("format", "rows", "train", "validation", "scenarios")} == {
        "format": "openai",
        "rows": 4,
        "train": 3,
        "validation": 1,
        "scenarios": 4,
    }
    assert all(Path(file).is_file() for file in told["files"])
    assert told["card"] == str(out / "README.md")
    assert told["left_out"]["not_passed"] == 0
    assert turnwright(words) == 0
    assert "4 dialogues of 4 scenarios" in capfd.readouterr().out
