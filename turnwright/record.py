"""Record: the frozen base of all data that goes over a wire or to disk, and the one canonical form of JSON."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Frozen data, validated where it enters; unknown fields are an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical(value: Any) -> bytes:
    """`value` as JSON bytes with sorted keys: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def content_hash(value: Any, length: int = 64) -> str:
    """The first `length` hex digits of the sha256 of `value`'s canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()[:length]


def derive_seed(*parts: str | int) -> int:
    """A 63-bit seed that depends on every part and on nothing else."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def scalars(value: Any) -> Iterator[Any]:
    """Every plain value inside, in order."""
    if isinstance(value, Mapping):
        value = list(value.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, list | tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from scalars(item)
    else:
        yield value


def strings(value: Any) -> Iterator[str]:
    """Every string inside, in order."""
    return (one for one in scalars(value) if isinstance(one, str))
