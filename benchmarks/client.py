"""Client: 2,000 requests at 128 in flight against a server that takes 100 ms: what each way to ask costs by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import openai
import orjson

from benchmarks.record import Target, record, show
from benchmarks.server import Config, serving
from turnwright.llm.chat import ChatRequest, said
from turnwright.llm.direct import DirectClient
from turnwright.llm.endpoint import Endpoint, Endpoints, Patience
from turnwright.llm.lite import LiteLLMClient, litellm

REQUESTS = 2_000
IN_FLIGHT = 128
LATENCY_S = 0.1
IDEAL_S = REQUESTS / IN_FLIGHT * LATENCY_S
MESSAGES = [said("system", "Be brief. " * 100), said("user", "Hello?")]
TARGETS = [Target("cpu_ms_per_call", most=0.5), Target("wall_over_ideal", most=1.2)]

Ask = Callable[[], Awaitable[Any]]


def main() -> None:
    rows = [_measured(name, way) for name, way in WAYS.items()]
    ours = next(row for row in rows if row["way"] == "ours, with pace and retries")
    figures = {name: ours[name] for name in ("cpu_ms_per_call", "wall_over_ideal")}
    record("client", {**figures, "ways": rows}, TARGETS)
    show("ways", rows)


def _measured(name: str, way: Callable[[str], Awaitable[tuple[Ask, Ask]]]) -> dict[str, Any]:
    with serving(Config(latency_s=LATENCY_S)) as server:
        wall, cpu = asyncio.run(_timed(way, server.api_base))
    return {
        "way": name,
        "wall_s": round(wall, 2),
        "wall_over_ideal": round(wall / IDEAL_S, 3),
        "cpu_ms_per_call": round(1000 * cpu / REQUESTS, 3),
    }


async def _timed(way: Callable[[str], Awaitable[tuple[Ask, Ask]]], api_base: str) -> tuple[float, float]:
    ask, close = await way(api_base)
    await asyncio.gather(*(ask() for _ in range(IN_FLIGHT)))  # connections, and the pace, are up
    waiting, wall, cpu = iter(range(REQUESTS)), time.perf_counter(), time.process_time()

    async def worker() -> None:
        for _ in waiting:
            await ask()

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    took = time.perf_counter() - wall, time.process_time() - cpu
    await close()
    return took


def _request(model: str) -> ChatRequest:
    return ChatRequest(model, MESSAGES, temperature=0.7, seed=1)


async def _direct(api_base: str) -> tuple[Ask, Ask]:
    client, request = DirectClient(api_base, "none"), _request("openai/loopback")
    return lambda: client.chat(request), client.close


async def _ours(api_base: str) -> tuple[Ask, Ask]:
    endpoint = Endpoint("loopback", DirectClient(api_base, "none"), IN_FLIGHT, print)
    client, request = Endpoints([endpoint], Patience()), _request("openai/loopback")
    for _ in range(8):
        await asyncio.gather(*(client.chat(request) for _ in range(2 * IN_FLIGHT)))  # it goes faster step by step
    return lambda: client.chat(request), endpoint.close


async def _our_litellm(api_base: str) -> tuple[Ask, Ask]:
    client, request = LiteLLMClient(api_base, "none"), _request("openai/loopback")
    return lambda: client.chat(request), client.close


async def _litellm(api_base: str) -> tuple[Ask, Ask]:
    def ask() -> Awaitable[Any]:
        return litellm.acompletion(model="openai/loopback", messages=MESSAGES, api_base=api_base, api_key="none")

    return ask, LiteLLMClient().close


async def _openai(api_base: str) -> tuple[Ask, Ask]:
    client, messages = openai.AsyncOpenAI(base_url=api_base, api_key="none"), list[Any](MESSAGES)
    return lambda: client.chat.completions.create(model="loopback", messages=messages), client.close


async def _floor(api_base: str) -> tuple[Ask, Ask]:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    body = orjson.dumps({"model": "loopback", "messages": MESSAGES})

    async def ask() -> Any:
        async with session.post(f"{api_base}/chat/completions", data=body) as response:
            return orjson.loads(await response.read())

    return ask, session.close


WAYS = {
    "bare aiohttp": _floor,
    "our direct client": _direct,
    "ours, with pace and retries": _ours,
    "our client over LiteLLM": _our_litellm,
    "litellm.acompletion": _litellm,
    "openai SDK": _openai,
}


if __name__ == "__main__":
    main()
