"""Schema: the columns of every table, and the views that SQL sees.

Free-form values (a plan's halves, arguments and results of calls, changes) are strings of canonical JSON: their shape
differs from domain to domain and from tool to tool, and a part's columns must not depend on what happens to be in it.
DuckDB's `->>` reads them. Every table of a run carries `run_id` and `domain`, so that no count needs a join.
"""

from collections.abc import Mapping, Sequence
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
    "models": [
        *_key("model_id domain"), *_text("run_id stage base preset path follows"), *_key("state"), *_text("reason"),
        *_json("metrics"), *_time("created_at"), _RECORDED,
    ],
    "evaluations": [
        *_key("run_id domain model_id user_model split"), *_place("k"), *_real("pass_k lo hi"),
        *_integer("generation scenarios trials seed"), *_time("created_at"),
    ],
    "llm_calls": [
        *_key("run_id domain stage"), *_integer("slot"), *_key("role"), *_text("model prompt_hash"),
        *_integer("attempts tokens_in tokens_out"), *_real("cost_usd latency_s"), *_text("outcome"),
    ],
}  # fmt: skip
"""Every table's columns. Its required columns, in this order, are how the rows of a part are sorted."""

_LATEST = {"runs": "run_id, domain", "generations": "domain, generation", "models": "model_id, domain"}
"""Tables whose rows are recorded again when their state changes, with the key of which only the latest row counts."""


@dataclass(frozen=True, slots=True)
class Change:
    """How rows that were written before a change to their table become rows as they are after it."""

    table: str
    was: Sequence[Column]
    """Columns that are there no more, or in another form."""
    now: Mapping[str, str]
    """For each that takes their place, its value: SQL over the row as it was."""


VERSION = 2
"""The schema that is written. It is raised with every change that a reader could not guess: a column that is renamed or
means something else, a field of a commit. A column that is only new needs none: it is null where it was not written."""

CHANGES: dict[int, Sequence[Change]] = {2: ()}
"""What each version changed in the tables. Readers bring older parts forward, version by version; a compaction writes
what they see. Version 2 changed commits alone: which of them are provisional."""

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


def view_sql(table: str, files: Mapping[int, Sequence[str]]) -> str:
    """The view of a table over its part files, by the schema that they were written in."""
    return f'CREATE VIEW "{table}" AS {rows_sql(table, files)}{_latest(table)}'


def rows_sql(table: str, files: Mapping[int, Sequence[str]]) -> str:
    """All rows in part files: all columns of the table, typed, even where a part lacks one."""
    sources = [_nothing(TABLES[table]), *(_as_now(table, version, files[version]) for version in sorted(files))]
    names = ", ".join(f'"{name}"' for name in names_of(table))
    return f"SELECT {names} FROM ({' UNION ALL BY NAME '.join(sources)})"


def order_of(table: str) -> list[str]:
    """The columns by which a part is sorted."""
    return [column.name for column in TABLES[table] if column.required]


def _as_now(table: str, version: int, files: Sequence[str]) -> str:
    listed = ", ".join(map(quoted, files))
    rows = f"SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    for later in range(version + 1, VERSION + 1):
        for change in CHANGES[later]:
            if change.table == table:
                rows = _changed(change, rows)
    return rows


def _changed(change: Change, rows: str) -> str:
    gone = ", ".join(f'"{column.name}"' for column in change.was)
    now = "".join(f', {value} AS "{name}"' for name, value in change.now.items())
    return f"SELECT * EXCLUDE ({gone}){now} FROM ({_nothing(change.was)} UNION ALL BY NAME {rows})"


def _nothing(columns: Sequence[Column]) -> str:
    """No rows of these columns: it names and types them, whatever follows it in a union."""
    typed = ", ".join(f'CAST(NULL AS {SQL_TYPES[column.kind]}) AS "{column.name}"' for column in columns)
    return f"SELECT {typed} WHERE false"


def _latest(table: str) -> str:
    if table not in _LATEST:
        return ""
    return f" QUALIFY row_number() OVER (PARTITION BY {_LATEST[table]} ORDER BY recorded_at DESC) = 1"
