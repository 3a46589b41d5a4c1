"""Marking: which dialogues are duplicates, and which are too like what models are tested on. Nothing is removed.

Every dialogue is signed once, in the order of runs and slots, and held against those before it: so the first of a group
stays, whatever the concurrency and the size of shards, and a night costs what the night has, not what the year had.
What no export can have never stays, and so no dialogue is lost to it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson

from domains import load
from tasks.contamination import Found, Task, Tasks, held_out
from tasks.exports.selection import HELD_OUT, test_set
from turnwright.likeness import Call, Likeness, likeness
from turnwright.record import Record, content_hash
from warehouse.catalog import Catalog
from warehouse.lock import turn
from warehouse.publish import publish
from warehouse.signatures import METHOD, SIDES, Leaders, Match, Signed, candidates, signatures
from warehouse.store import Warehouse

THRESHOLDS = (0.8, 0.8)
"""The Jaccard index from which on two dialogues are the same, by what is said and by what is done."""
DUPLICATE, CONTAMINATED = "duplicate", "contaminated"

_BATCH = 2_000
_FEWEST = 3
"""Features of what is done that tell one scenario from another."""

_UNSIGNED = """
SELECT run_id, domain, list(dialogue_id ORDER BY d.slot, dialogue_id) AS ids
FROM dialogues AS d LEFT JOIN runs USING (run_id, domain)
WHERE NOT EXISTS (
    FROM signatures AS s WHERE s.dialogue_id = d.dialogue_id AND s.run_id = d.run_id AND s.method = $method
)
GROUP BY run_id, domain ORDER BY min(started_at), run_id, domain
"""
_ALL = """
SELECT run_id, domain, list(dialogue_id ORDER BY slot, dialogue_id) AS ids
FROM dialogues GROUP BY run_id, domain ORDER BY run_id, domain
"""
_ROWS = f"""
WITH asked AS (SELECT unnest($ids::VARCHAR[]) AS dialogue_id, generate_subscripts($ids::VARCHAR[], 1) AS place)
SELECT dialogue_id, verdict, d.generation IS NOT NULL AND NOT ({HELD_OUT}) AS for_export,
    changes, knows, requests, initial, said, calls
