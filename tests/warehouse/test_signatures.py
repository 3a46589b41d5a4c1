"""Signatures estimate how much is shared, and find what is worth a look, in memory as in the warehouse."""

import random

import pytest

from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.signatures import BANDS, METHOD, Leaders, Signed, bands, candidates, estimate, signatures
from warehouse.store import Warehouse


def overlapping(shared: int, own: int, name: str = "") -> tuple[set[str], set[str]]:
    """Two sets with so much in common, and so much of their own each."""
    common = {f"{name}{number}" for number in range(shared)}
    return common | {f"{name}a{number}" for number in range(own)}, common | {
        f"{name}b{number}" for number in range(own)
    }


@pytest.mark.parametrize(("shared", "own"), [(0, 40), (20, 40), (40, 20), (80, 10), (8, 1), (50, 0)])
def test_the_estimate_is_the_jaccard_index_but_for_noise(shared: int, own: int) -> None:
    pairs = [overlapping(shared, own, f"{trial}-") for trial in range(60)]
    found = [estimate(*signatures(pair)) for pair in pairs]
    exact = shared / (shared + 2 * own)
    assert sum(found) / len(found) == pytest.approx(exact, abs=0.02)
    assert max(abs(one - exact) for one in found) < 0.15


def test_an_empty_set_has_no_signature_and_is_like_nothing() -> None:
    assert signatures([]) == []
    assert signatures([set(), {"a"}])[0] == ""
    leaders = leading(Signed("d-1", "PASS", ("", "")))
    assert leaders.nearest(Signed("d-2", "PASS", ("", ""))) is None


def test_pairs_above_the_threshold_have_a_band_in_common() -> None:
    pairs = [signatures(overlapping(80, 10, f"{trial}-")) for trial in range(200)]
    assert all(len(bands(one)) == BANDS for one, _ in pairs)
    assert all(any(a == b for a, b in zip(bands(one), bands(other), strict=True)) for one, other in pairs)


def signed(name: str, said: set[str], done: set[str], verdict: str = "PASS") -> Signed:
    one, other = signatures([said, done])
    return Signed(name, verdict, (one, other))


def leading(*leaders: Signed) -> Leaders:
    found = Leaders((0.8, 0.8))
    for leader in leaders:
        found.add(leader)
    return found


def test_the_nearest_leader_counts_on_either_side() -> None:
    said, done = overlapping(90, 5, "s"), overlapping(90, 5, "d")
    far = {f"far{number}" for number in range(50)}
    leaders = leading(signed("d-1", said[0], far), signed("d-2", far | {"x"}, done[0]))
    for new, of, side in ((signed("n", said[1], set()), "d-1", "said"), (signed("n", set(), done[1]), "d-2", "done")):
        match = leaders.nearest(new)
        assert match is not None
        assert (match.of, match.side) == (of, side)
        assert match.score == pytest.approx(0.9, abs=0.12)
    assert leaders.nearest(signed("n", {f"n{number}" for number in range(50)}, {"n"})) is None


def test_of_leaders_that_are_as_near_the_lowest_id_counts() -> None:
    said = {f"{number}" for number in range(40)}
    leaders = leading(*(signed(name, said, set()) for name in ("d-2", "d-1", *"efghijklmnop")))
    leaders.add(signed("d-0", said, set(), "FAIL"))
    match = leaders.nearest(signed("n", said, set()))
    assert match is not None
    assert (match.of, match.side, match.score) == ("d-1", "said", 1.0)


def test_the_warehouse_finds_what_memory_would(warehouse: Warehouse) -> None:
    drawn = random.Random(5)
    sets = [({f"{number}" for number in drawn.sample(range(400), 120)}, {f"t{n}" for n in drawn.sample(range(60), 20)})
            for _ in range(80)]  # fmt: skip
    stored = [signed(f"d-{number:02}", *pair) for number, pair in enumerate(sets[:60])]
    new = [signed(f"n-{number:02}", *pair) for number, pair in enumerate(sets[60:])]
    kept = {"verdict": "PASS", "method": METHOD, "stays": True}
    other = [{"method": "older"}, {"stays": False}]
    rows = [{**kept, "dialogue_id": one.dialogue_id, "said": one.sides[0], "done": one.sides[1]} for one in stored]
    left_out = [{**rows[0], "dialogue_id": f"x-{number}", **what} for number, what in enumerate(other)]
    publish(warehouse, "one", "r-1", "shop", {"signatures": [*rows, *left_out]})
    publish(warehouse, "two", "r-1", "flights", {"signatures": [rows[0] | {"dialogue_id": "x-9"}]})
    with Catalog(warehouse) as catalog:
        found = candidates(catalog, "shop", new)
    sharing = {
        one.dialogue_id
        for one in stored
        for side in (0, 1)
        if any({*enumerate(bands(one.sides[side]))} & {*enumerate(bands(other.sides[side]))} for other in new)
    }
    assert 0 < len(sharing) < 60
    assert {one.dialogue_id: one for one in stored if one.dialogue_id in sharing} == {
        one.dialogue_id: one for one in found
    }
