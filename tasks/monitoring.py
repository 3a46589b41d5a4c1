"""Monitoring: whether a shard's dialogues pass as those of the same generation and models did before.

A shard, and each family in it, is held against everything that was generated so far for the same domain, generation
and models. Fisher's exact test, one-sided, takes into account how little may be known of either; the limit is that of a
control chart at three standard deviations, over all families together.
"""

from typing import Any

from scipy.stats import fisher_exact

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
        SELECT family, verdict, run_id = $run_id AND d.slot >= $first AS here,
            run_id = $run_id AND d.slot >= $last AS later
        FROM dialogues AS d JOIN scenarios USING (scenario_id, run_id, domain) JOIN runs USING (run_id, domain)
        WHERE kind = 'generate' AND domain = $domain AND d.generation = $generation
            AND d.model = $model AND d.user_model = $user_model
    ) WHERE NOT later GROUP BY ROLLUP (family)
) WHERE total OR passed + failed > 0 ORDER BY total DESC, family
"""


FELL = "turnwright.pass-rate.fell"
"""The event that says so."""


class Fall(Record):
    """A pass rate that is lower than it was, beyond noise."""

    domain: str
    generation: int
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
    """What fell in a shard that was published: all of it first, then families."""
    run = shard.run
    asked = {
        "run_id": run.run_id,
        "first": shard.first,
        "last": shard.last,
        "domain": shard.domain,
        "generation": run.generation(shard.domain),
        "model": run.model_of("assistant"),
        "user_model": run.model_of("user"),
    }
    with Catalog(warehouse) as catalog:
        counts = catalog.query(_COUNTS, asked)
    if not counts or counts[0]["passed_before"] + counts[0]["failed_before"] < ENOUGH:
        return []
    whole, families = counts[0], counts[1:]
    limits = [(whole, LIMIT), *((one, LIMIT / max(1, len(families))) for one in families)]
    found = [(one, limit, _chance(one)) for one, limit in limits]
    return [_fall(shard, one, chance) for one, limit, chance in found if chance <= limit]


def _chance(counts: dict[str, Any]) -> float:
    here, before = (counts["passed"], counts["failed"]), (counts["passed_before"], counts["failed_before"])
    tested: Any = fisher_exact([here, before], alternative="less")
    return float(tested.pvalue)


def _fall(shard: Shard, counts: dict[str, Any], chance: float) -> Fall:
    here, before = counts["passed"] + counts["failed"], counts["passed_before"] + counts["failed_before"]
    return Fall(
        domain=shard.domain,
        generation=shard.run.generation(shard.domain),
        family=counts["family"],
        pass_rate=counts["passed"] / max(1, here),
        pass_rate_before=counts["passed_before"] / max(1, before),
        dialogues=here,
        p_value=chance,
    )
