"""Replay: scenarios of a warehouse played once more by the embedded teacher, with another seed and another opening."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.imitation import Whole
from tasks.rows import scenario_of
from tasks.spec import RunSpec
from tasks.stages import play_one
from tasks.studio import open_studio
from turnwright.dialogue import Dialogue
from turnwright.llm.role import Ledger
from turnwright.scenario import Scenario
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SCENARIOS = "SELECT * FROM scenarios WHERE state = 'accepted' AND list_contains($ids, scenario_id) ORDER BY scenario_id"


def scenarios(catalog: Catalog, ids: Sequence[str]) -> list[Scenario]:
    """The accepted ones of these, by id."""
    return [scenario_of(row) for row in catalog.query(SCENARIOS, {"ids": list(ids)})]


def reworded(scenario: Scenario) -> Scenario:
    """The same scenario, its user beginning with what they want as their goal has it."""
    wish = re.sub(r"\byour\b", "my", re.sub(r"\bYou\b|\byou\b", "I", scenario.goal))
    return scenario.model_copy(update={"opening": wish})


def replayed(folder: Path, wanted: Sequence[Scenario], seed: int) -> list[Whole]:
    """Each of them, played, without a verdict."""
    return asyncio.run(_replayed(folder, wanted, seed))


async def _replayed(folder: Path, wanted: Sequence[Scenario], seed: int) -> list[Whole]:
    run = RunSpec(domains=tuple(sorted({one.domain for one in wanted})), count=len(wanted), seed=seed)
    with open_studio(run, Warehouse.open(folder, create=True)) as studio:
        played = [await play_one(studio, one, Ledger(), seed) for one in wanted]
        await studio.models.close()
    return [_whole(scenario, dialogue) for scenario, dialogue in zip(wanted, played, strict=True)]


def _whole(scenario: Scenario, dialogue: Dialogue) -> Whole:
    told = scenario.model_dump(mode="json")
    place: dict[str, Any] = {"domain": scenario.domain, "dialogue_id": f"d-{scenario.scenario_id}"}
    row = {**place, "scenario_id": scenario.scenario_id, "verdict": "PASS", "slot": 0, "changes": dialogue.changes}
    turns = [
        {**place, "turn": number, "speaker": str(turn.speaker), "content": turn.content}
        for number, turn in enumerate(dialogue.turns)
    ]
    calls = [
        {
            **place,
            "turn": number,
            "call": 0,
            **call.model_dump(mode="json", include={"side", "tool", "arguments", "writes"}),
        }
        for number, turn in enumerate(dialogue.turns)
        for call in turn.calls
    ]
    names = ("scenario_id", "domain", "family", "variant", "knows", "requests", "initial")
    return Whole(row, {**{name: told[name] for name in names}, "state": "accepted", "slot": 0}, turns, calls)
