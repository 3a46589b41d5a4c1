"""Scores: what evaluations came to, from the warehouse and from nowhere else."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from checkers.conduct import CODES
from domains import load
from turnwright.passk import Comparison, Estimate, Tally, compare, estimate
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

Row = dict[str, Any]

_TALLIES = """
SELECT scenario_id, checker_id, family, variant, count(*) AS played, count(*) FILTER (verdict = 'PASS') AS passed,
    count(*) FILTER (blame = 'USER') AS spoiled
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id GROUP BY ALL ORDER BY scenario_id
"""
"""By scenario, what came of its trials; spoiled are those that failed because of the user."""
_RUN = """
SELECT run_id, domain, model, user_model, generation, seed, (result ->> 'split') AS split,
    (result ->> 'trials')::BIGINT AS trials, (result ->> 'left_out')::BIGINT AS left_out
FROM runs WHERE run_id = $run_id
"""
_ENDS = """
SELECT stop_reason AS name, count(*) AS dialogues FROM dialogues
WHERE run_id = $run_id GROUP BY ALL ORDER BY dialogues DESC, name
"""
_BLAME = """
SELECT blame AS name, count(*) AS dialogues FROM dialogues
WHERE run_id = $run_id AND blame IS NOT NULL GROUP BY ALL ORDER BY dialogues DESC, name
"""
_USER_ERRORS = """
SELECT code AS name, count(DISTINCT dialogue_id) AS dialogues
FROM dialogues JOIN findings USING (dialogue_id, run_id, domain)
WHERE run_id = $run_id AND dialogues.blame = 'USER' AND source = 'verifier' GROUP BY ALL ORDER BY dialogues DESC, name
"""
"""What rules saw that the user is blamed for."""
_TOKENS = """
SELECT role, sum(tokens_in)::BIGINT AS tokens_in, sum(tokens_out)::BIGINT AS tokens_out, sum(cost_usd) AS cost_usd,
    round(quantile_cont(latency_s, 0.5), 4) AS median_s
FROM llm_calls WHERE run_id = $run_id AND stage = 'play' GROUP BY role ORDER BY role
"""
_CONDUCT = """
SELECT scenario_id, contains(reference, '"side":"user"') AS has_steps,
    list(DISTINCT code) FILTER (code IS NOT NULL) AS codes
