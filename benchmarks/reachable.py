"""Reachable: the best pass rate that instructions alone can reach: the same slots with a patch against every lapse.

The patches in damped/ are appended to the templates of generation 0 as a section of their own; nothing else differs.
What still fails then is what no prompt can mend.
"""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.record import Target, record, show
from prompts import GENERATION_0, Generation, Prompt, load
from tasks.planning import write_plans
from tasks.publishing import publish_plans, publish_shard
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from tasks.work import begun
from warehouse.catalog import Catalog
from warehouse.figures import run_figures
from warehouse.store import Warehouse

SEEDS = (11, 12, 13)
SLOTS = 1_000
PATCHES = Path(__file__).parent / "damped"
HEADING = "## Take care"
TARGETS = [Target("pass_rate", least=0.97)]
COUNTERS = (
    "scenarios_accepted",
    "scenarios_rejected",
    "checkers_admitted",
    "checkers_refused",
    "dialogues",
    "passed",
    "failed",
    "errors",
)

LEFT = """
SELECT blame, codes, count(*) AS dialogues, string_agg(DISTINCT family, ', ' ORDER BY family) AS families,
    list(dialogue_id ORDER BY dialogue_id)[:3] AS such_as
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain) JOIN (
    SELECT dialogue_id, string_agg(DISTINCT code, ', ' ORDER BY code) AS codes
    FROM findings WHERE source = 'checker' GROUP BY dialogue_id
) USING (dialogue_id)
WHERE verdict <> 'PASS' GROUP BY blame, codes ORDER BY dialogues DESC, blame, codes
"""
REJECTED = """
SELECT reason, count(*) AS slots FROM scenarios
WHERE state = 'rejected' GROUP BY reason ORDER BY slots DESC
"""


def main() -> None:
    start = load(GENERATION_0)
    before, after = _figures(start), _figures(damped(start))
    record("reachable", {**after, "generation_0": before}, TARGETS, SEEDS)
    show("by seed", after["by_seed"])
    show("what still fails", [{**row, "families": len(row["families"].split())} for row in after["left"]])
    show("what was rejected", after["rejected"])


def damped(generation: Generation) -> Generation:
    """The generation with each role's patch after its own instructions."""
    prompts = {role: Prompt(role, _patched(role, prompt.text)) for role, prompt in generation.prompts.items()}
    return replace(generation, prompts=prompts)


def _patched(role: str, template: str) -> str:
    patch = (PATCHES / f"{role}.md").read_text().strip()
    system, message, task = template.partition("=== message ===")
    return f"{system.rstrip()}\n\n{HEADING}\n{patch}\n\n{message}{task}"


def _figures(generation: Generation) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        runs = [RunSpec(domains=("shop",), count=SLOTS, seed=seed) for seed in SEEDS]
        for run in runs:
            asyncio.run(_generate(run, generation, warehouse))
        with Catalog(warehouse) as catalog:
            made = [run_figures(catalog, run.run_id) for run in runs]
            total = {name: sum(one[name] for one in made) for name in COUNTERS}
            return {
                **total,
                "pass_rate": round(total["passed"] / total["dialogues"], 4),
                "by_seed": [
                    {"seed": run.seed, "pass_rate": one["pass_rate"]} for run, one in zip(runs, made, strict=True)
                ],
                "left": catalog.query(LEFT),
                "rejected": catalog.query(REJECTED),
            }


async def _generate(run: RunSpec, generation: Generation, warehouse: Warehouse) -> None:
    """What the flow does, without Prefect."""
    with open_studio(run, warehouse, generation):
        for domain in run.domains:
            await write_plans(run, domain)
            publish_plans(run, domain)
            for shard in shards(run, domain, begun(run)):
                for stage in STAGES:
                    await run_stage(stage, shard)
                publish_shard(shard)


if __name__ == "__main__":
    main()
