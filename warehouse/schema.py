"""Schema: the columns of every table, and the views that SQL sees.

Free-form values (a plan's halves, arguments and results of calls, changes) are strings of canonical JSON: their shape
differs from domain to domain and from tool to tool, and a part's columns must not depend on what happens to be in it.
DuckDB's `->>` reads them. Every table of a run carries `run_id` and `domain`, so that no count needs a join.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "real", "flag", "time", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    required: bool = False


def _all(kind: Kind, names: str, required: bool = False) -> list[Column]:
    return [Column(name, kind, required) for name in names.split()]


def _key(names: str) -> list[Column]:
    return _all("text", names, required=True)


def _place(names: str) -> list[Column]:
    return _all("integer", names, required=True)


def _text(names: str) -> list[Column]:
    return _all("text", names)


def _integer(names: str) -> list[Column]:
    return _all("integer", names)


def _real(names: str) -> list[Column]:
    return _all("real", names)


def _json(names: str) -> list[Column]:
    return _all("json", names)


def _time(names: str) -> list[Column]:
    return _all("time", names)


_RECORDED = Column("recorded_at", "time", required=True)

TABLES: dict[str, list[Column]] = {
    "generations": [
        *_key("domain"), *_place("generation"), *_integer("parent"), *_key("state"), *_text("workflow_hash reason"),
        *_time("created_at"), _RECORDED,
    ],
    "prompts": [*_key("prompt_hash role domain"), *_place("generation"), *_text("template")],
    "runs": [
        *_key("run_id domain"), *_text("kind"), *_integer("generation seed count plans"), *_text("model user_model"),
        *_time("started_at finished_at"), *_key("state"), *_text("reason"), *_json("result"), _RECORDED,
    ],
    "plans": [
        *_key("plan_id run_id domain"), *_text("parent"), *_integer("round"), *_text("summary"),
        *_json("synthesis evaluation"),
    ],
    "scenarios": [
        *_key("scenario_id run_id domain"), *_text("plan_id"), *_integer("slot"), *_text("family variant"),
        *_integer("tier"), *_text("split"), *_key("state"), *_text("reason persona goal opening"),
        *_json("knows does_not_know requests initial reference facts"), *_text("ending"),
    ],
    "checkers": [
        *_key("checker_id run_id domain scenario_id"), *_integer("slot"), *_key("state"), *_real("mutation_score"),
        *_json("discarded"), *_text("reason source"),
    ],
    "mutants": [
        *_key("checker_id run_id domain audit"), *_place("number"), *_key("mutant"), *_text("detail expected got"),
        *_json("findings"),
    ],
    "dialogues": [
        *_key("dialogue_id run_id domain scenario_id"), *_text("checker_id"), *_integer("slot generation"),
        *_text("model user_model stop_reason"), *_key("verdict"), *_text("blame verifier"),
        *_integer("turns tool_calls tokens_in tokens_out"), *_real("cost_usd"), *_text("digest"), *_json("changes"),
        *_time("created_at"),
    ],
    "turns": [
        *_key("dialogue_id"), *_place("turn"), *_key("run_id domain speaker"), *_text("content reasoning"),
        *_json("tool_calls"),
    ],
    "tool_calls": [
        *_key("dialogue_id"), *_place("turn call"), *_key("run_id domain side tool"), *_text("call_id"),
        *_json("arguments result"), *_text("error"), *_all("flag", "writes"),
    ],
    "findings": [*_key("dialogue_id run_id domain source code"), *_text("detail blame")],
    "evolution": [
        *_key("run_id domain"), *_place("round candidate"), *_integer("parent generation"), *_text("measure kind"),
        *_all("flag", "accepted"), *_text("reason"), *_real("pass_rate_before pass_rate_after p_value"),
        *_integer("pairs"), *_json("patches"), *_time("created_at"),
    ],
    "signatures": [
        *_key("dialogue_id run_id domain verdict method"), *_text("said done"), *_all("flag", "stays", required=True),
    ],
    "marks": [*_key("dialogue_id run_id domain kind"), *_text("of side"), *_real("score")],
    "llm_calls": [
        *_key("run_id domain stage"), *_integer("slot"), *_key("role"), *_text("model prompt_hash"),
        *_integer("attempts tokens_in tokens_out"), *_real("cost_usd latency_s"), *_text("outcome"),
    ],
}  # fmt: skip
"""Every table's columns. Its required columns, in this order, are how the rows of a part are sorted."""

_LATEST = {"runs": "run_id, domain", "generations": "domain, generation"}
"""Tables whose rows are recorded again when their state changes, with the key of which only the latest row counts."""

SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "real": "DOUBLE",
    "flag": "BOOLEAN",
    "time": "TIMESTAMP WITH TIME ZONE",
    "json": "VARCHAR",
}


def names_of(table: str) -> list[str]:
    """The columns of a table, in order."""
    return [column.name for column in TABLES[table]]


def quoted(text: str) -> str:
    """`text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def view_sql(table: str, files: Sequence[str]) -> str:
    """The view of a table over its part files: all its columns, typed, even where a part lacks one."""
    columns = ", ".join(f'CAST(NULL AS {SQL_TYPES[column.kind]}) AS "{column.name}"' for column in TABLES[table])
    source = f"SELECT {columns} WHERE false"
    if files:
        read = f"read_parquet([{', '.join(map(quoted, files))}], union_by_name = true, hive_partitioning = false)"
        source = f"{source} UNION ALL BY NAME SELECT * FROM {read}"
    names = ", ".join(f'"{name}"' for name in names_of(table))
    return f'CREATE VIEW "{table}" AS SELECT {names} FROM ({source}){_latest(table)}'


def _latest(table: str) -> str:
    if table not in _LATEST:
        return ""
    return f" QUALIFY row_number() OVER (PARTITION BY {_LATEST[table]} ORDER BY recorded_at DESC) = 1"
