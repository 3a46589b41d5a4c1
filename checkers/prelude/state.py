"""State helpers: what the dialogue left changed. They count on rows that hold their own id in one of their fields."""

from typing import Any

Changes = dict[str, dict[str, list[Any]]]
Entry = dict[str, Any]


def fields(changes: Changes, table: str, key: str, field: str) -> list[Any]:
    """[before, after] of one field of one row; [None, None] if it ended as it began."""
    return changes.get(table + "/" + key, {}).get(field, [None, None])


def changed(changes: Changes, table: str, key: str, field: str) -> Any:
    """The value that a field of a row ended with, if it changed; None if it did not, or if it ended as None (`fields`
    tells which)."""
    return fields(changes, table, key, field)[1]


def created(changes: Changes, table: str) -> list[Entry]:
    """The rows that are new in a table, each as {field: value} with its id (such as "#O-9901") under "key"."""
    return _rows(changes, table, 1)


def deleted(changes: Changes, table: str) -> list[Entry]:
    """The rows that are gone from a table, each as {field: old value} with its id under "key"."""
    return _rows(changes, table, 0)


def _rows(changes: Changes, table: str, side: int) -> list[Entry]:
    found: list[Entry] = []
    for path, row in changes.items():
        key = path[len(table) + 1 :]
        if path != table + "/" + key or any(pair[1 - side] is not None for pair in row.values()):
            continue
        if any(pair[side] == key for pair in row.values()):
            found.append({**{name: pair[side] for name, pair in row.items()}, "key": key})
    return found


def others(changes: Changes, allowed: Any) -> list[str]:
    """The "table/key" of every changed row that is not in `allowed`, a list of those, where "table/*" allows a whole
    table; or a dict {"table/key": [fields]}, which also catches other fields of these rows."""
    whole = [pattern[:-1] for pattern in allowed if pattern.endswith("/*")]
    found: list[str] = []
    for path, row in changes.items():
        if path in allowed:
            if isinstance(allowed, dict) and any(name not in allowed[path] for name in row):
                found.append(path)
        elif not any(path.startswith(start) for start in whole):
            found.append(path)
    return found
