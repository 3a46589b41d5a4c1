"""Blame: whom verdicts blame in nights in which one party errs and no other, and in one in which all of them do.

The truth is by construction: the one party that errs; in the mixed night, whose lapse struck first in that scenario or
dialogue; the checker's, wherever the oracle finds right what it failed. `python -m benchmarks.blame [--count N]
[--domain D[,D]]` makes N slots of each domain a night. Counted are dialogues that the checker failed or broke on.
"""

import argparse
import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from benchmarks.record import Target, record, show
from checkers.audit import Audit
from checkers.blame import decide
from checkers.judge import judge
from checkers.library import HELPERS_DOC
from checkers.oracle import Oracle
from checkers.sandbox import Sandbox
from domains import DOMAINS, load
from prompts import GENERATION_0, Generation
from prompts import load as load_generation
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.planner import write_plan
from turnwright.agents.speaker import Agent
from turnwright.agents.verifier import Judgement, judge_trajectory, verify_task
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.dialogue import Changes, Dialogue, Side, StopReason
from turnwright.episode import play
from turnwright.errors import Failure
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.llm.trouble import ProviderFailure, Trouble
from turnwright.record import derive_seed
from turnwright.scenario import Plan, Scenario
from turnwright.tool import Tool, ToolError
from turnwright.verdict import Blame, Finding, Outcome, Verdict
from turnwright.world import Domain, World

SEED = 16
"""The rules were made by looking at what was blamed wrongly with 11 to 15, and not at this one."""
SLOTS = 200
PLANS = 64
CUSTOMERS = 12
AT_ONCE = 16
PARTIES = {
    "dialogue_writer": Blame.TASK,
    "tool_executor": Blame.TASK,
    "task_verifier": Blame.TASK,
    "checker_writer": Blame.CHECKER,
    "assistant": Blame.ASSISTANT,
    "user": Blame.USER,
}
"""Whose a role's lapses are. The trajectory verifier has its own in every night."""
TARGETS = [
    Target("failures", least=300),
    Target("right", least=0.9),
    Target("right_of_speakers_and_scenarios", least=0.9),
    Target("lowest_right_of_a_party", least=0.9),
    Target("right_mixed", least=0.9),
]


class Lapse(NamedTuple):
    """One way in which a role errs."""

    role: str
    name: str


_STRUCK: ContextVar[list[Lapse]] = ContextVar("struck")
"""The lapses that struck in the slot at work, in order."""


def erring(roles: Collection[str], without: Collection[Lapse | str] = ()) -> type[Steady]:
    """Dice with lapses for these roles only, without some of them, or some roles'; what strikes is written down."""

    class Erring(Steady):
        def strikes(self, name: str, where: str = "") -> bool:
            lapse = Lapse(self._role, name)
            left_out = lapse.role not in roles or lapse in without or lapse.role in without
            if left_out or not super(Steady, self).strikes(name, where):
                return False
            _STRUCK.get().append(lapse)
            return True

    return Erring


Spoil = Callable[[Domain, Scenario, int], Domain]
"""The domain as a scenario is played in it: with something broken."""


@dataclass(frozen=True)
class Night:
    """Who errs, and what else is broken."""

    truth: Blame | None
    """None where all err."""
    roles: frozenset[str] = frozenset()
    spoil: Spoil = lambda domain, scenario, seed: domain
    for_good: bool = False
    """Whether what is broken is still broken when it comes to the verdict."""
    client: Callable[[ChatClient], ChatClient] = lambda client: client
    checker: Callable[[str, int], str] = lambda source, seed: source


def broken_tool(domain: Domain, scenario: Scenario, seed: int) -> Domain:
    """One tool that the reference calls answers an error, or wrong amounts or nothing, although it does its work."""
    tools = {**domain.tools, **domain.user_tools}
    used = sorted({call.tool for call in scenario.reference if call.error is None})
    tool = tools[used[derive_seed(seed, "tool") % len(used)]]
    broken = {tool.name: replace(tool, function=_failing(tool) if seed % 2 else _lying(tool))}
    side = "tools" if tool.name in domain.tools else "user_tools"
    return replace(domain, **{side: {**getattr(domain, side), **broken}})


def _failing(tool: Tool) -> Callable[..., Any]:
    def fails(*_: Any, **__: Any) -> Any:
        raise ToolError("the service is not available")

    return fails


def _lying(tool: Tool) -> Callable[..., Any]:
    def lies(world: World, **arguments: Any) -> Any:
        return _wrong(orjson.loads(orjson.dumps(tool.function(world, **arguments))))

    return lies


