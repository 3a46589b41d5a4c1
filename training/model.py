"""Model: a trained checkpoint with its rendering, on the device that is there."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.distributed.configuration_utils import DistributedConfig

from training.chat import END, START, TEMPLATE, Chat
from training.checkpoint import checkpoint
from training.compact import Compact
from training.rendering import Rendering
from training.words import Words
from turnwright.errors import BadInput

WORDS = "compact.json"
"""Beside a model that reads the compact rendering."""


@dataclass(frozen=True)
class Loaded:
    """A model and how it reads."""

    model: PreTrainedModel
    rendering: Rendering

    @property
    def room(self) -> int:
        """Tokens that it can attend to."""
        return _room(self.model.config)


def load(folder: Path, shards: int = 1, dtype: str = "auto") -> Loaded:
    """A checkpoint, ready to be asked; of several `shards`, this process's.

    Raises:
        BadInput: if there is none, or it cannot be read.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with _readable(folder):
        model: Any = AutoModelForCausalLM.from_pretrained(
            checkpoint(folder), dtype=dtype, distributed_config=sharded(shards)
        )
    return Loaded(model.to(device).eval() if shards == 1 else model, rendering_of(folder))


def sharded(shards: int) -> DistributedConfig | None:
    """How a model is loaded of which each of so many processes has its share; None for a whole one."""
    if shards == 1:
        return None
    return DistributedConfig(fsdp_size=shards, fsdp_mixed_precision=torch.cuda.is_available())


def rendering_of(folder: Path) -> Rendering:
    """How the model in a folder reads.

    Raises:
        BadInput: if there is none, or it cannot be read.
    """
    with _readable(folder):
        if (folder / WORDS).is_file():
            return Compact(Words.model_validate_json((folder / WORDS).read_bytes()))
        return chat(AutoTokenizer.from_pretrained(folder))


def room_of(folder: Path) -> int:
    """Tokens that the model in a folder can attend to.

    Raises:
        BadInput: if there is none, or it cannot be read.
    """
    with _readable(folder):
        return _room(AutoConfig.from_pretrained(folder))


def _room(config: Any) -> int:
    return int(config.max_position_embeddings)


@contextmanager
def _readable(folder: Path) -> Generator[None]:
    """For the length of the block, what cannot be read is told in a line."""
    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        raise BadInput(f"the model in {folder} cannot be read: {in_a_line(error)}") from error


def in_a_line(error: Exception) -> str:
    """What an error says; libraries fill pages."""
    return " ".join(str(error).split())[:200]


def chat(tokenizer: Any) -> Chat:
    """Chat by our template, whatever came with the tokenizer.

    Raises:
        BadInput: if it lacks a token of ChatML.
    """
    if lacking := {START, END} - tokenizer.get_vocab().keys():
        raise BadInput(f"the tokenizer of {tokenizer.name_or_path} lacks {' and '.join(sorted(lacking))} of ChatML")
    tokenizer.chat_template = TEMPLATE
    return Chat(tokenizer)
