"""`turnwright evaluate` and `turnwright promote`: how good a model is, and whether it is the better one."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.progress import Progress
from rich.table import Table

from cli.console import err, in_words, out, print_json, say, seconds
from domains import load
from tasks.evaluating import EvaluateSpec, evaluate, finished, specs_of
from tasks.models import EMBEDDED, Models
from tasks.progress import reader, watcher
from tasks.registry import current, promote, put_back
from tasks.scores import card_of, comparison_of, result_of
from tasks.studio import generations_of, roles_of
from turnwright.agents.idle import IDLE
from turnwright.errors import BadInput, Failure, RunStopped
from turnwright.verdict import Blame
from warehouse.durable import WarehouseError
from warehouse.store import Warehouse

Row = dict[str, Any]

P_VALUE = 0.05
"""Below it a model that is better is promoted."""
_AGAIN = "finished work is kept: the same command goes on from here"


def run_evaluate(asked: Row, folder: Path, json: bool) -> int:
    """Evaluate, or tell what a finished evaluation came to; gives the exit status.

    Raises:
        BadInput: before anything is begun.
    """
    against, carded = asked.pop("against"), asked.pop("user_card")
    if carded:
        if against or asked["assistant"] != EMBEDDED:
            raise BadInput(f"--user-card holds a user model against {EMBEDDED} before one assistant, {EMBEDDED}")
        pairs = [(EMBEDDED, asked["user"]), (EMBEDDED, EMBEDDED)]
    else:
        pairs = [(model, asked["user"]) for model in (asked["assistant"], against) if model is not None]
    warehouse, specs = _begun(asked, pairs, folder)
    resumed = finished(warehouse, specs[0])
    if reason := _played(warehouse, specs):
        return _failed(warehouse, specs[0], reason, json)
    result = {**result_of(warehouse, specs[0].run_id), "resumed": resumed}
    if against:
        result["against"] = result_of(warehouse, specs[1].run_id)
    if len(specs) > 1:
        result["comparison"] = comparison_of(warehouse, specs[0].run_id, specs[1].run_id)
    if carded:
        result["card"] = card_of(warehouse, specs[0].run_id)
        result["card_of_embedded_user"] = card_of(warehouse, specs[1].run_id)
    result["seconds"] = seconds()
    if json:
        print_json(result)
    else:
        _print(result)
    return 0


def run_promote(asked: Row, folder: Path, json: bool) -> int:
    """Put a model in the place of the domain's current one, if it is better; gives the exit status.

    Raises:
        BadInput: before anything is begun.
    """
    model, domain = asked["assistant"], load(asked["domain"]).name
    if model in IDLE:
        raise BadInput(f"{model} is no model that could be promoted")
    at = current(Warehouse.open(folder, create=True), domain)
    warehouse, specs = _begun(asked, [(model, asked["user"]), (at.path or at.model_id, asked["user"])], folder)
    if specs[0].model_id == at.model_id:
        raise BadInput(f"{model} is the current model of {domain} already")
    if specs[1].model_id != at.model_id:
        raise BadInput(f"{at.path} is another model than the current one was: take that back with --back")
    if reason := _played(warehouse, specs):
        return _failed(warehouse, specs[0], reason, json)
    found = comparison_of(warehouse, specs[0].run_id, specs[1].run_id)
    lost = sum(result_of(warehouse, spec.run_id)["blame"].get(Blame.PROVIDER, 0) for spec in specs)
    better = found["scenarios"] > 0 and found["difference"] > 0 and found["p_value"] < P_VALUE and not lost
    reason = _in_words(model, at.path or at.model_id, found)
    if lost:
        reason += f"; but a server's failure ended {lost} of the dialogues, so it cannot be said: try another --seed"
    if better:
        promote(warehouse, domain, at.model_id, specs[0].model_id, model, reason)
    result: Row = {"domain": domain, "model": model, "against": at.path, "promoted": better, "reason": reason}
    if json:
        why = {} if better else {"error": reason}
        print_json({**result, "comparison": found, **why, "seconds": seconds()})
    else:
        out.print(f"{domain}: {model} is {'current now' if better else 'not promoted'}: {reason}", soft_wrap=True)
    return 0 if better else 1


def run_put_back(domain: str, folder: Path, json: bool) -> None:
    """Take the last promotion back.

    Raises:
        BadInput: if there was none.
    """
    load(domain)
    retired, again = put_back(Warehouse.open(folder, create=False), domain)
    if json:
        print_json({"domain": domain, "retired": retired, "current": again})
    else:
        out.print(f"{domain}: {again} is current again, {retired} is retired", soft_wrap=True)


def _begun(asked: Row, pairs: list[tuple[str, str]], folder: Path) -> tuple[Warehouse, list[EvaluateSpec]]:
    """The warehouse, and a spec for each assistant with its user model; of all it is known that they can be asked."""
    load(asked["domain"])
    warehouse = Warehouse.open(folder, create=True)
    try:
        specs = specs_of(warehouse, asked, pairs)
    except ValidationError as error:
        raise BadInput(in_words(error)) from error
    for spec in specs:
        (generation,) = generations_of(spec.run, warehouse).values()
        roles_of(spec.playable, generation, Models(spec.run.concurrency, spec.run.patience, say))
    return warehouse, specs


def _played(warehouse: Warehouse, specs: list[EvaluateSpec]) -> str | None:
    """Play them one after the other; gives what came in the way, if something did."""

    async def all_of_them() -> None:
        for spec in specs:
            await evaluate(warehouse, spec)

    reader.set(lambda line: say(f"turnwright: {line}"))
    try:
        with _watched(specs):
            asyncio.run(all_of_them())
    except KeyboardInterrupt:
        return f"interrupted; {_AGAIN}"
    except (Failure, RunStopped, WarehouseError) as error:
        return f"{error}; {_AGAIN}"
    return None


@contextmanager
def _watched(specs: list[EvaluateSpec]) -> Generator[None]:
    """A bar that moves with each dialogue, where there is a terminal."""
    total = sum(len(spec.scenarios) * spec.trials for spec in specs)
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        played = bar.add_task("dialogues", total=total)
        watcher.set(lambda _domain, stage: bar.advance(played, 1 if stage == "play" else 0))
        yield


def _failed(warehouse: Warehouse, spec: EvaluateSpec, reason: str, json: bool) -> int:
    say(f"turnwright: {reason}")
    if json:
        print_json({**result_of(warehouse, spec.run_id), "error": reason, "seconds": seconds()})
    return 1


def _print(result: Row) -> None:
    table = Table(title=f"{result['model']} in {result['domain']}, the user being {result['user_model']}")
    several = [result, *([result["against"]] if "against" in result else [])]
    table.add_column("")
    for one in several:
        table.add_column(one["model"], justify="right")
    for k in result["pass_k"]:
        table.add_row(f"pass^{k}", *(_with_interval(one["pass_k"][k], one["ci95"][k]) for one in several))
    table.add_row("pass^1 without user errors", *(_figure(one["pass_1_without_user_errors"]) for one in several))
    for name in result["unseen"]:
        cells = [(one["unseen"][name]["pass_1"], one["unseen"][name]["ci95"]) for one in several]
        table.add_row(f"pass^1, {name.replace('_', ' ')}", *(_with_interval(*cell) for cell in cells))
    for name in ("stop_reasons", "blame", "user_errors"):
        table.add_row(name.replace("_", " "), *(_counted(one[name]) for one in several))
    out.print(table)
    out.print(f"{result['scenarios']} scenarios, {result['trials']} trials each; {result['left_out']} have no checker")
    if "comparison" in result and "against" in result:
        out.print(
            _in_words(result["model"], result["against"]["model"], result["comparison"]), markup=False, soft_wrap=True
        )
    if "card" in result:
        _print_card(result)
    out.print(f"Run {result['run_id']}, generation {result['generation']}, {result['seconds']} s")


def _print_card(result: Row) -> None:
    ours, theirs = result["card"], result["card_of_embedded_user"]
    table = Table("", result["user_model"], EMBEDDED, title="How the user kept to their part")
    for name, one in ours.items():
        if name not in ("dialogues", "slips"):
            cells = [card and _with_interval(card["share"], card["ci95"]) for card in (one, theirs[name])]
            table.add_row(name.replace("_", " "), *(cell or "-" for cell in cells))
    table.add_row("slips", *(_counted(card["slips"]) for card in (ours, theirs)))
    out.print(table)
    out.print(
        f"{EMBEDDED} as the assistant: "
        + _in_words(f"it with {result['user_model']} as the user", f"it with {EMBEDDED}", result["comparison"]),
        markup=False,
        soft_wrap=True,
    )


def _in_words(one: str, other: str, found: Row) -> str:
    if not found["scenarios"]:
        return "there is no scenario that both have played"
    low, high = found["ci95"]
    return (
        f"pass^1 of {one} is {found['difference']:+.3f} from that of {other} ({low:+.3f} to {high:+.3f}): better at"
        f" {found['better']} of {found['scenarios']} scenarios, worse at {found['worse']}, p = {found['p_value']:.2g}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _with_interval(value: float | None, interval: list[float] | None) -> str:
    return "-" if interval is None else f"{_figure(value)} ({interval[0]:.3f} to {interval[1]:.3f})"


def _counted(counts: dict[str, int]) -> str:
    return "\n".join(f"{name} {number}" for name, number in counts.items()) or "none"
