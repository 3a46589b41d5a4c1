"""Judge: one dialogue before its scenario's checker. A checker that breaks down says ERROR, never PASS or FAIL."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checkers.evidence import evidence
from checkers.sandbox import Answer, Interrupted, Sandbox
from turnwright.dialogue import Dialogue
from turnwright.errors import Failure
from turnwright.scenario import Fact
from turnwright.verdict import Finding, Outcome

BROKEN = "CHECKER_ERROR"
"""The code of the one finding of an ERROR; its detail is what broke."""


class Word(NamedTuple):
    """A checker's word on a dialogue; the blame is for others to find."""

    outcome: Outcome
    findings: tuple[Finding, ...]


async def judge(sandbox: Sandbox, source: str, dialogue: Dialogue, facts: Iterable[Fact]) -> Word:
    """PASS without findings, FAIL with them, ERROR if the checker gave no answer.

    Raises:
        Interrupted: if it was interrupted twice, which says nothing of the checker: ask again when it is quieter.
    """
    (answer,) = await _answers(sandbox, source, [dialogue], facts)
    if isinstance(answer, Interrupted):
        raise answer
    return word_of(answer)


async def judge_each(sandbox: Sandbox, source: str, dialogues: Sequence[Dialogue], facts: Iterable[Fact]) -> list[Word]:
    """The same for many dialogues of one scenario, one session for all; ERROR also where it was interrupted twice."""
    return [word_of(answer) for answer in await _answers(sandbox, source, dialogues, facts)]


def word_of(answer: Answer) -> Word:
    """What an answer of the sandbox says of a dialogue."""
    match answer:
        case Interrupted():
            return _broken(f"interrupted twice: {answer}")
        case Failure():
            return _broken(answer.reason)
        case _:
            return Word(Outcome.FAIL if answer else Outcome.PASS, answer)


async def _answers(sandbox: Sandbox, source: str, dialogues: Sequence[Dialogue], facts: Iterable[Fact]) -> list[Answer]:
    """The sandbox's answers; what was interrupted is asked once more."""
    told = list(facts)
    seen = [evidence(dialogue.turns, dialogue.changes, told) for dialogue in dialogues]
    answers = await sandbox.judge_each(source, seen)
    if again := [number for number, answer in enumerate(answers) if isinstance(answer, Interrupted)]:
        second = await sandbox.judge_each(source, [seen[number] for number in again])
        for number, answer in zip(again, second, strict=True):
            answers[number] = answer
    return answers


def _broken(reason: str) -> Word:
    """The word of a checker that gave none."""
    return Word(Outcome.ERROR, (Finding(code=BROKEN, detail=reason),))
