"""Aliases: what stands for the uncommon words of one dialogue, so that a tiny model learns to look and not to spell."""

import random
import re
from bisect import bisect
from collections.abc import Sequence
from itertools import combinations

from training.rendering import NotRendered

HEARD = {"id": "heard-id", "word": "heard-word"}
"""The kinds of what the other side says before any tool does. Which of many records is meant is one that has such words
in it; who has to find that out by comparing them all needs a layer of attention more. Without these kinds the wrong one
of several orders was looked up in 27 of 100 cases, after 8 minutes."""
KINDS = ("amount", "id", "word", *HEARD.values())
ALIASES = 64
"""Of each kind."""
UNKNOWN = "something"
"""What an alias means that stands for nothing."""

_SHIFT = 8
"""A dialogue's amounts are so far from their usual numbers at most: an alias is not to tell a price."""
_HIDDEN = 0.3
"""The largest share of common words that one lesson hides."""

_AMOUNT = re.compile(r"-?\d+\.\d+")
_CENT = 0.005


class Aliases:
    """The uncommon words of one dialogue: each has an alias of its kind, from an order that is the dialogue's own.

    In one order for all, low numbers would come up often: who learns which are likely puts off learning to look.
    Of two amounts the larger has the larger number, as long as there is room: whether somebody pays or gets back, and
    whether a balance is enough, nobody could tell otherwise.

    Args:
        amounts: What parts the amounts of all dialogues into as many parts as there are aliases.
    """

    def __init__(self, seed: int, amounts: Sequence[float] = ()) -> None:
        dice = random.Random(seed)
        self._orders = {kind: dice.sample(range(ALIASES), ALIASES) for kind in KINDS if kind != "amount"}
        self._numbers: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._kinds = dict[str, str]()
        self._amounts = amounts
        self._shift = dice.randint(-_SHIFT, _SHIFT)

    def know(self, word: str) -> bool:
        """Whether it came before."""
        return word in self._kinds

    def of(self, word: str, heard: bool = False) -> str:
        """Its token, a new one if it did not come before.

        Args:
            heard: Whether it is the other side that says it.

        Raises:
            NotRendered: if there are no more.
        """
        kind = kind_of(word)
        kind = self._kinds.setdefault(word, HEARD.get(kind, kind) if heard else kind)
        known = self._numbers[kind]
        if word not in known:
            if len(known) == ALIASES:
                raise NotRendered(f"more than {ALIASES} uncommon words of one kind ({kind})")
            known[word] = self._by_size(float(word)) if kind == "amount" else self._orders[kind][len(known)]
        return f"<{kind} {known[word]}>"

    def _by_size(self, amount: float) -> int:
        """The number for a new amount: of those between its neighbours, the one nearest to where such amounts are."""
        known = {number: float(word) for word, number in self._numbers["amount"].items()}
        free = [number for number in range(ALIASES) if number not in known]
        above = max((number for number, value in known.items() if value < amount), default=-1)
        below = min((number for number, value in known.items() if value > amount), default=ALIASES)
        usual = bisect(self._amounts, amount) + self._shift
        between = [number for number in free if above < number < below]
        return min(between or free, key=lambda number: abs(number - usual))

    def meaning(self, kind: str, number: int) -> str:
        """The word behind an alias."""
        return next((word for word, known in self._numbers[kind].items() if known == number), UNKNOWN)

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
