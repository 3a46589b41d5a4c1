"""Card: the README.md of an export: what is in it, where it is from, what was left out and why, how to load it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from domains import load
from tasks.exports.example import VALIDATION_PERCENT, Example
from tasks.exports.folder import CHECKSUMS, HEAD
from tasks.exports.format import Format
from tasks.exports.selection import REASONS
from turnwright.record import content_hash

_TOKENS = 50
"""Listed at most."""
_LICENCE = """\
Apache-2.0: policies, tools, data and prompts are Turnwright's. What a model wrote is also subject to the terms of its
provider; the models are named above."""
_LIMITS = """\
- Scenarios, users and the checkers' expectations are synthetic; every dialogue is in English.
- A checker proves the end state, the calls and the facts told. It proves no style, and may be wrong.
- `embedded/teacher` is a deterministic program and no language model: it teaches form and procedure, not language.
- The system message is rendered from the template that the assistant was told by and from today's policy of the domain.
- Objects in arguments and results have their keys sorted, as the warehouse keeps them.
- An example ends with the last thing that the assistant said or did; a farewell after it is cut off.
- What users did on a device of their own is not in here: the assistant saw only what they told it.
- What a reasoning model thought is written down only by formats that have a place for it."""


@dataclass
class Tally:
    """What went into an export."""

    dialogues: int = 0
    scenarios: int = 0
    cells: Counter[tuple[str, str, int | None, bool]] = field(
        default_factory=Counter[tuple[str, str, int | None, bool]]
    )
    """By domain, family, tier and whether it is held back."""
    sources: Counter[tuple[str, int, str, str]] = field(default_factory=Counter[tuple[str, int, str, str]])
    """By domain, generation, model and user model."""
    verdicts: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])

    def add(self, example: Example) -> None:
        """Count an example."""
        about = example.about
        self.dialogues += 1
        self.scenarios += example.first
        self.cells[about["domain"], about["family"], about["tier"], example.held_back] += 1
        self.sources[about["domain"], about["generation"], about["model"], about["user_model"]] += 1
        self.verdicts[about["verdict"]] += 1

    @property
    def domains(self) -> list[str]:
        return sorted({domain for domain, *_ in self.cells})

    def held_back(self, held_back: bool) -> int:
        """The dialogues on one side of the split."""
        return sum(number for (*_, side), number in self.cells.items() if side is held_back)


@dataclass(frozen=True)
class Card:
    """All that a card tells of."""

    name: str
    format: Format
    rows: Mapping[str, int]
    tally: Tally
    tokens: Mapping[str, int]
    where: str | None

    def text(self) -> str:
        header = {
            "license": "apache-2.0",
            "language": ["en"],
            "task_categories": ["text-generation"],
            "tags": ["tool-use", "agent", "multi-turn", "synthetic", "turnwright"],
            **self.format.metadata(self.rows),
        }
        parts = {
            f"{HEAD} `{self.name}`": self._summary(),
            "## Files": self._files(),
            "## How to load it": self.format.loading.rstrip(),
            "## What is in it": _table(("domain", "family", "tier", "train", "validation"), _cells(self.tally)),
            "## Where it is from": self._sources(),
            "## What was left out": self._left_out(),
            "## Special tokens": self._special_tokens(),
            "## Known limits": _LIMITS,
            "## Licence": _LICENCE,
        }
        body = "\n\n".join(f"{head}\n\n{part}" for head, part in parts.items())
        return f"---\n{yaml.safe_dump(header, sort_keys=False)}---\n\n{body}\n"

    def _summary(self) -> str:
        tally = self.tally
        what = (
            f"{tally.dialogues:,} dialogues of {tally.scenarios:,} scenarios between a customer and an assistant that "
            "works with tools, each judged by a program that was written for its scenario. "
            f"Verdicts: {', '.join(f'{name} {number:,}' for name, number in sorted(tally.verdicts.items()))}."
        )
        return f"{what}\n\nAsked for with the condition `{' '.join(self.where.split())}`." if self.where else what

    def _files(self) -> str:
        files = _table(("file", "rows"), ((f"`{file}`", f"{rows:,}") for file, rows in sorted(self.rows.items())))
        return (
            f"{files}\n\nA hash of its id holds {VALIDATION_PERCENT} % of the scenarios back for validation, each with "
            f"all its dialogues: {self.tally.held_back(True):,} here. `sha256sum -c {CHECKSUMS}` checks the files."
        )

    def _sources(self) -> str:
        found = ((*key, f"{number:,}") for key, number in sorted(self.tally.sources.items(), key=str))
        policies = ((domain, f"`{content_hash(load(domain).policy, 16)}`") for domain in self.tally.domains)
        return (
            f"{_table(('domain', 'generation', 'assistant', 'user', 'dialogues'), found)}\n\n"
            f"{_table(('domain', 'sha256 of the policy'), policies)}"
        )

    def _left_out(self) -> str:
        found = ((f"`{reason}`", f"{self.tally.left_out[reason]:,}", why) for reason, why in REASONS.items())
        return _table(("reason", "dialogues", "why"), found)

    def _special_tokens(self) -> str:
        told = (
            "Where the text holds a string that a tokenizer could read as a control token, a space stands behind its "
            f"first character, as in `< |im_end|>`: {sum(self.tokens.values()):,} were found."
        )
        commonest = sorted(self.tokens.items(), key=lambda item: (-item[1], item[0]))[:_TOKENS]
        found = _table(("token", "times"), ((f"`{token}`", f"{times:,}") for token, times in commonest))
        return f"{told}\n\n{found}" if commonest else told


def _cells(tally: Tally) -> Iterator[tuple[Any, ...]]:
    for domain, family, tier in sorted({(domain, family, tier or 0) for domain, family, tier, _ in tally.cells}):
        sides = (tally.cells[domain, family, tier or None, held_back] for held_back in (False, True))
        yield domain, family, tier, *(f"{number:,}" for number in sides)


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    lines = ([str(cell).replace("|", "&#124;") for cell in line] for line in (head, ["---"] * len(head), *rows))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
