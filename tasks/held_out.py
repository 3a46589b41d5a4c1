"""Held out: scenarios of the test sets with checkers, written once in a warehouse for all that is measured there.

Whoever is measured never writes them: they are written by generation 0's checker writer, so that every model and every
generation stands before the same programs.
"""

from collections import Counter
from collections.abc import Sequence

from checkers.audit import Audit
from checkers.library import HELPERS_DOC
from checkers.sandbox import Sandbox
from checkers.script import replay
from prompts import GENERATION_0, load
from tasks.rows import Row, call_rows, rollout_rows
from tasks.spec import Shard
from tasks.studio import asked_by, studio
from tasks.trials import Case
from tasks.work import Entry, each, entry, open_journal
from turnwright.agents.checker_writer import write_checker
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.record import content_hash, derive_seed
from turnwright.scenario import Evaluation, Plan, Scenario, Synthesis
from turnwright.verdict import Blame
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.journal import Journal
from warehouse.lock import turn
from warehouse.publish import publish

_STAGE = "held out"
_WRITTEN = "SELECT scenario_id, source FROM checkers WHERE run_id = $run_id AND domain = $domain"


def balanced(scenarios: Sequence[Scenario], count: int | None) -> list[Scenario]:
    """The first so many when each family has its turn, families in an order by chance; all without a count. More of
    them hold fewer of them."""
    seen, placed = Counter[str](), list[tuple[int, int, Scenario]]()
    for scenario in scenarios:
        placed.append((seen[scenario.family], derive_seed("turn", scenario.family), scenario))
        seen[scenario.family] += 1
    return [scenario for *_, scenario in sorted(placed, key=lambda one: one[:2])][:count]


async def held_out_cases(domain: str, scenarios: Sequence[Scenario]) -> list[Case]:
    """These scenarios with their checkers, in order, numbered by their place; without those that have none.

    Raises:
        WarehouseError: if what is written cannot be kept.
        Failure: blamed on PROVIDER, if the writer is out of reach; what is written is kept.
        RunStopped: as `each` does; what is written is kept.
    """
    at, writer = studio(), asked_by(studio(), load(GENERATION_0))["checker_writer"]
    run_id = f"k-{_signature(writer, domain)}"
    with turn(at.warehouse, run_id):
        known = _known(run_id, domain)
        if missing := [scenario for scenario in scenarios if scenario.scenario_id not in known]:
            with open_journal(run_id) as journal:
                await _write(writer, domain, missing, journal)
                _publish(run_id, domain, missing, journal)
            known = _known(run_id, domain)
        (at.warehouse.journal / f"{run_id}.jsonl").unlink(missing_ok=True)
    sources = [known.get(scenario.scenario_id) for scenario in scenarios]
    return [Case(number, scenarios[number], source) for number, source in enumerate(sources) if source]


def _signature(writer: Role, domain: str) -> str:
    """Equal for those who write alike."""
    asked = [writer.model, writer.temperature, writer.attempts, dict(writer.params)]
    return content_hash([domain, writer.template.hash, HELPERS_DOC, asked], 16)


def _known(run_id: str, domain: str) -> dict[str, str | None]:
    with Catalog(studio().warehouse) as catalog:
        rows = catalog.query(_WRITTEN, {"run_id": run_id, "domain": domain})
    return {row["scenario_id"]: row["source"] for row in rows}


def _slot(scenario: Scenario) -> int:
    """A number for the journal that does not depend on what else is asked for."""
    return derive_seed(scenario.scenario_id) % 2**53


async def _write(writer: Role, domain: str, missing: Sequence[Scenario], journal: Journal) -> None:
    at, by_slot = studio(), {_slot(scenario): scenario for scenario in missing}

    async def work(slot: int) -> Entry:
        ledger, scenario, source, reason = Ledger(), by_slot[slot], None, None
        try:
            source = await checker_for(writer, ledger, slot, at.sandbox, at.domains[domain], scenario)
        except Failure as failure:
            if failure.blame is Blame.PROVIDER:
                raise  # nobody answers: that is for the user to mend, not for the record
            reason = f"{failure.blame}: {failure.reason}"
        return entry(ledger, source=source, reason=reason)

    shard = Shard(run=at.run, domain=domain, first=0, last=1)
    interrupted = await each(shard, journal, _STAGE, by_slot, work)
    await each(shard, journal, _STAGE, interrupted, work)


def _publish(run_id: str, domain: str, missing: Sequence[Scenario], journal: Journal) -> None:
    tables: dict[str, list[Row]] = {"scenarios": [], "checkers": [], "llm_calls": []}
    for scenario in missing:
        if written := journal.get(_STAGE, _slot(scenario)):
            for table, row in rollout_rows(scenario, 0, written["source"], written["reason"]):
                tables[table].append(row)
            tables["llm_calls"] += call_rows("checker", 0, written)
    ids = sorted(row["scenario_id"] for row in tables["checkers"])
    publish(studio().warehouse, f"{run_id}-{content_hash(ids, 16)}", run_id, domain, tables)


async def checker_for(
    writer: Role, ledger: Ledger, seed: int, sandbox: Sandbox, domain: Domain, scenario: Scenario
) -> str:
    """The source of an admitted checker for a scenario whose plan is gone.

    Raises:
        Failure: if there is none.
    """
    audit = Audit(domain, scenario)

    async def admit(source: str) -> str | None:
        return (await audit.admit(sandbox, source)).reason

    changes, plan = replay(domain, scenario)[1], _plan_of(scenario)
    return await write_checker(writer, ledger, seed, domain, scenario, changes, plan, HELPERS_DOC, admit)


def _plan_of(scenario: Scenario) -> Plan:
    """A plan for a scenario that has none any more: its checker may use any code."""
    synthesis = Synthesis(
        summary=f"held-out scenario of {scenario.family}",
        family=scenario.family,
        tier=scenario.tier,
        tool_patterns=tuple(dict.fromkeys(call.tool for call in scenario.reference)) or ("none",),
        user_style=scenario.variant,
    )
    evaluation = Evaluation(rubrics=("the policy is kept",), failure_codes=("OTHER",))
    return Plan(plan_id=scenario.plan_id, domain=scenario.domain, synthesis=synthesis, evaluation=evaluation)
