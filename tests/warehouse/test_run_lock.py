"""One process at a time works on a run."""

import os
import signal
import subprocess
import sys

import pytest

from warehouse.lock import Busy, run_lock
from warehouse.store import Warehouse

_HOLDER = """
import sys, time
from pathlib import Path
from warehouse.lock import run_lock
from warehouse.store import Warehouse
with run_lock(Warehouse.open(Path(sys.argv[1]), create=False), "r-1"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_told_the_process_of_the_first(warehouse: Warehouse) -> None:
    holding = run_lock(warehouse, "r-1")
    with holding, pytest.raises(Busy, match=f"process {os.getpid()}"), run_lock(warehouse, "r-1"):
        pass
    with run_lock(warehouse, "r-1"), run_lock(warehouse, "r-2"):
        pass


def test_the_lock_dies_with_its_process(warehouse: Warehouse) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, warehouse.root], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(Busy, match=f"process {holder.pid}:"), run_lock(warehouse, "r-1"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with run_lock(warehouse, "r-1"):
        pass
