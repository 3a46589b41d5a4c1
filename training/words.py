"""Words: what a compact rendering knows by heart, learned from the conversations that are trained on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from statistics import quantiles
from typing import Any, Self

import orjson

from training.aliases import ALIASES, KINDS
from training.rendering import Conversation
from turnwright.llm.chat import Wire
from turnwright.record import Record

CONTROL = (
    *("<pad>", "<end>", "<system>", "<user>", "<me>", "<tool>", "<call>"),
    *("<glue>", "<space>", "<low>", "<bare>", "<date>"),
    *("<text>", "</text>", "<string>", "<null>", "<true>", "<false>", "<[>", "<]>", "<{>", "<}>"),
    *("<sum>", "<less>", "<=>"),
)
SAID, LOOKED_UP, VOLUNTEERED = 0.01, 0.1, 0.002
"""The share of dialogues that have a word that is a token of its own: one that is only said, or part of a date; one
that tools know, for a name that comes up often is still a name; and one that the speaker says without having seen it:
no alias helps there."""
ALL = 0.95
"""The share that counts as all."""
NEWLINE = "\n"
PIECE = re.compile(r"\n| +|\$\d[\d,]*\.\d\d(?![\w.,]*\d|\w)|[#@\w](?:[^\s()\[\]{}\"]*\w)?|[^\w\s]|\s")
"""Of a text: a word, an id, an amount, a sign, spaces."""
BEGINS = frozenset(("", *".!?\n"))
"""Behind these a sentence begins."""
DATE = re.compile(r"(\d{4}-\d\d)(-\d\d)")
"""A month and a day, each a word: what is before what decides a lot, and aliases would not tell."""
_PART = re.compile(r"\d{4}-\d\d|-\d\d")
_COMMON = re.compile(rf"[A-Za-z][A-Za-z_'’-]*|\d\d?|{_PART.pattern}|[^\w\s]")


class Words(Record):
    """What a compact rendering knows by heart; learned from the conversations that are trained on."""

    common: tuple[str, ...]
    spoken: tuple[str, ...] = ()
    """Those of them that no tool ever told: with letters."""
    shapes: tuple[tuple[str, ...], ...]
    """Keys of JSON objects, sorted."""
    said_to_all: tuple[str, ...]
    """Lines of system messages."""
    amounts: tuple[float, ...] = ()
    """What parts the amounts that tools told into as many parts as there are aliases."""

    @property
    def tokens(self) -> list[str]:
        """All tokens; the place of each is its id."""
        aliases = [f"<{kind} {number}>" for kind in KINDS for number in range(ALIASES)]
        return [*CONTROL, *aliases, *map(shape_token, self.shapes), *self.common]


def shape_token(keys: tuple[str, ...]) -> str:
    """The token of a JSON object with these keys."""
    return f"<{{{' '.join(keys)}}}>"


def learn(conversations: Iterable[Conversation]) -> Words:
    """What many of these conversations share."""
    words, volunteered, names = Counter[str](), Counter[str](), set[str]()
    shapes, amounts, told, total = Counter[tuple[str, ...]](), list[float](), _Told(), 0
    for total, conversation in enumerate(conversations, 1):  # noqa: B007
        told.count(conversation)
        seen, own, keys = set[str](), set[str](), set[tuple[str, ...]]()
        for message in conversation.messages:
            found = _Found.within(message)
            if message["role"] == "assistant":
                own |= (found.looked_up | found.said) - seen
            seen |= found.looked_up | found.said
            names |= {word for word in found.looked_up if not _PART.fullmatch(word)}
            keys |= found.shapes
            amounts += found.amounts
        words.update(seen)
        volunteered.update(own)
        shapes.update(keys)
    often = {word for word in words if words[word] >= max(2, total * (LOOKED_UP if word in names else SAID))}
    often |= {word for word in volunteered if volunteered[word] >= max(2, total * VOLUNTEERED)}
    return Words(
        common=tuple(sorted(often)),
        spoken=tuple(sorted(word for word in often - names if word[0].isalpha())),
        shapes=tuple(sorted(keys for keys, times in shapes.items() if times >= max(2, total * SAID))),
        said_to_all=tuple(sorted(told.to_all())),
        amounts=tuple(quantiles(amounts, n=ALIASES)) if len(amounts) > 1 else (),
    )


class _Told:
    """How often each line of a system message was said, to those who have the same tools: in one domain, that is."""

    def __init__(self) -> None:
        self._lines = defaultdict[str, Counter[str]](Counter)
        self._conversations = Counter[str]()

    def count(self, conversation: Conversation) -> None:
        tools = " ".join(tool["function"]["name"] for tool in conversation.tools)
        self._conversations[tools] += 1
        for message in conversation.messages:
            if message["role"] == "system":
                self._lines[tools].update(set(message["content"].split(NEWLINE)))

    def to_all(self) -> set[str]:
        return {
            line
            for tools, lines in self._lines.items()
            for line, times in lines.items()
            if times > ALL * self._conversations[tools]
        }


class _Found:
    """What there is in one message: the words that tools know, those that are only said, and what else is learned."""

    def __init__(self) -> None:
        self.looked_up, self.said = set[str](), set[str]()
        self.shapes, self.amounts = set[tuple[str, ...]](), list[float]()

    @classmethod
    def within(cls, message: Wire) -> Self:
        found = cls()
        if message["role"] == "tool":
            found._value(json_or_text(message["content"]))
        else:
            found.said |= _words(message.get("content") or "")
        for call in message.get("tool_calls") or ():
            found.said |= _words(call["function"]["name"])
            found._value(json_or_text(call["function"]["arguments"]))
        return found

    def _value(self, value: Any, key: str = "") -> None:
        """Keys are said; so are an error's words."""
        if isinstance(value, dict):
            self.shapes.add(tuple(sorted(value)))
            for inner_key, inner in value.items():
                self.said |= _words(inner_key)
                self._value(inner, inner_key)
        elif isinstance(value, list):
            for inner in value:
                self._value(inner, key)
        elif isinstance(value, str) and key == "error":
            self.said |= _words(value)
        elif isinstance(value, str):
            self.looked_up |= _pieces(value)
        elif isinstance(value, float):
            self.amounts.append(value)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> frozenset[str]:
    return _that_can_be_common(PIECE.findall(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    """As within a sentence."""
    before, found = "", set[str]()
    for piece in PIECE.findall(text):
        if piece[0] != " ":
            found.add(lowered(piece) if before in BEGINS else piece)
            before = piece
    return _that_can_be_common(found)


def _that_can_be_common(pieces: Iterable[str]) -> frozenset[str]:
    parts = (part for piece in pieces for part in DATE.sub(r"\1 \2", piece).split())
    return frozenset(part for part in parts if _COMMON.fullmatch(part))


def lowered(piece: str) -> str:
    """A word that begins a sentence, as it would be within."""
    return piece[0].lower() + piece[1:] if piece[1:2].islower() else piece


def raised(word: str) -> str:
    """A word as it begins a sentence."""
    return word[0].upper() + word[1:]


def json_or_text(text: str) -> Any:
    """The value that a text is the JSON of, or the text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
