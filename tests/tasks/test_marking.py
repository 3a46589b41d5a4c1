"""Marks: the first of a group stays, whatever the cut into shards; held-out scenarios are found in other words too."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains import load
from tasks.contamination import tasks_in
from tasks.marking import Marked, mark, mark_against
from turnwright.dialogue import ToolCall
from turnwright.errors import BadInput
from turnwright.scenario import Scenario
from turnwright.world import World
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.store import Warehouse

MARKS = "SELECT dialogue_id, kind, of, side, score FROM marks ORDER BY ALL"
TOOLS = ("get_order", "track_shipment", "get_user")
LED = "SELECT count(*) AS n FROM marks SEMI JOIN signatures AS s ON of = s.dialogue_id AND stays"
SENTENCES = (
    "I have been waiting for the parcel since last week, could you please find out where it is right now?",
    "Kindly remove the second item from what I bought, it was a present and she has one already, thanks a lot.",
    "My neighbour told me that one may send things back within a month, so here I am with a broken lamp shade.",
)


def rows(
    name: str,
    slot: int,
    words: str,
    order: str,
    verdict: str = "PASS",
    generation: int | None = 0,
    split: str = "train",
    scenario_id: str = "",
) -> dict[str, list[Any]]:
    """A dialogue about an order, its scenario and all that is said and called."""
    email = f"{order.lower()}@example.org"
    wish = [{"action": "track", "details": {"order_id": order, "email": email}}]
    told = {"knows": {"email": email}, "requests": wish, "initial": {}}
    made = {"dialogue_id": name, "turn": 1, "side": "assistant", "arguments": {"order_id": order}, "writes": False}
    changes = {f"orders/{order}": {"seen": [False, True], "at": [None, order]}}
    at = {"scenario_id": scenario_id or f"s-{name}", "slot": slot}
    dialogue = {"dialogue_id": name, "generation": generation, "verdict": verdict, "changes": changes}
    return {
        "scenarios": [{**at, "state": "accepted", "split": split, **told}],
        "dialogues": [{**at, **dialogue}],
        "turns": [{"dialogue_id": name, "turn": 0, "speaker": "user", "content": f"{words} It is order {order}."}],
        "tool_calls": [{**made, "call": call, "tool": tool} for call, tool in enumerate(TOOLS)],
    }


def joined(shards: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return {table: [row for shard in shards for row in shard[table]] for table in shards[0]}


def marks(warehouse: Warehouse) -> list[tuple[str, str, str, str]]:
    with Catalog(warehouse) as catalog:
        return [tuple(row[name] for name in ("dialogue_id", "kind", "of", "side")) for row in catalog.query(MARKS)]  # pyright: ignore[reportReturnType]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "data", create=True)


def test_other_ids_and_other_words_are_duplicates_and_other_scenarios_are_not(warehouse: Warehouse) -> None:
    first, second, third = SENTENCES
    shards = [
        rows("d-1", 0, first, "O-101"),
        rows("d-2", 1, first, "O-202"),
        rows("d-3", 2, second, "O-101"),
        rows("d-4", 3, third, "O-404"),
        rows("d-5", 4, first, "O-505", verdict="FAIL"),
    ]
    publish(warehouse, "one", "r-1", "shop", joined(shards))
    found = mark(warehouse)
    assert marks(warehouse) == [("d-2", "duplicate", "d-1", "said"), ("d-3", "duplicate", "d-1", "done")]
    assert str(found) == "5 dialogues looked at: 2 are duplicates, 0 are too like what models are tested on"
    assert mark(warehouse).dialogues == 0
    publish(warehouse, "two", "r-2", "shop", rows("d-6", 0, first, "O-606"))
    assert mark(warehouse).duplicates == 1
    assert marks(warehouse)[-1] == ("d-6", "duplicate", "d-1", "said")


IN_NO_EXPORT: dict[str, dict[str, Any]] = {
    "a patch that evolution tried alone": {"generation": None},
    "of the test split": {"split": "test"},
    "of the test set's file": {"scenario_id": load("shop").test_scenarios()[0].scenario_id},
}


@pytest.mark.parametrize("kind", IN_NO_EXPORT.values(), ids=IN_NO_EXPORT)
@pytest.mark.parametrize("verdict", ["PASS", "FAIL"])
def test_a_dialogue_is_never_lost_to_one_that_no_export_has(
    warehouse: Warehouse, kind: dict[str, Any], verdict: str
) -> None:
    words = SENTENCES[0]
    publish(warehouse, "one", "r-1", "shop", rows("d-1", 0, words, "O-101", verdict, **kind))
    publish(warehouse, "two", "r-2", "shop", rows("d-2", 0, words, "O-101", verdict))
    publish(warehouse, "three", "r-3", "shop", rows("d-3", 0, words, "O-101", verdict))
    publish(warehouse, "four", "r-4", "shop", rows("d-4", 0, words, "O-101", verdict, **kind))
    assert mark(warehouse).dialogues == 4
    assert marks(warehouse) == [("d-3", "duplicate", "d-2", "done")]
    assert mark(warehouse).dialogues == 0


def test_a_dialogue_is_never_lost_to_one_that_is_contaminated(warehouse: Warehouse) -> None:
    scenario, (spoiled, *others) = (
        held_out("shop", "return_items"),
        (rows(f"d-{n}", n, SENTENCES[0], f"O-{n}") for n in (1, 2, 3)),
    )
    spoiled["scenarios"][0] |= scenario.model_dump(mode="json", include={"knows", "requests", "initial"})
    publish(warehouse, "one", "r-1", "shop", joined([spoiled, *others]))
    assert marks_after(warehouse) == [
        ("d-1", "contaminated", f"shop/{scenario.scenario_id}", "wanted"),
        ("d-3", "duplicate", "d-2", "said"),
    ]


def test_an_id_that_comes_again_in_another_run_is_looked_at_there_too(warehouse: Warehouse) -> None:
    publish(warehouse, "one", "r-1", "shop", rows("d-1", 0, SENTENCES[0], "O-101"))
    assert mark(warehouse).dialogues == 1
    publish(warehouse, "two", "r-2", "shop", rows("d-1", 0, SENTENCES[1], "O-202"))
    publish(warehouse, "three", "r-3", "shop", rows("d-1", 0, SENTENCES[1], "O-303"))
    assert mark(warehouse) == Marked(dialogues=2, duplicates=1, contaminated=0)
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT run_id, of FROM marks") == [{"run_id": "r-3", "of": "d-1"}]


SPEECH = st.lists(st.tuples(st.sampled_from(SENTENCES), st.integers(0, 3), st.booleans()), min_size=1, max_size=9)


@settings(max_examples=8)
@given(speech=SPEECH, cuts=st.sets(st.integers(0, 8)))
def test_the_marks_do_not_depend_on_the_cut(
    tmp_path_factory: pytest.TempPathFactory, speech: list[tuple[str, int, bool]], cuts: set[int]
) -> None:
    made = [
        rows(f"d-{slot}", slot, words, f"O-{100 + order}", "PASS" if passed else "FAIL")
        for slot, (words, order, passed) in enumerate(speech)
    ]
    whole, cut = (Warehouse.open(tmp_path_factory.mktemp("marks") / "data", create=True) for _ in range(2))
    publish(whole, "all", "r-1", "shop", joined(made))
    mark(whole)
    for slot, shard in enumerate(made):
        publish(cut, f"shard-{slot}", "r-1", "shop", shard)
        if slot in cuts:
            mark(cut)
    mark(cut)
    assert marks(cut) == marks(whole)
    with Catalog(cut) as catalog:
        (signed,) = catalog.query("SELECT count(*) AS n, count(DISTINCT dialogue_id) AS ids FROM signatures")
        (led,) = catalog.query(
            "SELECT count(*) AS n FROM marks SEMI JOIN signatures ON of = signatures.dialogue_id AND stays"
        )
    assert signed == {"n": len(made), "ids": len(made)}
    assert led["n"] == len(marks(cut))


_MARKER = """
import sys
from pathlib import Path
from tasks.marking import mark
from warehouse.store import Warehouse
print(mark(Warehouse.open(Path(sys.argv[1]), create=False)).dialogues)
"""


def test_two_at_once_mark_everything_once(warehouse: Warehouse) -> None:
    made = [rows(f"d-{slot:03}", slot, SENTENCES[slot % 3], f"O-{100 + slot}") for slot in range(60)]
    publish(warehouse, "all", "r-1", "shop", joined(made))
    command = [sys.executable, "-c", _MARKER, str(warehouse.root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate()[0]) for process in both) == 60
    assert len(marks(warehouse)) == 57


MADE = {"side", "tool", "arguments", "writes"}


def played(scenario: Scenario, opening: str, **changed: Any) -> dict[str, list[Any]]:
    """A dialogue that makes a scenario's reference calls."""
    world, calls, place = World(load(scenario.domain), scenario.initial), [], {"dialogue_id": "d-1"}
    for number, call in enumerate(changed.get("reference", scenario.reference)):
        made = world.call(call.side, ToolCall(id=call.id, tool=call.tool, arguments=call.arguments))
        calls.append({**place, "turn": 1, "call": number, **made.model_dump(mode="json", include=MADE)})
    told = scenario.model_dump(mode="json", include={"knows", "requests", "initial"}) | changed
    told.pop("reference", None)
    at = {"scenario_id": "s-1", "slot": 0}
    return {
        "scenarios": [{**at, "state": "accepted", **told}],
        "dialogues": [{**place, **at, "verdict": "PASS", "changes": world.changes()}],
        "turns": [{**place, "turn": 0, "speaker": "user", "content": opening}],
        "tool_calls": calls,
    }


