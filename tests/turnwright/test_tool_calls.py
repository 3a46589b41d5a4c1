"""Tool calls: the schema that a model sees, and what the world answers to right, wrong and broken ones."""

from typing import Any

import pytest

from turnwright.database import Row
from turnwright.dialogue import Side, ToolCall
from turnwright.errors import Failure
from turnwright.verdict import Blame
from turnwright.world import Domain, World


def ask_for(tool: str, **arguments: Any) -> ToolCall:
    return ToolCall(id="c-1", tool=tool, arguments=arguments)


def test_the_schema_says_types_words_and_defaults(kiosk: Domain) -> None:
    assert kiosk.tools["hire"].schema == {
        "type": "function",
        "function": {
            "name": "hire",
            "description": "Hire out a bike, at most for 8 hours.",
            "parameters": {
                "type": "object",
                "properties": {
                    "bike_id": {"type": "string", "description": "id of the bike"},
                    "hours": {"type": "integer", "description": "for how long", "default": 1},
                    "extras": {
                        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
                        "description": "what goes with it",
                        "default": None,
                    },
                },
                "required": ["bike_id"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    ("tool", "writes", "ends"), [("find_bikes", False, False), ("hire", True, False), ("call_staff", True, True)]
)
def test_the_kinds_of_tools(kiosk: Domain, tool: str, writes: bool, ends: bool) -> None:
    assert (kiosk.tools[tool].writes, kiosk.tools[tool].ends) == (writes, ends)
    assert World(kiosk).ends(Side.ASSISTANT, tool) is ends


GOOD = [
    pytest.param(ask_for("hire", bike_id="b-1"), id="defaults"),
    pytest.param(ask_for("hire", bike_id="b-1", hours=2, extras=["helmet"]), id="all given"),
    pytest.param(ask_for("weigh", bike_id="b-1", kilos=12), id="a whole number for a real one"),
    pytest.param(ask_for("call_staff", reason="lost"), id="one of the words"),
]


@pytest.mark.parametrize("call", GOOD)
def test_right_arguments(kiosk: Domain, call: ToolCall) -> None:
    executed = World(kiosk).call(Side.ASSISTANT, call)
    assert executed.error is None
    assert (executed.id, executed.tool, executed.arguments) == (call.id, call.tool, call.arguments)


BAD = [
    pytest.param(ask_for("hire"), "bike_id: Field required", id="missing"),
    pytest.param(ask_for("hire", bike_id="b-1", color="red"), "color: Extra inputs are not permitted", id="extra"),
    pytest.param(ask_for("hire", bike_id=1), "bike_id: Input should be a valid string", id="number for text"),
    pytest.param(
        ask_for("hire", bike_id="b-1", hours="2"), "hours: Input should be a valid integer", id="text for int"
    ),
    pytest.param(
        ask_for("hire", bike_id="b-1", hours=True), "hours: Input should be a valid integer", id="flag for int"
    ),
    pytest.param(ask_for("hire", bike_id="b-1", extras="helmet"), "extras: Input should be a valid list", id="no list"),
    pytest.param(
        ask_for("hire", bike_id="b-1", extras=[7]), "extras.0: Input should be a valid string", id="in a list"
    ),
    pytest.param(
        ask_for("weigh", bike_id="b-1", kilos="9"), "kilos: Input should be a valid number", id="text for real"
    ),
    pytest.param(ask_for("weigh", bike_id="b-1", kilos=9, loaded="yes"), "loaded: Input should be", id="text for flag"),
    pytest.param(ask_for("call_staff", reason="bored"), "reason: Input should be 'lost' or 'broken'", id="other word"),
    pytest.param(ask_for("hire", bike_id="b-9"), "bikes/b-9 not found", id="refused at once"),
    pytest.param(ask_for("hire", bike_id="b-1", hours=9), "at most 8 hours", id="refused after it wrote"),
    pytest.param(ask_for("fly"), "there is no tool 'fly'", id="unknown tool"),
    pytest.param(ask_for("open_lock", bike_id="b-1", code="77"), "there is no tool 'open_lock'", id="the other side's"),
    pytest.param(
        ToolCall(id="c-1", tool="hire", arguments={}, malformed="[1]"),
        "the arguments are not a JSON object: [1]",
        id="malformed",
    ),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_a_bad_call_is_answered_with_an_error_and_changes_nothing(kiosk: Domain, call: ToolCall, words: str) -> None:
    world = World(kiosk)
    executed = world.call(Side.ASSISTANT, call)
    assert executed.error is not None
    assert executed.error.startswith(words)
    assert executed.result is None
    assert world.changes() == {}


def test_a_refused_call_takes_back_only_its_own_writes(kiosk: Domain) -> None:
    world = World(kiosk)
    world.call(Side.ASSISTANT, ask_for("hire", bike_id="b-1"))
    before = world.changes()
    assert world.call(Side.ASSISTANT, ask_for("hire", bike_id="b-1", hours=9)).error
    assert world.changes() == before


def test_a_broken_tool_is_blamed_and_leaves_no_trace(kiosk: Domain) -> None:
    world = World(kiosk)
    with pytest.raises(Failure, match="LookupError: no spanner") as failure:
        world.call(Side.ASSISTANT, ask_for("jam"))
    assert failure.value.blame is Blame.TOOL
    assert world.changes() == {}


def test_the_user_has_tools_of_its_own(kiosk: Domain) -> None:
    world = World(kiosk)
    assert world.call(Side.USER, ask_for("hire", bike_id="b-1")).error == "there is no tool 'hire'"
    assert world.call(Side.USER, ask_for("open_lock", bike_id="b-1", code="77")).result == "open"
    assert world.changes() == {"bikes/b-1": {"state": ["in", "unlocked"]}}


def test_results_are_frozen(kiosk: Domain) -> None:
    result = World(kiosk).call(Side.ASSISTANT, ask_for("hire", bike_id="b-1")).result
    assert isinstance(result, Row)
    assert isinstance(result["lock"], Row)
