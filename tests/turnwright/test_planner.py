"""The planner: plans speak the domain's words, keep out of what is reserved, and do not overlap."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from turnwright.agents.planner import overlap, write_plan
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Plan, Synthesis
from turnwright.verdict import Blame
from turnwright.world import Domain

RoleOf = Callable[..., Role]


def pair(**synthesis: Any) -> str:
    told: dict[str, Any] = {
        "summary": "A chatty user brings a bike back too late",
        "family": "return",
        "tier": 2,
        "tool_patterns": ["find_bikes"],
        "user_style": "chatty",
        "twists": ["late"],
    }
    evaluation = {"rubrics": ["It is back"], "failure_codes": ["NOT_BACK"]}
    return orjson.dumps({"synthesis": told | synthesis, "evaluation": evaluation}).decode()


REFUSED = [
    pytest.param({"family": "steal"}, "steal: not among the families: hire, return", id="unknown family"),
    pytest.param({"user_style": "rude"}, "rude: not among the styles: terse, chatty", id="unknown style"),
    pytest.param({"twists": ["rain", "late"]}, "rain: not among the twists", id="unknown twist"),
    pytest.param({"tool_patterns": ["fly"]}, "fly: not among the tools: find_bikes", id="unknown tool"),
    pytest.param({"tier": 4}, "synthesis.tier: Input should be less than or equal to 3", id="no such tier"),
    pytest.param({"tool_patterns": []}, "synthesis.tool_patterns", id="no tools"),
    pytest.param({"twists": ["wrong_color", "late"]}, "is reserved for testing", id="reserved"),
    pytest.param({"twists": ["late", "wrong_color", "late"]}, "is reserved for testing", id="reserved, a twist twice"),
    pytest.param(
        {"family": "hire", "user_style": "terse", "twists": []}, "overlaps this plan: 'A terse user", id="same cell"
    ),
    pytest.param({"summary": "A terse user hires a RED bike!"}, "overlaps this plan", id="same words"),
]


@pytest.mark.parametrize(("synthesis", "complaint"), REFUSED)
async def test_a_plan_that_will_not_do_is_corrected(
    kiosk: Domain, role_of: RoleOf, plan: Plan, synthesis: dict[str, Any], complaint: str
) -> None:
    client = ScriptedClient([pair(**synthesis), pair()])
    written = await write_plan(role_of(client), Ledger(), 1, kiosk, [plan], "r-1")
    assert complaint in client.requests[1].messages[-1]["content"]
    assert written.synthesis.variant == "late+chatty"


async def test_no_usable_plan_is_blamed_on_the_task(kiosk: Domain, role_of: RoleOf, plan: Plan) -> None:
    with pytest.raises(Failure, match="it overlaps") as failure:
        await write_plan(
            role_of(ScriptedClient([pair(), pair()])), Ledger(), 1, kiosk, [plan, await _made(kiosk, role_of)], "r"
        )
    assert failure.value.blame is Blame.TASK


async def _made(kiosk: Domain, role_of: RoleOf, run_id: str = "r-1") -> Plan:
    return await write_plan(role_of(ScriptedClient([pair()])), Ledger(), 1, kiosk, [], run_id)


async def test_the_planner_sees_the_plans_so_far_and_its_domain(kiosk: Domain, role_of: RoleOf, plan: Plan) -> None:
    client = ScriptedClient([pair()])
    await write_plan(role_of(client), Ledger(), 1, kiosk, [plan], "r-1")
    asked = client.requests[0].messages[-1]["content"]
    assert plan.synthesis.summary in asked
    assert "Write plan number 2." in asked
    assert not client.requests[0].tools


async def test_ids_differ_from_run_to_run_only(kiosk: Domain, role_of: RoleOf) -> None:
    ids = [(await _made(kiosk, role_of, run)).plan_id for run in ("r-1", "r-1", "r-2")]
    assert ids[0] == ids[1] != ids[2]


def synthesis(summary: str, **other: Any) -> Synthesis:
    told = {"summary": summary, "family": "hire", "tier": 1, "tool_patterns": ("hire",), "user_style": "terse"}
    return Synthesis.model_validate(told | other)


OVERLAPS = [
    pytest.param(synthesis("one two three"), synthesis("four five six"), 1.0, id="one cell"),
    pytest.param(
        synthesis("one two three", twists=("late", "wrong_color")),
        synthesis("four five six", twists=("wrong_color", "late")),
        1.0,
        id="one cell in another order",
    ),
    pytest.param(synthesis("one two three", family="x"), synthesis("Three, two, one!"), 1.0, id="the same words"),
    pytest.param(synthesis("one two three", family="x"), synthesis("two three four"), 0.5, id="some words"),
    pytest.param(synthesis("one two three", family="x"), synthesis("four five six"), 0.0, id="no word"),
    pytest.param(synthesis("--------", family="x"), synthesis("????????"), 0.0, id="no words at all"),
]


@pytest.mark.parametrize(("one", "other", "expected"), OVERLAPS)
def test_overlap(one: Synthesis, other: Synthesis, expected: float) -> None:
    assert overlap(one, other) == overlap(other, one) == expected