def held_out(domain: str, action: str) -> Scenario:
    return next(one for one in load(domain).test_scenarios() if one.requests[0].action == action)


@pytest.mark.parametrize(
    ("opening", "changed", "side"),
    [
        (None, {}, "deeds"),
        ("Do as you are asked to.", {}, "deeds"),
        ("Do as you are asked to.", {"knows": {}, "requests": []}, "deeds"),
        ("Do as you are asked to.", {"reference": ()}, "wanted"),
        (None, {"reference": (), "knows": {}, "requests": []}, "words"),
    ],
    ids=["as it is", "in other words", "with another brief", "with nothing done", "with nothing but its words"],
)
def test_a_held_out_scenario_is_found(
    warehouse: Warehouse, opening: str | None, changed: dict[str, Any], side: str
) -> None:
    scenario = held_out("shop", "return_items")
    publish(warehouse, "one", "r-1", "shop", played(scenario, opening or scenario.opening, **changed))
    assert mark(warehouse).contaminated == 1
    assert marks(warehouse) == [("d-1", "contaminated", f"shop/{scenario.scenario_id}", side)]


def test_the_words_of_a_held_out_scenario_are_found_with_other_ids(warehouse: Warehouse) -> None:
    scenario = held_out("shop", "return_items")
    number = re.compile(r"\d")
    publish(warehouse, "one", "r-1", "shop", rows("d-1", 0, number.sub("7", scenario.opening), "O-101"))
    assert [row[1:] for row in marks_after(warehouse)] == [("contaminated", f"shop/{scenario.scenario_id}", "words")]


