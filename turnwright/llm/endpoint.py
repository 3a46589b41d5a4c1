"""Endpoint: one server under its pace, and paused while it answers nobody. Endpoints: those that serve one model.

Whoever wants to ask waits here for a place, first come first served; a request that failed waits outside, so that it
takes nobody's place.
"""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol

from turnwright.errors import RunStopped
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest
from turnwright.llm.pace import Pace
from turnwright.llm.trouble import TRANSIENT, ProviderFailure, Trouble

Say = Callable[[str], None]
"""Told a line that whoever watches should read."""

_IN_A_ROW = 20
"""Failures after which a server is taken to be down, beside those that were in flight when it last answered."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_RETRY_AFTER_S = 300.0


class Outage(RunStopped):
    """No server of a model answered for longer than anybody wants to wait."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a server is asked before a call counts as failed."""

    attempts: int = 6
    """Requests for one call."""
    call_s: float = 300.0
    """Until one request counts as lost."""
    outage_s: float = 600.0
    """For which all servers of a model may be down before the run stops."""
    backoff_s: float = 0.5
    """Before the second attempt; doubled for each further one, and spread at random so that not all come at once."""
    longest_backoff_s: float = 30.0

    def pause(self, attempt: int, retry_after_s: float | None) -> float:
        """Seconds to wait after the attempt of this number, at least what the server asked for."""
        longest = min(self.backoff_s * 2 ** (attempt - 1), self.longest_backoff_s)
        return max(random.uniform(longest / 2, longest), min(retry_after_s or 0.0, _LONGEST_RETRY_AFTER_S))


class Breaker:
    """Pauses a server after many failures in a row; then one request at a time finds out whether it is back."""

    def __init__(self) -> None:
        self.down_since: float | None = None
        self.open_until = 0.0
        self._failures = 0
        self._enough = _IN_A_ROW
        self._pause = _FIRST_PAUSE_S

    def allowed(self, now: float) -> float:
        """How many requests there may be at a time."""
        if self._failures < self._enough:
            return math.inf
        return 0 if now < self.open_until else 1

    def answered(self, in_flight: int) -> None:
        """The server is alive. What is in flight beside may fail all at once, and be one failure."""
        self._failures, self._pause, self.down_since = 0, _FIRST_PAUSE_S, None
        self._enough = _IN_A_ROW + in_flight

    def failed(self, now: float) -> float | None:
        """One more request came to nothing; gives the seconds of the pause that begins with it, if one does."""
        self._failures += 1
        self.down_since = now if self.down_since is None else self.down_since
        if self._failures < self._enough or now < self.open_until:
            return None
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE_S)
        self.open_until = now + pause
        return pause


class Client(ChatClient, Protocol):
    """A way to one server, with connections that want to be closed."""

    async def close(self) -> None: ...


class Place(NamedTuple):
    """One request's right to be asked now."""

    endpoint: "Endpoint"
    epoch: int


