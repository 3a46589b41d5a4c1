"""The real command, Prefect and all: killed, interrupted, finished, and out of money."""

import signal
import time

import orjson
import process
import psutil
import pytest
from drive import command, drive

from tasks.spec import RunSpec
from warehouse.store import Warehouse

RUN = RunSpec(domains=("shop",), count=40, plans=4, concurrency=1)
Ended = tuple[int, str, str]


def entries(warehouse: Warehouse) -> set[bytes]:
    """The whole lines of the journals."""
    files = [file.read_bytes() for file in warehouse.journal.glob("*.jsonl")]
    return {line for file in files for line in file.splitlines(keepends=True) if line.endswith(b"\n")}


def signalled(warehouse: Warehouse, stage: str, by: signal.Signals) -> Ended:
    """How the command ends when it gets a signal in the middle of a stage; nothing of it runs on."""
    with process.start(command(RUN, warehouse)) as running:
        while sum(line.startswith(b'{"stage":"%b"' % stage.encode()) for line in entries(warehouse)) < 5:
            assert running.poll() is None
            time.sleep(0.02)
        family = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(by)
        out, err = running.communicate(timeout=30)
    assert family
    assert psutil.wait_procs(family, timeout=15)[1] == []
    return running.returncode, out, err


def said_why(ended: Ended, why: str) -> None:
    """It failed, and said so in one line, and in JSON."""
    status, out, err = ended
    result = orjson.loads(out)
    assert (status, result["error"]) == (1, why)
    assert err.splitlines()[-1] == f"turnwright: {why}"
    assert "Traceback" not in err


@pytest.mark.slow
async def test_killed_interrupted_and_finished(warehouse: Warehouse, another: Warehouse) -> None:
    assert signalled(warehouse, "checker", signal.SIGKILL)[:2] == (-signal.SIGKILL, "")
    killed = entries(warehouse)
    interrupted = signalled(warehouse, "play", signal.SIGINT)
    said_why(interrupted, "interrupted; finished work is kept: the same command goes on from here")
    assert killed < entries(warehouse)
    status, out, err = process.turnwright(command(RUN, warehouse))
    assert (status, "Traceback" in err) == (0, False)
    result, whole = orjson.loads(out), await drive(RUN, another)
    assert result["resumed"] is False
    assert {**result, **whole} == {**result, "quarantined": []}
    assert 0 < result["prefect_seconds"] < result["seconds"]


@pytest.mark.slow
def test_interrupted_before_anything_is_begun(warehouse: Warehouse) -> None:
    with process.start(command(RUN, warehouse)) as running:
        while not any(warehouse.locks.iterdir()):  # the last thing before Prefect comes up
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    said_why((running.returncode, out, err), "interrupted")


@pytest.mark.slow
async def test_without_money_nothing_is_begun_that_costs(warehouse: Warehouse) -> None:
    ended = process.turnwright([*command(RUN, warehouse), "--max-usd", "0"])
    said_why(ended, "the budget of 0.0 USD is spent; finished work is kept: the same command goes on from here")
    whole = await drive(RUN, warehouse)
    assert whole["dialogues"] > 0
