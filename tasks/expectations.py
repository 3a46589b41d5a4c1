"""Expectations: what must be so in the rows of a shard, or of a whole corpus, before anybody may see them.

The heavy work is SQL's: one query for each table measures it, one row for each domain. What is expected of a measure is
said here, once, and tried by Great Expectations on these few rows. An id is unique in its run: two evolutions with one
seed play the same test scenarios by the same generation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwright.dialogue import Side, StopReason
from turnwright.verdict import Blame, Outcome
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.schema import SQL_TYPES, TABLES

ENOUGH = 50
"""Dialogues or scenarios of a domain from which on shares are judged."""


@dataclass(frozen=True)
class Expected:
    """What is expected of one measure: it lies between two bounds, or is one of some words."""

    measure: str
    says: str
    least: float | None = None
    most: float | None = None
    words: tuple[str, ...] = ()


def none(measure: str, says: str) -> Expected:
    """Of a measure that counts what must not be."""
    return Expected(measure, says, most=0)


@dataclass(frozen=True)
class Suite:
    """The measures of one table, by domain, and what is expected of them."""

    table: str
    measures: str
    expected: tuple[Expected, ...]
    words: str = ""
    """Columns whose words are all looked at, whatever the domain."""


SCENARIOS = Suite(
    "scenarios",
    """
    SELECT domain, count(*) - count(DISTINCT (run_id, scenario_id)) AS repeated,
        count(*) FILTER (state = 'accepted' AND (goal IS NULL OR opening IS NULL OR ending IS NULL)) AS without_a_goal,
        count(*) FILTER (state = 'accepted' AND json_array_length(requests) = 0) AS without_a_request,
        count(*) FILTER (split = 'train' AND NOT list_contains($families, domain || ' ' || family)) AS unknown_family,
        count(*) FILTER (tier NOT BETWEEN 1 AND 3) AS unknown_tier,
        CASE WHEN count(*) >= $enough THEN max(of_family) / count(*) END AS largest_family
    FROM (SELECT *, count(*) OVER (PARTITION BY domain, family) AS of_family FROM scenarios) GROUP BY domain
    """,
    (
        none("repeated", "no scenario comes twice in a run"),
        none("without_a_goal", "an accepted scenario has a goal, an opening and an ending"),
        none("without_a_request", "an accepted scenario has a request"),
        none("unknown_family", "every family is one of the domain's"),
        none("unknown_tier", "tiers are 1, 2 or 3"),
        Expected("largest_family", "no family has more than half of the scenarios", most=0.5),
        Expected("state", "scenarios are accepted or rejected", words=("accepted", "rejected")),
        Expected("split", "scenarios are of a known split", words=("train", "test")),
    ),
    "state split",
)

CHECKERS = Suite(
    "checkers",
    """
    SELECT c.domain, count(*) - count(DISTINCT (run_id, checker_id)) AS repeated,
        count(*) FILTER (s.scenario_id IS NULL) AS without_a_scenario,
        count(*) FILTER (c.state = 'admitted' AND c.source IS NULL) AS without_a_source,
        min(mutation_score) AS lowest_score, max(mutation_score) AS highest_score
    FROM checkers AS c LEFT JOIN scenarios AS s USING (scenario_id, run_id, domain) GROUP BY c.domain
    """,
    (
        none("repeated", "no checker comes twice in a run"),
        none("without_a_scenario", "every checker is of a scenario"),
        none("without_a_source", "an admitted checker is a program"),
        Expected("lowest_score", "mutation scores are shares", least=0, most=1),
        Expected("highest_score", "mutation scores are shares", least=0, most=1),
        Expected("state", "checkers are admitted or refused", words=("admitted", "refused")),
    ),
    "state",
)

DIALOGUES = Suite(
    "dialogues",
    """
    SELECT d.domain, count(*) - count(DISTINCT (run_id, dialogue_id)) AS repeated,
        count(*) FILTER (s.scenario_id IS NULL) AS without_a_scenario,
        count(*) FILTER (c.checker_id IS NULL) AS without_a_checker,
        count(*) FILTER (s.state <> 'accepted' OR c.state <> 'admitted') AS of_something_refused,
        count(*) FILTER ((blame IS NULL) <> (verdict = 'PASS')) AS blame_amiss,
        count(*) FILTER (verdict <> 'ERROR' AND turns < 1) AS empty,
        count(*) FILTER (tokens_in < 0 OR tokens_out < 0 OR cost_usd < 0 OR turns < 0 OR tool_calls < 0) AS negative,
        count(*) FILTER (turns <> coalesce(said, 0)) AS turns_amiss,
        count(*) FILTER (tool_calls <> coalesce(called, 0)) AS calls_amiss,
        CASE WHEN count(*) >= $enough THEN avg((turns > far)::INT) END AS far_too_long,
        CASE WHEN count(*) >= $enough THEN avg((verdict = 'ERROR')::INT) END AS error_rate,
        CASE WHEN count(*) >= $enough THEN avg((verdict = 'PASS')::INT) END AS pass_rate
    FROM dialogues AS d
    LEFT JOIN scenarios AS s USING (scenario_id, run_id, domain)
    LEFT JOIN checkers AS c USING (checker_id, run_id, domain)
    LEFT JOIN (SELECT dialogue_id, run_id, count(*) AS said FROM turns GROUP BY ALL) USING (dialogue_id, run_id)
    LEFT JOIN (SELECT dialogue_id, run_id, count(*) AS called FROM tool_calls GROUP BY ALL) USING (dialogue_id, run_id)
    LEFT JOIN (
        SELECT domain, quantile_cont(turns, 0.75) + 3 * (quantile_cont(turns, 0.75) - quantile_cont(turns, 0.25)) AS far
        FROM dialogues GROUP BY domain
    ) USING (domain)
    WHERE NOT EXISTS (FROM runs AS r WHERE r.run_id = d.run_id AND r.kind = 'evaluate')
    GROUP BY d.domain
    """,
    (
        none("repeated", "no dialogue comes twice in a run"),
        none("without_a_scenario", "every dialogue is of a scenario"),
        none("without_a_checker", "every dialogue has its checker"),
        none("of_something_refused", "what was rejected or refused is not played"),
        none("blame_amiss", "a dialogue that passed has no blame, and every other has one"),
        none("empty", "a dialogue that was judged has turns"),
        none("negative", "no count is below zero"),
        none("turns_amiss", "a dialogue has as many turns as it says"),
        none("calls_amiss", "a dialogue has as many calls as it says"),
        Expected("far_too_long", "few dialogues are far longer than the others (Tukey's outer fence)", most=0.05),
        Expected("error_rate", "most dialogues end without an error", most=0.5),
        # Nothing is said against all of them passing, which is what evolution works for: that a checker does not let
        # everything pass is proven before it is admitted.
        Expected("pass_rate", "some dialogues pass", least=0.02, most=1),
        Expected("verdict", "verdicts are known", words=tuple(Outcome)),
        Expected("stop_reason", "stop reasons are known", words=tuple(StopReason)),
        Expected("blame", "blame is known", words=tuple(Blame)),
    ),
    "verdict stop_reason blame",
)

TURNS = Suite(
    "turns",
    """
    SELECT t.domain, count(*) FILTER (d.dialogue_id IS NULL) AS without_a_dialogue,
        count(*) FILTER (turn <> place) AS out_of_order,
        count(*) FILTER (turn = 0 AND speaker <> 'user') AS not_begun_by_the_user,
        count(*) FILTER ((next = speaker) <> calls) AS not_in_turn,
        count(*) FILTER (content = '' AND NOT calls AND next IS NOT NULL) AS without_words
    FROM (
        SELECT *, json_array_length(tool_calls) > 0 AS calls, row_number() OVER talk - 1 AS place,
            lead(speaker) OVER talk AS next
        FROM turns WINDOW talk AS (PARTITION BY run_id, dialogue_id ORDER BY turn)
    ) AS t LEFT JOIN dialogues AS d USING (dialogue_id, run_id, domain) GROUP BY t.domain
    """,
    (
        none("without_a_dialogue", "every turn is of a dialogue"),
        none("out_of_order", "turns are numbered from 0, without a gap"),
        none("not_begun_by_the_user", "the user begins"),
        none("not_in_turn", "the two take turns: whoever calls a tool goes on, after words the other is next"),
        none("without_words", "only a last turn has neither words nor calls"),
        Expected("speaker", "speakers are the user and the assistant", words=tuple(Side)),
    ),
    "speaker",
)

TOOL_CALLS = Suite(
    "tool_calls",
    """
    SELECT t.domain, count(*) FILTER (d.dialogue_id IS NULL) AS without_a_dialogue,
        count(*) FILTER (error IS NULL AND NOT list_contains($tools, t.domain || ' ' || tool)) AS unknown_tool,
        count(*) FILTER (result IS NOT NULL AND error IS NOT NULL) AS answered_twice,
        count(*) FILTER (arguments IS NULL) AS without_arguments,
        coalesce(count(*) FILTER (
            verdict = 'PASS' AND side = 'assistant' AND writes AND error IS NULL
            AND NOT contains(reference, '"tool":"' || tool || '"')
        ) / nullif(count(*) FILTER (verdict = 'PASS' AND side = 'assistant' AND writes AND error IS NULL), 0), 0)
            AS untraceable
    FROM tool_calls AS t LEFT JOIN dialogues AS d USING (dialogue_id, run_id, domain)
    LEFT JOIN scenarios AS s USING (scenario_id, run_id, domain) GROUP BY t.domain
    """,
    (
        none("without_a_dialogue", "every call is of a dialogue"),
        none("unknown_tool", "a call that was answered is of one of the domain's tools"),
        none("answered_twice", "a call has a result or an error, not both"),
        none("without_arguments", "a call has arguments"),
        Expected(
            "untraceable",
            "what passed wrote what its scenario's requests ask for: 49 of 50 writes are of a tool of the reference",
            most=0.02,
        ),
        Expected("side", "calls are the user's or the assistant's", words=tuple(Side)),
    ),
    "side",
)

FINDINGS = Suite(
    "findings",
    """
    SELECT domain, count(*) FILTER (NOT known) AS without_a_dialogue, count(*) FILTER (unexplained) AS unexplained
    FROM (
        SELECT f.domain, d.dialogue_id IS NOT NULL AS known, false AS unexplained
        FROM findings AS f LEFT JOIN dialogues AS d USING (dialogue_id, run_id, domain)
        UNION ALL
        SELECT domain, true, verdict <> 'PASS' AND NOT EXISTS (
            FROM findings AS f WHERE f.dialogue_id = d.dialogue_id AND f.run_id = d.run_id AND source = 'checker'
        ) FROM dialogues AS d
    ) GROUP BY domain
    """,
    (
        none("without_a_dialogue", "every finding is of a dialogue"),
        none("unexplained", "what did not pass has a finding of its checker"),
        Expected(
            "source",
            "findings are the checker's, the verifier's or about the user's conduct",
            words=("checker", "verifier", "conduct"),
        ),
    ),
    "source",
)

LLM_CALLS = Suite(
    "llm_calls",
    """
    SELECT domain, count(*) FILTER (outcome IS NULL OR model IS NULL OR prompt_hash IS NULL) AS untold,
        count(*) FILTER (tokens_in < 0 OR tokens_out < 0 OR cost_usd < 0 OR latency_s < 0) AS negative,
        CASE WHEN count(*) >= $enough THEN avg((outcome = 'failed')::INT) END AS failed
    FROM llm_calls GROUP BY domain
    """,
    (
        none("untold", "a call says its model, its prompt and what came of it"),
        none("negative", "no count is below zero"),
        Expected("failed", "most calls are answered", most=0.5),
    ),
)

SUITES = (SCENARIOS, CHECKERS, DIALOGUES, TURNS, TOOL_CALLS, FINDINGS, LLM_CALLS)


def measured(catalog: Catalog, suite: Suite, domains: Iterable[Domain]) -> dict[str, Sequence[Any]]:
    """The columns of a table, its measures with a value for each domain, and all words of columns that hold some."""
    known = list(domains)
    asked = {
        "enough": ENOUGH,
        "families": [f"{domain.name} {family}" for domain in known for family in domain.families],
        "tools": [f"{domain.name} {tool}" for domain in known for tool in (*domain.tools, *domain.user_tools)],
    }
    rows = catalog.query(
        f"{suite.measures} ORDER BY domain",
        {name: value for name, value in asked.items() if f"${name}" in suite.measures},
    )
    words = {name: _words(catalog, suite.table, name) for name in suite.words.split()}
    columns: Mapping[str, Sequence[Any]] = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    described = catalog.query(f"DESCRIBE {suite.table}")
    return {**columns, **words, "columns": [f"{row['column_name']} {row['column_type']}" for row in described]}


def schema(suite: Suite) -> Expected:
    """What is expected of every table: columns of the types that they should have, in every part."""
    columns = tuple(f"{column.name} {SQL_TYPES[column.kind]}" for column in TABLES[suite.table])
    return Expected("columns", "every column is of its type", words=columns)


def _words(catalog: Catalog, table: str, column: str) -> list[str]:
    rows = catalog.query(f"SELECT DISTINCT {column} AS word FROM {table} WHERE word IS NOT NULL ORDER BY word")
    return [row["word"] for row in rows]
