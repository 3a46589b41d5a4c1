"""Exports: a query's result as CSV, JSON or Parquet, streamed batch by batch."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import IO, Any, cast

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from turnwright.errors import BadInput

_BATCH = 10_000


def column_names(result: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of a result's columns, numbered where one comes again."""
    return numbered(str(described[0]) for described in result.description or ())


def numbered(names: Iterable[str]) -> list[str]:
    """`names` with a number after each that came before, so that no column of a row is lost."""
    taken: list[str] = []
    for given in names:
        name, number = given, 1
        while name in taken:
            name, number = f"{given}_{number}", number + 1
        taken.append(name)
    return taken


def to_json(value: Any) -> bytes:
    """Rows or values as SQL gives them, as JSON; decimals become numbers, what JSON has no word for becomes text."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # An integer beyond 64 bits: the slower encoder writes it, but also NaN, which is no JSON.
        written = json.dumps(value, default=_plain)
        return json.dumps(json.loads(written, parse_constant=lambda _: None)).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def rows_of(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of a running result, a batch in memory at a time."""
    while rows := result.fetchmany(_BATCH):
        yield from rows


def _write_json(connection: duckdb.DuckDBPyConnection, sql: str, out: IO[bytes]) -> None:
    result = connection.execute(sql)
    names = column_names(result)
    separator = b'{"rows": ['
    for row in rows_of(result):
        out.write(separator + to_json(dict(zip(names, row, strict=True))))
        separator = b",\n"
    out.write(b"]}\n" if separator == b",\n" else separator + b"]}\n")


def _write_csv(connection: duckdb.DuckDBPyConnection, sql: str, out: IO[bytes]) -> None:
    result = connection.execute(sql)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    try:
        writer.writerow(column_names(result))
        writer.writerows([_cell(value) for value in row] for row in rows_of(result))
    finally:
        text.detach()  # Else it closes `out` when it goes.


def _cell(value: Any) -> Any:
    if isinstance(value, bool | list | dict):
        return to_json(value).decode()
    return _plain(value) if isinstance(value, bytes | date) else value


def _batches(reader: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from reader
    except OSError as error:  # Arrow's word for whatever DuckDB met while it read.
        raise duckdb.IOException(str(error)) from error


def _write_parquet(connection: duckdb.DuckDBPyConnection, sql: str, out: IO[bytes]) -> None:
    # A relation runs at each look; a result of execute() would be copied to become Arrow.
    reader = cast("pa.RecordBatchReader", connection.sql(sql).to_arrow_reader(_BATCH))
    names = numbered(reader.schema.names)
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
    try:
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for batch in _batches(reader):
                writer.write_batch(batch.rename_columns(names))
    except pa.ArrowNotImplementedError as error:
        raise BadInput(f"Parquet has no such type, cast the column to text: {error}") from error


FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, str, IO[bytes]], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
