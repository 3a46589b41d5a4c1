"""Generations: the numbered sets of templates and workflow of a domain, and which of them is at work.

Generation 0 is this repository's prompts/; later ones live in the warehouse. None ever changes; what is recorded again
is its state. Exactly one of a domain is active.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path
from typing import Any

from prompts import FILES, GENERATION_0, Generation, assemble, load
from prompts.patching import guard
from turnwright.errors import BadInput
from turnwright.record import content_hash
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.store import Warehouse

Row = dict[str, Any]


class State(StrEnum):
    """What a generation is to its domain."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    REFUSED = "refused"
    RETIRED = "retired"


_KNOWN = """
SELECT generation, parent, state, workflow_hash, reason, created_at FROM generations
WHERE domain = $domain ORDER BY generation
"""
_RATES = """
SELECT generation, count(*) AS dialogues, round(avg((verdict = 'PASS')::INT), 4) AS pass_rate
FROM dialogues WHERE domain = $domain AND NOT EXISTS (
    FROM runs WHERE runs.run_id = dialogues.run_id AND kind = 'evaluate'
) GROUP BY generation
"""
"""Without what was evaluated: that is of other models, or of none."""
_FIRST = "SELECT state FROM generations WHERE domain = $domain AND generation = 0"
_TEXTS = "SELECT DISTINCT role, template FROM prompts WHERE domain = $domain AND generation = $generation"


