"""Pace: 50,000 requests through a server whose capacity is 40 requests at a time, then 10, then 80.

Once it answers 429 to what is too much; once it never does, but gets slower the more it has to do: above its capacity
its throughput falls. Nobody tells the client the capacity.
"""

import asyncio
import time
from typing import Any, Literal

from benchmarks.record import Target, record, show
from benchmarks.server import Config, Phase, serving
from turnwright.llm.chat import ChatRequest, said
from turnwright.llm.direct import DirectClient
from turnwright.llm.endpoint import Endpoint, Endpoints, Patience

LATENCY_S = 0.1
PHASES = [Phase(calls=20_000, allowed=40), Phase(calls=5_000, allowed=10), Phase(calls=25_000, allowed=80)]
REQUESTS = sum(phase.calls for phase in PHASES)
IN_FLIGHT = 256
TARGETS = [
    *(Target(f"{over}_{name}_of_capacity", least=0.85) for over in ("refuse", "slow") for name in ("40", "10", "80")),
    Target("refuse_retries", most=0.05),
    Target("slow_retries", most=0.05),
    Target("refuse_failed", most=0),
    Target("slow_failed", most=0),
]


def main() -> None:
    figures: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for over in ("refuse", "slow"):
        stats, failed, seconds = _through(over)
        phases = [_row(over, phase) for phase in stats["phases"]]
        rows += phases
        figures |= {f"{over}_{row['allowed']}_of_capacity": row["of_capacity"] for row in phases}
        figures |= {f"{over}_retries": round(stats["calls"] / REQUESTS - 1, 4), f"{over}_failed": failed}
        figures |= {f"{over}_seconds": round(seconds, 1)}
    record("pace", {**figures, "phases": rows}, TARGETS)
    show("phases", rows)


def _through(over: Literal["refuse", "slow"]) -> tuple[dict[str, Any], int, float]:
    with serving(Config(latency_s=LATENCY_S, phases=PHASES, over=over)) as server:
        began = time.perf_counter()
        failed = asyncio.run(_asked(server.api_base))
        return server.stats(), failed, time.perf_counter() - began


async def _asked(api_base: str) -> int:
    """Ask for all; gives how many calls came to nothing."""
    endpoint = Endpoint("loopback", DirectClient(api_base, None), IN_FLIGHT, print)
    client, request = Endpoints([endpoint], Patience()), ChatRequest("openai/loopback", [said("user", "Hello?")])
    waiting, answered = iter(range(REQUESTS)), list[int]()

    async def worker() -> None:
        for number in waiting:
            await client.chat(request)
            answered.append(number)

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)), return_exceptions=True)
    await endpoint.close()
    return REQUESTS - len(answered)


def _row(over: str, phase: dict[str, Any]) -> dict[str, Any]:
    capacity = phase["allowed"] / LATENCY_S
    per_second = phase["answered"] / phase["seconds"]
    return {
        "over": over,
        "allowed": phase["allowed"],
        "answered": phase["answered"],
        "seconds": round(phase["seconds"], 1),
        "per_second": round(per_second, 1),
        "of_capacity": round(per_second / capacity, 3),
        "refused": phase["refused"],
        "most_in_flight": phase["most_in_flight"],
    }


if __name__ == "__main__":
    main()
