"""Engine: dialogues of 17 requests against a loopback server of fixed latency: how near to the ideal, at what CPU.

Each dialogue is the real thing: agents, world, ledger, checker in its sandbox, a line in a journal on disk. Beside it
LiteLLM's path, and as the floor the same requests from bare asyncio and aiohttp, with nothing made of the replies.
"""

import asyncio
import cProfile
import pstats
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil

from benchmarks.record import Target, record, show
from benchmarks.rehearsal import DOMAIN, Rehearsed, rehearse
from benchmarks.server import Config, Server, serving
from checkers.judge import judge
from tasks.spec import RunSpec, Shard
from tasks.stages import play_one
from tasks.studio import Studio, open_studio
from tasks.work import Entry, each, entry, open_journal
from turnwright.llm.endpoint import Endpoint, Endpoints
from turnwright.llm.lite import LiteLLMClient
from turnwright.llm.role import Ledger
from turnwright.verdict import Outcome
from warehouse.store import Warehouse

REQUESTS = 17
SEED = 11
ROUNDS = 12
"""Dialogues that follow each other at each of the places, so that start and end count little."""


@dataclass(frozen=True)
class Case:
    """So many dialogues in flight, against a server that takes so long for a reply."""

    latency_s: float
    in_flight: int
    rounds: int = ROUNDS

    @property
    def name(self) -> str:
        return f"{self.latency_s * 1000:.0f}ms_{self.in_flight}"

    @property
    def dialogues(self) -> int:
        return self.in_flight * self.rounds

    @property
    def ideal_s(self) -> float:
        return self.rounds * REQUESTS * self.latency_s


CASES = [Case(0.05, 8, 24), Case(0.05, 64, 24), Case(0.5, 256, 6), Case(0.5, 512, 6)]
SLOW_PATH = [Case(0.05, 8), Case(0.05, 64, 3)]
TARGETS = [
    Target("50ms_8_wall_over_ideal", most=1.10),
    Target("50ms_64_wall_over_ideal", most=1.3),
    Target("500ms_256_wall_over_ideal", most=1.10),
    Target("500ms_512_wall_over_ideal", most=1.2),
    *(Target(f"{case.name}_cpu_ms_per_call", most=0.6) for case in CASES),
]


def main() -> None:
    rehearsed = asyncio.run(rehearse(REQUESTS))
    rows = [measured("direct", case, rehearsed) for case in CASES]
    rows += [measured("litellm", case, rehearsed) for case in SLOW_PATH]
    rows += [measured("floor", case, rehearsed) for case in CASES]
    figures = {
        f"{row['case']}_{name}": row[name]
        for row in rows
        if row["path"] == "direct"
        for name in ("wall_over_ideal", "cpu_ms_per_call")
    }
    shares = profile(Case(0.05, 8, 6), rehearsed)
    record("engine", {**figures, "cases": rows, "cpu_shares": shares}, TARGETS, [SEED])
    show("cases", rows)
    show("what the CPU goes to, under a profiler", shares)


def measured(path: str, case: Case, rehearsed: Rehearsed) -> dict[str, Any]:
    """One case over one path, against a server of its own."""
    with serving(Config(latency_s=case.latency_s, script=rehearsed.script)) as server:
        ran = asyncio.run(floor(case, rehearsed, server) if path == "floor" else played(path, case, rehearsed, server))
        calls = server.stats()["calls"]
    return {
        "path": path,
        "case": case.name,
        "dialogues": case.dialogues,
        "calls": calls,
        "wall_s": round(ran.wall_s, 2),
        "ideal_s": round(case.ideal_s, 2),
        "wall_over_ideal": round(ran.wall_s / case.ideal_s, 3),
        "cpu_ms_per_call": round(1000 * (ran.cpu_s + ran.workers_s) / calls, 3),
        "of_it_checker_processes": round(1000 * ran.workers_s / calls, 3),
        "passed": ran.passed,
    }


@dataclass(frozen=True)
class Ran:
    """What a case took."""

    wall_s: float
    cpu_s: float
    workers_s: float = 0.0
    """CPU of the processes that run checkers."""
    passed: int | None = None


async def played(path: str, case: Case, rehearsed: Rehearsed, server: Server) -> Ran:
    """The case through the engine."""
    run = RunSpec(
        domains=(DOMAIN,),
        count=case.dialogues,
        seed=SEED,
        model="hosted_vllm/loopback",
        api_base=server.api_base,
        concurrency=case.in_flight,
    )
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        with open_studio(run, warehouse) as studio:
            if path == "litellm":
                _take_the_slow_path(studio, server)
            return await _timed(studio, rehearsed)