class Endpoint:
    """One server: its client, its pace, its breaker, and those who wait for a place."""

    def __init__(self, name: str, client: Client, most: int, say: Say) -> None:
        """`most` is how many requests there can ever be at a time; `say` is told in a line when it is paused."""
        self.name = name
        self.client = client
        self.pace = Pace(most)
        self.breaker = Breaker()
        self._waiting: deque[asyncio.Future[Place]] = deque()
        self._say = say

    @property
    def load(self) -> float:
        """The share of its places that is taken or waited for; 1 or more where there is none."""
        allowed = min(self.pace.limit, self.breaker.allowed(time.monotonic()))
        return (self.pace.in_flight + len(self._waiting)) / allowed if allowed else math.inf

    def take(self) -> Place:
        """Take a place; it is free again after `ask` or `give_back`."""
        return Place(self, self.pace.begin())

    def give_back(self) -> None:
        """Whoever took the place does not ask."""
        self.pace.failed()
        self._admit()

    def queue(self, place: "asyncio.Future[Place]") -> None:
        """Give it the next place that becomes free, after all who came before."""
        self._waiting.append(place)
        self._admit()

    def _admit(self) -> None:
        allowed = min(self.pace.limit, self.breaker.allowed(time.monotonic()))
        while self._waiting and self.pace.in_flight < allowed:
            place = self._waiting.popleft()
            if not place.done():  # it may have been given a place elsewhere, or have gone
                place.set_result(self.take())

    async def ask(self, request: ChatRequest, place: Place, call_s: float) -> ChatReply:
        """Ask it once, at the place that was taken.

        Raises:
            ProviderFailure: if no reply came.
        """
        began, end = time.monotonic(), self.pace.failed
        try:
            async with asyncio.timeout(call_s):
                reply = await self.client.chat(request)
            latency = time.monotonic() - began
            end = partial(self._answered, place.epoch, latency)
            return replace(reply, latency_s=latency)
        except TimeoutError:
            failure = ProviderFailure(Trouble.SLOW, f"{self.name} gave no reply within {call_s:g} s")
            end = partial(self._failed, failure, place.epoch, call_s)
            raise failure from None
        except ProviderFailure as failure:
            end = partial(self._failed, failure, place.epoch, time.monotonic() - began)
            raise
        finally:
            end()
            self._admit()

    async def close(self) -> None:
        """Close its connections."""
        await self.client.close()

    def _answered(self, epoch: int, latency_s: float) -> None:
        self.pace.answered(epoch, latency_s)
        self.breaker.answered(self.pace.in_flight)

    def _failed(self, failure: ProviderFailure, epoch: int, latency_s: float) -> None:
        match failure.trouble:
            case Trouble.BUSY:
                self.pace.refused()
            case Trouble.SLOW:
                self.pace.answered(epoch, latency_s)
            case _:
                self.pace.failed()
        if failure.trouble is Trouble.CONTEXT:
            return self.breaker.answered(self.pace.in_flight)
        pause = self.breaker.failed(time.monotonic())
        if pause is not None:
            self._say(f"{self.name} is left alone for {pause:g} s, it only fails: {failure.reason}")
            asyncio.get_running_loop().call_later(pause, self._admit)
        return None


class Endpoints:
    """A model behind one server or several that serve it alike: the least loaded is asked, and asked again."""

    def __init__(self, endpoints: Sequence[Endpoint], patience: Patience) -> None:
        self._endpoints = endpoints
        self._patience = patience

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Ask until there is a reply.

        Raises:
            ProviderFailure: if what went wrong is not worth another attempt, or there were as many as allowed.
            Outage: if no server of the model has answered for too long.
        """
        attempt = 0
        while True:
            attempt += 1
            place = await self._place()
            try:
                reply = await place.endpoint.ask(request, place, self._patience.call_s)
                return reply if attempt == 1 else replace(reply, attempts=attempt)
            except ProviderFailure as failure:
                failure.attempts = attempt
                self._stop_if_all_are_down(failure)
                if failure.trouble not in TRANSIENT or attempt >= self._patience.attempts:
                    raise
                wait_s = self._patience.pause(attempt, failure.retry_after_s)
            await asyncio.sleep(wait_s)

    async def _place(self) -> Place:
        best = min(self._endpoints, key=lambda endpoint: endpoint.load)
        if best.load < 1:
            return best.take()
        place: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        for endpoint in self._endpoints:
            endpoint.queue(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                place.result().endpoint.give_back()
            raise

    def _stop_if_all_are_down(self, failure: ProviderFailure) -> None:
        now = time.monotonic()
        down = [now - since for endpoint in self._endpoints if (since := endpoint.breaker.down_since) is not None]
        if len(down) == len(self._endpoints) and min(down) > self._patience.outage_s:
            names = ", ".join(endpoint.name for endpoint in self._endpoints)
            raise Outage(f"nothing was to be had from {names} for {min(down):.0f} s: {failure.reason}") from None
