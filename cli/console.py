"""Console: results go to stdout, everything else to stderr; with --json, stdout holds one JSON object."""

import sys
import time
from typing import Any

import orjson
import psutil
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """One line for the person at the terminal, whatever a provider put into it."""
    err.print(" ".join(line.split()), markup=False, soft_wrap=True)


def print_json(value: dict[str, Any]) -> None:
    """The one object of a --json command."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def in_words(error: ValidationError) -> str:
    """The first thing that is wrong with what was asked for, in one line."""
    first = error.errors(include_url=False)[0]
    return "".join(f"{part}: " for part in first["loc"]) + first["msg"].removeprefix("Value error, ")


def seconds() -> float:
    """Since this process began."""
    return round(time.time() - psutil.Process().create_time(), 2)


def table_of(rows: list[dict[str, Any]]) -> Table:
    """Rows as a table, their keys as its head."""
    table = Table()
    for name in rows[0] if rows else ():
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table
