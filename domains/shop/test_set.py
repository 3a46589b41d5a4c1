"""The held-out test set: `python -m domains.shop.test_set` writes test_set.json.

Its (family, variant) cells, customers and wordings never occur in generation, and one whole family occurs only here. It
is written by the embedded teacher without its lapses, through the same roles and prompts as any other scenario.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

import orjson

from domains.shop import domain
from domains.shop.families import HELD_OUT_FAMILY, RESERVED_VARIANTS, STYLES
from domains.shop.playbook import TEST_PLAYBOOK
from domains.shop.playbook.plans import HELD_OUT, PLANS
from prompts import GENERATION_0, load
from turnwright.agents.writer import execute, scenario_of, write_draft
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, PlanIdea, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.record import content_hash, derive_seed
from turnwright.scenario import Evaluation, Plan, Scenario, Synthesis
from turnwright.world import Domain

SIZE = 100
HELD_OUT_SIZE = 12
CUSTOMERS = 20
SEED = 2026
IDEAS = PLANS | {HELD_OUT_FAMILY: HELD_OUT}


def written() -> bytes:
    """The test set as its file holds it: one scenario a line."""
    scenarios = asyncio.run(_scenarios())
    return b"[\n" + b",\n".join(orjson.dumps(scenario.model_dump(mode="json")) for scenario in scenarios) + b"\n]\n"


async def _scenarios() -> list[Scenario]:
    shop = domain()
    shop = replace(
        shop, families={**shop.families, HELD_OUT_FAMILY: "The user wants two of their gift cards made one."}
    )
    held_out = [await _first_written(shop, plan) for plan in _cells([HELD_OUT_FAMILY], STYLES)]
    others = [await _first_written(shop, plan) for plan in _cells(PLANS, RESERVED_VARIANTS)]
    kept = [scenario for scenario in held_out if scenario][:HELD_OUT_SIZE]
    kept += [scenario for scenario in others if scenario]
    return sorted(kept[:SIZE], key=lambda scenario: scenario.scenario_id)


def _cells(families: Iterable[str], variants: Iterable[str]) -> Iterator[Plan]:
    """A plan for each cell whose twists make sense in its family, the same variant of all families first."""
    for turn in range(2):
        for variant in variants:
            for family in families:
                *twists, style = variant.split("+")
                if set(twists) <= set(IDEAS[family].twists):
                    yield _plan(family, tuple(twists), style, turn)


def _plan(family: str, twists: tuple[str, ...], style: str, turn: int) -> Plan:
    idea: PlanIdea = IDEAS[family]
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
    return Plan(synthesis=synthesis, evaluation=evaluation, plan_id=plan_id, domain="shop")


async def _first_written(shop: Domain, plan: Plan) -> Scenario | None:
    generation, client = load(GENERATION_0), EmbeddedClient({"shop": TEST_PLAYBOOK}, Steady)
    writer, executor = (
        Role(name, "embedded/teacher", client, generation.prompts[name])
        for name in ("dialogue_writer", "tool_executor")
    )
    seed = derive_seed(SEED, plan.plan_id)
    pool = shop.customers["test"]
    customers = [pool[at] for at in dict.fromkeys(derive_seed(seed, number) % len(pool) for number in range(CUSTOMERS))]
    try:
        draft = await write_draft(writer, Ledger(), seed, shop, plan, customers, 1)
        reference = await execute(executor, Ledger(), seed, shop, draft)
    except Failure:
        return None
    return scenario_of(plan, draft, reference, "test", 0)


if __name__ == "__main__":
    domain().test_file.write_bytes(written())
