"""Without its lapses the embedded teacher is right: all that it writes, executes and plays ends as the policy wants."""

from collections import Counter
from dataclasses import dataclass

import pytest

from checkers.prelude.talk import refused, told
from domains.shop.playbook import PLAYBOOK
from prompts import Generation
from turnwright.agents.planner import write_plan
from turnwright.agents.speaker import Agent
from turnwright.agents.verifier import verify_task
from turnwright.agents.writer import Reference, execute, scenario_of, write_draft
from turnwright.dialogue import Dialogue, Side, StopReason
from turnwright.episode import play
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.record import derive_seed
from turnwright.scenario import Plan, Scenario
from turnwright.world import Domain, World

SLOTS = 200


@dataclass(frozen=True)
class Played:
    scenario: Scenario
    reference: Reference
    dialogue: Dialogue
    accepted: bool


@dataclass(frozen=True)
class Chain:
    """Writer, executor, verifier and the two who talk, all without lapses."""

    shop: Domain
    generation: Generation
    client: EmbeddedClient

    def role(self, name: str) -> Role:
        return Role(name, "embedded/teacher", self.client, self.generation.prompts[name], attempts=3)

    async def plans(self) -> list[Plan]:
        written: list[Plan] = []
        for number in range(64):
            seed = derive_seed(1, "plan", number)
            written.append(await write_plan(self.role("planner"), Ledger(), seed, self.shop, written, "run"))
        return written

    async def slot(self, plan: Plan, slot: int) -> Played | None:
        """One slot from draft to dialogue; None where no customer fits the plan."""
        seed, train, ledger = derive_seed(1, slot), self.shop.customers["train"], Ledger()
        customers = [train[derive_seed(seed, number) % len(train)] for number in range(12)]
        number = slot // 64 + 1
        try:
            draft = await write_draft(self.role("dialogue_writer"), ledger, seed, self.shop, plan, customers, number)
        except Failure as failure:
            if "no customer fits the plan" in failure.reason:
                return None
            raise
        reference = await execute(self.role("tool_executor"), ledger, seed, self.shop, draft)
        word = await verify_task(self.role("task_verifier"), ledger, seed, self.shop, draft, reference)
        scenario = scenario_of(plan, draft, reference, "train", slot)
        return Played(scenario, reference, await self.talk(scenario, seed), word.accept)

    async def talk(self, scenario: Scenario, seed: int) -> Dialogue:
        today, tools = self.shop.setting, list(self.shop.tools.values())
        told_user = scenario.model_dump(include={"persona", "goal", "knows", "does_not_know", "opening"})
        user = Agent(Side.USER, self.role("user"), today | told_user, [], Ledger(), seed)
        policy = {"policy": self.shop.policy}
        assistant = Agent(Side.ASSISTANT, self.role("assistant"), today | policy, tools, Ledger(), seed)
        limits = self.generation.workflow.dialogue_limits
        return await play(scenario.scenario_id, user, assistant, World(self.shop), limits)


@pytest.fixture(scope="module")
async def played(shop: Domain, generation: Generation) -> list[Played]:
    chain = Chain(shop, generation, EmbeddedClient({"shop": PLAYBOOK}, Steady))
    plans = await chain.plans()
    slots = [await chain.slot(plans[slot % len(plans)], slot) for slot in range(SLOTS)]
    return [one for one in slots if one]


def test_few_slots_find_no_customer(played: list[Played], shop: Domain) -> None:
    assert len(played) >= 0.9 * SLOTS
    assert len(Counter(one.scenario.family for one in played)) == len(shop.families)


def test_every_scenario_is_accepted(played: list[Played]) -> None:
    assert [one.scenario.goal for one in played if not one.accepted] == []


def test_every_dialogue_ends_in_the_state_of_the_reference(played: list[Played]) -> None:
    assert [one.scenario.goal for one in played if one.dialogue.changes != one.reference.changes] == []
    assert {one.dialogue.stop_reason for one in played} == {StopReason.USER_DONE, StopReason.TRANSFERRED}


def test_no_dialogue_breaks_the_policy(played: list[Played], shop: Domain) -> None:
    assert [found for one in played for found in shop.rules(World(shop), one.dialogue.turns)] == []


def test_every_fact_is_told(played: list[Played]) -> None:
    missing: list[tuple[str, str]] = []
    for one in played:
        messages = [{"turn": n, **turn.model_dump(mode="json")} for n, turn in enumerate(one.dialogue.turns)]
        for fact in one.scenario.facts:
            said = refused(messages) if fact.kind == "refusal" else told(messages, **{fact.kind: fact.value})
            if not said:
                missing.append((one.scenario.goal, fact.code))
    assert missing == []


def test_every_user_opens_with_the_opening_and_nothing_else(played: list[Played]) -> None:
    assert [one.dialogue.turns[0].content for one in played] == [one.scenario.opening for one in played]
