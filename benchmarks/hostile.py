"""Hostile: a provider that misbehaves in every way that a server can, at 30 % of its replies, then at all of them.

A dialogue has to end as a record with the right blame, those that nothing happened to have to be what they are without
hostility, and a run that gets nothing but hostility has to end by itself and say why.
"""

import asyncio
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from benchmarks.command import TURNWRIGHT
from benchmarks.record import Target, record, show
from benchmarks.rehearsal import DOMAIN, Rehearsed, rehearse
from benchmarks.server import KINDS, Config, serving
from checkers.judge import judge
from tasks.spec import RunSpec
from tasks.stages import play_one
from tasks.studio import open_studio
from turnwright.dialogue import Dialogue, StopReason
from turnwright.llm.role import Ledger
from turnwright.verdict import Blame, Outcome
from warehouse.store import Warehouse

REQUESTS = 17
DIALOGUES = 200
IN_FLIGHT = 64
SHARE = 0.3
SEED = 11
CALL_TIMEOUT_S = 1.0
"""Short, since servers that hang are part of it."""
MODELS_OWN = {"unknown_tool", "not_json_arguments", "wrong_arguments", "text_and_call", "many_calls", "null_content"}
"""What a sound server brings when its model errs: the dialogue goes on, and the assistant or the user is to blame."""
TARGETS = [
    Target("records", least=DIALOGUES, most=DIALOGUES),
    Target("wrong_blames", most=0),
    Target("harmed", most=0),
    Target("all_hostile_exit", least=1, most=1),
]


def main() -> None:
    rehearsed = asyncio.run(rehearse(REQUESTS))
    servers_faults = sorted(KINDS.keys() - MODELS_OWN)
    rows = [_mixed("servers", servers_faults, rehearsed), _mixed("all", sorted(KINDS), rehearsed)]
    ends = [_all_hostile(kind) for kind in sorted(KINDS)]
    figures = {
        "records": min(row["records"] for row in rows),
        "wrong_blames": sum(row["wrong_blames"] for row in rows),
        "harmed": sum(row["harmed"] for row in rows),
        "all_hostile_exit": 1 if all(end["exit"] == 1 and end["one_line"] for end in ends) else 0,
    }
    record("hostile", {**figures, "mixed": rows, "nothing_else": ends}, TARGETS, [SEED])
    show("30 % of the replies", rows)
    show("all of the replies", ends)


def _mixed(name: str, kinds: list[str], rehearsed: Rehearsed) -> dict[str, Any]:
    config = Config(latency_s=0.02, script=rehearsed.script, hostile=SHARE, kinds=kinds, seed=SEED)
    began = time.perf_counter()
    with serving(config) as server:
        played = asyncio.run(_played(rehearsed, server.api_base))
        met = server.stats()["hostile"]
    sound = asyncio.run(_sound(rehearsed))
    ends = Counter(str(dialogue.stop_reason) for dialogue, _ in played)
    return {
        "kinds": name,
        "records": len(played),
        "seconds": round(time.perf_counter() - began, 1),
        "misbehaved": sum(met.values()),
        "passed": sum(outcome is Outcome.PASS for _, outcome in played),
        "ends": dict(ends),
        "wrong_blames": sum(_wrongly_blamed(dialogue) for dialogue, _ in played),
        # Faults of the server leave no trace: a dialogue that came to its end is the one without them.
        "harmed": sum(name == "servers" and _harmed(dialogue, sound) for dialogue, _ in played),
    }


def _wrongly_blamed(dialogue: Dialogue) -> bool:
    failed = dialogue.stop_reason is StopReason.FAILURE
    return failed and (dialogue.failure is None or dialogue.failure.blame is not Blame.PROVIDER)


def _harmed(dialogue: Dialogue, sound: Dialogue) -> bool:
    return dialogue.stop_reason is not StopReason.FAILURE and dialogue != sound


async def _sound(rehearsed: Rehearsed) -> Dialogue:
    with serving(Config(latency_s=0, script=rehearsed.script)) as server:
        return (await _played(rehearsed, server.api_base, 1))[0][0]


async def _played(rehearsed: Rehearsed, api_base: str, count: int = DIALOGUES) -> list[tuple[Dialogue, Outcome]]:
    run = RunSpec(
        domains=(DOMAIN,),
        count=count,
        seed=SEED,
        model="hosted_vllm/loopback",
        api_base=api_base,
        concurrency=IN_FLIGHT,
        call_timeout_s=CALL_TIMEOUT_S,
    )
    played, waiting = list[tuple[Dialogue, Outcome]](), iter(range(count))
    with tempfile.TemporaryDirectory() as folder, open_studio(run, Warehouse.open(Path(folder), create=True)) as studio:

        async def worker() -> None:
            for _ in waiting:
                dialogue = await play_one(studio, rehearsed.scenario, Ledger(), SEED)
                outcome, _findings = await judge(studio.sandbox, rehearsed.source, dialogue, rehearsed.scenario.facts)
                played.append((dialogue, Outcome.ERROR if dialogue.failure else outcome))

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
        await studio.models.close()
    return played


def _all_hostile(kind: str) -> dict[str, Any]:
    """`turnwright generate` against a server that does nothing else."""
    with serving(Config(latency_s=0, hostile=1.0, kinds=[kind])) as server, tempfile.TemporaryDirectory() as folder:
        asked = ["--domain", DOMAIN, "--count", "4", "--plans", "2", "--model", "hosted_vllm/loopback"]
        limits = ["--attempts", "2", "--call-timeout-s", "1", "--api-base", server.api_base]
        command = [TURNWRIGHT, "generate", *asked, *limits, "--warehouse", folder, "--json"]
        began = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    error = orjson.loads(ran.stdout).get("error", "") if ran.stdout else ""
    said = [line for line in ran.stderr.splitlines() if line.startswith("turnwright:")]
    return {
        "kind": kind,
        "exit": ran.returncode,
        "seconds": round(time.perf_counter() - began, 1),
        "one_line": len(said) >= 1 and "Traceback" not in ran.stderr,
        "error": " ".join(error.split())[:90],
    }


if __name__ == "__main__":
    main()
