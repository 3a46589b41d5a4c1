"""Opening: what the conversations of a batch have in common at their beginning is attended to once for all of them.

Policy and tools are thousands of tokens, the talk behind them some hundreds. A copy of the opening for each of them
would have to be read from memory for each token that is said, and reading is what takes the time. So the queries of all
conversations meet one opening, and each its own talk, under one softmax. Hydragen (Juravsky et al. 2024) and cascade
inference merge two, for kernels that keep no scores; with one new token a row, the scores are small.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

State = tuple[torch.Tensor, torch.Tensor]
"""Keys and values, each (heads, tokens, dimension), or of a batch (batch, heads, tokens, dimension)."""
States = list[State]
"""By layer."""

_NAME = "opening"
_PART = 64
"""Queries of a row that meet all keys at once: their scores are as many as these times the keys."""


def with_opening(model: PreTrainedModel) -> None:
    """Let calls of a model name an `opening`, `States`. It comes before all that mask and cache know of, and is seen by
    everything."""
    model.set_attn_implementation(_NAME)


def opens(model: PreTrainedModel) -> bool:
    """Whether everything in it sees all that was before."""
    return getattr(model.config, "sliding_window", None) is None


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    opening: States | None = None,
    **how: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of queries (batch, heads, new, dimension) over keys and values (batch, fewer heads, tokens, dimension)
    and over the opening; gives (batch, new, heads, dimension)."""
    if opening is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **how)
    if attention_mask is None:  # it would say no more than that nobody looks ahead
        new, tokens = query.shape[2], key.shape[2]
        attention_mask = query.new_ones(len(query), 1, new, tokens, dtype=torch.bool).tril(tokens - new)
    parts = zip(query.split(_PART, dim=2), attention_mask.split(_PART, dim=2), strict=True)
    before = opening[module.layer_idx]
    found = [_over_both(some, before, (key, value), mask, how["scaling"]) for some, mask in parts]
    return torch.cat(found, dim=2).transpose(1, 2), None


def _over_both(query: torch.Tensor, before: State, behind: State, mask: torch.Tensor, scaling: float) -> torch.Tensor:
    """The same, for as many queries as there is room for scores; gives (batch, heads, new, dimension)."""
    (opened, said), (key, value) = before, behind
    group = query.shape[1] // key.shape[1]  # queries that share a head of keys; so nothing is repeated
    rows = query.unflatten(1, (-1, group)).flatten(2, 3)
    own = (rows @ key.mT).unflatten(2, (group, -1)).masked_fill(~mask[:, :, None], float("-inf")).flatten(2, 3)
    scores = torch.cat([_across(rows, opened.mT), own], dim=-1)
    weights = torch.softmax(scores * scaling, dim=-1, dtype=torch.float32).to(query.dtype)
    of_opening, of_own = weights.split([opened.shape[1], key.shape[2]], dim=-1)
    return (_across(of_opening, said) + of_own @ value).reshape(query.shape)


def _across(rows: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Products of (batch, heads, n, a) and (heads, a, b), of which the latter is read once for the whole batch."""
    batch, heads, n, _ = rows.shape
    return (rows.transpose(0, 1).flatten(1, 2) @ same).view(heads, batch, n, -1).transpose(0, 1)


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, sdpa_mask)
