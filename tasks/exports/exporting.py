"""Exporting: from a warehouse to a folder that others train on. The same warehouse gives the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import orjson

from domains import load
from tasks.exports import FORMATS
from tasks.exports.briefing import Briefings, Templates, templates_of
from tasks.exports.card import Card, Tally
from tasks.exports.example import Example, Row, held_back, lines_of
from tasks.exports.folder import CARD, Folder, new_folder, place_for
from tasks.exports.selection import REASONS, Selection
from turnwright.dialogue import Side
from turnwright.errors import BadInput
from turnwright.special_tokens import Neutraliser
from warehouse.catalog import Catalog
from warehouse.quarantine import Quarantined
from warehouse.store import Warehouse

MEMORY = "512MB"
"""For the query; what it sorts beyond that goes to disk."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    rows: Mapping[str, int]
    """By file, its rows."""
    files: tuple[str, ...]
    """All files."""
    tally: Tally
    neutralised: Mapping[str, int]
    """By special token, how often it was found."""
    quarantined: Sequence[Quarantined] = ()
    """Parts of the warehouse that could not be trusted."""


def export(warehouse: Warehouse, format: str, out: Path, where: str | None) -> Exported:
    """Write the dialogues that meet a condition over the view `dialogues` as `format` has them.

    Raises:
        BadInput: if there is no such format, `out` may not be replaced, the condition is wrong, or nothing is left.
        WarehouseError: if it cannot be written; then `out` is as it was.
    """
    if format not in FORMATS:
        raise BadInput(f"there is no format {format!r}: use {', '.join(FORMATS)}")
    place = place_for(out, warehouse.root)  # before the query, which takes its time
    with Catalog(warehouse, MEMORY) as catalog:
        names = catalog.condition("dialogues", where) if where is not None else frozenset[str]()
        selection = Selection(where, names, FORMATS[format].tells)
        write = partial(_write, format, place, where, templates_of(catalog, Side.ASSISTANT))
        written = catalog.stream(selection.sql, selection.parameters, write)
        return replace(written, quarantined=catalog.quarantined)


def _write(format: str, place: Path, where: str | None, templates: Templates, rows: Iterator[Row]) -> Exported:
    with new_folder(place) as folder:
        export = _Export(format, folder, templates)
        for _, (about, *said) in groupby(rows, key=lambda row: (row["run_id"], row["dialogue_id"])):
            export.add(about, said)
        return export.finish(where)


class _Export:
    """A folder that fills dialogue by dialogue."""

    def __init__(self, format: str, folder: Folder, templates: Templates) -> None:
        self._name = format
        self._format = FORMATS[format]
        self._folder = folder
        self._found = Neutraliser()
        """Special tokens in what was written; a prompt and its tools count once."""
        self._briefings = Briefings(templates, self._found)
        self._tally = Tally()
        self._told: Row = {}
        """What the format tells of the scenario that is at hand."""
        self._written = ""
        """The last scenario of which something was."""
        for file in self._format.always:
            folder.begin(file)

    def add(self, about: Row, said: Sequence[Row]) -> None:
        """Write a dialogue, or count why it is left out; or take note of the scenario of those that follow."""
        if not about["dialogue_id"]:
            self._told = about
            return
        reason = about["left_out"] or self._write(about, said)
        if reason:
            self._tally.left_out[reason] += 1

    def _write(self, about: Row, said: Sequence[Row]) -> str | None:
        """Write it; gives the reason if that cannot be."""
        if held_back(about["scenario_id"]) and not self._format.validation:
            return "validation"
        clean = Neutraliser()
        briefing, lines = self._briefings.of(about), lines_of(said, clean, self._format.thinking)
        if briefing is None:
            return "no_prompt"
        if not lines:
            return "no_answer"
        first = about["scenario_id"] != self._written
        example = Example(about, clean.value(self._told), briefing, lines, first)
        if self._format.no_place(example):
            return "no_place"
        for file, row in self._format.rows(example):
            self._folder.write_row(file, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self._written = about["scenario_id"]
        self._tally.add(example)
        self._found.found += clean.found
        return None

    def finish(self, where: str | None) -> Exported:
        """Write what goes beside the rows.

        Raises:
            BadInput: if there are none.
        """
        tally, folder, rows = self._tally, self._folder, self._folder.rows
        if not tally.dialogues:
            raise BadInput(f"nothing to export: {_why(tally)}")
        for file, data in self._format.beside({name: load(name) for name in tally.domains}).items():
            folder.write(file, data)
        tokens = dict(sorted(self._found.found.items()))
        folder.write(CARD, Card(self._name, self._format, rows, tally, tokens, where).text().encode())
        folder.finish()
        return Exported(rows, tuple(folder.files), tally, tokens)


def _why(tally: Tally) -> str:
    found = [f"{tally.left_out[name]} {what}" for name, what in REASONS.items() if tally.left_out[name]]
    return (
        f"all {tally.left_out.total()} dialogues are left out ({'; '.join(found)})" if found else "there is no dialogue"
    )
