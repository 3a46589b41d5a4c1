"""each(): every slot once, no more at a time than allowed, none after the money is spent; and the Budget it asks."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkers.sandbox import Interrupted
from tasks.models import Models
from tasks.progress import watcher
from tasks.spec import RunSpec, Shard
from tasks.studio import Budget, Studio, generations_of, open_studio
from tasks.studio import studio as current
from tasks.work import BudgetSpent, Reserve, each, open_journal
from turnwright.errors import BadInput
from turnwright.llm.endpoint import Patience
from turnwright.llm.traffic import Traffic
from warehouse.store import Warehouse

SPENT: list[Any] = [
    pytest.param(None, None, 1e9, 10**9, None, id="no limit"),
    pytest.param(1.0, None, 0.0, 10, None, id="nothing yet"),
    pytest.param(1.0, None, 0.9, 10, None, id="not yet"),
    pytest.param(1.0, None, 1.0, 10, "1.0 USD", id="just spent"),
    pytest.param(0.0, None, 0.0, 0, "0.0 USD", id="no money at all"),
    pytest.param(None, 1000, 5.0, 999, None, id="tokens left"),
    pytest.param(9.0, 1000, 5.0, 1000, "1,000 tokens", id="no tokens left"),
]


@pytest.mark.parametrize(("max_usd", "max_tokens", "usd", "tokens", "said"), SPENT)
def test_budget(max_usd: float | None, max_tokens: int | None, usd: float, tokens: int, said: str | None) -> None:
    reason = Budget(Traffic(usd=usd, tokens=tokens), max_usd, max_tokens).spent()
    assert reason is None if said is None else said in str(reason)


class Work:
    """Does nothing for a slot, at a price; knows what was done, and how many were at it at once."""

    def __init__(self, cost: float = 0.0, broken: int | None = None, interrupted: tuple[int, ...] = ()) -> None:
        self.done: list[int] = []
        self.at_once = self.most = 0
        self._cost, self._broken, self._interrupted = cost, broken, interrupted

    async def __call__(self, slot: int) -> dict[str, Any]:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if slot == self._broken:
            raise RuntimeError(f"slot {slot}")
        if slot in self._interrupted:
            raise Interrupted
        self.done.append(slot)
        current().budget.traffic.usd += self._cost
        return {"calls": [{"tokens_in": 1, "tokens_out": 0, "cost_usd": self._cost, "outcome": "ok"}]}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    run = RunSpec(domains=("shop",), count=10, concurrency=3, max_usd=1.0)
    with open_studio(run, Warehouse.open(tmp_path / "data", create=True)) as opened:
        yield opened


async def do(studio: Studio, work: Work, concurrency: int = 3) -> list[int]:
    """The slots that are in the journal after it was done."""
    run = studio.run.model_copy(update={"concurrency": concurrency})
    shard = Shard(run=run, domain="shop", first=0, last=10)
    with open_journal(shard.name) as journal:
        try:
            await each(shard, journal, "draft", shard.slots, work)
        finally:
            kept = list(journal.stage("draft"))
    return kept


@pytest.mark.parametrize("concurrency", [1, 3, 100])
async def test_every_slot_once_and_not_too_many_at_a_time(studio: Studio, concurrency: int) -> None:
    work = Work()
    assert await do(studio, work, concurrency) == sorted(work.done) == list(range(10))
    assert work.most == min(concurrency, 9), "the first is done alone: there is a budget"


async def test_what_is_in_the_journal_is_not_done_again(studio: Studio) -> None:
    await do(studio, Work())
    again = Work()
    assert await do(studio, again) == list(range(10))
    assert again.done == []


@pytest.mark.parametrize("concurrency", [1, 3, 100])
async def test_no_slot_is_begun_that_the_money_would_not_hold(studio: Studio, concurrency: int) -> None:
    work = Work(cost=0.3)
    with pytest.raises(BudgetSpent, match=r"budget of 1\.0 USD, 0\.90 of it spent, does not hold"):
        await do(studio, work, concurrency)
    assert work.done == [0, 1, 2]
    assert work.most <= 2, "one is done alone to see what it takes; then two are held at once"


async def test_no_slot_is_begun_after_the_money_is_spent(studio: Studio) -> None:
    work = Work(cost=1.5)
    with pytest.raises(BudgetSpent, match=r"budget of 1\.0 USD is spent"):
        await do(studio, work)
    assert work.done == [0]


async def test_what_came_out_of_a_cache_is_no_measure_of_what_comes_next(studio: Studio) -> None:
    reserve = Reserve(studio.budget)
    reserve.learn({"calls": [{"tokens_in": 9, "tokens_out": 0, "cost_usd": 9.0, "outcome": "cached"}]})
    assert reserve.refuses() is None


async def test_money_that_suffices_to_the_last_slot_is_no_error(studio: Studio) -> None:
    assert await do(studio, Work(cost=0.09), concurrency=3) == list(range(10))


async def test_an_error_is_raised_as_it_is_and_what_was_done_is_kept(studio: Studio) -> None:
    with pytest.raises(RuntimeError, match="slot 4"):
        await do(studio, Work(broken=4), concurrency=1)
    rest = Work()
    await do(studio, rest)
    assert rest.done == [4, 5, 6, 7, 8, 9]


async def test_what_was_interrupted_is_left_for_later_and_nothing_else(studio: Studio) -> None:
    run, left = studio.run, Work(interrupted=(2, 5))
    shard = Shard(run=run, domain="shop", first=0, last=10)
    with open_journal(shard.name) as journal:
        assert sorted(await each(shard, journal, "draft", shard.slots, left)) == [2, 5]
        assert await each(shard, journal, "draft", (2, 5), Work()) == []
        assert sorted(journal.stage("draft")) == list(range(10))
    assert sorted(left.done) == [0, 1, 3, 4, 6, 7, 8, 9]


async def test_the_watcher_is_told_of_every_slot(studio: Studio) -> None:
    seen: list[tuple[str, str]] = []
    token = watcher.set(lambda domain, stage: seen.append((domain, stage)))
    try:
        await do(studio, Work())
    finally:
        watcher.reset(token)
    assert seen == [("shop", "draft")] * 10


MODELS = Models(1, Patience(), print)
NO_MODELS = ["teacher", "embedded/other", "embedded/"]


@pytest.mark.parametrize("model", NO_MODELS)
def test_a_model_that_nobody_knows_is_bad_input(model: str) -> None:
    with pytest.raises(BadInput, match="use embedded/teacher, hf:DIR, or a LiteLLM name"):
        MODELS.client(model, None, None)


def test_a_key_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="TURNWRIGHT_NO_SUCH_KEY"):
        MODELS.client("openai/x", None, "TURNWRIGHT_NO_SUCH_KEY")


def test_a_generation_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="shop has no generation 7"):
        generations_of(RunSpec(domains=("shop",), count=1, generations={"shop": 7}), None)
