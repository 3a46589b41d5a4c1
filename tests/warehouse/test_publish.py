"""A shard is published whole, once, or not at all: whoever writes beside it, dies in it or fills the disk."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.catalog import Catalog
from warehouse.durable import WarehouseError
from warehouse.manifest import Commit, Manifest
from warehouse.parts import write_part
from warehouse.publish import publish
from warehouse.store import Warehouse


def _counts(warehouse: Warehouse) -> tuple[int, int, int]:
    with Catalog(warehouse) as catalog:
        (row,) = catalog.query("SELECT (SELECT count(*) FROM dialogues) AS d, (SELECT count(*) FROM turns) AS t")
        (ids,) = catalog.query("SELECT count(DISTINCT dialogue_id) AS n FROM dialogues")
    return row["d"], row["t"], ids["n"]


def test_what_is_published_can_be_read(warehouse: Warehouse) -> None:
    call = {"dialogue_id": "d-1", "turn": 0, "call": 0, "side": "assistant", "tool": "get_order", "writes": False}
    publish(warehouse, "one", "r-1", "shop", {"tool_calls": [{**call, "arguments": {"b": 1, "a": ("ü",)}}]})
    with Catalog(warehouse) as catalog:
        (row,) = catalog.query("SELECT * FROM tool_calls")
    assert row["arguments"] == '{"a":["ü"],"b":1}'
    assert (row["run_id"], row["domain"], row["result"], row["writes"]) == ("r-1", "shop", None, False)


def test_times_may_come_as_a_journal_gives_them(warehouse: Warehouse) -> None:
    at = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    row = {"scenario_id": "s-1", "verdict": "PASS"}
    rows = [
        {**row, "dialogue_id": "d-1", "created_at": at},
        {**row, "dialogue_id": "d-2", "created_at": at.isoformat()},
    ]
    publish(warehouse, "one", "r-1", "shop", {"dialogues": rows})
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT DISTINCT created_at AS at FROM dialogues") == [{"at": at}]


def test_the_same_rows_in_any_order_give_the_same_part(warehouse: Warehouse, shard: Callable) -> None:
    rows = shard(0, dialogues=20)["turns"]
    shuffled = random.Random(1).sample(rows, len(rows))
    first, second = (write_part(warehouse, "turns", some, "one", "r-1", "shop") for some in (rows, shuffled))
    assert first == second


def test_a_second_publish_of_a_name_changes_nothing(filled: Warehouse, shard: Callable) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in filled.root.rglob("*.*"))
    publish(filled, "r-1-0", "r-1", "shop", shard(7))
    assert sorted((path, path.stat().st_mtime_ns) for path in filled.root.rglob("*.*")) == before


def test_only_the_first_commit_of_a_name_stands(warehouse: Warehouse) -> None:
    manifest = Manifest(warehouse)
    assert not manifest.committed("one")
    assert manifest.commit(Commit(name="one", run_id="r-1", parts=()))
    assert not manifest.commit(Commit(name="one", run_id="r-2", parts=()))
    assert [commit.run_id for commit in manifest.commits()] == ["r-1"]
    assert manifest.committed("one")


def test_a_damaged_commit_file_is_named(filled: Warehouse) -> None:
    (filled.manifest / "r-1-1.json").write_text("{")
    with pytest.raises(WarehouseError, match=r"r-1-1\.json is damaged"):
        Catalog(filled)


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        ("turns", {"dialogue_id": "d", "turn": 0, "speaker": "user", "words": "x"}, "no column words"),
        ("turns", {"dialogue_id": "d", "turn": 0}, r"turns\.speaker is missing in row 0"),
        ("turns", {"dialogue_id": "d", "turn": "first", "speaker": "user"}, "first"),
    ],
    ids=["unknown", "missing", "type"],
)
def test_rows_that_do_not_fit_their_table_publish_nothing(
    warehouse: Warehouse, table: str, row: dict, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        publish(warehouse, "one", "r-1", "shop", {table: [row]})
    assert not Manifest(warehouse).committed("one")


_PUBLISHER = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import shard_of
from warehouse.publish import publish
from warehouse.store import Warehouse
warehouse = Warehouse.open(Path(sys.argv[1]), create=True)
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    publish(warehouse, f"shard-{{number}}", "r-1", "shop", shard_of(number))
    print(number, flush=True)
"""