def _wrong(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _wrong(inner) for key, inner in value.items()}
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return round(value + 7, 2)
    return [] if isinstance(value, list) else value


@dataclass
class BreaksOff:
    """A client that fails from a certain request of a speaker on."""

    client: ChatClient
    after: int = 5

    async def chat(self, request: ChatRequest) -> ChatReply:
        if sum(message["role"] == "assistant" for message in request.messages) >= self.after:
            raise ProviderFailure(Trouble.BROKEN, "the connection was lost")
        return await self.client.chat(request)


_SPOILT = (
    "    return found + [('ODD_CODE', 'something that nobody foresaw')]",
    "    return found + [('FACT_NOT_TOLD', 'although it was told')]",
    "    return found + [('FACT_NOT_TOLD', str(1 // (len(found) * 0)))]",
)


def broken_checker(source: str, seed: int) -> str:
    """The checker with a last line that fails everything, or breaks down."""
    return source.replace("    return found", _SPOILT[seed % len(_SPOILT)])


WRITERS = frozenset({"dialogue_writer", "tool_executor", "task_verifier", "checker_writer"})
NIGHTS = {
    "assistant": Night(Blame.ASSISTANT, frozenset({"assistant"})),
    "user": Night(Blame.USER, frozenset({"user"})),
    "scenario": Night(Blame.TASK, frozenset({"dialogue_writer", "tool_executor", "task_verifier"})),
    "tool_once": Night(Blame.TOOL, spoil=broken_tool),
    "tool_for_good": Night(Blame.TOOL, spoil=broken_tool, for_good=True),
    "provider": Night(Blame.PROVIDER, client=BreaksOff),
    "checker": Night(Blame.CHECKER, checker=broken_checker),
    "mixed": Night(None, frozenset(PARTIES)),
}


@dataclass(frozen=True)
class Made:
    """An accepted scenario with an admitted checker."""

    plan: Plan
    scenario: Scenario
    changes: Changes
    source: str
    struck: tuple[Lapse, ...]


@dataclass(frozen=True)
class Blamed:
    """A dialogue that a checker failed or broke on, with all that is needed to look at it."""

    night: str
    truth: Blame | None
    """None where no lapse had a hand in it."""
    said: Blame | None
    model_first: Blame | None
    """Whom the trajectory verifier blames, or else a crude rule."""
    struck: tuple[Lapse, ...]
    wrong: tuple[str, ...]
    """What the oracle finds."""
    scenario: Scenario
    dialogue: Dialogue
    judgement: Judgement | None
    verdict: Verdict
    rule: str
    """The code of the rule that spoke, if one did."""
    seconds: float
    """That the decision took."""


