"""Where nobody answers at all there is nothing to record: the run fails, and may be begun again."""

from pathlib import Path
from typing import Any

import pytest

from tasks.spec import RunSpec
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply
from turnwright.verdict import Blame
from warehouse.store import Warehouse

DOWN = (1, ConnectionError("down"))
RUN = RunSpec(domains=("shop",), count=4, seed=3, concurrency=2)

SILENT: list[Any] = [
    pytest.param({"planner": DOWN}, Blame.PROVIDER, "ConnectionError: down", id="no planner"),
    pytest.param({"planner": (1, ChatReply("no"))}, Blame.TASK, "no plan could be written", id="no plan"),
    pytest.param({"dialogue_writer": DOWN}, Blame.PROVIDER, "ConnectionError: down", id="no dialogue writer"),
]


@pytest.mark.parametrize(("troubles", "blame", "reason"), SILENT)
async def test_the_run_fails(make: Any, tmp_path: Path, troubles: Any, blame: Blame, reason: str) -> None:
    with pytest.raises(Failure, match=reason) as failure:
        await make(tmp_path / "data", RUN, troubles)
    assert failure.value.blame is blame


async def test_a_shard_that_nobody_answered_is_as_if_never_begun(make: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(Failure):
        await make(folder, RUN, {"dialogue_writer": DOWN})
    assert [file.name for file in Warehouse.open(folder, create=False).journal.iterdir()] == [
        f"{RUN.run_id}-shop-plans.jsonl"
    ]
    made = await make(folder, RUN)
    assert len(made.tables["scenarios"]) == 4
    assert "failed" not in made.column("llm_calls", "outcome")


async def test_one_slot_that_nobody_answered_is_a_record(make: Any, tmp_path: Path) -> None:
    run = RUN.model_copy(update={"count": 8})
    made = await make(tmp_path / "data", run, {"dialogue_writer": (10, ConnectionError("down"))})
    assert "PROVIDER: ConnectionError: down" in made.column("scenarios", "reason")


@pytest.mark.parametrize("role", ["tool_executor", "task_verifier", "checker_writer", "assistant", "user"])
async def test_a_role_that_falls_silent_later_ends_in_records(make: Any, tmp_path: Path, role: str) -> None:
    made = await make(tmp_path / "data", RUN, {role: DOWN})
    assert len(made.tables["scenarios"]) == 4
    assert "PASS" not in [row["verdict"] for row in made.tables.get("dialogues", [])]
    assert {row["outcome"] for row in made.tables["llm_calls"] if row["role"] == role} == {"failed"}


async def test_without_a_second_opinion_the_checkers_word_stands(make: Any, tmp_path: Path) -> None:
    run = RUN.model_copy(update={"count": 8})
    sound, alone = await make(tmp_path / "a", run), await make(tmp_path / "b", run, {"trajectory_verifier": DOWN})
    assert alone.column("dialogues", "verdict") == sound.column("dialogues", "verdict")
    assert set(alone.column("dialogues", "verifier")) == {None}
