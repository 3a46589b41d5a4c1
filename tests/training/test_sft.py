"""SFT: killed and begun again it comes to the same weights; loss is on the speaker's words; nothing is lost untold."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from tasks.lessons import Lesson
from training.arrange import arranged, efficiency, packed
from training.model import WORDS, chat, load
from training.preset import Lora, Preset, Shape, preset, presets
from training.scratch import from_scratch
from training.sft import train
from turnwright.dialogue import Side
from turnwright.errors import BadInput
from warehouse.store import Warehouse

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SMALL = Preset(
    base="scratch",
    shape=Shape(hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2),
    length=600,
    batch=4,
    processes=1,
    accumulate=1,
    steps=12,
    learning_rate=1e-3,
    weight_decay=0.01,
)
SCRIPT = """
import sys
from pathlib import Path
from tasks.lessons import lessons_of
from training.preset import Preset
from training.sft import train
from turnwright.dialogue import Side
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

with Catalog(Warehouse.open(Path(sys.argv[1]), create=False)) as catalog:
    lessons = lessons_of(catalog, Side.ASSISTANT)
train(lessons, Preset.model_validate_json(sys.argv[3]), Path(sys.argv[2]), 7, None)
"""


TOGETHER = SMALL.model_copy(update={"batch": 2, "processes": 2})


def training_in(corpus: Warehouse, out: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", SCRIPT, str(corpus.root), str(out), TOGETHER.model_dump_json()]
    return subprocess.Popen(words, env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)


def wait_until_left(out: Path) -> None:
    """Until no process of its training is left: they end with the one that asked for them."""
    while any(str(out) in " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])):
        time.sleep(0.01)


def test_killed_and_begun_again_it_comes_to_the_same_weights(
    corpus: Warehouse, lessons: dict[Side, list[Lesson]], tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(lessons[Side.ASSISTANT], TOGETHER, whole, 7)
    for checkpoint in ("checkpoint-3", "checkpoint-6/whole"):
        process = training_in(corpus, broken)
        while process.poll() is None and not (broken / "checkpoints" / checkpoint).exists():
            time.sleep(0.001)
        with pytest.raises(BadInput, match="another process is training into"):
            train(lessons[Side.ASSISTANT], TOGETHER, broken, 7)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until_left(broken)
    assert not (broken / "training.json").exists()
    with pytest.raises(BadInput, match="checkpoints of another training"):
        train(lessons[Side.ASSISTANT], TOGETHER, broken, 8)
    assert training_in(corpus, broken).wait() == 0
    assert (whole / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()
    assert not (broken / "checkpoints").exists()


def test_what_came_of_it_is_told_and_told_again(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    some, out = lessons[Side.ASSISTANT], tmp_path / "out"
    short = SMALL.model_copy(update={"length": 300, "steps": 20})
    first = train(some, short, out, 1, None)
    assert first.metrics["conversations"] + sum(first.metrics["dropped"].values()) == len(some)
    assert first.metrics["dropped"]["longer than 300 tokens"] > 0
    losses = [loss for _, loss in first.metrics["curve"]]
    assert losses[-1] < losses[0]
    assert load(out).room >= 300
    (out / "checkpoints").mkdir()  # a kill came before they were removed
    assert train(some, short, out, 1, None) == first
    assert not (out / "checkpoints").exists()
    with pytest.raises(BadInput, match="another training"):
        train(some, short, out, 2, None)


def test_it_goes_on_from_another_model_with_an_adapter(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    some = lessons[Side.ASSISTANT]
    train(some, SMALL, tmp_path / "first", 1, None)
    adapted = SMALL.model_copy(update={"lora": Lora(rank=4, alpha=8), "steps": 4})
    trained = train(some, adapted, tmp_path / "second", 1, tmp_path / "first")
    assert trained.metrics["parameters"] > 0
    first, second = (dict(load(tmp_path / name).model.named_parameters()) for name in ("first", "second"))
    assert first.keys() == second.keys()  # merged: no adapter is left beside it
    changed = {name for name in first if not first[name].equal(second[name])}
    assert changed
    assert not any("embed" in name or "norm" in name for name in changed)


def test_a_conversation_that_a_model_cannot_attend_to_is_left_out(
    lessons: dict[Side, list[Lesson]], tmp_path: Path
) -> None:
    some = lessons[Side.ASSISTANT]
    train(some, SMALL.model_copy(update={"length": 300, "steps": 1}), tmp_path / "first", 1)
    room = load(tmp_path / "first").room
    trained = train(some, SMALL.model_copy(update={"steps": 1}), tmp_path / "second", 1, tmp_path / "first")
    assert trained.metrics["dropped"] == {f"longer than {room:,} tokens": len(some) - trained.metrics["conversations"]}


BROKEN = {
    "a config that says nothing": ("config.json", b"{}"),
    "weights that were cut": ("model.safetensors", b"\x10"),
    "words that are none": (WORDS, b"{}"),
}


@pytest.mark.parametrize(("file", "holds"), BROKEN.values(), ids=BROKEN)
def test_a_model_that_cannot_be_read_is_bad_input(
    lessons: dict[Side, list[Lesson]], tmp_path: Path, file: str, holds: bytes
) -> None:
    train(lessons[Side.ASSISTANT], SMALL.model_copy(update={"steps": 1}), tmp_path, 1)
    (tmp_path / file).write_bytes(holds)
    with pytest.raises(BadInput, match=r"the model in .* cannot be read: [^\n]+$"):
        load(tmp_path)


def test_only_chatml_can_be_learned() -> None:
    with pytest.raises(BadInput, match=r"lacks <\|im_end\|> and <\|im_start\|> of ChatML"):
        chat(PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"a": 0}, "a"))))


def test_a_process_that_fails_is_told_in_a_line(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "model.safetensors").mkdir(parents=True)  # where the model should go
    with pytest.raises(RuntimeError, match=r"training failed: \w.*Is a directory"):
        train(lessons[Side.ASSISTANT], TOGETHER.model_copy(update={"steps": 1}), out, 1, None)
    wait_until_left(out)


def test_a_process_that_is_killed_ends_the_others(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    def kill_the_second(line: str) -> None:
        for child in psutil.Process().children():
            if child.environ().get("RANK") == "1":
                child.kill()

    with pytest.raises(RuntimeError, match=r"a process was killed \(signal 9\)"):
        train(lessons[Side.ASSISTANT], TOGETHER, tmp_path / "out", 1, None, kill_the_second)
    wait_until_left(tmp_path / "out")


def test_together_each_has_its_share_of_every_step(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    some = lessons[Side.ASSISTANT]
    alone = train(some, SMALL, tmp_path / "alone", 1, None)
    said = list[str]()
    together = train(some, TOGETHER, tmp_path / "together", 1, None, said.append)
    assert (alone.metrics["processes"], together.metrics["processes"]) == (1, 2)
    assert alone.metrics["tokens"] == together.metrics["tokens"]
    assert len(said) == 12
    for (step, one), (also, other) in zip(alone.metrics["curve"], together.metrics["curve"], strict=True):
        assert step == also
        assert one == pytest.approx(other, rel=1e-3)
    assert not (tmp_path / "together" / "checkpoints").exists()


def test_in_shards_it_comes_to_the_same_weights(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    some, first = lessons[Side.ASSISTANT], tmp_path / "first"
    train(some, SMALL.model_copy(update={"steps": 1}), first, 1)
    further = SMALL.model_copy(update={"base": "another", "shape": None, "steps": 3, "accumulate": 2})
    train(some, further, tmp_path / "whole", 1, first)
    shared = further.model_copy(update={"batch": 2, "processes": 2, "sharded": True})
    trained = train(some, shared, tmp_path / "shards", 1, first)
    before, whole, shards = (
        dict(load(tmp_path / name).model.named_parameters()) for name in ("first", "whole", "shards")
    )
    parameters = sum(weights.numel() for weights in before.values())
    assert trained.metrics["parameters"] == parameters
    assert trained.metrics["parameters_held"] == pytest.approx(parameters / 2, rel=0.01)
    assert whole.keys() == shards.keys()
    for name, weights in whole.items():
        assert not torch.equal(weights, before[name])
        torch.testing.assert_close(weights, shards[name], atol=1e-5, rtol=1e-4)


def test_packed_conversations_do_not_see_each_other(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    some = lessons[Side.ASSISTANT][:8]
    apart = SMALL.model_copy(update={"batch": 8, "steps": 1, "length": 5_000})
    packed = apart.model_copy(update={"batch": 1, "packed": True})  # all eight in one row
    one, other = (train(some, how, tmp_path / name, 1) for how, name in ((apart, "apart"), (packed, "packed")))
    assert one.metrics["tokens"] == other.metrics["tokens"]
    assert (one.metrics["epochs"], other.metrics["epochs"]) == (1, 1)
    assert one.metrics["curve"][0][1] == pytest.approx(other.metrics["curve"][0][1], rel=1e-5)
    first, second = (dict(load(tmp_path / name).model.named_parameters()) for name in ("apart", "packed"))
    for name, weights in first.items():
        torch.testing.assert_close(weights, second[name], atol=1e-5, rtol=1e-4)


def test_nothing_to_learn_from_is_bad_input(lessons: dict[Side, list[Lesson]], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        train([], SMALL, tmp_path / "out", 1, None)
    with pytest.raises(BadInput, match="longer than 5 tokens"):
        train(lessons[Side.ASSISTANT], SMALL.model_copy(update={"length": 5}), tmp_path / "out", 1, None)


def test_each_conversation_comes_once_an_epoch_beside_others_of_its_length() -> None:
    lengths = [number % 50 + 1 for number in range(100)]
    order = arranged(lengths, batch=10, steps=25, seed=3)
    assert sorted(order[:100]) == sorted(order[100:200]) == list(range(100))
    assert order[:100] != order[100:200]
    assert order == arranged(lengths, batch=10, steps=25, seed=3) != arranged(lengths, batch=10, steps=25, seed=4)
    assert efficiency(lengths, order, 10) > 0.85
    uneven = arranged(lengths[:98], batch=10, steps=98, seed=3)
    assert {uneven.count(number) for number in range(98)} == {10}
    assert efficiency(lengths, uneven, 10) > 0.85


def test_rows_are_as_full_as_can_be_and_each_conversation_comes_once_an_epoch() -> None:
    lengths = [number * 7 % 90 + 10 for number in range(200)]
    rows = packed(lengths, room=250, rows=60, seed=3)
    assert all(sum(lengths[number] for number in row) <= 250 for row in rows)
    assert sum(sum(lengths[number] for number in row) for row in rows) > 0.95 * 60 * 250
    came = [number for row in rows for number in row]
    assert sorted(came[:200]) == list(range(200))
    assert came[:50] != came[200:250]
    assert rows == packed(lengths, room=250, rows=60, seed=3) != packed(lengths, room=250, rows=60, seed=4)


def test_from_scratch_each_head_of_the_first_layer_looks_at_one_token_back() -> None:
    torch.manual_seed(0)
    shape = preset("tiny").shape
    assert shape
    model: Any = from_scratch(shape, words=500, length=100)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        first = model(input_ids=torch.randint(500, (1, 60)), output_attentions=True).attentions[0][0]
    for distance, head in enumerate(first, 1):
        assert head.diagonal(-distance).mean().item() > 0.9


def test_all_presets_are_whole() -> None:
    assert {"tiny", "smollm2", "qwen3-4b", "qwen3-30b-a3b"} <= set(presets())
    for name in presets():
        assert preset(name).steps > 0
    short = preset("tiny-short")
    assert short == preset("tiny").model_copy(update={"steps": short.steps})
    with pytest.raises(BadInput, match="there is no preset 'huge'"):
        preset("huge")


SHAPE = "shape: {hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1}"


@pytest.mark.parametrize("shape", ["", SHAPE])
def test_from_scratch_there_is_a_shape_and_else_there_is_none(shape: str, tmp_path: Path) -> None:
    base = "a/model" if shape else "scratch"
    file = tmp_path / "mine.yaml"
    file.write_text(f"base: {base}\n{shape}\nlength: 9\nbatch: 1\nsteps: 1\nlearning_rate: 1\nweight_decay: 0\n")
    with pytest.raises(BadInput, match=r"mine\.yaml: shape: .*if its base is scratch"):
        preset(str(file))
