"""Evolving: rounds of reflection, candidates, screening and confirmation, on one domain; every step is in a journal.

A round plays fresh scenarios by the generation at work, groups what failed by role and finding, and asks the reflector
what to tell those roles. Each of its proposals is tried alone on failures of its role; those that mend one become one
candidate, which is screened on the scenarios of the round and then put before the gate on fresh ones. Every dialogue
played counts as a rollout, and none is begun that the budget does not hold.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from checkers.audit import Audit
from checkers.blame import decide as blame
from checkers.judge import judge
from checkers.library import HELPERS_DOC
from checkers.sandbox import Sandbox
from checkers.script import replay
from prompts import Generation, Prompt
from prompts.patching import BadPatch, Patch, instructions, patched
from tasks.gate import LOOKS, Decision, Pair, decide, discordant, turned_down
from tasks.generations import load_generation
from tasks.planning import write_plans
from tasks.progress import say
from tasks.spec import Amount, RunSpec, Seed, Shard, shards
from tasks.stages import play_one, run_stage
from tasks.studio import Studio, asked_by, studio
from tasks.work import Entry, begun, each, entry, open_journal
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.reflector import Proposal, reflect
from turnwright.dialogue import Dialogue
from turnwright.errors import Failure, RunStopped
from turnwright.llm.role import Ledger, Role
from turnwright.record import Record, content_hash, derive_seed, strings
from turnwright.scenario import Evaluation, Plan, Scenario, Synthesis
from turnwright.verdict import Blame, Outcome, Verdict
from turnwright.world import Domain
from warehouse.journal import Journal

TRIAL = "trial"
ROLES = ("assistant", "user")
"""Whose templates are improved by the pass rate of the same scenarios."""
_BLAMED = {Blame.ASSISTANT: "assistant", Blame.USER: "user"}
_PROPOSALS = 5
"""Per role and round."""
_GROUPS = 8
"""Failure groups that the reflector sees of a role."""
_EXAMPLES = 2
_ROUND = 10_000
"""Numbers of cases that a round has."""
_HELD_OUT = -_ROUND
_TRIALS = 16
"""Failures that a proposal is tried on."""
_SPARE = 1.3
"""Slots that are begun for each scenario that is wanted: some are rejected on the way."""


class OutOfRollouts(RunStopped):
    """The dialogues that may be played are played."""


class EvolveSpec(Record):
    """One run of `evolve`."""

    domain: str
    rounds: Amount
    pilot: Amount
    """Scenarios that a round screens on."""
    seed: Seed = 0
    max_rollouts: Amount = 3_000
    approve: bool = False
    """Whether a person has to put what is accepted to work."""
    models: dict[str, str | None] = {}
    """What plays and reflects, by the names of a run's spec: model, user_model."""

    @property
    def run_id(self) -> str:
        """A hash of what decides its course: the same is one run, however often it is begun."""
        return f"e-{content_hash(self.model_dump(exclude={'max_rollouts', 'approve'}), 16)}"


@dataclass(frozen=True)
class Case:
    """A scenario with a checker to judge its dialogues by."""

    number: int
    """In the run: it decides the seed of the dialogue."""
    scenario: Scenario
    source: str


class Played(Record):
    """What came of one rollout."""

    family: str
    passed: bool
    tokens: int
    blame: Blame | None = None
    code: str = ""
    """The rule's finding, or the checker's first."""
    details: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class Tried(Record):
    """A candidate, or one patch of it, and what became of it."""

    round: int
    candidate: int
    """Counted in its round."""
    parent: int
    generation: int | None = None
    """Its number, if it was more than a patch tried alone."""
    kind: str
    """ "trial" for a patch alone, else what was patched and how, such as "assistant:add+user:add"."""
    patches: tuple[Patch, ...]
    accepted: bool
    reason: str
    pass_rate_before: float
    pass_rate_after: float
    p_value: float | None = None
    pairs: int = 0


