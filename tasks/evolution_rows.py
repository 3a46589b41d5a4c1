"""Evolution rows: what the warehouse keeps of an evolution: its run, its rounds and the generations they made."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from prompts.patching import with_patches
from tasks.arena import EvolveSpec
from tasks.evolving import MERGE, TRIAL, Evolution, Tried
from tasks.generations import State, activate, active, known, load_generation, propose, set_aside
from tasks.planning import forget_run, plans_name
from tasks.rows import call_rows, checker_id_of, dialogue_rows, plan_row, plan_rows, rollout_rows, shard_rows, slots_of
from tasks.trials import MEASURES, Case
from tasks.work import open_journal
from turnwright.scenario import Plan
from turnwright.verdict import Verdict
from warehouse.catalog import Catalog
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.store import Warehouse

Row = dict[str, Any]
_RUN = "SELECT * FROM runs WHERE run_id = $run_id"
_PARENT = "SELECT parent FROM evolution WHERE run_id = $run_id AND round = $round LIMIT 1"
_WAITING = """
SELECT generation FROM evolution JOIN generations USING (domain, generation)
WHERE run_id = $run_id AND domain = $domain AND round = $round AND accepted AND state = 'candidate'
"""
_ROUNDS = """
SELECT round, candidate, generation, measure, kind, accepted, reason, pass_rate_before, pass_rate_after, p_value, pairs,
    patches
FROM evolution WHERE run_id = $run_id ORDER BY round, candidate
"""


def start_of(warehouse: Warehouse, spec: EvolveSpec) -> int:
    """The generation that the run began with; recorded now, if it begins now."""
    if row := _run(warehouse, spec):
        return row["generation"]
    start = active(warehouse, spec.domain)
    _record_run(warehouse, spec, {"generation": start, "started_at": datetime.now(UTC)}, "running")
    return start


def finished(warehouse: Warehouse, spec: EvolveSpec) -> bool:
    """Whether the run was finished before."""
    row = _run(warehouse, spec)
    return row is not None and row["state"] == "finished"


class Waiting(Exception):
    """A candidate that the gate accepts waits for a person."""

    def __init__(self, generation: int) -> None:
        super().__init__(f"generation {generation} waits for a person")
        self.generation = generation


def parent_of(warehouse: Warehouse, spec: EvolveSpec, number: int) -> int:
    """The generation that a round starts from: the one at work, or that was, if the round is recorded."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_PARENT, {"run_id": spec.run_id, "round": number})
    return rows[0]["parent"] if rows else active(warehouse, spec.domain)


def record_round(warehouse: Warehouse, evolution: Evolution, number: int) -> None:
    """Record a round and its candidates, and put the one that was accepted to work, if no person has to say so.

    Done again, it changes nothing.

    Raises:
        Waiting: if a person has to, and has not.
        WarehouseError: if it cannot be written.
    """
    spec, name = evolution.spec, f"{evolution.spec.run_id}-{number}"
    tried = [one for one in evolution.tried if one.round == number]
    if tried and not Manifest(warehouse).committed(name):
        rows = _settled(warehouse, spec, tried)
        told = [{**one.model_dump(mode="json"), "created_at": datetime.now(UTC)} for one in rows]
        publish(warehouse, name, spec.run_id, spec.domain, {"evolution": told})
    with Catalog(warehouse) as catalog:
        waiting = catalog.query(_WAITING, {"run_id": spec.run_id, "domain": spec.domain, "round": number})
    if waiting:
        raise Waiting(waiting[0]["generation"])


def _settled(warehouse: Warehouse, spec: EvolveSpec, tried: Sequence[Tried]) -> list[Tried]:
    """Candidates as generations: refused, or at work; several that were accepted become one."""
    rows = [one if one.kind == TRIAL else _proposed(warehouse, spec, one) for one in tried]
    accepted = [one for one in rows if one.accepted]
    if len(accepted) > 1:
        accepted = [_merged(warehouse, spec, accepted, len(rows) + 1)]
        rows += accepted
    if accepted and accepted[0].generation is not None and not spec.approve:
        activate(warehouse, spec.domain, accepted[0].generation, accepted[0].reason)
    return rows


def _merged(warehouse: Warehouse, spec: EvolveSpec, accepted: Sequence[Tried], candidate: int) -> Tried:
    """What was accepted under several measures, as one: about different roles, so that what each is worth holds."""
    first, *others = accepted
    made = load_generation(warehouse, spec.domain, first.generation or 0)
    for one in others:
        made = with_patches(made, one.patches)
    told = f"generations {', '.join(str(one.generation) for one in accepted)} together"
    number = propose(warehouse, spec.domain, made, first.generation or 0, told).number
    for one in accepted:
        set_aside(warehouse, spec.domain, one.generation or 0, State.RETIRED, f"it is part of generation {number}")
    patches = tuple(patch for one in accepted for patch in one.patches)
    new = {"candidate": candidate, "generation": number, "kind": MERGE, "patches": patches, "reason": told}
    return first.model_copy(update=new)


def _proposed(warehouse: Warehouse, spec: EvolveSpec, tried: Tried) -> Tried:
    parent = load_generation(warehouse, spec.domain, tried.parent)
    told = "; ".join(f"{patch.role}: {patch}" for patch in tried.patches)
    number = propose(warehouse, spec.domain, with_patches(parent, tried.patches), tried.parent, told).number
    if not tried.accepted:
        set_aside(warehouse, spec.domain, number, State.REFUSED, tried.reason)
    return tried.model_copy(update={"generation": number})


