"""Database: the immutable seed of a domain, indexed by every field that its tools look up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import orjson


class Row(dict[str, Any]):
    """A frozen row; nested lists become tuples, nested objects become frozen rows. Serialises as plain JSON."""

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__({name: freeze(value) for name, value in (fields or {}).items()})

    def _frozen(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("rows are frozen: change the world through insert, update and delete")

    __setitem__ = __delitem__ = __ior__ = _frozen  # pyright: ignore[reportAssignmentType]
    clear = pop = popitem = setdefault = update = _frozen  # pyright: ignore[reportAssignmentType]


_FROZEN = (str, float, int, bool, type(None), Row)


def freeze(value: Any) -> Any:
    """`value` with every list a tuple and every object a Row."""
    if type(value) in _FROZEN:
        return value
    if isinstance(value, Mapping):
        return Row(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value


class Database:
    """Tables of frozen rows by id, with one index per looked-up field."""

    def __init__(
        self, tables: Mapping[str, Mapping[str, Mapping[str, Any]]], indexes: Mapping[str, Iterable[str]]
    ) -> None:
        """`tables` is {table: {id: row}}; `indexes` names the fields to index, {table: fields}."""
        self.tables = {name: {key: Row(row) for key, row in rows.items()} for name, rows in tables.items()}
        self._index: dict[tuple[str, str], dict[Any, tuple[str, ...]]] = {}
        for table, fields in indexes.items():
            for field in fields:
                keys: defaultdict[Any, list[str]] = defaultdict(list)
                for key in sorted(self.tables[table]):
                    keys[self.tables[table][key].get(field)].append(key)
                self._index[table, field] = {value: tuple(found) for value, found in keys.items()}

    @classmethod
    def load(cls, file: Path, indexes: Mapping[str, Iterable[str]]) -> "Database":
        """Read the committed JSON of a seed database."""
        return cls(orjson.loads(file.read_bytes()), indexes)

    def get(self, table: str, key: str) -> Row | None:
        return self.tables[table].get(key)

    def find(self, table: str, field: str, value: Any) -> tuple[str, ...]:
        """Ids of the rows whose `field` equals `value`, sorted.

        Raises:
            KeyError: if that field has no index.
        """
        return self._index[table, field].get(value, ())
