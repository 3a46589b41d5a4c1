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
    return (await judge_each(sandbox, source, [dialogue], facts))[0]


async def judge_each(
    sandbox: Sandbox, source: str, dialogues: Sequence[Dialogue], facts: Iterable[Fact]
) -> list[Judgement]:
    """The same for many dialogues of one scenario, one session for all; what was interrupted is asked once more."""
    told = list(facts)
    seen = [evidence(dialogue.turns, dialogue.changes, told) for dialogue in dialogues]
    answers = await sandbox.judge_each(source, seen)
    if again := [number for number, answer in enumerate(answers) if isinstance(answer, Interrupted)]:
        second = await sandbox.judge_each(source, [seen[number] for number in again])
        for number, answer in zip(again, second, strict=True):
            answers[number] = answer
    return [_judgement(answer) for answer in answers]


def _judgement(answer: tuple[Finding, ...] | Failure | Interrupted) -> Judgement:
    match answer:
        case Interrupted():
            return _broken(f"interrupted twice: {answer}")
        case Failure():
            return _broken(answer.reason)
        case _:
            return Judgement(Outcome.FAIL if answer else Outcome.PASS, answer)


def _broken(reason: str) -> Judgement:
    """The word of a checker that gave none."""
    return Judgement(Outcome.ERROR, (Finding(code=BROKEN, detail=reason),))
