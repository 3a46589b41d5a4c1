"""Training: a stage of it, from the warehouse's dialogues to a model in a folder."""

import os
from collections import Counter
from pathlib import Path
from typing import Any, Literal

from domains import load
from tasks.lessons import lessons_of
from tasks.models import TRAINED
from tasks.progress import say
from tasks.registry import record_training
from training.checkpoint import checkpoint
from training.preset import preset
from turnwright.dialogue import Side
from turnwright.errors import BadInput
from turnwright.record import Record
from warehouse.catalog import Catalog
from warehouse.schema import quoted
from warehouse.store import Warehouse

Stage = Literal["sft", "user-model"]
_SIDES: dict[Stage, Side] = {"sft": Side.ASSISTANT, "user-model": Side.USER}


class TrainSpec(Record):
    """What is to be trained."""

    stage: Stage
    domains: tuple[str, ...]
    preset: str
    out: Path
    init: Path | None = None
    seed: int = 0
    where: str | None = None

    @property
    def condition(self) -> str:
        """Which dialogues are learned from, over the view `dialogues`, among those that may be."""
        named = f"domain IN ({', '.join(map(quoted, self.domains))})"
        return f"{named} AND ({self.where})" if self.where else named


def check(warehouse: Warehouse, spec: TrainSpec) -> None:
    """See that what is asked for can be, before anything is begun.

    Raises:
        BadInput: if a domain, the preset or the condition is unknown, or a folder is not what it should be.
    """
    for domain in spec.domains:
        load(domain)
    preset(spec.preset)
    if spec.init is not None:
        checkpoint(spec.init)
    there = next(folder for folder in (spec.out, *spec.out.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BadInput(f"{there} is {'not writable' if there.is_dir() else 'a file'}: name a folder for the model")
    with Catalog(warehouse) as catalog:
        catalog.condition("dialogues", spec.condition)


def train_stage(warehouse: Warehouse, spec: TrainSpec) -> dict[str, Any]:
    """Train one stage; gives the keys of `train --json`.

    Raises:
        BadInput: if there is nothing to learn from, or the folder holds another training's model.
    """
    # torch takes seconds to import.
    from training.sft import train  # noqa: PLC0415

    chosen = preset(spec.preset)
    with Catalog(warehouse) as catalog:
        lessons = lessons_of(catalog, _SIDES[spec.stage], spec.condition)
    trained = train(lessons, chosen, spec.out, spec.seed, spec.init, lambda line: say(f"{spec.stage}: {line}"))
    came = {"stage": spec.stage, "base": str(spec.init or chosen.base), "preset": spec.preset}
    generations = Counter(f"{lesson.domain} {lesson.generation}" for lesson in lessons)
    data = {"where": spec.condition, "generations": dict(sorted(generations.items())), "seed": spec.seed}
    recorded = {**came, "metrics": {**trained.metrics, **data, "seconds": trained.seconds}}
    for domain in spec.domains:
        record_training(warehouse, domain, f"{TRAINED}{spec.out}", recorded)
    return {
        **came,
        "out": str(spec.out),
        "steps": trained.steps,
        "seconds": trained.seconds,
        "peak_memory_mb": trained.peak_memory_mb,
        "metrics": recorded["metrics"],
    }
