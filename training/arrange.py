"""Arrange: conversations in the order in which they are trained on, so that a run can be taken up at any step.

Batches hold conversations of about one length, for a pad costs as much as a word.
"""

import random
from collections.abc import Sequence

import numpy as np

_POOL = 32
"""Batches that are sorted by length together: more pad less, and are less random."""


def arranged(lengths: Sequence[int], batch: int, steps: int, seed: int) -> list[int]:
    """Numbers of conversations, `batch` for each of `steps`; each comes once an epoch, and what does not fill a batch
    begins the next."""
    dice, order, left = random.Random(seed), list[int](), list[int]()
    while len(order) < batch * steps:
        epoch = list(range(len(lengths)))
        dice.shuffle(epoch)
        epoch = left + epoch
        whole = len(epoch) - len(epoch) % batch
        epoch, left = epoch[:whole], epoch[whole:]
        for first in range(0, whole, batch * _POOL):
            pool = sorted(epoch[first : first + batch * _POOL], key=lambda number: lengths[number])
            batches = [pool[at : at + batch] for at in range(0, len(pool), batch)]
            dice.shuffle(batches)
            order += [number for one in batches for number in one]
    return order[: batch * steps]


def efficiency(lengths: Sequence[int], order: Sequence[int], batch: int) -> float:
    """The share of what is computed that is no pad."""
    laid = np.array([lengths[number] for number in order]).reshape(-1, batch)
    return float(laid.sum() / (laid.max(axis=1) * batch).sum())
