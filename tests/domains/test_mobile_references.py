"""The network's references: many scenarios drafted and executed without lapses; each keeps the policy's own rules."""

import asyncio
import re
from itertools import combinations
from typing import NamedTuple

import pytest

from checkers.script import perform, read_only_script, reference_run
from domains import load
from domains.mobile.families import FAMILIES, STYLES
from domains.mobile.playbook import PLAYBOOK
from domains.mobile.playbook.hearing import CUES
from prompts import GENERATION_0
from prompts import load as load_generation
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.dialogue import Side
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.embedded.minds.serving import understand
from turnwright.llm.role import Ledger, Role
from turnwright.record import derive_seed
from turnwright.scenario import Ending, Evaluation, Plan, Scenario, Synthesis
from turnwright.world import World

MOBILE = load("mobile")
CUSTOMERS = 20
GENERATION = load_generation(GENERATION_0)
ROLES = [
    Role(name, "embedded/teacher", EmbeddedClient({"mobile": PLAYBOOK}, Steady), GENERATION.prompts[name])
    for name in ("dialogue_writer", "tool_executor")
]


class Cell(NamedTuple):
    family: str
    twists: tuple[str, ...]
    style: str
    number: int


def cells() -> list[Cell]:
    """Six of each family, over its twists and all styles."""
    found: list[Cell] = []
    for family, idea in PLAYBOOK.plans.items():
        sets = [(), *((twist,) for twist in idea.twists), *combinations(idea.twists, 2)]
        for number in range(6):
            style = [*STYLES][(number + len(family)) % len(STYLES)]
            found.append(Cell(family, sets[number % len(sets)], style, number))
    return found


async def written(cell: Cell) -> Scenario | None:
    """The scenario of a cell; None if none of the customers fits."""
    idea = PLAYBOOK.plans[cell.family]
    synthesis = Synthesis(
        summary=f"sample: {cell.family}",
        family=cell.family,
        tier=idea.tier,
        tool_patterns=idea.tools,
        user_style=cell.style,
        twists=cell.twists,
    )
    evaluation = Evaluation(rubrics=idea.rubrics, failure_codes=idea.codes)
    plan = Plan(synthesis=synthesis, evaluation=evaluation, plan_id=f"p-{cell.family}", domain="mobile")
    seed = derive_seed("sample", *map(str, cell))
    pool = MOBILE.customers["train"]
    customers = [pool[derive_seed(seed, number) % len(pool)] for number in range(CUSTOMERS)]
    writer, executor = ROLES
    try:
        draft = await write_draft(writer, Ledger(), seed, MOBILE, plan, customers, cell.number)
    except Failure:
        return None
    reference = await execute(executor, Ledger(), seed, MOBILE, draft)
    return scenario_of(plan, draft, reference, "train", 0)


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    async def all_written() -> list[Scenario | None]:
        return [await written(cell) for cell in cells()]

    return [scenario for scenario in asyncio.run(all_written()) if scenario is not None]


def test_there_are_many_of_every_family(scenarios: list[Scenario]) -> None:
    assert len(scenarios) >= 140
    assert {scenario.family for scenario in scenarios} == {*FAMILIES}


def test_references_keep_the_policy(scenarios: list[Scenario]) -> None:
    for scenario in scenarios:
        run = reference_run(MOBILE, scenario).dialogue
        found = MOBILE.rules(World(MOBILE, scenario.initial), run.turns)
        assert found == [], (scenario.family, scenario.goal, found)
        assert bool(run.changes) is (scenario.ending is Ending.CHANGED) or scenario.ending is Ending.TRANSFERRED
        assert perform(MOBILE, scenario, read_only_script(MOBILE, scenario)).dialogue.changes == {}


def test_each_wish_is_heard_as_what_it_is(scenarios: list[Scenario]) -> None:
    for scenario in scenarios:
        parts = re.split(r"\(\d\) ", scenario.goal)
        wishes = [part.partition(" When the assistant")[0] for part in (parts[1:] or parts)]
        heard = [[one.action for one in understand(CUES, [f"I want to {wish}"])] for wish in wishes]
        assert heard == [[request.action] for request in scenario.requests], scenario.goal


REFUSED = {"waive_fee", "foreign_line", "early_downgrade", "resume_unpaid", "port_unpaid"}
INFORMED = {"bill_question", "usage_question", "outage"}
TRANSFERRED = {"hardware_fault", "fraud_hold"}


def test_families_end_as_they_say(scenarios: list[Scenario]) -> None:
    for scenario in scenarios:
        family = scenario.family
        wanted = (
            Ending.REFUSED
            if family in REFUSED
            else Ending.INFORMED
            if family in INFORMED
            else Ending.TRANSFERRED
            if family in TRANSFERRED
            else Ending.CHANGED
        )
        assert scenario.ending is wanted, (family, scenario.variant, scenario.goal, scenario.facts)
        assert wanted is not Ending.CHANGED or not any(fact.kind == "refusal" for fact in scenario.facts)


def test_faults_are_mended_on_the_phone_and_tried_at_the_end(scenarios: list[Scenario]) -> None:
    last = {"check_status_bar": ("service", "connected"), "run_speed_test": ("rating", "good")}
    for scenario in scenarios:
        by_hand = [call for call in scenario.reference if call.side is Side.USER]
        if scenario.family in ("no_service", "slow_data", "no_data_abroad", "picture_messages"):
            name, well = last.get(by_hand[-1].tool, ("sent", True))
            assert by_hand[-1].result[name] == well
            assert {call.side for call in scenario.reference if call.writes} >= {Side.USER}
