"""The airline's references: scenarios of all families, drafted and executed without lapses, keep the policy."""

import asyncio
from collections.abc import Iterator
from itertools import combinations

import pytest

from checkers.script import reference_run
from domains import DOMAINS, load
from domains.flights.families import FAMILIES
from prompts import GENERATION_0
from prompts import load as load_generation
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.record import derive_seed
from turnwright.scenario import Evaluation, Plan, Scenario, Synthesis
from turnwright.world import World

FLIGHTS = load("flights")
PLAYBOOK = DOMAINS["flights"].playbook
EACH = 6
CUSTOMERS = 12


def _plans() -> Iterator[Plan]:
    """Of each family, variants that take turns in twists and styles."""
    styles = sorted(FLIGHTS.styles)
    for place, (family, idea) in enumerate(PLAYBOOK.plans.items()):
        sets = [(), *((twist,) for twist in idea.twists), *combinations(idea.twists, 2)]
        for number in range(EACH):
            synthesis = Synthesis(
                summary=f"{family} number {number}",
                family=family,
                tier=idea.tier,
                tool_patterns=idea.tools,
                user_style=styles[(place + number) % len(styles)],
                twists=sets[(place + number) % len(sets)],
            )
            evaluation = Evaluation(rubrics=idea.rubrics, failure_codes=idea.codes)
            yield Plan(synthesis=synthesis, evaluation=evaluation, plan_id=f"p-{family}-{number}", domain="flights")


async def _written(plan: Plan) -> Scenario | None:
    generation, client = load_generation(GENERATION_0), EmbeddedClient({"flights": PLAYBOOK}, Steady)
    writer, executor = (
        Role(name, "embedded/teacher", client, generation.prompts[name])
        for name in ("dialogue_writer", "tool_executor")
    )
    seed, pool = derive_seed(5, plan.plan_id), FLIGHTS.customers["train"]
    customers = [pool[derive_seed(seed, number) % len(pool)] for number in range(CUSTOMERS)]
    try:
        draft = await write_draft(writer, Ledger(), seed, FLIGHTS, plan, [*dict.fromkeys(customers)], 1)
        reference = await execute(executor, Ledger(), seed, FLIGHTS, draft)
    except Failure:
        return None
    return scenario_of(plan, draft, reference, "train", 0)


async def _all_written() -> list[Scenario]:
    return [scenario for plan in _plans() if (scenario := await _written(plan))]


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    return asyncio.run(_all_written())


def test_references_of_all_families_keep_the_policy(scenarios: list[Scenario]) -> None:
    assert len(scenarios) >= 0.85 * EACH * len(FAMILIES)
    assert {scenario.family for scenario in scenarios} == set(FAMILIES)
    for scenario in scenarios:
        run = reference_run(FLIGHTS, scenario).dialogue
        assert FLIGHTS.rules(World(FLIGHTS), run.turns) == [], scenario.goal
        assert bool(run.changes) is (scenario.ending == "CHANGED"), scenario.goal


def test_endings_are_what_the_families_say(scenarios: list[Scenario]) -> None:
    refused = {name for name, line in FAMILIES.items() if line.endswith("must be refused.")}
    transferred = {name for name, line in FAMILIES.items() if "must be transferred" in line}
    for scenario in scenarios:
        if scenario.family in refused:
            assert scenario.ending == "REFUSED", scenario.goal
        elif scenario.family in transferred:
            assert scenario.ending == "TRANSFERRED", scenario.goal
        else:
            assert scenario.ending in ("CHANGED", "INFORMED"), scenario.goal
