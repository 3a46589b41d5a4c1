"""A checker that is interrupted says nothing: its slot comes again after all others, and is an ERROR only then."""

from pathlib import Path

import orjson
import pytest

from tasks.planning import write_plans
from tasks.rows import shard_rows, slots_of
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from tasks.work import begun, open_journal
from warehouse.store import Warehouse

RUN = RunSpec(domains=("shop",), count=5, seed=3, concurrency=1)
ENDLESS = "def check(changes, calls, messages, facts):\n    while True:\n        pass"


@pytest.mark.slow
async def test_the_slot_comes_again_last_and_is_an_error_and_no_other_is(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    with open_studio(RUN, warehouse):
        await write_plans(RUN, "shop")
        (shard,) = shards(RUN, "shop", begun(RUN))
        *before, verify = STAGES
        for stage in before:
            await run_stage(stage, shard)
        with open_journal(shard.name) as journal:
            played = list(journal.stage("play"))
            await journal.write("checker", played[0], {**(journal.get("checker", played[0]) or {}), "source": ENDLESS})
        await run_stage(verify, shard)
        lines = map(orjson.loads, (warehouse.journal / f"{shard.name}.jsonl").read_bytes().splitlines())
        with open_journal(shard.name) as journal:
            assert [line["slot"] for line in lines if line["stage"] == "verify"] == [*played[1:], played[0]]
            tables = shard_rows(RUN, slots_of(shard, journal))
    verdicts = {row["slot"]: row["verdict"] for row in tables["dialogues"]}
    assert [slot for slot, verdict in verdicts.items() if verdict == "ERROR"] == [played[0]]
    (finding,) = [row for row in tables["findings"] if row["code"] == "CHECKER_ERROR"]
    assert "interrupted twice" in finding["detail"]
