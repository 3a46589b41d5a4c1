"""Evolution: how far `turnwright evolve` gets from generation 0, on held-out scenarios, of what instructions can reach.

What can be reached is measured on the same scenarios, with a patch against every lapse (damped/). It is the truth of
the simulated teacher. `python -m benchmarks.evolution [--domain D[,D]] [--seeds N]`.
"""

import argparse
import asyncio
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import orjson

from benchmarks.command import TURNWRIGHT
from benchmarks.reachable import damped
from benchmarks.record import Target, record, show
from domains import DOMAINS
from prompts import GENERATION_0, load
from tasks.arena import Arena, EvolveSpec
from tasks.spec import RunSpec
from tasks.studio import open_studio
from tasks.work import open_journal
from warehouse.store import Warehouse

SEEDS = (1, 2, 3, 4, 5)
ROUNDS, PILOT, MOST = 8, 60, 3_000
AT_ONCE = 2
TARGETS = [Target("lowest_of_reachable", least=0.95), Target("most_rollouts", most=MOST)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default=",".join(DOMAINS))
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    asked = parser.parse_args()
    seeds, names = SEEDS[: asked.seeds], asked.domain.split(",")
    runs = [(name, seed) for seed in seeds for name in names]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        results = list(threads.map(evolved, *zip(*runs, strict=True)))
    by_domain = {name: _figures(name, [one for one in results if one["domain"] == name]) for name in names}
    figures: dict[str, Any] = {
        "lowest_of_reachable": min(one["of_reachable"] for one in by_domain.values()),
        "most_rollouts": max(one["rollouts"] for one in results),
        "domains": by_domain,
        "runs": results,
    }
    record("evolution", figures, TARGETS, seeds)
    show("domains", [{"domain": name, **one} for name, one in by_domain.items()])
    told = ("domain", "seed", "pass_rate_start", "pass_rate_end", "end_generation", "rollouts", "seconds", "ended")
    show("runs", [{name: one[name] for name in told} for one in results])


def evolved(domain: str, seed: int) -> dict[str, Any]:
    """What `turnwright evolve` comes to, from generation 0."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ["--rounds", ROUNDS, "--pilot", PILOT, "--max-rollouts", MOST, "--warehouse", folder, "--json"]
        words = [TURNWRIGHT, "evolve", "--domain", domain, "--seed", seed, *asked]
        done = subprocess.run([*map(str, words)], capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"evolve ended with {done.returncode}: {done.stderr.decode()}")
        return {**orjson.loads(done.stdout), "seed": seed}


def _figures(domain: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    reachable = asyncio.run(_reachable(domain))
    ends = [one["pass_rate_end"] for one in runs]
    return {
        "start": round(fmean(one["pass_rate_start"] for one in runs), 4),
        "end": round(fmean(ends), 4),
        "end_spread": round(pstdev(ends), 4),
        "reachable": reachable,
        "of_reachable": round(fmean(ends) / reachable, 4),
        "rollouts": round(fmean(one["rollouts"] for one in runs)),
    }


async def _reachable(domain: str) -> float:
    spec, run = EvolveSpec(domain=domain, rounds=1, pilot=1, seed=1), RunSpec(domains=(domain,), count=1)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        with open_studio(run, warehouse), open_journal(spec.run_id) as journal:
            arena = Arena(spec, run, journal)
            await arena.held_out()
            return await arena.measure_of(damped(load(GENERATION_0)))


if __name__ == "__main__":
    main()
