"""One run, one corpus: how many slots are in work at once and how many are published together does not matter."""

from typing import Any

import pytest
from drive import drive

from tasks.spec import RunSpec
from warehouse.store import Warehouse

OTHERWISE = {
    "one at a time": {"concurrency": 1},
    "64 at a time": {"concurrency": 64},
    "shards of one": {"shard_size": 1, "concurrency": 64},
    "shards of seven, one at a time": {"shard_size": 7, "concurrency": 1},
    "a shard that is not filled": {"shard_size": 10**15, "concurrency": 10**15},
    "another server and another key": {"api_base": "http://127.0.0.1:1/v1", "api_key_env": "PATH"},
}


@pytest.mark.parametrize("otherwise", OTHERWISE.values(), ids=OTHERWISE)
async def test_the_same_corpus_otherwise(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any], otherwise: dict[str, Any]
) -> None:
    assert await drive(run.model_copy(update=otherwise), warehouse) == whole


async def test_another_seed_gives_another_corpus(run: RunSpec, warehouse: Warehouse, whole: dict[str, Any]) -> None:
    other = await drive(run.model_copy(update={"seed": 1}), warehouse)
    assert other["corpus_digest"] != whole["corpus_digest"]
