"""Figures: the numbers of a run that are printed, each from a query that the docs show."""

import hashlib
from typing import Any

import duckdb

from turnwright.record import content_hash
from warehouse.catalog import Catalog
from warehouse.exports import rows_of
from warehouse.schema import TABLES

RUN_FIGURES = """
SELECT
    domain,
    grouping(domain) = 1 AS total,
    coalesce(sum(plans), 0)::BIGINT AS plans,
    coalesce(sum(scenarios_accepted), 0)::BIGINT AS scenarios_accepted,
    coalesce(sum(scenarios_rejected), 0)::BIGINT AS scenarios_rejected,
    coalesce(sum(checkers_admitted), 0)::BIGINT AS checkers_admitted,
    coalesce(sum(checkers_refused), 0)::BIGINT AS checkers_refused,
    coalesce(sum(dialogues), 0)::BIGINT AS dialogues,
    coalesce(sum(passed), 0)::BIGINT AS passed,
    coalesce(sum(failed), 0)::BIGINT AS failed,
    coalesce(sum(errors), 0)::BIGINT AS errors,
    sum(passed) / nullif(sum(dialogues), 0) AS pass_rate,
    coalesce(sum(llm_calls), 0)::BIGINT AS llm_calls,
    coalesce(sum(tokens_in), 0)::BIGINT AS tokens_in,
    coalesce(sum(tokens_out), 0)::BIGINT AS tokens_out,
    round(coalesce(sum(cost_usd), 0), 6) AS cost_usd
FROM (
    SELECT domain, count(*) AS plans
    FROM plans WHERE run_id = $run_id GROUP BY domain
    UNION ALL BY NAME
    SELECT
        domain,
        count(*) FILTER (state = 'accepted') AS scenarios_accepted,
        count(*) FILTER (state = 'rejected') AS scenarios_rejected
    FROM scenarios WHERE run_id = $run_id GROUP BY domain
    UNION ALL BY NAME
    SELECT
        domain,
        count(*) FILTER (state = 'admitted') AS checkers_admitted,
        count(*) FILTER (state = 'refused') AS checkers_refused
    FROM checkers WHERE run_id = $run_id GROUP BY domain
    UNION ALL BY NAME
    SELECT
        domain,
        count(*) AS dialogues,
        count(*) FILTER (verdict = 'PASS') AS passed,
        count(*) FILTER (verdict = 'FAIL') AS failed,
        count(*) FILTER (verdict = 'ERROR') AS errors
    FROM dialogues WHERE run_id = $run_id GROUP BY domain
    UNION ALL BY NAME
    SELECT
        domain,
        count(*) AS llm_calls,
        sum(tokens_in) AS tokens_in,
        sum(tokens_out) AS tokens_out,
        sum(cost_usd) AS cost_usd
    FROM llm_calls WHERE run_id = $run_id GROUP BY domain
)
GROUP BY GROUPING SETS ((domain), ())
ORDER BY total DESC, domain
"""

_CORPUS = ("scenarios", "checkers", "dialogues", "turns", "tool_calls", "findings")
_NOT_CONTENT = {"run_id", "created_at", "cost_usd"}


def _row_hashes(table: str) -> str:
    """The hash of each of a run's rows, sorted by its ids and numbers.

    Hashed in SQL, so that what is sorted is small. Nulls are left out: a column that is added later changes no digest
    of what was made before. Ids may hold the run_id literally, to be unique in the warehouse; the hash does not see it.
    """
    columns = [column for column in TABLES[table] if column.name not in _NOT_CONTENT]
    said = ", ".join(
        f"'{column.name}=' || "
        + (f"replace({column.name}, $run_id, '')" if column.name.endswith("_id") else f'"{column.name}"')
        for column in columns
    )
    keys = ", ".join(f'"{column.name}"' for column in columns if column.required)
    return f"SELECT sha256(concat_ws(chr(31), {said})) AS row FROM {table} WHERE run_id = $run_id ORDER BY {keys}, row"


CORPUS = {table: _row_hashes(table) for table in _CORPUS}
"""The queries whose answers make up a corpus."""


def run_figures(catalog: Catalog, run_id: str) -> dict[str, Any]:
    """The counters of a run, and under `by_domain` the same for each of its domains; all zero for an unknown run."""
    total, *domains = catalog.query(RUN_FIGURES, {"run_id": run_id})
    return {**_counters(total), "by_domain": {row["domain"]: _counters(row) for row in domains}}


def _counters(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"domain", "total"}}


def corpus_digest(catalog: Catalog, run_id: str) -> str:
    """sha256 over everything that a run made, without times, costs, run_id or paths: equal corpora, equal digests."""
    return content_hash({table: catalog.read(sql, {"run_id": run_id}, _digest) for table, sql in CORPUS.items()})


def _digest(result: duckdb.DuckDBPyConnection) -> str:
    digest = hashlib.sha256()
    for (row,) in rows_of(result):
        digest.update(row.encode())
    return digest.hexdigest()
