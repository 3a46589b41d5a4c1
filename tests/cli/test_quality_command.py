"""`turnwright quality` reads all that it is given before it changes anything."""

from pathlib import Path

import orjson
import pytest

from cli.main import run as turnwright
from warehouse.held import held, hold, staged
from warehouse.store import Warehouse

SHARD = "r-1-shop-0000000-0000004"
ROWS = {"dialogues": [{"dialogue_id": "d-1", "scenario_id": "s-1", "verdict": "PASS"}]}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """One with a shard that is held."""
    made = Warehouse.open(tmp_path / "data", create=True)
    with staged(made, SHARD, "r-1", "shop", ROWS) as stage:
        hold(made, stage, "shop", ["turns: the user begins"], "<p>why</p>")
    return made


REFUSED: dict[str, tuple[list[str], str]] = {
    "no shard of that name": (["--release", "r-9"], "no shard 'r-9' is held"),
    "no name": (["--release", ""], "nothing is said after --release"),
    "no name to drop": (["--drop", ""], "nothing is said after --drop"),
    "no tasks, and a shard to let in": (["--release", SHARD, "--against", "none"], "there are no tasks in none"),
    "no tasks, and a shard to drop": (["--drop", SHARD, "--against", "none"], "there are no tasks in none"),
    "a shard to let in, and none to drop": (["--release", SHARD, "--drop", "r-9"], "no shard 'r-9' is held"),
    "both for one shard": (["--release", SHARD, "--drop", SHARD], "release it or drop it"),
}


@pytest.mark.parametrize(("words", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_nothing(
    warehouse: Warehouse, capfd: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    before = sorted(warehouse.root.rglob("*"))
    assert turnwright(["quality", "--warehouse", str(warehouse.root), "--json", *words]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert sorted(warehouse.root.rglob("*")) == before


def test_a_shard_that_is_dropped_is_gone(warehouse: Warehouse, capfd: pytest.CaptureFixture[str]) -> None:
    assert turnwright(["quality", "--warehouse", str(warehouse.root), "--json", "--drop", SHARD]) == 0
    told = orjson.loads(capfd.readouterr().out)
    assert (told["held"], told["dialogues"], held(warehouse)) == ([], 0, [])
