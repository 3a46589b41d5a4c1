"""Trials: what a generation is measured by, role by role: inputs that are the same for it and its parent, and whether
what it made of them was right. What is right is never said by the role that is measured.

| measure | roles | input | right, if |
| --- | --- | --- | --- |
| play | assistant, user | a scenario and its checker | the checker passes the dialogue |
| make | planner, dialogue writer, tool executor | a slot | it ends as a scenario that holds together, with a checker |
| accept | task verifier | a draft with its reference | it accepts what holds together by the rules, and nothing else |
| check | checker writer | a scenario that holds together | the audit admits its checker |
| judge | trajectory verifier | a dialogue | its word is that of the checker, and its blame that of the rules |
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkers.blame import decide, flaw
from checkers.judge import judge_each
from checkers.script import replay
from prompts import Generation
from tasks.spec import Shard
from tasks.stages import STAGES, Begun, check, play_one
from tasks.studio import Studio
from tasks.work import Entry, entry, seed_of
from turnwright.agents.planner import placed, write_plan
from turnwright.agents.verifier import judge_trajectory, verify_task
from turnwright.agents.writer import IMPOSSIBLE, Reference
from turnwright.dialogue import Dialogue
from turnwright.episode import Speaker
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, LlmCall
from turnwright.record import Record
from turnwright.scenario import Draft, Plan, Scenario, Solution
from turnwright.verdict import Blame, Finding, Outcome, Verdict
from turnwright.world import Domain

MAKING = {
    "draft": ("dialogue_writer",),
    "execute": ("tool_executor", "task_verifier"),
    "checker": ("checker_writer",),
}
"""The steps that end with a scenario and its checker, and who takes them."""
_SIZE = 1_500
"""Characters of a text that the reflector is shown."""


class Played(Record):
    """What came of one trial."""

    family: str
    passed: bool
    tokens: int = 0
    role: str = ""
    """Whose failure it is, if it is a role's."""
    code: str = ""
    """The rule's finding, or the checker's first."""
    details: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    cell: str = ""
    """Of a scenario that was made: its family and variant."""
    work: int = 0
    """Of a scenario that was made: its reference's calls, its facts and its requests."""


@dataclass(frozen=True)
class Case:
    """A scenario with a checker to judge its dialogues by."""

    number: int
    """In the run: it decides the seed of what is asked."""
    scenario: Scenario
    source: str


@dataclass(frozen=True)
class Made:
    """A slot, and what a generation made of it."""

    number: int
    shard: Shard
    slot: int
    plans: list[Plan]
    made: Mapping[str, Entry]
    """By step."""
    by: Generation

    @property
    def scenario(self) -> Scenario:
        return Scenario.model_validate(self.made["execute"]["scenario"])

    @property
    def plan(self) -> Plan:
        return self.plans[self.slot % len(self.plans)]

    def seed(self, what: str) -> int:
        return seed_of(self.shard.run, self.shard.domain, self.slot, what)


@dataclass(frozen=True)
class Judged:
    """A dialogue with the verdict of its checker and the rules."""

    number: int
    scenario: Scenario
    dialogue: Dialogue
    verdict: Verdict


Input = Case | Made | Judged


@dataclass(frozen=True)
class Measure:
    """One way to measure some roles."""

    name: str
    roles: tuple[str, ...]
    work: Callable[[Studio, Any, int], Awaitable[Entry]]
    """What comes of one input with one seed: an entry with its `played`."""
    comes: Callable[[Domain, Made], bool]
    """Whether its inputs are made of such a slot."""


async def play(at: Studio, case: Case, seed: int, assistant: Speaker | None = None) -> Entry:
    """The scenario is played, and its checker decides; `assistant` speaks in place of the model of that role."""
    ledger, domain = Ledger(), at.domains[case.scenario.domain]
    dialogue = await play_one(at, case.scenario, ledger, seed, assistant)
    verdict = dialogue.failure
    if verdict is None:
        (word,) = await judge_each(at.sandbox, case.source, [dialogue], case.scenario.facts)
        verdict = decide(domain, case.scenario, dialogue, *word, None, ())
    played, told = _played(case.scenario, dialogue, verdict), dialogue.model_dump(mode="json")
    return _entry(ledger, played, dialogue=told, verdict=verdict.model_dump(mode="json"))


_BLAMED = {Blame.ASSISTANT: "assistant", Blame.USER: "user"}


def _played(scenario: Scenario, dialogue: Dialogue, verdict: Verdict) -> Played:
    if verdict.outcome is Outcome.PASS:
        return Played(family=scenario.family, passed=True)
    code = verdict.findings[0].code if verdict.findings else ""
    if verdict.fault:
        code = verdict.fault.detail.partition(":")[0] if verdict.fault.code == "RULE_BROKEN" else verdict.fault.code
    return Played(
        family=scenario.family,
        passed=False,
        role=_BLAMED.get(verdict.blame, "") if verdict.blame else "",
        code=code,
        details=tuple(map(_told, verdict.findings)),
        said=_said(dialogue),
    )


