"""Ablations: what each part of the factory is worth to a tiny model that learns from what it made.

`python -m benchmarks.ablations [--folder build/ablations] [--seeds 0,1,2]` evolves the shop, makes three corpora of it
from equally many slots, trains the assistant of the preset `tiny` for some three minutes on each arm's dialogues, and
has each play the same held-out scenarios. It writes a table, and a plot. What is done stays in the folder: the same
command goes on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import altair

from benchmarks.command import GENERATED, copied, generate, once, preset_file, run
from benchmarks.record import FOLDER, record, show
from benchmarks.tiny import DOMAIN, TEMPERATURE
from tasks.scores import scored
from turnwright.passk import Tally, compare, estimate
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SLOTS, CORPUS_SEED = 3_000, 11
STEPS = 650
"""Three minutes on two cores."""
TRIALS = 1


@dataclass(frozen=True)
class Arm:
    """A way to come to dialogues: how the corpus is made, and which of it are learned from."""

    corpus: str
    where: str = "true"


_NO_TEST = "dialogue_id NOT IN (SELECT dialogue_id FROM marks WHERE kind = 'contaminated')"
ARMS = {
    "full": Arm("evolved"),
    "without checkers": Arm("evolved", "verifier = 'PASS' AND verdict IS NOT NULL"),
    "without evolution": Arm("generation-0"),
    "without plan diversity": Arm("four-plans"),
    "without dedup": Arm("evolved", f"verdict = 'PASS' AND {_NO_TEST}"),
}
"""A condition that names the verdict, or the marks, decides about them itself. Without checkers it is the trajectory
verifier, a judge, whose word counts."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("build/ablations"))
    parser.add_argument("--seeds", default="0,1,2", help="with commas between")
    asked = parser.parse_args()
    folder, seeds = asked.folder, [int(seed) for seed in asked.seeds.split(",")]
    folder.mkdir(parents=True, exist_ok=True)
    corpora = {name: once(folder / f"{name}.json", partial(_corpus, folder, name)) for name in _CORPORA}
    file = folder / "preset.yaml"
    preset_file(file, "tiny", steps=STEPS)
    arms = {
        name: [once(folder / name / f"{seed}.json", partial(_trained, folder, name, file, seed)) for seed in seeds]
        for name in ARMS
    }
    rows = [_row(name, found, arms["full"]) for name, found in arms.items()]
    record("ablations", {"corpora": corpora, "arms": arms, "table": rows}, seeds=seeds)
    show("ablations", rows)
    _plot(rows)


_CORPORA = {"evolved": (), "generation-0": (), "four-plans": ("--plans", "4")}


def _corpus(folder: Path, name: str) -> dict[str, Any]:
    """The share that passed, and what evolution came to."""
    warehouse, came = folder / name, dict[str, Any]()
    if name != "generation-0":
        evolution = folder / "evolution"
        evolved = run("evolve", "--domain", DOMAIN, "--seed", "1", "--warehouse", str(evolution)).result
        came = {key: evolved[key] for key in ("end_generation", "pass_rate_start", "pass_rate_end")}
        copied(evolution, warehouse)
    made = generate(warehouse, SLOTS, CORPUS_SEED, *_CORPORA[name], domains=DOMAIN).result
    return {"evolution": came} | {key: made[key] for key in ("dialogues", "passed", "seconds")}


def _trained(folder: Path, name: str, preset_file: Path, seed: int) -> dict[str, Any]:
    arm, out = ARMS[name], folder / name / f"{seed}"
    asked = ["--domain", DOMAIN, "--preset", str(preset_file), "--warehouse", str(folder / arm.corpus)]
    asked += ["--out", str(out), "--seed", str(seed), "--where", f"{GENERATED} AND {arm.where}"]
    trained = run("train", "sft", *asked).result
    # All play in one warehouse, by the prompts of one generation, before the same checkers.
    played = ["--domain", DOMAIN, "--warehouse", str(folder / "generation-0"), "--generation", "0"]
    played += ["--trials", str(TRIALS), "--temperature", str(TEMPERATURE), "--assistant", f"hf:{out}"]
    found = run("evaluate", *played).result
    with Catalog(Warehouse.open(folder / "generation-0", create=False)) as catalog:
        ended = scored(catalog, found["run_id"])
    return {
        "seed": seed,
        **{key: trained["metrics"][key] for key in ("seconds", "conversations", "epochs", "tokens")},
        **{key: found[key] for key in ("by_family", "unseen", "user_errors")},
        "passed": {one.scenario_id: one.passed for one in ended},
    }


def _row(name: str, found: Sequence[dict[str, Any]], full: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All seeds together, each scenario with so many trials; beside the full arm, scenario by scenario. Interval and
    p-value are over scenarios and hold for these models: how models of one arm differ the worst and the best tell."""
    together = estimate(_tallies(found), 1)
    beside = compare(_tallies(found), _tallies(full))
    scores = [sum(one["passed"].values()) / len(one["passed"]) for one in found]
    return {
        "arm": name,
        "dialogues": found[0]["conversations"],
        "epochs": found[0]["epochs"],
        "seconds": round(max(one["seconds"] for one in found)),
        "pass_1": round(together.value, 3),
        "low": round(together.low, 3),
        "high": round(together.high, 3),
        "worst": min(scores),
        "best": max(scores),
        "beside_full": round(beside.difference.value, 3),
        "p": round(beside.p_value, 3),
    }


def _tallies(found: Sequence[dict[str, Any]]) -> list[Tally]:
    return [Tally(sum(one["passed"][scenario] for one in found), len(found)) for scenario in sorted(found[0]["passed"])]


def _plot(rows: Sequence[dict[str, Any]]) -> None:
    """A dot for the mean of all seeds with its interval, and a tick for the worst and the best of them."""
    arms = altair.Chart(altair.Data(values=list(rows))).encode(y=altair.Y("arm:N", sort=list(ARMS), title=None))

    def at(column: str) -> altair.X:
        return altair.X(f"{column}:Q", title="held-out pass^1", axis=altair.Axis(tickCount=8))

    interval = arms.mark_rule().encode(x=at("low"), x2="high:Q")
    mean = arms.mark_point(filled=True, size=80, opacity=1).encode(x=at("pass_1"))
    ticks = [arms.mark_tick(thickness=2).encode(x=at(end)) for end in ("worst", "best")]
    file = FOLDER / "ablations.svg"
    altair.layer(interval, mean, *ticks).properties(width=520, height=160, padding=16).save(file)
    print(f"plotted in {file}")


if __name__ == "__main__":
    main()
