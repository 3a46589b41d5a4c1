"""Studio: what the shards of a run work with: the domains, the roles, the checkers' sandbox, and the warehouse."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from checkers.sandbox import Sandbox
from domains import load as load_domain
from prompts import GENERATION_0, ROLES, Generation, load
from tasks.models import client_for
from tasks.spec import RunSpec
from turnwright.errors import BadInput
from turnwright.llm.role import Role
from turnwright.world import Domain
from warehouse.store import Warehouse


@dataclass
class Clock:
    """How long the tasks of a run were at work in this process, beside whatever orchestrates them."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Generator[None, None, None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


@dataclass
class Budget:
    """What a run may cost and what this process has spent on it; calls of unknown price count nothing."""

    max_usd: float | None
    usd: float = 0.0

    def add(self, costs: Iterable[float | None]) -> None:
        self.usd += sum(cost for cost in costs if cost)

    def spent(self) -> bool:
        return self.max_usd is not None and self.usd >= self.max_usd


@dataclass(frozen=True)
class Studio:
    """Open for the length of a run, in one process."""

    run: RunSpec
    warehouse: Warehouse
    generation: Generation
    domains: dict[str, Domain]
    roles: dict[str, Role]
    sandbox: Sandbox
    budget: Budget
    clock: Clock


_OPEN: ContextVar[Studio] = ContextVar("studio")


def studio() -> Studio:
    """The studio that is open here; tasks find it so, since Prefect would copy and hash what is passed to them."""
    return _OPEN.get()


@contextmanager
def open_studio(run: RunSpec, warehouse: Warehouse, generation: Generation | None = None) -> Generator[Studio]:
    """Open a studio; `generation` stands in for the one that the run names.

    Raises:
        BadInput: if a domain, model, key or generation is not there.
    """
    chosen = generation or generation_of(run)
    with Sandbox() as sandbox:
        domains = {name: load_domain(name) for name in run.domains}
        opened = Studio(run, warehouse, chosen, domains, roles_of(run, chosen), sandbox, Budget(run.max_usd), Clock())
        token = _OPEN.set(opened)
        try:
            yield opened
        finally:
            _OPEN.reset(token)


def generation_of(run: RunSpec) -> Generation:
    """The generation that a run names.

    Raises:
        BadInput: if there is none of that number.
    """
    if run.generation != 0:
        raise BadInput(f"there is no generation {run.generation}; known: 0")
    return load(GENERATION_0)


def roles_of(run: RunSpec, generation: Generation) -> dict[str, Role]:
    """All roles, each with its model.

    Raises:
        BadInput: if a model or its key is not there.
    """
    models = dict.fromkeys(ROLES, run.model) | {"user": run.speaks_as_user}
    clients = {model: client_for(model, run.api_base, run.api_key_env) for model in set(models.values())}
    asked = generation.workflow.roles
    return {
        name: Role(name, model, clients[model], generation.prompts[name], asked[name].temperature, asked[name].attempts)
        for name, model in models.items()
    }
