"""Beside GEPA: the same teacher, reflector and number of rollouts in the loop of the `gepa` library, and in ours.

GEPA (arXiv 2507.19457) keeps a Pareto front of candidates over a validation set and mutates them on minibatches. Here
it gets scenarios of generation 0 to train and to validate on, the reflector that `turnwright evolve` has, and as many
rollouts as that may use; both ends are measured on the held-out scenarios, which neither saw.
`python -m benchmarks.beside_gepa [--domain D] [--seeds N]`.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from gepa.api import optimize
from gepa.core.adapter import EvaluationBatch
from gepa.logging.logger import LoggerProtocol

from benchmarks.evolution import MOST, evolved
from benchmarks.record import Target, record, show
from prompts import GENERATION_0, Generation, load
from prompts.patching import Patch, instructions, with_patches
from tasks.arena import EvolveSpec
from tasks.evolving import Evolution
from tasks.reflecting import failures_of
from tasks.spec import RunSpec
from tasks.studio import open_studio
from tasks.trials import PLAY, Case, Played
from tasks.work import open_journal
from warehouse.store import Warehouse

SEEDS = (1, 2, 3)
TRAIN = VALID = 60
BATCH = 10
TARGETS = [Target("ours_over_gepa", least=0.0)]
Texts = dict[str, str]
"""A candidate as GEPA has it: by role, the instructions, one on each line."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default="shop")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    asked = parser.parse_args()
    seeds = SEEDS[: asked.seeds]
    rows = [_row(asked.domain, seed) for seed in seeds]
    figures: dict[str, Any] = {
        "ours": round(fmean(row["ours"] for row in rows), 4),
        "ours_rollouts": round(fmean(row["ours_rollouts"] for row in rows)),
        "gepa": round(fmean(row["gepa"] for row in rows), 4),
        "gepa_rollouts": round(fmean(row["gepa_rollouts"] for row in rows)),
        "ours_over_gepa": round(fmean(row["ours"] - row["gepa"] for row in rows), 4),
        "runs": rows,
    }
    record("beside_gepa", figures, TARGETS, seeds)
    show("runs", rows)


def _row(domain: str, seed: int) -> dict[str, Any]:
    ours, (end, rollouts) = evolved(domain, seed), _by_gepa(domain, seed)
    told = {"domain": domain, "seed": seed, "start": ours["pass_rate_start"]}
    return {
        **told,
        "ours": ours["pass_rate_end"],
        "ours_rollouts": ours["rollouts"],
        "gepa": end,
        "gepa_rollouts": rollouts,
    }


class Silent(LoggerProtocol):
    """Says nothing."""

    def log(self, message: str) -> None:
        pass


class Adapter:
    """Lets GEPA play our scenarios and ask our reflector."""

    def __init__(self, evolution: Evolution, loop: asyncio.AbstractEventLoop) -> None:
        self._evolution, self._loop, self._asked = evolution, loop, 0
        self._start = load(GENERATION_0)

    def generation(self, texts: Texts) -> Generation:
        patches = [Patch(role=role, text=line) for role, text in texts.items() for line in text.splitlines()]
        return with_patches(self._start, patches)

    def evaluate(
        self, batch: list[Case], candidate: Texts, capture_traces: bool = False
    ) -> EvaluationBatch[Played, Played]:
        played = self._loop.run_until_complete(self._evolution.play(self.generation(candidate), batch))
        return EvaluationBatch(outputs=played, scores=[float(one.passed) for one in played], trajectories=played)

    def make_reflective_dataset(
        self, candidate: Texts, eval_batch: EvaluationBatch[Played, Played], components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {role: [{"played": one} for one in eval_batch.trajectories or []] for role in components_to_update}

    def propose_new_texts(
        self,
        candidate: Texts,
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> Texts:
        found: Texts = {}
        for role in components_to_update:
            now, played = self.generation(candidate), [one["played"] for one in reflective_dataset[role]]
            self._asked += 1
            patches = self._loop.run_until_complete(
                self._evolution.proposals(now, role, self._asked, failures_of(played, role))
            )
            found[role] = "\n".join(instructions(with_patches(now, patches).prompts[role]))
        return found


def _by_gepa(domain: str, seed: int) -> tuple[float, int]:
    """The pass rate that GEPA's best candidate has on the held-out scenarios, and the rollouts that it took."""
    spec = EvolveSpec(domain=domain, rounds=1, pilot=1, seed=seed, max_rollouts=1_000_000)
    run, loop = RunSpec(domains=(domain,), count=1, seed=seed), asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        with open_studio(run, warehouse), open_journal(spec.run_id) as journal:
            evolution = Evolution(spec, run, journal)
            held_out = loop.run_until_complete(evolution.held_out())
            adapter = Adapter(evolution, loop)
            loop.run_until_complete(evolution.measure_of(load(GENERATION_0)))
            result = optimize(
                seed_candidate=dict.fromkeys(PLAY.roles, ""),
                trainset=loop.run_until_complete(evolution.cases(0, 10_000, TRAIN)),
                valset=loop.run_until_complete(evolution.cases(0, 20_000, VALID)),
                adapter=cast(Any, adapter),
                reflection_minibatch_size=BATCH,
                max_metric_calls=MOST - 2 * held_out,
                cache_evaluation=True,
                use_merge=True,
                seed=seed,
                logger=Silent(),
            )
            best = adapter.generation(cast(Texts, result.best_candidate))
            calls = result.total_metric_calls or 0
            return loop.run_until_complete(evolution.measure_of(best)), calls + 2 * held_out


if __name__ == "__main__":
    main()
