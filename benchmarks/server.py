"""Server: a loopback provider of OpenAI's protocol in a process of its own; exact in time, limited or hostile at will.

`python -m benchmarks.server CONFIG_JSON` (or `-`: the config is standard input's first line) prints {"port": N} once it
listens on 127.0.0.1, and ends when its standard input does. It remembers no dialogue: a request says where it is.
"""

import asyncio
import json
import random
import socket
import struct
import subprocess
import sys
import urllib.request
from asyncio import Future
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from itertools import count, cycle
from math import inf
from pathlib import Path
from typing import Any, Literal

import orjson
from aiohttp import web
from pydantic import Field, NonNegativeFloat, PositiveInt, field_validator

from turnwright.record import Record

ROOT = Path(__file__).parents[1]
COMPLETION_TOKENS = 20
BACKLOG = 2048
HUGE = 10_000_000
DRIP_S = 0.5
INSTANT_S = 1e-7
"""What is due within this time is due now: an event loop fires its timers a nanosecond early."""

Message = dict[str, Any]
"""OpenAI's `message`, as it stands in `choices`."""


class Phase(Record):
    """Until `calls` requests have been answered in it, `allowed` are worked on at a time; the last phase never ends."""

    calls: int
    allowed: PositiveInt


class Config(Record):
    """What the server says, how fast, and how it behaves when there is too much to do or it is unwell."""

    latency_s: NonNegativeFloat = 0.05
    script: dict[str, list[Message]] = {}
    """Per part its replies; as many assistant messages as a request has, that many replies are behind it."""
    phases: list[Phase] = []
    over: Literal["refuse", "slow"] = "refuse"
    """Above `allowed`: a 429 at once, or all in flight at (allowed / in flight) ** slowness of full speed."""
    slowness: NonNegativeFloat = 1.5
    retry_after: float | None = None
    """The Retry-After of a refusal, if it has one."""
    hostile: float = Field(default=0.0, ge=0, le=1)
    """The share of the requests that are misbehaved to, drawn with `seed` as they arrive."""
    hostile_parts: list[str] = []
    kinds: list[str] = []
    seed: int = 0

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: list[str]) -> list[str]:
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ValueError(f"no such kinds: {unknown}")
        return kinds


@dataclass(frozen=True)
class Server:
    """A server that runs, as its user sees it."""

    api_base: str

    def stats(self) -> dict[str, Any]:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(self.api_base.removesuffix("/v1") + "/stats") as reply:
            return json.load(reply)


