"""Signatures: MinHash sketches of what dialogues have in common, kept so that nobody is sketched twice.

A signature holds 128 slots of 16 bits (Broder 1997; R-MinHash of the library rensa, after Dahlgaard et al. 2017). Equal
slots estimate the Jaccard index. Its 20 bands of 6 slots find candidates (locality-sensitive hashing, Indyk and Motwani
1998): of pairs that share 0.8 of their features, two in a thousand have no band in common.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rensa import RMinHash  # pyright: ignore[reportAttributeAccessIssue] (it is compiled, and has no stubs)

from warehouse.catalog import Catalog

Slots = npt.NDArray[np.uint16]

SLOTS, BANDS, ROWS, SEED = 128, 20, 6, 1
METHOD = f"rensa-{RMinHash.ALGORITHM_VERSION}-1"
"""What made a signature. Those of other algorithms or features cannot be compared: raise the last number with these."""
SIDES = ("said", "done")

_DIGITS = 4 * ROWS
_CANDIDATES = f"""
WITH stored AS (
    SELECT dialogue_id, verdict, said, done, unnest(range({BANDS})) AS band FROM signatures
    WHERE domain = $domain AND method = $method AND stays
),
asked AS (SELECT unnest($sides::BIGINT[]) AS side, unnest($bands::BIGINT[]) AS band, unnest($keys::VARCHAR[]) AS key)
SELECT DISTINCT dialogue_id, stored.verdict, stored.said, stored.done FROM stored JOIN asked
    ON side = 0 AND asked.band = stored.band AND key = substr(stored.said, stored.band * {_DIGITS} + 1, {_DIGITS})
UNION
SELECT DISTINCT dialogue_id, stored.verdict, stored.said, stored.done FROM stored JOIN asked
    ON side = 1 AND asked.band = stored.band AND key = substr(stored.done, stored.band * {_DIGITS} + 1, {_DIGITS})
"""


class Signed(NamedTuple):
    """A dialogue, its verdict, and its signature on each side; an empty one is like nothing."""

    dialogue_id: str
    verdict: str
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


def candidates(catalog: Catalog, domain: str, new: Iterable[Signed]) -> list[Signed]:
    """The dialogues of a domain that stay, as far as they share a band with one of the new."""
    buckets = sorted({bucket for one in new for bucket in _buckets(one)})
    asked: dict[str, Any] = {"domain": domain, "method": METHOD}
    asked |= {name: [bucket[at] for bucket in buckets] for at, name in enumerate(("sides", "bands", "keys"))}
    rows = catalog.query(_CANDIDATES, asked)
    return [Signed(row["dialogue_id"], row["verdict"], (row["said"], row["done"])) for row in rows]


class Leaders:
    """The dialogues of a domain that stay: each new one either is like one of them, or joins them.

    Only those of one verdict are held against each other. It takes some 4 KB for each.
    """

    def __init__(self, thresholds: tuple[float, float]) -> None:
        self._thresholds = thresholds
        self._known = set[Signed]()
        self._buckets: defaultdict[tuple[str, int, int, str], list[Signed]] = defaultdict(list)

    def add(self, leader: Signed) -> None:
        if leader not in self._known:
            self._known.add(leader)
            for bucket in _buckets(leader):
                self._buckets[leader.verdict, *bucket].append(leader)

    def nearest(self, new: Signed) -> Match | None:
        """The leader that it is most like; of several as much, the one with the lowest id."""
        pairs = {(bucket[0], of) for bucket in _buckets(new) for of in self._buckets.get((new.verdict, *bucket), ())}
        found = [_match(new, side, of) for side, of in pairs]
        alike = [match for match in found if match.score >= self._thresholds[SIDES.index(match.side)]]
        return min(alike, key=lambda match: (-match.score, match.of, match.side), default=None)


def _match(new: Signed, side: int, leader: Signed) -> Match:
    return Match(leader.dialogue_id, SIDES[side], estimate(new.sides[side], leader.sides[side]))


def _buckets(signed: Signed) -> list[tuple[int, int, str]]:
    return [(side, *pair) for side in range(len(SIDES)) for pair in enumerate(bands(signed.sides[side]))]
