"""Oracle: what the checkers' oracle says of the dialogues in a warehouse."""

from collections.abc import Sequence
from typing import Any

import orjson

from checkers.oracle import Oracle
from tasks.rows import scenario_of
from turnwright.database import freeze
from turnwright.dialogue import Dialogue, Executed, Side, Turn
from turnwright.world import Domain
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
SELECT dialogue_id, verdict, blame, changes, digest, stop_reason, scenarios.*
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id AND domain = $domain ORDER BY dialogue_id
"""


def oracle(domain: Domain, played: dict[str, Any], turns: Sequence[Turn]) -> list[str]:
    """Codes of what is wrong with a dialogue; empty for a right one. `played` is a row of PLAYED."""
    failed = played["stop_reason"] == "FAILURE"
    dialogue = Dialogue.model_validate(
        {
            "scenario_id": played["scenario_id"],
            "turns": tuple(turns),
            "stop_reason": played["stop_reason"],
            "changes": orjson.loads(played["changes"]),
            "digest": played["digest"],
            "failure": {"outcome": played["verdict"], "blame": played["blame"]} if failed else None,
        }
    )
    return Oracle(domain, scenario_of(played)).faults(dialogue)


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
