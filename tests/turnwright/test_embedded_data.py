"""A role of the embedded teacher whose prompt lacks the material to work on has no usable reply."""

import ast
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from by_hand import CANCEL, Stage

from checkers.library import HELPERS_DOC
from domains.shop.playbook import PLAYBOOK
from prompts import Generation, Prompt
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.planner import write_plan
from turnwright.agents.verifier import judge_trajectory, verify_task
from turnwright.agents.writer import Reference, execute, scenario_of, write_draft
from turnwright.dialogue import StopReason
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.scenario import Draft, Plan, Scenario
from turnwright.world import Domain

Work = Callable[[Role], Awaitable[Any]]
CLIENT = EmbeddedClient({"shop": PLAYBOOK}, Steady)


def without(text: str, heading: str) -> str:
    """A template that lacks one section."""
    assert re.search(rf"^## {heading}\n", text, re.MULTILINE)
    return re.sub(rf"^## {heading}\n.*?(?=^## |^=== message|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)


def role(generation: Generation, name: str, lacking: str | None = None) -> Role:
    text = generation.prompts[name].text
    return Role(name, "embedded/teacher", CLIENT, Prompt(name, without(text, lacking) if lacking else text))


async def parses(source: str) -> str | None:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return str(error)
    return None if "def check" in source else "there is no check in it"


@pytest.fixture(scope="module")
async def plan(generation: Generation, shop: Domain) -> Plan:
    return await write_plan(role(generation, "planner"), Ledger(), 1, shop, [], "run")


@pytest.fixture(scope="module")
async def draft(generation: Generation, shop: Domain, plan: Plan) -> Draft:
    customers = shop.customers["train"][:12]
    return await write_draft(role(generation, "dialogue_writer"), Ledger(), 1, shop, plan, customers, 1)


@pytest.fixture(scope="module")
async def reference(generation: Generation, shop: Domain, draft: Draft) -> Reference:
    return await execute(role(generation, "tool_executor"), Ledger(), 1, shop, draft)


@pytest.fixture(scope="module")
def scenario(plan: Plan, draft: Draft, reference: Reference) -> Scenario:
    return scenario_of(plan, draft, reference, "train", 0)


@pytest.fixture(scope="module")
async def works(
    shop: Domain, plan: Plan, draft: Draft, reference: Reference, scenario: Scenario, generation: Generation
) -> dict[str, Work]:
    """What each role that answers once has to do, on material that it can do it with."""
    talk = await Stage(shop, generation).play(CANCEL)
    changes, ledger = reference.changes, Ledger()
    customers = shop.customers["train"][:12]
    return {
        "planner": lambda one: write_plan(one, ledger, 1, shop, [], "run"),
        "dialogue_writer": lambda one: write_draft(one, ledger, 1, shop, plan, customers, 1),
        "tool_executor": lambda one: execute(one, ledger, 1, shop, draft),
        "task_verifier": lambda one: verify_task(one, ledger, 1, shop, draft, reference),
        "checker_writer": lambda one: write_checker(one, ledger, 1, shop, scenario, changes, plan, HELPERS_DOC, parses),
        "trajectory_verifier": lambda one: judge_trajectory(one, ledger, 1, shop, scenario, talk.dialogue, changes),
    }


NEEDED = [
    ("planner", "Families"),
    ("planner", "User styles"),
    ("dialogue_writer", "Plan"),
    ("dialogue_writer", "Customers"),
    ("tool_executor", "The wish"),
    ("task_verifier", "Scenario"),
    ("task_verifier", "Reference calls with their results"),
    ("task_verifier", "How it ends"),
    ("checker_writer", "Reference calls"),
    ("checker_writer", "What they change"),
    ("checker_writer", "Facts"),
    ("trajectory_verifier", "Scenario"),
    ("trajectory_verifier", "Dialogue"),
    ("trajectory_verifier", "What it changed"),
]


@pytest.mark.parametrize(("name", "heading"), NEEDED, ids=[f"{name}-{heading}" for name, heading in NEEDED])
async def test_without_its_material_a_role_has_no_usable_reply(
    generation: Generation, works: dict[str, Work], name: str, heading: str
) -> None:
    await works[name](role(generation, name))
    with pytest.raises(Failure, match="gave no usable reply"):
        await works[name](role(generation, name, heading))


async def test_without_the_policy_the_assistant_does_nothing(stage: Stage) -> None:
    talk = await stage.play(CANCEL, edited={"assistant": lambda text: without(text, "Policy")})
    assert talk.writes == []
    assert "policy" in talk.said


@pytest.mark.parametrize("heading", ["What you want", "How you talk"])
async def test_without_goal_or_opening_the_user_gives_up(stage: Stage, heading: str) -> None:
    talk = await stage.play(CANCEL, edited={"user": lambda text: without(text, heading)})
    assert talk.dialogue.stop_reason is StopReason.USER_GAVE_UP
    assert len(talk.dialogue.turns) == 1


async def test_a_user_who_knows_nothing_cannot_be_identified(stage: Stage) -> None:
    talk = await stage.play(CANCEL, edited={"user": lambda text: without(text, "What you know")})
    assert talk.writes == []
    assert talk.dialogue.changes == {}
