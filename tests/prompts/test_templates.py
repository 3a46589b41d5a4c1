"""The templates of generation 0: each renders with what its role gives it, and opens the conversation as it should."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from jinja2 import UndefinedError

from prompts import ROLES, Generation, Prompt
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.planner import write_plan
from turnwright.agents.reflector import About, reflect
from turnwright.agents.speaker import Agent
from turnwright.agents.verifier import judge_trajectory, verify_task
from turnwright.agents.writer import Reference, execute, write_draft
from turnwright.dialogue import Dialogue, Side, StopReason
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Draft, Ending, Plan, Scenario, Solution
from turnwright.world import Domain

ABOUT = About("assistant", "# You serve", ["Be fair."], {"attempts": 2}, [{"code": "X"}], [])


class Stage:
    """Everything that roles are given; `ask` has one role asked, and gives what its model was shown."""

    def __init__(
        self, kiosk: Domain, role_of: Callable[..., Role], plan: Plan, draft: Draft, scenario: Scenario
    ) -> None:
        self.kiosk, self.role_of, self.plan, self.draft, self.scenario = kiosk, role_of, plan, draft, scenario

    async def ask(self, name: str) -> list[dict[str, Any]]:
        client = ScriptedClient([])
        role = self.role_of(client, name)
        with pytest.raises(Failure, match="the script has ended"):
            await self._asked(name, role)
        return list(client.requests[0].messages)

    def _asked(self, name: str, role: Role) -> Awaitable[Any]:
        kiosk, plan, draft, scenario, ledger = self.kiosk, self.plan, self.draft, self.scenario, Ledger()
        reference = Reference(Solution(ending=Ending.INFORMED), (), {})
        dialogue = Dialogue(scenario_id="s-1", turns=(), stop_reason=StopReason.USER_DONE, changes={}, digest="d")
        told = scenario.model_dump(include={"persona", "goal", "knows", "does_not_know", "opening"})
        today = kiosk.setting | {"policy": kiosk.policy}
        return {
            "planner": lambda: write_plan(role, ledger, 1, kiosk, [plan], "r-1"),
            "dialogue_writer": lambda: write_draft(role, ledger, 1, kiosk, plan, ["c-1"], 1),
            "tool_executor": lambda: execute(role, ledger, 1, kiosk, draft),
            "task_verifier": lambda: verify_task(role, ledger, 1, kiosk, draft, reference),
            "checker_writer": lambda: write_checker(role, ledger, 1, kiosk, scenario, {}, plan, "told()", _admit),
            "assistant": lambda: Agent(Side.ASSISTANT, role, today, [], ledger, 1).speak([]),
            "user": lambda: Agent(Side.USER, role, today | told, [], ledger, 1).speak([]),
            "reflector": lambda: reflect(role, ledger, 1, kiosk, ABOUT, 3, lambda made: None),
            "trajectory_verifier": lambda: judge_trajectory(role, ledger, 1, kiosk, scenario, dialogue, {}),
        }[name]()


async def _admit(source: str) -> str | None:
    return source


@pytest.fixture(scope="module")
def stage(kiosk: Domain, role_of: Callable[..., Role], plan: Plan, draft: Draft, scenario: Scenario) -> Stage:
    return Stage(kiosk, role_of, plan, draft, scenario)


@pytest.mark.parametrize("name", ROLES)
async def test_every_template_renders_with_the_context_of_its_role(stage: Stage, name: str) -> None:
    messages = await stage.ask(name)
    assert [message["role"] for message in messages] == ["system", "user"][: len(messages)]
    assert len(messages) == (1 if name == "assistant" else 2)
    for message in messages:
        assert message["content"] == message["content"].strip() != ""
        assert not [mark for mark in ("{{", "{%", "=== message ===") if mark in message["content"]]
    assert "kiosk" in messages[0]["content"]


WITH_POLICY = ("planner", "dialogue_writer", "tool_executor", "task_verifier", "assistant", "trajectory_verifier")


@pytest.mark.parametrize("name", WITH_POLICY)
async def test_the_policys_headings_are_below_the_prompts(stage: Stage, name: str) -> None:
    system = (await stage.ask(name))[0]["content"]
    assert "\n## Policy of the assistant\n### Kiosk\n\n#### Hire\n" in system or "## Policy\n### Kiosk" in system


@pytest.mark.parametrize("name", ["user", "assistant"])
async def test_who_talks_is_told_nothing_of_the_reference(stage: Stage, name: str) -> None:
    shown = str(await stage.ask(name))
    assert not [word for word in ("reference", "checker", "INFORMED", "b-1") if word in shown]


@pytest.mark.parametrize("name", ROLES)
def test_a_hole_without_a_value_is_an_error(generation: Generation, name: str) -> None:
    with pytest.raises(UndefinedError):
        generation.prompts[name].render()


def test_the_prompts_differ_from_one_another(generation: Generation) -> None:
    assert len({prompt.hash for prompt in generation.prompts.values()}) == len(ROLES)
    assert all(isinstance(prompt, Prompt) and prompt.role == role for role, prompt in generation.prompts.items())
