"""Prices: what a call costs by LiteLLM's price table, read from its file: importing LiteLLM would take seconds."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_TABLE = "model_prices_and_context_window_backup.json"


class Price(NamedTuple):
    """USD per token."""

    tokens_in: float
    tokens_out: float


def cost(model: str, tokens_in: int, tokens_out: int) -> float | None:
    """USD; None where the price is not known: it is not guessed."""
    price = price_of(model)
    return None if price is None else price.tokens_in * tokens_in + price.tokens_out * tokens_out


@cache
def price_of(model: str) -> Price | None:
    """The price of a model by its LiteLLM name, with or without the provider in front."""
    provider, _, name = model.partition("/")
    row = _table().get(model) or _table().get(name) or {}
    if row.get("litellm_provider") not in (None, provider) or "input_cost_per_token" not in row:
        return None
    return Price(float(row["input_cost_per_token"]), float(row.get("output_cost_per_token") or 0))


@cache
def _table() -> dict[str, Any]:
    found = find_spec("litellm")
    return orjson.loads((Path(found.origin).parent / _TABLE).read_bytes()) if found and found.origin else {}
