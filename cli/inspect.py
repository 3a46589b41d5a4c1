"""`turnwright domains`, `sql`, `show` and `doctor`: looking at what there is."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checkers.sandbox import Sandbox
from cli.chat import print_dialogue
from cli.console import out, print_json, say, table_of
from cli.prefect_env import running_server
from domains import DOMAINS, load
from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.exports import FORMATS, to_json
from warehouse.store import Warehouse

_ROWS_SHOWN = 1000


def domains(json: bool) -> None:
    """All domains."""
    rows: list[dict[str, Any]] = []
    for name in sorted(DOMAINS):
        domain = load(name)
        rows.append(
            {
                "name": name,
                "tools": len(domain.tools),
                "user_tools": len(domain.user_tools),
                "scenarios_test": len(domain.test_scenarios()),
                "policy_lines": len(domain.policy.splitlines()),
            }
        )
    if json:
        print_json({"domains": rows})
    else:
        out.print(table_of(rows))


def sql(query: str, format: str, file: Path | None, folder: Path, json: bool) -> None:
    """One query.

    Raises:
        BadInput: if it cannot be answered, or the format is unknown.
    """
    chosen = "json" if json else format
    if chosen != "table" and chosen not in FORMATS:
        raise BadInput(f"unknown format {chosen!r}: use table, {', '.join(FORMATS)}")
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        if chosen == "table":
            _printtable_of(catalog.query(query), file)
        elif json:
            print_bytes(to_json({"rows": catalog.query(query)}) + b"\n", file)
        else:
            _export(catalog, query, chosen, file)
        for part in catalog.quarantined:
            say(f"turnwright: {part}")


def _printtable_of(rows: list[dict[str, Any]], file: Path | None) -> None:
    if file is not None:
        raise BadInput("--out needs a --format that a file can hold: csv, json or parquet")
    out.print(table_of(rows[:_ROWS_SHOWN]))
    say(f"{len(rows)} rows" + (f", the first {_ROWS_SHOWN} shown" if len(rows) > _ROWS_SHOWN else ""))


def print_bytes(data: bytes, file: Path | None) -> None:
    if file is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        with _writing(file):
            file.write_bytes(data)


def _export(catalog: Catalog, query: str, format: str, file: Path | None) -> None:
    if file is None:
        if format == "parquet" and sys.stdout.isatty():
            raise BadInput("parquet is not for a terminal: name a file with --out")
        catalog.export(query, format, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with tempfile.TemporaryFile() as spool:  # a query that fails leaves the file as it was
        catalog.export(query, format, spool)
        spool.seek(0)
        with _writing(file), file.open("wb") as target:
            shutil.copyfileobj(spool, target)


@contextmanager
def _writing(file: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror or error}") from error


_DIALOGUE = """
SELECT d.*, s.family, s.variant, s.persona, s.goal, s.facts, s.ending, c.source
FROM dialogues d LEFT JOIN scenarios s USING (scenario_id, run_id) LEFT JOIN checkers c USING (checker_id, run_id)
WHERE dialogue_id = $id ORDER BY run_id LIMIT 1
"""
_THERE = "WHERE dialogue_id = $id AND run_id = $run_id"
_PARTS = {
    "turns": f"SELECT turn, speaker, content FROM turns {_THERE} ORDER BY turn",
    "tool_calls": "SELECT turn, side, tool, arguments, result, error, writes FROM tool_calls "
    f'{_THERE} ORDER BY turn, "call"',
    "findings": f"SELECT source, code, detail, blame FROM findings {_THERE} ORDER BY ALL",
}


def show(dialogue_id: str, folder: Path, json: bool) -> None:
    """One dialogue.

    Raises:
        BadInput: if there is none of this id.
    """
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        found = catalog.query(_DIALOGUE, {"id": dialogue_id})
        if not found:
            raise BadInput(
                f"there is no dialogue {dialogue_id!r} here; "
                '`turnwright sql "select dialogue_id from dialogues"` lists them'
            )
        asked = {"id": dialogue_id, "run_id": found[0]["run_id"]}
        dialogue = found[0] | {name: catalog.query(query, asked) for name, query in _PARTS.items()}
    if json:
        sys.stdout.buffer.write(to_json(dialogue) + b"\n")
    else:
        print_dialogue(dialogue)


def doctor(folder: Path, json: bool) -> int:
    """Check what a run needs; 1 if something is amiss."""
    checks = {"sandbox": _sandbox(), "warehouse": _warehouse(folder), "prefect": _prefect(folder), "keys": _keys()}
    amiss = "; ".join(f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"])
    if json:
        print_json({"healthy": not amiss, "checks": checks, **({"error": amiss} if amiss else {})})
    else:
        for name, check in checks.items():
            out.print(f"{'ok  ' if check['ok'] else 'FAIL'} {name}: {check['detail']}", markup=False)
    return 1 if amiss else 0


def _sandbox() -> dict[str, Any]:
    async def try_one() -> bool:
        with Sandbox(workers=1) as sandbox:
            source = "def check(changes, calls, messages, facts):\n    return [('SEEN', 'it runs')]\n"
            found = await sandbox.judge(source, {"changes": {}, "calls": [], "messages": [], "facts": {}})
        return [finding.code for finding in found] == ["SEEN"]

    works = asyncio.run(try_one())
    return {"ok": works, "detail": "a checker ran in the sandbox" if works else "a checker did not run"}


def _warehouse(folder: Path) -> dict[str, Any]:
    try:
        with Catalog(Warehouse.open(folder, create=False)) as catalog:
            count = catalog.query("SELECT count(*) AS n FROM dialogues")[0]["n"]
            bad = [str(part) for part in catalog.quarantined]
    except BadInput as error:
        return {"ok": not folder.exists(), "detail": str(error)}
    return {"ok": not bad, "detail": "; ".join(bad) or f"{folder} holds {count:,} dialogues"}


def _prefect(folder: Path) -> dict[str, Any]:
    server = running_server(folder)
    detail = f"`turnwright serve` runs at {server.url}" if server else "no `turnwright serve` runs; runs start a server"
    return {"ok": True, "detail": detail}


def _keys() -> dict[str, Any]:
    found = sorted(name for name in os.environ if name.endswith("_API_KEY"))
    return {
        "ok": True,
        "detail": f"in the environment: {', '.join(found)}" if found else "none; embedded/teacher needs none",
    }
