"""Gate: whether a candidate is better than its parent, beyond noise, and nowhere worse.

Both play the same scenarios with the same seeds, so what counts are the pairs that end differently: if the candidate
were no better, each of them would be a fair coin, and the exact one-sided sign test (McNemar's, 1947, without
approximation) says how surprising they are. The pairs come in looks, and the error that may be made is spent over them
as Lan and DeMets (1983) do with the function that resembles Pocock's; by the union bound the sum of the looks' shares
holds, however they hang together. It is divided once more by the number of candidates that are confirmed beside each
other (Bonferroni).
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import binomtest

from turnwright.record import Record

ALPHA = 0.025
"""How often a candidate that is no better may be accepted, over all looks and all candidates of a round."""
LOOKS = (60, 120, 180, 240)
"""Pairs after which it may be decided."""
SLICE = 30
"""Pairs that families are pooled to."""
MARGIN = 0.05
"""Share of a slice's pairs that may be lost in sum before the loss is looked at."""
HARM = 0.05
"""How surprising such a loss must be, over all slices, to refuse for."""
COST = 1.2
"""How much more a passed dialogue may cost in tokens, compared with the parent's."""


class Pair(NamedTuple):
    """One scenario, played by both."""

    family: str
    before: bool
    """Whether the parent passed; an ERROR is no pass."""
    after: bool
    tokens_before: int
    tokens_after: int


class Decision(Record):
    """What the gate says; None where more pairs are wanted."""

    accepted: bool | None
    reason: str
    pairs: int
    pass_rate_before: float
    pass_rate_after: float
    p_value: float | None = None
    """Of the sign test on these pairs, before it is corrected for looks and candidates; None where none was made."""


def decide(pairs: Sequence[Pair], candidates: int = 1) -> Decision:
    """Accept, refuse, or ask for the pairs of the next look; `candidates` are confirmed beside each other.

    Raises:
        ValueError: if so many pairs are no look.
    """
    look = LOOKS.index(len(pairs))
    better, worse = discordant(pairs)
    p_value = sign_test(better, worse)
    allowed = share(look) / candidates
    accepted, reason = None, f"{better} pairs better, {worse} worse: p = {p_value:.2g}, allowed {allowed:.2g}"
    if p_value <= allowed:
        accepted, reason = True, f"{better} pairs better, {worse} worse: p = {p_value:.2g} <= {allowed:.2g}"
        if against := _harm(pairs) or _dearer(pairs):
            accepted, reason = False, against
    elif hopeless(look, better, worse, candidates):
        accepted, reason = False, f"{reason}; better than that it will not get"
    return _decision(pairs, accepted, reason, p_value)


def turned_down(pairs: Sequence[Pair], reason: str) -> Decision:
    """A word on a candidate that does not come before the gate."""
    return _decision(pairs, False, reason, None)


def _decision(pairs: Sequence[Pair], accepted: bool | None, reason: str, p_value: float | None) -> Decision:
    return Decision(
        accepted=accepted,
        reason=reason,
        pairs=len(pairs),
        pass_rate_before=round(sum(pair.before for pair in pairs) / len(pairs), 4),
        pass_rate_after=round(sum(pair.after for pair in pairs) / len(pairs), 4),
        p_value=p_value,
    )


def discordant(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Pairs that only the candidate passed, and pairs that only the parent did."""
    return sum(pair.after > pair.before for pair in pairs), sum(pair.after < pair.before for pair in pairs)


def sign_test(better: int, worse: int) -> float:
    """How often so many or more of these would be better if each were a fair coin; one-sided and exact."""
    return float(binomtest(better, better + worse, alternative="greater").pvalue) if better + worse else 1.0


def share(look: int) -> float:
    """The part of ALPHA that is spent at a look, counted from 0."""
    spent = [ALPHA * math.log(1 + (math.e - 1) * pairs / LOOKS[-1]) for pairs in (0, *LOOKS)]
    return spent[look + 1] - spent[look]


def hopeless(look: int, better: int, worse: int, candidates: int) -> bool:
    """Whether it is the last look, or even pairs to come half as good again as those so far would not make up."""
    if look == len(LOOKS) - 1:
        return True
    growth = LOOKS[-1] / LOOKS[look]
    hoped, feared = math.ceil(1.5 * growth * better), math.floor(growth * worse / 1.5)
    return sign_test(hoped, feared) > share(len(LOOKS) - 1) / candidates


def slices(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs by family, families of fewer than SLICE pooled in the order of their names."""
    counts = Counter(pair.family for pair in pairs)
    found: list[list[Pair]] = [[]]
    for family in sorted(counts):
        if len(found[-1]) >= SLICE:
            found.append([])
        found[-1] += [pair for pair in pairs if pair.family == family]
    if len(found) > 1 and len(found[-1]) < SLICE:
        last = found.pop()
        found[-1] += last
    return found


def _harm(pairs: Sequence[Pair]) -> str | None:
    """The slice that lost more than the margin, and more than chance would take from it."""
    pooled = slices(pairs)
    for one in pooled:
        better, worse = discordant(one)
        if worse - better > MARGIN * len(one):
            chance = sign_test(worse, better)
            if chance <= HARM / len(pooled):
                families = ", ".join(sorted({pair.family for pair in one}))
                return f"it got worse at {families}: {better} pairs better, {worse} worse, p = {chance:.2g}"
    return None


def _dearer(pairs: Sequence[Pair]) -> str | None:
    before = _cost([pair.tokens_before for pair in pairs], [pair.before for pair in pairs])
    after = _cost([pair.tokens_after for pair in pairs], [pair.after for pair in pairs])
    if after > COST * before:
        return f"a passed dialogue takes {after:,.0f} tokens in place of {before:,.0f}"
    return None


def _cost(tokens: Sequence[int], passed: Sequence[bool]) -> float:
    return sum(tokens) / sum(passed) if any(passed) else math.inf
