"""`turnwright generations`, `diff` and `rollback`: which prompts and workflow a domain had, has, and had before."""

from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.syntax import Syntax
from rich.table import Table

from cli.console import out, print_json
from domains import DOMAINS, load
from prompts import load as load_files
from prompts.patching import BadPatch
from tasks.generations import activate, differences, export, load_generation, rated, settle
from turnwright.errors import BadInput
from warehouse.store import Warehouse

_WITHOUT_REASON = 75
"""Columns that the other cells of a row take."""
_SHOWN = ("domain", "generation", "parent", "state", "pass_rate", "dialogues", "created_at", "reason")


def generations(folder: Path, domain: str | None, exported: int | None, to: Path | None, json: bool) -> None:
    """The generations of a domain, or of all; or one of them as files.

    Raises:
        BadInput: if a domain or generation is unknown, there is no warehouse, or the files cannot be written.
    """
    warehouse, names = Warehouse.open(folder, create=False), [domain] if domain else sorted(DOMAINS)
    for name in names:
        load(name)
    rows = [{"domain": name, **row} for name in names for row in rated(warehouse, name)]
    found = [{key: row[key] for key in _SHOWN} for row in rows]
    files = [] if exported is None else _exported(warehouse, domain, exported, to)
    if json:
        print_json({"generations": found, **({"files": [str(file) for file in files]} if files else {})})
    elif files:
        out.print(f"generation {exported} of {domain} as {len(files)} files in {to}")
    else:
        out.print(_table(found))


def _table(rows: list[dict[str, Any]]) -> Table:
    """One line each: what does not fit is in --json and in SQL."""
    several = len({row["domain"] for row in rows}) > 1
    names = [name for name in _SHOWN if name != "created_at" and (several or name != "domain")]
    table, left = Table(*names, box=SIMPLE), max(12, out.width - _WITHOUT_REASON)
    for row in rows:
        cells = ["" if row[name] is None else str(row[name]) for name in names]
        table.add_row(*cells[:-1], cells[-1] if len(cells[-1]) <= left else f"{cells[-1][: left - 1]}…")
    return table


def _exported(warehouse: Warehouse, domain: str | None, number: int, to: Path | None) -> list[Path]:
    if domain is None or to is None:
        raise BadInput("--export wants the --domain of the generation, and with --out the folder to write it to")
    return export(load_generation(warehouse, domain, number), to)


def diff(folder: Path, domain: str, one: int, other: int, json: bool) -> None:
    """What differs between two generations of a domain.

    Raises:
        BadInput: if the domain or a generation is unknown, or there is no warehouse.
    """
    warehouse, _ = Warehouse.open(folder, create=False), load(domain)
    before, after = (load_generation(warehouse, domain, number) for number in (one, other))
    found = differences(before, after)
    if json:
        print_json({"domain": domain, "from": one, "to": other, "changes": found})
        return
    for row in found:
        out.rule(row["role"])
        out.print(Syntax(row["diff"], "diff", word_wrap=True, background_color="default"))
    if not found:
        out.print(f"generations {one} and {other} of {domain} are the same")


def approve(folder: Path, domain: str, number: int, refused: bool, edited: Path | None, json: bool) -> None:
    """Put a candidate that waits to work, as it is or as it was edited, or refuse it.

    Raises:
        BadInput: if the domain is unknown, there is no warehouse, no such candidate, or more than words was edited.
    """
    warehouse, _ = Warehouse.open(folder, create=False), load(domain)
    try:
        texts = load_files(edited) if edited else None
        at_work = settle(warehouse, domain, number, not refused, texts)
    except OSError as error:
        raise BadInput(f"cannot read {error.filename}: {error.strerror}") from error
    except BadPatch as error:
        raise BadInput(str(error)) from error
    if json:
        print_json({"domain": domain, "candidate": number, "at_work": at_work})
    else:
        out.print(f"{domain}: generation {at_work} is at work; go on with the same `turnwright evolve`")


def rollback(folder: Path, domain: str, to: int, json: bool) -> None:
    """Put an earlier generation back to work.

    Raises:
        BadInput: if the domain or the generation is unknown, or there is no warehouse.
    """
    warehouse, _ = Warehouse.open(folder, create=False), load(domain)
    before = activate(warehouse, domain, to, "put back to work by hand")
    if json:
        print_json({"domain": domain, "from": before, "to": to})
    else:
        out.print(f"{domain}: generation {to} is at work" + (f" again, {before} is retired" if before != to else ""))
