"""A run is known by what decides its corpus; its shards cover its slots exactly, whatever was begun before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.spec import RunSpec, Shard, shards

RUN = RunSpec(domains=("shop", "flights"), count=7, seed=3)

SAME: list[Any] = [
    {"concurrency": 1},
    {"shard_size": 1},
    {"max_usd": 1.0},
    {"api_base": "http://127.0.0.1:1/v1"},
    {"api_key_env": "KEY"},
    {"user_model": RUN.model},
]
OTHER: list[Any] = [
    {"domains": ("shop",)},
    {"domains": ("flights", "shop")},
    {"count": 8},
    {"seed": 4},
    {"plans": 3},
    {"model": "openai/x"},
    {"user_model": "openai/x"},
    {"generations": {"shop": 1}},
]


@pytest.mark.parametrize("change", SAME, ids=str)
def test_how_a_run_is_made_does_not_change_its_id(change: dict[str, Any]) -> None:
    assert RUN.model_copy(update=change).run_id == RUN.run_id


@pytest.mark.parametrize("change", OTHER, ids=str)
def test_what_decides_the_corpus_changes_its_id(change: dict[str, Any]) -> None:
    assert RUN.model_copy(update=change).run_id != RUN.run_id


WRONG: list[Any] = [
    {"count": 0},
    {"count": -1},
    {"count": 2**63},
    {"plans": 0},
    {"concurrency": 0},
    {"shard_size": 0},
    {"seed": 2**63},
    {"temperature": 1},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_a_run_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunSpec.model_validate(RUN.model_dump() | change)


@given(count=st.integers(5, 10_000), domains=st.integers(1, 5), plans=st.integers(1, 100))
def test_slots_are_split_evenly_and_completely(count: int, domains: int, plans: int) -> None:
    run = RunSpec(domains=tuple(f"d{number}" for number in range(domains)), count=count, plans=plans)
    slots = [run.slots(domain) for domain in run.domains]
    assert sum(slots) == count
    assert slots == sorted(slots, reverse=True)
    assert slots[0] - slots[-1] <= 1
    assert [run.planned(domain) for domain in run.domains] == [min(plans, share) for share in slots]


def _bounds(found: list[Shard]) -> list[tuple[int, int]]:
    return [(shard.first, shard.last) for shard in found]


@given(data=st.data(), count=st.integers(1, 300))
def test_shards_cover_each_slot_once_whatever_was_begun(data: st.DataObject, count: int) -> None:
    begun = ["r-other-shop-0000000-0000003", f"{RUN.run_id}-shop-plans", f"{RUN.run_id}-shop-running-20260101T000000"]
    for size in data.draw(st.lists(st.integers(1, 90), min_size=1, max_size=4), label="shard sizes, one restart each"):
        run = RunSpec(domains=("shop",), count=count, shard_size=size)
        found = shards(run, "shop", data.draw(st.permutations(begun), label="begun"))
        assert [slot for shard in found for slot in shard.slots] == list(range(count))
        kept = [shard for shard in found if shard.name in begun]
        assert len(kept) == sum(name.startswith(run.run_id) for name in begun)
        assert all(len(shard.slots) <= size for shard in found if shard not in kept)
        begun += [shard.name for shard in found if shard not in kept and data.draw(st.booleans())]


BEGUN = [
    pytest.param([], [(0, 3), (3, 6), (6, 7)], id="nothing"),
    pytest.param(["0000000-0000005"], [(0, 5), (5, 7)], id="the first, of another size"),
    pytest.param(["0000002-0000004"], [(0, 2), (2, 4), (4, 7)], id="one in the middle"),
    pytest.param(["0000005-0000007", "0000000-0000001"], [(0, 1), (1, 4), (4, 5), (5, 7)], id="both ends"),
    pytest.param(["0000000-0000007"], [(0, 7)], id="everything"),
    pytest.param(["plans", "x-0000000-0000002", "running-2026"], [(0, 3), (3, 6), (6, 7)], id="what is no shard"),
]


@pytest.mark.parametrize(("names", "bounds"), BEGUN)
def test_what_was_begun_keeps_its_bounds(names: list[str], bounds: list[tuple[int, int]]) -> None:
    run = RunSpec(domains=("shop",), count=7, shard_size=3)
    assert _bounds(shards(run, "shop", [f"{run.run_id}-shop-{name}" for name in names])) == bounds


def test_a_domain_has_shards_of_its_own() -> None:
    begun = [shard.name for shard in shards(RUN.model_copy(update={"shard_size": 2}), "shop", [])]
    assert _bounds(shards(RUN, "flights", begun)) == [(0, 3)]
    assert _bounds(shards(RUN, "shop", begun)) == [(0, 2), (2, 4)]
