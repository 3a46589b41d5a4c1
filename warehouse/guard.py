"""Guard: what SQL a catalog runs. One statement that only reads, and nothing outside the warehouse."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson

from turnwright.errors import BadInput
from warehouse.schema import quoted

_EXPLAIN = re.compile(r"\s*explain\b(\s+analyze\b)?(\s*\(\s*(analyze|format)\b[^)]*\))?", re.IGNORECASE)
_PIVOT = re.compile(r"\s*pivot\b", re.IGNORECASE)
_NODES = re.compile(r'"type":"(\w+_NODE)"')
_READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_REFUSED = "a query only reads: one SELECT, WITH, FROM, PIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"


def lock_down(connection: duckdb.DuckDBPyConnection, files: Iterable[str], scratch: Path) -> None:
    """Take from a connection everything but reading `files` and spilling to `scratch`, for good."""
    for setting, value in {
        "TimeZone": "'UTC'",
        "enable_progress_bar": "false",  # it would be drawn on stdout, beside the answer
        "temp_directory": quoted(str(scratch / "spill")),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "allowed_paths": f"[{', '.join(map(quoted, files))}]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }.items():
        connection.execute(f"SET {setting} = {value}")


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse what is not one reading statement, before anything of it runs.

    The kind of a statement does not tell: `WITH x AS (COPY ...) SELECT` is a SELECT to DuckDB. So its parse tree must
    consist of reading nodes alone. PIVOT has no such tree; a writing WITH inside of it is refused by DuckDB itself.

    Raises:
        BadInput: saying what was wrong.
    """
    body = _EXPLAIN.sub("", sql, count=1)
    tree = connection.execute("SELECT json_serialize_sql($1)", [body]).fetchall()[0][0]
    parsed = orjson.loads(tree)
    if parsed["error"]:
        if parsed["error_type"] == "parser":
            raise BadInput(f"this is not SQL: {parsed['error_message']}")
        if not _is_pivot(connection, body):
            raise BadInput(_REFUSED)
    elif len(parsed["statements"]) != 1:
        raise BadInput(f"{_REFUSED}; this is {len(parsed['statements'])} statements")
    elif not _READING.issuperset(_NODES.findall(tree)):
        raise BadInput(_REFUSED)


def _is_pivot(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    if not _PIVOT.match(sql):
        return False
    statements = connection.extract_statements(sql)
    return len(statements) == 1 and statements[0].type == duckdb.StatementType.MULTI


def named_in(connection: duckdb.DuckDBPyConnection, view: str, condition: str) -> set[str]:
    """The columns and views that a condition names; it is one expression, and so can stand in parentheses.

    Raises:
        BadInput: if it is not.
    """
    # What closes the one and goes on does not fit into the other; and no list, query or nothing stands behind WHEN.
    for clause in (f"CASE WHEN\n{condition}\nTHEN true END", f"(\n{condition}\n)"):
        sql = f"SELECT NULL FROM {view} WHERE {clause}"
        parsed = orjson.loads(connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()[0][0])
        if parsed["error"]:
            raise BadInput(f"this is no condition over {view}: {' '.join(condition.split())}")
    return set(_names(parsed["statements"][0]["node"]["where_clause"]))


def _names(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for inner in tree:
            yield from _names(inner)
    elif isinstance(tree, dict):
        yield from (name.lower() for name in (*tree.get("column_names", ()), tree.get("table_name", "")))
        yield from _names(list(tree.values()))
