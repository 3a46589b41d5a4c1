"""Oracle: what a dialogue is worth by its end state, the facts told and the policy rules; no checker is asked.

A dialogue is right if it leaves the state that the reference leaves, hands over to a human exactly if the reference
does, tells every fact and breaks no policy rule. No code is shared with the checkers' helpers.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson

from turnwright.database import freeze
from turnwright.dialogue import Changes, Executed, Side, ToolCall, Turn
from turnwright.record import canonical
from turnwright.scenario import Fact
from turnwright.world import Domain, World
from warehouse.catalog import Catalog

TURNS = """
SELECT dialogue_id, turn, speaker, content FROM turns
WHERE run_id = $run_id AND domain = $domain ORDER BY dialogue_id, turn
"""
CALLS = """
SELECT dialogue_id, turn, call_id, tool, arguments, result, error, writes, side
FROM tool_calls WHERE run_id = $run_id AND domain = $domain ORDER BY dialogue_id, turn, call
"""
PLAYED = """
SELECT dialogue_id, verdict, changes, initial, reference, facts, ending, stop_reason
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id AND domain = $domain ORDER BY dialogue_id
"""
_REFUSAL = re.compile(
    r"\b(can't|cannot|can not|not able to|unable to|not possible|impossible|not allowed|have to decline)\b"
    r"(?! (find|locate|see|tell)\b)",
    re.IGNORECASE,
)
"""Words of a refusal; "I can't find that order" is none."""


def oracle(domain: Domain, played: dict[str, Any], turns: Sequence[Turn]) -> list[str]:
    """Codes of what is wrong with a dialogue; empty for a right one. `played` is a row of PLAYED."""
    initial = orjson.loads(played["initial"])
    found: list[str] = []
    if canonical(orjson.loads(played["changes"])) != canonical(reference_changes(domain, initial, played["reference"])):
        found.append("OTHER_END_STATE")
    if (played["ending"] == "TRANSFERRED") != (played["stop_reason"] == "TRANSFERRED"):
        found.append("OTHER_ENDING")
    said = "\n".join(turn.content for turn in turns if turn.speaker is Side.ASSISTANT)
    facts = [Fact.model_validate(fact) for fact in orjson.loads(played["facts"])]
    found += [f"NOT_TOLD_{fact.kind.upper()}" for fact in facts if not is_told(fact, said)]
    found += [f"RULE_{finding.code}" for finding in domain.rules(World(domain, initial), turns)]
    if played["stop_reason"] == "FAILURE":
        found.append("FAILURE")
    return list(dict.fromkeys(found))


def reference_changes(domain: Domain, initial: dict[str, Any], reference: str) -> Changes:
    """The end state that a scenario's reference leaves on a fresh World."""
    world = World(domain, initial)
    for recorded in orjson.loads(reference):
        call = ToolCall(id=recorded["id"], tool=recorded["tool"], arguments=recorded["arguments"])
        world.call(domain.side_of(call.tool), call)
    return world.changes()


def is_told(fact: Fact, said: str) -> bool:
    """Whether the assistant's words hold the fact, in digits or in the very words; a refusal, that there was one."""
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


def turns_of(catalog: Catalog, of: dict[str, str]) -> dict[str, tuple[Turn, ...]]:
    """The turns of every dialogue of a run and a domain, as they were played."""
    calls: dict[tuple[str, int], list[Executed]] = {}
    for row in catalog.query(CALLS, of):
        calls.setdefault((row["dialogue_id"], row["turn"]), []).append(_executed(row))
    turns: dict[str, list[Turn]] = {}
    for row in catalog.query(TURNS, of):
        made = tuple(calls.get((row["dialogue_id"], row["turn"]), ()))
        turn = Turn(speaker=Side(row["speaker"]), content=row["content"], calls=made)
        turns.setdefault(row["dialogue_id"], []).append(turn)
    return {dialogue_id: tuple(said) for dialogue_id, said in turns.items()}


def _executed(row: dict[str, Any]) -> Executed:
    return Executed(
        id=row["call_id"],
        tool=row["tool"],
        arguments=orjson.loads(row["arguments"]),
        # Rules compare results with those of the calls made again, which are frozen.
        result=None if row["result"] is None else freeze(orjson.loads(row["result"])),
        error=row["error"],
        writes=row["writes"],
        side=Side(row["side"]),
    )
