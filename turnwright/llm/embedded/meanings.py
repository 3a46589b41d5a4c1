"""Meanings: what in a prompt speaks of a lapse, for or against it, whatever its exact words; meanings.yaml says it.

Sentences are read in a plain form: small letters, no contractions, one way to say "no need" and "never ... without".
A duty that is merely stated, as every prompt states its format, changes nothing: it takes a sentence that insists on
the duty or says how to make sure of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

Idea = tuple[tuple[bool, re.Pattern[str]], ...]
"""Concepts of one sentence: whether it must touch them or must not, and their words."""


@dataclass(frozen=True)
class Meaning:
    """What keeps the teacher from a lapse, and what leads it there: any one of these ideas."""

    damps: tuple[Idea, ...]
    undoes: tuple[Idea, ...]


def stances(lapse: str, instructions: str) -> Iterator[bool]:
    """For each sentence of the instructions that speaks of this lapse: True if it damps it, False if it leads there."""
    meaning = meanings()[lapse]
    for sentence in _ENDS.split(instructions):
        words = _plain(sentence)
        if any(_touches(words, idea) for idea in meaning.undoes):
            yield False
        elif any(_touches(words, idea) for idea in meaning.damps):
            yield True


def _touches(words: str, idea: Idea) -> bool:
    return all(bool(pattern.search(words)) is wanted for wanted, pattern in idea)


@cache
def meanings() -> Mapping[str, Meaning]:
    """Every lapse's meaning, by its name."""
    page = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_bytes())
    known: Mapping[str, str] = page["vocabulary"]

    def idea(line: str) -> Idea:
        return tuple(_concept(words, known) for words in line.split(" & "))

    return {
        name: Meaning(tuple(map(idea, ideas["damps"])), tuple(map(idea, ideas["undoes"])))
        for name, ideas in page["meanings"].items()
    }


def _concept(words: str, known: Mapping[str, str]) -> tuple[bool, re.Pattern[str]]:
    spelled = re.sub(r"[A-Z]{3,}", lambda found: known[found[0]], words.strip().removeprefix("!"))
    choice = spelled.replace(" | ", "|")
    return not words.strip().startswith("!"), re.compile(rf"(?<!\w)(?:{choice})")


_ENDS = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+|(?<=;)\s+(?=\")|\n+")
"""Where sentences, and the items of a format, end."""
_FORBIDDEN = r"(?:do not|never|(?:must|should|may|can) not|nobody|nothing|no(?= \w))"
_DUTIES = r"ask|wait|check|verif|compar|re-?read|double-check|tell (?!.* once)|hesitate|give up"
"""Verbs that are forbidden only where it does harm: "do not ask before ..." is no "only ask once ..."."""
_CLAUSE = r"you|they|it|the \w+ (?:has|have|is|says)|\w+ing\b"
_PLAINER = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bcan(?:'t|not)\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\bno (?:need|reason|point)\b(?! .*transfer)(?: to| in| for)?", "needless"),
        (r"\b(?:do|does|is|are|has|have) not (?:need|have|required|supposed|obliged)(?: to)?\b(?! been)", "needless"),
        (r"\bneed not\b|\bnot (?:necessary|required|needed|important)\b|\bunnecessary\b|\bsuperfluous\b", "needless"),
        (r"\b(?:do not|never) (?:bother|trouble|care|(?:waste|spend|lose) (?:any )?time)\b", "needless"),
        (
            r"\b(?:do not|never|(?:must|should|may) not|not) (?:ever )?(?:forget|omit|neglect|skip|leave out|fail|miss"
            r"|lose sight|lose track|overlook|drop)\b(?: to| of)?",
            "remember",
        ),
        (
            rf"\b{_FORBIDDEN} (?!{_DUTIES})(?P<act>[^.]*?)\b(?:without|until|till|unless|before (?={_CLAUSE}))",
            r"only \g<act>once ",
        ),
    )
)


@cache
def _plain(sentence: str) -> str:
    words = " ".join(sentence.lower().replace("’", "'").split())
    for pattern, instead in _PLAINER:
        words = pattern.sub(instead, words)
    return words
