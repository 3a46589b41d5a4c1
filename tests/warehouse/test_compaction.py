"""A compaction changes where rows lie and nothing else: not what is read, not what counts as committed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.figures import corpus_digest
from warehouse.forgetting import forget
from warehouse.lock import Busy, compaction_lock, publishing
from warehouse.manifest import COMPACTED, Manifest
from warehouse.publish import publish
from warehouse.schema import TABLES, order_of
from warehouse.store import Warehouse


def _everything(warehouse: Warehouse) -> dict[str, list]:
    with Catalog(warehouse) as catalog:
        assert catalog.quarantined == []
        return {table: catalog.query(f'SELECT * FROM "{table}" ORDER BY ALL') for table in TABLES}


def _parts(warehouse: Warehouse) -> list[Path]:
    return sorted(warehouse.parts.rglob("*.parquet"))


def _dialogues(warehouse: Warehouse) -> int:
    return len(_everything(warehouse)["dialogues"])


def test_what_is_read_stays_and_parts_become_few(filled: Warehouse) -> None:
    before, many = _everything(filled), _parts(filled)
    made = compact(filled)
    assert (made.commits, made.parts_before, made.parts_after) == (3, len(many), 12)
    assert _everything(filled) == before
    assert len(_parts(filled)) == len(many) + 12
    assert [commit.name.startswith(COMPACTED) for commit in Manifest(filled).commits()] == [True]


def test_the_digest_of_a_run_stays(filled: Warehouse) -> None:
    with Catalog(filled) as catalog:
        before = corpus_digest(catalog, "r-1")
    compact(filled)
    with Catalog(filled) as catalog:
        assert corpus_digest(catalog, "r-1") == before


def test_with_nothing_new_there_is_nothing_to_do(filled: Warehouse) -> None:
    compact(filled)
    before = _parts(filled)
    assert compact(filled).commits == 0
    assert _parts(filled) == before


def test_what_was_replaced_is_removed_when_its_time_has_come(filled: Warehouse) -> None:
    before, many = _everything(filled), len(_parts(filled))
    compact(filled)
    assert compact(filled).removed_commits == 0
    removed = compact(filled, grace_s=0)
    assert (removed.removed_commits, removed.removed_parts) == (3, many)
    assert len(_parts(filled)) == 12
    assert len(list(filled.manifest.iterdir())) == 1
    assert _everything(filled) == before


def test_what_was_compacted_away_still_counts_as_committed(filled: Warehouse, shard: Callable) -> None:
    before = _everything(filled)
    for grace_s in (0, 0):
        compact(filled, grace_s)
    manifest = Manifest(filled)
    assert manifest.names("r-1-") == ["r-1-0", "r-1-1", "r-1-2"]
    assert all(manifest.committed(name) for name in manifest.names("r-1-"))
    assert not manifest.committed("r-1-3")
    publish(filled, "r-1-0", "r-1", "shop", shard(7))
    assert _everything(filled) == before


def test_a_commit_that_comes_back_is_not_seen_twice(filled: Warehouse) -> None:
    """As of a writer that looked before the compaction and wrote long after it."""
    before, late = _everything(filled), (filled.manifest / "r-1-0.json").read_bytes()
    compact(filled)
    compact(filled, grace_s=0)
    (filled.manifest / "r-1-0.json").write_bytes(late)
    assert _everything(filled) == before
    compact(filled, grace_s=0)
    assert not (filled.manifest / "r-1-0.json").exists()


def test_a_reader_that_was_there_before_goes_on(filled: Warehouse, shard: Callable) -> None:
    with Catalog(filled) as catalog:
        publish(filled, "r-1-3", "r-1", "shop", shard(3))
        compact(filled)
        assert catalog.query("SELECT count(*) AS n FROM turns") == [{"n": 36}]


def test_a_reader_that_outstays_the_grace_time_goes_on_with_a_later_moment(filled: Warehouse, shard: Callable) -> None:
    with Catalog(filled) as catalog:
        publish(filled, "r-1-3", "r-1", "shop", shard(3))
        compact(filled)
        compact(filled, grace_s=0)
        assert catalog.query("SELECT count(*) AS n FROM turns") == [{"n": 48}]
        assert catalog.quarantined == []
    assert not any(filled.quarantine.iterdir())


_READER = """
import sys
from pathlib import Path
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.store import Warehouse
warehouse = Warehouse.open(Path(sys.argv[1]), create=False)
seen = []
def hear(event, arguments):
    if event == "open" and "/parts/" in str(arguments[0]) and not seen:
        seen.append(arguments[0])
        compact(warehouse, grace_s=0)
sys.addaudithook(hear)
with Catalog(warehouse) as catalog:
    print(catalog.query("SELECT count(*) AS n FROM turns"), catalog.quarantined)
