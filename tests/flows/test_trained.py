"""`turnwright train`: from a corpus to models that can be asked, recorded, told again, and evaluated like any other."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from process import turnwright

from warehouse.catalog import Catalog
from warehouse.store import Warehouse

pytestmark = pytest.mark.slow

PRESET = """
base: scratch
shape: {hidden_size: 32, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2}
length: 700
batch: 4
steps: 6
learning_rate: 1.0e-3
weight_decay: 0.01
"""


def told(*arguments: str) -> dict[str, Any]:
    status, out, err = turnwright([*arguments, "--json"])
    assert status == 0, err
    return orjson.loads(out) | {"said": err}


def refused(*arguments: str) -> str:
    status, out, err = turnwright([*arguments])
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


def test_from_a_corpus_to_an_evaluation(corpus: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads that wait for each other at every little product wait long where other tests have the cores.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    warehouse, preset = shutil.copytree(corpus.root, tmp_path / "data"), tmp_path / "small.yaml"
    preset.write_text(PRESET)
    at = ("--domain", "shop", "--warehouse", str(warehouse))
    options = (*at, "--preset", str(preset), "--out")
    sft = ("train", "sft", *options)
    assert "there is nothing to learn from" in refused(*sft, str(tmp_path / "none"), "--where", "turns > 1000")
    first = told("train", "all", *options, str(tmp_path / "models"))
    assert {"stage", "preset", "base", "out", "steps", "seconds", "peak_memory_mb", "metrics"} <= first.keys()
    assert (first["stage"], first["steps"], set(first["metrics"])) == ("all", 12, {"sft", "user-model"})
    assert "turnwright: sft: step 6 of 6, loss " in first["said"]
    with Catalog(Warehouse.open(warehouse, create=False)) as catalog:
        rows = catalog.query("SELECT stage, base, preset, path, state, metrics FROM models ORDER BY stage")
    assert [(row["stage"], row["base"], row["state"]) for row in rows] == [
        ("sft", "scratch", "candidate"),
        ("user-model", "scratch", "candidate"),
    ]
    metrics = orjson.loads(rows[0]["metrics"])
    assert metrics["where"] == "domain IN ('shop')"
    assert metrics["generations"] == {"shop 0": metrics["conversations"]}
    assert {"seed", "versions", "curve", "dropped"} <= metrics.keys()
    agent, user = (row["path"] for row in rows)
    again = told(*sft, agent[3:])
    assert again["metrics"] == first["metrics"]["sft"]
    assert "holds the model of another training" in refused(*sft, agent[3:], "--seed", "1")
    found = told("evaluate", *at, "--assistant", agent, "--user", user, "--count", "4", "--trials", "1")
    assert sum(found["stop_reasons"].values()) == 4
    assert found["model"] == agent
    adapted = told(*sft, str(tmp_path / "next"), "--init", agent[3:])
    assert adapted["base"] == agent[3:]
