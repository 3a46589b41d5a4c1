"""The rows of a small real run: they fit the tables, refer to one another, and do not show how they were made."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from prompts import Generation
from tasks.rows import STAGES
from tasks.spec import RunSpec, Shard, shards
from tasks.studio import open_studio
from tasks.work import begun, forget, open_journal
from turnwright.record import content_hash
from turnwright.world import digest
from warehouse.schema import TABLES, names_of
from warehouse.store import Warehouse

ADDED = {"run_id", "domain"}
"""Columns that publishing adds to every row."""
TIMED = {"created_at", "latency_s"}

NOT_OF_A_RUN = {"generations", "prompts", "runs", "evolution", "models", "evaluations", "signatures", "marks"}
UNIQUE = {
    "plans": ("plan_id",),
    "scenarios": ("scenario_id",),
    "checkers": ("checker_id",),
    "mutants": ("checker_id", "number"),
    "dialogues": ("dialogue_id",),
    "turns": ("dialogue_id", "turn"),
    "tool_calls": ("dialogue_id", "call"),
}

REFERENCES = [
    ("scenarios", "plan_id", "plans"),
    ("checkers", "scenario_id", "scenarios"),
    ("mutants", "checker_id", "checkers"),
    ("dialogues", "scenario_id", "scenarios"),
    ("dialogues", "checker_id", "checkers"),
    ("turns", "dialogue_id", "dialogues"),
    ("tool_calls", "dialogue_id", "dialogues"),
    ("findings", "dialogue_id", "dialogues"),
]


def where(made: Any, table: str, **values: Any) -> list[dict[str, Any]]:
    return [row for row in made.tables[table] if all(row[name] == value for name, value in values.items())]


ONLY_SOUND = pytest.mark.parametrize("made", ["sound"], indirect=True)
ONLY_TROUBLED = pytest.mark.parametrize("made", ["troubled"], indirect=True)


def test_the_run_fills_every_table(made: Any) -> None:
    assert set(made.tables) == set(TABLES) - NOT_OF_A_RUN
    assert set(made.column("llm_calls", "stage")) == {"plan", *STAGES}


@ONLY_TROUBLED
def test_trouble_becomes_records(made: Any) -> None:
    assert set(made.column("scenarios", "state")) == {"accepted", "rejected"}
    assert set(made.column("checkers", "state")) == {"admitted", "refused"}
    assert set(made.column("dialogues", "verdict")) == {"PASS", "FAIL", "ERROR"}
    assert set(made.column("llm_calls", "outcome")) == {"ok", "bad_reply", "failed"}
    assert {"unsound", "TASK: no customer fits the plan: nobody has one", "PROVIDER: ConnectionError: down"} <= set(
        made.column("scenarios", "reason")
    )
    assert set(made.column("dialogues", "verifier")) >= {"PASS", None}


@ONLY_TROUBLED
def test_a_dialogue_that_the_provider_ended_says_so(made: Any) -> None:
    for row in where(made, "dialogues", stop_reason="FAILURE"):
        assert (row["verdict"], row["blame"], row["verifier"]) == ("ERROR", "PROVIDER", None)
        assert [finding["code"] for finding in where(made, "findings", dialogue_id=row["dialogue_id"])] == [
            "PROVIDER_FAILURE"
        ]
        assert where(made, "llm_calls", slot=row["slot"], stage="play")[-1]["outcome"] == "failed"


@pytest.mark.parametrize("table", sorted(set(TABLES) - NOT_OF_A_RUN))
def test_rows_have_the_columns_of_their_table(made: Any, table: str) -> None:
    required = {column.name for column in TABLES[table] if column.required} - ADDED
    for row in made.tables[table]:
        assert row.keys() <= set(names_of(table)) - ADDED
        assert not [name for name in required if row.get(name) is None]


@pytest.mark.parametrize("table", UNIQUE)
def test_keys_are_unique(made: Any, table: str) -> None:
    keys = Counter(tuple(row[name] for name in UNIQUE[table]) for row in made.tables[table])
    assert keys.most_common(1)[0][1] == 1


@pytest.mark.parametrize(("table", "name", "other"), REFERENCES)
def test_what_is_referred_to_is_there(made: Any, table: str, name: str, other: str) -> None:
    assert set(made.column(table, name)) <= set(made.column(other, name))


def test_every_slot_ends_in_one_of_three_ways(made: Any) -> None:
    assert sorted(made.column("scenarios", "slot")) == list(range(made.run.count))
    rejected = {row["slot"] for row in where(made, "scenarios", state="rejected")}
    refused = {row["slot"] for row in where(made, "checkers", state="refused")}
    played = set(made.column("dialogues", "slot"))
    assert rejected | refused | played == set(range(made.run.count))
    assert len(rejected) + len(refused) + len(played) == made.run.count


@ONLY_TROUBLED
@pytest.mark.parametrize(("table", "good"), [("scenarios", "accepted"), ("checkers", "admitted")])
def test_whoever_is_turned_away_is_told_why(made: Any, table: str, good: str) -> None:
    assert all(row["reason"] for row in made.tables[table] if row["state"] != good)


def test_dialogues_are_the_sum_of_their_parts(made: Any) -> None:
    spent = Counter[int]()
    for call in where(made, "llm_calls", stage="play"):
        spent[call["slot"]] += call["tokens_in"]
    for row in made.tables["dialogues"]:
        parts = {"dialogue_id": row["dialogue_id"]}
        assert row["turns"] == len(where(made, "turns", **parts))
        assert row["tool_calls"] == len(where(made, "tool_calls", **parts))
        assert row["tokens_in"] == spent[row["slot"]]
        assert row["digest"] == digest(row["changes"])


def test_calls_are_told_with_the_turns_that_made_them(made: Any) -> None:
    for turn in made.tables["turns"]:
        calls = where(made, "tool_calls", dialogue_id=turn["dialogue_id"], turn=turn["turn"])
        assert [call["tool"] for call in calls] == [call["tool"] for call in turn["tool_calls"]]
        assert {call["side"] for call in calls} <= {turn["speaker"]}


def test_a_verdict_is_blamed_and_explained_unless_it_is_a_pass(made: Any) -> None:
    for row in made.tables["dialogues"]:
        found = where(made, "findings", dialogue_id=row["dialogue_id"], source="checker")
        assert (row["blame"] is None) is (row["verdict"] == "PASS") is (not found)
        assert {finding["blame"] for finding in found} <= {row["blame"]}


def test_what_a_rule_saw_is_no_finding_of_the_checker(made: Any) -> None:
    programs = {row["checker_id"]: row["source"] for row in made.tables["checkers"]}
    seen_by_rules: list[str] = []
    for row in where(made, "dialogues", verdict="FAIL"):
        found = where(made, "findings", dialogue_id=row["dialogue_id"])
        assert all(
            finding["code"] in programs[row["checker_id"]] for finding in found if finding["source"] == "checker"
        )
        if row["verifier"] != "FAIL":
            seen_by_rules += [finding["code"] for finding in found if finding["source"] == "verifier"]
    assert seen_by_rules


def test_every_call_names_a_prompt_of_the_generation(made: Any, generation: Generation) -> None:
    hashes = {role: prompt.hash for role, prompt in generation.prompts.items()}
    assert all(hashes[row["role"]] == row["prompt_hash"] for row in made.tables["llm_calls"])
    assert set(made.column("llm_calls", "role")) == set(hashes) - {"reflector"}


def corpus(made: Any) -> dict[str, list[bytes]]:
    return {table: sorted(_untimed(rows)) for table, rows in made.tables.items() if rows}


def _untimed(rows: Iterable[dict[str, Any]]) -> Iterable[bytes]:
    for row in rows:
        yield orjson.dumps({key: row[key] for key in row if key not in TIMED}, option=orjson.OPT_SORT_KEYS)


@ONLY_SOUND
@pytest.mark.parametrize(("concurrency", "shard_size"), [(32, 250), (5, 7)])
async def test_concurrency_and_shard_size_do_not_show(
    made: Any, make: Any, tmp_path: Path, concurrency: int, shard_size: int
) -> None:
    other = made.run.model_copy(update={"concurrency": concurrency, "shard_size": shard_size})
    again = await make(tmp_path / "data", other)
    assert corpus(again) == corpus(made)


@ONLY_SOUND
async def test_another_seed_shows(made: Any, make: Any, tmp_path: Path) -> None:
    again = await make(tmp_path / "data", made.run.model_copy(update={"seed": 4, "count": 4}))
    assert not set(again.column("scenarios", "scenario_id")) & set(made.column("scenarios", "scenario_id"))


def _journals(warehouse: Warehouse) -> dict[str, str]:
    return {file.name: content_hash(file.read_text()) for file in warehouse.journal.iterdir()}


async def test_what_is_done_is_not_done_again(made: Any, make: Any) -> None:
    before = _journals(made.warehouse)
    again = await make(made.warehouse.root, made.run.model_copy(update={"shard_size": 5}))
    assert _journals(made.warehouse) == before
    assert corpus(again) == corpus(made)


@ONLY_SOUND
@pytest.mark.parametrize("kept", [0.1, 0.7])
async def test_a_run_that_was_cut_short_comes_out_the_same(made: Any, make: Any, tmp_path: Path, kept: float) -> None:
    shutil.copytree(made.warehouse.root, tmp_path / "data")
    for file in Warehouse.open(tmp_path / "data", create=False).journal.iterdir():
        if not file.name.endswith("-plans.jsonl"):
            os.truncate(file, round(file.stat().st_size * kept))
    assert corpus(await make(tmp_path / "data", made.run)) == corpus(made)


def test_a_shard_that_is_forgotten_was_never_begun(tmp_path: Path) -> None:
    run = RunSpec(domains=("shop",), count=3)
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    with open_studio(run, warehouse):
        shard: Shard = shards(run, "shop", [])[0]
        open_journal(shard.name).close()
        assert begun(run) == [shard.name]
        forget(shard)
        assert begun(run) == []


@ONLY_TROUBLED
def test_a_slot_whose_scenario_was_rejected_has_a_row_and_its_calls(made: Any) -> None:
    for row in where(made, "scenarios", state="rejected"):
        assert where(made, "llm_calls", slot=row["slot"], stage="draft")
        assert not where(made, "llm_calls", slot=row["slot"], stage="play")