@contextmanager
def serving(config: Config) -> Generator[Server, None, None]:
    """Serve for the length of the block, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.server", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(config.model_dump_json().encode() + b"\n")
        process.stdin.flush()
        if not (said := process.stdout.readline()):
            raise RuntimeError("the loopback server did not start")
        yield Server(f"http://127.0.0.1:{json.loads(said)['port']}/v1")


class Processor:
    """Work that proceeds side by side, all at one rate, which falls once more than `allowed` are in flight.

    A virtual clock runs at that rate, so a piece of work is due at a virtual time that never changes.
    """

    def __init__(self, allowed: float, slowness: float) -> None:
        self.in_flight = 0
        self._allowed, self._slowness = allowed, slowness
        self._loop = asyncio.get_running_loop()
        self._rate, self._clock, self._read_at = 1.0, 0.0, self._loop.time()
        self._queue: list[tuple[float, int, Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    def start(self, work_s: float) -> Future[None]:
        """Done after `work_s` at full speed; cancel it when nobody waits for it any more."""
        done: Future[None] = self._loop.create_future()
        done.add_done_callback(self._leave)
        self._read_clock()
        heappush(self._queue, (self._clock + work_s, next(self._numbers), done))
        self.in_flight += 1
        self._set_pace()
        return done

    def allow(self, allowed: float) -> None:
        self._read_clock()
        self._allowed = allowed
        self._set_pace()

    def _leave(self, _: Future[None]) -> None:
        self._read_clock()
        self.in_flight -= 1
        self._set_pace()

    def _read_clock(self) -> None:
        now = self._loop.time()
        self._clock += (now - self._read_at) * self._rate
        self._read_at = now

    def _set_pace(self) -> None:
        crowded = self.in_flight > self._allowed
        self._rate = (self._allowed / self.in_flight) ** self._slowness if crowded else 1.0
        while self._queue and self._queue[0][2].done():
            heappop(self._queue)
        if self._queue:
            self._wake_at(self._read_at + (self._queue[0][0] - self._clock) / self._rate)

    def _wake_at(self, due: float) -> None:
        """A timer that is early is left alone: it looks again."""
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._read_clock()
        while self._queue and self._queue[0][0] <= self._clock + INSTANT_S:
            done = heappop(self._queue)[2]
            if not done.done():
                done.set_result(None)
        self._set_pace()


@dataclass
class Tally:
    """What happened in one phase."""

    allowed: int | None
    answered: int = 0
    refused: int = 0
    most_in_flight: int = 0
    first: float = 0.0
    last: float = 0.0

    def answer(self, asked_at: float, now: float) -> None:
        self.first = self.first if self.answered else asked_at
        self.last = now
        self.answered += 1

    def figures(self) -> dict[str, Any]:
        names = ("allowed", "answered", "refused", "most_in_flight")
        return {**{name: getattr(self, name) for name in names}, "seconds": self.last - self.first}


class Endpoint:
    """Handles every request, and counts."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.script = {part: [opening(reply) for reply in replies] for part, replies in config.script.items()}
        self.tallies = [Tally(phase.allowed) for phase in config.phases] or [Tally(None)]
        self.phase = 0
        self.processor = Processor(self.tallies[0].allowed or inf, config.slowness if config.over == "slow" else 0.0)
        self.calls = 0
        self.hostile: Counter[str] = Counter()
        self.keys: set[str] = set()
        self._kinds = config.kinds or list(KINDS)
        self._random = random.Random(config.seed)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                return await self._complete(request)
            case "GET", "/stats":
                return web.json_response(self.stats())
            case _:
                return error(404, "Not found", "not_found")

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        asked_at, kind, tally = self._arrival(request), self._draw(), self.tallies[self.phase]
        if self.config.over == "refuse" and self.processor.in_flight >= (tally.allowed or inf):
            tally.refused += 1
            return await self._refuse(request)
        done = self.processor.start(self.config.latency_s)
        tally.most_in_flight = max(tally.most_in_flight, self.processor.in_flight)
        try:
            body = await request.content.read()
            asked = Asked(request, orjson.loads(body), len(body))
            await done
        finally:
            done.cancel()
        if kind and (not self.config.hostile_parts or asked.part in self.config.hostile_parts):
            self.hostile[kind] += 1
            return KINDS[kind](asked) or await _gone()
        self._count_answer(asked_at)
        return answer(completion(self._opening(asked), asked.size))

    def _arrival(self, request: web.BaseRequest) -> float:
        self.calls += 1
        if key := request.headers.get("Authorization"):
            self.keys.add(key)
        return asyncio.get_running_loop().time()

    def _draw(self) -> str | None:
        return self._random.choice(self._kinds) if self._random.random() < self.config.hostile else None

    async def _refuse(self, request: web.BaseRequest) -> web.Response:
        await request.content.read()
        wait = self.config.retry_after
        return error(429, "Rate limit reached", "rate_limit_exceeded", None if wait is None else f"{wait:g}")

    def _opening(self, asked: "Asked") -> bytes:
        if not (replies := self.script.get(asked.part)):
            return PLAIN
        return replies[min(asked.turn, len(replies) - 1)]

    def _count_answer(self, asked_at: float) -> None:
        tally = self.tallies[self.phase]
        tally.answer(asked_at, asyncio.get_running_loop().time())
        if self.phase + 1 < len(self.tallies) and tally.answered >= self.config.phases[self.phase].calls:
            self.phase += 1
            self.processor.allow(self.tallies[self.phase].allowed or inf)

    def stats(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "answered": sum(tally.answered for tally in self.tallies),
            "refused": sum(tally.refused for tally in self.tallies),
            "hostile": dict(self.hostile),
            "most_in_flight": max(tally.most_in_flight for tally in self.tallies),
            "phases": [tally.figures() for tally in self.tallies],
            "keys": sorted(self.keys),
        }


async def _gone() -> web.Response:
    """Wait until the client has gone away: aiohttp cancels the handler then."""
    return await asyncio.get_running_loop().create_future()


