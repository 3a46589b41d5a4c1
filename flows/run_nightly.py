"""The night: one corpus over the chosen domains, with a seed of its own per date; then the warehouse is compacted."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.generate_corpus import generate_corpus
from tasks.compacting import compact_warehouse


@flow(name="run-nightly")
async def run_nightly(
    domains: list[str],
    count: int = 200,
    seed: int | None = None,
    plans: int = 64,
    model: str = "embedded/teacher",
    user_model: str | None = None,
    api_base: str | None = None,
    api_key_env: str | None = None,
    concurrency: int = 32,
    max_usd: float | None = None,
    warehouse: str = "warehouse_data",
) -> dict[str, Any]:
    """Generate one night's corpus over the chosen domains, and compact the warehouse.

    A night that was interrupted resumes under the seed of the date it was scheduled for.

    Args:
        domains: The domains to cover; the count is split evenly over them.
        count: How many dialogues the night aims at.
        seed: Decides the corpus. Left empty, it is the scheduled date (UTC) as YYYYMMDD, so every night differs.
        plans: How many plan pairs to write.
        model: The model of every role but the user, as a LiteLLM name or embedded/teacher.
        user_model: The model of the simulated user; left empty, the same as the model.
        api_base: Where an OpenAI-compatible server listens, such as http://127.0.0.1:8000/v1.
        api_key_env: The environment variable that holds the API key.
        concurrency: How many dialogues are played at once.
        max_usd: Stop when this much money has been spent; left empty, there is no limit.
        warehouse: The folder of the warehouse.
    """
    scheduled: datetime = flow_run.scheduled_start_time
    made = await generate_corpus(
        domains=domains,
        count=count,
        seed=night_seed(scheduled) if seed is None else seed,
        plans=plans,
        model=model,
        user_model=user_model,
        api_base=api_base,
        api_key_env=api_key_env,
        concurrency=concurrency,
        max_usd=max_usd,
        warehouse=warehouse,
    )
    return {**made, "compaction": compact_warehouse(warehouse)}


def night_seed(scheduled: datetime) -> int:
    """The date in UTC as a readable number: 2026-11-23 gives 20261123."""
    return int(f"{scheduled.astimezone(UTC):%Y%m%d}")
