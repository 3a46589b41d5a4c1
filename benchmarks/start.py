"""Start: how long a small `turnwright generate` takes from Enter to its end, and how much of that is Prefect."""

import statistics
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from socket import create_server
from typing import Any

from benchmarks.command import TURNWRIGHT, Ran, generate
from benchmarks.record import record, show
from cli.prefect_env import template

SLOTS = 20
REPETITIONS = 3
FIRST_SEED = 100


def main() -> None:
    seeds = count(FIRST_SEED)
    cases = {
        "first_ever": [_first_ever(next(seeds)) for _ in range(REPETITIONS)],
        "empty_warehouse": [_in_empty(next(seeds)) for _ in range(REPETITIONS)],
        "used_warehouse": _in_used(seeds),
        "beside_serve": _beside_serve(seeds),
    }
    figures: dict[str, Any] = {"slots": SLOTS}
    for case, ran in cases.items():
        figures[f"{case}_seconds"] = statistics.median(round(one.seconds, 2) for one in ran)
        figures[f"{case}_cpu_seconds"] = statistics.median(round(one.cpu_seconds, 2) for one in ran)
        figures[f"{case}_prefect_seconds"] = statistics.median(one.result["prefect_seconds"] for one in ran)
    figures["runs"] = [
        {"case": case, "seconds": round(one.seconds, 2), "prefect_seconds": one.result["prefect_seconds"]}
        for case, ran in cases.items()
        for one in ran
    ]
    record("start", figures, seeds=range(FIRST_SEED, next(seeds)))
    show("runs", figures["runs"])


def _first_ever(seed: int) -> Ran:
    """With no migrated database at hand: what the very first command after the installation takes."""
    with _without_template():
        return _in_empty(seed)


@contextmanager
def _without_template() -> Generator[None, None, None]:
    kept = template().with_suffix(".kept")
    if template().exists():
        template().rename(kept)
    try:
        yield
    finally:
        if kept.exists():
            kept.replace(template())


def _in_empty(seed: int) -> Ran:
    with tempfile.TemporaryDirectory() as folder:
        return generate(Path(folder), SLOTS, seed)


def _in_used(seeds: Iterator[int]) -> list[Ran]:
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), SLOTS, next(seeds))
        return [generate(Path(folder), SLOTS, next(seeds)) for _ in range(REPETITIONS)]


def _beside_serve(seeds: Iterator[int]) -> list[Ran]:
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)):
        generate(Path(folder), SLOTS, next(seeds))
        return [generate(Path(folder), SLOTS, next(seeds)) for _ in range(REPETITIONS)]


@contextmanager
def _serving(warehouse: Path) -> Generator[None, None, None]:
    """`turnwright serve`, until its deployments are up.

    Raises:
        RuntimeError: with what it said, if it ended before that.
    """
    command = [TURNWRIGHT, "serve", "--warehouse", str(warehouse), "--port", str(_free_port())]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        try:
            _wait_until_up(child)
            yield
        finally:
            child.terminate()
            child.communicate()


def _wait_until_up(child: subprocess.Popen[str]) -> None:
    said: list[str] = []
    for line in child.stderr or ():
        said.append(line)
        if "Stop with" in line:
            return
    raise RuntimeError(f"serve ended: {''.join(said)}")


def _free_port() -> int:
    with closing(create_server(("127.0.0.1", 0))) as listener:
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
