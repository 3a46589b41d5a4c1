"""Arrange: conversations in the order in which they are trained on, so that a run can be taken up at any step.

Batches hold conversations of about one length, for a pad costs as much as a word; or rows hold several of them, one
after the other, as far as there is room.
"""

import random
from collections.abc import Sequence

import numpy as np

_POOL = 32
"""Batches that are sorted by length together: more pad less, and are less random."""
_POOLED = 256
"""Conversations that are laid into rows together."""


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


def packed(lengths: Sequence[int], room: int, rows: int, seed: int) -> list[list[int]]:
    """Numbers of conversations for so many rows; those of a row are no longer than `room` together. Each comes once an
    epoch. They are taken at random, a pool at a time, the longest of it first, each into the first row with room."""
    dice, made = random.Random(seed), list[list[int]]()
    while len(made) < rows:
        epoch = list(range(len(lengths)))
        dice.shuffle(epoch)
        for first in range(0, len(epoch), _POOLED):
            pool = sorted(epoch[first : first + _POOLED], key=lambda number: -lengths[number])
            begun = list[list[int]]()
            for number in pool:
                fits = (row for row in begun if sum(lengths[one] for one in row) + lengths[number] <= room)
                row = next(fits, None)
                begun.append([number]) if row is None else row.append(number)
            dice.shuffle(begun)
            made += begun
    return made[:rows]


def efficiency(lengths: Sequence[int], order: Sequence[int], batch: int) -> float:
    """The share of what is computed that is no pad."""
    laid = np.array([lengths[number] for number in order]).reshape(-1, batch)
    return float(laid.sum() / (laid.max(axis=1) * batch).sum())