@dataclass(frozen=True)
class Asked:
    """One request, read to its end."""

    request: web.BaseRequest
    body: dict[str, Any]
    size: int

    @property
    def part(self) -> str:
        """Who is to speak, by the name that a prompt's first line gives."""
        content = self.body["messages"][0].get("content")
        return content.partition("\n")[0].removeprefix("# You are the ") if isinstance(content, str) else ""

    @property
    def turn(self) -> int:
        return sum(message["role"] == "assistant" for message in self.body["messages"])

    @property
    def tool(self) -> dict[str, Any]:
        """The first tool's function."""
        tools = self.body.get("tools")
        return tools[0]["function"] if tools else {"name": "x"}

    @property
    def plain(self) -> bytes:
        return completion(PLAIN, self.size)

    @property
    def transport(self) -> asyncio.Transport:
        assert isinstance(self.request.transport, asyncio.Transport)
        return self.request.transport

    def raw(self, body: bytes, length: int) -> asyncio.Transport:
        """Head and `body` put on the wire behind aiohttp's back, with `length` as the announced Content-Length."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        self.transport.write(head.encode() + body)
        return self.transport


def opening(message: Message) -> bytes:
    """A completion up to its usage, which is the only thing that differs between two requests."""
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "loopback", "choices": [choice]}
    return orjson.dumps(head)[:-1]


def completion(opening: bytes, size: int) -> bytes:
    """The whole completion, for a request of `size` bytes."""
    prompt = size // 4
    usage = (prompt, COMPLETION_TOKENS, prompt + COMPLETION_TOKENS)
    return opening + b',"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}' % usage


def answer(body: bytes, status: int = 200, kind: str = "application/json") -> web.Response:
    return web.Response(body=body, status=status, content_type=kind)


def error(status: int, message: str, code: str, retry_after: str | None = None) -> web.Response:
    body = orjson.dumps({"error": {"message": message, "type": "requests", "code": code}})
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def says(content: str | None, *calls: Message) -> Message:
    return {"role": "assistant", "content": content, **({"tool_calls": calls} if calls else {})}


def call(tool: str, arguments: str = "{}", number: int = 0) -> Message:
    return {"id": f"call_{number}", "type": "function", "function": {"name": tool, "arguments": arguments}}


PLAIN = opening(says("ok"))


def spoken(asked: Asked, message: Message) -> web.Response:
    return answer(completion(opening(message), asked.size))


def wrong_arguments(asked: Asked) -> web.Response:
    names = [*asked.tool.get("parameters", {}).get("properties", {}), "no_such_argument"]
    arguments = {name: [{"no_such_key": None}] for name in names}
    return spoken(asked, says(None, call(asked.tool["name"], json.dumps(arguments))))


@cache
def huge() -> bytes:
    return opening(says("x" * HUGE))


def reset(asked: Asked) -> None:
    """Without lingering, what aborts the transport sends RST instead of FIN."""
    transport = asked.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def drip(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.write(b" ")
        asyncio.get_running_loop().call_later(DRIP_S, drip, transport)


SHAPES = cycle((b'{"choices":[]}', b'{"result":1}', b'{"choices":[{"index":0,"message":null}]}'))
BAD_GATEWAY = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

Kind = Callable[[Asked], web.Response | None]
"""Misbehaves to a request; without a response, what it had to say is on the wire, or nothing is said at all."""
KINDS: dict[str, Kind] = {
    "empty": lambda asked: answer(b""),
    "garbage": lambda asked: answer(random.Random(asked.size).randbytes(512)),
    "html": lambda asked: answer(BAD_GATEWAY, kind="text/html"),
    "truncated": lambda asked: answer(asked.plain[: len(asked.plain) // 2]),
    "schema": lambda asked: answer(next(SHAPES)),
    "unknown_tool": lambda asked: spoken(asked, says(None, call("no_such_tool"))),
    "not_json_arguments": lambda asked: spoken(asked, says(None, call(asked.tool["name"], "{'a': "))),
    "wrong_arguments": wrong_arguments,
    "huge": lambda asked: answer(completion(huge(), asked.size)),
    "too_many_requests": lambda asked: error(429, "Rate limit reached", "rate_limit_exceeded", retry_after="0"),
    "server_error": lambda asked: error(500, "The server had an error", "server_error"),
    "overloaded": lambda asked: error(503, "The engine is currently overloaded", "overloaded"),
    "hang": lambda asked: None,
    "reset": reset,
    "drip": lambda asked: drip(asked.raw(b"", length=HUGE)),
    "content_length": lambda asked: asked.raw(asked.plain, length=2 * len(asked.plain)).close(),
    "utf8": lambda asked: answer(asked.plain.replace(b'"ok"', b'"ok \xff\xfe\xc3("')),
    "half_emoji": lambda asked: answer(asked.plain.replace(b'"ok"', rb'"ok \ud83d"')),
    "text_and_call": lambda asked: spoken(asked, says("Let me look that up.", call(asked.tool["name"]))),
    "many_calls": lambda asked: spoken(asked, says(None, *(call(asked.tool["name"], number=n) for n in range(200)))),
    "null_content": lambda asked: spoken(asked, says(None)),
}


async def serve(config: Config) -> None:
    """Serve until standard input ends."""
    endpoint = web.Server(Endpoint(config), handler_cancellation=True, access_log=None)
    listening = await asyncio.get_running_loop().create_server(endpoint, "127.0.0.1", 0, backlog=BACKLOG)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    listening.close()


def main() -> None:
    given = sys.stdin.buffer.readline() if sys.argv[1] == "-" else sys.argv[1]
    asyncio.run(serve(Config.model_validate_json(given)))


if __name__ == "__main__":
    main()
