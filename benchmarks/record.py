"""Record: what a benchmark found, as one JSON file with all that is needed to judge it, and as tables to look at."""

import math
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

FOLDER = Path("build/bench")

_console = Console(highlight=False, width=140)


@dataclass(frozen=True)
class Target:
    """What is asked of a figure; a record says whether it is met, and nothing fails if it is not."""

    figure: str
    most: float = math.inf
    least: float = -math.inf

    def met(self, value: float | None) -> bool:
        """False also where there is no value."""
        return value is not None and self.least <= value <= self.most

    def __str__(self) -> str:
        if math.isinf(self.least):
            return f"at most {self.most:g}"
        return f"at least {self.least:g}" if math.isinf(self.most) else f"{self.least:g} to {self.most:g}"


def record(name: str, figures: Mapping[str, Any], targets: Sequence[Target] = (), seeds: Sequence[int] = ()) -> Path:
    """Write build/bench/NAME.json and print the figures that are single values, each beside what is asked of it."""
    asked = {target.figure: target for target in targets}
    content: dict[str, Any] = {
        "benchmark": name,
        "command": f"python -m benchmarks.{name}",
        "figures": figures,
        "targets": {key: {"asked": str(target), "met": target.met(figures[key])} for key, target in asked.items()},
        "seeds": list(seeds),
        "machine": machine(),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.json"
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
    show(name, [_line(key, value, asked.get(key)) for key, value in figures.items() if not _is_nested(value)])
    _console.print(f"written to {file}")
    return file


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _line(figure: str, value: Any, target: Target | None) -> dict[str, Any]:
    met = "" if target is None else "yes" if target.met(value) else "NO"
    return {"figure": figure, "value": value, "asked": "" if target is None else str(target), "met": met}


def show(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table; the first row names the columns."""
    table = Table(title=title, title_justify="left")
    for column in rows[0] if rows else ():
        table.add_column(column)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    _console.print(table)


def _cell(value: Any) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def machine() -> dict[str, Any]:
    """Where it was measured."""
    named = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cpus": psutil.cpu_count(),
        "cpu": named[1] if named else platform.processor(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "python": platform.python_version(),
    }