def known(warehouse: Warehouse, domain: str) -> list[Row]:
    """The generations of a domain with their states, by number."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_KNOWN, {"domain": domain})
    return rows if rows and rows[0]["generation"] == 0 else [_first(load(GENERATION_0), datetime.now(UTC)), *rows]


def rated(warehouse: Warehouse, domain: str) -> list[Row]:
    """The same, each with how many dialogues it has, and their pass rate."""
    with Catalog(warehouse) as catalog:
        rates = {row["generation"]: row for row in catalog.query(_RATES, {"domain": domain})}
    return [
        {"dialogues": 0, "pass_rate": None, **row, **rates.get(row["generation"], {})}
        for row in known(warehouse, domain)
    ]


def active(warehouse: Warehouse, domain: str) -> int:
    """The number of the generation that is at work."""
    return next((row["generation"] for row in known(warehouse, domain) if row["state"] == State.ACTIVE), 0)


def chosen(warehouse: Warehouse | None, domains: Sequence[str], number: int | None) -> dict[str, int]:
    """The generation for each of these domains: this one, or that which is active there; 0 without a warehouse."""
    if number is not None:
        return dict.fromkeys(domains, number)
    return {domain: active(warehouse, domain) if warehouse else 0 for domain in domains}


def load_generation(warehouse: Warehouse, domain: str, number: int) -> Generation:
    """One generation of a domain.

    Raises:
        BadInput: if there is none of that number.
    """
    if number == 0:
        return load(GENERATION_0)
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_TEXTS, {"domain": domain, "generation": number})
    if not rows:
        numbers = ", ".join(str(row["generation"]) for row in known(warehouse, domain))
        raise BadInput(f"{domain} has no generation {number}; known: {numbers}")
    return assemble({row["role"]: row["template"] for row in rows}, number)


def propose(warehouse: Warehouse, domain: str, made: Generation, parent: int, reason: str) -> Generation:
    """Record a candidate; gives it with its number. What was proposed before, of the same parent, keeps its number.

    Raises:
        BadPatch: if it changed more than words.
        WarehouseError: if it cannot be written.
    """
    before = load_generation(warehouse, domain, parent)
    for role, prompt in made.prompts.items():
        guard(before.prompts[role], prompt)
    rows = known(warehouse, domain)
    for row in rows:
        if row["parent"] == parent:
            earlier = load_generation(warehouse, domain, row["generation"])
            if earlier.hash == made.hash:
                return earlier
    number = rows[-1]["generation"] + 1
    row = _row(number, parent, State.CANDIDATE, made, reason, datetime.now(UTC))
    _record(warehouse, domain, [row], made, number)
    return assemble(made.texts, number)


def set_aside(warehouse: Warehouse, domain: str, number: int, state: State, reason: str) -> None:
    """Record that a candidate is not to go to work: refused, or retired where another has all that it has."""
    (row,) = (row for row in known(warehouse, domain) if row["generation"] == number)
    _record(warehouse, domain, [_again(row, state, reason)])


def activate(warehouse: Warehouse, domain: str, number: int, reason: str) -> int:
    """Put a generation to work in place of the one that is; gives the number of that.

    Raises:
        BadInput: if there is none of that number.
        WarehouseError: if it cannot be written; then all is as it was.
    """
    rows = {row["generation"]: row for row in known(warehouse, domain)}
    if number not in rows:
        raise BadInput(f"{domain} has no generation {number}; known: {', '.join(map(str, rows))}")
    before = next((row for row in rows.values() if row["state"] == State.ACTIVE), rows[0])
    if before["generation"] != number:
        retired = _again(before, State.RETIRED, f"generation {number} took its place: {reason}")
        _record(warehouse, domain, [retired, _again(rows[number], State.ACTIVE, reason)])
    return before["generation"]


def settle(warehouse: Warehouse, domain: str, number: int, accept: bool, edited: Generation | None = None) -> int:
    """A person's word on a candidate: it goes to work, as it is or as it was edited, or is refused; gives the number of
    what is at work then.

    Raises:
        BadInput: if it is no candidate.
        BadPatch: if more than words was edited.
    """
    rows = {row["generation"]: row for row in known(warehouse, domain)}
    if number not in rows or rows[number]["state"] != State.CANDIDATE:
        waiting = [str(one) for one, row in rows.items() if row["state"] == State.CANDIDATE]
        raise BadInput(f"{domain} has no candidate {number}; waiting: {', '.join(waiting) or 'none'}")
    if not accept:
        set_aside(warehouse, domain, number, State.REFUSED, "refused by hand")
    elif edited is None:
        activate(warehouse, domain, number, "approved by hand")
    else:
        made = propose(warehouse, domain, edited, rows[number]["parent"], f"generation {number}, edited by hand")
        set_aside(warehouse, domain, number, State.REFUSED, f"edited by hand: see generation {made.number}")
        activate(warehouse, domain, made.number, f"generation {number}, edited by hand")
    return active(warehouse, domain)


def record_first(warehouse: Warehouse, domain: str) -> None:
    """Record generation 0 where the warehouse has not seen it; its templates also where they are others now."""
    first = load(GENERATION_0)
    with Catalog(warehouse) as catalog:
        seen = catalog.query(_FIRST, {"domain": domain})
    now = datetime.now(UTC)
    rows = [] if seen else [{**_first(first, now), "recorded_at": now}]
    name = f"generation-{domain}-0-{first.hash}"
    publish(warehouse, name, name, domain, {"generations": rows, "prompts": _texts(first, 0)})


def differences(one: Generation, other: Generation) -> list[Row]:
    """For each template, the workflow and the plans, if it differs: {"role", "diff"}, a unified diff."""
    names = (f"generation {one.number}", f"generation {other.number}")
    found = ((role, _diff(one.texts.get(role, ""), other.texts.get(role, ""), names)) for role in FILES)
    return [{"role": role, "diff": diff} for role, diff in found if diff]


def export(generation: Generation, folder: Path) -> list[Path]:
    """Write a generation as the files that prompts/ has.

    Raises:
        BadInput: if it cannot be written there.
    """
    files: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for role, text in generation.texts.items():
            files.append(folder / FILES[role])
            files[-1].write_text(text)
    except OSError as error:
        raise BadInput(f"cannot write to {folder}: {error.strerror}") from error
    return files


def _diff(before: str, after: str, names: Sequence[str]) -> str:
    return "\n".join(unified_diff(before.splitlines(), after.splitlines(), *names, n=2, lineterm=""))


def _first(generation: Generation, now: datetime) -> Row:
    return _row(0, None, State.ACTIVE, generation, "the prompts of this repository", now)


def _row(number: int, parent: int | None, state: State, made: Generation, reason: str, now: datetime) -> Row:
    told = {"generation": number, "parent": parent, "state": state, "reason": reason}
    return {**told, "workflow_hash": made.workflow_hash, "created_at": now}


def _again(row: Row, state: State, reason: str) -> Row:
    return {**row, "state": state, "reason": reason}


def _texts(generation: Generation, number: int) -> list[Row]:
    hashes = {role: prompt.hash for role, prompt in generation.prompts.items()}
    hashes["workflow"] = generation.workflow_hash
    return [
        {
            "prompt_hash": hashes.get(role) or content_hash(text, 16),
            "role": role,
            "generation": number,
            "template": text,
        }
        for role, text in generation.texts.items()
    ]


def _record(
    warehouse: Warehouse, domain: str, rows: Sequence[Row], made: Generation | None = None, number: int = 0
) -> None:
    now = datetime.now(UTC)
    names = ("generation", "parent", "state", "workflow_hash", "reason", "created_at")
    told = [{**{name: row[name] for name in names}, "recorded_at": now} for row in rows]
    name = f"generation-{domain}-{rows[-1]['generation']}-{now:%Y%m%dT%H%M%S%f}"
    texts = _texts(made, number) if made else []
    publish(warehouse, name, name, domain, {"generations": told, "prompts": texts})
