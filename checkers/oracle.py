"""Oracle: what a dialogue is worth by its end state, the facts told and the policy rules; no checker is asked.

A dialogue is right if it leaves the state that the reference leaves, hands over to a human exactly if the reference
does and for the same reason, tells every fact and breaks no policy rule. Tests and audits hold checkers against it; no
role ever sees it, and it shares no code with the helpers that checkers are written with.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from checkers.script import replay
from checkers.surroundings import choices
from turnwright.dialogue import Dialogue, Executed, Side, Turn
from turnwright.record import canonical
from turnwright.scenario import Fact, Scenario
from turnwright.verdict import Finding, Outcome
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
        calls, changes = replay(domain, scenario)
        self._end = canonical(changes)
        self._hand_over = self._handed_over(calls)

    def faults(self, dialogue: Dialogue) -> list[str]:
        """Codes of what is wrong with a dialogue; empty for a right one."""
        found, said = self._outcome(dialogue), words_of(dialogue.turns)
        found += [f"NOT_TOLD_{fact.kind.upper()}" for fact in self._scenario.facts if not is_told(fact, said)]
        found += [f"RULE_{rule.code}" for rule in self._broken(dialogue)]
        return list(dict.fromkeys(found))

    def settle(self, dialogue: Dialogue, told: Collection[str]) -> Outcome | None:
        """PASS or FAIL for a dialogue of which it is known which facts it tells, by their codes; None where its words
        hold by chance what it was not to tell."""
        if self._outcome(dialogue):
            return Outcome.FAIL
        if untold := [fact for fact in self._scenario.facts if fact.code not in told]:
            said = words_of(dialogue.turns)
            return None if all(is_told(fact, said) for fact in untold) else Outcome.FAIL
        return Outcome.FAIL if self._broken(dialogue) else Outcome.PASS

    def _outcome(self, dialogue: Dialogue) -> list[str]:
        found: list[str] = []
        if dialogue.failure is not None:
            found.append("FAILURE")
        if canonical(dialogue.changes) != self._end:
            found.append("OTHER_END_STATE")
        if self._handed_over(call for turn in dialogue.turns for call in turn.calls) != self._hand_over:
            found.append("OTHER_ENDING")
        return found

    def _handed_over(self, calls: Iterable[Executed]) -> list[dict[str, Any]]:
        """Each hand-over to a human, as what was chosen from the lists of the tool's schema, such as its reason."""
        ending = {name: tool for name, tool in self._domain.tools.items() if tool.ends}
        return [
            {name: value for name, value in call.arguments.items() if choices(ending[call.tool], (name,))}
            for call in calls
            if call.tool in ending and call.error is None
        ]

    def _broken(self, dialogue: Dialogue) -> list[Finding]:
        """The policy rules that the dialogue breaks."""
        return self._domain.rules(World(self._domain, self._scenario.initial), dialogue.turns)


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
            return _stands([f"{float(fact.value):g}"], re.sub(r"(?<=\d)(GB|MB|kg)\b", r" \1", said))
        case "date":
            return _stands(_date_forms(date.fromisoformat(str(fact.value))), said)
        case "text":
            return str(fact.value).casefold() in said.casefold()


def _date_forms(day: date) -> list[str]:
    return [day.isoformat(), f"{day:%B} {day.day}", f"{day.day} {day:%B}", f"{day:%b} {day.day}", f"{day:%m/%d/%Y}"]


def _stands(forms: Iterable[str], said: str) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(form)}(?!\w|\.\d)", said) for form in forms)
