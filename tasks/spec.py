"""Spec: what a run is asked to make, and how it falls into shards. Equal specs are one run."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from prompts import ROLES
from turnwright.llm.endpoint import Patience
from turnwright.record import Record, content_hash

Amount = Annotated[int, Field(gt=0, lt=2**63)]
"""What JSON and the warehouse can hold."""

Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Seconds = Annotated[float, Field(gt=0)]


class RoleSettings(Record):
    """How one role is asked, where it differs from the others and from its generation's workflow."""

    model: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    temperature: float | None = None
    json_schema: bool = False
    """Whether the server is told the JSON schema of the reply, where there is one."""
    params: dict[str, Any] = {}
    """Further parameters of its requests by their OpenAI names: max_tokens, stop, reasoning_effort, ..."""


def unknown_roles(names: Iterable[str]) -> str:
    """What is wrong with these names of roles; empty if nothing is."""
    unknown = sorted({*names} - {*ROLES})
    return f"there is no role {', '.join(unknown)}; known: {', '.join(ROLES)}" if unknown else ""


class RunSpec(Record):
    """One run of `generate`."""

    domains: tuple[str, ...]
    count: Amount
    """Slots over all domains."""
    seed: Seed = 0
    plans: Amount = 64
    model: str = "embedded/teacher"
    user_model: str | None = None
    roles: dict[str, RoleSettings] = {}
    generations: dict[str, int] = {}
    """By domain, where it is not 0."""
    api_base: str | None = None
    """Where the models are served; several addresses with commas between serve alike."""
    api_key_env: str | None = None
    """Name of the environment variable with the key; the key itself is never part of a spec."""
    concurrency: Amount = 32
    """Slots in work at the same time."""
    shard_size: Amount = 250
    max_usd: float | None = None
    max_tokens: Amount | None = None
    """Of all requests and replies; the run stops once they are used."""
    attempts: Amount = Patience.attempts
    """Requests for one reply."""
    call_timeout_s: Seconds = Patience.call_s
    dialogue_timeout_s: Seconds = 3600.0
    outage_s: Seconds = Patience.outage_s
    """For which a model may be out of reach before the run stops."""
    cache: str | None = None
    """A folder of replies; what is in it is not asked again."""
    capture: bool = False
    """Whether every request and reply is written to a file of the warehouse."""

    @property
    def patience(self) -> Patience:
        return Patience(attempts=self.attempts, call_s=self.call_timeout_s, outage_s=self.outage_s)

    @model_validator(mode="after")
    def _roles_are_known(self) -> Self:
        if unknown := unknown_roles(self.roles):
            raise ValueError(unknown)
        return self

    def generation(self, domain: str) -> int:
        """The generation that a domain's roles are asked by."""
        return self.generations.get(domain, 0)

    @model_validator(mode="after")
    def _every_domain_has_a_slot(self) -> Self:
        if len(set(self.domains)) < len(self.domains):
            raise ValueError("a domain is named twice")
        if self.count < len(self.domains):
            raise ValueError(f"count {self.count} is fewer than one for each of {len(self.domains)} domains")
        return self

    @property
    def run_id(self) -> str:
        """A hash of what decides the corpus; concurrency, shard size and where the models are reached do not."""
        names = ("domains", "count", "seed", "plans", "model")
        content = {**self.model_dump(include=set(names)), "user_model": self.user_model or self.model}
        content["generation"] = {name: number for name, number in self.generations.items() if number} or 0
        where = {"api_base", "api_key_env"}
        said = {name: asked.model_dump(exclude=where, exclude_defaults=True) for name, asked in self.roles.items()}
        roles = {name: asked for name, asked in said.items() if asked}
        return f"r-{content_hash({**content, 'roles': roles} if roles else content, 16)}"

    def asked(self, role: str) -> RoleSettings:
        """How a role is asked, its model and where that is reached filled in.

        The run's address and key are for models of the same provider as the run's; another provider gets neither.
        """
        settings = self.roles.get(role, RoleSettings())
        model = settings.model or (self.user_model if role == "user" else None) or self.model
        shared = model.partition("/")[0] == self.model.partition("/")[0]
        api_base = settings.api_base or (self.api_base if shared else None)
        api_key_env = settings.api_key_env or (self.api_key_env if shared else None)
        return settings.model_copy(update={"model": model, "api_base": api_base, "api_key_env": api_key_env})

    def model_of(self, role: str) -> str:
        """The model that plays a role."""
        return self.asked(role).model or self.model

    def slots(self, domain: str) -> int:
        """How many of the slots are this domain's; the first domains get what cannot be split evenly."""
        share, rest = divmod(self.count, len(self.domains))
        return share + (self.domains.index(domain) < rest)

    def planned(self, domain: str) -> int:
        """How many plans are written: one that no slot would use is not asked for."""
        return min(self.plans, self.slots(domain))


class Shard(Record):
    """A range of a domain's slots: the unit of a Prefect task, of a journal and of a commit."""

    run: RunSpec
    domain: str
    first: int
    last: int
    """Exclusive."""

    @property
    def name(self) -> str:
        """Its journal's and its commit's name."""
        return f"{self.run.run_id}-{self.domain}-{self.first:07}-{self.last:07}"

    @property
    def slots(self) -> range:
        return range(self.first, self.last)


def shards(run: RunSpec, domain: str, begun: Iterable[str]) -> list[Shard]:
    """The shards of a domain. One that was begun, by its name, keeps its bounds; the rest falls into new ones."""
    start = f"{run.run_id}-{domain}-"
    bounds = [name.removeprefix(start).split("-") for name in begun if name.startswith(start)]
    kept = sorted((int(pair[0]), int(pair[1])) for pair in bounds if len(pair) == 2 and "".join(pair).isdigit())
    found: list[Shard] = []
    at = 0
    for first, last in [*kept, (run.slots(domain),) * 2]:
        for new in range(at, first, run.shard_size):
            found.append(Shard(run=run, domain=domain, first=new, last=min(new + run.shard_size, first)))
        if first < last:
            found.append(Shard(run=run, domain=domain, first=first, last=last))
        at = last
    return found
