"""Evaluate models: assistants play a domain's held-out scenarios with simulated users, and what it came to is shown."""

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import show_evaluations
from tasks.evaluating import EvaluateSpec, evaluate, specs_of
from tasks.models import EMBEDDED
from tasks.scores import result_of
from warehouse.store import Warehouse


@flow(name="evaluate-models", persist_result=False)
async def evaluate_models(
    domain: str,
    assistants: list[str],
    users: list[str] | None = None,
    trials: int = 4,
    count: int | None = None,
    temperature: float | None = None,
    seed: int = 0,
    generation: int | None = None,
    api_base: str | None = None,
    api_key_env: str | None = None,
    concurrency: int = 32,
    max_usd: float | None = None,
    max_tokens: int | None = None,
    roles: dict[str, Any] | None = None,
    warehouse: str = "warehouse_data",
) -> list[dict[str, Any]]:
    """Let every assistant play with every user; what was interrupted goes on, and what is finished is told again.

    Args:
        domain: The domain.
        assistants: Models by the names that `turnwright evaluate` takes, silent and read-only among them.
        users: Models of the simulated user; left empty, embedded/teacher.
        trials: How many times each scenario is played.
        count: How many held-out scenarios, as many of each family as can be; left empty, all.
        temperature: Of both sides; left empty, what their generation says.
        seed: Decides the dialogues.
        generation: Of prompts and workflow; left empty, the one that is active.
        api_base: Where an OpenAI-compatible server listens; several with commas between.
        api_key_env: The environment variable that holds the API key.
        concurrency: How many dialogues are played at once.
        max_usd: Stop when this much money has been spent on one of them; left empty, there is no limit.
        max_tokens: Stop when so many tokens have been used for one of them; left empty, there is no limit.
        roles: How single roles are asked.
        warehouse: The folder of the warehouse.
    """
    store = Warehouse.open(Path(warehouse), create=True)
    asked = {
        "domain": domain,
        "trials": trials,
        "count": count,
        "temperature": temperature,
        "seed": seed,
        "generation": generation,
        "api_base": api_base,
        "api_key_env": api_key_env,
        "concurrency": concurrency,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "roles": roles or {},
    }
    pairs = [(assistant, user) for assistant in assistants for user in users or [EMBEDDED]]
    specs = specs_of(store, asked, pairs)
    for spec in specs:
        await _evaluate(store.root, spec)
    found = [result_of(store, spec.run_id) for spec in specs]
    await show_evaluations(domain, found)
    return found


@task(name="evaluate-model", persist_result=False, cache_policy=NO_CACHE)
async def _evaluate(warehouse: Path, spec: EvaluateSpec) -> None:
    await evaluate(Warehouse.open(warehouse, create=False), spec)
