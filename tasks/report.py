"""Report: what a warehouse knows of a domain, each figure from SQL: its corpus, its evolutions, its generations.

The corpus is what `generate` made. What `evolve` played is counted apart: it is chosen to tell generations from each
other, failures again and again, and its pass rate as a whole says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from scipy.stats import binomtest

from prompts.patching import Patch
from tasks.evolving import MERGE, TRIAL
from tasks.generations import known
from tasks.scores import scored
from turnwright.passk import Tally, estimate
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

Row = dict[str, Any]

_DOMAINS = """
SELECT domain FROM runs UNION SELECT domain FROM dialogues UNION SELECT domain FROM generations ORDER BY domain
"""
_AS_OF = """
SELECT max(moment) AS moment FROM (
    SELECT max(recorded_at) AS moment FROM runs UNION ALL SELECT max(recorded_at) FROM generations
    UNION ALL SELECT max(created_at) FROM dialogues
)
"""
_CORPUS = """
SELECT grouping(family) = 0 AS by_family, grouping(d.generation) = 0 AS by_generation,
    family, d.generation AS generation, d.model AS model, d.user_model AS user_model,
    count(*) AS dialogues, count(*) FILTER (verdict = 'PASS') AS passed
FROM dialogues AS d JOIN runs USING (run_id, domain) LEFT JOIN scenarios USING (scenario_id, run_id, domain)
WHERE domain = $domain AND kind = 'generate'
GROUP BY GROUPING SETS ((), (family), (d.generation, d.model, d.user_model))
ORDER BY family, generation, model, user_model
"""
_BLAME = """
SELECT blame, count(*) AS dialogues FROM dialogues JOIN runs USING (run_id, domain)
WHERE domain = $domain AND kind = 'generate' AND blame IS NOT NULL GROUP BY blame ORDER BY dialogues DESC, blame
"""
_EVOLUTIONS = """
SELECT run_id, state, seed, model, user_model, started_at, (result ->> 'ended') AS ended,
    (result ->> 'rollouts')::BIGINT AS rollouts,
    (result ->> 'start_generation')::BIGINT AS start, (result ->> 'end_generation')::BIGINT AS "end",
    (result ->> 'pass_rate_start')::DOUBLE AS pass_rate_start, (result ->> 'pass_rate_end')::DOUBLE AS pass_rate_end
FROM runs WHERE domain = $domain AND kind = 'evolve' ORDER BY started_at, run_id
"""
_TRIED = """
SELECT run_id, round, candidate, generation, coalesce(measure, 'play') AS measure, kind, accepted, reason,
    pass_rate_before AS before, pass_rate_after AS after, p_value, pairs, patches
FROM evolution WHERE domain = $domain ORDER BY created_at, round, candidate
"""
_HELD_OUT = """
WITH played AS (
    SELECT scenario_id, family, d.generation AS generation, verdict = 'PASS' AS passed
    FROM dialogues AS d JOIN scenarios USING (scenario_id, run_id, domain)
    WHERE run_id = $run_id AND domain = $domain AND split = 'test'
)
SELECT family, grouping(family) = 1 AS total, count(*) AS scenarios,
    count(*) FILTER (one.passed) AS before, count(*) FILTER (other.passed) AS after,
    count(*) FILTER (other.passed AND NOT one.passed) AS mended,
    count(*) FILTER (one.passed AND NOT other.passed) AS broken
FROM played AS one JOIN played AS other USING (scenario_id, family)
WHERE one.generation = $start AND other.generation = $end
GROUP BY ROLLUP (family) HAVING scenarios > 0 ORDER BY total, family
"""
"""The same scenarios, played by the generation of the start and by that of the end."""
_EVALUATIONS = """
SELECT run_id, coalesce(path, model_id) AS model, user_model, generation, trials, scenarios, k, pass_k, lo, hi
FROM evaluations LEFT JOIN (SELECT model_id, domain, path FROM models) USING (model_id, domain)
WHERE domain = $domain
QUALIFY dense_rank() OVER (
    PARTITION BY model_id, user_model, generation, scenarios, trials ORDER BY created_at DESC
) = 1 ORDER BY scenarios DESC, trials DESC, model, user_model, generation, k
"""
"""The last of each model, user model, generation and size."""


@dataclass(frozen=True)
class Rate:
    """How many of some dialogues passed."""

    passed: int
    of: int

    @property
    def share(self) -> float:
        return self.passed / self.of

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Of 95 %, after Wilson (1927)."""
        found: Any = binomtest(self.passed, self.of).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class PassK:
    """A pass^k over scenarios, with its interval."""

    of: int
    """Dialogues."""
    share: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Evaluated:
    """One evaluation: pass^k for every k, and pass^1 by family."""

    run: Row
    by_k: list[tuple[Row, PassK]]
    families: list[tuple[Row, PassK]]


