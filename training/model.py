"""Model: a trained checkpoint with its rendering, on the device that is there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from training.chat import Chat
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


def load(folder: Path) -> Loaded:
    """A checkpoint, ready to be asked.

    Raises:
        BadInput: if there is none.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model: Any = AutoModelForCausalLM.from_pretrained(checkpoint(folder), dtype="auto")
    return Loaded(model.to(device).eval(), rendering_of(folder))


def rendering_of(folder: Path) -> Rendering:
    """How the model in a folder reads."""
    if (folder / WORDS).is_file():
        return Compact(Words.model_validate_json((folder / WORDS).read_bytes()))
    return Chat(AutoTokenizer.from_pretrained(folder))
