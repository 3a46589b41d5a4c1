"""Judge: one dialogue before its scenario's checker. A checker that breaks down says ERROR, never PASS or FAIL."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checkers.evidence import evidence
from checkers.sandbox import Interrupted, Sandbox
from turnwright.dialogue import Dialogue
from turnwright.errors import Failure
from turnwright.scenario import Fact
from turnwright.verdict import Finding, Outcome

BROKEN = "CHECKER_ERROR"
"""The code of the one finding of an ERROR; its detail is what broke."""


class Judgement(NamedTuple):
    """A checker's word on a dialogue; the blame is for others to find."""

    outcome: Outcome
    findings: tuple[Finding, ...]


async def judge(sandbox: Sandbox, source: str, dialogue: Dialogue, facts: Iterable[Fact]) -> Judgement:
    """PASS without findings, FAIL with them, ERROR if the checker gave no answer."""
    try:
        findings = await sandbox.judge(source, evidence(dialogue.turns, dialogue.changes, facts))
    except Failure as failure:
        return Judgement(Outcome.ERROR, (Finding(code=BROKEN, detail=failure.reason),))
    except Interrupted as interrupted:
        return Judgement(Outcome.ERROR, (Finding(code=BROKEN, detail=f"interrupted: {interrupted}"),))
    return Judgement(Outcome.FAIL if findings else Outcome.PASS, findings)


async def judge_each(
    sandbox: Sandbox, source: str, dialogues: Sequence[Dialogue], facts: Sequence[Fact]
) -> list[Judgement]:
    """The same for many dialogues of one scenario, one session for all."""
    return [await judge(sandbox, source, dialogue, facts) for dialogue in dialogues]
