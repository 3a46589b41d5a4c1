"""Chain: the Prefect tasks of a run, named as the chain that one sees in the UI. Each wraps one call into our work.

What a shard has done is in its journal and in the manifest; Prefect's persisted results only let a retried flow run
skip the tasks that completed. So a task run may be repeated at any time.
"""

from prefect import task
from prefect.cache_policies import DEFAULT, NO_CACHE

from tasks.marking import Marked, mark
from tasks.planning import plans_name, write_plans
from tasks.publishing import publish_plans, publish_shard, publish_unfinished
from tasks.spec import RunSpec, Shard
from tasks.stages import run_stage
from tasks.studio import studio
from turnwright.errors import RunStopped
from warehouse.held import Held, is_held
from warehouse.manifest import Manifest

CHAIN = {
    "dialogue-writer": "draft",
    "tool-executor": "execute",
    "checker-writer": "checker",
    "play": "play",
    "verify": "verify",
}
"""{task: stage}: what becomes of a shard after the planner, in order; then it is published."""


@task(name="planner", persist_result=True, cache_policy=DEFAULT)
async def plan(run: RunSpec, domain: str) -> None:
    """Write the domain's plan pairs and publish them."""
    if not Manifest(studio().warehouse).committed(plans_name(run, domain)):
        with studio().clock.running():
            await write_plans(run, domain)
            publish_plans(run, domain)


@task(persist_result=True, cache_policy=DEFAULT)
async def _step(stage: str, shard: Shard) -> None:
    with studio().clock.running():
        await run_stage(stage, shard)


@task(name="publish", persist_result=True, cache_policy=DEFAULT)
async def _publish(shard: Shard) -> Held | None:
    with studio().clock.running():
        return publish_shard(shard)


async def run_shard(shard: Shard) -> Held | None:
    """All that becomes of a shard; one that was published or held before is left alone.

    Returns:
        Why it is held, if it is since now.

    Raises:
        RunStopped: if it cannot go on; what is finished of it is published.
    """
    at = studio().warehouse
    if not Manifest(at).committed(shard.name) and not is_held(at, shard.name):
        try:
            for name, stage in CHAIN.items():
                await _step.with_options(name=name)(stage, shard)
        except RunStopped:
            await publish_unfinished(shard)
            raise
        return await _publish(shard)
    return None


@task(name="mark", persist_result=False, cache_policy=NO_CACHE)
async def mark_new() -> Marked:
    """Mark the duplicates among all that is not marked yet, and what is too like the held-out test sets."""
    with studio().clock.running():
        return mark(studio().warehouse)
