"""Checkers: how many scenarios end with one, how far those can be trusted, and whether planted faults get through.

A night over all domains gives scenarios and their checkers; `audit-checkers` tries those on operators and seeds that
admission never used. Then every way in which the embedded writer can botch a program is planted in each of some
scenarios, and the audit of admission has to refuse it.
"""

import argparse
import asyncio
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson

from benchmarks.command import generate
from benchmarks.record import Target, record, show
from benchmarks.verdicts import cpu_seconds
from checkers.audit import Audit
from checkers.sandbox import Sandbox
from checkers.script import replay
from domains import DOMAINS, load
from tasks.auditing import audit_checkers
from turnwright.agents.writer import as_json
from turnwright.dialogue import Changes
from turnwright.llm.embedded.minds.checker_writer import BOTCHES, Task, checks_of, source_of
from turnwright.scenario import Scenario
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SLOTS = 230
"""Per domain; some scenarios are rejected before they get to a checker."""
SEED, AUDIT_SEED = 11, 1
PLANTED = 20
"""Scenarios of each domain that faults are planted in."""
BY_FAMILY = """
SELECT domain, family, count(*) AS valid, count(*) FILTER (c.state = 'admitted') AS admitted,
    round(avg((c.state = 'admitted')::INT), 3) AS admitted_rate
FROM checkers AS c JOIN scenarios USING (scenario_id, run_id, domain)
WHERE c.reason IS NULL OR c.reason NOT LIKE 'TASK%' GROUP BY ALL ORDER BY admitted_rate, domain, family
"""
REASONS = """
SELECT domain, mutant AS held_against_it, count(DISTINCT checker_id) AS checkers
FROM checkers JOIN mutants USING (checker_id, run_id, domain)
WHERE state = 'refused' AND audit = 'admission' AND got <> expected GROUP BY ALL ORDER BY checkers DESC, mutant
"""
TARGETS = [
    Target("scenarios", least=600),
    Target("admitted_rate", least=0.9),
    Target("lowest_admitted_rate_of_a_family", least=0.8),
    Target("mutation_score", least=0.97),
    Target("equivalents_passed_rate", least=0.98),
    Target("planted_faults_caught", least=0.98),
    Target("audit_cpu_ms", most=60),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=SLOTS, help="slots of each domain")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder), asked.count * len(DOMAINS), SEED, domains=",".join(DOMAINS)).result
        warehouse = Warehouse.open(Path(folder), create=False)
        audited = asyncio.run(audit_checkers(warehouse, [], AUDIT_SEED))
        with Catalog(warehouse) as catalog:
            families, reasons = catalog.query(BY_FAMILY), catalog.query(REASONS)
    caught, missed, harmless, audit_seconds = asyncio.run(_planted())
    kinds = sorted({*caught, *missed, *harmless})
    figures: dict[str, Any] = {
        "scenarios": sum(row["valid"] for row in families),
        **audited,
        "lowest_admitted_rate_of_a_family": min(row["admitted_rate"] for row in families),
        "planted_faults": caught.total() + missed.total(),
        "planted_faults_caught": round(caught.total() / (caught.total() + missed.total()), 4),
        "planted_kinds": len(kinds),
        "audit_cpu_ms": round(1000 * fmean(audit_seconds), 1),
        "longest_audit_cpu_ms": round(1000 * max(audit_seconds), 1),
        "night_seconds": made["seconds"],
        "families": families,
        "reasons": reasons,
        "planted": [
            {"fault": kind, "caught": caught[kind], "missed": missed[kind], "harmless": harmless[kind]}
            for kind in kinds
        ],
    }
    record("checkers", figures, TARGETS, [SEED, AUDIT_SEED])
    for table in ("families", "reasons", "planted"):
        show(table, figures[table])
    for kind in ("mutants_by_operator", "survivors_by_operator", "equivalents_failed_by_operator", "mutants_discarded"):
        show(kind, [{"operator": name, "runs": number} for name, number in figures[kind].items()])


async def _planted() -> tuple[Counter[str], Counter[str], Counter[str], list[float]]:
    """By kind, the planted faults that admission caught, those that it missed, and those that make no difference; and
    the CPU seconds of a whole audit, of which the careful programs are admitted: its runs made and all of them judged.

    A fault makes none if every run, those held back included, is judged as the careful program judges it.
    """
    caught, missed, harmless, seconds = Counter[str](), Counter[str](), Counter[str](), list[float]()
    with Sandbox() as sandbox:
        for name in DOMAINS:
            domain = load(name)
            for scenario in _one_of_each_family(domain):
                task = Task(*_given(domain, scenario))
                checks = [*checks_of(task)]
                careful, began = source_of(checks), cpu_seconds()
                admission = Audit(domain, scenario)
                if not (await admission.admit(sandbox, careful)).admitted:
                    continue  # a fault in a program that is not admitted either proves nothing
                seconds.append(cpu_seconds() - began)
                held_back = Audit(domain, scenario, AUDIT_SEED, held_back=True)
                usual = [trial.got for trial in await held_back.try_on(sandbox, careful)]
                for kind, botch in BOTCHES.items():
                    botched = botch(task, checks)
                    source = source_of(botched, "[]" if kind == "always_true" else "found")
                    if botched == checks:
                        continue
                    if not (await admission.admit(sandbox, source)).admitted:
                        caught[kind] += 1
                    elif [trial.got for trial in await held_back.try_on(sandbox, source)] == usual:
                        harmless[kind] += 1
                    else:
                        missed[kind] += 1
    return caught, missed, harmless, seconds


def _one_of_each_family(domain: Domain) -> list[Scenario]:
    by_family: defaultdict[str, list[Scenario]] = defaultdict(list)
    for scenario in domain.test_scenarios():
        by_family[scenario.family].append(scenario)
    rounds = [family[number] for number in range(100) for family in by_family.values() if number < len(family)]
    return rounds[:PLANTED]


def _given(domain: Domain, scenario: Scenario) -> tuple[str, list[dict[str, Any]], Changes, list[dict[str, Any]]]:
    changes = orjson.loads(orjson.dumps(replay(domain, scenario)[1]))
    facts = [fact.model_dump(mode="json") for fact in scenario.facts]
    return scenario.ending, [as_json(call) for call in scenario.reference], changes, facts


if __name__ == "__main__":
    main()
