"""Stages: what becomes of one slot at each step of the chain after the plans, and which slots come that far."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from checkers.audit import Admission, Audit
from checkers.blame import decide
from checkers.judge import Word, judge, word_of
from checkers.library import HELPERS_DOC
from checkers.sandbox import Interrupted
from tasks.planning import plans_name, plans_of
from tasks.spec import Shard
from tasks.studio import Studio, studio
from tasks.work import Entry, each, entry, forget, open_journal, seed_of
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.speaker import Agent
from turnwright.agents.verifier import Judgement, judge_trajectory, verify_task
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.dialogue import Changes, Dialogue, Side
from turnwright.episode import Speaker, play
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.record import derive_seed
from turnwright.scenario import TOLD, Draft, Plan, Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain, World
from warehouse.journal import Journal

CUSTOMERS = 12
"""How many customers a dialogue writer may choose from."""


@dataclass(frozen=True)
class Begun:
    """A shard at work, with what is there of it, and the plans that its slots are made from in turn."""

    at: Studio
    shard: Shard
    got: Callable[[str, int], Entry | None]
    """What a stage left of a slot, or None."""
    plans: list[Plan]
    patient: bool = False
    """Whether what was interrupted comes again later; it is an ERROR otherwise."""

    @property
    def domain(self) -> Domain:
        return self.at.domains[self.shard.domain]

    @property
    def roles(self) -> dict[str, Role]:
        return self.at.roles[self.shard.domain]

    def seed(self, slot: int, what: str) -> int:
        return seed_of(self.shard.run, self.shard.domain, slot, what)

    def found(self, stage: str, slot: int) -> Entry:
        """What an earlier stage left; empty if the slot did not come that far."""
        return self.got(stage, slot) or {}

    def plan(self, slot: int) -> Plan:
        return self.plans[slot % len(self.plans)]

    def scenario(self, slot: int) -> tuple[Scenario, Changes]:
        """An executed scenario, and what its reference changes."""
        executed = self.found("execute", slot)
        return Scenario.model_validate(executed["scenario"]), executed["changes"]


async def draft(begun: Begun, slot: int) -> Entry:
    """The dialogue writer: what one user wants."""
    ledger, seed, plan = Ledger(), begun.seed(slot, "draft"), begun.plan(slot)
    role, number = begun.roles["dialogue_writer"], slot // len(begun.plans) + 1
    try:
        written = await write_draft(role, ledger, seed, begun.domain, plan, _customers(begun.domain, seed), number)
    except Failure as failure:
        return entry(ledger, plan=plan.model_dump(mode="json"), draft=None, rejected=_rejected(failure))
    return entry(ledger, plan=plan.model_dump(mode="json"), draft=written.model_dump(mode="json"), rejected=None)


def _customers(domain: Domain, seed: int) -> list[str]:
    customers = domain.customers["train"]
    drawn = dict.fromkeys(derive_seed(seed, "customer", number) % len(customers) for number in range(CUSTOMERS))
    return [customers[at] for at in drawn]


def _rejected(failure: Failure) -> dict[str, str]:
    return {"reason": failure.reason, "blame": failure.blame}


async def execute_draft(begun: Begun, slot: int) -> Entry:
    """The tool executor, and the task verifier's word on what came of it."""
    roles, ledger, seed = begun.roles, Ledger(), begun.seed(slot, "execute")
    written = Draft.model_validate(begun.found("draft", slot)["draft"])
    try:
        reference = await execute(roles["tool_executor"], ledger, seed, begun.domain, written)
        verdict = await verify_task(roles["task_verifier"], ledger, seed, begun.domain, written, reference)
    except Failure as failure:
        return entry(ledger, rejected=_rejected(failure))
    return entry(
        ledger,
        scenario=scenario_of(begun.plan(slot), written, reference, "train", slot).model_dump(mode="json"),
        changes=reference.changes,
        reason=verdict.reason,
        accepted=verdict.accept,
        rejected=None,
    )


async def check(begun: Begun, slot: int) -> Entry:
    """The checker writer, and the audit that admits or refuses its checker."""
    ledger, (scenario, changes) = Ledger(), begun.scenario(slot)
    tried: list[tuple[str, Admission]] = []

    role, seed, reason = begun.roles["checker_writer"], begun.seed(slot, "checker"), None
    try:
        audit = Audit(begun.domain, scenario)

        async def admit(source: str) -> str | None:
            admission = await audit.admit(begun.at.sandbox, source)
            tried.append((source, admission))
            return admission.reason

        await write_checker(role, ledger, seed, begun.domain, scenario, changes, begun.plan(slot), HELPERS_DOC, admit)
    except Failure as failure:
        reason = f"{failure.blame}: {failure.reason}"
    source, admission = tried[-1] if tried else (None, None)
    audited = admission.model_dump(mode="json") if admission else {"trials": [], "discarded": {}}
    return entry(
        ledger,
        source=source,
        admitted=reason is None,
        reason=reason,
        mutation_score=admission and admission.mutation_score,
        trials=audited["trials"],
        discarded=audited["discarded"],
    )


async def play_scenario(begun: Begun, slot: int) -> Entry:
    """Assistant and user play the scenario; neither sees the reference."""
    ledger = Ledger()
    dialogue = await play_one(begun.at, begun.scenario(slot)[0], ledger, begun.seed(slot, "play"))
    return entry(ledger, dialogue=dialogue.model_dump(mode="json"))


