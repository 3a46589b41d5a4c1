"""Rows: a shard's journal as the warehouse's tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from tasks.spec import RunSpec, Shard
from tasks.stages import STAGES
from turnwright.agents.writer import scenario_id
from turnwright.dialogue import Dialogue, placed_calls
from turnwright.record import content_hash
from turnwright.scenario import Plan, Scenario
from turnwright.verdict import Outcome, Verdict
from warehouse.journal import Journal

JSON = ("knows", "does_not_know", "requests", "initial", "reference", "facts")
"""The fields of a scenario that its row has as strings of JSON."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def plan_rows(journal: Journal) -> Tables:
    """The tables of a domain's plans."""
    entries = journal.stage("plan")
    plans = [Plan.model_validate(entry["plan"]) for entry in entries.values() if entry["plan"]]
    calls = [row for slot, entry in entries.items() for row in call_rows("plan", slot, entry)]
    return {"plans": [plan_row(plan) for plan in plans], "llm_calls": calls}


def plan_row(plan: Plan) -> Row:
    """The row of a plan."""
    return {
        "plan_id": plan.plan_id,
        "parent": plan.parent,
        "round": plan.round,
        "summary": plan.synthesis.summary,
        "synthesis": plan.synthesis.model_dump(mode="json"),
        "evaluation": plan.evaluation.model_dump(mode="json"),
    }


Slot = dict[str, Row]
"""What a slot came to, by stage."""


def slots_of(shard: Shard, journal: Journal) -> dict[int, Slot]:
    """All that a shard's journal has of its slots."""
    return {slot: {stage: entry for stage in STAGES if (entry := journal.get(stage, slot))} for slot in shard.slots}


def finished(slot: Slot) -> bool:
    """Whether nothing more can become of it: it ended as a dialogue, a rejected scenario or a refused checker."""
    drafted, executed, checked = (slot.get(stage, {}) for stage in ("draft", "execute", "checker"))
    rejected = drafted.get("rejected") or executed.get("rejected") or not executed.get("accepted", True)
    return bool(rejected) or not checked.get("admitted", True) or "verify" in slot


def shard_rows(run: RunSpec, slots: Mapping[int, Slot]) -> Tables:
    """What became of the finished ones among the slots, and every call that was made for any."""
    tables: defaultdict[str, list[Row]] = defaultdict(list)
    for number, slot in slots.items():
        for stage, entry in slot.items():
            tables["llm_calls"] += call_rows(stage, number, entry)
        for table, row in _slot_rows(run, number, slot) if finished(slot) else ():
            tables[table].append(row)
    return dict(tables)


def rollout_rows(
    scenario: Scenario, slot: int, source: str | None, reason: str | None = None
) -> Iterator[tuple[str, Row]]:
    """The rows of a scenario and its checker that were made to be played again and again; `reason` is why there is no
    checker."""
    told = scenario.model_dump(mode="json", exclude={"domain"})
    yield "scenarios", {"slot": slot, "state": "accepted", "reason": None, **told}
    made: Row = {"admitted": source is not None, "mutation_score": None, "discarded": None}
    entry = {**made, "reason": reason, "source": source}
    yield "checkers", _checker_row(slot, checker_id_of(scenario, source), scenario, entry)


def checker_id_of(scenario: Scenario, source: str | None) -> str:
    """The id of a scenario's checker."""
    return f"c-{content_hash([scenario.scenario_id, source], 16)}"


def call_rows(stage: str, slot: int, entry: Row) -> Iterator[Row]:
    """A row for each call that an entry was made with."""
    for call in entry["calls"]:
        yield {"stage": stage, "slot": slot, **call}


def _slot_rows(run: RunSpec, slot: int, entries: dict[str, Row]) -> Iterator[tuple[str, Row]]:
    yield "scenarios", _scenario_row(slot, entries)
    if "checker" not in entries:
        return
    scenario = Scenario.model_validate(entries["execute"]["scenario"])
    checker = entries["checker"]
    checker_id = checker_id_of(scenario, checker["source"])
    yield "checkers", _checker_row(slot, checker_id, scenario, checker)
    for row in mutant_rows(checker_id, "admission", checker["trials"]):
        yield "mutants", row
    if "verify" in entries:
        verified, generation = entries["verify"], run.generation(scenario.domain)
        verdict = Verdict.model_validate(verified["verdict"])
        yield from dialogue_rows(
            run, slot, checker_id, entries["play"], verdict, verified["judgement"], generation, generation
        )


def mutant_rows(checker_id: str, audit: str, trials: Iterable[Row]) -> Iterator[Row]:
    """What a checker said of the runs of one audit."""
    for number, trial in enumerate(trials):
        yield {"checker_id": checker_id, "audit": audit, "number": number, **trial}


