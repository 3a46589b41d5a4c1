"""Publishing: a journal becomes part of the warehouse, all or none; what was published before stays as it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tasks.generations import record_first
from tasks.planning import plans_name
from tasks.progress import say
from tasks.rows import Slot, plan_rows, shard_rows, slots_of
from tasks.spec import RunSpec, Shard
from tasks.stages import verdict_of_checker
from tasks.studio import studio
from tasks.work import forget, open_journal
from warehouse.catalog import Catalog
from warehouse.held import Held, hold, let_in, release, staged
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.store import Warehouse

HELD = "turnwright.shard.held"
"""The event that says that a shard was not as expected."""
_UNFINISHED = "unfinished"


def publish_plans(run: RunSpec, domain: str) -> None:
    """Publish a domain's plans; their journal stays until the run is finished, for the slots are made from it.

    Raises:
        WarehouseError: if they cannot be written.
    """
    name = plans_name(run, domain)
    with open_journal(name) as journal:
        publish(studio().warehouse, name, run.run_id, domain, plan_rows(journal))


def publish_shard(shard: Shard) -> Held | None:
    """Publish what became of a shard's slots, or hold it if it is not as expected; then forget its journal.

    Returns:
        Why it is held, if it is.

    Raises:
        WarehouseError: if it cannot be written; the journal is kept.
    """
    with open_journal(shard.name) as journal:
        held = _publish(shard, shard.name, slots_of(shard, journal))
    forget(shard)
    return held


async def publish_unfinished(shard: Shard) -> None:
    """Publish what a shard has come to that goes no further now, if it is as expected; the whole supersedes it.

    A dialogue that was played and not verified counts by its checker's word, without a second opinion.

    Raises:
        WarehouseError: if it cannot be written; the journal is kept in any case.
    """
    with open_journal(shard.name) as journal:
        slots = slots_of(shard, journal)
        for number, slot in slots.items():
            if "play" in slot and "verify" not in slot:
                slot["verify"] = await verdict_of_checker(shard, journal, number)
    _publish(shard, unfinished_name(studio().warehouse, shard.name), slots, provisional=True)


def _publish(shard: Shard, name: str, slots: Mapping[int, Slot], provisional: bool = False) -> Held | None:
    """Let the rows in if they are as expected; hold them if not, unless they come again with the whole shard."""
    # Great Expectations takes seconds to import, and what is run again is often published already.
    from tasks.quality import examined  # noqa: PLC0415

    at, rows = studio(), shard_rows(shard.run, slots)
    with staged(at.warehouse, name, shard.run.run_id, shard.domain, rows, provisional) as stage:
        with Catalog(stage) as catalog:
            found = examined(catalog, [at.domains[shard.domain]], f"Quality of {name}")
        if not found.failed:
            let_in(at.warehouse, stage, _earlier(at.warehouse, shard.name))
        elif not provisional:
            return hold(at.warehouse, stage, shard.domain, found.failed, found.page)
        else:
            say(f"what is finished of {shard.name} is not published yet: {found.failed[0]}")
    return None


def release_shard(warehouse: Warehouse, name: str) -> None:
    """Publish a shard that is held, whatever is expected of it.

    Raises:
        BadInput: if none of this name is held.
        WarehouseError: if it cannot be written.
    """
    release(warehouse, name, _earlier(warehouse, name))


def unfinished_name(warehouse: Warehouse, shard: str) -> str:
    """A name for what a shard has come to, above all that were used: a compaction may have removed the lower ones."""
    numbers = [int(name.rpartition("-")[2]) for name in _earlier(warehouse, shard)]
    return f"{shard}-{_UNFINISHED}-{max(numbers, default=0) + 1}"


def _earlier(warehouse: Warehouse, name: str) -> list[str]:
    """The commits that a shard supersedes: what was published of it before it was finished."""
    return Manifest(warehouse).names(f"{name}-{_UNFINISHED}")


def record_run(run: RunSpec, state: str, started_at: datetime, reason: str | None) -> None:
    """Publish the run's rows in this state, and generation 0 if the warehouse has not seen it."""
    warehouse, now = studio().warehouse, datetime.now(UTC)
    for domain in run.domains:
        record_first(warehouse, domain)
        row: dict[str, Any] = {
            "kind": "generate",
            "generation": run.generation(domain),
            "seed": run.seed,
            "count": run.slots(domain),
            "plans": run.plans,
            "model": run.model_of("assistant"),
            "user_model": run.model_of("user"),
            "started_at": started_at,
            "finished_at": None if state == "running" else now,
            "state": state,
            "reason": reason,
            "recorded_at": now,
        }
        name = f"{run.run_id}-{domain}-{state}-{now:%Y%m%dT%H%M%S%f}"
        publish(warehouse, name, run.run_id, domain, {"runs": [row]})
