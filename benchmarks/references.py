"""References: 2,000 scenarios of each domain by the teacher without its lapses: does each hold together?

Its reference has to end in the recorded state when it is made again, keep the policy rules, and pass the scenario's own
checker, which has to fail the silent and the read-only run. `python -m benchmarks.references [--domain D[,D]]`.
"""

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.record import Target, record, show
from checkers.audit import Audit
from checkers.library import HELPERS_DOC
from checkers.sandbox import Sandbox
from checkers.script import reference_run
from domains import DOMAINS, load
from prompts import GENERATION_0
from prompts import load as load_generation
from turnwright.agents.checker_writer import write_checker
from turnwright.agents.planner import write_plan
from turnwright.agents.writer import Reference, execute, scenario_of, write_draft
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.record import canonical, derive_seed
from turnwright.scenario import Plan, Scenario
from turnwright.world import Domain, World

SCENARIOS = 2_000
PLANS = 64
CUSTOMERS = 12
SEED = 11
TARGETS = [
    Target("fewest_scenarios", least=SCENARIOS),
    Target("other_end_state", most=0),
    Target("violations", most=0),
    Target("checkers_not_admitted", most=0),
]


@dataclass
class Found:
    """What came of one domain's scenarios."""

    scenarios: int = 0
    other_end_state: int = 0
    violations: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    impossible: Counter[str] = field(default_factory=Counter[str])
    families: Counter[str] = field(default_factory=Counter[str])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default=",".join(DOMAINS))
    names: list[str] = parser.parse_args().domain.split(",")
    with Sandbox() as sandbox:
        of = {name: asyncio.run(_Chain(load(name), sandbox).found()) for name in names}
    figures: dict[str, Any] = {
        "fewest_scenarios": min(one.scenarios for one in of.values()),
        "other_end_state": sum(one.other_end_state for one in of.values()),
        "violations": sum(one.violations.total() for one in of.values()),
        "checkers_not_admitted": sum(one.refused.total() for one in of.values()),
    }
    record("references", {**figures, "domains": {name: vars(one) for name, one in of.items()}}, TARGETS, [SEED])
    rows = [
        {
            "domain": name,
            "scenarios": one.scenarios,
            "families": len(one.families),
            "slots without a customer that fits": one.impossible.total(),
        }
        for name, one in of.items()
    ]
    show("references", rows)


class _Chain:
    """The roles that make a scenario and its checker, for one domain."""

    def __init__(self, domain: Domain, sandbox: Sandbox) -> None:
        self._domain, self._sandbox = domain, sandbox
        self._client = EmbeddedClient({domain.name: DOMAINS[domain.name].playbook}, Steady)
        self._prompts = load_generation(GENERATION_0).prompts

    async def found(self) -> Found:
        found, plans, slot = Found(), await self._plans(), 0
        while found.scenarios < SCENARIOS:
            await self._try(found, plans[slot % PLANS], slot)
            slot += 1
        return found

    def _role(self, name: str) -> Role:
        return Role(name, "embedded/teacher", self._client, self._prompts[name], attempts=3)

    async def _plans(self) -> list[Plan]:
        written: list[Plan] = []
        for number in range(PLANS):
            seed = derive_seed(SEED, "plan", number)
            written.append(await write_plan(self._role("planner"), Ledger(), seed, self._domain, written, "references"))
        return written

    async def _try(self, found: Found, plan: Plan, slot: int) -> None:
        domain, seed, ledger = self._domain, derive_seed(SEED, slot), Ledger()
        pool = domain.customers["train"]
        customers = [pool[derive_seed(seed, number) % len(pool)] for number in range(CUSTOMERS)]
        number = slot // PLANS + 1
        try:
            draft = await write_draft(self._role("dialogue_writer"), ledger, seed, domain, plan, customers, number)
            reference = await execute(self._role("tool_executor"), ledger, seed, domain, draft)
        except Failure as failure:
            found.impossible[f"{plan.synthesis.family}: {failure.reason}"] += 1
            return
        scenario = scenario_of(plan, draft, reference, "train", slot)
        found.scenarios += 1
        found.families[scenario.family] += 1
        await self._judge(found, plan, scenario, reference, seed)

    async def _judge(self, found: Found, plan: Plan, scenario: Scenario, reference: Reference, seed: int) -> None:
        domain = self._domain
        run = reference_run(domain, scenario).dialogue
        found.other_end_state += canonical(run.changes) != canonical(reference.changes)
        rules = domain.rules(World(domain, scenario.initial), run.turns)
        found.violations.update(f"{scenario.family}: {finding.code}" for finding in rules)

        audit = Audit(domain, scenario)

        async def admit(source: str) -> str | None:
            return (await audit.admit(self._sandbox, source)).reason

        writer = self._role("checker_writer")
        try:
            await write_checker(writer, Ledger(), seed, domain, scenario, reference.changes, plan, HELPERS_DOC, admit)
        except Failure as failure:
            found.refused[f"{scenario.family}: {failure.reason}"] += 1


if __name__ == "__main__":
    main()