@dataclass
class Evolution:
    """A run of it: its spec, the run that its scenarios are made in, and its journal."""

    spec: EvolveSpec
    run: RunSpec
    journal: Journal
    tried: list[Tried] = field(default_factory=list[Tried])
    seen: dict[str, dict[int, tuple[Case, Played]]] = field(default_factory=dict[str, dict[int, tuple[Case, Played]]])
    """By the hash of the generation, what was played."""
    made: dict[str, Shard] = field(default_factory=dict[str, Shard])
    """By name, the shards that its scenarios were made in."""
    promising: list[Patch] = field(default_factory=list[Patch])
    """Patches that mended something and are not at work yet."""

    @property
    def at(self) -> Studio:
        return studio()

    @property
    def rollouts(self) -> int:
        """Dialogues played so far."""
        return self.journal.count("play ")

    def reserve(self, wanted: int, kept_back: int) -> None:
        """See whether so many more dialogues may be played, with some kept back for the end.

        Raises:
            OutOfRollouts: if they may not.
        """
        if self.rollouts + wanted + kept_back > self.spec.max_rollouts:
            most = self.spec.max_rollouts
            raise OutOfRollouts(f"{self.rollouts} of {most} rollouts are played, and the next step takes {wanted}")

    async def play(self, generation: Generation, cases: Sequence[Case], kept_back: int = 0) -> list[Played]:
        """Each case once, by this generation; what the journal has is not played again.

        Raises:
            OutOfRollouts: before anything is played, if the budget does not hold all.
        """
        stage, by_number = f"play {generation.hash}", {case.number: case for case in cases}
        missing = [number for number in by_number if not self.journal.has(stage, number)]
        self.reserve(len(missing), kept_back)
        at = replace(
            self.at,
            roles={self.spec.domain: asked_by(self.at, generation)},
            generations={self.spec.domain: generation},
        )

        async def work(number: int) -> Entry:
            return await _play(at, by_number[number], derive_seed(self.spec.seed, "play", number))

        await each(self._shard, self.journal, stage, missing, work)
        found = [Played.model_validate((self.journal.get(stage, number) or {})["played"]) for number in by_number]
        self.seen.setdefault(generation.hash, {}).update(
            {case.number: (case, played) for case, played in zip(cases, found, strict=True)}
        )
        return found

    @property
    def _shard(self) -> Shard:
        return Shard(run=self.run, domain=self.spec.domain, first=0, last=1)

    async def cases(self, parent: int, first: int, count: int) -> list[Case]:
        """Scenarios with checkers, made by the parent, numbered from `first`; other numbers have other scenarios."""
        seed = derive_seed(self.spec.seed, "cases", first) % 2**62
        slots = int(count * _SPARE) + 1
        run = self.run.model_copy(
            update={"seed": seed, "count": slots, "shard_size": slots, "generations": {self.spec.domain: parent}}
        )
        await write_plans(run, self.spec.domain)
        (shard,) = shards(run, self.spec.domain, begun(run))
        self.made[shard.name] = shard
        for stage in ("draft", "execute", "checker"):
            await run_stage(stage, shard)
        with open_journal(shard.name) as journal:
            entries = [(journal.get("execute", slot), journal.get("checker", slot)) for slot in shard.slots]
        found = [
            (Scenario.model_validate(executed["scenario"]), checker["source"])
            for executed, checker in entries
            if executed and checker and checker["admitted"]
        ]
        if len(found) < count:
            raise Failure(Blame.TASK, f"{len(found)} of {slots} slots came to a scenario with a checker, not {count}")
        return [Case(first + at, *pair) for at, pair in enumerate(found[:count])]

    async def held_out(self) -> int:
        """Have the generation of the start write checkers for the held-out scenarios; gives how many there are."""
        domain, writer = self.at.domains[self.spec.domain], self.at.roles[self.spec.domain]["checker_writer"]
        scenarios = domain.test_scenarios()

        async def work(number: int) -> Entry:
            ledger, seed, source = Ledger(), derive_seed(self.spec.seed, "held out", number), None
            with suppress(Failure):  # then it is none of the held-out scenarios that are played
                source = await checker_for(writer, ledger, seed, self.at.sandbox, domain, scenarios[number])
            return entry(ledger, source=source)

        await each(self._shard, self.journal, "held out", range(len(scenarios)), work)
        return len(self._held_out())

    def _held_out(self) -> list[Case]:
        scenarios = self.at.domains[self.spec.domain].test_scenarios()
        found = [(at, scenario, self.journal.get("held out", at) or {}) for at, scenario in enumerate(scenarios)]
        return [Case(_HELD_OUT + at, scenario, one["source"]) for at, scenario, one in found if one["source"]]

    async def measure(self, number: int) -> float:
        """The pass rate of a generation on the held-out scenarios, which no round sees."""
        return await self.measure_of(load_generation(self.at.warehouse, self.spec.domain, number))

    async def measure_of(self, generation: Generation) -> float:
        """The same of one that has no number yet."""
        return pass_rate(await self.play(generation, self._held_out()))

    async def proposals(
        self, parent: Generation, role: str, number: int, failures: list[dict[str, Any]]
    ) -> list[Patch]:
        """What the reflector would tell a role, in a round; nothing where it has no usable word."""
        if not failures:
            return []
        stage = f"reflect {role}"
        if (made := self.journal.get(stage, number)) is None:
            ledger, seed = Ledger(), derive_seed(self.spec.seed, "reflect", role, number)
            try:
                proposed = await self._reflect(parent, role, failures, ledger, seed)
            except Failure as failure:
                made = entry(ledger, patches=[], reason=failure.reason)
            else:
                made = entry(ledger, patches=[_patch(role, one).model_dump(mode="json") for one in proposed])
            await self.journal.write(stage, number, made)
        return [Patch.model_validate(patch) for patch in made["patches"]]

    async def _reflect(
        self, parent: Generation, role: str, failures: list[dict[str, Any]], ledger: Ledger, seed: int
    ) -> Sequence[Proposal]:
        at, prompt = self.at, parent.prompts[role]
        scenarios = [case.scenario for case, _ in self.seen[parent.hash].values()]

        def check(made: Sequence[Proposal]) -> None:
            patched(prompt, [_patch(role, one) for one in made])
            if leaked := next((word for one in made for word in leaks(one.text, scenarios)), None):
                raise BadPatch(f"{leaked!r} is of one scenario: say what holds for all")

        tried = [
            {"text": one.patches[0].text, "came_of_it": one.reason}
            for one in self.tried
            if one.kind == TRIAL and one.patches[0].role == role
        ]
        domain, reflector = at.domains[self.spec.domain], at.roles[self.spec.domain]["reflector"]
        standing = instructions(prompt)
        return await reflect(
            reflector, ledger, seed, domain, role, prompt.text, standing, failures, tried, _PROPOSALS, check
        )

    async def round(self, number: int, parent: int, kept_back: int) -> None:
        """One round: what it tried, and whether that was better than the parent beyond noise, is in `tried`.

        Raises:
            OutOfRollouts: if the budget does not hold its next step.
        """
        now, first = load_generation(self.at.warehouse, self.spec.domain, parent), _ROUND * (number + 1)
        pilot = await self.cases(parent, first, self.spec.pilot)
        before = await self.play(now, pilot, kept_back)
        bundle: list[Patch] = []
        for role in ROLES:
            failed = [one for one in self.seen[now.hash].values() if one[0].number >= 0 and _failed_by(one[1], role)]
            made = await self.proposals(now, role, number, failures_of([played for _, played in failed], role))
            known = [patch for patch in self.promising if patch.role == role]
            bundle += [*known, *await self._mending(now, number, parent, made, failed, kept_back)]
        if not bundle:
            return
        candidate = with_patches(now, bundle)
        after = await self.play(candidate, pilot, kept_back)
        pairs = pairs_of(before, after)
        better, worse = discordant(pairs)
        self.promising = bundle if better >= worse else []
        if better <= worse:
            reason = f"screened on {len(pilot)} pairs: {better} better, {worse} worse"
            self._note(number, parent, bundle, turned_down(pairs, reason))
            return
        decision = await self.confirm(now, candidate, parent, number, kept_back)
        self._note(number, parent, bundle, decision)
        self.promising = [] if decision.accepted else bundle

    async def _mending(
        self,
        now: Generation,
        number: int,
        parent: int,
        patches: Sequence[Patch],
        failed: Sequence[tuple[Case, Played]],
        kept_back: int,
    ) -> list[Patch]:
        """Those patches that, alone, mend one of the last failures of their role."""
        cases, found = [case for case, _ in failed[-_TRIALS:]], list[Patch]()
        before = [played for _, played in failed[-_TRIALS:]]
        for patch in patches:
            after = await self.play(with_patches(now, [patch]), cases, kept_back)
            mended = sum(one.passed for one in after)
            if mended:
                found.append(patch)
            reason = f"alone it mends {mended} of {len(cases)} failures"
            self._note(number, parent, [patch], turned_down(pairs_of(before, after), reason), kind=TRIAL)
        return found

    async def confirm(
        self, now: Generation, candidate: Generation, parent: int, number: int, kept_back: int
    ) -> Decision:
        """The gate's word on a candidate, on fresh pairs, look by look."""
        pairs: list[Pair] = []
        for most in LOOKS:
            fresh = await self.cases(parent, _ROUND * (number + 1) + _ROUND // 2 + len(pairs), most - len(pairs))
            self.reserve(2 * len(fresh), kept_back)
            before, after = [await self.play(one, fresh, kept_back) for one in (now, candidate)]
            pairs += pairs_of(before, after)
            decision = decide(pairs)
            if decision.accepted is not None:
                return decision
        raise AssertionError("the last look decides")

    def _note(
        self, number: int, parent: int, bundle: Sequence[Patch], decision: Decision, kind: str | None = None
    ) -> None:
        one = Tried(
            round=number,
            candidate=1 + sum(one.round == number for one in self.tried),
            parent=parent,
            kind=kind or "+".join(sorted({f"{patch.role}:{patch.kind}" for patch in bundle})),
            patches=tuple(bundle),
            accepted=bool(decision.accepted),
            **decision.model_dump(exclude={"accepted"}),
        )
        self.tried.append(one)
        say(f"round {number + 1}: {_told(one)}")


def _told(tried: Tried) -> str:
    what = tried.patches[0].text if tried.kind == TRIAL else f"{len(tried.patches)} patches together ({tried.kind})"
    return f"{what} — {tried.reason}" + (": accepted" if tried.accepted else "")


async def _play(at: Studio, case: Case, seed: int) -> Entry:
    ledger, domain = Ledger(), at.domains[case.scenario.domain]
    dialogue = await play_one(at, case.scenario, ledger, seed)
    verdict = dialogue.failure
    if verdict is None:
        outcome, findings = await judge(at.sandbox, case.source, dialogue, case.scenario.facts)
        verdict = blame(domain, case.scenario, dialogue, outcome, findings, None, ())
    tokens = sum(call.tokens_in + call.tokens_out for call in ledger.calls)
    told = _played(case, dialogue, verdict, tokens).model_dump(mode="json")
    kept = {"dialogue": dialogue.model_dump(mode="json"), "verdict": verdict.model_dump(mode="json")}
    return entry(ledger, played=told, **kept)


def _played(case: Case, dialogue: Dialogue, verdict: Verdict, tokens: int) -> Played:
    passed = verdict.outcome is Outcome.PASS
    code = ""
    if verdict.fault:
        code = verdict.fault.detail.partition(":")[0] if verdict.fault.code == "RULE_BROKEN" else verdict.fault.code
    elif verdict.findings:
        code = verdict.findings[0].code
    said = [f"{turn.speaker}: {turn.content}" for turn in dialogue.turns if turn.content]
    return Played(
        family=case.scenario.family,
        passed=passed,
        tokens=tokens,
        blame=verdict.blame,
        code=code,
        details=() if passed else tuple(f"{one.code}: {one.detail}" for one in verdict.findings),
        said=() if passed else tuple(said),
    )


def failures_of(played: Sequence[Played], role: str) -> list[dict[str, Any]]:
    """What a role is blamed for, the most frequent first: {"code", "dialogues", "families", "examples"}."""
    groups: defaultdict[str, list[Played]] = defaultdict(list)
    for one in played:
        if _failed_by(one, role):
            groups[one.code].append(one)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {
            "code": code,
            "dialogues": len(found),
            "families": sorted({one.family for one in found}),
            "examples": [{"findings": one.details, "said": one.said} for one in found[:_EXAMPLES]],
        }
        for code, found in ordered[:_GROUPS]
    ]