FROM dialogues AS d JOIN scenarios USING (scenario_id, run_id, domain)
LEFT JOIN (SELECT dialogue_id, run_id, code FROM findings WHERE source = 'conduct') USING (dialogue_id, run_id)
WHERE run_id = $run_id AND stop_reason <> 'FAILURE'
GROUP BY dialogue_id, scenario_id, has_steps ORDER BY scenario_id, dialogue_id
"""
"""By dialogue that took place, what rules have against the user."""
_SLIPS = """
SELECT code AS name, count(DISTINCT dialogue_id) AS dialogues FROM findings
WHERE run_id = $run_id AND source = 'conduct' GROUP BY ALL ORDER BY dialogues DESC, name
"""
STEPS = "steps_right"


class Scored(NamedTuple):
    """One scenario, and what came of its trials."""

    scenario_id: str
    checker_id: str
    family: str
    variant: str
    played: int
    passed: int
    spoiled: int

    @property
    def tally(self) -> Tally:
        return Tally(self.passed, self.played)


def scored(catalog: Catalog, run_id: str) -> list[Scored]:
    """The scenarios of an evaluation."""
    return [Scored(**row) for row in catalog.query(_TALLIES, {"run_id": run_id})]


def evaluation_rows(found: Sequence[Scored], trials: int) -> list[Row]:
    """pass^k for every k, as the table `evaluations` has it."""
    rows: list[Row] = []
    for k in range(1, trials + 1):
        value, low, high = estimate([one.tally for one in found], k)
        rows.append({"k": k, "pass_k": value, "lo": low, "hi": high, "scenarios": len(found)})
    return rows


def result_of(warehouse: Warehouse, run_id: str) -> Row:
    """The keys of `evaluate --json`, without its times; of a run that is not finished, what there is;
    its id alone where nothing of it was recorded."""
    with Catalog(warehouse) as catalog:
        runs, found = catalog.query(_RUN, {"run_id": run_id}), scored(catalog, run_id)
        spent = {row.pop("role"): row for row in catalog.query(_TOKENS, {"run_id": run_id})}
        counts = {name: _counts(catalog, sql, run_id) for name, sql in _COUNTED.items()}
    if not runs:
        return {"run_id": run_id}
    rows = evaluation_rows(found, runs[0]["trials"]) if found else []
    return {
        **runs[0],
        "scenarios": len(found),
        "dialogues": sum(one.played for one in found),
        "pass_k": {str(row["k"]): round(row["pass_k"], 4) for row in rows},
        "ci95": {str(row["k"]): [round(row["lo"], 4), round(row["hi"], 4)] for row in rows},
        "pass_1_without_user_errors": _without_user_errors(found),
        **counts,
        "by_family": _grouped(found, lambda one: one.family),
        "unseen": _unseen(load(runs[0]["domain"]), found),
        "tokens": spent,
    }


_COUNTED = {"stop_reasons": _ENDS, "blame": _BLAME, "user_errors": _USER_ERRORS}


def _counts(catalog: Catalog, sql: str, run_id: str) -> dict[str, int]:
    return {row["name"]: row["dialogues"] for row in catalog.query(sql, {"run_id": run_id})}


def _without_user_errors(found: Sequence[Scored]) -> float | None:
    """pass^1 when trials that the user spoiled count for nothing; None if nothing is left."""
    kept = [Tally(one.passed, one.played - one.spoiled) for one in found if one.spoiled < one.played]
    return round(estimate(kept, 1).value, 4) if kept else None


def _grouped(found: Iterable[Scored], key: Callable[[Scored], str]) -> dict[str, Row]:
    groups: defaultdict[str, list[Tally]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one.tally)
    return {name: _pass_1(groups[name]) for name in sorted(groups)}


def _pass_1(tallies: Sequence[Tally]) -> Row:
    if not tallies:
        return {"pass_1": None, "ci95": None, "n": 0}
    return {**_told(estimate(tallies, 1), "pass_1"), "n": len(tallies)}


def _told(found: Estimate, name: str) -> Row:
    return {name: round(found.value, 4), "ci95": [round(found.low, 4), round(found.high, 4)]}


def unseen_as(domain: Domain, family: str, variant: str) -> str:
    """What about a held-out scenario no training has seen, beside its customer."""
    if family not in domain.families:
        return "held_out_family"
    return "reserved_variant" if (family, variant) in domain.reserved_cells else "other"


def _unseen(domain: Domain, found: Sequence[Scored]) -> dict[str, Row]:
    kinds = ("held_out_family", "reserved_variant", "other")
    grouped = _grouped(found, lambda one: unseen_as(domain, one.family, one.variant))
    return {kind: grouped.get(kind) or _pass_1(()) for kind in kinds}


def comparison_of(warehouse: Warehouse, run_id: str, other: str) -> Row:
    """Two evaluations on the scenarios that both have played before the same checkers."""
    with Catalog(warehouse) as catalog:
        first, second = (_by_checker(scored(catalog, name)) for name in (run_id, other))
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return {"scenarios": 0, "difference": None, "ci95": None, "p_value": 1.0, "better": 0, "worse": 0}
    found: Comparison = compare([first[key] for key in shared], [second[key] for key in shared])
    return {
        "scenarios": len(shared),
        **_told(found.difference, "difference"),
        "p_value": found.p_value,
        "better": found.better,
        "worse": found.worse,
    }


def _by_checker(found: Iterable[Scored]) -> dict[tuple[str, str], Tally]:
    return {(one.scenario_id, one.checker_id): one.tally for one in found}


def card_of(warehouse: Warehouse, run_id: str) -> Row:
    """How the simulated user of an evaluation kept to their part: shares of the dialogues that took place."""
    with Catalog(warehouse) as catalog:
        rows, found = catalog.query(_CONDUCT, {"run_id": run_id}), _counts(catalog, _SLIPS, run_id)
    card: Row = {"dialogues": len(rows)}
    for name, codes in CODES.items():
        asked = [row for row in rows if row["has_steps"] or name != STEPS]
        clean: defaultdict[str, list[bool]] = defaultdict(list)
        for row in asked:
            clean[row["scenario_id"]].append(not set(codes) & set(row["codes"] or ()))
        tallies = [Tally(sum(kept), len(kept)) for kept in clean.values()]
        card[name] = {**_told(estimate(tallies, 1), "share"), "dialogues": len(asked)} if tallies else None
    return {**card, "slips": found}
