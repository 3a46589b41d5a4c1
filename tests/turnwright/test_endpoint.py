"""Endpoints: asked again where that helps, spread over servers, paused when one is down; and nobody waits for ever."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwright.llm.chat import ChatReply, ChatRequest, said
from turnwright.llm.endpoint import Breaker, Endpoint, Endpoints, Outage, Patience
from turnwright.llm.trouble import ProviderFailure, Trouble

REQUEST = ChatRequest("openai/x", [said("user", "Hello?")])
AT_ONCE = Patience(attempts=4, backoff_s=0.001, longest_backoff_s=0.002)
Behaves = Callable[[int], ProviderFailure | None]


@dataclass
class Provider:
    """Does at the n-th request what it is told: nothing is an answer."""

    behaves: Behaves = lambda number: None
    seconds: float = 0.0
    asked: int = 0
    at_once: int = 0
    most: int = 0
    closed: list[bool] = field(default_factory=list)

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        number, self.at_once = self.asked, self.at_once + 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        if failure := self.behaves(number):
            raise failure
        return ChatReply(str(number))

    async def close(self) -> None:
        self.closed.append(True)


def endpoints(*providers: Provider, patience: Patience = AT_ONCE, most: int = 64) -> tuple[Endpoints, list[str]]:
    lines: list[str] = []
    made = [Endpoint(f"server {n}", provider, most, lines.append) for n, provider in enumerate(providers)]
    return Endpoints(made, patience), lines


def failing(trouble: Trouble, times: int) -> Behaves:
    return lambda number: ProviderFailure(trouble, f"{trouble} {number}") if number <= times else None


@pytest.mark.parametrize("trouble", [Trouble.BUSY, Trouble.SLOW, Trouble.BROKEN])
async def test_what_may_pass_is_asked_again(trouble: Trouble) -> None:
    provider = Provider(failing(trouble, 3))
    reply = await endpoints(provider)[0].chat(REQUEST)
    assert (reply.content, reply.attempts, provider.asked) == ("4", 4, 4)


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.CONTEXT])
async def test_what_will_not_pass_is_not_asked_again(trouble: Trouble) -> None:
    provider = Provider(failing(trouble, 9))
    with pytest.raises(ProviderFailure) as failed:
        await endpoints(provider)[0].chat(REQUEST)
    assert (failed.value.trouble, failed.value.attempts, provider.asked) == (trouble, 1, 1)


async def test_attempts_end() -> None:
    provider = Provider(failing(Trouble.BROKEN, 99))
    with pytest.raises(ProviderFailure, match="broken 4") as failed:
        await endpoints(provider)[0].chat(REQUEST)
    assert (failed.value.attempts, provider.asked) == (4, 4)


async def test_a_request_without_reply_ends_at_its_deadline() -> None:
    provider = Provider(seconds=30)
    patience = Patience(attempts=2, call_s=0.02, backoff_s=0.001)
    with pytest.raises(ProviderFailure, match=r"gave no reply within 0\.02 s") as failed:
        await endpoints(provider, patience=patience)[0].chat(REQUEST)
    assert (failed.value.trouble, provider.asked) == (Trouble.SLOW, 2)


@given(attempt=st.integers(1, 40), asked=st.one_of(st.none(), st.floats(0, 1e6)))
def test_a_pause_is_what_the_server_wants_and_never_endless(attempt: int, asked: float | None) -> None:
    pause = Patience().pause(attempt, asked)
    assert min(asked or 0, 300) <= pause <= max(30, min(asked or 0, 300))
    assert pause >= min(0.25 * 2 ** (attempt - 1), 15)


async def test_several_servers_share_the_load_and_the_slower_gets_less() -> None:
    quick, slow = Provider(seconds=0.002), Provider(seconds=0.02)
    client, _ = endpoints(quick, slow, most=4)
    gate = asyncio.Semaphore(6)

    async def ask() -> None:
        async with gate:
            await client.chat(REQUEST)

    await asyncio.gather(*(ask() for _ in range(200)))
    assert quick.asked + slow.asked == 200
    assert quick.asked > 2 * slow.asked > 0
    assert max(quick.most, slow.most) <= 4


async def test_a_server_that_is_down_leaves_the_work_to_the_other() -> None:
    down, sound = Provider(failing(Trouble.BROKEN, 10**9)), Provider(seconds=0.001)
    client, lines = endpoints(down, sound, patience=Patience(attempts=30, backoff_s=0.001, longest_backoff_s=0.002))
    replies = await asyncio.gather(*(client.chat(REQUEST) for _ in range(300)))
    assert len(replies) == sound.asked == 300
    assert len(lines) == 1
    assert lines[0].startswith("server 0 is left alone for 1 s, it only fails: broken")


async def test_a_cancelled_wait_takes_nobodys_place() -> None:
    provider = Provider(seconds=0.01)
    client, _ = endpoints(provider, most=1)
    tasks = [asyncio.create_task(client.chat(REQUEST)) for _ in range(40)]
    await asyncio.sleep(0.005)
    for task in tasks[1::2]:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(end, ChatReply) for end in ended] == [True, False] * 20
    assert (await client.chat(REQUEST)).content
    assert provider.most == 1


async def test_an_outage_stops_the_run_and_says_why() -> None:
    patience = Patience(attempts=10**6, backoff_s=0.001, longest_backoff_s=0.002, outage_s=0.05)
    client, _ = endpoints(Provider(failing(Trouble.BUSY, 10**9)), patience=patience)
    with pytest.raises(Outage, match=r"nothing was to be had from server 0 for \d+ s: busy \d+"):
        await client.chat(REQUEST)


async def test_closing_closes() -> None:
    provider = Provider()
    await Endpoint("x", provider, 1, print).close()
    assert provider.closed


def test_a_breaker_opens_lets_one_through_and_closes() -> None:
    breaker = Breaker()
    breaker.answered(in_flight=3)
    pauses = [breaker.failed(now=0.0) for _ in range(23)]
    assert pauses == [None] * 22 + [1.0]
    assert [breaker.allowed(now) for now in (0.5, 1.5)] == [0, 1]
    assert breaker.failed(now=1.5) == 2.0
    assert [breaker.allowed(now) for now in (2.0, 4.0)] == [0, 1]
    assert breaker.down_since == 0.0
    breaker.answered(in_flight=1)
    assert breaker.allowed(4.0) > 10**6
    assert breaker.down_since is None


async def test_what_was_in_flight_when_a_server_restarts_is_one_failure() -> None:
    in_flight = 0

    def restarts(number: int) -> ProviderFailure | None:
        nonlocal in_flight
        if number == 100:
            in_flight = provider.asked
        return ProviderFailure(Trouble.BROKEN, "reset") if 100 < number <= in_flight else None

    provider = Provider(restarts, seconds=0.001)
    client, lines = endpoints(provider)
    await asyncio.gather(*(client.chat(REQUEST) for _ in range(400)))
    assert in_flight > 110
    assert lines == []


@given(st.data())
def test_every_call_ends_whatever_the_servers_do(data: st.DataObject) -> None:
    troubles = data.draw(st.lists(st.one_of(st.none(), st.sampled_from([*Trouble])), min_size=1, max_size=40))

    def behaves(number: int) -> ProviderFailure | None:
        trouble = troubles[number % len(troubles)]
        return ProviderFailure(trouble, "x") if trouble else None

    async def go() -> list[ChatReply | BaseException]:
        patience = Patience(attempts=3, backoff_s=1e-4, longest_backoff_s=1e-4, outage_s=1e-3)
        client, _ = endpoints(Provider(behaves), Provider(behaves), patience=patience, most=4)
        async with asyncio.timeout(30):
            return await asyncio.gather(*(client.chat(REQUEST) for _ in range(12)), return_exceptions=True)

    ends = asyncio.run(go())
    assert all(isinstance(end, ChatReply | ProviderFailure | Outage) for end in ends)
