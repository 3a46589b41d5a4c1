"""Preset: what is trained and how, as a small frozen file; all of them go the same way."""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from turnwright.errors import BadInput
from turnwright.record import Record

_FOLDER = Path(__file__).parent / "presets"
SCRATCH = "scratch"


class Shape(Record):
    """A Qwen3 of this size, from scratch."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int


class Lora(Record):
    """Low-rank adaptation of all linear layers (arXiv 2106.09685), merged in the end."""

    rank: int
    alpha: int


class Preset(Record):
    """One way to train."""

    base: str
    """A model of the Hugging Face hub, or "scratch"."""
    shape: Shape | None = Field(None, validate_default=True)
    """Of a model from scratch, and of no other."""
    lora: Lora | None = None
    length: int = Field(gt=0)
    """Tokens of the longest conversation; of a packed row, all of them."""
    batch: int = Field(gt=0)
    """Conversations, or packed rows, that a device has in a step."""
    processes: int = Field(1, gt=0)
    """Without a GPU; else there is one for each."""
    accumulate: int = Field(1, gt=0)
    """Batches of which a step is made."""
    sharded: bool = False
    """Whether each process has a share of the weights, not all of them (FSDP, arXiv 2304.11277)."""
    packed: bool = False
    """Whether conversations share a row, with attention that keeps them apart, instead of being padded."""
    steps: int = Field(gt=0)
    learning_rate: float
    weight_decay: float

    @field_validator("shape")
    @classmethod
    def _from_scratch_there_is_one(cls, shape: Shape | None, info: ValidationInfo) -> Shape | None:
        if (info.data.get("base") == SCRATCH) != (shape is not None):
            raise ValueError(f"a model has a shape if its base is {SCRATCH}, and only then")
        return shape

    @field_validator("sharded")
    @classmethod
    def _in_shards_all_of_it_is_trained(cls, sharded: bool, info: ValidationInfo) -> bool:
        if sharded and (info.data.get("base") == SCRATCH or info.data.get("lora")):
            raise ValueError(f"a model in shards is neither from {SCRATCH} nor has it an adapter")
        return sharded


def presets() -> list[str]:
    """The names of all presets."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def preset(name: str) -> Preset:
    """The preset of this name, or in this YAML file.

    Raises:
        BadInput: if there is none, or it is wrong.
    """
    file = Path(name) if name.endswith((".yaml", ".yml")) else _FOLDER / f"{name}.yaml"
    try:
        return Preset.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadInput(
            f"there is no preset {name!r}: use {', '.join(presets())}, or a YAML file like theirs"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadInput(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInput(f"{name} is no preset: {str(error).splitlines()[0]}") from error
