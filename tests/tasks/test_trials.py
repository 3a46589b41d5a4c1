"""Trials: what is right is not said by the role that is measured; what a parent made is not made again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from prompts import GENERATION_0, load
from prompts.patching import Patch, with_patches
from tasks.arena import Arena, EvolveSpec, pass_rate
from tasks.generations import record_first
from tasks.spec import RunSpec
from tasks.studio import open_studio
from tasks.trials import ACCEPT, CHECK, JUDGE, MAKE, MEASURES, PLAY, Measure, Played
from tasks.work import open_journal
from warehouse.store import Warehouse

pytestmark = pytest.mark.slow
SPEC = EvolveSpec(domain="mobile", rounds=1, pilot=60, seed=3)
NOW = load(GENERATION_0)
RECORDED = Patch(role="tool_executor", text="Copy each fact exactly as it stands in the results.")


@pytest.fixture
async def arena(tmp_path: Path) -> AsyncIterator[Arena]:
    warehouse, run = Warehouse.open(tmp_path / "data", create=True), RunSpec(domains=("mobile",), count=60, seed=3)
    record_first(warehouse, "mobile")
    with open_studio(run, warehouse), open_journal(SPEC.run_id) as journal:
        yield Arena(SPEC, run, journal)


async def tried(arena: Arena, measure: Measure, *patches: Patch, count: int = 60) -> list[Played]:
    inputs = await arena.inputs(measure, NOW, 0, 0, count, 0)
    return await arena.trial(measure, with_patches(NOW, patches), inputs)


def calls(arena: Arena, measure: Measure, *patches: Patch) -> set[str]:
    """The roles that were asked in these trials."""
    made = arena.journal.stage(f"{measure.name} {with_patches(NOW, patches).hash}")
    return {call["role"] for one in made.values() for call in one["calls"]}


async def test_a_slot_counts_if_it_ends_as_a_sound_scenario_with_a_checker(arena: Arena) -> None:
    before, after = await tried(arena, MAKE), await tried(arena, MAKE, RECORDED)
    wrong = [one for one in before if one.code == "FACT_UNFOUNDED"]
    assert {one.role for one in wrong} == {"tool_executor"}
    assert wrong[0].said[0].startswith("plan: ")
    assert not any(one.code == "FACT_UNFOUNDED" for one in after)
    assert pass_rate(after) > pass_rate(before)
    assert all(one.work > 0 and one.cell.startswith(one.family) for one in after if one.passed)
    assert (calls(arena, MAKE), calls(arena, MAKE, RECORDED)) == (
        set(),
        {"tool_executor", "task_verifier", "checker_writer"},
    )
    untouched = [(one, other) for one, other in zip(before, after, strict=True) if one.passed]
    assert all(one.tokens < other.tokens and one.cell == other.cell for one, other in untouched)


async def test_a_planner_is_tried_with_a_plan_of_its_own(arena: Arena) -> None:
    before = await tried(arena, MAKE, count=12)
    idle = Patch(role="planner", text="Write summaries in plain words.")
    assert [one.cell for one in await tried(arena, MAKE, idle, count=12)] == [one.cell for one in before]
    assert "planner" in calls(arena, MAKE, idle)


async def test_a_task_verifier_is_right_where_the_rules_are(arena: Arena) -> None:
    careful = Patch(role="task_verifier", text="Go through the facts one by one and check each against the results.")
    hasty = Patch(role="task_verifier", text="A quick look at the goal is enough.")
    before, good, bad = [await tried(arena, ACCEPT, *patches) for patches in ((), (careful,), (hasty,))]
    assert pass_rate(good) > pass_rate(before) > pass_rate(bad)
    assert {one.code for one in bad if not one.passed} == {"ACCEPTED_FACT_UNFOUNDED"}
    assert (calls(arena, ACCEPT), calls(arena, ACCEPT, careful)) == (set(), {"task_verifier"})


async def test_a_checker_writer_is_right_where_the_audit_is(arena: Arena) -> None:
    careful = Patch(role="checker_writer", text="Before you send it, try the program in your mind on wrong dialogues.")
    before, after = await tried(arena, CHECK), await tried(arena, CHECK, careful)
    assert {one.role for one in before if not one.passed} <= {"checker_writer"}
    assert pass_rate(after) >= pass_rate(before)
    assert calls(arena, CHECK, careful) == {"checker_writer"}


async def test_a_trajectory_verifier_is_right_where_checker_and_rules_are(arena: Arena) -> None:
    careful = Patch(
        role="trajectory_verifier", text="Compare all changes, calls and facts one by one before you judge."
    )
    fair = Patch(
        role="trajectory_verifier", text="Before you blame the assistant, see whether the customer is at fault."
    )
    before, good = await tried(arena, JUDGE), await tried(arena, JUDGE, careful, fair)
    codes, left = ([one.code for one in played if not one.passed] for played in (before, good))
    assert pass_rate(good) > pass_rate(before)
    assert left.count("SAID_PASS") < codes.count("SAID_PASS")
    assert left.count("BLAMED_ASSISTANT_NOT_USER") < codes.count("BLAMED_ASSISTANT_NOT_USER")


async def test_an_assistant_that_looks_again_grants_less_of_what_is_forbidden(arena: Arena) -> None:
    again = Patch(role="assistant", setting="self_check", value=1)
    before, after = await tried(arena, PLAY), await tried(arena, PLAY, again)
    assert pass_rate(after) > pass_rate(before)
    assert fmean(one.tokens for one in after) > fmean(one.tokens for one in before)


def test_every_role_that_writes_or_speaks_has_one_measure() -> None:
    roles = [role for measure in MEASURES for role in measure.roles]
    assert sorted(roles) == sorted(NOW.prompts.keys() - {"reflector"})


def test_a_role_is_asked_alike_if_words_and_workflow_are_the_same() -> None:
    asking = NOW.workflow.roles["planner"].model_copy(update={"attempts": 5})
    workflow = NOW.workflow.model_copy(update={"roles": {**NOW.workflow.roles, "planner": asking}})
    assert NOW.asks_alike(with_patches(NOW, [RECORDED]), "planner")
    assert not NOW.asks_alike(with_patches(NOW, [RECORDED]), "tool_executor")
    assert not NOW.asks_alike(replace(NOW, workflow=workflow), "planner")
