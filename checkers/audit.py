"""Audit: what a checker must prove before it may judge. It passes the reference run and fails empty ones."""

from checkers.judge import judge
from checkers.lint import lint
from checkers.runs import read_only_run, reference_run, silent_run
from checkers.sandbox import Sandbox
from turnwright.dialogue import Dialogue
from turnwright.record import Record
from turnwright.scenario import Scenario
from turnwright.verdict import Finding, Outcome
from turnwright.world import Domain


class Trial(Record):
    """One run put before a checker, and what it said."""

    mutant: str
    """The run's name: "reference", "silent" or "read-only"."""
    expected: Outcome
    got: Outcome
    findings: tuple[Finding, ...]


class Admission(Record):
    """Whether a checker may judge; the reason is what its writer has to mend."""

    admitted: bool
    reason: str | None
    trials: tuple[Trial, ...]


async def audit(sandbox: Sandbox, domain: Domain, scenario: Scenario, source: str) -> Admission:
    """Lint the checker, then try it on the reference, the silent and the read-only run.

    Raises:
        Failure: blamed on TASK, if the scenario's reference no longer gives what was recorded.
    """
    if complaints := lint(source):
        return Admission(admitted=False, reason="; ".join(complaints), trials=())
    runs = (
        ("reference", Outcome.PASS, reference_run(domain, scenario)),
        ("silent", Outcome.FAIL, silent_run(scenario)),
        ("read-only", Outcome.FAIL, read_only_run(domain, scenario)),
    )
    trials = [await _trial(sandbox, scenario, source, *run) for run in runs]
    reasons = [_reason(trial) for trial in trials if trial.got is not trial.expected]
    return Admission(admitted=not reasons, reason="; ".join(reasons) or None, trials=tuple(trials))


async def _trial(
    sandbox: Sandbox, scenario: Scenario, source: str, name: str, expected: Outcome, run: Dialogue
) -> Trial:
    got, findings = await judge(sandbox, source, run, scenario.facts)
    return Trial(mutant=name, expected=expected, got=got, findings=findings)


_PROVES_NOTHING = {
    "silent": "nobody said or did anything there, so something that must happen is not asked for",
    "read-only": "it only looked things up, so the change, the transfer, the refusal or the fact told is not asked for",
}


def _reason(trial: Trial) -> str:
    if trial.got is Outcome.ERROR:
        return f"the checker broke on the {trial.mutant} run: {trial.findings[0].detail}"
    if trial.got is Outcome.PASS:
        return f"the {trial.mutant} run passed: {_PROVES_NOTHING[trial.mutant]}"
    found = "; ".join(f"{finding.code}: {finding.detail}" for finding in trial.findings)
    return f"the {trial.mutant} run was failed with {found}"
