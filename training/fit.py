"""Fit: one process of a training, with TRL; `python -m training.fit FOLDER` is another one of the same training.

Rows and their order are made beforehand, once for all processes: what a process does is decided by what lies in the
folder and by its rank.
"""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import torch
from accelerate import PartialState
from datasets import Dataset, load_from_disk
from peft import LoraConfig
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from torch.distributed.tensor import DTensor
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, set_seed
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from training.chat import Chat
from training.compact import Compact
from training.job import FITTED, IGNORED, JOB, ROWS, Fitted, Job, put
from training.model import WORDS, Loaded, load, rendering_of
from training.preset import SCRATCH, Preset
from training.pretrained import pretrained
from training.rendering import Rendering
from training.scratch import MuonAndAdam, from_scratch

_CHECKPOINTS = 10
"""Over a run: a kill costs a tenth of it at most."""
_WHOLE = "whole"
"""In a checkpoint: it may be gone on from."""


def fit(folder: Path, say: Callable[[str], None]) -> Fitted:
    """Train on the rows in the folder, from its last whole checkpoint on, and write the model."""
    began, job = time.monotonic(), Job.model_validate_json((folder / JOB).read_bytes())
    set_seed(job.seed)
    shards = int(os.environ.get("WORLD_SIZE", "1")) if job.preset.sharded else 1
    arguments = _arguments(job.preset, folder, job.seed, shards)  # they let the processes know of each other
    start = _begun(job, folder, shards)
    weights = list(start.model.parameters())  # before adapters join them
    parameters, held = (sum(one.numel() for one in some) for some in (weights, map(_own, weights)))
    rows = load_from_disk(folder / ROWS)
    assert isinstance(rows, Dataset)
    trainer = (SFTTrainer if torch.cuda.is_available() else _OnCpu)(
        model=start.model,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer_of(start.rendering),
        peft_config=_lora(job.preset),
        optimizers=(_optimizer(job.preset, start.model), None),
    )
    trainer.remove_callback(PrinterCallback)  # stdout is the command's
    last = _last_whole(folder)
    before = float((Path(last) / _WHOLE).read_text()) if last else 0.0
    trainer.add_callback(_Whole(began - before))
    trainer.add_callback(_Told(say))
    trainer.train(resume_from_checkpoint=last)
    _save(trainer, start.rendering, job.out)
    curve = tuple((int(entry["step"]), entry["loss"]) for entry in trainer.state.log_history if "loss" in entry)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return Fitted(parameters=parameters, held=held, curve=curve, seconds_before=before, peak_memory_mb=peak)


def _own(weights: torch.Tensor) -> torch.Tensor:
    """What this process has of them."""
    return weights.to_local() if isinstance(weights, DTensor) else weights


class _OnCpu(SFTTrainer):
    """Without the fused head that spares a GPU memory: on CPU its passes over all logits take a third of a step.

    Logits are worked out only where something is learned, in one conversation of the batch at least.
    """

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        labels = inputs.pop("labels")[:, 1:]
        places = (labels != IGNORED).any(dim=0).nonzero().squeeze(1)
        outputs = model(**inputs, logits_to_keep=places, use_cache=False)
        wanted = labels[:, places].flatten()
        summed = torch.nn.functional.cross_entropy(
            outputs.logits.flatten(0, 1), wanted, ignore_index=IGNORED, reduction="sum"
        )
        # Counted over all processes, whose gradients are averaged.
        loss = summed * self.accelerator.num_processes / num_items_in_batch
        return (loss, outputs) if return_outputs else loss


class _Whole(TrainerCallback):
    """Says of each checkpoint that all of it is written, and after how many seconds: the trainer itself writes straight
    to its place."""

    def __init__(self, began: float) -> None:
        self._began = began

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            put(checkpoint / _WHOLE, str(time.monotonic() - self._began))


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


def _last_whole(folder: Path) -> str | None:
    """The last checkpoint that is whole; what a kill left of others is removed."""
    state = PartialState()
    if state.is_main_process:
        for checkpoint in folder.glob("checkpoint-*"):
            if not (checkpoint / _WHOLE).is_file():
                rmtree(checkpoint)
    state.wait_for_everyone()
    return get_last_checkpoint(str(folder))


def _begun(job: Job, folder: Path, shards: int) -> Loaded:
    """What the training begins with."""
    if job.init:
        return load(job.init, shards, dtype="float32")
    if job.preset.base != SCRATCH:
        return pretrained(job.preset.base, shards)
    assert job.preset.shape, "a preset from scratch has a shape"
    rendering = rendering_of(folder)
    assert isinstance(rendering, Compact)
    return Loaded(from_scratch(job.preset.shape, len(rendering), job.preset.length), rendering)


def _arguments(preset: Preset, folder: Path, seed: int, shards: int) -> SFTConfig:
    cuda, sharded = torch.cuda.is_available(), shards > 1
    return SFTConfig(
        output_dir=str(folder),
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
        padding_free=preset.packed,  # rows are packed beforehand
        max_length=None,
        train_sampling_strategy="sequential",
        save_strategy="no" if sharded else "steps",  # the trainer cannot go on from a model in shards
        save_steps=max(1, preset.steps // _CHECKPOINTS),
        save_total_limit=2,
        logging_steps=max(1, preset.steps // 50),
        seed=seed,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=False,
        ddp_timeout=4 * 3600 if sharded else 1800,  # while one writes the model the others wait
        # Else each process has all gradients until the last batch of a step.
        accelerator_config={"gradient_accumulation_kwargs": {"sync_each_batch": sharded}},
        router_aux_loss_coef=0.0,  # it would be of all tokens
    )


def _optimizer(preset: Preset, model: torch.nn.Module) -> torch.optim.Optimizer | None:
    """None for the trainer's own, AdamW."""
    if preset.base != SCRATCH or preset.lora:
        return None
    return MuonAndAdam(model, preset.learning_rate, preset.weight_decay)


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
    model: Any = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    writes = trainer.is_world_process_zero()
    model.save_pretrained(out, is_main_process=writes)  # of a model in shards all processes give theirs
    if writes:
        tokenizer_of(rendering).save_pretrained(out)
    if writes and isinstance(rendering, Compact):
        (out / WORDS).write_text(rendering.words.model_dump_json())


def _end_with_the_parent() -> None:
    """Exit when stdin is closed: who asked for this training is gone, and another process may go on with it."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    where = Path(sys.argv[1])
    fitted = fit(where, lambda line: print(line, flush=True) if PartialState().is_main_process else None)
    if PartialState().is_main_process:
        (where / FITTED).write_text(fitted.model_dump_json())
    PartialState().destroy_process_group()