def marks_after(warehouse: Warehouse) -> list[tuple[str, str, str, str]]:
    mark(warehouse)
    return marks(warehouse)


TAU = [
    {
        "id": "0",
        "user_scenario": {"instructions": {"task_instructions": f"You say: {SENTENCES[1]}", "persona": None}},
        "evaluation_criteria": {"actions": [{"name": tool, "arguments": {"order_id": "O-900"}} for tool in TOOLS]},
    },
    {
        "id": "1",
        "user_scenario": "You are in a hurry and have never seen a parcel that took so long to arrive here.",
        "evaluation_criteria": {"actions": [{"name": tool, "arguments": {"order_id": "O-404"}} for tool in TOOLS]},
    },
]


def test_a_folder_of_tasks_is_held_against_all_that_there_is(warehouse: Warehouse, tmp_path: Path) -> None:
    made = [rows(f"d-{slot}", slot, words, f"O-{101 * (slot + 2)}") for slot, words in enumerate(SENTENCES)]
    publish(warehouse, "one", "r-1", "shop", joined(made))
    mark(warehouse)
    (tmp_path / "tasks" / "airline").mkdir(parents=True)
    (tmp_path / "tasks" / "airline" / "tasks.json").write_bytes(orjson.dumps(TAU))
    for _ in range(2):
        assert mark_against(warehouse, tasks_in(tmp_path / "tasks")).contaminated == 2
        assert marks(warehouse) == [
            ("d-1", "contaminated", "airline/tasks.json#0", "words"),
            ("d-2", "contaminated", "airline/tasks.json#1", "deeds"),
        ]


@pytest.mark.parametrize(("name", "content"), [("none.txt", b"[]"), ("tasks.json", b"[]"), ("tasks.jsonl", b"{")])
def test_a_folder_without_tasks_is_bad_input(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / name).write_bytes(content)
    with pytest.raises(BadInput, match="tasks"):
        tasks_in(tmp_path / "tasks")
