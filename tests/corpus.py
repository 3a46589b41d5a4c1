"""Corpus: a small one of the embedded teacher, as `turnwright generate` makes it, without an orchestrator."""

from pathlib import Path

from tasks.chain import plan
from tasks.planning import forget_run
from tasks.publishing import publish_shard, record_run
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from tasks.work import begun
from warehouse.store import Warehouse


async def generated(folder: Path) -> Warehouse:
    """60 slots over all domains."""
    warehouse = Warehouse.open(folder, create=True)
    run = RunSpec(domains=("shop", "flights", "mobile"), count=60, seed=1, plans=20)
    with open_studio(run, warehouse) as studio:
        record_run(run, "running", None, None)
        for domain in run.domains:
            await plan.fn(run, domain)
            for shard in shards(run, domain, begun(run)):
                for stage in STAGES:
                    await run_stage(stage, shard)
                publish_shard(shard)
        await studio.models.close()
        forget_run(run)
    return warehouse
