"""Part: one immutable Parquet file, the rows of one shard in one table; named by its contents, listed by a commit."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from turnwright.record import Record, canonical
from warehouse.durable import write_file
from warehouse.schema import TABLES, Column, Kind, names_of, order_of
from warehouse.store import Warehouse, named

_ARROW_TYPES: dict[Kind, Any] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "flag": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}
_NANOSECONDS = 1_000_000_000


class PartRef(Record):
    """What a commit knows of a part."""

    path: str
    """Relative to the warehouse, so that a warehouse can be moved."""
    table: str
    rows: int
    bytes: int
    sha256: str

    @property
    def domain(self) -> str:
        return self.path.split("/")[2]


def write_part(
    warehouse: Warehouse, table: str, rows: Sequence[Mapping[str, Any]], shard: str, run_id: str, domain: str
) -> PartRef:
    """Write the rows of one shard; the same rows, in any order, give the same part.

    Rows need not repeat `run_id` and `domain`.

    Raises:
        ValueError: if the rows do not fit the table.
        OSError: if the part cannot be written; then nothing of it is left.
    """
    data = _parquet(table, rows, {"run_id": run_id, "domain": domain})
    digest = hashlib.sha256(data).hexdigest()
    path = f"parts/{table}/{named(domain)}/{named(shard)}-{digest[:16]}.parquet"
    write_file(warehouse.root / path, data, warehouse.scratch)
    seal(warehouse.root / path)
    return PartRef(path=path, table=table, rows=len(rows), bytes=len(data), sha256=digest)


def _parquet(table: str, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, str]) -> bytes:
    said = set(shared).union(*rows)
    unknown = said - set(shared) - set(names_of(table))
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    columns = {column.name: _values(table, column, rows, shared.get(column.name)) for column in TABLES[table]}
    types = [pa.field(column.name, _ARROW_TYPES[column.kind], not column.required) for column in TABLES[table]]
    order = [(name, "ascending") for name in order_of(table)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=pa.schema(types)).sort_by(order), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _values(table: str, column: Column, rows: Sequence[Mapping[str, Any]], shared: str | None) -> list[Any]:
    name = column.name
    values = [row.get(name, shared) for row in rows]
    if column.required and None in values:
        raise ValueError(f"{table}.{name} is missing in row {values.index(None)}")
    if column.kind == "json":
        return [None if value is None else canonical(value).decode() for value in values]
    if column.kind == "time":  # Rows that went through a journal hold times as text.
        return [datetime.fromisoformat(value) if isinstance(value, str) else value for value in values]
    return values


def fault(warehouse: Warehouse, part: PartRef, thorough: bool = False) -> str | None:
    """Why this part cannot be trusted, or None.

    Looks at its size, its footer and its seal; reads and hashes it where the seal is broken, or if `thorough`.

    Raises:
        OSError: if it cannot be read for a reason that is not its own (permissions, too many open files).
    """
    path = warehouse.root / part.path
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size != part.bytes:
                return f"it has {status.st_size} bytes instead of {part.bytes}"
            if os.pread(file.fileno(), 4, part.bytes - 4) != b"PAR1":
                return "it has no Parquet footer"
            sealed = status.st_mtime_ns % _NANOSECONDS == 0
            if (thorough or not sealed) and hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                return "its contents are not those that were written"
    except FileNotFoundError:
        return "it is missing"
    if not sealed:
        seal(path)
    return None


def seal(path: Path) -> None:
    """Give a part that is known to be good a modification time of whole seconds.

    DuckDB does not check page sums: a flipped byte can answer a query, wrongly. Whoever writes to a part breaks this
    seal, so that opening a warehouse finds it without reading everything each time.
    """
    with suppress(OSError):  # Someone else's file, perhaps: unsealed, it is read again at the next opening.
        second = path.stat().st_mtime_ns // _NANOSECONDS * _NANOSECONDS
        os.utime(path, ns=(second, second))
