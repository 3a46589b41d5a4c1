"""Settling: when two end states are one and the same: what was booked counts by its sum, not by its number of rows."""

from typing import Any

from turnwright.dialogue import Changes

Fields = dict[str, Any]


def summed(changes: Changes, table: str, key_field: str, by: tuple[str, ...]) -> Changes:
    """`changes` with the new rows of a table that agree in the fields `by` as one row, under their values as its id.

    Such a row has an "amount" in USD and may have a "kind", of which "refund" counts against "charge". What sums up to
    nothing was not booked.
    """
    rest: Changes = {}
    booked: dict[str, Fields] = {}
    for path, row in changes.items():
        if not path.startswith(f"{table}/") or any(before is not None for before, _ in row.values()):
            rest[path] = row
            continue
        fields = {name: after for name, (_, after) in row.items()}
        key = "/".join(str(fields[name]) for name in by)
        total = _signed(booked[key]) if key in booked else 0.0
        booked[key] = _with_amount({**fields, key_field: key}, round(total + _signed(fields), 2))
    for key, fields in booked.items():
        if fields["amount"]:
            rest[f"{table}/{key}"] = {name: [None, value] for name, value in fields.items()}
    return dict(sorted(rest.items()))


def _signed(fields: Fields) -> float:
    return -fields["amount"] if fields.get("kind") == "refund" else fields["amount"]


def _with_amount(fields: Fields, total: float) -> Fields:
    kind = {"kind": "refund" if total < 0 else "charge"} if "kind" in fields else {}
    return {**fields, **kind, "amount": abs(total)}
