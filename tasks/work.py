"""Work: doing what a shard's journal lacks, so many slots at once as the run allows, within its budget."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checkers.sandbox import Interrupted
from tasks.progress import announce
from tasks.spec import RunSpec, Shard
from tasks.studio import Budget, studio
from turnwright.errors import RunStopped
from turnwright.llm.role import Ledger
from turnwright.record import derive_seed
from warehouse.held import Held, held
from warehouse.journal import Journal
from warehouse.manifest import Manifest

Entry = dict[str, Any]
"""What one slot came to at one stage, as the journal keeps it, with the `calls` made for it."""


class BudgetSpent(RunStopped):
    """The run has cost what it may cost."""


@dataclass
class Reserve:
    """What is kept back of the budget for the work that is begun: as much for each as the dearest so far took.

    Until it is known what a piece of work takes, one is done alone.
    """

    budget: Budget
    at_work: int = 0
    known: bool = False
    tokens: int = 0
    usd: float = 0.0

    def refuses(self) -> str | None:
        """Why no more is to be begun now, or None."""
        if reason := self.budget.spent():
            return reason
        if self.budget.is_limited and not self.known and self.at_work:
            return "nobody knows yet what it takes"
        return self.budget.too_small(self.at_work + 1, self.tokens, self.usd)

    def learn(self, done: Entry) -> None:
        calls = [call for call in done["calls"] if call["outcome"] != "cached"]
        self.tokens = max(self.tokens, sum(call["tokens_in"] + call["tokens_out"] for call in calls))
        self.usd = max(self.usd, sum(call["cost_usd"] or 0.0 for call in calls))
        self.known = True


async def each(
    shard: Shard,
    journal: Journal,
    stage: str,
    slots: Iterable[int],
    work: Callable[[int], Awaitable[Entry]],
    again: Container[int] = (),
) -> list[int]:
    """Do the slots that the journal lacks, and those that are to be done `again`; none is begun before another is done,
    so memory stays flat, and none that the budget would not hold beside those at work.

    Returns:
        The slots that are still to be done, because their checker was interrupted.

    Raises:
        WarehouseError: if the journal cannot be written.
        BudgetSpent: once the run's budget holds no more and what was begun is done.
        RunStopped: if nothing can be done any more.
    """
    missing = [slot for slot in slots if slot in again or not journal.has(stage, slot)]
    reserve, left_out, interrupted = Reserve(studio().budget), list[int](), list[int]()

    async def worker(waiting: Iterator[int]) -> None:
        for slot in waiting:
            if reserve.refuses():
                left_out.append(slot)
                continue
            reserve.at_work += 1
            try:
                done = await work(slot)
            except Interrupted:
                interrupted.append(slot)
                continue
            finally:
                reserve.at_work -= 1
            reserve.learn(done)
            await journal.write(stage, slot, done)
            announce(shard.domain, stage)

    while missing:
        if reason := reserve.refuses():
            raise BudgetSpent(reason)
        waiting = iter(missing)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(shard.run.concurrency, len(missing))):
                    group.create_task(worker(waiting))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        missing, left_out = left_out, list[int]()
    return interrupted


def stop_if_spent() -> None:
    """Go no further once the run's budget is spent.

    Raises:
        BudgetSpent: if it is.
    """
    if reason := studio().budget.spent():
        raise BudgetSpent(reason)


def entry(ledger: Ledger, **content: Any) -> Entry:
    """An entry with this content, its calls and its time."""
    return {**content, "calls": [call.model_dump() for call in ledger.calls], "at": datetime.now(UTC).isoformat()}


def seed_of(run: RunSpec, domain: str, slot: int, what: str) -> int:
    """The seed of one piece of work: it depends on the slot, never on who is at work beside it."""
    return derive_seed(run.seed, domain, slot, what)


def open_journal(name: str) -> Journal:
    """The journal of a shard, or of a domain's plans."""
    return Journal(studio().warehouse.journal / f"{name}.jsonl")


def begun(run: RunSpec) -> list[str]:
    """The names of the shards of a run that were begun, published or held before."""
    warehouse = studio().warehouse
    journals = {file.stem for file in warehouse.journal.glob(f"{run.run_id}-*.jsonl")}
    published = Manifest(warehouse).names(f"{run.run_id}-")
    return sorted({*journals, *published, *(shard.name for shard in kept_out(run))})


def kept_out(run: RunSpec) -> list[Held]:
    """The shards of a run that are held."""
    return held(studio().warehouse, f"{run.run_id}-")


def forget(shard: Shard) -> None:
    """Remove the journal of a published shard: the manifest has it all now."""
    (studio().warehouse.journal / f"{shard.name}.jsonl").unlink(missing_ok=True)
