"""`turnwright generate`: checks what was asked, shows the run while it goes, and prints what came of it."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from cli.console import err, in_words, out, print_json, say, seconds
from cli.live import Live
from cli.prefect_env import configure
from domains import load as load_domain
from prompts import ROLES
from tasks.generations import chosen
from tasks.models import EMBEDDED, Models
from tasks.progress import reader, traffic, watcher
from tasks.result import finished, result_of
from tasks.spec import RunSpec
from tasks.studio import generations_of, roles_of
from turnwright.errors import BadInput, Failure, RunStopped
from turnwright.llm.prices import price_of
from warehouse.catalog import Catalog
from warehouse.durable import WarehouseError
from warehouse.held import held
from warehouse.lock import run_lock
from warehouse.store import MARKER, Warehouse

_WHY_NOTHING = """
SELECT reason, count(*) AS slots FROM (
    SELECT reason FROM scenarios WHERE run_id = $run_id AND state = 'rejected'
    UNION ALL SELECT reason FROM checkers WHERE run_id = $run_id AND state = 'refused'
    UNION ALL SELECT d.blame || ': ' || detail FROM dialogues d JOIN findings f USING (dialogue_id, run_id)
    WHERE run_id = $run_id AND verdict = 'ERROR' AND source = 'checker'
) GROUP BY reason ORDER BY slots DESC, reason LIMIT 1
"""


def generate(asked: dict[str, Any], folder: Path, json: bool) -> int:
    """Generate, or tell what a finished run came to; gives the exit status.

    Raises:
        BadInput: before anything is begun.
    """
    run = _spec(asked, _existing(folder))
    warehouse = Warehouse.open(folder, create=True)
    if finished(warehouse, run):
        return _report({**result_of(warehouse, run), "resumed": True}, warehouse, json)
    with run_lock(warehouse, run.run_id):
        pass  # told here, a second command need not wait for Prefect to learn of the first
    return _run(run, warehouse, json)


def _existing(folder: Path) -> Warehouse | None:
    """The warehouse in a folder, if there is one already.

    Raises:
        BadInput: if what is there cannot be used as one.
    """
    return Warehouse.open(folder, create=False) if os.path.exists(folder / MARKER) else None


def _spec(asked: dict[str, Any], warehouse: Warehouse | None) -> RunSpec:
    domains, number = tuple(name.strip() for name in asked["domains"]), asked.pop("generation")
    try:
        run = RunSpec.model_validate({**asked, "domains": domains})
    except ValidationError as error:
        raise BadInput(in_words(error)) from error
    for name in run.domains:
        load_domain(name)
    run = run.model_copy(update={"generations": chosen(warehouse, domains, number)})
    for generation in generations_of(run, warehouse).values():
        roles_of(run, generation, Models(run.concurrency, run.patience, say))
    _warn_of_unknown_prices(run)
    return run


def _warn_of_unknown_prices(run: RunSpec) -> None:
    """A limit on money does not hold what nobody knows the price of."""
    models = sorted({run.model_of(role) for role in ROLES} - {EMBEDDED})
    unknown = [model for model in models if price_of(model) is None]
    if run.max_usd is not None and unknown:
        names = ", ".join(unknown)
        say(f"turnwright: no price is known for {names}: --max-usd may not count it, --max-tokens would")


def _run(run: RunSpec, warehouse: Warehouse, json: bool) -> int:
    began = time.perf_counter()
    configure(warehouse.root)
    from flows.generate_corpus import generate_corpus  # noqa: PLC0415 (Prefect reads its settings when imported)

    async def flow() -> dict[str, Any]:
        return await generate_corpus(**parameters)  # pyright: ignore[reportGeneralTypeIssues] (an async flow's overloads)

    parameters: dict[str, Any] = {
        **run.model_dump(mode="json"),
        "domains": list(run.domains),
        "warehouse": str(warehouse.root),
    }
    with Live(run) as live:
        watcher.set(live.watch)
        reader.set(live.say)
        traffic.set(live.traffic)
        try:
            result = asyncio.run(flow())
        except BadInput:
            raise
        except KeyboardInterrupt:
            return _failed(run, warehouse, json, f"interrupted; finished work is kept: {_AGAIN}")
        except (Failure, RunStopped, WarehouseError, RuntimeError) as error:
            return _failed(run, warehouse, json, f"{error}; finished work is kept: {_AGAIN}")
    # Import, server and engine: all of the time since then in which no task of ours was at work.
    prefect_seconds = round(time.perf_counter() - began - result.pop("work_seconds"), 2)
    return _report({**result, "resumed": False, "prefect_seconds": prefect_seconds}, warehouse, json)


_AGAIN = "the same command goes on from here"


def _failed(run: RunSpec, warehouse: Warehouse, json: bool, reason: str) -> int:
    say(f"turnwright: {reason}")
    if json:
        print_json({**result_of(warehouse, run), "error": reason, "seconds": seconds()})
    return 1


def _report(result: dict[str, Any], warehouse: Warehouse, json: bool) -> int:
    for part in result.pop("quarantined"):
        say(f"turnwright: {part['path']} is left out: {part['reason']}")
    result["seconds"] = seconds()
    judged = result["passed"] + result["failed"]
    if not judged:
        result["error"] = f"no dialogue came to a verdict: {_why_nothing(warehouse, result['run_id'])}"
        say(f"turnwright: {result['error']}")
    if json:
        print_json(result)
    else:
        _print(result)
    return 0 if judged else 1


def _why_nothing(warehouse: Warehouse, run_id: str) -> str:
    kept_out = held(warehouse, f"{run_id}-")
    if kept_out:
        return str(kept_out[0])
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_WHY_NOTHING, {"run_id": run_id})
    return rows[0]["reason"] if rows else "no slot was filled"


def _print(result: dict[str, Any]) -> None:
    table = Table(title=f"Run {result['run_id']}" + (" (finished before)" if result["resumed"] else ""))
    table.add_column("")
    for name in result["by_domain"]:
        table.add_column(name, justify="right")
    columns = (
        "plans",
        "scenarios_accepted",
        "checkers_admitted",
        "dialogues",
        "passed",
        "failed",
        "errors",
        "pass_rate",
    )
    for name in columns:
        table.add_row(name.replace("_", " "), *(_figure(figures[name]) for figures in result["by_domain"].values()))
    out.print(table)
    out.print(
        f"generation {result['generation']} · {result['llm_calls']:,} calls · "
        f"{result['tokens_in'] + result['tokens_out']:,} tokens · ${result['cost_usd']:.2f} · {result['seconds']} s"
    )
    out.print(f"corpus digest {result['corpus_digest']}")
    err.file.flush()


def _figure(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