@dataclass
class Chain:
    """The roles that make one domain's nights, without Prefect and warehouse."""

    domain: Domain
    sandbox: Sandbox
    plans: list[Plan]
    made: dict[tuple[int, frozenset[str]], Made | None]
    """By slot, and by who erred in making it."""
    generation: Generation

    def roles(self, erring: type[Steady]) -> Callable[[str], Role]:
        name = self.domain.name
        client, asked = EmbeddedClient({name: DOMAINS[name].playbook}, erring), self.generation.workflow.roles
        prompts = self.generation.prompts
        return lambda role: Role(role, "embedded/teacher", client, prompts[role], attempts=asked[role].attempts)

    async def plan(self, number: int) -> None:
        for at in range(number):
            seed, role = derive_seed(SEED, "plan", at), self.roles(Steady)("planner")
            self.plans.append(await write_plan(role, Ledger(), seed, self.domain, self.plans, "blame"))

    async def night(self, name: str, slots: int) -> list[Blamed]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def slot(number: int) -> Blamed | None:
            async with gate:
                return await self._slot(name, NIGHTS[name], number)

        # A task each: what struck is noted by task.
        found = await asyncio.gather(*(asyncio.create_task(slot(number)) for number in range(slots)))
        return [blamed for blamed in found if blamed]

    async def _slot(self, name: str, night: Night, slot: int) -> Blamed | None:
        key = slot, night.roles & WRITERS
        if key not in self.made:
            self.made[key] = await self._make(night.roles, slot)
        made, seed = self.made[key], derive_seed(SEED, self.domain.name, slot)
        if made is None:
            return None
        _STRUCK.set([])
        played_in = night.spoil(self.domain, made.scenario, seed)
        dialogue = await self._play(night, made, played_in, seed)
        struck = (*made.struck, *dict.fromkeys(_STRUCK.get()))
        source = night.checker(made.source, seed)
        outcome, findings = await judge(self.sandbox, source, dialogue, made.scenario.facts)
        wrong = self._wrong(made.scenario, dialogue)
        # What the oracle finds right has failed nobody but the checker, and only where the checker errs.
        of_checker = night.truth in (None, Blame.CHECKER)
        broke_off = dialogue.failure is not None
        if outcome is Outcome.PASS or not (wrong or of_checker) or broke_off is not (night.truth is Blame.PROVIDER):
            return None
        judgement = await self._judged(made, dialogue, seed)
        codes, judges_in = made.plan.evaluation.failure_codes, played_in if night.for_good else self.domain
        began = time.perf_counter()
        verdict = decide(judges_in, made.scenario, dialogue, outcome, findings, judgement, codes)
        seconds = time.perf_counter() - began
        truth = night.truth if wrong else Blame.CHECKER
        if wrong and night.truth is None:
            truth = await self._first_to_err(made, dialogue, struck[len(made.struck) :], seed)
        crude = model_first(dialogue, outcome, findings, judgement, codes)
        rule = verdict.fault.code if verdict.fault else ""
        return Blamed(
            name, truth, verdict.blame, crude, struck, wrong, made.scenario, dialogue, judgement, verdict, rule, seconds
        )

    async def _make(self, roles: frozenset[str], slot: int) -> Made | None:
        _STRUCK.set([])
        role, seed, plan = (
            self.roles(erring(roles)),
            derive_seed(SEED, self.domain.name, slot),
            self.plans[slot % PLANS],
        )
        pool, domain = self.domain.customers["train"], self.domain
        customers = [pool[derive_seed(seed, number) % len(pool)] for number in range(CUSTOMERS)]
        try:
            draft = await write_draft(
                role("dialogue_writer"), Ledger(), seed, domain, plan, customers, slot // PLANS + 1
            )
            reference = await execute(role("tool_executor"), Ledger(), seed, domain, draft)
            word = await verify_task(role("task_verifier"), Ledger(), seed, domain, draft, reference)
            struck = tuple(dict.fromkeys(_STRUCK.get()))
            scenario, changes = scenario_of(plan, draft, reference, "train", slot), reference.changes
            source = await self._checked(role("checker_writer"), seed, scenario, changes, plan)
        except Failure:
            return None
        return Made(plan, scenario, changes, source, struck) if word.accept else None

    async def _checked(self, role: Role, seed: int, scenario: Scenario, changes: Changes, plan: Plan) -> str:
        audited = Audit(self.domain, scenario)

        async def admit(source: str) -> str | None:
            return (await audited.admit(self.sandbox, source)).reason

        return await write_checker(role, Ledger(), seed, self.domain, scenario, changes, plan, HELPERS_DOC, admit)

    async def _play(
        self, night: Night, made: Made, domain: Domain, seed: int, without: Collection[Lapse | str] = ()
    ) -> Dialogue:
        scenario, role = made.scenario, self.roles(erring(night.roles, without))
        told = scenario.model_dump(include={"persona", "goal", "knows", "does_not_know", "opening"})
        setting, ledger = domain.setting, Ledger()

        def agent(side: Side, context: dict[str, Any]) -> Agent:
            asked = replace(role(side.value), client=night.client(role(side.value).client))
            return Agent(side, asked, setting | context, list(domain.tools_of(side).values()), ledger, seed)

        user, assistant = agent(Side.USER, told), agent(Side.ASSISTANT, {"policy": domain.policy})
        world, limits = World(domain, scenario.initial), self.generation.workflow.dialogue_limits
        return await play(scenario.scenario_id, user, assistant, world, limits)

    async def _judged(self, made: Made, dialogue: Dialogue, seed: int) -> Judgement | None:
        role = self.roles(erring({"trajectory_verifier"}))("trajectory_verifier")
        try:
            return await judge_trajectory(role, Ledger(), seed, self.domain, made.scenario, dialogue, made.changes)
        except Failure:
            return None

    def _wrong(self, scenario: Scenario, dialogue: Dialogue) -> tuple[str, ...]:
        return tuple(Oracle(self.domain, scenario).faults(dialogue))

    async def _first_to_err(self, made: Made, dialogue: Dialogue, struck: Sequence[Lapse], seed: int) -> Blame | None:
        """Whose lapse struck first, of those that changed what was said or done: by a role without whose lapses the
        oracle would find something else, if there is one."""
        if any(lapse.role in ("tool_executor", "task_verifier") for lapse in made.struck):
            return Blame.TASK

        async def other(*without: Lapse | str) -> Dialogue:
            return await self._play(NIGHTS["mixed"], made, self.domain, seed, without)

        felt = [lapse for lapse in struck if (await other(lapse)).turns != dialogue.turns]
        found = self._wrong(made.scenario, dialogue)
        roles = dict.fromkeys(lapse.role for lapse in felt)
        decisive = [role for role in roles if self._wrong(made.scenario, await other(role)) != found]
        return next((PARTIES[role] for role in [*decisive, *roles]), None)


