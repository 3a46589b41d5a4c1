"""Evolve prompts: rounds of reflection, screening and confirmation on one domain; what is better goes to work."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.run_nightly import night_seed
from tasks.arena import EvolveSpec, OutOfRollouts
from tasks.artifacts import show_candidate
from tasks.evolution_rows import (
    Waiting,
    finished,
    parent_of,
    record_end,
    record_rollouts,
    record_round,
    result_of,
    start_of,
)
from tasks.evolving import PATIENCE, Evolution
from tasks.generations import active, record_first, settle
from tasks.spec import RunSpec
from tasks.studio import open_studio, studio
from tasks.work import open_journal
from warehouse.lock import run_lock
from warehouse.store import Warehouse

T = TypeVar("T")
_ALL = "all rounds are done"


@flow(name="evolve-prompts", persist_result=False)
async def evolve_prompts(
    domain: str,
    rounds: int = 6,
    pilot: int = 60,
    seed: int | None = None,
    max_rollouts: int = 3_000,
    approve: bool = False,
    model: str = "embedded/teacher",
    user_model: str | None = None,
    api_base: str | None = None,
    api_key_env: str | None = None,
    concurrency: int = 32,
    max_usd: float | None = None,
    max_tokens: int | None = None,
    attempts: int = 6,
    call_timeout_s: float = 300,
    dialogue_timeout_s: float = 3600,
    outage_s: float = 600,
    cache: str | None = None,
    roles: dict[str, Any] | None = None,
    warehouse: str = "warehouse_data",
) -> dict[str, Any]:
    """Improve the prompts of a domain; an evolution that was interrupted goes on where it stopped.

    Args:
        domain: The domain.
        rounds: How many rounds at most.
        pilot: Scenarios that each round screens on.
        seed: Decides its course, together with the models. Left empty, it is the scheduled date (UTC) as YYYYMMDD.
        max_rollouts: Dialogues that may be played, baselines and confirmation included.
        approve: Wait for a person to put what is accepted to work: run the deployment approve, then this again.
        model: The model of every role but the user.
        user_model: The model of the simulated user; left empty, the same as the model.
        api_base: Where an OpenAI-compatible server listens; several with commas between.
        api_key_env: The environment variable that holds the API key.
        concurrency: How many dialogues are played at once.
        max_usd: Stop when this much money has been spent; left empty, there is no limit.
        max_tokens: Stop when so many tokens have been used; left empty, there is no limit.
        attempts: How many requests are made for one reply before it counts as failed.
        call_timeout_s: After how many seconds one request counts as lost.
        dialogue_timeout_s: After how many seconds a dialogue counts as failed.
        outage_s: For how many seconds a model may be out of reach before the run stops.
        cache: A folder of replies; what is in it is not asked again.
        roles: How single roles are asked.
        warehouse: The folder of the warehouse.
    """
    if seed is None:
        seed = night_seed(flow_run.scheduled_start_time)
    store = Warehouse.open(Path(warehouse), create=True)
    spec = EvolveSpec(
        domain=domain,
        rounds=rounds,
        pilot=pilot,
        seed=seed,
        max_rollouts=max_rollouts,
        approve=approve,
        model=model,
        user_model=user_model,
        roles=roles or {},
    )
    with run_lock(store, f"evolve-{domain}"):
        if finished(store, spec):
            return {**result_of(store, spec), "resumed": True}
        record_first(store, domain)
        start = start_of(store, spec)
        run = RunSpec(
            domains=(domain,),
            count=pilot,
            seed=seed,
            generations={domain: start},
            model=model,
            user_model=user_model,
            api_base=api_base,
            api_key_env=api_key_env,
            concurrency=concurrency,
            max_usd=max_usd,
            max_tokens=max_tokens,
            attempts=attempts,
            call_timeout_s=call_timeout_s,
            dialogue_timeout_s=dialogue_timeout_s,
            outage_s=outage_s,
            cache=cache,
            roles=spec.roles,
        )
        with open_studio(run, store) as at, open_journal(spec.run_id) as journal:
            evolution = Evolution(spec, run, journal)
            try:
                await _evolve(evolution, start)
            except Waiting as waiting:
                await show_candidate(store, domain, waiting.generation, evolution.samples)
                return {**result_of(store, spec), "resumed": False, "waiting": waiting.generation}
            finally:
                await at.models.close()
        (store.journal / f"{spec.run_id}.jsonl").unlink()
        return {**result_of(store, spec), "resumed": False}


@flow(name="approve-generation", persist_result=False)
def approve_generation(domain: str, generation: int, accept: bool = True, warehouse: str = "warehouse_data") -> None:
    """Put a generation that waits to work, or refuse it; then run evolve-prompts again.

    Args:
        domain: The domain.
        generation: The number of the candidate.
        accept: Whether it goes to work.
        warehouse: The folder of the warehouse.
    """
    settle(Warehouse.open(Path(warehouse), create=False), domain, generation, accept)


async def _evolve(evolution: Evolution, start: int) -> None:
    store, spec = studio().warehouse, evolution.spec
    # Methods, so that nothing but numbers is passed, which Prefect would copy and hash.
    held_out, measure, go = (_task(work) for work in (evolution.held_out, evolution.measure, evolution.round))
    kept_back = await held_out()
    before = await measure(start)
    ended = _ALL
    for number in range(spec.rounds):
        try:
            await go(number, parent_of(store, spec, number), kept_back)
        except OutOfRollouts as out:
            ended = str(out)
        record_round(store, evolution, number)
        if evolution.stalled(number):
            ended = f"{PATIENCE} rounds in a row made nothing better"
        if ended != _ALL:
            break
    after = await measure(active(store, spec.domain))
    record_rollouts(store, evolution)
    record_end(store, evolution, start, (before, after), ended)


def _task(work: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    name = work.__name__.replace("_", "-")
    return task(work, name=name, persist_result=False, cache_policy=NO_CACHE)  # pyright: ignore[reportCallIssue, reportReturnType, reportArgumentType]
