"""Model: a trained checkpoint with its rendering, on the device that is there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.distributed.configuration_utils import DistributedConfig

from training.chat import TEMPLATE, Chat
from training.checkpoint import checkpoint
from training.compact import Compact
from training.rendering import Rendering
from training.words import Words

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
        return int(self.model.config.max_position_embeddings)


def load(folder: Path, shards: int = 1, dtype: str = "auto") -> Loaded:
    """A checkpoint, ready to be asked; of several `shards`, this process's.

    Raises:
        BadInput: if there is none.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
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
    """How the model in a folder reads."""
    if (folder / WORDS).is_file():
        return Compact(Words.model_validate_json((folder / WORDS).read_bytes()))
    return chat(AutoTokenizer.from_pretrained(folder))


def chat(tokenizer: Any) -> Chat:
    """Chat by our template, whatever came with the tokenizer."""
    tokenizer.chat_template = TEMPLATE
    return Chat(tokenizer)
