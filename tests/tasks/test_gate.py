"""The gate: exact on what is known, rarely wrong on what is simulated, and harsh where a slice or the cost suffers."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gate import ALPHA, LOOKS, SLICE, Decision, Pair, decide, discordant, share, slices


def pairs(better: int, worse: int, total: int = LOOKS[0], family: str = "a", tokens: int = 100) -> list[Pair]:
    ended = [(False, True)] * better + [(True, False)] * worse + [(True, True)] * (total - better - worse)
    return [Pair(family, before, after, 100, tokens) for before, after in ended]


def test_the_error_is_spent_over_the_looks_and_no_more() -> None:
    assert math.isclose(sum(share(look) for look in range(len(LOOKS))), ALPHA)
    assert all(share(look) > 0 for look in range(len(LOOKS)))


@pytest.mark.parametrize(
    ("better", "worse", "look", "accepted"),
    [
        (7, 0, 0, True),
        (6, 0, 0, None),
        (9, 1, 0, None),
        (10, 1, 0, True),
        (0, 0, 0, False),
        (0, 5, 0, False),
        (3, 3, 0, False),
        (7, 0, 3, False),
        (8, 0, 3, True),
        (20, 3, 1, True),
    ],
)
def test_what_it_says_of_so_many_pairs(better: int, worse: int, look: int, accepted: bool | None) -> None:
    decision = decide(pairs(better, worse, LOOKS[look]))
    assert decision.accepted is accepted, decision.reason
    assert decision.p_value == pytest.approx(
        sum(math.comb(better + worse, k) for k in range(better, better + worse + 1)) / 2 ** (better + worse)
    )


def test_several_candidates_beside_each_other_have_to_be_better_still() -> None:
    assert decide(pairs(7, 0), candidates=1).accepted
    assert decide(pairs(7, 0), candidates=2).accepted is None


def test_a_slice_that_got_worse_refuses_what_is_better_in_all() -> None:
    good, bad = pairs(40, 0, 60, "a"), pairs(0, 8, 60, "b")
    decision = decide(good + bad)
    assert decision.accepted is False
    assert "worse at b: 0 pairs better, 8 worse" in decision.reason
    assert decide(good + pairs(0, 2, 60, "b")).accepted


def test_what_costs_too_much_is_refused() -> None:
    assert decide(pairs(20, 0, tokens=110)).accepted
    decision = decide(pairs(20, 0, tokens=200))
    assert decision.accepted is False
    assert "takes 200 tokens in place of 150" in decision.reason


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=240))
def test_every_pair_is_in_one_slice_and_no_slice_is_too_small(families: list[str]) -> None:
    given_pairs = [Pair(family, True, True, 1, 1) for family in families]
    pooled = slices(given_pairs)
    assert sorted(pair for one in pooled for pair in one) == sorted(given_pairs)
    assert all(len(one) >= SLICE for one in pooled) or len(pooled) == 1
    assert sum(len({pair.family for pair in one}) for one in pooled) == len(set(families))


def tried(better: float, worse: float, random: Random) -> Decision:
    """A candidate that mends and breaks so large shares of the pairs, through all looks."""
    seen: list[Pair] = []
    for most in LOOKS:
        while len(seen) < most:
            drawn, base = random.random(), random.random() < 0.6
            before, after = (
                (False, True) if drawn < better else (True, False) if drawn < better + worse else (base, base)
            )
            seen.append(Pair(f"family {len(seen) % 24}", before, after, 1000, 1000))
        decision = decide(seen)
        if decision.accepted is not None:
            return decision
    raise AssertionError("the last look decides")


@pytest.mark.parametrize(
    ("better", "worse", "least", "most"),
    [
        (0.1, 0.1, 0.0, 0.05),
        (0.02, 0.02, 0.0, 0.05),
        (0.3, 0.3, 0.0, 0.05),
        (0.0, 0.0, 0.0, 0.0),
        (0.08, 0.0, 0.9, 1.0),
    ],
)
def test_how_often_it_accepts(better: float, worse: float, least: float, most: float) -> None:
    random = Random(5)
    accepted = sum(tried(better, worse, random).accepted is True for _ in range(200)) / 200
    assert least <= accepted <= most


def test_pairs_that_end_alike_say_nothing() -> None:
    assert discordant(pairs(3, 2)) == (3, 2)
    assert decide(pairs(0, 0)).p_value == 1.0
