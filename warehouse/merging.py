"""Merging: the rows of many parts as one large part, sorted, in the newest schema, without holding them in memory."""

import hashlib
import shutil
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.durable import WarehouseError, adopt_file
from warehouse.parts import PartRef, seal
from warehouse.schema import order_of, quoted, rows_sql
from warehouse.store import Warehouse, named

ROW_GROUP = 20_480
"""Rows that are read together: few enough that one dialogue is found quickly, enough that a count is not slowed."""
_SETTINGS = {"memory_limit": "1GB", "threads": "1", "TimeZone": "UTC", "enable_progress_bar": "false"}
"""Beyond its limit a sort goes to the disk; each thread more wants more that it cannot put there."""

Files = Mapping[int, Sequence[str]]
"""Parts by the schema that they were written in."""


class Merger:
    """Writes large parts; made by `merger`."""

    def __init__(self, warehouse: Warehouse, connection: duckdb.DuckDBPyConnection) -> None:
        self._warehouse = warehouse
        self._connection = connection

    def merge(self, table: str, domain: str, files: Files, name: str, without: str | None = None) -> PartRef | None:
        """One part, or none if there are no rows; of the run `without`, no row is taken.

        Raises:
            WarehouseError: if the rows cannot be read or held.
            OSError: if the part cannot be written.
        """
        paths = {version: [str(self._warehouse.root / path) for path in sorted(files[version])] for version in files}
        kept = "" if without is None else f"WHERE run_id <> {quoted(without)}"
        order = ", ".join(f'"{column}"' for column in order_of(table))
        written = self._warehouse.scratch / f"{uuid.uuid4().hex}.parquet"
        try:
            rows = self._copy(f"SELECT * FROM ({rows_sql(table, paths)}) {kept} ORDER BY {order}", written)
            return self._adopted(written, table, domain, name, rows) if rows else None
        finally:
            written.unlink(missing_ok=True)

    def _copy(self, sql: str, written: Path) -> int:
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
        try:
            ((rows,),) = self._connection.execute(f"COPY ({sql}) TO {quoted(str(written))} ({options})").fetchall()
        except duckdb.Error as error:
            raise WarehouseError(f"cannot merge parts into one: {' '.join(str(error).split())}") from error
        return rows

    def _adopted(self, written: Path, table: str, domain: str, name: str, rows: int) -> PartRef:
        with written.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        path = f"parts/{table}/{named(domain)}/{named(name)}-{digest[:16]}.parquet"
        size = written.stat().st_size
        adopt_file(written, self._warehouse.root / path)
        seal(self._warehouse.root / path)
        return PartRef(path=path, table=table, rows=rows, bytes=size, sha256=digest)


@contextmanager
def merger(warehouse: Warehouse) -> Generator[Merger]:
    """A merger, which spills to a folder of its own; to be used by one process at a time."""
    spill = warehouse.scratch / "merging"
    shutil.rmtree(spill, ignore_errors=True)  # what a killed process left there
    settings = {**_SETTINGS, "temp_directory": str(spill)}
    with duckdb.connect(":memory:") as connection:
        for setting, value in settings.items():
            connection.execute(f"SET {setting} = {quoted(value)}")
        yield Merger(warehouse, connection)
    shutil.rmtree(spill, ignore_errors=True)