def _publisher(root: Path, first: int, last: int) -> subprocess.Popen:
    command = [sys.executable, "-W", "error", "-c", _PUBLISHER, root, str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_writers_of_different_and_of_the_same_shards_and_readers_do_not_meet(tmp_path: Path) -> None:
    root = tmp_path / "data"
    seen = []
    with ExitStack() as processes:
        writers = [processes.enter_context(_publisher(root, *span)) for span in ((0, 10), (5, 15), (10, 20))]
        while any(writer.poll() is None for writer in writers):
            if (root / "turnwright.json").exists():
                dialogues, turns, distinct = _counts(Warehouse.open(root, create=False))
                assert (dialogues, turns) == (distinct, distinct * 3)
                seen.append(dialogues)
        assert [writer.communicate()[1] for writer in writers] == ["", "", ""]
    assert seen == sorted(seen)
    assert _counts(Warehouse.open(root, create=False)) == (80, 240, 80)


def test_killed_in_between_and_started_again_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for attempt in range(4):
        writer = _publisher(root, 0, 24)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.02 + 0.013 * attempt)
        writer.send_signal(signal.SIGKILL)
        told = writer.communicate()[0].splitlines()
        dialogues, turns, distinct = _counts(Warehouse.open(root, create=False))
        assert dialogues == distinct >= 4 * len(told)
        assert turns == 3 * dialogues
    assert _publisher(root, 0, 24).communicate()[1] == ""
    assert _counts(Warehouse.open(root, create=False)) == (96, 288, 96)


_FULL = f"""
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import shard_of
from warehouse.durable import WarehouseError
from warehouse.publish import publish
from warehouse.store import Warehouse
warehouse = Warehouse.open(Path(sys.argv[1]), create=False)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3500, resource.RLIM_INFINITY))
try:
    publish(warehouse, "big", "r-1", "shop", shard_of(0))
except WarehouseError as error:
    print(error)
"""


def test_a_part_that_the_system_cuts_short_publishes_nothing(warehouse: Warehouse, shard: Callable) -> None:
    run = subprocess.run([sys.executable, "-c", _FULL, warehouse.root], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("cannot write to the warehouse")
    assert "nothing of big is published: File too large" in run.stdout
    assert not any(warehouse.scratch.iterdir())
    assert _counts(warehouse) == (0, 0, 0)
    publish(warehouse, "big", "r-1", "shop", shard(0))
    assert _counts(warehouse) == (4, 12, 4)


def test_a_full_disk_publishes_nothing_and_room_heals_it(tmp_path: Path, shard: Callable) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", tmp_path], capture_output=True).returncode:
        pytest.skip("needs to mount a small disk")
    try:
        warehouse = Warehouse.open(tmp_path / "data", create=True)
        publish(warehouse, "first", "r-1", "shop", shard(0))
        ballast = tmp_path / "ballast"
        _fill(ballast)
        with pytest.raises(WarehouseError, match=r"nothing of second is published: No space left on device"):
            publish(warehouse, "second", "r-1", "shop", shard(1))
        assert not any(warehouse.scratch.iterdir())
        assert _counts(warehouse) == (4, 12, 4)
        ballast.unlink()
        publish(warehouse, "second", "r-1", "shop", shard(1))
        assert _counts(warehouse) == (8, 24, 8)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def test_a_large_shard_and_fifty_commits_are_read_together(warehouse: Warehouse, shard: Callable) -> None:
    publish(warehouse, "big", "r-1", "shop", shard(99, dialogues=1000, turns=15, calls=10))
    for number in range(49):
        publish(warehouse, f"shard-{number}", "r-1", "shop", shard(number))
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT count(*) AS n FROM turns") == [{"n": 15_000 + 49 * 12}]