"""


def test_parts_that_go_while_a_reader_looks_at_them_are_no_harm(filled: Warehouse) -> None:
    run = subprocess.run([sys.executable, "-c", _READER, filled.root], capture_output=True, text=True)
    assert run.stdout == "[{'n': 36}] []\n"
    assert not any(filled.quarantine.iterdir())


def test_an_unfinished_shard_is_left_for_the_whole_one(warehouse: Warehouse, shard: Callable) -> None:
    publish(warehouse, "r-1-0", "r-1", "shop", shard(0))
    publish(warehouse, "r-1-2", "r-1", "shop", shard(2))
    publish(warehouse, "r-1-1-unfinished-1", "r-1", "shop", shard(1, dialogues=2), provisional=True)
    assert compact(warehouse).commits == 2
    assert _dialogues(warehouse) == 10
    publish(warehouse, "r-1-1", "r-1", "shop", shard(1), ["r-1-1-unfinished-1"])
    assert _dialogues(warehouse) == 12
    compact(warehouse)
    compact(warehouse, grace_s=0)
    assert _dialogues(warehouse) == 12
    assert Manifest(warehouse).names("r-1-1") == ["r-1-1", "r-1-1-unfinished-1"]
    assert len(list(warehouse.manifest.iterdir())) == 1


def test_of_a_run_the_latest_state_still_counts(warehouse: Warehouse) -> None:
    for number, state in enumerate(("running", "failed", "running", "finished")):
        row = {"state": state, "recorded_at": datetime(2026, 1, number + 1, tzinfo=UTC)}
        publish(warehouse, f"r-1-state-{number}", "r-1", "shop", {"runs": [row]})
        if number != 2:
            compact(warehouse)
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT run_id, state FROM runs") == [{"run_id": "r-1", "state": "finished"}]


def test_a_large_compaction_waits_until_there_is_enough_that_is_new(warehouse: Warehouse, shard: Callable) -> None:
    for number in range(2):
        publish(warehouse, f"large-{number}", "r-1", "shop", shard(number, dialogues=2000))
    compact(warehouse)
    for number in range(2, 4):
        publish(warehouse, f"small-{number}", "r-2", "shop", shard(number))
    assert compact(warehouse).commits == 2
    assert [len(commit.holds) for commit in Manifest(warehouse).commits()] == [1, 1]
    publish(warehouse, "large-4", "r-3", "shop", shard(4, dialogues=2000))
    assert compact(warehouse).commits == 3
    (all_of_them,) = Manifest(warehouse).commits()
    assert sorted(all_of_them.holds) == ["r-1", "r-2", "r-3"]
    assert _dialogues(warehouse) == 6008


def test_merged_rows_are_sorted_and_in_groups_that_a_look_up_can_skip(warehouse: Warehouse, shard: Callable) -> None:
    for number in (1, 2, 3):
        publish(warehouse, f"r-1-{9 - number}", "r-1", "shop", shard(number, dialogues=2000, turns=5))
    compact(warehouse)
    (file,) = (path for path in _parts(warehouse) if "compacted-" in path.name and path.parts[-3] == "turns")
    rows = pq.read_table(file, columns=order_of("turns"))
    assert rows.equals(rows.sort_by([(name, "ascending") for name in order_of("turns")]))
    groups = [pq.ParquetFile(file).metadata.row_group(number).column(0).statistics for number in (0, 1)]
    assert groups[0].max <= groups[1].min


def test_a_harmed_part_is_not_made_to_look_sound(filled: Warehouse) -> None:
    (part,) = (filled.parts / "turns" / "flights").iterdir()
    data, status = bytearray(part.read_bytes()), part.stat()
    data[100] ^= 0xFF
    part.write_bytes(data)
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a failing disk leaves it
    made = compact(filled)
    assert (made.commits, made.left_out) == (2, ("r-1-2",))
    assert {commit.name[:9] for commit in Manifest(filled).commits()} == {"compacted", "r-1-2"}


def test_what_a_killed_publish_left_is_removed_only_when_nobody_publishes(filled: Warehouse) -> None:
    left = filled.parts / "turns" / "shop" / "r-9-0-0123456789abcdef.parquet"
    left.touch()
    compact(filled)
    assert left.exists()
    os.utime(left, (time.time() - 100_000,) * 2)
    with publishing(filled):
        compact(filled)
    assert left.exists()
    assert compact(filled).removed_parts == 1
    assert not left.exists()


def test_a_second_compaction_is_told_of_the_first(filled: Warehouse) -> None:
    with compaction_lock(filled), pytest.raises(Busy, match=f"a compaction is in progress in process {os.getpid()}"):
        compact(filled)


def test_a_run_is_forgotten_wherever_its_rows_are(filled: Warehouse, shard: Callable) -> None:
    """In a compaction, in the one that this replaced, in commits that are replaced, and in those that are not."""
    publish(filled, "r-2-0", "r-2", "shop", shard(7))
    compact(filled)
    publish(filled, "r-1-3", "r-1", "shop", shard(3, dialogues=40))
    compact(filled)
    publish(filled, "r-1-4", "r-1", "shop", shard(4))
    assert sum(file.stem.startswith(COMPACTED) for file in filled.manifest.iterdir()) == 2
    forget(filled, "r-1")
    assert Manifest(filled).names("r-1") == []
    assert {row["run_id"] for row in _everything(filled)["turns"]} == {"r-2"}
    assert _dialogues(filled) == 4
    for number in range(5):
        publish(filled, f"r-1-{number}", "r-1", "shop", shard(number))
    assert _dialogues(filled) == 24
    compact(filled)
    compact(filled, grace_s=0)
    assert _dialogues(filled) == 24
    assert len(_parts(filled)) == sum(len(commit.parts) for commit in Manifest(filled).commits())
