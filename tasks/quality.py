"""Quality: the expectations tried by Great Expectations, and its word on them, in a line each and as a page.

Great Expectations takes seconds to import: whoever needs this module imports it late. Nothing is sent anywhere: its
analytics are off, and its context lives in memory. Its own Data Docs fetch style sheets and scripts from seven
hosts, so the page is ours: one file that needs nothing else.
"""

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
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
from jinja2 import Environment, StrictUndefined

from tasks.expectations import SUITES, Expected, measured, schema
from turnwright.record import Record
from turnwright.world import Domain
from warehouse.catalog import Catalog

_MOST_WORDS = 20
"""Of words that should not be there so many are told."""


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
    known = list(domains)
    tried = list(_tried({suite.table: measured(catalog, suite, known) for suite in SUITES}))
    failed = tuple(str(one) for one in tried if not one.met)
    return Examined(expectations=len(tried), failed=failed, page=_page(title, tried))


def _tried(columns: Mapping[str, Mapping[str, Sequence[Any]]]) -> Iterator[_Tried]:
    """All in one validation: what each takes for itself is more than all that is tried in it."""
    asked = {
        f"{suite.table}.{one.measure}": (suite.table, one, columns[suite.table].get(one.measure, ()))
        for suite in SUITES
        for one in (schema(suite), *suite.expected)
    }
    expectations = [_expectation(name, expected) for name, (_, expected, _) in asked.items()]
    frame = _frame({name: (expected, values) for name, (_, expected, values) in asked.items()})
    source: Any = gx.get_context(mode="ephemeral", project_config=_settings()).data_sources.add_pandas("turnwright")
    whole = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name="rows", expectations=expectations)
    # Whether it is met, and no more: what Great Expectations would count besides takes half as long again.
    for result in whole.get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY").results:
        table, expected, values = asked[result.expectation_config.kwargs["column"]]
        if expected.words and not result.success:
            values = [word for word in values if word is not None and word not in expected.words][:_MOST_WORDS]
        yield _Tried(table, expected, ", ".join(map(_shown, values)), result.success)


def _settings() -> DataContextConfig:
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


def _expectation(column: str, expected: Expected) -> Any:
    notes = expected.says
    if expected.words:
        return ExpectColumnValuesToBeInSet(column=column, value_set=list(expected.words), notes=notes)
    return ExpectColumnValuesToBeBetween(column=column, min_value=expected.least, max_value=expected.most, notes=notes)


def _frame(columns: Mapping[str, tuple[Expected, Sequence[Any]]]) -> pd.DataFrame:
    """A column for each measure and each set of words; they need not be as long as each other."""
    kinds = {name: "object" if expected.words else "float64" for name, (expected, _) in columns.items()}
    return pd.DataFrame({name: pd.Series(list(columns[name][1]), dtype=kind) for name, kind in kinds.items()})


def _shown(value: Any) -> str:
    return "too few to say" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


# Details and words are data: escaped, whatever they hold.
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
    Path(__file__).with_suffix(".html.j2").read_text()
)


def _page(title: str, tried: Sequence[_Tried]) -> str:
    """One file that needs nothing else."""
    tables = {suite.table: [one for one in tried if one.table == suite.table] for suite in SUITES}
    return _TEMPLATE.render(title=title, tried=tried, tables=tables, asked=_asked)


def _asked(expected: Expected) -> str:
    if expected.words:
        return f"one of {', '.join(expected.words)}"
    if expected.least is None:
        return f"at most {expected.most:g}"
    return f"{expected.least:g} to {expected.most:g}"
