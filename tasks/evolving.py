"""Evolving: rounds of reflection, candidates, screening and confirmation, on one domain; every step is in a journal.

A round has the generation at work make and play fresh scenarios. For each measure (tasks/trials.py) it groups what
failed by role and finding, and asks the reflector what to tell those roles. Each of its proposals is tried alone on
failures of its role; those that mend one become one candidate, less those that are not needed beside the others. It is
screened on the inputs of the round and then put before the gate on fresh ones. What is accepted under several measures
is about different roles, and becomes one generation. Every dialogue played counts as a rollout, and none is begun that
the budget does not hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from scipy.stats import wilcoxon

from prompts import Generation
from prompts.patching import Patch, instructions, settings, with_patches
from tasks.arena import Arena, stage_of
from tasks.gate import LOOKS, Decision, Pair, decide, discordant, sign_test, turned_down
from tasks.generations import load_generation
from tasks.progress import say
from tasks.reflecting import check_patches, failures_of, patch_of
from tasks.trials import MAKE, MEASURES, PLAY, Case, Input, Made, Measure, Played
from tasks.work import entry
from turnwright.agents.planner import Failing, write_plan
from turnwright.agents.reflector import About, Proposal, reflect
from turnwright.dialogue import Dialogue
from turnwright.errors import Failure
from turnwright.llm.role import Ledger
from turnwright.record import Record, derive_seed
from turnwright.scenario import Plan

TRIAL = "trial"
MERGE = "merge"
PATIENCE = 3
"""Rounds in a row without anything better after which evolution is over."""
_PROPOSALS = 5
"""Per role and round."""
_ROUND = 10_000
"""Numbers of inputs that a round has."""
_TRIALS = 16
"""Failures that a proposal is tried on."""
_POORER = 0.9
"""Share of its parent's cells, and of the work in a scenario, that a candidate's scenarios have to keep."""
_CHANCE = 0.05
_SAMPLES = 2
"""Dialogues that a person who approves is shown."""
_PROMISING = 0.125
"""How surprising it has to be, in screening, that rewritten plans do better: three do, and none does worse."""
_MAKERS = ("dialogue_writer", "tool_executor")
_CANDIDATES = {MAKE.name: 2}
"""Candidates that are confirmed beside each other: of makers, what they are told, and their plans."""


class Tried(Record):
    """A candidate, or one patch of it, and what became of it."""

    round: int
    candidate: int
    """Counted in its round."""
    parent: int
    generation: int | None = None
    """Its number, if it was more than a patch tried alone."""
    kind: str
    """ "trial" for a patch alone, "merge" for what was accepted under several measures, else what was patched and how,
    such as "assistant:add+user:add"."""
    measure: str
    """What the rates are of: tasks/trials.py."""
    patches: tuple[Patch, ...]
    accepted: bool
    reason: str
    pass_rate_before: float
    pass_rate_after: float
    p_value: float | None = None
    pairs: int = 0


@dataclass
class Evolution(Arena):
    """The rounds of a run."""

    tried: list[Tried] = field(default_factory=list[Tried])
    promising: list[Patch] = field(default_factory=list[Patch])
    """Patches that mended something and are not at work yet."""
    samples: list[tuple[Dialogue, Dialogue]] = field(default_factory=list[tuple[Dialogue, Dialogue]])
    """Of the last that was accepted: what its parent did wrong, and what it did right instead."""

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
                made = entry(ledger, patches=[patch_of(role, one).model_dump(mode="json") for one in proposed])
            await self.journal.write(stage, number, made)
        return [Patch.model_validate(patch) for patch in made["patches"]]

    async def _reflect(
        self, parent: Generation, role: str, failures: list[dict[str, Any]], ledger: Ledger, seed: int
    ) -> Sequence[Proposal]:
        at, prompt, asked = self.at, parent.prompts[role], parent.workflow.roles[role]
        scenarios = [
            case.scenario for seen in self.seen.values() for case, _ in seen.values() if isinstance(case, Case)
        ]

        def check(made: Sequence[Proposal]) -> None:
            check_patches(parent, [patch_of(role, one) for one in made], scenarios)

        tried = [
            {"text": str(one.patches[0]), "came_of_it": one.reason}
            for one in self.tried
            if one.kind == TRIAL and one.patches[0].role == role
        ]
        domain, reflector = at.domains[self.spec.domain], at.roles[self.spec.domain]["reflector"]
        about = About(
            role,
            template=prompt.text,
            instructions=instructions(prompt),
            settings={name: getattr(asked, name) for name in settings(role)},
            failures=failures,
            tried=tried,
        )
        return await reflect(reflector, ledger, seed, domain, about, _PROPOSALS, check)

    async def round(self, number: int, parent: int, kept_back: int) -> None:
        """One round: what it tried, and whether that was better than the parent beyond noise, is in `tried`.

        Raises:
            OutOfRollouts: if the budget does not hold its next step.
        """
        now = load_generation(self.at.warehouse, self.spec.domain, parent)
        for measure in MEASURES:
            await self._improve(measure, now, number, parent, kept_back)
        await self._replan(now, number, parent, kept_back)

    def stalled(self, number: int) -> bool:
        """Whether this round and those before it accepted nothing, PATIENCE in a row."""
        lately = range(number - PATIENCE + 1, number + 1)
        return number + 1 >= PATIENCE and not any(one.accepted and one.round in lately for one in self.tried)

    async def _improve(self, measure: Measure, now: Generation, number: int, parent: int, kept_back: int) -> None:
        inputs = await self.inputs(measure, now, parent, _ROUND * (number + 1), self.spec.pilot, kept_back)
        before = await self.trial(measure, now, inputs, kept_back)
        bundle: list[Patch] = []
        mended: dict[Patch, list[Input]] = {}
        for role in measure.roles:
            failed = self._failed(measure, now, role)
            made = await self.proposals(now, role, number, failures_of([played for _, played in failed], role))
            bundle += [patch for patch in self.promising if patch.role == role]
            for patch in made:
                if cases := await self._mended(measure, now, number, parent, patch, failed, kept_back):
                    mended[patch] = cases
        bundle = await self.needed(measure, now, [*bundle, *mended], mended, kept_back)
        if not bundle:
            return
        candidate = with_patches(now, bundle)
        pairs = pairs_of(before, await self.trial(measure, candidate, inputs, kept_back))
        better, worse = discordant(pairs)
        decision = await self._decided(measure, now, candidate, parent, number, kept_back, pairs, better > worse)
        self._note(measure, number, parent, bundle, decision)
        if decision.accepted and measure is PLAY:
            self.samples = self._samples(now, candidate)
        others = [patch for patch in self.promising if patch.role not in measure.roles]
        self.promising = [*others, *([] if decision.accepted or better < worse else bundle)]

    async def _decided(
        self,
        measure: Measure,
        now: Generation,
        candidate: Generation,
        parent: int,
        number: int,
        kept_back: int,
        screened: Sequence[Pair],
        promising: bool,
    ) -> Decision:
        """The word on a candidate: the gate's, if what it was screened on is promising."""
        if promising:
            return await self.confirm(measure, now, candidate, parent, number, kept_back)
        better, worse = discordant(screened)
        return turned_down(screened, f"screened on {len(screened)} pairs: {better} better, {worse} worse")

    async def _replan(self, now: Generation, number: int, parent: int, kept_back: int) -> None:
        """Plans of which no slot of the round came to a sound scenario, rewritten, as a candidate of their own."""
        inputs = await self.slots(parent, _ROUND * (number + 1), self.spec.pilot)
        before = await self.trial(MAKE, now, inputs)
        plans = await self.rewritten(number, inputs, before)
        if plans == inputs[0].plans:
            return
        bundle = [Patch(role="planner", plans=tuple(plans))]
        candidate = with_patches(now, bundle)
        pairs = pairs_of(before, await self.trial(MAKE, candidate, inputs))
        promising = sign_test(*discordant(pairs)) <= _PROMISING
        decision = await self._decided(MAKE, now, candidate, parent, number, kept_back, pairs, promising)
        self._note(MAKE, number, parent, bundle, decision)

    async def rewritten(self, number: int, inputs: Sequence[Made], outcomes: Sequence[Played]) -> list[Plan]:
        """The plans of these slots, in place of each that came to nothing another."""
        plans, domain = [*inputs[0].plans], self.at.domains[self.spec.domain]
        role, stage = self.at.roles[domain.name]["planner"], f"replan {number}"
        for at, plan in enumerate(inputs[0].plans):
            came = [one for case, one in zip(inputs, outcomes, strict=True) if case.plan.plan_id == plan.plan_id]
            if any(one.passed or one.role in _MAKERS for one in came):
                continue  # who made something wrong of it is told so; the plan is not at fault
            if (made := self.journal.get(stage, at)) is None:
                ledger, seed = Ledger(), derive_seed(self.spec.seed, stage, at)
                failing = Failing(plan, sorted({f"{one.code}: {one.details[0]}" for one in came}))
                others = [*plans[:at], *plans[at + 1 :]]
                try:
                    new = await write_plan(role, ledger, seed, domain, others, inputs[at].shard.run.run_id, failing)
                    made = entry(ledger, plan=new.model_dump(mode="json"))
                except Failure as failure:
                    made = entry(ledger, plan=None, reason=failure.reason)
                await self.journal.write(stage, at, made)
            plans[at] = Plan.model_validate(made["plan"]) if made["plan"] else plan
        return plans

    def _failed(self, measure: Measure, now: Generation, role: str) -> list[tuple[Input, Played]]:
        """What a role is blamed for under a generation, but for the held-out scenarios."""
        seen = self.seen[stage_of(measure, now)].values()
        return [one for one in seen if one[0].number >= 0 and not one[1].passed and one[1].role == role]

    async def _mended(
        self,
        measure: Measure,
        now: Generation,
        number: int,
        parent: int,
        patch: Patch,
        failed: Sequence[tuple[Input, Played]],
        kept_back: int,
    ) -> list[Input]:
        """Those of the last failures of its role, what it is against before all others, that a patch mends alone."""
        chosen = sorted(failed, key=lambda one: one[1].code == patch.because)[-_TRIALS:]
        cases, before = [case for case, _ in chosen], [played for _, played in chosen]
        after = await self.trial(measure, with_patches(now, [patch]), cases, kept_back)
        found = [case for case, played in zip(cases, after, strict=True) if played.passed]
        reason = f"alone it mends {len(found)} of {len(cases)} failures"
        self._note(measure, number, parent, [patch], turned_down(pairs_of(before, after), reason), kind=TRIAL)
        return found

    async def needed(
        self,
        measure: Measure,
        now: Generation,
        bundle: list[Patch],
        mended: dict[Patch, list[Input]],
        kept_back: int,
    ) -> list[Patch]:
        """The bundle less those patches without which the others still mend all that each of these mends alone."""
        for patch, cases in mended.items():
            others = [one for one in bundle if one != patch]
            if others and patch in bundle:
                after = await self.trial(measure, with_patches(now, others), cases, kept_back)
                bundle = others if all(one.passed for one in after) else bundle
        return bundle

    async def confirm(
        self, measure: Measure, now: Generation, candidate: Generation, parent: int, number: int, kept_back: int
    ) -> Decision:
        """The gate's word on a candidate, on fresh pairs, look by look.

        Raises:
            OutOfRollouts: if the budget does not hold the next look.
        """
        before, after = list[Played](), list[Played]()
        for most in LOOKS:
            first, count = _ROUND * (number + 1) + _ROUND // 2 + len(before), most - len(before)
            fresh = await self.inputs(measure, now, parent, first, count, kept_back)
            if measure is PLAY:
                self.reserve(2 * len(fresh), kept_back)
            before += await self.trial(measure, now, fresh, kept_back)
            after += await self.trial(measure, candidate, fresh, kept_back)
            beside = 0 if measure is PLAY else self._tokens_of_a_dialogue(now)
            decision = decide(pairs_of(before, after, beside), _CANDIDATES.get(measure.name, 1))
            if decision.accepted is not None:
                against = poorer(before, after) if decision.accepted and measure is MAKE else None
                return decision.model_copy(update={"accepted": False, "reason": against}) if against else decision
        raise AssertionError("the last look decides")

    def _samples(self, now: Generation, candidate: Generation) -> list[tuple[Dialogue, Dialogue]]:
        before, after = (self.seen[stage_of(PLAY, one)] for one in (now, candidate))
        mended = [number for number in after if after[number][1].passed and not before[number][1].passed]
        return [(self.dialogue(now, number), self.dialogue(candidate, number)) for number in mended[:_SAMPLES]]

    def _tokens_of_a_dialogue(self, now: Generation) -> int:
        """What a dialogue takes on average, so that a dearer verifier is seen beside all that it is a part of."""
        return round(fmean(played.tokens for _, played in self.seen[stage_of(PLAY, now)].values()))

    def _note(
        self,
        measure: Measure,
        number: int,
        parent: int,
        bundle: Sequence[Patch],
        decision: Decision,
        kind: str | None = None,
    ) -> None:
        one = Tried(
            round=number,
            candidate=1 + sum(one.round == number for one in self.tried),
            parent=parent,
            measure=measure.name,
            kind=kind or "+".join(sorted({f"{patch.role}:{patch.kind}" for patch in bundle})),
            patches=tuple(bundle),
            accepted=bool(decision.accepted),
            **decision.model_dump(exclude={"accepted"}),
        )
        self.tried.append(one)
        say(f"round {number + 1}: {_told(one)}")


