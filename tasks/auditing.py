"""Auditing: the checkers of a warehouse against runs that admission never showed them: operators, seeds held back."""

import time
from collections import Counter
from collections.abc import Sequence

from checkers.audit import ADMISSION_SEED, REFERENCE, Audit, Trial
from checkers.sandbox import Sandbox
from domains import load
from tasks.rows import Row, mutant_rows, scenario_of
from turnwright.errors import BadInput
from turnwright.verdict import Outcome
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.store import Warehouse

CHECKERS = """
SELECT checker_id, run_id, domain, c.state, c.reason AS refused_for, source, scenario_id, plan_id, family, variant,
    tier, split, persona, goal, opening, knows, does_not_know, requests, initial, reference, facts, ending
FROM checkers AS c JOIN scenarios USING (scenario_id, run_id, domain)
WHERE len($domains) = 0 OR list_contains($domains, domain) ORDER BY domain, checker_id
"""
_NOOP = ("silent", "read_only")


async def audit_checkers(warehouse: Warehouse, domains: Sequence[str], seed: int) -> Row:
    """Try every admitted checker of these domains, or of all, and record each run that it was tried on.

    `seed` is one of the audit's own: no checker was admitted with the mutants that it draws.

    Raises:
        BadInput: if there is no checker.
        WarehouseError: if the outcomes cannot be written.
    """
    began = time.perf_counter()
    with Catalog(warehouse) as catalog:
        rows = catalog.query(CHECKERS, {"domains": list(domains)})
    admitted = [row for row in rows if row["state"] == "admitted"]
    if not admitted:
        raise BadInput("there is no admitted checker in this warehouse: run `turnwright generate` first")
    held_back, known = list[Trial](), list[Trial]()
    discarded: Counter[str] = Counter()
    recorded: dict[tuple[str, str], list[Row]] = {}
    with Sandbox() as sandbox:
        for row in admitted:
            domain, scenario = load(row["domain"]), scenario_of(row)
            usual, fresh = (Audit(domain, scenario, ADMISSION_SEED + 1 + seed, of) for of in (False, True))
            tried = [await audit.try_on(sandbox, row["source"]) for audit in (usual, fresh)]
            known += tried[0]
            held_back += tried[1]
            discarded += fresh.discarded
            trials = [trial.model_dump(mode="json") for trial in (*tried[0], *tried[1])]
            found = mutant_rows(row["checker_id"], f"seed {seed}", trials)
            recorded.setdefault((row["run_id"], row["domain"]), []).extend(found)
    for (run_id, domain), found in recorded.items():
        publish(warehouse, f"audit-{run_id}-{domain}-{seed}", run_id, domain, {"mutants": found})
    noops = [trial for trial in known if trial.mutant in _NOOP]
    references = [trial for trial in known if trial.mutant == REFERENCE]
    return {
        "seed": seed,
        "checkers": len(admitted),
        **_admission(rows),
        "reference_passed": sum(trial.got is Outcome.PASS for trial in references),
        "noop_failed": _all_failed(noops),
        **_score(held_back),
        "mutants_discarded": dict(sorted(discarded.items())),
        "operators_of_admission": _score([trial for trial in known if trial.mutant != REFERENCE]),
        "seconds": round(time.perf_counter() - began, 2),
    }


def _admission(rows: Sequence[Row]) -> Row:
    """Admitted checkers over the valid scenarios: those that it was not the task's fault that they got none."""
    valid = [row for row in rows if row["state"] == "admitted" or not row["refused_for"].startswith("TASK")]
    refused = Counter(row["family"] for row in valid if row["state"] != "admitted")
    families = Counter(row["family"] for row in valid)
    return {
        "admitted_rate": round(1 - refused.total() / len(valid), 4),
        "refused_by_family": dict(sorted(refused.items())),
        "lowest_admitted_rate_of_a_family": round(min(1 - refused[name] / families[name] for name in families), 4),
    }


def _all_failed(trials: Sequence[Trial]) -> int:
    """How many checkers failed both runs in which nothing happens."""
    return sum(trial.got is Outcome.FAIL for trial in trials) // len(_NOOP)


def _score(trials: Sequence[Trial]) -> Row:
    wrong = [trial for trial in trials if trial.expected is Outcome.FAIL]
    right = [trial for trial in trials if trial.expected is Outcome.PASS and trial.mutant != REFERENCE]
    survivors = Counter(trial.mutant for trial in wrong if trial.got is not Outcome.FAIL)
    failing = Counter(trial.mutant for trial in right if trial.got is not Outcome.PASS)
    return {
        "mutants": len(wrong),
        "killed": len(wrong) - survivors.total(),
        "mutation_score": _share(len(wrong) - survivors.total(), len(wrong)),
        "mutants_by_operator": dict(sorted(Counter(trial.mutant for trial in wrong).items())),
        "survivors_by_operator": dict(sorted(survivors.items())),
        "equivalents": len(right),
        "equivalents_passed": len(right) - failing.total(),
        "equivalents_passed_rate": _share(len(right) - failing.total(), len(right)),
        "equivalents_failed_by_operator": dict(sorted(failing.items())),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
