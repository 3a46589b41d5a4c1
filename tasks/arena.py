"""Arena: where generations of a domain are tried: the same inputs for each, what comes of them in a journal, within a
budget."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from prompts import Generation
from tasks.generations import load_generation
from tasks.held_out import checker_for
from tasks.planning import plans_name, plans_of, write_plans
from tasks.spec import Amount, RoleSettings, RunSpec, Seed, Shard, shards
from tasks.stages import run_stage
from tasks.studio import Studio, asked_by, instead, studio
from tasks.trials import JUDGE, MAKING, PLAY, Case, Input, Judged, Made, Measure, Played
from tasks.work import Entry, begun, each, entry, open_journal
from turnwright.dialogue import Dialogue
from turnwright.errors import Failure, RunStopped
from turnwright.llm.role import Ledger
from turnwright.record import Record, content_hash, derive_seed
from turnwright.verdict import Blame, Verdict
from warehouse.journal import Journal

_HELD_OUT = -10_000
"""Where the numbers of the held-out scenarios begin; those of others are not negative."""
_SPARE = 1.3
"""Slots that are begun for each scenario that is wanted: some are rejected on the way."""
_BATCHES = 4
"""Of slots, until there are enough."""


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
    model: str = "embedded/teacher"
    user_model: str | None = None
    roles: dict[str, RoleSettings] = {}
    """As in a run's spec."""

    @property
    def run_id(self) -> str:
        """A hash of what decides its course: the same is one run, however often it is begun."""
        decides = self.model_dump(mode="json", exclude={"max_rollouts", "approve"}, exclude_defaults=True)
        return f"e-{content_hash(decides, 16)}"


@dataclass
class Arena:
    """One run of `evolve`: its spec, the run that its scenarios are made in, and its journal."""

    spec: EvolveSpec
    run: RunSpec
    journal: Journal
    seen: dict[str, dict[int, tuple[Input, Played]]] = field(default_factory=dict[str, dict[int, tuple[Input, Played]]])
    """By measure and hash of the generation, as in the journal, what came of which inputs."""
    made: dict[str, list[Made]] = field(default_factory=dict[str, list[Made]])
    """By run, the slots that its inputs are made of: a measure after the other asks for the same."""

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

    async def trial(
        self, measure: Measure, generation: Generation, inputs: Sequence[Input], kept_back: int = 0
    ) -> list[Played]:
        """Each input once, by this generation; what the journal has is not done again.

        Raises:
            OutOfRollouts: before anything is played, if the budget does not hold all.
        """
        stage, by_number = stage_of(measure, generation), {one.number: one for one in inputs}
        missing = [number for number in by_number if not self.journal.has(stage, number)]
        if measure is PLAY:
            self.reserve(len(missing), kept_back)
        at = self._as_asked(generation)

        async def work(number: int) -> Entry:
            return await measure.work(at, by_number[number], derive_seed(self.spec.seed, measure.name, number))

        await each(self._shard, self.journal, stage, missing, work)
        found = [Played.model_validate((self.journal.get(stage, number) or {})["played"]) for number in by_number]
        self.seen.setdefault(stage, {}).update(zip(by_number, zip(inputs, found, strict=True), strict=True))
        return found

    async def play(self, generation: Generation, cases: Sequence[Case], kept_back: int = 0) -> list[Played]:
        """The same for dialogues.

        Raises:
            OutOfRollouts: as `trial` does.
        """
        return await self.trial(PLAY, generation, cases, kept_back)

    def _as_asked(self, generation: Generation) -> Studio:
        """The studio with the roles of a generation."""
        domain, roles = self.spec.domain, asked_by(self.at, generation)
        return replace(self.at, roles={domain: roles}, generations={domain: generation})

    @property
    def _shard(self) -> Shard:
        return Shard(run=self.run, domain=self.spec.domain, first=0, last=1)

    async def slots(self, parent: int, first: int, count: int, batch: int = 0) -> list[Made]:
        """Slots that the parent has made something of, some more than `count`; other numbers have others."""
        seed = derive_seed(self.spec.seed, "cases", *([first, batch] if batch else [first])) % 2**62
        slots = int(count * _SPARE) + 1
        run = self.run.model_copy(
            update={"seed": seed, "count": slots, "shard_size": slots, "generations": {self.spec.domain: parent}}
        )
        if run.run_id in self.made:
            return self.made[run.run_id]
        by = load_generation(self.at.warehouse, self.spec.domain, parent)
        with instead(self._as_asked(by)):
            await write_plans(run, self.spec.domain)
            (shard,) = shards(run, self.spec.domain, begun(run))
            for stage in MAKING:
                await run_stage(stage, shard)
        with open_journal(plans_name(run, self.spec.domain)) as planned, open_journal(shard.name) as journal:
            plans = plans_of(planned)
            entries = [{stage: journal.get(stage, slot) for stage in MAKING} for slot in shard.slots]
        made = ({stage: one for stage, one in found.items() if one} for found in entries)
        self.made[run.run_id] = [Made(first + slot, shard, slot, plans, one, by) for slot, one in enumerate(made)]
        return self.made[run.run_id]

    async def _made(self, measure: Measure, parent: int, first: int, count: int) -> list[Made]:
        """So many of them that inputs of a measure are made of, in as many batches as it takes.

        Raises:
            Failure: blamed on TASK, if too few come to that.
        """
        domain, found = self.at.domains[self.spec.domain], list[Made]()
        for batch in range(_BATCHES):
            made = await self.slots(parent, first, count - len(found), batch)
            found += [one for one in made if measure.comes(domain, one)][: count - len(found)]
            if len(found) == count:
                return [replace(one, number=first + at) for at, one in enumerate(found)]
        raise Failure(Blame.TASK, f"{_BATCHES} batches of slots gave {len(found)} of what evolution needs, not {count}")

    async def cases(self, parent: int, first: int, count: int) -> list[Case]:
        """Scenarios that hold together, with checkers, made by the parent, numbered from `first`.

        Raises:
            Failure: blamed on TASK, if too few slots come to that.
        """
        made = await self._made(PLAY, parent, first, count)
        return [Case(one.number, one.scenario, one.made["checker"]["source"]) for one in made]

    async def inputs(
        self, measure: Measure, now: Generation, parent: int, first: int, count: int, kept_back: int
    ) -> Sequence[Input]:
        """So many inputs of a measure, fresh ones for a fresh number.

        Raises:
            OutOfRollouts: if dialogues have to be played for it that the budget does not hold.
            Failure: blamed on TASK, if too few slots come to that.
        """
        if measure not in (PLAY, JUDGE):
            return await self._made(measure, parent, first, count)
        cases = await self.cases(parent, first, count)
        if measure is JUDGE:
            await self.play(now, cases, kept_back)
            return [self._judged(now, case) for case in cases]
        return cases

    def dialogue(self, generation: Generation, number: int) -> Dialogue:
        """One that was played."""
        return Dialogue.model_validate((self.journal.get(stage_of(PLAY, generation), number) or {})["dialogue"])

    def _judged(self, now: Generation, case: Case) -> Judged:
        played = self.journal.get(stage_of(PLAY, now), case.number) or {}
        verdict = Verdict.model_validate(played["verdict"])
        return Judged(case.number, case.scenario, self.dialogue(now, case.number), verdict)

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


def stage_of(measure: Measure, generation: Generation) -> str:
    """The name of these trials in the journal."""
    return f"{measure.name} {generation.hash}"


def pass_rate(played: Sequence[Played]) -> float:
    """Of rollouts; an ERROR is no pass."""
    return round(sum(one.passed for one in played) / len(played), 4)
