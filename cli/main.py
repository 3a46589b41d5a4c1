"""The `turnwright` command: its commands, and how their errors end: 0 done, 1 the work failed, 2 bad input."""

import atexit
import inspect
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import compact as compacting
from cli import generations as evolving
from cli import inspect as inspecting
from cli.console import print_json, say
from cli.generate import generate as run_generate
from tasks.settings import settings
from turnwright.errors import BadInput, Failure
from warehouse.durable import WarehouseError

UsageError: Any = typer.BadParameter.__base__  # typer exports only this kind of it

CTRL_C = 130
"""What Typer makes of a KeyboardInterrupt that reaches it."""

app = typer.Typer(
    help="A self-evolving factory for verified multi-turn tool-use dialogues.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

WarehouseOption = Annotated[
    Path,
    typer.Option("--warehouse", envvar="TURNWRIGHT_WAREHOUSE", help="The folder of the warehouse.", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
ApiBaseOption = Annotated[
    str | None, typer.Option(help="Where an OpenAI-compatible server listens; several with commas between.")
]
ApiKeyOption = Annotated[str | None, typer.Option(help="Environment variable that holds the key.")]
MaxUsdOption = Annotated[float | None, typer.Option(min=0, help="Stop when so much is spent.")]
MaxTokensOption = Annotated[int | None, typer.Option(min=1, help="Stop when so many tokens are used.")]
AttemptsOption = Annotated[int, typer.Option(min=1, help="Requests for one reply before it counts as failed.")]
CallTimeoutOption = Annotated[float, typer.Option(help="Until a request counts as lost.")]
DialogueTimeoutOption = Annotated[float, typer.Option(help="Until a dialogue counts as failed.")]
OutageOption = Annotated[float, typer.Option(help="For which a model may be out of reach before the run stops.")]
CacheOption = Annotated[str | None, typer.Option(help="A folder of replies: what is in it is not asked again.")]
DEFAULT_WAREHOUSE = Path("warehouse_data")


@app.command(epilog="Example: turnwright domains --json")
def domains(json: JsonOption = False) -> None:
    """List the domains: tools, held-out scenarios, length of the policy."""
    inspecting.domains(json)


@app.command(epilog="Example: turnwright generate --domain shop --count 200 --seed 7")
def generate(
    domain: Annotated[str, typer.Option(help="One domain, or several with commas between.")],
    count: Annotated[int, typer.Option(min=1, help="Slots over all domains, split evenly.")],
    seed: Annotated[int, typer.Option(help="Decides the corpus.")] = 0,
    plans: Annotated[int, typer.Option(min=1, help="Plan pairs to write for each domain.")] = 64,
    model: Annotated[str, typer.Option(help="embedded/teacher, hf:DIR, or a LiteLLM name.")] = "embedded/teacher",
    user_model: Annotated[str | None, typer.Option(help="The simulated user's model, if it is another.")] = None,
    api_base: ApiBaseOption = None,
    api_key_env: ApiKeyOption = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Slots in work at once.")] = 32,
    shard_size: Annotated[int, typer.Option(min=1, help="Slots that are published together.")] = 250,
    generation: Annotated[
        int | None, typer.Option(min=0, help="Of prompts and workflow; else the one that is active in each domain.")
    ] = None,
    max_usd: MaxUsdOption = None,
    max_tokens: MaxTokensOption = None,
    attempts: AttemptsOption = 6,
    call_timeout_s: CallTimeoutOption = 300,
    dialogue_timeout_s: DialogueTimeoutOption = 3600,
    outage_s: OutageOption = 600,
    cache: CacheOption = None,
    capture: Annotated[bool, typer.Option("--capture", help="Write every request and reply to a file.")] = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Generate verified dialogues. The same command goes on with a run that was interrupted.

    Flags can be kept in a file turnwright.toml, as can how single roles are asked: docs/models.md.
    """
    asked = {name: value for name, value in locals().items() if name not in ("domain", "warehouse", "json")}
    asked["roles"] = _from_file().get("roles", {})
    raise typer.Exit(run_generate({"domains": domain.split(","), **asked}, warehouse, json))


_LIMITS = (
    "max_usd", "max_tokens", "concurrency", "attempts", "call_timeout_s", "dialogue_timeout_s", "outage_s", "cache"
)  # fmt: skip
"""Of turnwright.toml, what an evaluation takes as well: how many scenarios it plays, and who, is another question."""


def _defaults(command: str) -> dict[str, Any]:
    """What turnwright.toml says of a command's flags."""
    if command in ("generate", "evolve"):
        return _from_file()
    if command in ("evaluate", "promote"):
        return {name: value for name, value in _from_file().items() if name in _LIMITS}
    return {}


def _from_file() -> dict[str, Any]:
    flags = {*inspect.signature(generate).parameters, *inspect.signature(evolve).parameters} - {"json"}
    return settings(flags)


@app.command(epilog='Example: turnwright sql "select verdict, count(*) from dialogues group by 1"')
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over the warehouse's views.")],
    format: Annotated[str, typer.Option(help="table, json, csv or parquet.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write to instead of the terminal.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Ask the warehouse in SQL; nothing can be written."""
    inspecting.sql(query, format, out, warehouse, json)


@app.command(epilog="Example: turnwright show d-0123456789abcdef")
def show(
    dialogue_id: Annotated[str, typer.Argument(help="Id of a dialogue, from SQL.")],
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Show one dialogue as a chat, with its calls, state changes and verdict."""
    inspecting.show(dialogue_id, warehouse, json)


@app.command(epilog="Example: turnwright report --out report.html")
def report(
    out: Annotated[Path, typer.Option(help="The page to write; what was there is replaced.")] = Path("report.html"),
    domain: Annotated[str | None, typer.Option(help="One domain; else all that the warehouse has.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Write one HTML page: the corpus and the evaluations in figures, the curve of evolution, the generations."""
    from cli.report import report as write_report  # noqa: PLC0415 (only this command needs the gate and a template)

    write_report(warehouse, out, domain, json)


@app.command(epilog="Example: turnwright export --format trl --out build/trl --where \"domain = 'shop'\"")
def export(
    format: Annotated[str, typer.Option(help="trl, openai, sharegpt or areal.")],
    out: Annotated[Path, typer.Option(help="The folder to write; an earlier export there is replaced.")],
    where: Annotated[
        str | None, typer.Option(help="A condition in SQL over the view dialogues; else all that passed.")
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Write dialogues that passed as files to train on, with a card and checksums: docs/exports.md."""
    from cli.export import export_dialogues  # noqa: PLC0415 (only this command needs the formats)

    export_dialogues(format, out, where, warehouse, json)


@app.command(epilog="Example: turnwright audit-checkers --domain shop --seed 1")
def audit_checkers(
    domain: Annotated[str | None, typer.Option(help="One domain, or several with commas between; else all.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides which runs the checkers are tried on.")] = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Try the admitted checkers on runs that they were not admitted with, by operators and seeds held back."""
    from cli.audit import audit_checkers as run_audit  # noqa: PLC0415 (only this command needs the operators)

    run_audit(warehouse, domain.split(",") if domain else [], seed, json)


@app.command(epilog="Example: turnwright evolve --domain shop --rounds 6 --pilot 60 --seed 1")
def evolve(
    domain: Annotated[str, typer.Option(help="The domain.")],
    rounds: Annotated[int, typer.Option(min=1, help="Rounds at most.")] = 6,
    pilot: Annotated[int, typer.Option(min=1, help="Scenarios that a round screens on.")] = 60,
    seed: Annotated[int, typer.Option(help="Decides its course.")] = 0,
    max_rollouts: Annotated[int, typer.Option(min=1, help="Dialogues that may be played in all.")] = 3_000,
    approve: Annotated[
        bool, typer.Option("--approve", help="Wait for a person to put what is accepted to work.")
    ] = False,
    model: Annotated[str, typer.Option(help="embedded/teacher, hf:DIR, or a LiteLLM name.")] = "embedded/teacher",
    user_model: Annotated[str | None, typer.Option(help="The simulated user's model, if it is another.")] = None,
    api_base: ApiBaseOption = None,
    api_key_env: ApiKeyOption = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Dialogues in work at once.")] = 32,
    max_usd: MaxUsdOption = None,
    max_tokens: MaxTokensOption = None,
    attempts: AttemptsOption = 6,
    call_timeout_s: CallTimeoutOption = 300,
    dialogue_timeout_s: DialogueTimeoutOption = 3600,
    outage_s: OutageOption = 600,
    cache: CacheOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Improve a domain's prompts round by round, and keep only what is better beyond noise.

    As for generate, flags and how single roles are asked can be kept in turnwright.toml: docs/models.md.
    """
    asked = {name: value for name, value in locals().items() if name not in ("warehouse", "json")}
    asked["roles"] = _from_file().get("roles", {})
    from cli.evolve import evolve as run_evolve  # noqa: PLC0415 (only this command needs the gate)

    raise typer.Exit(run_evolve(asked, warehouse, json))


@app.command(epilog="Example: turnwright train all --domain shop --preset tiny --out models/shop")
def train(
    stage: Annotated[str, typer.Argument(help="sft (the assistant), user-model, or all.")],
    domain: Annotated[str, typer.Option(help="One domain, or several with commas between.")],
    out: Annotated[Path, typer.Option(help="The folder for the model; for all, with a folder for each stage.")],
    preset: Annotated[
        str, typer.Option(help="tiny, tiny-short, smollm2, qwen3-4b, qwen3-30b-a3b, or a YAML file like theirs.")
    ] = "tiny",
    init: Annotated[Path | None, typer.Option(help="A model to begin with, instead of the preset's.")] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Decides the order of dialogues, and first weights.")
    ] = 0,
    where: Annotated[str | None, typer.Option(help="A condition over the view dialogues.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Train on the dialogues that passed. The same command goes on with a training that was interrupted."""
    asked = {"domains": domain.split(","), "preset": preset, "out": out, "init": init, "seed": seed, "where": where}
    from cli.train import train as run_train  # noqa: PLC0415 (only this command needs it)

    raise typer.Exit(run_train(stage, asked, warehouse, json))


AssistantOption = Annotated[str, typer.Option(help="embedded/teacher, hf:DIR, a LiteLLM name, silent or read-only.")]
UserOption = Annotated[str, typer.Option(help="The simulated user's model.")]
TemperatureOption = Annotated[float | None, typer.Option(min=0, help="Of both sides; else what their generation says.")]
TrialsOption = Annotated[int, typer.Option(min=1, help="Times that each scenario is played.")]
HeldOutOption = Annotated[
    int | None, typer.Option(min=1, help="Held-out scenarios, as many of each family as can be; else all.")
]


@app.command(epilog="Example: turnwright evaluate --domain shop --assistant embedded/teacher --trials 4")
def evaluate(
    domain: Annotated[str, typer.Option(help="The domain.")],
    assistant: AssistantOption = "embedded/teacher",
    user: UserOption = "embedded/teacher",
    split: Annotated[str, typer.Option(help="Whose scenarios: test, the held-out ones.")] = "test",
    trials: TrialsOption = 4,
    temperature: TemperatureOption = None,
    count: HeldOutOption = None,
    seed: Annotated[int, typer.Option(help="Decides the dialogues.")] = 0,
    generation: Annotated[
        int | None, typer.Option(min=0, help="Of prompts and workflow; else the one that is active.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Another assistant on the same scenarios and seeds: which is better?")
    ] = None,
    user_card: Annotated[
        bool, typer.Option("--user-card", help="Report on --user, before embedded/teacher as the assistant.")
    ] = False,
    api_base: ApiBaseOption = None,
    api_key_env: ApiKeyOption = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Dialogues in work at once.")] = 32,
    max_usd: MaxUsdOption = None,
    max_tokens: MaxTokensOption = None,
    attempts: AttemptsOption = 6,
    call_timeout_s: CallTimeoutOption = 300,
    dialogue_timeout_s: DialogueTimeoutOption = 3600,
    outage_s: OutageOption = 600,
    cache: CacheOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Let an assistant play the held-out scenarios, and say how often it passes: docs/evaluation.md.

    The same command goes on with an evaluation that was interrupted, and tells a finished one again.
    """
    asked = {name: value for name, value in locals().items() if name not in ("warehouse", "json")}
    asked["roles"] = _from_file().get("roles", {})
    from cli.evaluate import run_evaluate  # noqa: PLC0415 (only this command needs the checkers' sandbox)

    raise typer.Exit(run_evaluate(asked, warehouse, json))


@app.command(
    epilog="Example: turnwright promote --domain shop hosted_vllm/my-model --api-base http://127.0.0.1:8000/v1"
)
def promote(
    domain: Annotated[str, typer.Option(help="The domain.")],
    model: Annotated[str | None, typer.Argument(help="The model, by the name that --assistant takes.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Take the last promotion back.")] = False,
    user: UserOption = "embedded/teacher",
    trials: TrialsOption = 4,
    temperature: TemperatureOption = None,
    count: HeldOutOption = None,
    seed: Annotated[int, typer.Option(help="Decides the dialogues.")] = 0,
    api_base: ApiBaseOption = None,
    api_key_env: ApiKeyOption = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Dialogues in work at once.")] = 32,
    max_usd: MaxUsdOption = None,
    max_tokens: MaxTokensOption = None,
    attempts: AttemptsOption = 6,
    call_timeout_s: CallTimeoutOption = 300,
    dialogue_timeout_s: DialogueTimeoutOption = 3600,
    outage_s: OutageOption = 600,
    cache: CacheOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Make a model the domain's current one, if it is better than that beyond noise; or take that back."""
    asked = {name: value for name, value in locals().items() if name not in ("model", "back", "warehouse", "json")}
    from cli.evaluate import run_promote, run_put_back  # noqa: PLC0415 (only this command needs the checkers' sandbox)

    if back != (model is None):
        raise BadInput("promote takes the name of a model, or --back without one")
    if model is None:
        return run_put_back(domain, warehouse, json)
    asked |= {"assistant": model, "split": "test", "generation": None}
    asked["roles"] = _from_file().get("roles", {})
    raise typer.Exit(run_promote(asked, warehouse, json))


@app.command(epilog="Example: turnwright generations --domain shop")
def generations(
    domain: Annotated[str | None, typer.Option(help="One domain; else all.")] = None,
    export: Annotated[int | None, typer.Option(min=0, help="Write this generation as files, as prompts/ has.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for these files.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """List the generations of prompts and workflow, their states and their pass rates."""
    evolving.generations(warehouse, domain, export, out, json)


@app.command(epilog="Example: turnwright diff --domain shop 0 1")
def diff(
    one: Annotated[int, typer.Argument(min=0, help="A generation.")],
    other: Annotated[int, typer.Argument(min=0, help="Another generation.")],
    domain: Annotated[str, typer.Option(help="The domain.")],
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Show what differs between two generations: templates and workflow."""
    evolving.diff(warehouse, domain, one, other, json)


@app.command(epilog="Example: turnwright approve --domain shop 3")
def approve(
    generation: Annotated[int, typer.Argument(min=1, help="The candidate that waits.")],
    domain: Annotated[str, typer.Option(help="The domain.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Do not put it to work.")] = False,
    edited: Annotated[
        Path | None, typer.Option(help="A folder with its files, as `generations --export` wrote them, edited.")
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Put a candidate to work that `evolve --approve` left waiting, as it is or edited, or refuse it."""
    evolving.approve(warehouse, domain, generation, refuse, edited, json)


@app.command(epilog="Example: turnwright rollback --domain shop --to 0")
def rollback(
    domain: Annotated[str, typer.Option(help="The domain.")],
    to: Annotated[int, typer.Option(min=0, help="The generation to put back to work.")],
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Put a generation back to work; the one that was is retired."""
    evolving.rollback(warehouse, domain, to, json)


@app.command(epilog="Example: turnwright quality --json")
def quality(
    against: Annotated[
        Path | None, typer.Option(help="A folder of benchmark tasks to hold every dialogue against.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="Publish this shard, which is held, as it is.")] = None,
    drop: Annotated[str | None, typer.Option(help="Remove this shard, which is held, for good.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    json: JsonOption = False,
) -> None:
    """Mark duplicates and contamination, hold everything against what is expected, and list what was not let in."""
    from cli.quality import quality as run_quality  # noqa: PLC0415 (Great Expectations takes seconds to import)

    raise typer.Exit(run_quality(warehouse, against, release, drop, json))


@app.command(epilog="Example: turnwright compact")
def compact(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, json: JsonOption = False) -> None:
    """Merge many small files of the warehouse into few large ones; what is read stays the same, and becomes quicker."""
    compacting.compact(warehouse, json)


@app.command(epilog="Example: turnwright serve --port 4200")
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server and its UI.")] = 4200,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Run a local Prefect server with its UI and serve the deployments, until Ctrl-C."""
    from cli.serve import serve as run_serve  # noqa: PLC0415 (only this command needs it)

    raise typer.Exit(run_serve(warehouse, port))


@app.command(epilog="Example: turnwright doctor")
def doctor(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, json: JsonOption = False) -> None:
    """Check what a run needs: sandbox, warehouse, Prefect, keys."""
    raise typer.Exit(inspecting.doctor(warehouse, json))


def main() -> None:
    """Run the command of this process's arguments."""
    exit_with(lambda: run(sys.argv[1:]))


def exit_with(work: Callable[[], int]) -> None:
    """Do the work, and end this process with the status that it gives."""
    statuses = [1]
    # Registered first, this runs last: Prefect's daemon threads would keep DuckDB's objects alive while the interpreter
    # is torn down, which DuckDB reports in pages of warnings.
    atexit.register(lambda: _leave(statuses[-1]))
    statuses.append(work())


def _leave(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def run(arguments: list[str]) -> int:
    """Run a command; gives its exit status. Bad input is one line on stderr, and nothing on stdout."""
    try:
        _refuse_empty(arguments)
        defaults = {name: _defaults(name) for name in arguments[:1]}
        result: Any = app(arguments or ["--help"], standalone_mode=False, default_map=defaults)
        if result == CTRL_C:
            return _failed(arguments, "interrupted")
        return result if isinstance(result, int) else 0
    except (UsageError, BadInput) as error:
        message = str(error) if isinstance(error, BadInput) else error.format_message()
        say(f"turnwright: {message}")
        return 2
    except (Failure, WarehouseError) as error:
        return _failed(arguments, str(error))
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # DuckDB's word for a KeyboardInterrupt
            raise
        return _failed(arguments, "interrupted")
    except SystemExit:  # Typer's end for a closed pipe; that a pager was closed is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _refuse_empty(arguments: list[str]) -> None:
    """Nothing is asked for by an empty word: `--out "$OUT"` with OUT not set would write into the current folder."""
    for before, word in pairwise(("turnwright", *arguments)):
        if not word or (word.startswith("--") and word.endswith("=")):
            raise BadInput(f"nothing is said after {word or before}: is a variable of the shell not set?")


def _failed(arguments: list[str], reason: str) -> int:
    say(f"turnwright: {reason}")
    if "--json" in arguments:
        print_json({"error": reason})
    return 1
