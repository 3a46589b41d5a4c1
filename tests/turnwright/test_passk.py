"""pass^k: exact where it can be counted, intervals that hold the truth as often as they say, a test that is exact."""

from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from turnwright.passk import Tally, compare, estimate, pass_k, sign_flip_test

TALLIES = st.integers(1, 6).flatmap(
    lambda of: st.lists(st.integers(0, of).map(lambda passed: Tally(passed, of)), min_size=1, max_size=8)
)


@given(TALLIES, st.integers(1, 6))
def test_it_is_the_share_of_all_ways_to_draw_k_trials_that_passed(tallies: list[Tally], k: int) -> None:
    k = min(k, tallies[0].of)
    counted = [
        np.mean([all(drawn) for drawn in combinations([at < one.passed for at in range(one.of)], k)]) for one in tallies
    ]
    assert pass_k(tallies, k) == pytest.approx(np.mean(counted))


@given(TALLIES)
def test_it_never_rises_with_k_and_lies_in_its_interval(tallies: list[Tally]) -> None:
    found = [estimate(tallies, k) for k in range(1, tallies[0].of + 1)]
    values = [one.value for one in found]
    assert values == sorted(values, reverse=True)
    assert all(0 <= one.low <= one.value + 1e-9 and one.value - 1e-9 <= one.high <= 1 for one in found)


def test_it_is_unbiased() -> None:
    """Over many draws of n trials its mean is p to the k."""
    draw, p, trials = np.random.default_rng(1), 0.6, 5
    tallies = [Tally(int(passed), trials) for passed in draw.binomial(trials, p, size=40_000)]
    assert [pass_k(tallies, k) for k in (1, 2, 4)] == pytest.approx([p, p**2, p**4], abs=0.01)


def test_the_interval_holds_the_truth_nearly_as_often_as_it_says() -> None:
    draw, held = Random(5), 0
    for seed in range(300):
        hard = [draw.betavariate(2, 1) for _ in range(60)]  # scenarios differ; their mean is 2/3
        tallies = [Tally(sum(draw.random() < p for _ in range(4)), 4) for p in hard]
        found = estimate(tallies, 1, seed)
        held += found.low <= 2 / 3 <= found.high
    assert 0.91 <= held / 300 <= 0.985


@pytest.mark.parametrize(
    ("tallies", "low", "high"),
    [([Tally(0, 4)] * 20, 0.0, 0.1684), ([Tally(4, 4)] * 20, 0.8316, 1.0), ([Tally(1, 2)], 0.0168, 0.9832)],
)
def test_scenarios_that_ended_alike_are_not_taken_for_certain(tallies: list[Tally], low: float, high: float) -> None:
    found = estimate(tallies, 1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


@given(st.lists(st.integers(-3, 3), max_size=9))
def test_the_p_value_is_that_of_all_ways_to_flip(differences: list[int]) -> None:
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    assert sign_flip_test(differences) == pytest.approx(np.mean([one >= abs(sum(differences)) for one in sums]))


@given(st.integers(0, 30), st.integers(0, 30))
def test_with_one_trial_it_is_mcnemars(better: int, worse: int) -> None:
    exact = binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert sign_flip_test([1] * better + [-1] * worse + [0] * 5) == pytest.approx(exact)


@given(TALLIES, st.randoms())
def test_a_comparison_turned_round_says_the_same_of_the_other(tallies: list[Tally], draw: Random) -> None:
    other = [Tally(draw.randint(0, one.of), one.of) for one in tallies]
    one, back = compare(tallies, other), compare(other, tallies)
    assert one.p_value == pytest.approx(back.p_value)
    assert one.difference.value == pytest.approx(-back.difference.value)
    assert (one.better, one.worse) == (back.worse, back.better)


@pytest.mark.parametrize("k", [0, 3])
def test_there_is_none_of_more_trials_than_there_are(k: int) -> None:
    with pytest.raises(ValueError, match="takes scenarios"):
        pass_k([Tally(1, 2)], k)


def test_what_was_not_tried_alike_is_not_compared() -> None:
    with pytest.raises(ValueError, match="the same scenarios"):
        compare([Tally(1, 2)], [Tally(1, 3)])
