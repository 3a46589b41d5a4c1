"""SFT: a model learns one side of the conversations that it is given, with TRL; loss is on that side's words alone."""

import resource
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM, set_seed
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from training.arrange import arranged, efficiency
from training.chat import Chat
from training.compact import Compact
from training.model import WORDS, Loaded, load
from training.preset import SCRATCH, Preset, Shape
from training.pretrained import pretrained
from training.rendering import Conversation, NotRendered, Rendering
from training.words import learn
from turnwright.errors import BadInput
from turnwright.record import Record, content_hash

IGNORED = -100
"""The label of a token that is not learned."""
_CHECKPOINTS = 10
"""Over a run: a kill costs a tenth of it at most."""
_SHARPNESS = 2.0
"""What the norms of attention's queries begin with: from scratch, copying is learned sooner than with 1."""
_COPYING = 0.7
"""What attention carries over begins as so much of the word that it looks at. Else a model from scratch has to find out
that words can be copied before it can learn which: after 500 steps of the preset tiny it had 53 % of the aliases right
instead of 1 %."""
_WHOLE = "whole"
"""In a checkpoint: it may be gone on from."""
_TOLD = "training.json"
"""Beside a model that is finished: what came of its training."""


class Trained(Record):
    """What came of a training."""

    recipe: str
    """A hash of what decided its course."""
    steps: int
    seconds: float
    peak_memory_mb: float
    metrics: dict[str, Any]


