"""Verdicts: isolated verdicts per second on the dialogues of a small night, and what each part of one costs.

Beside it the naive way: a fresh session is fed all helpers, the checker and the evidence as objects. The two take turns
in one run, so that their ratio holds on a busy machine too. `python -m benchmarks.verdicts [--warehouse DIR]` makes the
night in a warehouse of its own, or looks at the one that is named.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
from pydantic_monty import Monty

from benchmarks.command import generate
from benchmarks.oracle import turns_of
from benchmarks.record import Target, record, show
from checkers.evidence import PARTS, evidence
from checkers.library import HELPERS, helper_words, prelude
from checkers.sandbox import LIMITS, OUTSIDE, Sandbox, image_of
from domains import DOMAINS
from turnwright.scenario import Fact
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 3
SLOTS = 90
ROUNDS = 9
RUNS = 40
"""Of one scenario before one checker, as an audit has them."""
BYTES = 6_000
"""Of the evidence of such a run, about."""
ALL_HELPERS = prelude(frozenset(HELPERS))
TARGETS = [
    Target("verdicts_per_s_2_workers", least=600),
    Target("cpu_ms_of_a_run_among_many", most=0.6),
]
CASES = """
SELECT dialogue_id, run_id, domain, changes, facts, source
FROM dialogues JOIN checkers USING (checker_id, scenario_id, run_id, domain)
    JOIN scenarios USING (scenario_id, run_id, domain)
WHERE domain = $domain ORDER BY dialogue_id
"""


@dataclass(frozen=True)
class Case:
    """A checker and the dialogue before it."""

    source: str
    evidence: dict[str, Any]
    packed: str


Way = Callable[[Case], Awaitable[object]]
"""One that gives a verdict."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path)
    asked: Path | None = parser.parse_args().warehouse
    if asked:
        return asyncio.run(_measure(asked))
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), SLOTS, SEED, domains=",".join(DOMAINS))
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    cases = [case for domain in DOMAINS for case in _cases(folder, domain)]
    figures: dict[str, Any] = {"dialogues": len(cases), "evidence_bytes": median(len(case.packed) for case in cases)}
    for workers in (1, 2):
        figures |= await _both_ways(cases, workers)
    figures["times_the_naive_way"] = round(
        figures["verdicts_per_s_2_workers"] / figures["naive_verdicts_per_s_2_workers"], 2
    )
    figures |= await _among_many(cases)
    parts = _parts(cases)
    record("verdicts", {**figures, "parts_ms": parts}, TARGETS, [SEED])
    show("parts of a verdict", [{"part": name, "median ms": milliseconds} for name, milliseconds in parts.items()])


def _cases(folder: Path, domain: str) -> list[Case]:
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        rows = catalog.query(CASES, {"domain": domain})
        turns = turns_of(catalog, {"run_id": rows[0]["run_id"], "domain": domain})
    return [_case(row["source"], row, turns[row["dialogue_id"]]) for row in rows]


def _case(source: str, row: dict[str, Any], turns: Sequence[Any]) -> Case:
    facts = [Fact.model_validate(fact) for fact in orjson.loads(row["facts"])]
    packed = orjson.dumps(evidence(turns, orjson.loads(row["changes"]), facts))
    return Case(source, orjson.loads(packed), packed.decode())


async def _both_ways(cases: Sequence[Case], workers: int) -> dict[str, float]:
    """Verdicts per second and CPU milliseconds of each, ours and the naive way."""
    with (
        Sandbox(workers) as sandbox,
        Monty(min_processes=workers, max_processes=workers) as pool,
        ThreadPoolExecutor(workers) as threads,
    ):

        def naively(case: Case) -> Awaitable[object]:
            return asyncio.get_running_loop().run_in_executor(threads, _naive, pool, case)

        ways: dict[str, Way] = {"": lambda case: sandbox.judge(case.source, case.evidence), "naive_": naively}
        for way in ways.values():
            await _round(cases, way)
        rounds = [{name: await _round(cases, way) for name, way in ways.items()} for _ in range(ROUNDS)]
    figures: dict[str, float] = {}
    for name in ways:
        figures[f"{name}verdicts_per_s_{workers}_workers"] = round(1 / median(one[name][0] for one in rounds))
        figures[f"{name}cpu_ms_{workers}_workers"] = round(1000 * median(one[name][1] for one in rounds), 3)
    return figures


async def _round(cases: Sequence[Case], way: Way) -> tuple[float, float]:
    """Seconds and CPU seconds of one verdict, all being asked for at once."""
    began, cpu = time.perf_counter(), cpu_seconds()
    await asyncio.gather(*map(way, cases))
    return (time.perf_counter() - began) / len(cases), (cpu_seconds() - cpu) / len(cases)


def cpu_seconds() -> float:
    """Of this process and its workers."""
    main = psutil.Process()
    times = [process.cpu_times() for process in (main, *main.children())]
    return sum(used.user + used.system for used in times)


def _naive(pool: Monty, case: Case) -> object:
    with pool.checkout(limits=LIMITS, os_policy=OUTSIDE) as session:
        session.feed_run(ALL_HELPERS)
        return session.feed_run(f"{case.source}\ncheck({', '.join(PARTS)})", inputs=case.evidence)


async def _among_many(cases: Sequence[Case]) -> dict[str, float]:
    """What one of many runs before one checker costs."""
    case = min(cases, key=lambda case: abs(len(case.packed) - BYTES))
    used: list[tuple[float, float]] = []
    with Sandbox(workers=1) as sandbox:
        for _ in range(ROUNDS * 5):
            began, cpu = time.perf_counter(), cpu_seconds()
            await sandbox.judge_each(case.source, [case.evidence] * RUNS)
            used.append((time.perf_counter() - began, cpu_seconds() - cpu))
    return {
        "ms_of_a_run_among_many": round(1000 * median(seconds for seconds, _ in used) / RUNS, 3),
        "cpu_ms_of_a_run_among_many": round(1000 * sum(cpu for _, cpu in used) / len(used) / RUNS, 3),
        "bytes_of_a_run_among_many": len(case.packed),
    }


def _parts(cases: Sequence[Case]) -> dict[str, float]:
    """Median milliseconds that each part of a verdict adds to those before it."""
    steps = {
        "checkout": "",
        "restored helpers": "0",
        "evidence": "json.loads(_evidence)\n0",
        "program": "json.loads(_evidence)\nopened(_source, helpers)\n0",
        "run": "judged(opened(_source, helpers), _evidence)",
    }
    images: dict[frozenset[str], bytes] = {}
    spent: dict[str, list[float]] = {name: [] for name in steps}
    with Monty(min_processes=1, max_processes=1) as pool:
        for case in cases:
            words = helper_words(case.source)
            if words not in images:
                images[words] = image_of(pool, words)
            took = {
                name: median(_step(pool, images[words], case, code) for _ in range(ROUNDS))
                for name, code in steps.items()
            }
            for name, before in zip(steps, [0.0, *took.values()], strict=False):
                spent[name].append(took[name] - before)
    return {name: round(1000 * median(seconds), 3) for name, seconds in spent.items()}


def _step(pool: Monty, image: bytes, case: Case, code: str) -> float:
    began = time.perf_counter()
    with pool.checkout(os_policy=OUTSIDE) as session:
        if code:
            session.load_session(image)
            session.feed_run(code, inputs={"_source": case.source, "_evidence": case.packed})
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