def scenario_of(row: Row) -> Scenario:
    """The scenario in a row of its table, read back by SQL."""
    told = {name: row[name] for name in Scenario.model_fields}
    return Scenario.model_validate(told | {name: orjson.loads(row[name]) for name in JSON})


def _scenario_row(slot: int, entries: dict[str, Row]) -> Row:
    drafted, executed = entries["draft"], entries.get("execute", {})
    plan = Plan.model_validate(drafted["plan"])
    told = executed.get("scenario") or drafted["draft"] or {}
    rejected = drafted["rejected"] or executed.get("rejected")
    accepted = rejected is None and executed["accepted"]
    names = (
        "persona",
        "goal",
        "opening",
        "knows",
        "does_not_know",
        "requests",
        "initial",
        "reference",
        "facts",
        "ending",
    )
    return {
        "scenario_id": told.get("scenario_id") or scenario_id(plan, slot, drafted["draft"]),
        "plan_id": plan.plan_id,
        "slot": slot,
        "family": plan.synthesis.family,
        "variant": plan.synthesis.variant,
        "tier": plan.synthesis.tier,
        "split": "train",
        "state": "accepted" if accepted else "rejected",
        "reason": f"{rejected['blame']}: {rejected['reason']}" if rejected else executed["reason"],
        **{name: told[name] for name in names if name in told},
    }


def _checker_row(slot: int, checker_id: str, scenario: Scenario, entry: Row) -> Row:
    return {
        "checker_id": checker_id,
        "scenario_id": scenario.scenario_id,
        "slot": slot,
        "state": "admitted" if entry["admitted"] else "refused",
        "mutation_score": entry["mutation_score"],
        "discarded": entry["discarded"],
        "reason": entry["reason"],
        "source": entry["source"],
    }


def dialogue_rows(
    run: RunSpec,
    slot: int,
    checker_id: str,
    played: Row,
    verdict: Verdict,
    judgement: Row | None,
    generation: int | None,
    asked_by: int | str,
) -> Iterator[tuple[str, Row]]:
    """The rows of a dialogue, as its stage left it; `asked_by` tells it from others of its scenario and seed."""
    dialogue, calls = Dialogue.model_validate(played["dialogue"]), played["calls"]
    model, user_model = run.model_of("assistant"), run.model_of("user")
    made = [dialogue.scenario_id, run.seed, model, user_model, asked_by]
    dialogue_id = f"d-{content_hash(made, 16)}"
    yield (
        "dialogues",
        {
            "dialogue_id": dialogue_id,
            "scenario_id": dialogue.scenario_id,
            "checker_id": checker_id,
            "slot": slot,
            "generation": generation,
            "model": model,
            "user_model": user_model,
            "stop_reason": dialogue.stop_reason,
            "verdict": verdict.outcome,
            "blame": verdict.blame,
            "verifier": judgement["verdict"] if judgement else None,
            "turns": len(dialogue.turns),
            "tool_calls": sum(len(turn.calls) for turn in dialogue.turns),
            "tokens_in": sum(call["tokens_in"] for call in calls),
            "tokens_out": sum(call["tokens_out"] for call in calls),
            "cost_usd": _total_cost(calls),
            "digest": dialogue.digest,
            "changes": dialogue.changes,
            "created_at": datetime.fromisoformat(played["at"]),
        },
    )
    for table, row in [*_said_rows(dialogue), *_finding_rows(verdict, judgement)]:
        yield table, {"dialogue_id": dialogue_id, **row}


def _total_cost(calls: list[Row]) -> float | None:
    """None where the price of a single call is unknown: an unknown price is not zero."""
    costs = [call["cost_usd"] for call in calls]
    return None if None in costs else sum(costs)


def _said_rows(dialogue: Dialogue) -> Iterator[tuple[str, Row]]:
    for number, turn in enumerate(dialogue.turns):
        calls = [{"tool": call.tool, "arguments": call.arguments} for call in turn.calls]
        said = {"speaker": turn.speaker, "content": turn.content, "reasoning": turn.reasoning or None}
        yield "turns", {"turn": number, **said, "tool_calls": calls}
    for number, (turn, call) in enumerate(placed_calls(dialogue.turns)):
        row = call.model_dump(exclude={"id"})
        yield "tool_calls", {"turn": turn, "call": number, "call_id": call.id, **row}


def _finding_rows(verdict: Verdict, judgement: Row | None) -> Iterator[tuple[str, Row]]:
    if verdict.outcome is not Outcome.PASS:
        for finding in verdict.findings:
            yield "findings", {"source": "checker", **finding.model_dump(), "blame": verdict.blame}
    if verdict.fault:
        yield "findings", {"source": "verifier", **verdict.fault.model_dump(), "blame": verdict.blame}
    if judgement:
        for finding in judgement["findings"]:
            yield "findings", {"source": "verifier", **finding, "blame": judgement["blame"]}
