"""Pace: a server in virtual time that refuses, or slows down; the limit finds what it can take, and follows it."""

import heapq
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwright.llm.pace import Pace, Refusals

LATENCY_S = 0.1


@dataclass
class Served:
    """Requests at a server that can take `capacity` at a time, always as many as the pace allows."""

    capacity: int
    slowness: float | None
    """How much it slows down beyond its capacity; None for one that refuses."""
    pace: Pace
    now: float = 0.0
    done: int = 0
    refused: int = 0
    _work: float = 0.0
    _running: list[tuple[float, int, float, int]] = field(default_factory=list)
    _number: int = 0

    def rate(self) -> float:
        crowd = len(self._running)
        return 1.0 if self.slowness is None or crowd <= self.capacity else (self.capacity / crowd) ** self.slowness

    def fill(self) -> None:
        while self.pace.in_flight < self.pace.limit:
            epoch = self.pace.begin()
            if self.slowness is None and len(self._running) >= self.capacity:
                self.pace.refused()
                self.refused += 1
                return
            self._number += 1
            heapq.heappush(self._running, (self._work + LATENCY_S, self._number, self.now, epoch))

    def serve(self, requests: int) -> float:
        """Answer so many; gives the share of the capacity that was used."""
        began = self.now
        for _ in range(requests):
            self.fill()
            due = self._running[0][0]
            self.now += max(0.0, due - self._work) / self.rate()
            self._work = max(self._work, due)
            _, _, started, epoch = heapq.heappop(self._running)
            self.pace.answered(epoch, self.now - started)
        self.done += requests
        return requests / (self.now - began) / (self.capacity / LATENCY_S)


@pytest.mark.parametrize("slowness", [None, 1.0, 1.5, 2.0], ids=["refuses", "slows", "thrashes", "thrashes badly"])
def test_the_limit_follows_what_a_server_can_take(slowness: float | None) -> None:
    served = Served(40, slowness, Pace(256))
    shares = [served.serve(20_000)]
    for capacity, requests in ((10, 5_000), (80, 25_000)):
        served.capacity = capacity
        shares.append(served.serve(requests))
    assert min(shares) > 0.8
    assert served.refused < 0.02 * 50_000


@pytest.mark.parametrize("most", [1, 2, 8, 64, 512])
def test_a_server_that_can_take_everything_gets_everything(most: int) -> None:
    served = Served(10**9, 1.0, Pace(most))
    served.serve(40 * most)
    assert served.pace.limit == most
    served.serve(100 * most)
    assert served.pace.limit == most


def test_a_refusal_lowers_the_limit_below_what_was_in_flight_and_it_rises_again_slowly() -> None:
    refusals = Refusals()
    refusals.refused(39)
    assert refusals.limit == pytest.approx(36)
    limits = []
    while refusals.limit < 41:
        refusals.answered()
        limits.append(refusals.limit)
    assert limits == sorted(limits)
    near = [limit for limit in limits if 39 < limit < 41]
    assert len(near) > len(limits) / 2  # most of the time just below and above what was the most


@given(st.lists(st.sampled_from(["answer", "refuse", "fail"]), max_size=300), st.integers(1, 64), st.integers(0, 99))
def test_whatever_happens_there_is_a_place_and_never_too_many(ends: list[str], most: int, seed: int) -> None:
    pace, dice, begun = Pace(most), random.Random(seed), list[int]()
    for end in ends:
        while pace.in_flight < pace.limit:
            begun.append(pace.begin())
        epoch = begun.pop(dice.randrange(len(begun)))
        if end == "answer":
            pace.answered(epoch, dice.uniform(0, 2))
        else:
            (pace.refused if end == "refuse" else pace.failed)()
        assert 1 <= pace.limit <= most
        assert pace.in_flight == len(begun)
