"""Test sets: `python -m domains.test_sets [DOMAIN ...]` writes each domain's held-out test_set.json.

A test set's (family, variant) cells, customers and wordings never occur in generation, and one whole family occurs only
there. It is written by the embedded teacher without its lapses, through the same roles and prompts as any scenario.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

import orjson

from domains import DOMAINS
from domains import load as load_domain
from prompts import GENERATION_0, load
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, HeldOut, PlanIdea, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.record import content_hash, derive_seed
from turnwright.scenario import Evaluation, Plan, Scenario, Synthesis
from turnwright.world import Domain

SIZE = 100
HELD_OUT_SIZE = 12
CUSTOMERS = 20
SEED = 2026


def written(domain: Domain, held_out: HeldOut) -> bytes:
    """The test set as its file holds it: one scenario a line."""
    scenarios = asyncio.run(_scenarios(domain, held_out))
    return b"[\n" + b",\n".join(orjson.dumps(scenario.model_dump(mode="json")) for scenario in scenarios) + b"\n]\n"


async def _scenarios(domain: Domain, held_out: HeldOut) -> list[Scenario]:
    with_family = replace(domain, families={**domain.families, held_out.family: held_out.line})

    async def first_written(families: Iterable[str], variants: Iterable[str]) -> list[Scenario]:
        plans = _plans(domain.name, held_out, families, variants)
        found = [await _first_written(with_family, held_out, plan) for plan in plans]
        return [scenario for scenario in found if scenario]

    kept = (await first_written([held_out.family], domain.styles))[:HELD_OUT_SIZE]
    kept += await first_written(held_out.playbook.plans, held_out.variants)
    return sorted(kept[:SIZE], key=lambda scenario: scenario.scenario_id)


def _plans(domain: str, held_out: HeldOut, families: Iterable[str], variants: Iterable[str]) -> Iterator[Plan]:
    """A plan for each cell whose twists make sense in its family, the same variant of all families first."""
    ideas = {**held_out.playbook.plans, held_out.family: held_out.idea}
    for turn in range(2):
        for variant in variants:
            for family in families:
                *twists, style = variant.split("+")
                if set(twists) <= set(ideas[family].twists):
                    yield _plan(domain, family, ideas[family], tuple(twists), style, turn)


def _plan(domain: str, family: str, idea: PlanIdea, twists: tuple[str, ...], style: str, turn: int) -> Plan:
    synthesis = Synthesis(
        summary=f"held out: {family}, {' and '.join(twists) or 'straight'}, {style} customer",
        family=family,
        tier=min(3, idea.tier + len(twists)),
        tool_patterns=idea.tools,
        user_style=style,
        twists=twists,
    )
    evaluation = Evaluation(rubrics=idea.rubrics, failure_codes=idea.codes)
    plan_id = f"p-{content_hash(['held out', family, synthesis.variant, turn], 16)}"
    return Plan(synthesis=synthesis, evaluation=evaluation, plan_id=plan_id, domain=domain)


async def _first_written(domain: Domain, held_out: HeldOut, plan: Plan) -> Scenario | None:
    generation, client = load(GENERATION_0), EmbeddedClient({domain.name: held_out.playbook}, Steady)
    writer, executor = (
        Role(name, "embedded/teacher", client, generation.prompts[name])
        for name in ("dialogue_writer", "tool_executor")
    )
    seed = derive_seed(SEED, plan.plan_id)
    pool = domain.customers["test"]
    customers = [pool[at] for at in dict.fromkeys(derive_seed(seed, number) % len(pool) for number in range(CUSTOMERS))]
    try:
        draft = await write_draft(writer, Ledger(), seed, domain, plan, customers, 1)
        reference = await execute(executor, Ledger(), seed, domain, draft)
    except Failure:
        return None
    return scenario_of(plan, draft, reference, "test", 0)


def _main() -> None:
    for name in sys.argv[1:] or DOMAINS:
        load_domain(name).test_file.write_bytes(written(load_domain(name), DOMAINS[name].held_out))


if __name__ == "__main__":
    _main()
