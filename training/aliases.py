"""Aliases: what stands for the uncommon words of one dialogue, so that a tiny model learns to look and not to spell."""

import random
import re
from collections.abc import Sequence
from itertools import combinations

from training.rendering import NotRendered

KINDS = ("amount", "id", "word")
ALIASES = 64
"""Of each kind."""
UNKNOWN = "something"
"""What an alias means that stands for nothing."""

_HIDDEN = 0.3
"""The largest share of common words that one lesson hides."""

_AMOUNT = re.compile(r"-?\d+\.\d+")
_CENT = 0.005


class Aliases:
    """The uncommon words of one dialogue: each has an alias of its kind, from an order that is the dialogue's own.

    In one order for all, low numbers would come up often: who learns which are likely puts off learning to look.
    """

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self._orders = {kind: dice.sample(range(ALIASES), ALIASES) for kind in KINDS}
        self._numbers: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}

    def know(self, kind: str, word: str) -> bool:
        """Whether it came before."""
        return word in self._numbers[kind]

    def of(self, kind: str, word: str) -> int:
        """Its number, a new one if it did not come before.

        Raises:
            NotRendered: if there are no more.
        """
        known = self._numbers[kind]
        if word not in known:
            if len(known) == ALIASES:
                raise NotRendered(f"more than {ALIASES} uncommon words of one kind ({kind})")
            known[word] = self._orders[kind][len(known)]
        return known[word]

    def meaning(self, kind: str, number: int) -> str:
        """The word behind an alias."""
        words, place = list(self._numbers[kind]), self._orders[kind].index(number)
        return words[place] if place < len(words) else UNKNOWN

    def worked_out(self, amount: float) -> tuple[str, tuple[str, ...]] | None:
        """How an amount comes of a few that were seen, the latest first: the operation, and the amounts."""
        seen = [(word, float(word)) for word in reversed(self._numbers["amount"])]
        for word, value in seen:
            if value == -amount:
                return "<less>", (word,)
        for (a, x), (b, y) in combinations(seen, 2):
            if abs(abs(x - y) - amount) < _CENT:
                return "<less>", (a, b) if x > y else (b, a)
            if abs(x + y - amount) < _CENT:
                return "<sum>", (a, b)
        for some in combinations(seen[:12], 3):
            if abs(sum(x for _, x in some) - amount) < _CENT:
                return "<sum>", tuple(word for word, _ in some)
        return None


def hidden(words: Sequence[str], seed: int) -> frozenset[str]:
    """The common words that one lesson hides behind aliases: some of them in one, hardly any in another."""
    dice = random.Random(seed)
    share = dice.random() * _HIDDEN
    return frozenset(word for word in words if dice.random() < share)


def kind_of(piece: str) -> str:
    """Which kind of alias stands for it, if it is not common."""
    if _AMOUNT.fullmatch(piece) and repr(float(piece)) == piece:
        return "amount"
    return "id" if any(letter.isdigit() for letter in piece) or "@" in piece else "word"
