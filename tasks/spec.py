"""Spec: what a run is asked to make, and how it falls into shards. Equal specs are one run."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from turnwright.record import Record, content_hash

Amount = Annotated[int, Field(gt=0, lt=2**63)]
"""What JSON and the warehouse can hold."""


class RunSpec(Record):
    """One run of `generate`."""

    domains: tuple[str, ...]
    count: Amount
    """Slots over all domains."""
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    plans: Amount = 64
    model: str = "embedded/teacher"
    user_model: str | None = None
    generation: int = 0
    api_base: str | None = None
    api_key_env: str | None = None
    """Name of the environment variable with the key; the key itself is never part of a spec."""
    concurrency: Amount = 32
    """Slots in work at the same time."""
    shard_size: Amount = 250
    max_usd: float | None = None

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
        names = ("domains", "count", "seed", "plans", "model", "generation")
        content = {**self.model_dump(include=set(names)), "user_model": self.speaks_as_user}
        return f"r-{content_hash(content, 16)}"

    @property
    def speaks_as_user(self) -> str:
        """The model that plays the user."""
        return self.user_model or self.model

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