def record_end(
    warehouse: Warehouse,
    evolution: Evolution,
    start: int,
    rates: tuple[float | None, float | None],
    ended: str,
) -> None:
    """Record that the run is finished, and what it came to."""
    result = {
        "start_generation": start,
        "end_generation": active(warehouse, evolution.spec.domain),
        "pass_rate_start": rates[0],
        "pass_rate_end": rates[1],
        "rollouts": evolution.rollouts,
        "ended": ended,
    }
    row = _run(warehouse, evolution.spec) or {}
    _record_run(warehouse, evolution.spec, {**row, "result": result, "finished_at": datetime.now(UTC)}, "finished")


def record_rollouts(warehouse: Warehouse, evolution: Evolution) -> None:
    """Publish all that was made and played, in one commit, and remove the journals of what it was made in.

    Raises:
        WarehouseError: if it cannot be written; the journals are kept.
    """
    spec, tables = evolution.spec, defaultdict[str, list[Row]](list)
    for table, row in (*_made_rows(evolution), *_played_rows(warehouse, evolution), *_reflected_rows(evolution)):
        tables[table].append(row)
    publish(warehouse, f"{spec.run_id}-rollouts", spec.run_id, spec.domain, tables)
    for made, *_ in evolution.made.values():
        forget_run(made.shard.run)


def _made_rows(evolution: Evolution) -> Iterator[tuple[str, Row]]:
    """Plans, what was rejected or refused on the way, and the calls that were made for all of it."""
    for shard in (made.shard for made, *_ in evolution.made.values()):
        with open_journal(plans_name(shard.run, shard.domain)) as planned, open_journal(shard.name) as journal:
            for found in (plan_rows(planned), shard_rows(shard.run, slots_of(shard, journal))):
                yield from ((table, row) for table, rows in found.items() for row in rows)


def _played_rows(warehouse: Warehouse, evolution: Evolution) -> Iterator[tuple[str, Row]]:
    """The scenarios that were played, with their checkers, every dialogue of them, and the calls of all trials."""
    numbers, run = _numbers(warehouse, evolution), evolution.run
    tried = [
        (*stage.split(), number, one) for stage, seen in evolution.seen.items() for number, (one, _) in seen.items()
    ]
    cases = {case.number: case for *_, case in tried if isinstance(case, Case)}
    for number, case in cases.items():
        yield from rollout_rows(case.scenario, number, case.source)
    for measure, made, number, case in tried:
        played = evolution.journal.get(f"{measure} {made}", number) or {}
        yield from (("llm_calls", row) for row in call_rows(measure, number, played))
        if isinstance(case, Case):
            verdict, checker_id = Verdict.model_validate(played["verdict"]), checker_id_of(case.scenario, case.source)
            yield from dialogue_rows(run, number, checker_id, played, verdict, None, numbers.get(made), made)


def _reflected_rows(evolution: Evolution) -> Iterator[tuple[str, Row]]:
    asked = [f"reflect {role}" for measure in MEASURES for role in measure.roles]
    for stage in (*asked, *(f"replan {number}" for number in range(evolution.spec.rounds))):
        for number, reflected in evolution.journal.stage(stage).items():
            yield from (("llm_calls", row) for row in call_rows(stage.split()[0], number, reflected))
            if plan := reflected.get("plan"):
                yield "plans", plan_row(Plan.model_validate(plan))


def _numbers(warehouse: Warehouse, evolution: Evolution) -> dict[str, int]:
    """By hash, the numbers of the generations that were played."""
    domain = evolution.spec.domain
    generations = (load_generation(warehouse, domain, row["generation"]) for row in known(warehouse, domain))
    return {generation.hash: generation.number for generation in generations}


def result_of(warehouse: Warehouse, spec: EvolveSpec) -> Row:
    """The keys of `evolve --json`, without its times."""
    row = _run(warehouse, spec) or {}
    with Catalog(warehouse) as catalog:
        rounds = catalog.query(_ROUNDS, {"run_id": spec.run_id})
    told = [{**one, "patches": orjson.loads(one["patches"])} for one in rounds]
    return {"run_id": spec.run_id, "domain": spec.domain, **orjson.loads(row.get("result") or "{}"), "rounds": told}


def _run(warehouse: Warehouse, spec: EvolveSpec) -> Row | None:
    with Catalog(warehouse) as catalog:
        return next(iter(catalog.query(_RUN, {"run_id": spec.run_id})), None)


def _record_run(warehouse: Warehouse, spec: EvolveSpec, known: Row, state: str) -> None:
    now = datetime.now(UTC)
    row: Row = {
        "kind": "evolve",
        "generation": known["generation"],
        "seed": spec.seed,
        "count": spec.pilot,
        "plans": None,
        "model": spec.model,
        "user_model": spec.user_model or spec.model,
        "started_at": known["started_at"],
        "finished_at": known.get("finished_at"),
        "state": state,
        "reason": None,
        "result": known.get("result"),
        "recorded_at": now,
    }
    publish(warehouse, f"{spec.run_id}-{state}-{now:%Y%m%dT%H%M%S%f}", spec.run_id, spec.domain, {"runs": [row]})
