"""Signatures: MinHash sketches of what dialogues have in common, kept so that nobody is sketched twice.

A signature holds 128 slots of 16 bits (Broder 1997; R-MinHash of the library rensa, after Dahlgaard et al. 2017). Equal
slots estimate the Jaccard index. Its 25 bands of 5 slots find candidates (locality-sensitive hashing, Indyk and Motwani
1998): of pairs that share 0.8 of their features, fewer than one in ten thousand has no band in common.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rensa import RMinHash  # pyright: ignore[reportAttributeAccessIssue] (it is compiled, and has no stubs)

from warehouse.catalog import Catalog

Slots = npt.NDArray[np.uint16]

SLOTS, BANDS, ROWS, SEED = 128, 25, 5, 1
METHOD = f"rensa-{RMinHash.ALGORITHM_VERSION}-1"
"""What made a signature. Those of other algorithms or features cannot be compared: raise the last number with these."""
SIDES = ("said", "done")

_DIGITS = 4 * ROWS
_CANDIDATES = f"""
WITH stored AS (
    SELECT dialogue_id, said, done, unnest(range({BANDS})) AS band FROM signatures
    WHERE domain = $domain AND verdict = $verdict AND method = $method AND stays
),
said AS (SELECT unnest($said_bands::BIGINT[]) AS band, unnest($said_keys::VARCHAR[]) AS key),
done AS (SELECT unnest($done_bands::BIGINT[]) AS band, unnest($done_keys::VARCHAR[]) AS key)
SELECT DISTINCT dialogue_id, stored.said, stored.done FROM stored JOIN said
    ON said.band = stored.band AND said.key = substr(stored.said, stored.band * {_DIGITS} + 1, {_DIGITS})
UNION
SELECT DISTINCT dialogue_id, stored.said, stored.done FROM stored JOIN done
    ON done.band = stored.band AND done.key = substr(stored.done, stored.band * {_DIGITS} + 1, {_DIGITS})
"""


class Signed(NamedTuple):
    """A dialogue and its signature on each side; an empty one is like nothing."""

    dialogue_id: str
    sides: tuple[str, str]


class Match(NamedTuple):
    """The dialogue that another is most like, on which side, and how much."""

    of: str
    side: str
    score: float


def signatures(sets: Sequence[Iterable[str]]) -> list[str]:
    """The signature of each set, in hexadecimal digits; of an empty one, none."""
    sets = [sorted(one) for one in sets]
    rows = RMinHash.digest_matrix_from_token_sets(sets, SLOTS, SEED).to_rows() if sets else []
    slots: Slots = np.array(rows, dtype=np.uint32).astype(np.uint16)
    return [row.tobytes().hex() if tokens else "" for row, tokens in zip(slots, sets, strict=True)]


def bands(signature: str) -> list[str]:
    """The keys of its bands, in order; two dialogues that have one in common are worth a look."""
    return [signature[at : at + _DIGITS] for at in range(0, BANDS * _DIGITS, _DIGITS)] if signature else []


def estimate(one: str, other: str) -> float:
    """The Jaccard index of the sets behind two signatures; its standard error is 0.035 at 0.8."""
    return float((_slots(one) == _slots(other)).mean())


def _slots(signature: str) -> Slots:
    return np.frombuffer(bytes.fromhex(signature), dtype=np.uint16)


def candidates(catalog: Catalog, domain: str, verdict: str, new: Iterable[Signed]) -> list[Signed]:
    """The dialogues of before, of this domain and verdict, that stay and share a band with one of the new."""
    asked: dict[str, Any] = {"domain": domain, "verdict": verdict, "method": METHOD}
    new = list(new)
    for side, name in enumerate(SIDES):
        keys = {pair for one in new for pair in enumerate(bands(one.sides[side]))}
        asked[f"{name}_bands"] = [band for band, _ in keys]
        asked[f"{name}_keys"] = [key for _, key in keys]
    return [Signed(row["dialogue_id"], (row["said"], row["done"])) for row in catalog.query(_CANDIDATES, asked)]


class Leaders:
    """The dialogues that stay: each new one either is like one of them, or joins them."""

    def __init__(self, thresholds: tuple[float, float], leaders: Iterable[Signed] = ()) -> None:
        self._thresholds = thresholds
        self._known: dict[str, Signed] = {}
        self._buckets: dict[tuple[int, int, str], list[str]] = {}
        for leader in leaders:
            self.add(leader)

    def add(self, leader: Signed) -> None:
        self._known[leader.dialogue_id] = leader
        for bucket in _buckets(leader):
            self._buckets.setdefault(bucket, []).append(leader.dialogue_id)

    def nearest(self, new: Signed) -> Match | None:
        """The leader that it is most like; of several as much, the one with the lowest id."""
        pairs = {(bucket[0], of) for bucket in _buckets(new) for of in self._buckets.get(bucket, ())}
        found = [self._match(new, side, of) for side, of in pairs]
        alike = [match for match in found if match.score >= self._thresholds[SIDES.index(match.side)]]
        return min(alike, key=lambda match: (-match.score, match.of, match.side), default=None)

    def _match(self, new: Signed, side: int, of: str) -> Match:
        return Match(of, SIDES[side], estimate(new.sides[side], self._known[of].sides[side]))


def _buckets(signed: Signed) -> list[tuple[int, int, str]]:
    return [(side, *pair) for side in range(len(SIDES)) for pair in enumerate(bands(signed.sides[side]))]
