"""Tiny: what a million parameters learn of the shop in minutes, from a corpus that `generate` made.

`python -m benchmarks.tiny [--warehouse DIR] [--seeds 0,1,2]` trains the assistant and the user model of the preset
`tiny` for each seed, and evaluates both on the held-out scenarios: the assistant with the embedded user and with the
trained one, beside assistants that do nothing and the embedded teacher; the user model by its card.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import generate, run
from benchmarks.record import Target, record
from domains import load

DOMAIN, SLOTS, SEED = "shop", 6_000, 3
TRIALS = 4
TEMPERATURE = 0.0
"""A model this small is sure of little: the less likely words that a temperature brings are wrong ones. Trials differ
by the user's luck."""
OTHERS = ("silent", "read-only", "embedded/teacher")
COMPOUND = ("exchange_and_return", "order_and_account", "three_requests")
"""The families with more than one request; all others have one."""
TARGETS = [
    Target("sft_minutes_most", most=8),
    Target("pass_1_single_least", least=0.6),
    Target("pass_1_least", least=0.45),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path, help="with a corpus, instead of a new one")
    parser.add_argument("--seeds", default="0", help="with commas between")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        warehouse, corpus = asked.warehouse or Path(folder) / "data", dict[str, Any]()
        if asked.warehouse is None:
            made = generate(warehouse, SLOTS, SEED, domains=DOMAIN)
            corpus = {name: made.result[name] for name in ("dialogues", "passed", "seconds")}
        others = {model: _evaluated(warehouse, model, "embedded/teacher") for model in OTHERS}
        by_seed = [_trained(warehouse, Path(folder) / f"seed-{seed}", seed) for seed in seeds]
    record("tiny", _figures(by_seed) | {"corpus": corpus, "others": others, "by_seed": by_seed}, TARGETS, seeds)


def _trained(warehouse: Path, out: Path, seed: int) -> dict[str, Any]:
    asked = ["--domain", DOMAIN, "--preset", "tiny", "--warehouse", str(warehouse), "--seed", str(seed)]
    stages = {stage: run("train", stage, *asked, "--out", str(out / stage)).result for stage in ("sft", "user-model")}
    assistant, user = (f"hf:{out / stage}" for stage in stages)
    return {
        "seed": seed,
        "training": {name: {key: stage[key] for key in ("steps", "seconds", "peak_memory_mb")}
                     | {key: stage["metrics"][key] for key in _OF_TRAINING} for name, stage in stages.items()},
        "embedded_user": _evaluated(warehouse, assistant, "embedded/teacher"),
        "trained_user": _evaluated(warehouse, assistant, user),
        "user_card": _card(warehouse, user),
    }  # fmt: skip


_OF_TRAINING = ("conversations", "dropped", "epochs", "parameters", "tokens", "tokens_per_second", "no_pad")


def _evaluated(warehouse: Path, assistant: str, user: str) -> dict[str, Any]:
    asked = ["--domain", DOMAIN, "--warehouse", str(warehouse), "--trials", str(TRIALS)]
    asked += ["--temperature", str(TEMPERATURE)]
    found = run("evaluate", *asked, "--assistant", assistant, "--user", user).result
    families: Mapping[str, Any] = found["by_family"]
    held_out = set(families) - set(load(DOMAIN).families)
    single = [one for name, one in families.items() if name not in {*COMPOUND, *held_out}]
    return {
        "pass_k": found["pass_k"],
        "ci95": found["ci95"],
        "pass_1_single": round(sum(one["pass_1"] * one["n"] for one in single) / sum(one["n"] for one in single), 3),
        "by_family": families,
        "unseen": found["unseen"],
        "stop_reasons": found["stop_reasons"],
        "user_errors": found["user_errors"],
        "seconds": found["seconds"],
    }


def _card(warehouse: Path, user: str) -> dict[str, Any]:
    asked = ["--domain", DOMAIN, "--warehouse", str(warehouse), "--trials", str(TRIALS), "--user-card"]
    asked += ["--temperature", str(TEMPERATURE)]
    found = run("evaluate", *asked, "--user", user).result
    return {name: found[name] for name in ("card", "card_of_embedded_user", "comparison")}


def _figures(by_seed: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The best and the worst seed."""
    found = [one["embedded_user"] for one in by_seed]
    minutes = [one["training"]["sft"]["seconds"] / 60 for one in by_seed]
    return {
        "sft_minutes_most": round(max(minutes), 2),
        "pass_1_single_least": min(one["pass_1_single"] for one in found),
        "pass_1_single_most": max(one["pass_1_single"] for one in found),
        "pass_1_least": min(one["pass_k"]["1"] for one in found),
        "pass_1_most": max(one["pass_k"]["1"] for one in found),
    }


if __name__ == "__main__":
    main()
