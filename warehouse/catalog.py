"""Catalog: one moment of a warehouse as SQL views, to be read and nothing else."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import IO, Any, TypeVar

import duckdb

from turnwright.errors import BadInput
from warehouse.durable import WarehouseError, reporting
from warehouse.exports import FORMATS, column_names, rows_of
from warehouse.guard import check, lock_down, named_in
from warehouse.quarantine import Quarantined, Snapshot, take_snapshot
from warehouse.schema import TABLES, names_of, view_sql
from warehouse.store import Warehouse

Answer = TypeVar("Answer")

_UNREADABLE = (
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
    duckdb.InternalException,
)
"""What DuckDB raises on a broken file; the first two also on other occasions."""
_OURS = (duckdb.OperationalError, duckdb.InternalError)
_SPOOL_BYTES = 32_000_000


class Catalog:
    """A view per table over the parts that were committed when it was opened; used by one thread."""

    def __init__(self, warehouse: Warehouse, memory: str | None = None) -> None:
        """Open it; parts that cannot be trusted are left out and named in `quarantined`. What queries sort beyond
        `memory`, such as "512MB", they sort in the warehouse's scratch folder.

        Raises:
            WarehouseError: if the manifest is damaged or the warehouse cannot be read.
            BadInput: if a newer version wrote here.
        """
        self._warehouse = warehouse
        self._memory = memory
        self._open()

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def quarantined(self) -> list[Quarantined]:
        """The parts that answer no query, each worth a line to the user."""
        return list(self._snapshot.quarantined)

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of one reading statement; `params` fill its `$name`s.

        Raises:
            BadInput: if it is not one, does not only read, or is wrong: in one line, naming what there is.
            WarehouseError: if the machine gave out.
        """
        return self.read(sql, params, lambda result: list(_dicts(result)))

    def read(
        self, sql: str, params: Mapping[str, Any] | None, use: Callable[[duckdb.DuckDBPyConnection], Answer]
    ) -> Answer:
        """What `use` makes of the running result; it is called anew if a part proves bad on the way.

        Raises:
            BadInput, WarehouseError: as for `query`.
        """
        return self._run(sql, lambda connection: use(connection.execute(sql, dict(params) if params else None)))

    def stream(
        self, sql: str, params: Mapping[str, Any] | None, use: Callable[[Iterator[dict[str, Any]]], Answer]
    ) -> Answer:
        """What `use` makes of the rows as they come; like `read`.

        Raises:
            BadInput, WarehouseError: as for `query`.
        """
        return self.read(sql, params, lambda result: use(_dicts(result)))

    def condition(self, view: str, condition: str) -> set[str]:
        """See whether `condition` can stand behind WHERE over a view; gives the columns and views that it names.

        Raises:
            BadInput, WarehouseError: as for `query`.
        """
        names = named_in(self._connection, view, condition)
        self.query(f"SELECT count(*) AS met FROM {view} WHERE (\n{condition}\n)")
        return names

    def export(self, sql: str, format: str, out: IO[bytes]) -> None:
        """Write the result to `out` as "csv", "json" or "parquet"; on an error, nothing is written.

        Raises:
            BadInput, WarehouseError: as for `query`.
        """
        if format not in FORMATS:
            raise BadInput(f"unknown format {format!r}: {', '.join(FORMATS)} are known")
        # Not straight to `out`: a part can prove bad after half of it is read, and what is written stays written.
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
            self._run(sql, lambda connection: _write(connection, sql, format, spool))
            spool.seek(0)
            shutil.copyfileobj(spool, out)

    def _open(self, thorough: bool = False) -> None:
        snapshot = take_snapshot(self._warehouse, thorough)
        try:
            self._connection = _connect(self._warehouse, snapshot, self._memory)
        except duckdb.Error as error:
            if thorough:
                raise WarehouseError(f"cannot open {self._warehouse.root}: {_one_line(error)}") from error
            self._open(thorough=True)
        else:
            self._snapshot = snapshot

    def _run(self, sql: str, run: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
        try:
            check(self._connection, sql)
            return run(self._connection)
        except duckdb.Error as error:
            # A part that is gone ends in a refused look for a folder of its name: the text tells.
            suspicious = isinstance(error, _UNREADABLE) or str(self._warehouse.parts) in str(error)
            if not (suspicious and self._recover()):
                raise _explained(sql, error) from error
        return self._run(sql, run)  # Ends: every recovery has lost a part.

    def _recover(self) -> bool:
        """Read every part, set the bad ones aside and go on with the rest; False if none was lost."""
        before = {sound.part.path for sound in self._snapshot.sound}
        self.close()
        self._open(thorough=True)
        return not before <= {sound.part.path for sound in self._snapshot.sound}


def _connect(warehouse: Warehouse, snapshot: Snapshot, memory: str | None) -> duckdb.DuckDBPyConnection:
    files: dict[str, dict[int, list[str]]] = {table: {} for table in TABLES}
    for sound in snapshot.sound:
        files[sound.part.table].setdefault(sound.version, []).append(str(warehouse.root / sound.part.path))
    connection = duckdb.connect(":memory:", config={"memory_limit": memory} if memory else {})
    for table in TABLES:
        connection.execute(view_sql(table, files[table]))
    readable = (path for versions in files.values() for paths in versions.values() for path in paths)
    lock_down(connection, readable, warehouse.scratch)
    return connection


def _dicts(result: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    names = column_names(result)
    return (dict(zip(names, row, strict=True)) for row in rows_of(result))


def _write(connection: duckdb.DuckDBPyConnection, sql: str, format: str, spool: IO[bytes]) -> None:
    with reporting("cannot hold the result in the temporary folder"):
        spool.seek(0)
        spool.truncate()
        FORMATS[format](connection, sql, spool)


def _explained(sql: str, error: duckdb.Error) -> Exception:
    message = _one_line(error)
    if isinstance(error, _OURS):
        return WarehouseError(f"the query failed: {message}")
    if isinstance(error, duckdb.PermissionException):
        return BadInput(f"a query reads the warehouse's views and nothing else: {message}")
    named = [table for table in TABLES if re.search(rf"\b{table}\b", sql, re.IGNORECASE)]
    if isinstance(error, duckdb.BinderException) and "column" in message and named:
        known = "; ".join(f"{table} has {', '.join(names_of(table))}" for table in named)
        return BadInput(f"{message} ({known})")
    if isinstance(error, duckdb.CatalogException) and "Table with name" in message:
        return BadInput(f"{message.partition(' Did you mean')[0]} (there are {', '.join(TABLES)})")
    return BadInput(message)


def _one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).partition("\n\nLINE ")[0].split())
