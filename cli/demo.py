"""The demo, `python -m cli.demo [--fresh]`: a night, an agent that learns the shop, and where to look at what came."""

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from cli.console import out, say
from cli.main import DEFAULT_WAREHOUSE, exit_with, run
from domains import DOMAINS
from tasks.spec import RunSpec
from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.durable import WarehouseError
from warehouse.forgetting import forget as forget_run
from warehouse.lock import run_lock
from warehouse.store import Warehouse

NIGHT = RunSpec(domains=tuple(DOMAINS), count=360, seed=1)
LESSONS = RunSpec(domains=("shop",), count=1_500, seed=2)
"""For the agent: a night alone is too little to learn from."""
AGENT = Path("models/demo")

_HERE = Path(sys.executable).with_name("turnwright")

PASS_RATE = """
SELECT count(*) AS played, count(*) FILTER (verdict = 'PASS') AS passed, round(passed / played, 3) AS pass_rate
FROM dialogues WHERE run_id = $run_id
"""

# Of each kind the one in which most is done, among those that fit on a screen.
WORTH_READING = """
SELECT kind, dialogue_id, family FROM (
    SELECT dialogue_id, family, verdict, turns, tool_calls, CASE
        WHEN verdict = 'PASS' AND dialogue_id IN (SELECT dialogue_id FROM tool_calls WHERE side = 'user')
            THEN 'the user is guided on their own phone; it passes'
        WHEN verdict = 'PASS' AND variant LIKE '%changes_mind_once%' THEN 'the user has a change of mind; it passes'
        WHEN verdict = 'FAIL' AND blame = 'ASSISTANT' AND changes <> '{}' THEN 'the assistant is to blame; it fails'
        WHEN verdict = 'PASS' AND ending = 'REFUSED' THEN 'the policy says no, and the assistant does; it passes'
    END AS kind
    FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain) WHERE run_id = $run_id
)
WHERE kind IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY turns > 16, tool_calls DESC, dialogue_id) = 1
ORDER BY verdict, kind DESC
"""

TO_TRY = (
    (
        "Which kinds of scenarios go wrong?",
        "select family, count(*) as dialogues, round(avg((verdict = 'PASS')::int), 2) as pass_rate"
        " from dialogues join scenarios using (scenario_id, run_id, domain) group by family order by pass_rate",
    ),
    (
        "How good is the agent, and how sure is that?",
        "select path, pass_k, lo, hi, scenarios from evaluations join models using (model_id, domain) where k = 1",
    ),
    (
        "Whose fault is it, and what is it?",
        "select blame, code, count(distinct dialogue_id) as dialogues from findings where source = 'checker'"
        " group by all order by dialogues desc limit 10",
    ),
    (
        "Where do the checker and the trajectory verifier disagree?",
        "select verdict, verifier, count(*) as dialogues from dialogues group by all order by dialogues desc",
    ),
)


def demo(folder: Path, fresh: bool) -> int:
    """Generate, train and evaluate, or go on with it, or tell of what is finished; gives the exit status."""
    if fresh:
        if folder.exists():
            forget(Warehouse.open(folder, create=False))
        shutil.rmtree(AGENT, ignore_errors=True)
    steps = [["generate", *_asked(NIGHT)], ["generate", *_asked(LESSONS)]]
    if not (AGENT / "training.json").exists():  # what else was generated since would be another lesson
        steps += [["train", "sft", "--domain", "shop", "--preset", "tiny-short", "--out", str(AGENT)]]
    steps += [["evaluate", "--domain", "shop", "--assistant", f"hf:{AGENT}", "--trials", "1", "--temperature", "0"]]
    for asked in steps:
        say(f"$ {_turnwright()} {shlex.join(asked)}")
        # Each is a process, as when it is typed: the time that it tells is its own.
        if status := _typed([*asked, "--warehouse", str(folder)]):
            return status
    _tell(folder)
    return 0


def _typed(asked: list[str]) -> int:
    child = subprocess.Popen([_HERE, *asked])
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the command has it too, and says what is kept
            continue


def _asked(night: RunSpec) -> list[str]:
    return ["--domain", ",".join(night.domains), "--count", str(night.count), "--seed", str(night.seed)]


def forget(warehouse: Warehouse) -> None:
    """Take what the demo generated, and nothing else, out of the warehouse.

    Raises:
        Busy: if some of it, or a compaction, is in progress; then nothing is taken out.
    """
    run_ids = [night.run_id for night in (NIGHT, LESSONS)]
    with ExitStack() as locks:
        for run_id in run_ids:
            locks.enter_context(run_lock(warehouse, run_id))
        for run_id in run_ids:
            for journal in warehouse.journal.glob(f"{run_id}-*.jsonl"):
                journal.unlink()
            forget_run(warehouse, run_id)


def _tell(folder: Path) -> None:
    turnwright = _turnwright()
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        night = {"run_id": NIGHT.run_id}
        figures = catalog.query(PASS_RATE, night)[0]
        dialogues = catalog.query(WORTH_READING, night)
    if dialogues:
        _head(f"One of them in full: {dialogues[0]['kind']}")
        run(["show", dialogues[0]["dialogue_id"], "--warehouse", str(folder)])
    _head("The night")
    out.print("{passed} of {played} dialogues passed: a pass rate of {pass_rate}.".format(**figures))
    out.print("The embedded teacher played them all. It is a program that errs on purpose, not a language model.")
    out.print("The agent is a model of a million parameters that knew nothing; docs/training.md has longer trainings.")
    _head("Worth reading")
    for dialogue in dialogues:
        out.print(f"{dialogue['family']}: {dialogue['kind']}")
        _command(f"{turnwright} show {dialogue['dialogue_id']}")
    _head("Worth asking")
    for question, query in TO_TRY:
        out.print(question)
        _command(f'{turnwright} sql "{query}"')
    _head("Worth seeing: the night in Prefect's UI, at http://127.0.0.1:4200")
    _command(f"{turnwright} serve")


def _head(words: str) -> None:
    out.print(f"\n[bold]{words}[/bold]")


def _command(line: str) -> None:
    """To be copied: neither wrapped nor styled."""
    out.print(f"    {line}", markup=False, soft_wrap=True)


def _turnwright() -> str:
    """How to call the command from this folder: by its name where that finds it, else by its path."""
    found = shutil.which("turnwright")
    return "turnwright" if found and _HERE.samefile(found) else shlex.quote(os.path.relpath(_HERE))


def _main() -> int:
    options = sys.argv[1:]
    try:
        if options not in ([], ["--fresh"]):
            raise BadInput(f"unknown options {' '.join(options)}: there is --fresh and no other")
        return demo(Path(os.environ.get("TURNWRIGHT_WAREHOUSE", DEFAULT_WAREHOUSE)), fresh=bool(options))
    except (BadInput, WarehouseError) as error:
        say(f"turnwright: {error}")
        return 2 if isinstance(error, BadInput) else 1


if __name__ == "__main__":
    exit_with(_main)
