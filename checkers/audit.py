"""Audit: what a checker must prove before it may judge. It passes the reference and all that is as right, and fails the
silent run, the read-only run and every mutant that the oracle finds wrong."""

from collections.abc import Sequence

from checkers.judge import judge_each
from checkers.lint import lint
from checkers.mutants import Mutant, mutants
from checkers.operator import Original
from checkers.sandbox import Sandbox
from turnwright.errors import Failure
from turnwright.record import Record
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Finding, Outcome
from turnwright.world import Domain

REFERENCE = "reference"
"""The name of the run that is the scenario done right."""
ADMISSION_SEED = 0
"""What mutants are drawn with when a checker asks for admission; audits draw with other seeds."""
SHOWN = 3
"""How many cases a checker's writer is shown at once."""


class Trial(Record):
    """One run put before a checker, and what it said."""

    mutant: str
    """The run's operator, or REFERENCE."""
    detail: str
    """What is different from the reference."""
    expected: Outcome
    got: Outcome
    findings: tuple[Finding, ...] = ()
    """What was found; kept only where it should have been otherwise."""


class Admission(Record):
    """Whether a checker may judge; the reason is what its writer has to mend."""

    admitted: bool
    reason: str | None
    trials: tuple[Trial, ...]
    discarded: dict[str, int] = {}
    """By operator, the mutants that would have said nothing."""

    @property
    def mutation_score(self) -> float | None:
        """The share of wrong runs that were failed; None before any was tried."""
        wrong = [trial for trial in self.trials if trial.expected is Outcome.FAIL]
        return sum(trial.got is Outcome.FAIL for trial in wrong) / len(wrong) if wrong else None


class Audit:
    """The runs of one scenario, ready to be put before any number of checkers."""

    def __init__(self, domain: Domain, scenario: Scenario, seed: int = ADMISSION_SEED, held_back: bool = False) -> None:
        """`held_back` takes the operators that admission never uses.

        Raises:
            Failure: blamed on TASK, if the reference does not give what was recorded, or is not right itself.
        """
        original = Original(domain, scenario)
        reference = original.run.dialogue
        if faults := original.oracle.faults(reference):
            raise Failure(Blame.TASK, f"the reference itself is not right: {', '.join(faults)}")
        made, self.discarded = mutants(original, seed, held_back)
        self.runs = [Mutant(REFERENCE, "the scenario done right", Outcome.PASS, reference), *made]
        self._scenario = scenario

    async def admit(self, sandbox: Sandbox, source: str) -> Admission:
        """Lint a checker, then try it on every run."""
        if complaints := lint(source):
            return Admission(admitted=False, reason="; ".join(complaints), trials=())
        trials = await self.try_on(sandbox, source)
        wrong = [trial for trial in trials if trial.got is not trial.expected]
        return Admission(
            admitted=not wrong,
            reason=_reason(wrong) if wrong else None,
            trials=tuple(trials),
            discarded=dict(self.discarded),
        )

    async def try_on(self, sandbox: Sandbox, source: str) -> list[Trial]:
        """What a checker says of every run."""
        judged = await judge_each(sandbox, source, [run.dialogue for run in self.runs], self._scenario.facts)
        return [
            Trial(
                mutant=run.operator,
                detail=run.detail,
                expected=run.expected,
                got=got,
                findings=() if got is run.expected else findings,
            )
            for run, (got, findings) in zip(self.runs, judged, strict=True)
        ]


def _reason(wrong: Sequence[Trial]) -> str:
    """The first case of each kind of run, in words for the checker's writer."""
    first = {trial.mutant: trial for trial in reversed(wrong)}
    shown = [_case(trial) for trial in [*first.values()][: -SHOWN - 1 : -1]]
    left = len(wrong) - len(shown)
    return "\n".join([*shown, *([f"and {left} more like these"] if left else [])])


def _case(trial: Trial) -> str:
    found = "; ".join(f"{finding.code}: {finding.detail}" for finding in trial.findings)
    run = f"a run in which {trial.detail}" if trial.mutant != REFERENCE else "the reference run"
    match trial.got:
        case Outcome.ERROR:
            return f"- {run} broke the checker: {found}"
        case Outcome.PASS:
            return f"- {run} is wrong and was passed"
        case Outcome.FAIL:
            return f"- {run} is right and was failed with {found}"
