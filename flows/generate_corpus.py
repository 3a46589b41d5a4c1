"""Generate a corpus: plans, then shard by shard scenarios, checkers, dialogues and verdicts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.events import emit_event

from tasks.artifacts import Reporter
from tasks.chain import mark_new, plan, run_shard
from tasks.generations import chosen
from tasks.monitoring import FELL, falls, roll_back
from tasks.planning import forget_run
from tasks.progress import say
from tasks.publishing import HELD, record_run
from tasks.result import result_of
from tasks.spec import RunSpec, shards
from tasks.studio import Studio, open_studio
from tasks.work import begun, kept_out
from turnwright.errors import Failure, RunStopped
from warehouse.lock import run_lock
from warehouse.store import Warehouse


@flow(name="generate-corpus", persist_result=False)
async def generate_corpus(
    domains: list[str],
    count: int = 200,
    seed: int = 0,
    plans: int = 64,
    model: str = "embedded/teacher",
    user_model: str | None = None,
    api_base: str | None = None,
    api_key_env: str | None = None,
    concurrency: int = 32,
    shard_size: int = 250,
    generations: dict[str, int] | None = None,
    max_usd: float | None = None,
    max_tokens: int | None = None,
    attempts: int = 6,
    call_timeout_s: float = 300,
    dialogue_timeout_s: float = 3600,
    outage_s: float = 600,
    cache: str | None = None,
    capture: bool = False,
    roles: dict[str, Any] | None = None,
    warehouse: str = "warehouse_data",
) -> dict[str, Any]:
    """Generate verified dialogues; a run that was interrupted goes on where it stopped.

    Args:
        domains: The domains to cover; the count is split evenly over them.
        count: How many slots to fill; each ends as a dialogue, a rejected scenario or a refused checker.
        seed: Decides the corpus, together with models, plans and generation.
        plans: How many plan pairs to write for each domain.
        model: The model of every role but the user, as a LiteLLM name or embedded/teacher.
        user_model: The model of the simulated user; left empty, the same as the model.
        api_base: Where an OpenAI-compatible server listens, such as http://127.0.0.1:8000/v1; several with commas.
        api_key_env: The environment variable that holds the API key.
        concurrency: How many slots are in work at once.
        shard_size: How many slots one task takes; what is published at a time.
        generations: The generation of prompts and workflow by domain; left empty, the one that is active there.
        max_usd: Stop when this much money has been spent; left empty, there is no limit.
        max_tokens: Stop when so many tokens have been used; left empty, there is no limit.
        attempts: How many requests are made for one reply before it counts as failed.
        call_timeout_s: After how many seconds one request counts as lost.
        dialogue_timeout_s: After how many seconds a dialogue counts as failed.
        outage_s: For how many seconds a model may be out of reach before the run stops.
        cache: A folder of replies; what is in it is not asked again.
        capture: Write every request and reply to the warehouse's folder "capture".
        roles: How single roles are asked, such as {"user": {"model": "openai/gpt-5-mini", "temperature": 1.0}}.
        warehouse: The folder of the warehouse.
    """
    store = Warehouse.open(Path(warehouse), create=True)
    run = RunSpec(
        domains=tuple(domains),
        count=count,
        seed=seed,
        plans=plans,
        model=model,
        user_model=user_model,
        api_base=api_base,
        api_key_env=api_key_env,
        concurrency=concurrency,
        shard_size=shard_size,
        generations=chosen(store, domains, None) if generations is None else generations,
        max_usd=max_usd,
        max_tokens=max_tokens,
        attempts=attempts,
        call_timeout_s=call_timeout_s,
        dialogue_timeout_s=dialogue_timeout_s,
        outage_s=outage_s,
        cache=cache,
        capture=capture,
        roles=roles or {},
    )
    with run_lock(store, run.run_id), open_studio(run, store) as studio:
        started_at = datetime.now(UTC)
        record_run(run, "running", started_at, None)
        try:
            return await _generate(studio, started_at)
        except (Failure, RunStopped) as error:
            record_run(run, "failed", started_at, str(error))
            raise
        finally:
            await studio.models.close()


async def _generate(studio: Studio, started_at: datetime) -> dict[str, Any]:
    run = studio.run
    reporter = Reporter(run, studio.warehouse)
    await reporter.start()
    for domain in run.domains:
        await plan(run, domain)
        for shard in shards(run, domain, begun(run)):
            if held := await run_shard(shard):
                say(str(held))
                resource = {"prefect.resource.id": f"turnwright.{domain}"}
                emit_event(HELD, resource, payload=held.model_dump(mode="json"))
            await reporter.published(shard)
            for fall in falls(studio.warehouse, shard):
                say(str(fall))
                if roll_back(studio.warehouse, fall):
                    say(f"{domain}: generation {fall.since} is at work again")
                emit_event(FELL, {"prefect.resource.id": f"turnwright.{domain}"}, payload=fall.model_dump(mode="json"))
    say(str(await mark_new()))
    for held in kept_out(run):
        say(str(held))
    record_run(run, "finished", started_at, None)
    forget_run(run)
    await reporter.finish()
    return {**result_of(studio.warehouse, run), "work_seconds": studio.clock.seconds}
