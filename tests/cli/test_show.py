"""`turnwright show`: a dialogue that two runs have is shown as one of them has it."""

from pathlib import Path

import orjson
import pytest

from cli.main import run as turnwright
from warehouse.publish import publish
from warehouse.store import Warehouse


def test_the_same_id_in_two_runs_is_shown_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As two evolutions with one seed have it, which both play the test set."""
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    rows = {
        "dialogues": [{"dialogue_id": "d-1", "scenario_id": "s-1", "verdict": "FAIL"}],
        "turns": [{"dialogue_id": "d-1", "turn": 0, "speaker": "user", "content": "Hello"}],
        "tool_calls": [{"dialogue_id": "d-1", "turn": 1, "call": 0, "side": "assistant", "tool": "get_user"}],
        "findings": [{"dialogue_id": "d-1", "source": "checker", "code": "MISSING_WRITE"}],
    }
    for run_id in ("e-2", "e-1"):
        publish(warehouse, run_id, run_id, "shop", rows)
    assert turnwright(["show", "d-1", "--warehouse", str(warehouse.root), "--json"]) == 0
    told = orjson.loads(capfd.readouterr().out)
    assert (told["run_id"], *(len(told[part]) for part in ("turns", "tool_calls", "findings"))) == ("e-1", 1, 1, 1)