def _failed_by(played: Played, role: str) -> bool:
    return not played.passed and played.blame is not None and _BLAMED.get(played.blame) == role


def with_patches(generation: Generation, patches: Sequence[Patch]) -> Generation:
    """The generation with these patches made."""
    prompts: dict[str, Prompt] = dict(generation.prompts)
    for role in sorted({patch.role for patch in patches}):
        prompts[role] = patched(prompts[role], [patch for patch in patches if patch.role == role])
    return replace(generation, prompts=prompts)


def leaks(text: str, scenarios: Sequence[Scenario]) -> list[str]:
    """What a text has of single scenarios: ids, dates, addresses, and whatever else has a digit in it, and names."""
    words, found = {word.strip(".,;:!?\"'()").casefold() for word in text.split()}, set[str]()
    for scenario in scenarios:
        told = scenario.model_dump(include={"knows", "requests", "facts", "reference"})
        values = {value.casefold() for value in strings(told) if any(mark.isdigit() for mark in value)}
        names = {part for name in strings(scenario.knows.get("name")) for part in name.casefold().split()}
        found |= (values | names) & words
    return sorted(found)


def _patch(role: str, proposal: Proposal) -> Patch:
    return Patch(role=role, text=proposal.text, replaces=proposal.replaces)


def pass_rate(played: Sequence[Played]) -> float:
    """Of rollouts; an ERROR is no pass."""
    return round(sum(one.passed for one in played) / len(played), 4)


