"""`turnwright train`: a model learns a domain from what its warehouse holds."""

from pathlib import Path
from typing import Any

from cli.console import out, print_json, say, seconds
from cli.prefect_env import configure
from tasks.progress import reader
from tasks.training import Stage, TrainSpec, check
from turnwright.errors import BadInput, Failure
from warehouse.durable import WarehouseError
from warehouse.store import Warehouse

STAGES: dict[str, list[Stage]] = {"sft": ["sft"], "user-model": ["user-model"], "all": ["sft", "user-model"]}


def train(stage: str, asked: dict[str, Any], folder: Path, json: bool) -> int:
    """Train, or tell what a finished training came to; gives the exit status.

    Raises:
        BadInput: before anything is begun.
    """
    if stage not in STAGES:
        raise BadInput(f"there is no stage {stage!r}: use {', '.join(STAGES)}")
    warehouse = Warehouse.open(folder, create=False)
    for one in STAGES[stage]:
        check(warehouse, TrainSpec.model_validate({**asked, "stage": one}))
    configure(warehouse.root)
    from flows.train_agent import train_agent  # noqa: PLC0415 (Prefect reads its settings when imported)

    reader.set(lambda line: say(f"turnwright: {line}"))
    given: Any = {**asked, "out": str(asked["out"]), "init": asked["init"] and str(asked["init"])}
    try:
        came = train_agent(**given, stages=STAGES[stage], warehouse=str(warehouse.root))
    except BadInput:
        raise
    except (KeyboardInterrupt, Failure, WarehouseError, RuntimeError, OSError) as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        reason += "; the same command goes on from the last checkpoint, if there is one"
        say(f"turnwright: {reason}")
        if json:
            told = {"stage": stage, "preset": asked["preset"], "out": str(asked["out"])}
            print_json({**told, "error": reason, "seconds": seconds()})
        return 1
    if json:
        print_json(_told(stage, asked, came))
    else:
        for one in came:
            metrics = one["metrics"]
            out.print(
                f"{one['out']}: {one['stage']}, {one['steps']:,} steps over {metrics['conversations']:,} dialogues"
                f" ({metrics['epochs']} epochs), loss {metrics['curve'][-1][1]:.3f}, {one['seconds']:.0f} s",
                soft_wrap=True,
            )
    return 0


def _told(stage: str, asked: dict[str, Any], came: list[dict[str, Any]]) -> dict[str, Any]:
    if len(came) == 1:
        return {**came[0], "seconds": seconds()}
    return {
        "stage": stage,
        "preset": asked["preset"],
        "base": came[0]["base"],
        "out": str(asked["out"]),
        "steps": sum(one["steps"] for one in came),
        "seconds": seconds(),
        "peak_memory_mb": max(one["peak_memory_mb"] for one in came),
        "metrics": {one["stage"]: one["metrics"] for one in came},
    }
