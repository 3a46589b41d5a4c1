"""Monitoring: a shard that passes as before is no fall, one that does not is, whatever comes after it."""

from pathlib import Path

import pytest

from prompts import GENERATION_0, load
from prompts.patching import Patch, with_patches
from tasks.generations import activate, active, propose, record_first
from tasks.monitoring import falls, roll_back
from tasks.spec import RunSpec, Shard
from warehouse.publish import publish
from warehouse.store import Warehouse

NOW = "2026-06-15T10:00:00+00:00"


def recorded(warehouse: Warehouse, shard: Shard, passed: dict[str, tuple[int, int]]) -> None:
    """Rows of a shard that came to so many (passed, failed) dialogues by family."""
    verdicts = [(family, verdict) for family, (p, f) in passed.items() for verdict in ["PASS"] * p + ["FAIL"] * f]
    run, dialogues, scenarios = shard.run, [], []
    for slot, (family, verdict) in enumerate(verdicts, start=shard.first):
        told = {"scenario_id": f"s-{run.run_id}-{slot}", "slot": slot}
        scenarios.append({**told, "family": family, "state": "accepted"})
        row = {"dialogue_id": f"d-{run.run_id}-{slot}", "verdict": verdict, "generation": run.generation("shop")}
        dialogues.append({**told, **row, "model": run.model, "user_model": run.user_model or run.model})
    state = {"kind": "generate", "state": "finished", "recorded_at": NOW}
    publish(warehouse, f"{run.run_id}-run", run.run_id, "shop", {"runs": [state]})
    publish(warehouse, shard.name, run.run_id, "shop", {"dialogues": dialogues, "scenarios": scenarios})


def shard(first: int, last: int, seed: int = 1, **more: object) -> Shard:
    run = RunSpec(domains=("shop",), count=10_000, seed=seed).model_copy(update=more)
    return Shard(run=run, domain="shop", first=first, last=last)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse.open(tmp_path / "data", create=True)
    recorded(made, shard(0, 1000), {"cancel": (350, 150), "return": (250, 250)})
    return made


def test_the_first_shard_cannot_fall(warehouse: Warehouse) -> None:
    assert falls(warehouse, shard(0, 1000)) == []


@pytest.mark.parametrize("passed", [(87, 38), (78, 47), (125, 0)])
def test_what_passes_as_before_is_no_fall(warehouse: Warehouse, passed: tuple[int, int]) -> None:
    now = shard(0, 250, seed=2)
    recorded(warehouse, now, {"cancel": passed, "return": (62, 63)})
    assert falls(warehouse, now) == []


def test_a_fall_is_seen_in_all_and_where_it_is(warehouse: Warehouse) -> None:
    now = shard(0, 250, seed=2)
    recorded(warehouse, now, {"cancel": (40, 85), "return": (62, 63)})
    found = falls(warehouse, now)
    assert [one.family for one in found] == [None, "cancel"]
    assert (found[0].dialogues, round(found[0].pass_rate_before, 3)) == (250, 0.6)
    assert str(found[1]).startswith("the pass rate of shop, cancel fell to 0.32 over 125 dialogues, from 0.70")


def test_a_generation_that_little_is_known_of_is_held_against_its_parent(warehouse: Warehouse) -> None:
    record_first(warehouse, "shop")
    made = with_patches(load(GENERATION_0), [Patch(role="user", text="Be brief and leave.")])
    assert propose(warehouse, "shop", made, 0, "").number == 1
    better, worse = (shard(0, 250, seed=seed, generations={"shop": 1}) for seed in (8, 9))
    recorded(warehouse, worse, {"cancel": (40, 85), "return": (40, 85)})
    whole, family, _ = falls(warehouse, worse)
    assert (whole.generation, whole.since) == (1, 0)
    assert not roll_back(warehouse, whole)
    activate(warehouse, "shop", 1, "")
    assert not roll_back(warehouse, family)
    assert roll_back(warehouse, whole)
    assert active(warehouse, "shop") == 0
    recorded(warehouse, better, {"cancel": (100, 25), "return": (100, 25)})
    assert falls(warehouse, better) == []


def test_another_model_is_another_matter(warehouse: Warehouse) -> None:
    for number, other in enumerate(({"model": "openai/x"}, {"user_model": "openai/x"})):
        now = shard(0, 250, seed=3 + number, **other)
        recorded(warehouse, now, {"cancel": (10, 115), "return": (10, 115)})
        assert falls(warehouse, now) == []


def test_shards_that_come_later_do_not_count(warehouse: Warehouse) -> None:
    first, second = shard(1000, 1250), shard(1250, 1500)
    recorded(warehouse, second, {"cancel": (0, 125), "return": (0, 125)})
    recorded(warehouse, first, {"cancel": (87, 38), "return": (62, 63)})
    assert falls(warehouse, first) == []
    assert [one.family for one in falls(warehouse, second)] == [None, "cancel", "return"]
