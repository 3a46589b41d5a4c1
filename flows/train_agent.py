"""Train an agent: SFT of the assistant, SFT of the user model, on what a warehouse holds."""

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from tasks.training import Stage, TrainSpec, check, train_stage
from warehouse.store import Warehouse


@flow(name="train-agent", persist_result=False)
def train_agent(
    domains: list[str],
    preset: str,
    out: str,
    stages: list[Stage],
    init: str | None = None,
    seed: int = 0,
    where: str | None = None,
    warehouse: str = "warehouse_data",
) -> list[dict[str, Any]]:
    """Train one stage after the other; a training that was interrupted goes on from its last checkpoint.

    Args:
        domains: Whose dialogues are learned from.
        preset: The name of a preset.
        out: The folder for the model; of several stages, each has a folder in it.
        stages: Which are trained: sft, user-model.
        init: A folder with the model to begin with, instead of the preset's.
        seed: Decides the order of dialogues and, from scratch, the first weights.
        where: A condition over the view dialogues that they have to meet as well.
        warehouse: The folder of the warehouse.
    """
    store = Warehouse.open(Path(warehouse), create=False)
    asked = {"domains": domains, "preset": preset, "init": init, "seed": seed, "where": where}
    folders = {stage: Path(out) / stage if len(stages) > 1 else Path(out) for stage in stages}
    specs = [TrainSpec.model_validate({**asked, "stage": stage, "out": folder}) for stage, folder in folders.items()]
    for spec in specs:
        check(store, spec)
    return [_train(store.root, spec) for spec in specs]


@task(name="train-stage", persist_result=False, cache_policy=NO_CACHE)
def _train(warehouse: Path, spec: TrainSpec) -> dict[str, Any]:
    return train_stage(Warehouse.open(warehouse, create=False), spec)
