"""Memory: the engine's at 256 dialogues in flight, after 1,000 dialogues and after 20,000."""

import asyncio
import tempfile
from pathlib import Path

import psutil

from benchmarks.record import Target, record
from benchmarks.rehearsal import DOMAIN, Rehearsed, rehearse
from benchmarks.server import Config, serving
from checkers.judge import judge
from tasks.spec import RunSpec, shards
from tasks.stages import play_one
from tasks.studio import open_studio
from tasks.work import Entry, each, entry, forget, open_journal
from turnwright.llm.role import Ledger
from warehouse.store import Warehouse

FIRST = 1_000
DIALOGUES = 20_000
IN_FLIGHT = 256
REQUESTS = 5
"""Of one dialogue: the shortest that there is, as what could pile up is kept per dialogue, not per request."""
LATENCY_S = 0.1
SEED = 11
TARGETS = [Target("growth", most=0.15)]


def main() -> None:
    rehearsed = asyncio.run(rehearse(REQUESTS))
    with serving(Config(latency_s=LATENCY_S, script=rehearsed.script)) as server:
        peaks = asyncio.run(_peaks(rehearsed, server.api_base))
    first, whole = max(peaks[:FIRST]), max(peaks)
    figures = {
        "dialogues": len(peaks),
        "peak_mb_of_first_1000": round(first, 1),
        "peak_mb": round(whole, 1),
        "growth": round(whole / first - 1, 3),
    }
    record("memory", figures, TARGETS, [SEED])


async def _peaks(rehearsed: Rehearsed, api_base: str) -> list[float]:
    """Resident memory in MB at the end of each dialogue."""
    peaks, process = list[float](), psutil.Process()
    run = RunSpec(
        domains=(DOMAIN,),
        count=DIALOGUES,
        seed=SEED,
        model="hosted_vllm/loopback",
        api_base=api_base,
        concurrency=IN_FLIGHT,
        shard_size=1_000,
    )
    with tempfile.TemporaryDirectory() as folder, open_studio(run, Warehouse.open(Path(folder), create=True)) as studio:

        async def work(slot: int) -> Entry:
            ledger = Ledger()
            dialogue = await play_one(studio, rehearsed.scenario, ledger, SEED)
            await judge(studio.sandbox, rehearsed.source, dialogue, rehearsed.scenario.facts)
            peaks.append(process.memory_info().rss / 2**20)
            return entry(ledger, dialogue=dialogue.model_dump(mode="json"))

        for shard in shards(run, DOMAIN, []):
            with open_journal(shard.name) as journal:
                await each(shard, journal, "play", shard.slots, work)
            forget(shard)
        await studio.models.close()
    return peaks


if __name__ == "__main__":
    main()
