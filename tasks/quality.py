"""Quality: the expectations tried by Great Expectations, and its word on them, in a line each and as a page.

Great Expectations takes seconds to import: whoever needs this module imports it late. Nothing is sent anywhere: its
analytics are off, and its context lives in memory. Its own Data Docs fetch style sheets and scripts from seven
hosts, so the page is ours: one file that needs nothing else.
"""

import html
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

os.environ["GX_ANALYTICS_ENABLED"] = "false"
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the standard library's modules that it imports
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet

import pandas as pd

from tasks.expectations import SUITES, Expected, Suite, measured, schema
from turnwright.record import Record
from turnwright.world import Domain
from warehouse.catalog import Catalog


class Examined(Record):
    """What came of all expectations."""

    expectations: int
    failed: tuple[str, ...]
    """A line for each that is not met, with what was found."""
    page: str
    """All of them, as HTML."""


class _Tried(NamedTuple):
    """One expectation, what was found, and whether it is met."""

    table: str
    expected: Expected
    found: str
    met: bool

    def __str__(self) -> str:
        return f"{self.table}: {self.expected.says} ({self.expected.measure}: {self.found})"


def examined(catalog: Catalog, domains: Iterable[Domain], title: str) -> Examined:
    """Try every expectation on what a catalog shows."""
    known, context = list(domains), gx.get_context(mode="ephemeral", project_config=_settings())
    source: Any = context.data_sources.add_pandas("turnwright")
    tried = [one for suite in SUITES for one in _tried(context, source, suite, measured(catalog, suite, known))]
    failed = tuple(str(one) for one in tried if not one.met)
    return Examined(expectations=len(tried), failed=failed, page=_page(title, tried))


def _tried(context: Any, source: Any, suite: Suite, columns: Mapping[str, Sequence[Any]]) -> Iterator[_Tried]:
    expected = {one.measure: one for one in (schema(suite), *suite.expected)}
    expectations = [_expectation(one) for one in expected.values()]
    validation = gx.ValidationDefinition(
        name=suite.table,
        data=source.add_dataframe_asset(suite.table).add_batch_definition_whole_dataframe("all"),
        suite=context.suites.add(gx.ExpectationSuite(name=suite.table, expectations=expectations)),
    )
    frame = {"dataframe": _frame(expected.values(), columns)}
    for result in context.validation_definitions.add(validation).run(batch_parameters=frame).results:
        one = expected[result.expectation_config.kwargs["column"]]
        values: Sequence[Any] = columns.get(one.measure, ())
        shown = result.result.get("partial_unexpected_list", ()) if one.words and not result.success else values
        yield _Tried(suite.table, one, ", ".join(map(_shown, shown)), result.success)


def _settings() -> DataContextConfig:
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


def _expectation(expected: Expected) -> Any:
    notes, column = expected.says, expected.measure
    if expected.words:
        return ExpectColumnValuesToBeInSet(column=column, value_set=list(expected.words), notes=notes)
    return ExpectColumnValuesToBeBetween(column=column, min_value=expected.least, max_value=expected.most, notes=notes)


def _frame(expected: Iterable[Expected], columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A column for each measure and each set of words; they need not be as long as each other."""
    kinds = {one.measure: "object" if one.words else "float64" for one in expected}
    return pd.DataFrame({name: pd.Series(list(columns.get(name, ())), dtype=kind) for name, kind in kinds.items()})


def _shown(value: Any) -> str:
    return "too few to say" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 75em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; width: 100% }
td, th { border: 1px solid #ddd; padding: .3em .6em; text-align: left; vertical-align: top }
.met { color: #1a7f37 } .amiss { color: #b42318; font-weight: 600 }
"""


def _page(title: str, tried: Sequence[_Tried]) -> str:
    """One file that needs nothing else."""
    failed = sum(not one.met for one in tried)
    word, mark = (f"{failed} of {len(tried)} expectations are not met.", "amiss") if failed else (
        f"All {len(tried)} expectations are met.", "met",
    )  # fmt: skip
    head = "".join(
        f"<th>{name}</th>" for name in ("", "What is expected", "Measure", "Asked", "Found, domains by name")
    )
    tables = "".join(
        f"<h2>{suite.table}</h2><table><tr>{head}</tr>{_rows(one for one in tried if one.table == suite.table)}</table>"
        for suite in SUITES
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1><p class="{mark}">{word}</p>'
        f"{tables}</body></html>\n"
    )


def _rows(tried: Iterable[_Tried]) -> str:
    cells = ((one, (one.expected.says, one.expected.measure, _asked(one.expected), one.found)) for one in tried)
    return "".join(
        f'<tr><td class="{"met" if one.met else "amiss"}">{"✓" if one.met else "✗"}</td>'
        f"{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
        for one, row in cells
    )


def _asked(expected: Expected) -> str:
    if expected.words:
        return f"one of {', '.join(expected.words)}"
    if expected.least is None:
        return f"at most {expected.most:g}"
    return f"{expected.least:g} to {expected.most:g}"
