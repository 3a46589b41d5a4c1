"""AReaL: files, fields and references are those of AReaL-tau2-data."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from talks import TALK, TRAIN_IDS, VALIDATION_IDS, Export, Read, Talk, put

from domains import DOMAINS, load
from tasks.exports.exporting import export
from turnwright.dialogue import Side, ToolCall
from turnwright.verdict import Outcome
from turnwright.world import World
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

METADATA = {"source_dialog_id", "turn_index", "reason_for_call", "scenario_id", "correct", "reward"}
TASK = {"id", "description", "user_scenario", "initial_state", "evaluation_criteria", "db_path"}
INSTRUCTIONS = {"domain", "reason_for_call", "known_info", "unknown_info", "task_instructions"}
CRITERIA = {"actions", "env_assertions", "communicate_info", "nl_assertions", "reward_basis"}


@pytest.fixture(scope="module")
def folder(corpus: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("areal") / "out"
    export(corpus, "areal", out, None)
    return out


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


def test_the_files_are_two_and_a_folder_for_each_domain(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {f"{name}_{part}" for name in DOMAINS for part in ("sft_train.jsonl", "rl_train.jsonl")}
    expected |= {f"{name}_rl_database/{name}_db.json" for name in DOMAINS}
    assert names == expected | {"README.md", "SHA256SUMS"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_row_for_sft_is_one_turn_of_the_assistant(folder: Path, domain: str) -> None:
    rows = rows_of(folder / f"{domain}_sft_train.jsonl")
    assert rows
    for row in rows:
        assert row.keys() == {"messages", "answer", "metadata"}
        assert row["answer"].keys() == {"role", "content", "thinking", "tool_calls"}
        assert row["metadata"].keys() == METADATA
        assert (row["answer"]["role"], row["metadata"]["correct"], row["metadata"]["reward"]) == ("assistant", 1, 1.0)
        assert row["answer"]["content"] or row["answer"]["tool_calls"]
        assert {message["role"] for message in row["messages"]} <= {"system", "user", "assistant", "tool"}
        system = row["messages"][0]
        assert system["role"] == "system"
        assert all(f'"name":"{tool}"' in system["content"] for tool in load(domain).tools)


def test_turns_are_numbered_and_each_has_the_one_before_in_its_history(
    warehouse: Warehouse, exported: Export, read: Read
) -> None:
    put(warehouse, Talk())
    exported("areal")
    first, second = read("shop_sft_train.jsonl")
    assert [row["metadata"]["turn_index"] for row in (first, second)] == [0, 1]
    assert second["messages"][: len(first["messages"])] == first["messages"]
    said = second["messages"][len(first["messages"])]
    assert (said["role"], said["tool_calls"]) == ("assistant", first["answer"]["tool_calls"])


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_task_leads_from_its_database_to_the_state_that_was_reached(
    folder: Path, corpus: Warehouse, domain: str
) -> None:
    with Catalog(corpus) as catalog:
        found = catalog.query("SELECT scenario_id, initial, reference FROM scenarios WHERE domain = $d", {"d": domain})
    rows, tasks = {row["scenario_id"]: row for row in found}, rows_of(folder / f"{domain}_rl_train.jsonl")
    assert tasks
    for task in tasks:
        assert task.keys() == TASK
        assert task["user_scenario"].keys() == {"persona", "instructions"}
        assert task["user_scenario"]["instructions"].keys() == INSTRUCTIONS
        criteria = orjson.loads(task["evaluation_criteria"])
        assert criteria.keys() == CRITERIA
        assert all(isinstance(text, str) for text in criteria["communicate_info"])
        tables = orjson.loads((folder / task["db_path"]).read_bytes())
        assert tables == orjson.loads(orjson.dumps(load(domain).database.tables))
        world = World(load(domain), orjson.loads(rows[task["id"]]["initial"]))
        for action, made in zip(criteria["actions"], orjson.loads(rows[task["id"]]["reference"]), strict=True):
            asked = ToolCall(id=action["action_id"], tool=action["name"], arguments=action["arguments"])
            done = world.call(Side(action["requestor"]), asked)
            assert (done.error, orjson.loads(orjson.dumps(done.result))) == (made["error"], made["result"])


def test_every_scenario_of_the_turns_is_one_task_and_none_is_held_back(
    warehouse: Warehouse, exported: Export, read: Read
) -> None:
    ids = (*TRAIN_IDS[:3], *VALIDATION_IDS[:2])
    put(warehouse, *(Talk(scenario_id=one, seed=seed) for one in ids for seed in range(2)))
    found = exported("areal")
    assert [task["id"] for task in read("shop_rl_train.jsonl")] == sorted(TRAIN_IDS[:3])
    assert {row["metadata"]["scenario_id"] for row in read("shop_sft_train.jsonl")} == set(TRAIN_IDS[:3])
    assert found.tally.left_out == {"validation": 4}


def test_a_failure_that_was_asked_for_says_so(warehouse: Warehouse, exported: Export, read: Read) -> None:
    put(warehouse, Talk(turns=TALK, verdict=Outcome.FAIL))
    exported("areal", "verdict = 'FAIL'")
    assert [(row["metadata"]["correct"], row["metadata"]["reward"]) for row in read("shop_sft_train.jsonl")] == [
        (0, 0.0),
        (0, 0.0),
    ]


def test_what_must_be_told_is_named_as_it_is_said(warehouse: Warehouse, exported: Export, read: Read) -> None:
    facts = (
        {"code": "PRICE", "kind": "money", "value": -12.4},
        {"code": "DAYS", "kind": "number", "value": 3.0},
        {"code": "DAY", "kind": "date", "value": "2026-06-15"},
        {"code": "REFUSED", "kind": "refusal", "value": "too late"},
    )
    put(warehouse, Talk(scenario=(("facts", facts),)))
    exported("areal")
    criteria = orjson.loads(read("shop_rl_train.jsonl")[0]["evaluation_criteria"])
    assert criteria["communicate_info"] == ["12.40", "3", "2026-06-15"]
    assert criteria["nl_assertions"] == ["The assistant refuses: too late"]
