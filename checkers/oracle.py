"""Oracle: what a dialogue is worth by its end state, the facts told and the policy rules; no checker is asked.

A dialogue is right if it leaves the state that the reference leaves, hands over to a human exactly if the reference
does, tells every fact and breaks no policy rule. Tests and audits hold checkers against it; no role ever sees it, and
it shares no code with the helpers that checkers are written with.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from turnwright.dialogue import Dialogue, Side, StopReason, ToolCall, Turn
from turnwright.record import canonical
from turnwright.scenario import Ending, Fact, Scenario
from turnwright.world import Domain, World

_REFUSAL = re.compile(
    r"\b(can't|cannot|can not|not able to|unable to|not possible|impossible|not allowed|have to decline)\b"
    r"(?! (find|locate|see|tell)\b)",
    re.IGNORECASE,
)
"""Words of a refusal; "I can't find that order" is none."""


class Oracle:
    """Knows one scenario's right outcome."""

    def __init__(self, domain: Domain, scenario: Scenario) -> None:
        self._domain = domain
        self._scenario = scenario
        world = World(domain, scenario.initial)
        for number, recorded in enumerate(scenario.reference):
            call = ToolCall(id=f"c{number}", tool=recorded.tool, arguments=recorded.arguments)
            world.call(domain.side_of(call.tool), call)
        self._end = canonical(world.changes())

    def faults(self, dialogue: Dialogue, told: Collection[str] | None = None) -> list[str]:
        """Codes of what is wrong with a dialogue; empty for a right one.

        `told` is the codes of the facts that the assistant told, where that is known; else its words are searched.
        """
        found = self._outcome(dialogue)
        said = words_of(dialogue.turns)
        for fact in self._scenario.facts:
            if not (is_told(fact, said) if told is None else fact.code in told):
                found.append(f"NOT_TOLD_{fact.kind.upper()}")
        found += [f"RULE_{rule.code}" for rule in self._domain.rules(self._world(), dialogue.turns)]
        return list(dict.fromkeys(found))

    def is_right(self, dialogue: Dialogue, told: Collection[str]) -> bool:
        """The same as having no faults, found out as cheaply as can be."""
        facts = {fact.code for fact in self._scenario.facts}
        return (
            not self._outcome(dialogue) and facts <= {*told} and not self._domain.rules(self._world(), dialogue.turns)
        )

    def _outcome(self, dialogue: Dialogue) -> list[str]:
        found: list[str] = []
        if dialogue.failure is not None:
            found.append("FAILURE")
        if canonical(dialogue.changes) != self._end:
            found.append("OTHER_END_STATE")
        if (self._scenario.ending is Ending.TRANSFERRED) != (dialogue.stop_reason is StopReason.TRANSFERRED):
            found.append("OTHER_ENDING")
        return found

    def _world(self) -> World:
        return World(self._domain, self._scenario.initial)


def words_of(turns: Sequence[Turn]) -> str:
    """All that the assistant said."""
    return "\n".join(turn.content for turn in turns if turn.speaker is Side.ASSISTANT)


def is_told(fact: Fact, said: str) -> bool:
    """Whether words hold the fact, in digits or in the very words; a refusal, that there was one."""
    match fact.kind:
        case "refusal":
            return _REFUSAL.search(said.replace("’", "'")) is not None
        case "money":
            return _stands([f"{abs(float(fact.value)):.2f}"], said.replace(",", ""))
        case "number":
            return _stands([f"{float(fact.value):g}"], said)
        case "date":
            return _stands(_date_forms(date.fromisoformat(str(fact.value))), said)
        case "text":
            return str(fact.value).casefold() in said.casefold()


def _date_forms(day: date) -> list[str]:
    return [day.isoformat(), f"{day:%B} {day.day}", f"{day.day} {day:%B}", f"{day:%b} {day.day}", f"{day:%m/%d/%Y}"]


def _stands(forms: Iterable[str], said: str) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(form)}(?!\w|\.\d)", said) for form in forms)
