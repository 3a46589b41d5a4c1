"""Monitoring: whether a shard's dialogues pass as those of the same generation and models did before.

A shard, and each family in it, is held against everything that was generated so far for the same domain, generation
and models; a new generation against its parent, so that a change for the worse can be taken back. Fisher's exact test,
one-sided, takes into account how little may be known of either; the limit is that of a control chart at three standard
deviations, over all families together.
"""

from typing import Any

from scipy.stats import fisher_exact

from tasks.generations import activate, active, known
from tasks.spec import Shard
from turnwright.record import Record
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

LIMIT = 0.00135
"""How rarely a shard may look like a fall without being one: three standard deviations, one side."""
ENOUGH = 100
"""Dialogues that have to be known from before."""

_COUNTS = """
SELECT family, passed, failed, passed_before, failed_before FROM (
    SELECT family, grouping(family) = 1 AS total,
        count(*) FILTER (here AND verdict = 'PASS') AS passed, count(*) FILTER (here AND verdict <> 'PASS') AS failed,
        count(*) FILTER (NOT here AND verdict = 'PASS') AS passed_before,
        count(*) FILTER (NOT here AND verdict <> 'PASS') AS failed_before
    FROM (
        SELECT family, verdict, d.generation AS generation,
            run_id = $run_id AND d.slot >= $first AND d.slot < $last AS here,
            run_id = $run_id AND d.slot >= $last AS later
        FROM dialogues AS d JOIN scenarios USING (scenario_id, run_id, domain) JOIN runs USING (run_id, domain)
        WHERE kind = 'generate' AND domain = $domain AND d.model = $model AND d.user_model = $user_model
    ) WHERE NOT later AND (here OR generation = $since) GROUP BY ROLLUP (family)
) WHERE total OR passed + failed > 0 ORDER BY total DESC, family
"""

FELL = "turnwright.pass-rate.fell"
"""The event that says so."""


class Fall(Record):
    """A pass rate that is lower than it was, beyond noise."""

    domain: str
    generation: int
    since: int
    """The generation whose dialogues it is held against: the same, or its parent."""
    family: str | None
    """None for all of them together."""
    pass_rate: float
    pass_rate_before: float
    dialogues: int
    p_value: float

    def __str__(self) -> str:
        what = f"{self.domain}, {self.family}" if self.family else self.domain
        return (
            f"the pass rate of {what} fell to {self.pass_rate:.2f} over {self.dialogues} dialogues,"
            f" from {self.pass_rate_before:.2f} (p = {self.p_value:.1g})"
        )


def falls(warehouse: Warehouse, shard: Shard) -> list[Fall]:
    """What fell in a shard that was published: all of it first, then families. A generation that little is known of yet
    is held against its parent."""
    generation = shard.run.generation(shard.domain)
    parents = {row["generation"]: row["parent"] for row in known(warehouse, shard.domain)}
    for since in (generation, parents.get(generation)):
        if since is not None:
            counts = _counts(warehouse, shard, since)
            if counts and counts[0]["passed_before"] + counts[0]["failed_before"] >= ENOUGH:
                return _fallen(shard, since, counts)
    return []


def roll_back(warehouse: Warehouse, fall: Fall) -> bool:
    """Put the parent back to work, if it is its child that passes less as a whole, and is at work; whether it was."""
    if fall.family or fall.since == fall.generation or fall.generation != active(warehouse, fall.domain):
        return False
    activate(warehouse, fall.domain, fall.since, str(fall))
    return True


def _counts(warehouse: Warehouse, shard: Shard, since: int) -> list[dict[str, Any]]:
    run = shard.run
    asked = {
        "run_id": run.run_id,
        "first": shard.first,
        "last": shard.last,
        "domain": shard.domain,
        "since": since,
        "model": run.model_of("assistant"),
        "user_model": run.model_of("user"),
    }
    with Catalog(warehouse) as catalog:
        return catalog.query(_COUNTS, asked)


def _fallen(shard: Shard, since: int, counts: list[dict[str, Any]]) -> list[Fall]:
    whole, families = counts[0], counts[1:]
    limits = [(whole, LIMIT), *((one, LIMIT / max(1, len(families))) for one in families)]
    found = [(one, limit, _chance(one)) for one, limit in limits]
    return [_fall(shard, since, one, chance) for one, limit, chance in found if chance <= limit]


def _chance(counts: dict[str, Any]) -> float:
    here, before = (counts["passed"], counts["failed"]), (counts["passed_before"], counts["failed_before"])
    tested: Any = fisher_exact([here, before], alternative="less")
    return float(tested.pvalue)


def _fall(shard: Shard, since: int, counts: dict[str, Any], chance: float) -> Fall:
    here, before = counts["passed"] + counts["failed"], counts["passed_before"] + counts["failed_before"]
    return Fall(
        domain=shard.domain,
        generation=shard.run.generation(shard.domain),
        since=since,
        family=counts["family"],
        pass_rate=counts["passed"] / max(1, here),
        pass_rate_before=counts["passed_before"] / max(1, before),
        dialogues=here,
        p_value=chance,
    )
