"""What a run meets on its way: a full disk, damaged files, another run of the same command. Each is told in a line."""

import asyncio
import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import Printed
from drive import Fate, at_slot, before, command, die, drive, driven, end_of, fill_disk, freeze

from cli.main import run as turnwright
from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.lock import Busy
from warehouse.store import Warehouse

FULL: dict[str, tuple[Fate, str]] = {
    "in the journal of the plans": (partial(at_slot, "plan", 2, fill_disk), "cannot write the journal"),
    "in the journal": (partial(at_slot, "execute", 2, fill_disk), "cannot write the journal"),
    "while publishing": (
        partial(before, "os.rename", r"parts/.*-\d{7}-\d{7}-", fill_disk),
        r"cannot write to the warehouse .*, nothing of .*-shop-0000000-0000005 is published: File too large",
    ),
}


@pytest.mark.parametrize(("fate", "says"), FULL.values(), ids=FULL)
async def test_a_full_disk_loses_nothing(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], fate: Fate, says: str
) -> None:
    assert says_in_one_line(end_of(fate, run, warehouse), says)
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT * FROM scenarios") == []
    assert not any(warehouse.scratch.iterdir())
    journalled = sum(file.read_bytes().count(b"\n") for file in warehouse.journal.iterdir())
    assert journalled >= 2
    assert await drive(run, warehouse) == whole


def says_in_one_line(said: int | str, pattern: str) -> bool:
    assert isinstance(said, str)
    assert "\n" not in said
    return re.search(pattern, said) is not None


def rot(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


async def test_a_corrupted_part_is_named_and_the_rest_is_read(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], printed: Printed
) -> None:
    await drive(run, warehouse)
    part = next((warehouse.parts / "turns").rglob("*-0000000-0000005-*"))
    rot(part)
    assert turnwright(command(run, warehouse)) == 0
    out, err = printed()
    result = orjson.loads(out)
    assert (result["dialogues"], result["passed"]) == (whole["dialogues"], whole["passed"])
    assert result["corpus_digest"] != whole["corpus_digest"]
    assert [line.partition(" is left out: ")[0] for line in err.splitlines()] == [
        f"turnwright: {part.relative_to(warehouse.root)}"
    ]
    query = "SELECT count(DISTINCT dialogue_id) AS n FROM turns"
    assert turnwright(["sql", query, "--warehouse", str(warehouse.root), "--json"]) == 0
    out, err = printed()
    assert 0 < orjson.loads(out)["rows"][0]["n"] < whole["dialogues"]
    assert err.startswith(f"turnwright: {part.relative_to(warehouse.root)} (")
    doctor = ["doctor", "--warehouse", str(warehouse.root), "--json"]
    assert await asyncio.to_thread(turnwright, doctor) == 1  # it has a loop of its own
    assert part.name in orjson.loads(printed()[0])["error"]


async def test_a_part_corrupted_half_way_does_not_stop_the_run(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any]
) -> None:
    end_of(partial(at_slot, "draft", 6, die), run, warehouse)
    rot(next((warehouse.parts / "tool_calls").rglob("*-0000000-0000005-*")))
    result = await drive(run, warehouse)
    assert [part["table"] for part in result["quarantined"]] == ["tool_calls"]
    counters = result.keys() - {"quarantined", "corpus_digest"}
    assert {name: result[name] for name in counters} == {name: whole[name] for name in counters}


async def test_a_damaged_line_of_the_journal_is_done_again(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any]
) -> None:
    end_of(partial(at_slot, "play", 3, die), run, warehouse)
    journal = next(warehouse.journal.glob("*-0000000-0000005.jsonl"))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:-2], b"{" + lines[-2][2:], lines[-1][:40]]))
    assert await drive(run, warehouse) == whole


async def test_a_damaged_commit_is_named(run: RunSpec, warehouse: Warehouse, printed: Printed) -> None:
    await drive(run, warehouse)
    (warehouse.manifest / "broken.json").write_text("{")
    assert turnwright(command(run, warehouse)) == 1
    out, err = printed()
    assert orjson.loads(out)["error"] == err.removeprefix("turnwright: ").strip()
    assert "broken.json is damaged" in err
    assert err.count("\n") == 1


async def test_a_second_run_beside_the_first_is_told_so(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], printed: Printed
) -> None:
    with driven(partial(at_slot, "play", 1, freeze), run, warehouse) as (first, _):
        while not any(b'"stage":"play"' in file.read_bytes() for file in warehouse.journal.iterdir()):
            time.sleep(0.02)
        assert turnwright(command(run.model_copy(update={"concurrency": 1}), warehouse)) == 2
        out, err = printed()
        assert (out, err.count("\n")) == ("", 1)
        assert f"run {run.run_id} is in progress in process {first.pid}" in err
        with pytest.raises(Busy):
            await drive(run, warehouse)
        other = await drive(run.model_copy(update={"seed": 1}), warehouse)
        assert other["dialogues"]
    assert await drive(run, warehouse) == whole


async def test_a_finished_run_is_told_and_not_done_again(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], printed: Printed
) -> None:
    await drive(run, warehouse)
    files = sorted(warehouse.manifest.iterdir())
    assert turnwright(command(run.model_copy(update={"concurrency": 1, "shard_size": 3}), warehouse)) == 0
    out, err = printed()
    result = orjson.loads(out)
    assert result.pop("resumed") is True
    assert result.pop("seconds") > 0
    assert {**result, "quarantined": []} == whole
    assert err == ""
    assert sorted(warehouse.manifest.iterdir()) == files