@dataclass(frozen=True)
class Evolved:
    """One evolution: its run, what was put before the gate, and the held-out scenarios before and after."""

    run: Row
    tried: list[Row]
    alone: int
    """Patches that were tried alone."""
    held_out: list[Row]
    """By family, the sum last; empty until the run is finished."""

    @property
    def rounds(self) -> int:
        return 1 + max((row["round"] for row in self.tried), default=-1)

    def of(self, measure: str) -> list[Row]:
        """What a measure's curve shows; nothing where nothing was accepted under it."""
        rows = [row for row in self.tried if row["measure"] == measure and row["kind"] != MERGE]
        return rows if any(row["accepted"] for row in rows) else []


@dataclass(frozen=True)
class Report:
    """One domain."""

    domain: str
    corpus: Rate | None
    families: list[tuple[Row, Rate]]
    generations: list[tuple[Row, Rate]]
    blame: list[Row]
    evolutions: list[Evolved]
    evaluations: list[Evaluated]
    lineage: list[Row]
    """The generations with their states, what each `added` and which it `joins`."""

    @property
    def active(self) -> int:
        """The number of the generation that is at work."""
        return next((row["generation"] for row in self.lineage if row["state"] == "active"), 0)


def domains_in(catalog: Catalog) -> list[str]:
    """The domains that a warehouse has anything of."""
    return [row["domain"] for row in catalog.query(_DOMAINS)]


def as_of(catalog: Catalog) -> Any:
    """When the last thing came into a warehouse; None if nothing did."""
    return catalog.query(_AS_OF)[0]["moment"]


def report_of(warehouse: Warehouse, catalog: Catalog, domain: str) -> Report:
    """What there is of a domain."""
    asked = {"domain": domain}
    corpus = [(row, Rate(row["passed"], row["dialogues"])) for row in catalog.query(_CORPUS, asked) if row["dialogues"]]
    tried = [{**row, "patches": _patches(row["patches"])} for row in catalog.query(_TRIED, asked)]
    return Report(
        domain=domain,
        corpus=next((rate for row, rate in corpus if not row["by_family"] and not row["by_generation"]), None),
        families=[one for one in corpus if one[0]["by_family"]],
        generations=[one for one in corpus if one[0]["by_generation"]],
        blame=catalog.query(_BLAME, asked),
        evolutions=[_evolved(catalog, domain, run, tried) for run in catalog.query(_EVOLUTIONS, asked)],
        evaluations=_evaluations(catalog, domain),
        lineage=[{**row, **_brought(row["generation"], tried)} for row in known(warehouse, domain)],
    )


def _evaluations(catalog: Catalog, domain: str) -> list[Evaluated]:
    runs: dict[str, list[Row]] = {}
    for row in catalog.query(_EVALUATIONS, {"domain": domain}):
        runs.setdefault(row["run_id"], []).append(row)
    return [_evaluated(catalog, run_id, rows) for run_id, rows in runs.items()]


def _evaluated(catalog: Catalog, run_id: str, rows: Sequence[Row]) -> Evaluated:
    families: dict[str, list[Tally]] = {}
    for one in scored(catalog, run_id):
        families.setdefault(one.family, []).append(one.tally)
    by_k = [(row, PassK(row["scenarios"] * row["trials"], row["pass_k"], (row["lo"], row["hi"]))) for row in rows]
    return Evaluated(rows[0], by_k, [({"family": name}, _of(families[name])) for name in sorted(families)])


def _of(tallies: Sequence[Tally]) -> PassK:
    found = estimate(tallies, 1)
    return PassK(sum(one.of for one in tallies), found.value, (found.low, found.high))


def _patches(written: str) -> list[Patch]:
    return [Patch.model_validate(patch) for patch in orjson.loads(written)]


def _evolved(catalog: Catalog, domain: str, run: Row, tried: Sequence[Row]) -> Evolved:
    mine = [row for row in tried if row["run_id"] == run["run_id"]]
    asked = {"domain": domain, **{name: run[name] for name in ("run_id", "start", "end")}}
    shown = [row for row in mine if row["kind"] != TRIAL]
    return Evolved(run, shown, len(mine) - len(shown), catalog.query(_HELD_OUT, asked))


def _brought(generation: int, tried: Sequence[Row]) -> Row:
    """What a generation has that its parents have not, and those that it joins beside its parent."""
    mine = [row for row in tried if row["generation"] == generation]
    merged = next((row for row in mine if row["kind"] == MERGE), None)
    if merged is None:
        return {"added": mine[-1]["patches"] if mine else [], "joins": []}
    place = (merged["run_id"], merged["round"])
    beside = [row for row in tried if (row["run_id"], row["round"]) == place and row["accepted"] and row is not merged]
    return {"added": [], "joins": sorted(row["generation"] for row in beside)}
