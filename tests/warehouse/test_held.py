"""Held shards: no view shows them, nothing of them is lost, and they are let in or dropped once, killed or not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from turnwright.errors import BadInput
from warehouse import store
from warehouse.catalog import Catalog
from warehouse.held import drop, held, hold, is_held, let_in, page_of, release, staged
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.store import Warehouse

NAME = "r-1-shop-0000000-0000004"
COUNT = "SELECT count(*) AS n FROM dialogues"


def dialogues(warehouse: Warehouse) -> int:
    with Catalog(warehouse) as catalog:
        return catalog.query(COUNT)[0]["n"]


def holding(warehouse: Warehouse, shard: Callable, name: str = NAME) -> None:
    with staged(warehouse, name, "r-1", "shop", shard(0)) as stage:
        hold(warehouse, stage, "shop", ["turns: the user begins", "and another"], "<p>why</p>")


def test_what_is_let_in_is_what_is_published(warehouse: Warehouse, tmp_path: Path, shard: Callable) -> None:
    other = Warehouse.open(tmp_path / "other", create=True)
    publish(other, NAME, "r-1", "shop", shard(0), ["r-1-old"])
    with staged(warehouse, NAME, "r-1", "shop", shard(0)) as stage:
        assert dialogues(stage) == 4
        assert dialogues(warehouse) == 0
        let_in(warehouse, stage, ["r-1-old"])
    assert dialogues(warehouse) == 4
    assert Manifest(warehouse).commits() == Manifest(other).commits()
    parts = [sorted(path.relative_to(at.root) for path in at.parts.rglob("*.parquet")) for at in (warehouse, other)]
    assert parts[0] == parts[1]
    assert list(warehouse.scratch.glob(f"{store.STAGED}*")) == []


def test_a_held_shard_is_a_warehouse_of_its_own_and_in_no_view(warehouse: Warehouse, shard: Callable) -> None:
    holding(warehouse, shard)
    assert dialogues(warehouse) == 0
    (one,) = held(warehouse)
    assert str(one) == f"{NAME} is held, its 4 dialogues are not published: turns: the user begins and 1 more"
    assert dialogues(Warehouse.open(warehouse.held / NAME, create=False)) == 4
    assert page_of(warehouse, NAME).read_text() == "<p>why</p>"
    assert is_held(warehouse, NAME)
    assert [one.name for one in held(warehouse, "r-1-")] == [NAME]
    assert held(warehouse, "r-2-") == []


def test_released_it_supersedes_and_is_held_no_more(warehouse: Warehouse, shard: Callable) -> None:
    publish(warehouse, f"{NAME}-unfinished-1", "r-1", "shop", shard(0, dialogues=2))
    holding(warehouse, shard)
    assert dialogues(warehouse) == 2
    release(warehouse, NAME, [f"{NAME}-unfinished-1"])
    assert (dialogues(warehouse), held(warehouse)) == (4, [])


def test_dropped_it_is_gone(warehouse: Warehouse, shard: Callable) -> None:
    holding(warehouse, shard)
    drop(warehouse, NAME)
    assert (dialogues(warehouse), held(warehouse), is_held(warehouse, NAME)) == (0, [], False)
    holding(warehouse, shard)  # It may be made, and held, again.
    assert is_held(warehouse, NAME)


@pytest.mark.parametrize("ends", [release, drop])
def test_what_is_not_held_is_bad_input(warehouse: Warehouse, shard: Callable, ends: Callable) -> None:
    holding(warehouse, shard)
    for name in ("r-9", "../shards", ""):
        with pytest.raises(BadInput, match=f"held: {NAME}"):
            ends(warehouse, name)


def test_a_release_that_was_killed_is_done_again(warehouse: Warehouse, shard: Callable, tmp_path: Path) -> None:
    holding(warehouse, shard)
    kept = tmp_path / "kept"
    shutil.copytree(warehouse.held / NAME, kept)
    stage = Warehouse.open(warehouse.held / NAME, create=False)
    (commit,) = Manifest(stage).commits()
    first = commit.parts[0]  # Killed after its first part:
    (warehouse.root / first.path).parent.mkdir(parents=True)
    (stage.root / first.path).rename(warehouse.root / first.path)
    shutil.rmtree(warehouse.held / NAME)
    shutil.copytree(kept, warehouse.held / NAME)
    assert dialogues(warehouse) == 0
    release(warehouse, NAME)
    assert dialogues(warehouse) == 4
    shutil.copytree(kept, warehouse.held / NAME)  # Killed after its commit:
    release(warehouse, NAME)
    assert (dialogues(warehouse), held(warehouse)) == (4, [])


def test_rows_that_do_not_fit_leave_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(ValueError, match="no column"), staged(warehouse, NAME, "r-1", "shop", {"turns": [{"x": 1}]}):
        pass
    assert list(warehouse.scratch.glob(f"{store.STAGED}*")) == []
