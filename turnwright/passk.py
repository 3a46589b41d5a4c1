"""pass^k: how likely a model is to pass a scenario k times out of k, how sure that is, and whether two models differ.

The unit is the scenario: its trials hang together, so intervals draw scenarios anew and the test flips scenarios, never
single trials. pass^k is that of tau-bench (arXiv 2406.12045): unbiased from n >= k trials of each scenario.
"""

from collections.abc import Sequence
from math import comb
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import beta

SHARE = 0.95
"""How often an interval holds the truth."""
DRAWS = 10_000
"""Of the bootstrap."""


class Tally(NamedTuple):
    """The trials of one scenario."""

    passed: int
    of: int


class Estimate(NamedTuple):
    """A figure and the ends of its interval."""

    value: float
    low: float
    high: float


class Comparison(NamedTuple):
    """Two models on the same scenarios, scenario by scenario."""

    difference: Estimate
    """Of their pass^1; positive where the first is better."""
    p_value: float
    better: int
    """Scenarios that the first passed more often."""
    worse: int


def pass_k(tallies: Sequence[Tally], k: int) -> float:
    """The mean over scenarios of C(passed, k) / C(of, k).

    Raises:
        ValueError: if there is no scenario, or one with fewer than k trials.
    """
    return float(np.mean(_shares(tallies, k)))


def estimate(tallies: Sequence[Tally], k: int, seed: int = 0) -> Estimate:
    """The same with its interval: the bootstrap's, by percentiles.

    Where every scenario ended alike the bootstrap would be sure of it; then it is the interval of so many scenarios
    after Clopper and Pearson (1934), so that 0 of 20 is not taken for never.

    Raises:
        ValueError: as `pass_k` does.
    """
    shares = _shares(tallies, k)
    return _of_alike(float(shares[0]), len(shares)) if np.ptp(shares) == 0 else _bootstrapped(shares, seed)


def compare(first: Sequence[Tally], second: Sequence[Tally], seed: int = 0) -> Comparison:
    """Two models on the same scenarios in the same order.

    Raises:
        ValueError: if they were not tried on the same, equally often.
    """
    if len(first) != len(second) or len({one.of for one in (*first, *second)}) != 1:
        raise ValueError("what is compared was tried on the same scenarios, each equally often")
    more = [one.passed - other.passed for one, other in zip(first, second, strict=True)]
    difference = _bootstrapped(np.array(more) / first[0].of, seed)
    return Comparison(difference, sign_flip_test(more), sum(one > 0 for one in more), sum(one < 0 for one in more))


def sign_flip_test(differences: Sequence[int]) -> float:
    """How often the sum would be so far from 0 if each difference were as likely to be its opposite: the permutation
    test of pairs, two-sided and exact. With differences of -1, 0 and 1 it is McNemar's test without approximation."""
    chances = np.ones(1)
    for step in map(abs, differences):
        flipped = np.zeros(len(chances) + 2 * step)  # entry i stands for a sum of i - len // 2
        flipped[: len(chances)] += chances / 2
        flipped[2 * step :] += chances / 2
        chances = flipped
    sums = np.arange(len(chances)) - len(chances) // 2
    return min(1.0, float(chances[np.abs(sums) >= abs(sum(differences))].sum()))


def _shares(tallies: Sequence[Tally], k: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not tallies or k < 1 or any(one.of < k for one in tallies):
        raise ValueError(f"pass^{k} takes scenarios of {k} trials or more, k being 1 or more")
    return np.array([comb(one.passed, k) / comb(one.of, k) for one in tallies])


def _of_alike(value: float, scenarios: int) -> Estimate:
    """Shares vary less than what is either 0 or 1, so the interval of that, for successes in fractions, holds them."""
    won, lost = value * scenarios, (1 - value) * scenarios
    low = float(beta.ppf((1 - SHARE) / 2, won, lost + 1)) if won else 0.0
    high = float(beta.ppf((1 + SHARE) / 2, won + 1, lost)) if lost else 1.0
    return Estimate(value, low, high)


def _bootstrapped(values: np.ndarray[Any, np.dtype[np.float64]], seed: int) -> Estimate:
    """The mean of values, drawn again and again with replacement."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return Estimate(float(values.mean()), float(low), float(high))
