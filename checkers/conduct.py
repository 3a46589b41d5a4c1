"""Conduct: how a simulated user kept to their part in a dialogue, as far as rules see it, however it ended.

Blame asks for the one fault that decided a failure; this looks at every dialogue, also one that passed, for everything
that the user should not have done, or left out.
"""

import re
from collections.abc import Iterator
from itertools import chain

from checkers.blame import (
    Fault,
    Rule,
    broke_off,
    claimed_step,
    gave_away,
    stopped_early,
    unsaid_request,
    unsaid_wish,
    wrong_detail,
)
from checkers.traces import Traces, leaves
from turnwright.dialogue import Side, StopReason
from turnwright.verdict import Blame, Finding

_ASSISTANTS_WORDS = re.compile(
    r"\b(how (can|may) i (help|assist) you|anything else (that )?i can (help|assist|do)|as an ai\b|language model"
    r"|your (order|reservation|line|refund|request) has been \w+ed\b|thank you for (calling|contacting)"
    r"|(my|the) (instructions|system prompt|persona|scenario)\b)",
    re.IGNORECASE,
)
"""What a customer does not say: an assistant's phrases, and words about the part that they play."""


def unsaid_goal(traces: Traces) -> Iterator[Fault]:
    """USER: they leave, and of what they were told about their requests they never said something."""
    details = [*leaves([request.details for request in traces.scenario.requests])] if traces.user_left else []
    said = traces.said(Side.USER)
    for value in dict.fromkeys(value for value in details if traces.brief.hold(value)):
        if not said.hold(value):
            yield _fault(traces.end, "GOAL_UNSAID", f"the user never said {value}")


def left_part(traces: Traces) -> Iterator[Fault]:
    """USER: they talk as the assistant would, name a tool as only the assistant knows it, or speak of their part."""
    tools = [name for name in traces.domain.tools if "_" in name]
    for number, turn in enumerate(traces.turns):
        if turn.speaker is Side.USER:
            named = next((name for name in tools if name in turn.content), None)
            if found := named or next((match[0] for match in _ASSISTANTS_WORDS.finditer(turn.content)), None):
                yield _fault(number, "OUT_OF_CHARACTER", f"the user said {found!r}")


def missed_stop(traces: Traces) -> Iterator[Fault]:
    """USER: nothing happens any more and they do not stop."""
    if traces.dialogue.stop_reason is StopReason.USER_LINGERS:
        yield _fault(traces.end, "STOP_MISSED", "nothing happened any more, and the user went on")


SAID: tuple[Rule, ...] = (unsaid_goal, unsaid_request, unsaid_wish)
"""They count where the dialogue did not end as it should or a fact is owed: else enough was said."""
RULES: tuple[Rule, ...] = (left_part, gave_away, wrong_detail, missed_stop, broke_off, stopped_early, claimed_step)
CODES = {
    "goal_conveyed": ("GOAL_UNSAID", "REQUEST_UNSAID", "WISH_UNSAID"),
    "persona_kept": ("OUT_OF_CHARACTER",),
    "knowledge_kept": ("GAVE_AWAY", "WRONG_DETAIL"),
    "stopped_rightly": ("STOP_MISSED", "BROKE_OFF", "STOPPED_EARLY"),
    "steps_right": ("STEP_CLAIMED",),
}
"""What a user can do right, and the codes of what is against it."""


def slips(traces: Traces) -> list[Finding]:
    """What the user did wrong, the first of each kind; nothing where the dialogue failed by itself."""
    if traces.dialogue.failure is not None:
        return []
    rules = (*SAID, *RULES) if traces.other_end or traces.untold else RULES
    found = chain.from_iterable(rule(traces) for rule in rules)
    return [*{fault.finding.code: fault.finding for fault in reversed([*found])}.values()]


def _fault(turn: int, code: str, detail: str) -> Fault:
    return Fault(turn, Blame.USER, Finding(code=code, detail=detail))