def _told(tried: Tried) -> str:
    what = f"{len(tried.patches)} patches together ({tried.kind})"
    if tried.kind == TRIAL:
        what = f"{tried.patches[0].role}: {tried.patches[0]}"
    return f"{what} — {tried.reason}" + (": accepted" if tried.accepted else "")


def poorer(before: Sequence[Played], after: Sequence[Played]) -> str | None:
    """How the scenarios that a candidate makes are fewer in kind, or easier beyond chance, than its parent's."""
    cells, others = ({one.cell for one in made if one.passed} for made in (before, after))
    if len(others) < _POORER * len(cells):
        return f"its scenarios are of {len(others)} kinds, its parent's of {len(cells)}"
    both = [(one.work, other.work) for one, other in zip(before, after, strict=True) if one.passed and other.passed]
    work, left = (sum(pair[at] for pair in both) for at in (0, 1))
    if left < _POORER * work and _by_no_chance(both):
        return f"its scenarios are easier: {left} calls, facts and requests in place of {work}"
    return None


def _by_no_chance(both: Sequence[tuple[int, int]]) -> bool:
    """Wilcoxon's signed-rank test (1945), one-sided."""
    tested: Any = wilcoxon([one for one, _ in both], [other for _, other in both], alternative="greater")
    return bool(tested.pvalue <= _CHANCE)


def pairs_of(before: Sequence[Played], after: Sequence[Played], beside: int = 0) -> list[Pair]:
    """What the gate sees; `beside` are the tokens that a dialogue takes beside what is measured."""
    return [
        Pair(one.family, one.passed, other.passed, one.tokens + beside, other.tokens + beside)
        for one, other in zip(before, after, strict=True)
    ]
