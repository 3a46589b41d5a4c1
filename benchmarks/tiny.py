"""Tiny: what a million parameters learn of the shop in minutes, from a corpus that `generate` made.

`python -m benchmarks.tiny [--folder build/tiny] [--seeds 0,1,2]` evolves the shop and generates a corpus at its best
generation, trains the assistant and the user model of the preset `tiny` for each seed, and evaluates both on the
held-out scenarios: the assistant with the embedded user and with the trained one, beside assistants that do nothing and
the embedded teacher before and after its evolution; the user model by its card. Held-out customers have words of their
own: beside it stands what the assistant passes with those of training, in scenarios of another seed.

All lies in the folder, and what is finished is told again: the same command goes on with what was interrupted.
"""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.command import GENERATED, copied, generate, once, run
from benchmarks.record import Target, record
from domains import load
from turnwright.passk import Tally, estimate

DOMAIN, SLOTS, CORPUS_SEED, EVOLUTION_SEED = "shop", 6_000, 3, 1
KNOWN_WORDS_SLOTS, KNOWN_WORDS_SEED = 100, 99
TRIALS = 2
TEMPERATURE = 0.0
"""A model this small is sure of little: the less likely words that a temperature brings are wrong ones. Trials differ
by the embedded user's luck; with a trained user they do not."""
COMPOUND = ("exchange_and_return", "order_and_account", "three_requests")
"""The families with more than one request; all others have one."""
TARGETS = [
    Target("sft_minutes_most", most=8),
    Target("pass_1_single_least", least=0.6),
    Target("pass_1_least", least=0.45),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("build/tiny"))
    parser.add_argument("--seeds", default="0,1,2", help="with commas between")
    asked = parser.parse_args()
    warehouse, seeds = asked.folder / "data", [int(seed) for seed in asked.seeds.split(",")]
    asked.folder.mkdir(parents=True, exist_ok=True)
    evolution = once(asked.folder / "evolution.json", partial(_evolved, asked.folder / "evolution"))
    copied(asked.folder / "evolution", warehouse)
    corpus = once(asked.folder / "corpus.json", partial(_corpus, warehouse))
    others = {
        "silent": _evaluated(warehouse, "silent"),
        "read-only": _evaluated(warehouse, "read-only"),
        "teacher at generation 0": _evaluated(warehouse, "embedded/teacher", "--generation", "0"),
        "teacher at the best generation": _evaluated(warehouse, "embedded/teacher"),
    }
    by_seed = [_trained(warehouse, asked.folder / f"seed-{seed}", seed) for seed in seeds]
    found = {"evolution": evolution, "corpus": corpus, "others": others, "by_seed": by_seed}
    record("tiny", _figures(by_seed) | found, TARGETS, seeds)


def _evolved(warehouse: Path) -> dict[str, Any]:
    found = run("evolve", "--domain", DOMAIN, "--seed", str(EVOLUTION_SEED), "--warehouse", str(warehouse)).result
    return {name: found[name] for name in ("end_generation", "pass_rate_start", "pass_rate_end", "seconds")}


def _corpus(warehouse: Path) -> dict[str, Any]:
    made = generate(warehouse, SLOTS, CORPUS_SEED, domains=DOMAIN).result
    return {name: made[name] for name in ("generation", "dialogues", "passed", "pass_rate", "seconds")}


def _trained(warehouse: Path, out: Path, seed: int) -> dict[str, Any]:
    asked = ["--domain", DOMAIN, "--preset", "tiny", "--warehouse", str(warehouse), "--seed", str(seed)]
    asked += ["--where", GENERATED]
    stages = {stage: run("train", stage, *asked, "--out", str(out / stage)).result for stage in ("sft", "user-model")}
    assistant, user = (f"hf:{out / stage}" for stage in stages)
    return {
        "seed": seed,
        "training": {name: {key: stage[key] for key in ("steps", "peak_memory_mb")}
                     | {key: stage["metrics"][key] for key in _OF_TRAINING} for name, stage in stages.items()},
        "embedded_user": _evaluated(warehouse, assistant),
        "known_words": _with_known_words(out, assistant),
        "trained_user": _evaluated(warehouse, assistant, "--user", user),
        "user_card": _card(warehouse, user),
    }  # fmt: skip


_OF_TRAINING = ("seconds", "conversations", "dropped", "epochs", "parameters", "tokens", "tokens_per_second", "no_pad")


def _evaluated(warehouse: Path, assistant: str, *options: str) -> dict[str, Any]:
    found = run("evaluate", *_asked(warehouse), "--assistant", assistant, *options).result
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


def _with_known_words(out: Path, assistant: str) -> dict[str, Any]:
    """What passes of a corpus that has this assistant; in a warehouse of its own, so that nobody learns from it."""
    model = f"hf:{Path(assistant.removeprefix('hf:')).resolve()}"
    settings = f'[roles.assistant]\nmodel = "{model}"\ntemperature = {TEMPERATURE}\n'
    (out / "turnwright.toml").write_text(settings)
    warehouse = out / "known-words"
    copied(out.parent / "evolution", warehouse)
    made = generate(warehouse, KNOWN_WORDS_SLOTS, KNOWN_WORDS_SEED, domains=DOMAIN, where=out).result
    tallies = [Tally(1, 1)] * made["passed"] + [Tally(0, 1)] * (made["dialogues"] - made["passed"])
    found = estimate(tallies, 1)
    return {"pass_1": round(found.value, 4), "ci95": [round(found.low, 4), round(found.high, 4)], "n": len(tallies)}


def _card(warehouse: Path, user: str) -> dict[str, Any]:
    found = run("evaluate", *_asked(warehouse), "--user-card", "--user", user).result
    return {name: found[name] for name in ("card", "card_of_embedded_user", "comparison")}


def _asked(warehouse: Path) -> list[str]:
    asked = ["--domain", DOMAIN, "--warehouse", str(warehouse), "--trials", str(TRIALS)]
    return [*asked, "--temperature", str(TEMPERATURE)]


def _figures(by_seed: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The best and the worst seed."""
    found = [one["embedded_user"] for one in by_seed]
    minutes = [one["training"]["sft"]["seconds"] / 60 for one in by_seed]
    return {
        "sft_minutes_most": round(max(minutes), 2),
        "pass_1_single_least": min(one["pass_1_single"] for one in found),
        "pass_1_single_most": max(one["pass_1_single"] for one in found),
        "pass_1_known_words_least": min(one["known_words"]["pass_1"] for one in by_seed),
        "pass_1_known_words_most": max(one["known_words"]["pass_1"] for one in by_seed),
        "pass_1_least": min(one["pass_k"]["1"] for one in found),
        "pass_1_most": max(one["pass_k"]["1"] for one in found),
    }


if __name__ == "__main__":
    main()
