"""A warehouse that is compacted while a run is unfinished: the run goes on, and comes to the same."""

import subprocess
import sys
from functools import partial
from typing import Any

import orjson
import process
import pytest
from drive import at_slot, die, drive, end_of

from tasks.spec import RunSpec
from tasks.studio import open_studio
from tasks.work import begun
from warehouse.catalog import Catalog
from warehouse.compaction import compact
from warehouse.figures import corpus_digest
from warehouse.manifest import COMPACTED, Manifest
from warehouse.store import Warehouse


async def test_a_run_goes_on_though_what_it_published_was_compacted_away(
    run: RunSpec, warehouse: Warehouse, whole: dict[str, Any]
) -> None:
    assert end_of(partial(at_slot, "play", 7, die), run, warehouse) == -9
    with open_studio(run, warehouse):
        before = begun(run)
        assert compact(warehouse).commits > 1
        compact(warehouse, grace_s=0)
        assert [file.stem[:10] for file in warehouse.manifest.iterdir()] == [COMPACTED]
        assert begun(run) == before
    result = await drive(run.model_copy(update={"shard_size": 3}), warehouse)
    assert {**result, "quarantined": []} == whole
    assert Manifest(warehouse).names(f"{run.run_id}-shop-0") == [
        f"{run.run_id}-shop-{first:07}-{last:07}" for first, last in ((0, 5), (5, 10), (10, 12))
    ]


_NIGHT = """
import asyncio, sys
from pathlib import Path
import orjson
from cli.main import exit_with
from cli.prefect_env import configure
configure(Path(sys.argv[1]))
from flows.run_nightly import run_nightly
def night():
    made = asyncio.run(run_nightly(domains=["shop"], count=6, plans=2, seed=1, warehouse=sys.argv[1]))
    sys.stdout.buffer.write(orjson.dumps(made))
    return 0
exit_with(night)
"""


@pytest.mark.slow
def test_a_night_ends_with_a_compaction_that_readers_do_not_see(warehouse: Warehouse) -> None:
    command = [sys.executable, "-c", _NIGHT, str(warehouse.root)]
    made = orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout)
    assert made["compaction"]["commits"] > 3
    assert all(commit.name.startswith(COMPACTED) for commit in Manifest(warehouse).commits())
    with Catalog(warehouse) as catalog:
        assert corpus_digest(catalog, made["run_id"]) == made["corpus_digest"]
    asked = ["compact", "--warehouse", str(warehouse.root), "--json"]
    status, out, err = process.turnwright(asked)
    assert (status, orjson.loads(out)["commits"], err) == (0, 0, "")
