"""Imitation: dialogues made from dialogues: with other values, in other words, or played once more.

What anybody could fill in (ids, names, amounts, what is ordered) becomes something else of the same shape, the same
each time that it comes in one copy. Words become made-up words in the same way: so two copies of one dialogue have no
words in common but by chance, while two dialogues of one copy are exactly as alike as the two that they were made from.
"""

import argparse
import random
import re
import string
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import orjson

from benchmarks.command import generate
from domains import DOMAINS
from turnwright.record import derive_seed, strings
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 77
"""Of the night."""
_SLOTS = 10_800
Row = dict[str, Any]
Reword = Callable[[str], str]
JSON = {
    "dialogues": ("changes",),
    "scenarios": ("knows", "requests", "initial"),
    "tool_calls": ("arguments",),
}
COLUMNS = {
    "dialogues": "dialogue_id, scenario_id, domain, generation, verdict, slot, changes",
    "scenarios": "scenario_id, domain, family, variant, split, state, slot, knows, requests, initial",
    "turns": "dialogue_id, domain, turn, speaker, content",
    "tool_calls": 'dialogue_id, domain, turn, "call", side, tool, arguments, writes',
}
"""What marking reads of a dialogue, and what its tables require."""
_LEAST = 3
_WORD = re.compile(r"[^\W\d_]+")


@contextmanager
def a_night() -> Generator[tuple[Warehouse, Path, int]]:
    """A night of all domains, in the warehouse that --warehouse names or in one of its own; a folder to work in; and
    the seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--slots", type=int, default=_SLOTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        night: Path = asked.warehouse or Path(folder) / "night"
        generate(night, asked.slots, asked.seed, domains=",".join(DOMAINS))
        yield Warehouse.open(night, create=False), Path(folder), asked.seed


@dataclass
class Whole:
    """A dialogue with its scenario and all that is said and called, JSON read."""

    dialogue: Row
    scenario: Row
    turns: list[Row]
    calls: list[Row]

    @property
    def dialogue_id(self) -> str:
        return self.dialogue["dialogue_id"]

    @property
    def domain(self) -> str:
        return self.dialogue["domain"]

    @property
    def group(self) -> tuple[str, str]:
        """Only dialogues of one group can be duplicates of each other."""
        return self.domain, self.dialogue["verdict"]

    @property
    def user_words(self) -> list[str]:
        return [turn["content"] for turn in self.turns if turn["speaker"] == "user" and turn["content"]]

    @cached_property
    def values(self) -> list[str]:
        """What could be otherwise in it, the longest first."""
        places = [
            self.scenario["knows"],
            [request["details"] for request in self.scenario["requests"]],
            self.scenario["initial"],
            [call["arguments"] for call in self.calls],
        ]
        found = {value for value in strings(places) if len(value) >= _LEAST}
        found |= {part for value in found if value.istitle() for part in value.split() if len(part) >= _LEAST}
        return sorted(found, key=lambda value: (-len(value), value))

    def tables(self) -> dict[str, list[Row]]:
        return {
            "dialogues": [self.dialogue],
            "scenarios": [self.scenario],
            "turns": self.turns,
            "tool_calls": self.calls,
        }


def dialogues_of(catalog: Catalog) -> list[Whole]:
    """Every dialogue of a warehouse, by domain and slot."""
    found: dict[str, dict[str, list[Row]]] = {}
    for table, columns in COLUMNS.items():
        by_id: defaultdict[str, list[Row]] = defaultdict(list)
        for row in catalog.query(f"SELECT {columns} FROM {table} ORDER BY ALL"):
            read = {name: orjson.loads(row[name] or "{}") for name in JSON.get(table, ())}
            by_id[row["scenario_id" if table == "scenarios" else "dialogue_id"]].append(row | read)
        found[table] = by_id
    wholes = [
        Whole(one, found["scenarios"][one["scenario_id"]][0], found["turns"][key], found["tool_calls"][key])
        for key, (one,) in found["dialogues"].items()
    ]
    return sorted(wholes, key=lambda whole: (whole.domain, whole.dialogue["slot"]))


def other_words(key: str) -> Reword:
    """Made-up words, of the length of those that they stand for, always the same for one word."""
    return lambda word: _other(word, key)


def some_words(key: str, one_in: int) -> Reword:
    """Made-up words for every so many of the words, and the others as they are."""
    drawn = random.Random(derive_seed("some", key))
    return lambda word: word if drawn.randrange(one_in) else _other(word, key)


def imitated(whole: Whole, name: str, values: str | None, words: Reword | None) -> Whole:
    """A copy under another name; with other values if `values` keys them, and its users' words as `words` has them."""
    fill = _Fill(whole.values, values) if values else None
    ids = {"dialogue_id": f"{whole.dialogue_id}-{name}", "scenario_id": f"{whole.scenario['scenario_id']}-{name}"}
    place = {"dialogue_id": ids["dialogue_id"]}
    said = [row if row["speaker"] != "user" else row | {"content": _said(row["content"], whole, fill, words)}
            for row in whole.turns]  # fmt: skip
    changed = {name: fill.inside(whole.dialogue[name]) if fill else whole.dialogue[name] for name in JSON["dialogues"]}
    wanted = {name: fill.inside(whole.scenario[name]) if fill else whole.scenario[name] for name in JSON["scenarios"]}
    return Whole(
        whole.dialogue | ids | changed,
        whole.scenario | {"scenario_id": ids["scenario_id"]} | wanted,
        [row | place for row in said],
        [
            row | place | {"arguments": fill.inside(row["arguments"]) if fill else row["arguments"]}
            for row in whole.calls
        ],
    )


def _said(text: str, whole: Whole, fill: "_Fill | None", words: Reword | None) -> str:
    pattern = re.compile("|".join(map(re.escape, whole.values)) or "$^")
    pieces, at = list[str](), 0
    for match in pattern.finditer(text):
        pieces += [_worded(text[at : match.start()], words), fill(match[0]) if fill else match[0]]
        at = match.end()
    return "".join([*pieces, _worded(text[at:], words)])


def _worded(text: str, words: Reword | None) -> str:
    return text if words is None else _WORD.sub(lambda match: words(match[0].lower()), text)


class _Fill:
    """Other values of the same shape: digits for digits, letters for letters."""

    def __init__(self, values: Iterable[str], key: str) -> None:
        self._values, self._key = set(values), key

    def __call__(self, value: str) -> str:
        return " ".join(_other(part, self._key) for part in value.split(" "))

    def inside(self, value: Any) -> Any:
        """Whatever holds values, with the others."""
        if isinstance(value, Mapping):
            return {self._path(name): self.inside(inner) for name, inner in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if isinstance(value, list):
            return [self.inside(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, str) and value in self._values | {value if any(map(str.isdigit, value)) else ""}:
            return self(value)
        return value

    def _path(self, name: str) -> str:
        table, slash, key = name.partition("/")
        return f"{table}/{self(key)}" if slash else name


@lru_cache(200_000)
def _other(word: str, key: str) -> str:
    drawn = random.Random(derive_seed(key, word))
    return "".join(_like(character, drawn) for character in word)


def _like(character: str, drawn: random.Random) -> str:
    if character.isdigit():
        return drawn.choice(string.digits)
    if character.isalpha():
        other = drawn.choice(string.ascii_lowercase)
        return other.upper() if character.isupper() else other
    return character
