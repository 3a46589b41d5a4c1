"""`turnwright report`: one HTML page of what a warehouse holds, to be read anywhere, without a network."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.console import out, print_json, say
from domains import load
from tasks.report import Evolved, Report, as_of, domains_in, report_of
from tasks.trials import MEASURES
from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.durable import write_file
from warehouse.store import Warehouse

Row = dict[str, Any]

PLOT = 220
"""Pixels from the highest rate of a curve to the lowest."""
_STEPS = ((0.12, 0.02), (0.25, 0.05), (1.0, 0.1))
"""For rates that differ by so much, the distance of the lines that are drawn."""


def report(folder: Path, file: Path, domain: str | None, json: bool) -> None:
    """Write the page.

    Raises:
        BadInput: if the domain is unknown, there is no warehouse, or the file cannot be written.
    """
    warehouse = Warehouse.open(folder, create=False)
    if domain is not None:
        load(domain)
    with Catalog(warehouse) as catalog:
        names = domains_in(catalog) if domain is None else [domain]
        reports = [report_of(warehouse, catalog, name) for name in names]
        text = page(reports, as_of=as_of(catalog), left_out=catalog.quarantined)
        for part in catalog.quarantined:
            say(f"turnwright: {part}")
    _write(file, text)
    if json:
        print_json({"out": str(file), "domains": [_told(one) for one in reports]})
    else:
        out.print(f"{file} tells of {', '.join(names) or 'an empty warehouse'}: open it in a browser", markup=False)


def _told(one: Report) -> Row:
    counts = {"dialogues": one.corpus.of, "passed": one.corpus.passed} if one.corpus else {"dialogues": 0, "passed": 0}
    evolved = {"evolutions": len(one.evolutions), "generations": len(one.lineage), "active": one.active}
    return {"domain": one.domain, **counts, "pass_rate": one.corpus.share if one.corpus else None, **evolved}


def _write(file: Path, text: str) -> None:
    target = file.resolve()
    if target.exists() and not target.is_file():
        raise BadInput(f"cannot write {file}: it is there, and is no file")
    try:
        write_file(target, text.encode(), scratch=target.parent)
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror or error}") from error


def page(reports: Sequence[Report], **about: Any) -> str:
    """The page; whatever is told in it is escaped."""
    pages = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"pct": _percent, "utc": _utc}
    shown = {"reports": reports, "curves": curves, "drawn": drawn, "plot_height": PLOT}
    return pages.get_template("report.html.j2").render(**shown, **about)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class Curve:
    """Where the candidates of one measure stand in a plot: across in percent of its width, down in pixels."""

    measure: str
    candidates: list[tuple[float, Row]]
    """Each with its column."""
    rounds: int
    ticks: list[float]
    start: float | None = None
    """What the held-out scenarios gave before the first round, and after the last."""
    end: float | None = None

    def x(self, column: float) -> str:
        """The first column is for the numbers of the lines, the second and the last for the held-out scenarios."""
        return f"{100 * (column + 0.5) / (self.rounds + 3):.2f}%"

    def y(self, rate: float) -> float:
        return round(PLOT * (self.ticks[-1] - rate) / (self.ticks[-1] - self.ticks[0]), 1)


def curves(evolved: Evolved) -> list[Curve]:
    """A curve for each measure under which something was accepted, that of the pass rate first."""
    found: list[Curve] = []
    for measure in MEASURES:
        rows = evolved.of(measure.name)
        ends = (
            (evolved.run["pass_rate_start"], evolved.run["pass_rate_end"]) if measure is MEASURES[0] else (None, None)
        )
        rates = [rate for row in rows for rate in (row["before"], row["after"])]
        rates += [rate for rate in ends if rate is not None]
        if rates:
            found.append(Curve(measure.name, _columns(rows), evolved.rounds, ticks(rates), *ends))
    return found


def _columns(rows: Sequence[Row]) -> list[tuple[float, Row]]:
    rounds: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        rounds[row["round"]].append(row)
    return [
        (number + 2 + (place - (len(together) - 1) / 2) * 0.5, row)
        for number, together in rounds.items()
        for place, row in enumerate(together)
    ]


def ticks(rates: Sequence[float]) -> list[float]:
    """Round numbers from below the lowest rate to above the highest."""
    step = next(step for width, step in _STEPS if max(rates) - min(rates) <= width)
    low, high = math.floor(min(rates) / step + 1e-9), math.ceil(max(rates) / step - 1e-9)
    return [round(at * step, 2) for at in range(min(low, high - 1), high + 1)]


@dataclass(frozen=True)
class Node:
    """A generation in the plot of its lineage: its lane, its line, and the places that lines come from."""

    row: Row
    lane: int
    line: int
    sources: list[tuple[int, int]]


def drawn(lineage: Sequence[Row], refused: bool) -> list[Node]:
    """The generations, parents above children, with or without those that were refused.

    What led to the one at work, or else the longest line, stays in its parent's lane; what was refused comes before it,
    in a lane beside, and so does what it is joined with later.
    """
    rows = {row["generation"]: row for row in lineage if refused or row["state"] != "refused"}
    parents = {number: row["parent"] if row["parent"] in rows else None for number, row in rows.items()}
    joined = {other for row in rows.values() for other in row["joins"] if other != row["parent"]}
    weights = {number: len(rows) if row["state"] == "active" else 0 for number, row in rows.items()}
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for number in sorted(rows, reverse=True):  # a child has a higher number than its parent
        children[parents[number]].append(number)
        if (parent := parents[number]) is not None:
            weights[parent] = max(weights[parent], weights[number] + 1)

    def beside(parent: int | None, lane: int) -> list[tuple[int, int]]:
        """The children of one with their lanes, the one that comes first last."""
        ranked = sorted(children[parent], key=lambda number: (rows[number]["state"] != "refused", weights[number]))
        main = [(ranked.pop(), lane)] if ranked and rows[ranked[-1]]["state"] != "refused" else []
        single, kept = ([one for one in sorted(ranked) if (one in joined) is wanted] for wanted in (False, True))
        others = [(one, lane + 1) for one in single] + [(one, lane + 1 + at) for at, one in enumerate(kept)]
        return main + others[::-1]

    places: dict[int, tuple[int, int]] = {}
    to_do = beside(None, 0)
    while to_do:
        number, lane = to_do.pop()
        places[number] = (lane, len(places))
        to_do += beside(number, lane)
    return [
        Node(rows[number], *place, [places[one] for one in {parents[number], *rows[number]["joins"]} if one in places])
        for number, place in places.items()
    ]