def pairs_of(before: Sequence[Played], after: Sequence[Played]) -> list[Pair]:
    return [
        Pair(one.family, one.passed, other.passed, one.tokens, other.tokens)
        for one, other in zip(before, after, strict=True)
    ]


async def checker_for(
    writer: Role, ledger: Ledger, seed: int, sandbox: Sandbox, domain: Domain, scenario: Scenario
) -> str:
    """The source of an admitted checker for a scenario whose plan is gone.

    Raises:
        Failure: if there is none.
    """
    audit = Audit(domain, scenario)

    async def admit(source: str) -> str | None:
        return (await audit.admit(sandbox, source)).reason

    changes, plan = replay(domain, scenario)[1], _plan_of(scenario)
    return await write_checker(writer, ledger, seed, domain, scenario, changes, plan, HELPERS_DOC, admit)


def _plan_of(scenario: Scenario) -> Plan:
    """A plan for a scenario that has none any more: its checker may use any code."""
    synthesis = Synthesis(
        summary=f"held-out scenario of {scenario.family}",
        family=scenario.family,
        tier=scenario.tier,
        tool_patterns=tuple(dict.fromkeys(call.tool for call in scenario.reference)) or ("none",),
        user_style=scenario.variant,
    )
    evaluation = Evaluation(rubrics=("the policy is kept",), failure_codes=("OTHER",))
    return Plan(plan_id=scenario.plan_id, domain=scenario.domain, synthesis=synthesis, evaluation=evaluation)