def _said(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(f"{turn.speaker}: {turn.content}" for turn in dialogue.turns if turn.content)


async def make_slot(at: Studio, case: Made, seed: int) -> Entry:
    """The slot is made again from the first step on whose role or input is another."""
    del seed  # a slot has its own
    ledger, plans, generation = Ledger(), case.plans, at.generations[case.shard.domain]
    if generation.plans and generation.plans != case.by.plans:
        plans = [placed(plan, case.shard.run.run_id, case.shard.domain) for plan in generation.plans]
    elif not case.by.asks_alike(generation, "planner"):
        try:
            plans = await _replanned(at, case, ledger)
        except Failure as failure:
            return _entry(ledger, _failed(case.plan, "planner", "NO_PLAN", failure.reason))
    made = await _made_again(at, case, plans)
    known = [name for name in made if made[name] is case.made.get(name)]
    ledger.calls += [call for name in made if name not in known for call in calls_of(made[name])]
    spent = sum(_tokens(calls_of(made[name])) for name in known)
    return _entry(ledger, _outcome(at.domains[case.shard.domain], plans[case.slot % len(plans)], made), spent)


async def _replanned(at: Studio, case: Made, ledger: Ledger) -> list[Plan]:
    number, domain = case.slot % len(case.plans), at.domains[case.shard.domain]
    role, seed = at.roles[domain.name]["planner"], seed_of(case.shard.run, domain.name, number, "plan")
    plan = await write_plan(role, ledger, seed, domain, case.plans[:number], case.shard.run.run_id)
    return [*case.plans[:number], plan, *case.plans[number + 1 :]]


async def _made_again(at: Studio, case: Made, plans: list[Plan]) -> dict[str, Entry]:
    made: dict[str, Entry] = {}
    begun = Begun(at, case.shard, lambda stage, _: made.get(stage), plans)
    alike = begun.plan(case.slot).plan_id == case.plan.plan_id
    for name, roles in MAKING.items():
        if not STAGES[name].comes(begun, case.slot):
            break
        asked_alike = all(case.by.asks_alike(at.generations[case.shard.domain], role) for role in roles)
        made[name] = case.made[name] if alike and asked_alike else await STAGES[name].work(begun, case.slot)
        alike = alike and _content(made[name]) == _content(case.made[name])
    return made


def _content(made: Entry) -> Entry:
    return {name: value for name, value in made.items() if name not in ("calls", "at")}


def _outcome(domain: Domain, plan: Plan, made: Mapping[str, Entry]) -> Played:
    """Whether a scenario that holds together came of it, with a checker; else who is to be told, and what."""
    if rejected := made["draft"]["rejected"]:
        impossible = rejected["reason"].startswith(IMPOSSIBLE)
        role, code = ("planner", "IMPOSSIBLE_PLAN") if impossible else ("dialogue_writer", "NO_DRAFT")
        return _failed(plan, role, code, rejected["reason"])
    draft, executed = str(made["draft"]["draft"]), made["execute"]
    if rejected := executed["rejected"]:
        return _failed(plan, "tool_executor", "NO_REFERENCE", rejected["reason"], draft)
    scenario = Scenario.model_validate(executed["scenario"])
    shown = [f"draft: {draft}", f"reference: {_reference(scenario)}"]
    if wrong := flaw(domain, scenario):
        role = "dialogue_writer" if wrong.code == "DETAIL_WITHHELD" else "tool_executor"
        return _failed(plan, role, wrong.code, wrong.detail, *shown)
    if not executed["accepted"]:
        return _failed(plan, "", "REJECTED", executed["reason"], *shown)
    if not made["checker"]["admitted"]:
        return _failed(plan, "", "NO_CHECKER", made["checker"]["reason"], *shown)
    work = len(scenario.reference) + len(scenario.facts) + len(scenario.requests)
    cell = f"{scenario.family} {scenario.variant}"
    return Played(family=plan.synthesis.family, passed=True, cell=cell, work=work)


def _failed(plan: Plan, role: str, code: str, detail: str, *said: str) -> Played:
    shown = tuple(text[:_SIZE] for text in (f"plan: {plan.synthesis.summary}", *said))
    return Played(family=plan.synthesis.family, passed=False, role=role, code=code, details=(detail,), said=shown)


def _reference(scenario: Scenario) -> str:
    calls = [f"{call.tool}({call.arguments}) -> {call.error or call.result}" for call in scenario.reference]
    facts = [f"{fact.code} = {fact.value}" for fact in scenario.facts]
    return "; ".join([*calls, f"ending {scenario.ending}", *facts])


async def accept_draft(at: Studio, case: Made, seed: int) -> Entry:
    """The task verifier's word on a draft and its reference."""
    del seed
    executed, ledger, spent = case.made["execute"], Ledger(), 0
    domain, scenario, word = at.domains[case.shard.domain], case.scenario, (executed["accepted"], executed["reason"])
    if case.by.asks_alike(at.generations[domain.name], "task_verifier"):
        spent = _tokens([call for call in calls_of(executed) if call.role == "task_verifier"])
    else:
        role, draft = at.roles[domain.name]["task_verifier"], Draft.model_validate(case.made["draft"]["draft"])
        solution = Solution(ending=scenario.ending, facts=scenario.facts)
        reference = Reference(solution, scenario.reference, executed["changes"])
        try:
            said = await verify_task(role, ledger, case.seed("execute"), domain, draft, reference)
            word = said.accept, said.reason
        except Failure as failure:
            word = None, failure.reason
    wrong = flaw(domain, scenario)
    if word[0] is (wrong is None):
        return _entry(ledger, Played(family=scenario.family, passed=True), spent)
    code = f"ACCEPTED_{wrong.code}" if wrong else "REJECTED_SOUND"
    detail = f"{wrong.detail}; it said: {word[1]}" if wrong else word[1]
    shown = (f"draft: {case.made['draft']['draft']}", f"reference: {_reference(scenario)}")
    return _entry(ledger, _failed(case.plan, "task_verifier", code, detail, *shown), spent)


async def check_scenario(at: Studio, case: Made, seed: int) -> Entry:
    """The checker writer's program before the audit."""
    del seed
    ledger, checked, spent = Ledger(), case.made["checker"], _tokens(calls_of(case.made["checker"]))
    if not case.by.asks_alike(at.generations[case.shard.domain], "checker_writer"):
        checked = await check(Begun(at, case.shard, lambda stage, _: case.made.get(stage), case.plans), case.slot)
        ledger.calls, spent = calls_of(checked), 0
    if checked["admitted"]:
        return _entry(ledger, Played(family=case.scenario.family, passed=True), spent)
    shown = (f"reference: {_reference(case.scenario)}", f"program: {checked['source']}")
    return _entry(ledger, _failed(case.plan, "checker_writer", "REFUSED_BY_AUDIT", checked["reason"], *shown), spent)


async def judge_dialogue(at: Studio, case: Judged, seed: int) -> Entry:
    """The trajectory verifier's word on a dialogue; whom it blames counts where a rule says who it was."""
    ledger, scenario, verdict = Ledger(), case.scenario, case.verdict
    if case.dialogue.failure is not None or verdict.outcome is Outcome.ERROR:
        return _entry(ledger, Played(family=scenario.family, passed=False, code="NO_VERDICT"))
    domain = at.domains[scenario.domain]
    role, changes = at.roles[domain.name]["trajectory_verifier"], replay(domain, scenario)[1]
    try:
        said = await judge_trajectory(role, ledger, seed, domain, scenario, case.dialogue, changes)
        word, blame, why = said.verdict, said.blame, "; ".join(map(_told, said.findings))
    except Failure as failure:
        word, blame, why = "nothing", None, failure.reason
    if word == verdict.outcome and (verdict.fault is None or blame is verdict.blame):
        return _entry(ledger, Played(family=scenario.family, passed=True))
    said_so = f"said {word}, blamed {blame}: {why}"
    right = f"{verdict.outcome}, the fault of {verdict.blame}: {_told(verdict.fault) if verdict.fault else ''}"
    code = f"SAID_{word.upper()}" if word != verdict.outcome else f"BLAMED_{blame}_NOT_{verdict.blame}"
    told = Played(
        family=scenario.family,
        passed=False,
        role="trajectory_verifier",
        code=code,
        details=(said_so, f"right is {right}"),
        said=_said(case.dialogue),
    )
    return _entry(ledger, told)


def calls_of(made: Entry) -> list[LlmCall]:
    """The calls that an entry was made with."""
    return [LlmCall.model_validate(call) for call in made["calls"]]


def _tokens(calls: Sequence[LlmCall]) -> int:
    return sum(call.tokens_in + call.tokens_out for call in calls)


def _told(finding: Finding) -> str:
    return f"{finding.code}: {finding.detail}"


def _entry(ledger: Ledger, played: Played, spent: int = 0, **kept: Any) -> Entry:
    """An entry with what came of a trial; `spent` are the tokens of what the parent had made of it already."""
    told = played.model_copy(update={"tokens": _tokens(ledger.calls) + spent})
    return entry(ledger, played=told.model_dump(mode="json"), **kept)


def _is_anything(_domain: Domain, _made: Made) -> bool:
    return True


def _is_executed(_domain: Domain, made: Made) -> bool:
    return "execute" in made.made and not made.made["execute"]["rejected"]


def _is_sound(domain: Domain, made: Made) -> bool:
    return "checker" in made.made and flaw(domain, made.scenario) is None


def _is_playable(domain: Domain, made: Made) -> bool:
    return _is_sound(domain, made) and made.made["checker"]["admitted"]


PLAY = Measure("play", ("assistant", "user"), play, _is_playable)
MAKE = Measure("make", ("planner", "dialogue_writer", "tool_executor"), make_slot, _is_anything)
ACCEPT = Measure("accept", ("task_verifier",), accept_draft, _is_executed)
CHECK = Measure("check", ("checker_writer",), check_scenario, _is_sound)
JUDGE = Measure("judge", ("trajectory_verifier",), judge_dialogue, _is_playable)
MEASURES = (PLAY, MAKE, ACCEPT, CHECK, JUDGE)