def train(
    conversations: Sequence[Conversation],
    preset: Preset,
    out: Path,
    seed: int = 0,
    init: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train on the conversations, from the preset's base or from the model in `init`; the model is written to `out`.
    `say` is told in a line how it goes.

    Killed and begun again it goes on from its last checkpoint, and comes to the same weights; finished, it is told.

    Raises:
        BadInput: if `out` holds the model of another training, or nothing can be learned from.
    """
    began = time.monotonic()
    recipe = content_hash(
        [preset.model_dump(), seed, init and str(init.resolve()), [list(one.messages) for one in conversations]], 16
    )
    if (out / _TOLD).is_file():
        told = Trained.model_validate_json((out / _TOLD).read_bytes())
        if told.recipe != recipe:
            raise BadInput(f"{out} holds the model of another training: name another folder")
        return told
    set_seed(seed)
    start = load(init) if init else _begun(preset, conversations)
    rendered, dropped = _rendered(conversations, start.rendering, preset.length)
    if not rendered:
        raise BadInput(f"there is nothing to learn from: {dropped or 'no dialogue passed'}")
    lengths = [len(row["input_ids"]) for row in rendered]
    order = arranged(lengths, preset.batch * preset.accumulate, preset.steps, seed)
    work = out / "checkpoints"
    trainer = SFTTrainer(
        model=start.model,
        args=_arguments(preset, work, seed),
        train_dataset=Dataset.from_list(rendered).select(order),
        processing_class=tokenizer_of(start.rendering),
        peft_config=_lora(preset),
    )
    trainer.remove_callback(PrinterCallback)  # stdout is the command's
    trainer.add_callback(_Whole())
    trainer.add_callback(_Told(say))
    trainer.train(resume_from_checkpoint=_last_whole(work))
    _save(trainer, start.rendering, out)
    seconds = time.monotonic() - began
    tokens = sum(lengths[number] for number in order)
    trained = Trained(
        recipe=recipe,
        steps=preset.steps,
        seconds=round(seconds, 1),
        peak_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        metrics={
            "conversations": len(rendered),
            "dropped": dropped,
            "epochs": round(len(order) / len(rendered), 2),
            "parameters": sum(weights.numel() for weights in start.model.parameters()),
            "tokens": tokens,
            "tokens_per_second": round(tokens / seconds),
            "no_pad": round(efficiency(lengths, order, preset.batch), 3),
            "versions": {name: version(name) for name in ("torch", "transformers", "trl")},
            "curve": [[entry["step"], entry["loss"]] for entry in trainer.state.log_history if "loss" in entry],
        },
    )
    (out / _TOLD).write_text(trained.model_dump_json(indent=1))
    shutil.rmtree(work)
    return trained


class _Whole(TrainerCallback):
    """Says of each checkpoint that all of it is written: the trainer itself writes straight to its place."""

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _WHOLE).touch()


class _Told(TrainerCallback):
    """Tells how it goes, as often as the trainer logs."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()
        self._first = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._began, self._first = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            a_step = (time.monotonic() - self._began) / max(1, state.global_step - self._first)
            left = timedelta(seconds=round(a_step * (state.max_steps - state.global_step)))
            self._say(f"step {state.global_step:,} of {state.max_steps:,}, loss {float(logs['loss']):.3f}, {left} left")


def _last_whole(work: Path) -> str | None:
    """The last checkpoint that is whole; what a kill left of others is removed."""
    for checkpoint in work.glob("checkpoint-*"):
        if not (checkpoint / _WHOLE).is_file():
            shutil.rmtree(checkpoint)
    return get_last_checkpoint(str(work)) if work.is_dir() else None


def _begun(preset: Preset, conversations: Sequence[Conversation]) -> Loaded:
    """What the preset begins with."""
    if preset.base != SCRATCH:
        return pretrained(preset.base)
    assert preset.shape, "a preset from scratch has a shape"
    rendering = Compact(learn(conversations))
    return Loaded(_from_scratch(preset.shape, len(rendering), preset.length), rendering)


def _from_scratch(shape: Shape, words: int, length: int) -> Qwen3ForCausalLM:
    config = Qwen3Config(
        **shape.model_dump(),
        num_key_value_heads=shape.num_attention_heads,
        head_dim=shape.hidden_size // shape.num_attention_heads,
        vocab_size=words,
        max_position_embeddings=length + 68,  # room for one more turn
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        pad_token_id=0,
    )
    model = Qwen3ForCausalLM(config)
    for name, weights in model.named_parameters():
        if name.endswith("q_norm.weight"):
            torch.nn.init.constant_(weights, _SHARPNESS)
        elif name.endswith("embed_tokens.weight"):
            torch.nn.init.normal_(weights, std=shape.hidden_size**-0.5)
        elif name.endswith(("v_proj.weight", "o_proj.weight")):
            torch.nn.init.eye_(weights).data.mul_(_COPYING)
    return model


def _rendered(
    conversations: Sequence[Conversation], rendering: Rendering, length: int
) -> tuple[list[dict[str, list[int]]], dict[str, int]]:
    """Rows for the trainer; and by reason, how many conversations are none."""
    rows, dropped = list[dict[str, list[int]]](), dict[str, int]()
    for row in (_row(one, rendering, length) for one in conversations):
        if isinstance(row, str):
            dropped[row] = dropped.get(row, 0) + 1
        else:
            rows.append(row)
    return rows, dropped


def _row(conversation: Conversation, rendering: Rendering, length: int) -> dict[str, list[int]] | str:
    try:
        rendered = rendering.render(conversation.messages, conversation.tools)
    except NotRendered as reason:
        return str(reason)
    if len(rendered.ids) > length:
        return f"longer than {length:,} tokens"
    labels = [token if learned else IGNORED for token, learned in zip(rendered.ids, rendered.learned, strict=True)]
    return {"input_ids": rendered.ids, "labels": labels}


def _arguments(preset: Preset, work: Path, seed: int) -> SFTConfig:
    cuda = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(work),
        max_steps=preset.steps,
        per_device_train_batch_size=preset.batch,
        gradient_accumulation_steps=preset.accumulate,
        learning_rate=preset.learning_rate,
        weight_decay=preset.weight_decay,
        lr_scheduler_type="cosine",
        warmup_steps=preset.steps // 20,
        adam_beta2=0.98,
        max_grad_norm=1.0,
        bf16=cuda,  # on CPU it is several times as slow
        use_cpu=not cuda,
        activation_checkpointing=cuda and preset.base != SCRATCH,
        packing=preset.packed,
        max_length=preset.length if preset.packed else None,
        train_sampling_strategy="sequential",
        save_steps=max(1, preset.steps // _CHECKPOINTS),
        save_total_limit=2,
        logging_steps=max(1, preset.steps // 50),
        seed=seed,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=cuda,
    )


def _lora(preset: Preset) -> LoraConfig | None:
    if preset.lora is None:
        return None
    return LoraConfig(
        r=preset.lora.rank, lora_alpha=preset.lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def tokenizer_of(rendering: Rendering) -> PreTrainedTokenizerBase:
    """The tokenizer that is saved with a model."""
    if isinstance(rendering, Chat):
        return rendering.tokenizer
    assert isinstance(rendering, Compact)
    words = WordLevel({token: number for number, token in enumerate(rendering.tokens)}, unk_token="<pad>")
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), pad_token="<pad>", eos_token="<end>")


def _save(trainer: SFTTrainer, rendering: Rendering, out: Path) -> None:
    model: Any = trainer.model
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.save_pretrained(out)
    tokenizer_of(rendering).save_pretrained(out)
    if isinstance(rendering, Compact):
        (out / WORDS).write_text(rendering.words.model_dump_json())
