"""`turnwright audit-checkers`: how far the checkers of a warehouse can be trusted."""

import asyncio
from pathlib import Path
from typing import Any

from rich.table import Table

from cli.console import out, print_json
from domains import load
from tasks.auditing import audit_checkers as audit
from warehouse.store import Warehouse


def audit_checkers(folder: Path, domains: list[str], seed: int, json: bool) -> None:
    """Audit the admitted checkers of these domains, or of all.

    Raises:
        BadInput: if a domain is unknown, there is no warehouse, or no checker in it.
    """
    for name in domains:
        load(name)
    result = asyncio.run(audit(Warehouse.open(folder, create=False), domains, seed))
    if json:
        print_json(result)
    else:
        _print(result)


def _print(result: dict[str, Any]) -> None:
    table = Table("held back", "runs", "as they must be", "the others, by operator")
    table.add_row("wrong", *_counts(result, "mutants", "killed", "survivors_by_operator"))
    table.add_row("as right", *_counts(result, "equivalents", "equivalents_passed", "equivalents_failed_by_operator"))
    out.print(f"{result['checkers']} admitted checkers, {result['admitted_rate']:.1%} of those asked for")
    out.print(table)
    query = f"select * from mutants where audit = 'seed {result['seed']}'"
    out.print(f'Each run: turnwright sql "{query}"', soft_wrap=True)


def _counts(result: dict[str, Any], whole: str, part: str, rest: str) -> list[str]:
    others = ", ".join(f"{name} {number}" for name, number in result[rest].items())
    share = f" ({result[part] / result[whole]:.1%})" if result[whole] else ""
    return [str(result[whole]), f"{result[part]}{share}", others or "none"]
