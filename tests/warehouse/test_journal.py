"""What a journal was told stays; a line that a crash cut short does not."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.journal import Journal

_RECORDS = st.dictionaries(st.text(max_size=6), st.integers(-9, 9) | st.text(max_size=20) | st.none(), max_size=3)
_ENTRIES = st.lists(st.tuples(st.sampled_from(["plan", "play"]), st.integers(0, 5), _RECORDS), max_size=12)


async def _write(path: Path, entries: list) -> None:
    with Journal(path) as journal:
        for stage, slot, record in entries:
            await journal.write(stage, slot, record)


def _expected(entries: list) -> dict:
    return {(stage, slot): record for stage, slot, record in entries}


def _held(journal: Journal) -> dict:
    return {(stage, slot): record for stage in ("plan", "play") for slot, record in journal.stage(stage).items()}


@given(entries=_ENTRIES, where=st.floats(0, 1), after=_ENTRIES)
@settings(max_examples=60, deadline=None)
def test_cut_anywhere_all_whole_entries_survive_and_writing_goes_on(entries: list, where: float, after: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.jsonl"
        asyncio.run(_write(path, entries))
        cut = round(path.stat().st_size * where)
        os.truncate(path, cut)
        whole = path.read_bytes().count(b"\n")
        with Journal(path) as journal:
            assert _held(journal) == _expected(entries[:whole])
        asyncio.run(_write(path, after))
        with Journal(path) as journal:
            assert _held(journal) == _expected(entries[:whole] + after)
        assert all(orjson.loads(line) for line in path.read_bytes().splitlines())


@given(entries=_ENTRIES, noise=st.binary(min_size=1, max_size=40), where=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_damage_in_the_middle_is_never_a_crash(entries: list, noise: bytes, where: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.jsonl"
        asyncio.run(_write(path, entries))
        data = path.read_bytes()
        at = round(len(data) * where)
        path.write_bytes(data[:at] + noise + data[at:])
        asyncio.run(_write(path, [("play", 9, {"still": "here"})]))
        with Journal(path) as journal:
            assert journal.get("play", 9) == {"still": "here"}


@pytest.mark.parametrize("writers", [1, 512])
async def test_all_that_is_awaited_is_on_disk(tmp_path: Path, writers: int) -> None:
    path = tmp_path / "journal" / "shard.jsonl"

    async def write(slot: int) -> None:
        await journal.write("play", slot, {"slot": slot, "words": "x" * slot})
        assert f'"slot":{slot},"record"'.encode() in path.read_bytes()

    with Journal(path) as journal:
        await asyncio.gather(*map(write, range(writers)))
        assert journal.get("play", writers - 1) == {"slot": writers - 1, "words": "x" * (writers - 1)}
        assert journal.get("play", writers) is None
        assert list(journal.stage("play")) == list(range(writers))


async def test_a_cancelled_writer_disturbs_nobody(tmp_path: Path) -> None:
    with Journal(tmp_path / "shard.jsonl") as journal:
        writers = [asyncio.create_task(journal.write("play", slot, {})) for slot in range(20)]
        await asyncio.sleep(0)
        for writer in writers[::2]:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
        await journal.write("play", 99, {})
        assert set(journal.stage("play")) >= {*range(1, 20, 2), 99}


async def test_the_order_of_keys_is_kept(tmp_path: Path) -> None:
    record = {"zebra": {"b": 1, "a": 2}, "ant": [1]}
    with Journal(tmp_path / "shard.jsonl") as journal:
        await journal.write("play", 0, record)
        assert orjson.dumps(journal.get("play", 0)) == orjson.dumps(record)


_FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from warehouse.durable import WarehouseError
from warehouse.journal import Journal

async def main() -> None:
    with Journal(Path(sys.argv[1])) as journal:
        await journal.write("play", 0, {"words": "x"})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        for words in ("y" * 5000, "z" * 10):
            try:
                await journal.write("play", 1, {"words": words})
            except WarehouseError as error:
                print(error)
        print(journal.get("play", 1))

asyncio.run(main())
"""


def test_what_does_not_fit_the_disk_is_an_error_and_leaves_no_trace(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, tmp_path / "shard.jsonl"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].startswith("cannot write the journal")
    assert said[1:] == [str({"words": "z" * 10})]
    assert len((tmp_path / "shard.jsonl").read_bytes().splitlines()) == 2


_KILLED = """
import asyncio, sys
from pathlib import Path
from warehouse.journal import Journal

async def main() -> None:
    with Journal(Path(sys.argv[1])) as journal:
        for start in range(0, 100_000, 8):
            await asyncio.gather(*(journal.write("play", start + n, {"words": "x" * 500}) for n in range(8)))
            print(start + 7, flush=True)

asyncio.run(main())
"""


def test_what_was_told_to_be_written_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "shard.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", _KILLED, path], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(20)]
    writer.send_signal(signal.SIGKILL)
    told += writer.communicate()[0].splitlines()
    with Journal(path) as journal:
        assert set(journal.stage("play")) >= set(range(int(told[-1]) + 1))


async def test_it_holds_no_records_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "shard.jsonl"
    line = orjson.dumps({"stage": "play", "slot": 0, "record": {"words": "x" * 1_000_000}}) + b"\n"
    path.write_bytes(line * 100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Journal(path) as journal:
        assert len(journal.stage("play")) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