_USERS_ENDS = {StopReason.USER_GAVE_UP, StopReason.USER_LINGERS}


def model_first(
    dialogue: Dialogue,
    outcome: Outcome,
    findings: tuple[Finding, ...],
    judgement: Judgement | None,
    taxonomy: Collection[str],
) -> Blame:
    """What to compare with: the trajectory verifier's blame where it sees a fault, else a guess from the ending."""
    if dialogue.failure is not None:
        return dialogue.failure.blame or Blame.PROVIDER
    if outcome is Outcome.ERROR:
        return Blame.CHECKER
    if judgement and judgement.blame:
        return judgement.blame
    if not any(finding.code in taxonomy for finding in findings):
        return Blame.CHECKER
    return Blame.USER if dialogue.stop_reason in _USERS_ENDS else Blame.ASSISTANT


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default=",".join(DOMAINS))
    parser.add_argument("--count", type=int, default=SLOTS)
    asked = parser.parse_args()
    with Sandbox() as sandbox:
        found = {name: asyncio.run(_nights(name, asked.count, sandbox)) for name in asked.domain.split(",")}
    blamed = [one for of_domain in found.values() for one in of_domain]
    parties = [{"truth": party, **_figures([one for one in blamed if one.truth is party])} for party in Blame]
    # That a provider failed, a checker broke, or a tool lies is plain; the others have to be told apart.
    hard = [one for one in blamed if one.truth in (Blame.TASK, Blame.ASSISTANT, Blame.USER)]
    figures: dict[str, Any] = {
        **_figures(blamed),
        "right_of_speakers_and_scenarios": _share(hard),
        "lowest_right_of_a_party": min(party["right"] for party in parties if party["failures"]),
        "right_mixed": _share([one for one in blamed if one.night == "mixed"]),
        "blamed_by_a_rule": round(sum(bool(one.rule) for one in hard) / len(hard), 4),
        "nobody_erred": sum(one.truth is None for one in blamed),
        "ms_to_decide": round(1000 * statistics.median(one.seconds for one in blamed if one.rule), 2),
        "slots_of_a_night_and_domain": asked.count,
        "nights": [{"night": name, **_figures([one for one in blamed if one.night == name])} for name in NIGHTS],
        "parties": parties,
        "domains": [{"domain": name, **_figures(of_domain)} for name, of_domain in found.items()],
        "truth_and_said": _crossed(blamed),
        "rules": _rules(blamed),
    }
    record("blame", figures, TARGETS, [SEED])
    for name in ("nights", "parties", "domains", "truth_and_said", "rules"):
        show(name.replace("_", " "), figures[name])


async def _nights(name: str, slots: int, sandbox: Sandbox) -> list[Blamed]:
    chain = Chain(load(name), sandbox, [], {}, load_generation(GENERATION_0))
    await chain.plan(PLANS)
    return [blamed for night in NIGHTS for blamed in await chain.night(night, slots)]


def _figures(blamed: Sequence[Blamed]) -> dict[str, Any]:
    known = [one for one in blamed if one.truth]
    before = sum(one.model_first is one.truth for one in known)
    return {
        "failures": len(known),
        "right": _share(known),
        "right_model_first": round(before / len(known), 4) if known else None,
    }


def _share(blamed: Sequence[Blamed]) -> float | None:
    known = [one for one in blamed if one.truth]
    return round(sum(one.said is one.truth for one in known) / len(known), 4) if known else None


def _crossed(blamed: Sequence[Blamed]) -> list[dict[str, Any]]:
    """A line for each party at fault: how often each was blamed."""
    pairs = Counter((one.truth, one.said) for one in blamed if one.truth)
    return [{"truth": truth.value, **{said.value: pairs[truth, said] for said in Blame}} for truth in Blame]


def _rules(blamed: Sequence[Blamed]) -> list[dict[str, Any]]:
    """How often each rule spoke, and was right; "" is where none did."""
    spoke = Counter((one.rule, one.said is one.truth) for one in blamed if one.truth)
    codes = sorted({code for code, _ in spoke})
    return [{"rule": code, "right": spoke[code, True], "wrong": spoke[code, False]} for code in codes]


if __name__ == "__main__":
    main()
