"""`turnwright evolve`: improve a domain's prompts, round by round."""

import asyncio
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from cli.console import in_words, out, print_json, say, seconds
from cli.prefect_env import configure
from domains import load
from tasks.arena import EvolveSpec
from tasks.evolution_rows import result_of
from tasks.evolving import TRIAL
from tasks.progress import reader
from tasks.spec import RunSpec
from turnwright.errors import BadInput, Failure, RunStopped
from warehouse.durable import WarehouseError
from warehouse.lock import run_lock
from warehouse.store import Warehouse


def evolve(asked: dict[str, Any], folder: Path, json: bool) -> int:
    """Evolve, or tell what a finished evolution came to; gives the exit status.

    Raises:
        BadInput: before anything is begun.
    """
    spec = _spec(asked)
    load(spec.domain)
    warehouse = Warehouse.open(folder, create=True)
    with run_lock(warehouse, f"evolve-{spec.domain}"):
        pass  # told here, a second command need not wait for Prefect to learn of the first
    configure(warehouse.root)
    from flows.evolve_prompts import evolve_prompts  # noqa: PLC0415 (Prefect reads its settings when imported)

    async def flow() -> dict[str, Any]:
        return await evolve_prompts(**asked, warehouse=str(warehouse.root))  # pyright: ignore[reportGeneralTypeIssues] (an async flow's overloads)

    reader.set(lambda line: say(f"turnwright: {line}"))
    try:
        result = asyncio.run(flow())
    except BadInput:
        raise
    except (KeyboardInterrupt, Failure, RunStopped, WarehouseError, RuntimeError) as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        reason += "; finished work is kept: the same command goes on from here"
        say(f"turnwright: {reason}")
        if json:
            print_json({**result_of(warehouse, spec), "error": reason, "seconds": seconds()})
        return 1
    if json:
        print_json({**result, "seconds": seconds()})
    else:
        _print(result)
    return 0


def _spec(asked: dict[str, Any]) -> EvolveSpec:
    names = ("domain", "rounds", "pilot", "seed", "max_rollouts", "approve", "model", "user_model", "roles")
    how = {name: value for name, value in asked.items() if name in RunSpec.model_fields}
    try:
        RunSpec.model_validate({**how, "domains": (asked["domain"],), "count": 1})
        return EvolveSpec.model_validate({name: asked[name] for name in names})
    except ValidationError as error:
        raise BadInput(in_words(error)) from error


def _print(result: dict[str, Any]) -> None:
    if "waiting" in result:
        asked = f"--domain {result['domain']} {result['waiting']}"
        out.print(
            f"Generation {result['waiting']} is better beyond noise, and waits for you: turnwright approve {asked}"
        )
        return
    table = Table("round", "generation", "before", "after", "pairs", "p", "what came of it")
    for one in result["rounds"]:
        if one["kind"] != TRIAL:
            p_value = "" if one["p_value"] is None else f"{one['p_value']:.2g}"
            rates = (f"{one[name]:.3f}" for name in ("pass_rate_before", "pass_rate_after"))
            came = "[bold]accepted[/bold]" if one["accepted"] else one["reason"]
            table.add_row(str(one["round"] + 1), str(one["generation"]), *rates, str(one["pairs"]), p_value, came)
    out.print(table)
    start, end = result["start_generation"], result["end_generation"]
    out.print(
        f"{result['domain']}: generation {start} passed {result['pass_rate_start']:.3f} of the held-out scenarios,"
        f" generation {end} passes {result['pass_rate_end']:.3f}; {result['rollouts']:,} rollouts; {result['ended']}"
    )
    if end != start:
        out.print(f"What it was told: turnwright diff --domain {result['domain']} {start} {end}", soft_wrap=True)
