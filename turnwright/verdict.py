"""Verdict: what a dialogue was found to be, what was found in it, and whose fault it was."""

from enum import StrEnum

from turnwright.record import Record


class Outcome(StrEnum):
    """PASS and FAIL are a checker's word; ERROR means that there is no such word, and never counts as passed."""

    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"


class Blame(StrEnum):
    """Whose fault a failure is: the scenario's, one of the speakers', or a part's of the machinery."""

    TASK = "TASK"
    ASSISTANT = "ASSISTANT"
    USER = "USER"
    TOOL = "TOOL"
    CHECKER = "CHECKER"
    PROVIDER = "PROVIDER"


class Finding(Record):
    """One thing found wrong in a dialogue."""

    code: str
    """UPPER_SNAKE_CASE: of the evaluation plan's failure taxonomy where one fits, or a blame rule's own."""
    detail: str


class Verdict(Record):
    """The end of a dialogue's trial."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    blame: Blame | None = None
    """None exactly when the outcome is PASS."""
    fault: Finding | None = None
    """What the rule saw that the blame is from; None where no rule spoke."""
