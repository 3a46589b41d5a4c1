"""Studio: what the shards of a run work with: the domains, the roles, the checkers' sandbox, and the warehouse."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from checkers.sandbox import Sandbox
from domains import load as load_domain
from prompts import GENERATION_0, ROLES, Generation, load
from tasks.generations import load_generation
from tasks.models import TRAINED, Models
from tasks.progress import say, traffic
from tasks.spec import RoleSettings, RunSpec
from turnwright.errors import BadInput
from turnwright.llm.cache import Cached
from turnwright.llm.capture import Captured
from turnwright.llm.role import Role
from turnwright.llm.traffic import Counted, Traffic
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


@dataclass(frozen=True)
class Budget:
    """What a run may cost, and what this process has spent on it."""

    traffic: Traffic
    max_usd: float | None = None
    max_tokens: int | None = None

    def spent(self) -> str | None:
        """Which limit is reached, or None; calls of unknown price cost nothing here."""
        if self.max_usd is not None and self.traffic.usd >= self.max_usd:
            return f"the budget of {self.max_usd} USD is spent"
        if self.max_tokens is not None and self.traffic.tokens >= self.max_tokens:
            return f"the budget of {self.max_tokens:,} tokens is used"
        return None

    @property
    def is_limited(self) -> bool:
        return self.max_usd is not None or self.max_tokens is not None

    def too_small(self, pieces: int, tokens: int, usd: float) -> str | None:
        """Which limit does not hold so many more pieces of work, each of them that dear; None if both do."""
        if self.max_usd is not None and self.traffic.usd + pieces * usd > self.max_usd:
            return (
                f"the budget of {self.max_usd} USD, {self.traffic.usd:.2f} of it spent, does not hold what comes next"
            )
        if self.max_tokens is not None and self.traffic.tokens + pieces * tokens > self.max_tokens:
            used = f"{self.traffic.tokens:,} of them used"
            return f"the budget of {self.max_tokens:,} tokens, {used}, does not hold what comes next"
        return None


@dataclass(frozen=True)
class Studio:
    """Open for the length of a run, in one process."""

    run: RunSpec
    warehouse: Warehouse
    generations: dict[str, Generation]
    """By domain, as are the roles."""
    domains: dict[str, Domain]
    roles: dict[str, dict[str, Role]]
    models: Models
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
    chosen, counted = generations_of(run, warehouse), traffic.get() or Traffic()
    if generation is not None:
        chosen = dict.fromkeys(run.domains, generation)
    models = Models(run.concurrency, run.patience, say)
    with Sandbox() as sandbox:
        domains = {name: load_domain(name) for name in run.domains}
        budget = Budget(counted, run.max_usd, run.max_tokens)
        opened = Studio(run, warehouse, chosen, domains, {}, models, sandbox, budget, Clock())
        opened.roles.update({domain: asked_by(opened, chosen[domain]) for domain in run.domains})
        with instead(opened):
            yield opened


@contextmanager
def instead(at: Studio) -> Generator[None]:
    """Work in this studio for a while, in place of the one that is open."""
    token = _OPEN.set(at)
    try:
        yield
    finally:
        _OPEN.reset(token)


def asked_by(at: Studio, generation: Generation) -> dict[str, Role]:
    """All roles as a generation has them asked, kept and counted as the run wants.

    Raises:
        BadInput: if a model or its key is not there.
    """
    roles = roles_of(at.run, generation, at.models)
    return {name: _kept_and_counted(role, at.run, at.warehouse, at.budget.traffic) for name, role in roles.items()}


def _kept_and_counted(role: Role, run: RunSpec, warehouse: Warehouse, counted: Traffic) -> Role:
    client = role.client
    if run.capture:
        client = Captured(client, warehouse.captured(run.run_id))
    if run.cache and not role.model.startswith(TRAINED):  # another model may lie in its folder tomorrow
        client = Cached(client, Path(run.cache))
    return replace(role, client=Counted(client, counted))


def generations_of(run: RunSpec, warehouse: Warehouse | None) -> dict[str, Generation]:
    """The generation that each domain of a run is asked by; without a warehouse there is but 0.

    Raises:
        BadInput: if there is none of that number.
    """
    found: dict[str, Generation] = {}
    for domain in run.domains:
        number = run.generation(domain)
        if number and warehouse is None:
            raise BadInput(f"{domain} has no generation {number}; known: 0")
        found[domain] = load_generation(warehouse, domain, number) if warehouse else load(GENERATION_0)
    return found


def roles_of(run: RunSpec, generation: Generation, models: Models) -> dict[str, Role]:
    """All roles, each with its model.

    Raises:
        BadInput: if a model or its key is not there.
    """
    return {name: _role(name, run.asked(name), generation, models) for name in ROLES}


def _role(name: str, asked: RoleSettings, generation: Generation, models: Models) -> Role:
    workflow, model = generation.workflow.roles[name], asked.model or ""
    return Role(
        name,
        model,
        models.client(model, asked.api_base, asked.api_key_env),
        generation.prompts[name],
        temperature=workflow.temperature if asked.temperature is None else asked.temperature,
        attempts=workflow.attempts,
        votes=workflow.votes,
        self_check=workflow.self_check,
        shaped=asked.json_schema,
        params=asked.params,
    )
