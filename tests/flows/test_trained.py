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
    return orjson.loads(out)


def test_from_a_corpus_to_an_evaluation(corpus: Warehouse, tmp_path: Path) -> None:
    warehouse, preset = shutil.copytree(corpus.root, tmp_path / "data"), tmp_path / "small.yaml"
    preset.write_text(PRESET)
    at = ("--domain", "shop", "--warehouse", str(warehouse))
    asked = ("train", "all", *at, "--preset", str(preset), "--out", str(tmp_path / "models"))
    first = told(*asked)
    assert {"stage", "preset", "base", "out", "steps", "seconds", "peak_memory_mb", "metrics"} <= first.keys()
    assert (first["stage"], first["steps"], set(first["metrics"])) == ("all", 12, {"sft", "user-model"})
    again = told(*asked)
    assert again["metrics"] == first["metrics"]
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
    found = told("evaluate", *at, "--assistant", agent, "--user", user, "--count", "4", "--trials", "1")
    assert sum(found["stop_reasons"].values()) == 4
    assert found["model"] == agent
    adapted = told("train", "sft", *at, "--preset", str(preset), "--out", str(tmp_path / "next"), "--init", agent[3:])
    assert adapted["base"] == agent[3:]


def test_another_training_into_its_folder_and_nothing_to_learn_from_are_refused(
    corpus: Warehouse, tmp_path: Path
) -> None:
    preset, out = tmp_path / "small.yaml", tmp_path / "model"
    preset.write_text(PRESET)
    out.mkdir()
    shutil.copytree(corpus.root, tmp_path / "data")
    asked = ["train", "sft", "--domain", "shop", "--preset", str(preset), "--out", str(out)]
    asked += ["--warehouse", str(tmp_path / "data")]
    status, _, err = turnwright([*asked, "--where", "turns > 1000"])
    assert (status, err.count("\n")) == (2, 1)
    assert "there is nothing to learn from: no dialogue passed" in err
    status, said, err = turnwright([*asked, "--json"])
    assert (status, orjson.loads(said)["steps"]) == (0, 6)
    assert "turnwright: sft: step 6 of 6, loss " in err
    status, _, err = turnwright([*asked, "--seed", "1"])
    assert (status, err.count("\n")) == (2, 1)
    assert "holds the model of another training" in err
