"""Reachable: the best pass rate that instructions alone can reach: the same slots with a patch against every lapse.

The patches in damped/ are appended to the templates of generation 0 as a section of their own; nothing else differs.
What still fails then is what no prompt can mend. `python -m benchmarks.reachable [--domain D[,D]]` does it for all
domains, or for those that are named.
"""

import argparse
import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.record import Target, record, show
from domains import DOMAINS
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

SEEDS = (11, 12)
SLOTS = 1_000
PATCHES = Path(__file__).parent / "damped"
HEADING = "## Take care"
TARGETS = [Target("lowest_pass_rate", least=0.97)]
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
WHERE domain = $domain AND verdict <> 'PASS' GROUP BY blame, codes ORDER BY dialogues DESC, blame, codes
"""
REJECTED = """
SELECT reason, count(*) AS slots FROM scenarios
WHERE domain = $domain AND state = 'rejected' GROUP BY reason ORDER BY slots DESC
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default=",".join(DOMAINS))
    start, of = load(GENERATION_0), dict[str, dict[str, Any]]()
    for name in parser.parse_args().domain.split(","):
        of[name] = {**_figures(damped(start), name), "generation_0": _figures(start, name)}
    lowest = min(one["pass_rate"] for one in of.values())
    record("reachable", {"lowest_pass_rate": lowest, "domains": of}, TARGETS, SEEDS)
    for name, one in of.items():
        show(f"{name}: by seed", one["by_seed"])
        show(f"{name}: what still fails", [{**row, "families": len(row["families"].split())} for row in one["left"]])
        show(f"{name}: what was rejected", one["rejected"])


def damped(generation: Generation) -> Generation:
    """The generation with each role's patch after its own instructions."""
    patches = {file.stem for file in PATCHES.glob("*.md")}
    patched = {role: Prompt(role, _patched(role, generation.prompts[role].text)) for role in patches}
    return replace(generation, prompts={**generation.prompts, **patched})


def _patched(role: str, template: str) -> str:
    patch = (PATCHES / f"{role}.md").read_text().strip()
    system, message, task = template.partition("=== message ===")
    return f"{system.rstrip()}\n\n{HEADING}\n{patch}\n\n{message}{task}"


def _figures(generation: Generation, domain: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        runs = [RunSpec(domains=(domain,), count=SLOTS, seed=seed) for seed in SEEDS]
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
                "left": catalog.query(LEFT, {"domain": domain}),
                "rejected": catalog.query(REJECTED, {"domain": domain}),
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