FROM asked JOIN dialogues AS d USING (dialogue_id) LEFT JOIN scenarios AS s USING (scenario_id, run_id, domain)
LEFT JOIN (
    SELECT dialogue_id, list(content ORDER BY turn) AS said FROM turns SEMI JOIN asked USING (dialogue_id)
    WHERE run_id = $run_id AND domain = $domain AND speaker = 'user' AND content <> '' GROUP BY dialogue_id
) USING (dialogue_id)
LEFT JOIN (
    SELECT dialogue_id, list({{'tool': tool, 'arguments': arguments}} ORDER BY "call") AS calls
    FROM tool_calls SEMI JOIN asked USING (dialogue_id)
    WHERE run_id = $run_id AND domain = $domain GROUP BY dialogue_id
) USING (dialogue_id)
WHERE run_id = $run_id AND domain = $domain ORDER BY place
"""


class Marked(Record):
    """What came of marking."""

    dialogues: int
    duplicates: int
    contaminated: int

    def __str__(self) -> str:
        return (
            f"{self.dialogues:,} dialogues looked at: {self.duplicates:,} are duplicates,"
            f" {self.contaminated:,} are too like what models are tested on"
        )


class _Batch(NamedTuple):
    run_id: str
    domain: str
    ids: list[str]


class _Told(NamedTuple):
    dialogue_id: str
    verdict: str
    for_export: bool
    """Whether it was told by a generation, and is not held out."""
    likeness: Likeness


def mark(warehouse: Warehouse) -> Marked:
    """Sign and mark every dialogue that is not yet.

    Raises:
        WarehouseError: if it cannot be written; what was marked until then stays marked.
    """
    counts, leaders = Counter[str](), defaultdict[str, Leaders](lambda: Leaders(THRESHOLDS))
    # One look at the warehouse for all batches: what is marked meanwhile is marked here, and the leaders know it.
    with turn(warehouse, "marks"), Catalog(warehouse) as catalog:
        for batch in _batches(catalog, _UNSIGNED):
            told = _told(catalog, batch)
            marks = _contaminated(told, _held_out(batch.domain))
            lost = {one.dialogue_id for one in told if not one.for_export} | {mark["dialogue_id"] for mark in marks}
            kept = [one for one in told if one.dialogue_id not in lost]
            signed, duplicates = _duplicates(catalog, batch.domain, leaders[batch.domain], kept)
            signed += [_signature(one, stays=False) for one in told if one.dialogue_id in lost]
            marks += duplicates
            _publish(warehouse, batch, METHOD, {"signatures": signed, "marks": marks})
            counts.update(dialogues=len(told), **Counter(mark["kind"] for mark in marks))
    return _marked(counts)


def mark_against(warehouse: Warehouse, tasks: Sequence[Task]) -> Marked:
    """Hold every dialogue against these tasks, and mark those that are too like one.

    Raises:
        WarehouseError: if it cannot be written.
    """
    known, counts = Tasks(tasks), Counter[str]()
    about = content_hash([[task.name, *map(sorted, task.likeness)] for task in tasks], 16)
    with turn(warehouse, "marks"), Catalog(warehouse) as catalog:
        for batch in _batches(catalog, _ALL):
            told = _told(catalog, batch)
            marks = _contaminated(told, known)
            _publish(warehouse, batch, about, {"marks": marks})
            counts.update(dialogues=len(told), **Counter(mark["kind"] for mark in marks))
    return _marked(counts)


def _marked(counts: Counter[str]) -> Marked:
    return Marked(dialogues=counts["dialogues"], duplicates=counts[DUPLICATE], contaminated=counts[CONTAMINATED])


@cache
def _held_out(domain: str) -> Tasks:
    return Tasks(held_out(load(domain)))


def _batches(catalog: Catalog, sql: str) -> Iterator[_Batch]:
    for row in catalog.query(sql, {"method": METHOD} if "$method" in sql else None):
        for at in range(0, len(row["ids"]), _BATCH):
            yield _Batch(row["run_id"], row["domain"], row["ids"][at : at + _BATCH])


def _told(catalog: Catalog, batch: _Batch) -> list[_Told]:
    rows = catalog.query(_ROWS, {**batch._asdict(), "held_out": test_set()})
    return [_Told(row["dialogue_id"], row["verdict"], row["for_export"], _likeness(row)) for row in rows]


def _likeness(row: dict[str, Any]) -> Likeness:
    knows, requests, initial, changes = (
        orjson.loads(row[name] or empty)
        for name, empty in (("knows", "{}"), ("requests", "[]"), ("initial", "{}"), ("changes", "{}"))
    )
    calls = [Call(call["tool"], orjson.loads(call["arguments"] or "{}")) for call in row["calls"] or ()]
    return likeness(row["said"] or (), knows, requests, initial, calls, changes)


def _duplicates(
    catalog: Catalog, domain: str, leaders: Leaders, told: Sequence[_Told]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The signatures of a batch, and a mark for each dialogue that is like one of before, of the same verdict.

    One that passed and one that failed are no duplicates of each other: what they differ in is what is learned.
    """
    said, done = signatures([one.likeness.said for one in told]), signatures([_telling(one) for one in told])
    new = [
        Signed(one.dialogue_id, one.verdict, sides)
        for one, sides in zip(told, zip(said, done, strict=True), strict=True)
    ]
    for before in candidates(catalog, domain, new):
        leaders.add(before)
    rows, marks = list[dict[str, Any]](), list[dict[str, Any]]()
    for one, signed in zip(told, new, strict=True):
        match = leaders.nearest(signed)
        if match is None:
            leaders.add(signed)
        else:
            marks.append(_mark(one, DUPLICATE, match))
        rows.append({**_signature(one, stays=match is None), **dict(zip(SIDES, signed.sides, strict=True))})
    return rows, marks


def _signature(told: _Told, stays: bool) -> dict[str, Any]:
    return {"dialogue_id": told.dialogue_id, "verdict": told.verdict, "method": METHOD, "stays": stays}


def _telling(told: _Told) -> frozenset[str]:
    done = told.likeness.done
    return done if len(done) >= _FEWEST else frozenset()


def _contaminated(told: Iterable[_Told], tasks: Tasks) -> list[dict[str, Any]]:
    return [_mark(one, CONTAMINATED, found) for one in told if (found := tasks.found(one.likeness))]


def _mark(told: _Told, kind: str, like: Match | Found) -> dict[str, Any]:
    return {"dialogue_id": told.dialogue_id, "kind": kind, **like._asdict()}


def _publish(warehouse: Warehouse, batch: _Batch, about: str, tables: dict[str, list[dict[str, Any]]]) -> None:
    name = f"{batch.run_id}-{batch.domain}-marks-{content_hash([about, batch.ids], 16)}"
    publish(warehouse, name, batch.run_id, batch.domain, tables)
