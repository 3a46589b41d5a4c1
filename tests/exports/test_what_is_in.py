"""What an export has of a warehouse, and what never gets into it."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from talks import ASSISTANT, TALK, TRAIN_IDS, VALIDATION_IDS, Export, Read, Talk, assistant, call, put, several, user

from domains import load
from prompts import GENERATION_0, assemble
from prompts import load as load_prompts
from tasks.exports import FORMATS
from tasks.exports.example import VALIDATION_PERCENT, held_back
from tasks.generations import propose
from turnwright.dialogue import Side
from turnwright.errors import BadInput
from turnwright.tool import schemas
from turnwright.verdict import Outcome
from warehouse.store import Warehouse

LEFT_OUT: dict[str, tuple[Talk, str]] = {
    "failed": (Talk(verdict=Outcome.FAIL), "not_passed"),
    "an error": (Talk(verdict=Outcome.ERROR), "not_passed"),
    "of the test split": (Talk(split="test"), "held_out"),
    "of the test set's file": (Talk(scenario_id=load("shop").test_scenarios()[0].scenario_id), "held_out"),
    "a duplicate": (Talk(marks=("duplicate",)), "duplicate"),
    "contaminated": (Talk(marks=("contaminated",)), "contaminated"),
    "of no generation": (Talk(generation=None), "no_prompt"),
    "told by another text": (Talk(prompt_hash="0" * 16), "no_prompt"),
    "without an answer": (Talk(turns=(user("Hi."), assistant(""))), "no_answer"),
}


@pytest.mark.parametrize(("talk", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
@pytest.mark.parametrize("format", FORMATS)
def test_left_out(warehouse: Warehouse, exported: Export, format: str, talk: Talk, reason: str) -> None:
    put(warehouse, talk)
    put(warehouse, Talk(scenario_id=TRAIN_IDS[1]), run_id="r-2")
    found = exported(format)
    assert (found.tally.dialogues, dict(found.tally.left_out)) == (1, {reason: 1})


def test_a_mark_is_on_the_dialogue_of_its_run(warehouse: Warehouse, exported: Export) -> None:
    """Two evolutions with one seed give a dialogue of the same scenario the same id."""
    put(warehouse, Talk(marks=("duplicate",)))
    put(warehouse, Talk(), run_id="r-2")
    found = exported()
    assert (found.tally.dialogues, dict(found.tally.left_out)) == (1, {"duplicate": 1})


NAMED = "scenario_id IN (SELECT scenario_id FROM scenarios WHERE split = 'test')"
MARKED = "dialogue_id IN (SELECT dialogue_id FROM marks)"
ASKED: dict[str, tuple[Talk, str, int]] = {
    "failed": (Talk(verdict=Outcome.FAIL), "verdict <> 'ERROR'", 2),
    "failed, not spoken of": (Talk(verdict=Outcome.FAIL), "domain = 'shop'", 1),
    "a word in a text is no column": (Talk(verdict=Outcome.FAIL), "model <> 'verdict'", 1),
    "a duplicate": (Talk(marks=("duplicate",)), f"{MARKED} OR true", 2),
    "a duplicate, not spoken of": (Talk(marks=("duplicate",)), "true", 1),
    "the test set": (Talk(split="test"), "verdict = 'PASS' OR scenario_id IS NOT NULL", 1),
    "the test set by name": (Talk(split="test"), f"{NAMED} OR {MARKED} OR true", 1),
}


@pytest.mark.parametrize(("talk", "where", "dialogues"), ASKED.values(), ids=ASKED)
def test_a_condition_has_the_last_word_on_what_it_speaks_of_but_never_on_the_test_set(
    warehouse: Warehouse, exported: Export, talk: Talk, where: str, dialogues: int
) -> None:
    put(warehouse, talk, Talk(scenario_id=TRAIN_IDS[1]))
    assert exported(where=where).tally.dialogues == dialogues


WRONG = {
    "an unknown column": ("nosuch = 1", "dialogues has dialogue_id, run_id"),
    "no condition": ("", "this is no condition over dialogues"),
    "a statement": ("drop view dialogues", "this is no condition over dialogues"),
    "a way out of the parentheses": ("true) UNION SELECT (1", "this is no condition over dialogues"),
    "two expressions": ("domain = 'x') or (true", "this is no condition over dialogues"),
    "two expressions with other brackets": ("true] or [true", "this is no condition over dialogues"),
    "a comment alone": ("-- nothing", "this is no condition over dialogues"),
    "two columns": ("domain, verdict", "this is no condition over dialogues"),
    "a query": ("SELECT true", "this is no condition over dialogues"),
    "another clause": ("true) LIMIT (1", "this is no condition over dialogues"),
    "two statements": ("true); DROP VIEW dialogues; SELECT (1", "this is no condition over dialogues"),
    "a comment that eats the rest": ("true /*", "this is no condition over dialogues"),
    "another file": ("EXISTS (FROM read_csv('/etc/passwd'))", "and nothing else"),
    "no truth": ("domain", "Could not convert string"),
    "nothing that matches": ("domain = 'nosuch'", "nothing to export: there is no dialogue"),
}


@pytest.mark.parametrize(("where", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_condition_is_one_clear_line(
    warehouse: Warehouse, exported: Export, tmp_path: Path, where: str, says: str
) -> None:
    put(warehouse, Talk())
    with pytest.raises(BadInput) as refused:
        exported(where=where)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "where", ["domain = ')' OR true", "(SELECT true)", "(true) OR (false)", "[true][1]", "$$($$ < ')'"]
)
def test_brackets_that_close_are_no_way_out(warehouse: Warehouse, exported: Export, where: str) -> None:
    put(warehouse, Talk())
    assert exported(where=where).tally.dialogues == 1


def test_a_condition_with_a_comment_at_its_end_is_one(warehouse: Warehouse, exported: Export) -> None:
    put(warehouse, Talk())
    assert exported(where="domain = 'shop' -- only this").tally.dialogues == 1


def test_the_assistant_is_told_what_it_was_told(warehouse: Warehouse, exported: Export, read: Read) -> None:
    first = load_prompts(GENERATION_0)
    changed = assemble({**first.texts, "assistant": first.texts["assistant"] + "\nTell every amount."}, 0)
    second = propose(warehouse, "shop", changed, 0, "facts were not told")
    put(warehouse, Talk())
    hash = second.prompts["assistant"].hash
    put(warehouse, Talk(scenario_id=TRAIN_IDS[1], generation=second.number, prompt_hash=hash), run_id="r-2")
    exported()
    shop = load("shop")
    told = {row["scenario_id"]: row["messages"][0] for row in read()}
    assert told[TRAIN_IDS[0]] == ASSISTANT.render(**shop.briefing)[0]
    assert told[TRAIN_IDS[1]] == second.prompts["assistant"].render(**shop.briefing)[0]
    assert all(shop.policy.splitlines()[-1] in message["content"] for message in told.values())
    assert [row["tools"] for row in read()] == [schemas(shop.tools.values())] * 2


DEVICE = (
    user("My phone has no network."),
    assistant("Please look at the status bar."),
    user("", call("check_status_bar", {}, {"vpn": True}, side=Side.USER)),
    user("Wait.", call("turn_vpn_off", {}, "off", side=Side.USER)),
    user("It works."),
    assistant("", call("get_line", {"phone_number": "1"}, {"line_id": "L-1"})),
    assistant("Good."),
)


@pytest.mark.parametrize("format", FORMATS)
def test_what_the_user_did_on_their_device_is_not_there(
    warehouse: Warehouse, exported: Export, tmp_path: Path, format: str
) -> None:
    put(warehouse, Talk(turns=DEVICE, domain="mobile"))
    found = exported(format)
    for name in found.rows:
        text = (tmp_path / "out" / name).read_text()
        assert ("turn_vpn_off" in text, "get_line" in text) == (False, name != "mobile_rl_train.jsonl" and bool(text))


def test_the_words_around_it_are(warehouse: Warehouse, exported: Export, read: Read) -> None:
    put(warehouse, Talk(turns=DEVICE, domain="mobile"))
    exported()
    (row,) = read()
    assert [(message["role"], message["content"]) for message in row["messages"][1:]] == [
        ("user", "My phone has no network."),
        ("assistant", "Please look at the status bar."),
        ("user", "Wait."),
        ("user", "It works."),
        ("assistant", ""),
        ("tool", '{"line_id":"L-1"}'),
        ("assistant", "Good."),
    ]


PARALLEL = (
    user("Two orders."),
    assistant(
        "One moment.",
        call("get_order", {"order_id": "#O-2"}, {"total": 2}, id="b"),
        call("get_order", {"order_id": "#O-1"}, id="a", error="order #O-1 not found"),
    ),
    assistant("One is there."),
)


def test_parallel_calls_keep_their_order_and_ids(warehouse: Warehouse, exported: Export, read: Read) -> None:
    put(warehouse, Talk(turns=PARALLEL))
    exported()
    (row,) = read()
    made, *answers = row["messages"][2:5]
    assert made["content"] == "One moment."
    assert [(one["id"], one["function"]["arguments"]) for one in made["tool_calls"]] == [
        ("b", {"order_id": "#O-2"}),
        ("a", {"order_id": "#O-1"}),
    ]
    assert [(answer["tool_call_id"], answer["content"]) for answer in answers] == [
        ("b", '{"total":2}'),
        ("a", '{"error":"order #O-1 not found"}'),
    ]


def test_an_example_ends_with_the_assistant(warehouse: Warehouse, exported: Export, read: Read) -> None:
    over = (user("A person!"), assistant("", call("transfer_to_human", {"reason": "asked"}, {"transferred": True})))
    put(warehouse, Talk(), Talk(scenario_id=TRAIN_IDS[1], turns=over))
    exported()
    assert {row["messages"][-1]["role"] for row in read()} == {"assistant"}


def test_a_scenario_is_on_one_side_with_all_its_dialogues(warehouse: Warehouse, exported: Export, read: Read) -> None:
    talks = [Talk(scenario_id=one, seed=seed) for one in (*TRAIN_IDS[:6], *VALIDATION_IDS[:3]) for seed in range(4)]
    put(warehouse, *talks)
    found = exported()
    assert (found.tally.dialogues, found.tally.scenarios) == (36, 9)
    assert {row["scenario_id"] for row in read()} == set(TRAIN_IDS[:6])
    assert {row["scenario_id"] for row in read("validation.jsonl")} == set(VALIDATION_IDS[:3])
    assert found.rows == {"train.jsonl": 24, "validation.jsonl": 12}


def test_about_as_many_are_held_back_as_is_said() -> None:
    held = sum(held_back(f"s-{number:016x}") for number in range(20_000)) / 20_000
    assert abs(held * 100 - VALIDATION_PERCENT) < 1


def test_what_was_published_twice_is_there_once(warehouse: Warehouse, exported: Export) -> None:
    """Evolution records a scenario again with every shard that it is played in."""
    put(warehouse, Talk())
    put(warehouse, Talk(seed=1))
    found = exported()
    assert (found.tally.dialogues, found.tally.scenarios) == (2, 1)


def test_a_scenario_that_was_once_recorded_for_testing_is_held_out(warehouse: Warehouse, exported: Export) -> None:
    put(warehouse, Talk(split="test"), Talk(scenario_id=TRAIN_IDS[1]))
    put(warehouse, Talk(seed=1))
    assert exported().tally.left_out == {"held_out": 2}


def test_reasoning_is_kept_only_where_there_is_a_place_for_it(
    warehouse: Warehouse, exported: Export, tmp_path: Path
) -> None:
    put(warehouse, Talk(turns=(user("Hi."), assistant("Hello.", reasoning="A greeting."))))
    for format in FORMATS:
        found = exported(format, out=tmp_path / format)
        texts = [(tmp_path / format / name).read_text() for name in found.rows]
        assert any("A greeting." in text for text in texts) is (format == "areal")


def test_numbers_say_what_is_there(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, *several(5), Talk(scenario_id=VALIDATION_IDS[0]), Talk(turns=TALK, seed=9, verdict=Outcome.FAIL))
    exported(where="domain = 'shop'")
    card = (tmp_path / "out" / "README.md").read_text()
    for line in (
        "6 dialogues of 6 scenarios",
        "| shop | cancel_order | 1 | 5 | 1 |",
        "| shop | 0 | embedded/teacher | embedded/teacher | 6 |",
        "| `not_passed` | 1 |",
        "Asked for with the condition `domain = 'shop'`.",
        "license: apache-2.0",
    ):
        assert line in card
    assert str(tmp_path) not in card


def test_what_a_scenario_sets_before_it_starts_is_in_its_task(
    warehouse: Warehouse, exported: Export, read: Read
) -> None:
    initial: dict[str, Any] = {"device/phone": {"vpn": True}, "lines/L-1": {"status": "suspended"}}
    put(warehouse, Talk(turns=DEVICE, domain="mobile", scenario=(("initial", initial),)))
    exported("areal")
    (task,) = read("mobile_rl_train.jsonl")
    assert task["initial_state"]["initialization_data"] == {
        "user_data": {"device": {"phone": {"vpn": True}}},
        "agent_data": {"lines": {"L-1": {"status": "suspended"}}},
    }
    assert orjson.loads(task["evaluation_criteria"])["actions"] == []
