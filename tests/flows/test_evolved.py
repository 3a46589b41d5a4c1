"""`evolve`, Prefect and all: killed in a round it goes on, and comes to the same; a second one beside it is told so."""

import signal
import time
from typing import Any

import orjson
import process
import psutil
import pytest

from tasks.generations import active, known
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

KEYS = {"start_generation", "end_generation", "pass_rate_start", "pass_rate_end", "rollouts", "rounds"}
OF_A_ROUND = {"round", "candidate", "kind", "accepted", "reason", "pass_rate_before", "pass_rate_after", "p_value"}


def asked(warehouse: Warehouse) -> list[str]:
    told = ["--rounds", "1", "--pilot", "16", "--seed", "2", "--warehouse", str(warehouse.root), "--json"]
    return ["evolve", "--domain", "shop", *told]


def rollouts(warehouse: Warehouse) -> int:
    files = [file.read_bytes() for file in warehouse.journal.glob("e-*.jsonl")]
    return sum(line.startswith(b'{"stage":"play ') for file in files for line in file.splitlines())


def dialogues(warehouse: Warehouse) -> int:
    with Catalog(warehouse) as catalog:
        (counted,) = catalog.query("SELECT count(*) AS n, count(DISTINCT dialogue_id) AS ids FROM dialogues", {})
    assert counted["n"] == counted["ids"]
    return counted["n"]


def ended(warehouse: Warehouse) -> dict[str, Any]:
    status, out, err = process.turnwright(asked(warehouse))
    assert status == 0, err
    result = orjson.loads(out)
    assert result.keys() >= KEYS
    assert all(one.keys() >= OF_A_ROUND for one in result["rounds"])
    return {name: result[name] for name in (*KEYS, "resumed")}


@pytest.mark.slow
def test_killed_and_told_apart(warehouse: Warehouse, another: Warehouse) -> None:
    with process.start(asked(warehouse)) as running:
        while rollouts(warehouse) < 130:
            assert running.poll() is None
            time.sleep(0.05)
        status, out, err = process.turnwright([*asked(warehouse)[:-1], "--rounds", "3"])
        assert (status, out) == (2, "")
        assert f"run evolve-shop is in progress in process {running.pid}" in err
        family = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=30)
    psutil.wait_procs(family, timeout=15)
    before = rollouts(warehouse)
    result = ended(warehouse)
    assert result == ended(another) | {"resumed": False}
    assert before < result["rollouts"] == dialogues(warehouse) == dialogues(another)
    assert [*warehouse.journal.iterdir()] == [*another.journal.iterdir()] == []
    accepted = [one for one in result["rounds"] if one["accepted"]]
    assert result["end_generation"] == active(warehouse, "shop") == accepted[-1]["generation"]
    assert [row["state"] for row in known(warehouse, "shop")].count("active") == 1
    assert ended(warehouse) == result | {"resumed": True}