def _take_the_slow_path(studio: Studio, server: Server) -> None:
    run, client = studio.run, LiteLLMClient(server.api_base, "none")
    endpoints = Endpoints([Endpoint("litellm", client, run.concurrency, print)], run.patience)
    for name, role in studio.roles[DOMAIN].items():
        studio.roles[DOMAIN][name] = replace(role, client=endpoints)


async def _timed(studio: Studio, rehearsed: Rehearsed) -> Ran:
    shard, passed = Shard(run=studio.run, domain=DOMAIN, first=0, last=studio.run.count), list[bool]()

    async def work(slot: int) -> Entry:
        ledger = Ledger()
        dialogue = await play_one(studio, rehearsed.scenario, ledger, SEED)
        outcome, _ = await judge(studio.sandbox, rehearsed.source, dialogue, rehearsed.scenario.facts)
        passed.append(outcome is Outcome.PASS)
        return entry(ledger, dialogue=dialogue.model_dump(mode="json"), outcome=outcome)

    workers = psutil.Process().children()
    wall, cpu, workers_s = time.perf_counter(), time.process_time(), _cpu(workers)
    with open_journal(shard.name) as journal:
        await each(shard, journal, "play", shard.slots, work)
    ran = Ran(
        time.perf_counter() - wall,
        time.process_time() - cpu,
        _cpu(psutil.Process().children()) - workers_s,
        sum(passed),
    )
    await studio.models.close()
    return ran


def _cpu(processes: Iterable[psutil.Process]) -> float:
    return sum(
        sum(process.cpu_times()[:2]) for process in processes if "benchmarks.server" not in " ".join(process.cmdline())
    )


async def floor(case: Case, rehearsed: Rehearsed, server: Server) -> Ran:
    """The same requests and no engine."""
    bodies = [
        orjson.dumps({"model": "loopback", "messages": request.messages, "tools": request.tools})
        for request in rehearsed.requests
    ]
    url, waiting = f"{server.api_base}/chat/completions", iter(range(case.dialogues))
    wall, cpu = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def worker() -> None:
            for _ in waiting:
                for body in bodies:
                    async with session.post(url, data=body) as response:
                        orjson.loads(await response.read())

        async with asyncio.TaskGroup() as group:
            for _ in range(case.in_flight):
                group.create_task(worker())
    return Ran(time.perf_counter() - wall, time.process_time() - cpu)


_PARTS: dict[str, Callable[[str], Any]] = {
    "HTTP (aiohttp, yarl, multidict)": re.compile("aiohttp|yarl|multidict|frozenlist|propcache").search,
    "event loop (asyncio, selectors)": re.compile("asyncio|selectors|epoll|_asyncio|socket").search,
    "client and pace (turnwright/llm)": re.compile("turnwright/llm").search,
    "engine (turnwright, tasks, domains)": re.compile(r"turnwright/|/tasks/|/domains/").search,
    "JSON (orjson)": re.compile("orjson").search,
    "pydantic": re.compile("pydantic|SchemaValidator|SchemaSerializer").search,
    "prompts (jinja2)": re.compile("jinja2|/prompts/|<template>").search,
    "sandbox and journal threads": re.compile("checkers/|concurrent|threading|warehouse/|queue").search,
}


def profile(case: Case, rehearsed: Rehearsed) -> list[dict[str, Any]]:
    """The share of each part in the main thread's CPU, by own time; a profiler favours what makes few calls."""
    profiler = cProfile.Profile(time.process_time)
    with serving(Config(latency_s=case.latency_s, script=rehearsed.script)) as server:
        profiler.enable()
        asyncio.run(played("direct", case, rehearsed, server))
        profiler.disable()
    spent: defaultdict[str, float] = defaultdict(float)
    for (file, _, function), row in pstats.Stats(profiler).stats.items():  # pyright: ignore[reportAttributeAccessIssue]
        where = next((part for part, fits in _PARTS.items() if fits(f"{file}:{function}")), "everything else")
        spent[where] += row[2]
    total = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    return [{"part": part, "share": round(seconds / total, 3)} for part, seconds in ranked]


if __name__ == "__main__":
    main()