async def play_one(
    at: Studio, scenario: Scenario, ledger: Ledger, seed: int, assistant: Speaker | None = None
) -> Dialogue:
    """One dialogue of a scenario; `assistant` speaks in place of the model of that role."""
    domain, roles = at.domains[scenario.domain], at.roles[scenario.domain]
    told = scenario.model_dump(include=set(TOLD))
    user = Agent(Side.USER, roles["user"], domain.setting | told, list(domain.user_tools.values()), ledger, seed)
    if assistant is None:
        tools = list(domain.tools.values())
        assistant = Agent(Side.ASSISTANT, roles["assistant"], domain.briefing, tools, ledger, seed)
    world = World(domain, scenario.initial)
    limits = replace(at.generations[domain.name].workflow.dialogue_limits, seconds=at.run.dialogue_timeout_s)
    return await play(scenario.scenario_id, user, assistant, world, limits)


async def verify(begun: Begun, slot: int) -> Entry:
    """The checker decides, rules blame; the trajectory verifier adds findings, and blame where no rule sees a fault."""
    scenario, changes = begun.scenario(slot)
    dialogue, ledger = Dialogue.model_validate(begun.found("play", slot)["dialogue"]), Ledger()
    role, seed = begun.roles["trajectory_verifier"], begun.seed(slot, "verify")
    checked = await _checked(begun, slot, dialogue, scenario)
    judgement = None
    if dialogue.failure is None:
        with suppress(Failure):  # the ledger has the call; the checker's word stands without a second opinion
            judgement = await judge_trajectory(role, ledger, seed, begun.domain, scenario, dialogue, changes)
    return _verdict(begun, slot, dialogue, scenario, checked, judgement, ledger)


async def verdict_of_checker(shard: Shard, journal: Journal, slot: int) -> Entry:
    """The checker's word on a dialogue that nobody gave a second opinion on."""
    with open_journal(plans_name(shard.run, shard.domain)) as planned:
        begun = Begun(studio(), shard, journal.get, plans_of(planned))
    dialogue, scenario = Dialogue.model_validate(begun.found("play", slot)["dialogue"]), begun.scenario(slot)[0]
    checked = await _checked(begun, slot, dialogue, scenario)
    return _verdict(begun, slot, dialogue, scenario, checked, None, Ledger())


async def _checked(begun: Begun, slot: int, dialogue: Dialogue, scenario: Scenario) -> Word | None:
    """The checker's word; None on a dialogue that failed by itself.

    Raises:
        Interrupted: if it gave none, and the slot may come again.
    """
    if dialogue.failure is not None:
        return None
    try:
        return await judge(begun.at.sandbox, begun.found("checker", slot)["source"], dialogue, scenario.facts)
    except Interrupted as interrupted:
        if begun.patient:
            raise
        return word_of(interrupted)


def _verdict(
    begun: Begun,
    slot: int,
    dialogue: Dialogue,
    scenario: Scenario,
    checked: Word | None,
    judgement: Judgement | None,
    ledger: Ledger,
) -> Entry:
    verdict = dialogue.failure
    if checked is not None:
        taxonomy = begun.plan(slot).evaluation.failure_codes
        verdict = decide(begun.domain, scenario, dialogue, *checked, judgement, taxonomy)
    second = judgement.model_dump(mode="json") if judgement else None
    return entry(ledger, verdict=verdict and verdict.model_dump(mode="json"), judgement=second)


@dataclass(frozen=True)
class Stage:
    """One step of the chain."""

    work: Callable[[Begun, int], Awaitable[Entry]]
    comes: Callable[[Begun, int], Any]
    """Whether a slot comes to it."""


STAGES = {
    "draft": Stage(draft, lambda begun, slot: True),
    "execute": Stage(execute_draft, lambda begun, slot: begun.found("draft", slot)["draft"]),
    "checker": Stage(check, lambda begun, slot: begun.found("execute", slot).get("accepted")),
    "play": Stage(play_scenario, lambda begun, slot: begun.found("checker", slot).get("admitted")),
    "verify": Stage(verify, lambda begun, slot: begun.found("play", slot)),
}
"""The steps in their order, by the names that the journal and the ledger use."""


async def run_stage(name: str, shard: Shard) -> None:
    """Do one step for every slot of the shard that comes to it and is not through it; what was interrupted, once more.

    Raises:
        WarehouseError, BudgetSpent: as `each` does.
        Failure: blamed on PROVIDER, if it answered to none of the first requests; the shard is as if never begun.
    """
    with open_journal(plans_name(shard.run, shard.domain)) as planned:
        plans = plans_of(planned)
    with open_journal(shard.name) as journal:
        begun, stage = Begun(studio(), shard, journal.get, plans, patient=True), STAGES[name]
        coming = [slot for slot in shard.slots if stage.comes(begun, slot)]
        interrupted = await each(shard, journal, name, coming, partial(stage.work, begun))
        await each(shard, journal, name, interrupted, partial(stage.work, replace(begun, patient=False)))
        silence = _silence(begun) if name == "draft" else None
    if silence:
        forget(shard)
        raise Failure(Blame.PROVIDER, silence)


def _silence(begun: Begun) -> str | None:
    """Why no slot has a draft, if it is that nobody answers: that is for the user to mend, not for the record."""
    rejections = [begun.found("draft", slot)["rejected"] for slot in begun.shard.slots]
    answered = any(
        call["outcome"] != "failed" for slot in begun.shard.slots for call in begun.found("draft", slot)["calls"]
    )
    if answered or not all(rejection and rejection["blame"] == Blame.PROVIDER for rejection in rejections):
        return None
    return rejections[0]["reason"]
