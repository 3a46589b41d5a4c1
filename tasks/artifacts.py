"""Artifacts: what the Prefect UI shows of a run: progress, pass rates by family, blame and cost, each from SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from tasks.generations import differences, known, load_generation
from tasks.spec import RunSpec, Shard
from turnwright.dialogue import Dialogue
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

BY_FAMILY = """
SELECT domain, family, count(*) AS dialogues,
    count(*) FILTER (verdict = 'PASS') AS passed, round(avg((verdict = 'PASS')::INT), 3) AS pass_rate
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id GROUP BY ALL ORDER BY ALL
"""
BY_BLAME = """
SELECT domain, blame, count(*) AS dialogues
FROM dialogues WHERE run_id = $run_id AND blame IS NOT NULL GROUP BY ALL ORDER BY domain, dialogues DESC
"""
COST = """
SELECT domain, role, count(*) AS calls, sum(tokens_in)::BIGINT AS tokens_in, sum(tokens_out)::BIGINT AS tokens_out,
    round(sum(cost_usd), 4) AS cost_usd
FROM llm_calls WHERE run_id = $run_id GROUP BY ALL ORDER BY ALL
"""

BY_OPERATOR = """
SELECT domain, mutant AS operator, expected, count(*) AS runs, count(*) FILTER (got = expected) AS as_expected
FROM mutants WHERE run_id = $run_id AND audit = 'admission' GROUP BY ALL ORDER BY ALL
"""
DISAGREEMENTS = """
SELECT dialogue_id, domain, family, verdict AS checker, verifier, blame,
    (SELECT string_agg(source || ' ' || code || ': ' || detail, '; ' ORDER BY source, code, detail)
     FROM findings WHERE findings.dialogue_id = dialogues.dialogue_id AND findings.run_id = $run_id) AS findings
FROM dialogues JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id AND verdict <> verifier ORDER BY hash(dialogue_id) LIMIT 20
"""
"""A sample, the same each time, of the dialogues that the checker and the trajectory verifier see differently."""


FIGURES = """
SELECT round, pass_rate_before, pass_rate_after, pairs, p_value, reason FROM evolution
WHERE domain = $domain AND generation = $generation
"""

_REPORTED = (BY_FAMILY, BY_BLAME, COST, BY_OPERATOR, DISAGREEMENTS)


class Reporter:
    """Reports one run to Prefect."""

    def __init__(self, run: RunSpec, warehouse: Warehouse) -> None:
        self._run = run
        self._warehouse = warehouse
        self._done = 0
        self._progress: Any = None

    async def start(self) -> None:
        self._progress = await acreate_progress_artifact(0.0, key=f"progress-{self._run.run_id}")

    async def published(self, shard: Shard) -> None:
        """One more shard is in the warehouse."""
        self._done += len(shard.slots)
        await aupdate_progress_artifact(self._progress, 100 * self._done / self._run.count)

    async def finish(self) -> None:
        """Leave the tables of the finished run."""
        families, blames, costs, operators, disagreements = self._tables()
        await acreate_table_artifact(families, key=f"pass-rate-{self._run.run_id}", description="Pass rate by family")
        await acreate_markdown_artifact(_markdown(blames, costs), key=f"blame-and-cost-{self._run.run_id}")
        for name, rows, words in (
            ("mutants", operators, "What the audits put before the checkers, and what came of it"),
            ("disagreements", disagreements, "Dialogues that checker and verifier see differently, a sample to read"),
        ):
            await acreate_table_artifact(rows, key=f"{name}-{self._run.run_id}", description=words)

    def _tables(self) -> list[list[dict[str, Any]]]:
        with Catalog(self._warehouse) as catalog:
            return [catalog.query(sql, {"run_id": self._run.run_id}) for sql in _REPORTED]


async def show_candidate(
    warehouse: Warehouse, domain: str, number: int, samples: Sequence[tuple[Dialogue, Dialogue]]
) -> None:
    """Leave what a person needs to approve a candidate: what it changes, what came of it, and some dialogues, as its
    parent played them and as it does."""
    (row,) = (row for row in known(warehouse, domain) if row["generation"] == number)
    before, after = (load_generation(warehouse, domain, one) for one in (row["parent"], number))
    changes = "\n\n".join(f"### {one['role']}\n```diff\n{one['diff']}\n```" for one in differences(before, after))
    with Catalog(warehouse) as catalog:
        figures = catalog.query(FIGURES, {"domain": domain, "generation": number})
    played = "\n\n".join(
        f"### {title}, dialogue {count}\n{_said(dialogue)}"
        for count, pair in enumerate(samples, 1)
        for title, dialogue in zip(("Its parent, failed", "It, passed"), pair, strict=True)
    )
    text = f"## Generation {number} of {domain} waits\n\n{_table(figures)}\n\n{changes}\n\n{played}\n"
    await acreate_markdown_artifact(text, key=f"candidate-{domain}-{number}")


async def show_evaluations(domain: str, found: Sequence[Mapping[str, Any]]) -> None:
    """Leave pass^k of models with its intervals, pass^1 by family, and how the dialogues ended."""
    for one in found:
        name = f"{one['model']}, the user being {one['user_model']}"
        rates = [{"k": k, "pass^k": one["pass_k"][k], **_interval(one["ci95"][k])} for k in one["pass_k"]]
        families = [
            {"family": family, "scenarios": rate["n"], "pass^1": rate["pass_1"], **_interval(rate["ci95"])}
            for family, rate in one["by_family"].items()
        ]
        ends = [{"end": end, "dialogues": count} for end, count in one["stop_reasons"].items()]
        text = "\n\n".join([f"## {name}", *(_table(rows) for rows in (rates, families, ends))])
        words = f"{domain}: pass^1 {one['pass_k'].get('1')} of {name}"
        await acreate_markdown_artifact(text, key=f"evaluation-{one['run_id']}", description=words)


def _interval(bounds: Sequence[float]) -> dict[str, float]:
    return {"from": bounds[0], "to": bounds[1]}


def _said(dialogue: Dialogue) -> str:
    lines = [
        f"**{turn.speaker}** {' '.join([turn.content, *(f'`{call.tool}`' for call in turn.calls)])}"
        for turn in dialogue.turns
    ]
    return "\n\n".join(lines)


def _markdown(blames: list[dict[str, Any]], costs: list[dict[str, Any]]) -> str:
    return f"## Whose fault the failures are\n\n{_table(blames)}\n\n## Calls and cost by role\n\n{_table(costs)}\n"


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "none"
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
