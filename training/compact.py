"""Compact: a rendering for models of a million parameters, in which a whole dialogue is a few hundred tokens.

A word that many dialogues share is a token of its own. Any other (a name, an id, an amount, a date) is an alias from a
small closed set, given as such words appear in the one dialogue, and mapped back when the model uses it: so what a tiny
model has to learn is where to look, not how to spell. JSON objects whose keys are well known are one
token and their values. An amount that the speaker works out from amounts that were seen is written as that sum, and
worked out again when it is mapped back. What the system message says to everybody tells nothing, and is left out.

Nothing else is left out, and nothing is added: what is rendered are the messages as they come over the wire.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import orjson

from training.rendering import Conversation, NotRendered, Rendered, Said
from turnwright.dialogue import ToolCall
from turnwright.llm.chat import Wire
from turnwright.record import Record, derive_seed

CONTROL = (
    *("<pad>", "<end>", "<system>", "<user>", "<me>", "<tool>", "<call>"),
    *("<glue>", "<space>"),
    *("<text>", "</text>", "<string>", "<null>", "<true>", "<false>", "<[>", "<]>", "<{>", "<}>"),
    *("<sum>", "<less>", "<=>"),
)
KINDS = ("amount", "date", "id", "word")
ALIASES = 64
"""Of each kind."""
SAID, LOOKED_UP, VOLUNTEERED = 0.01, 0.1, 0.002
"""The share of dialogues that have a word that is a token of its own: one that is only said; one that tools know, for a
name that comes up often is still a name; and one that the speaker says without having seen it: no alias helps there."""
ALL = 0.95
"""The share that counts as all."""
NEWLINE = "\n"
_UNKNOWN = "something"
"""What an alias means that stands for nothing."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNT = re.compile(r"-?\d+\.\d+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
"""As JSON has it."""
_COMMON = re.compile(r"[A-Za-z][A-Za-z_'’-]*|\d\d?|[^\w\s]")
_PIECE = re.compile(r"\n| +|\$(?=\d[\d,]*\.\d\d(?!\d))|[#@\w](?:[^\s()\[\]{}\"]*\w)?|[^\w\s]|\s")
_TIGHT = frozenset(".,;:!?)]}%\n")
"""No space stands before these, unless one is said."""
_OPEN = frozenset("([{$\n")
"""Nor behind these."""
_CENT = 0.005


class Words(Record):
    """What a compact rendering knows by heart; learned from the conversations that are trained on."""

    common: tuple[str, ...]
    shapes: tuple[tuple[str, ...], ...]
    """Keys of JSON objects, sorted."""
    said_to_all: tuple[str, ...]
    """Lines of system messages."""

    @property
    def tokens(self) -> list[str]:
        """All tokens; the place of each is its id."""
        aliases = [f"<{kind} {number}>" for kind in KINDS for number in range(ALIASES)]
        return [*CONTROL, *aliases, *(f"<{{{' '.join(keys)}}}>" for keys in self.shapes), *self.common]


def learn(conversations: Iterable[Conversation]) -> Words:
    """What many of these conversations share."""
    words, volunteered, looked_up = Counter[str](), Counter[str](), set[str]()
    shapes, told, total = Counter[tuple[str, ...]](), _Told(), 0
    for total, conversation in enumerate(conversations, 1):  # noqa: B007
        told.count(conversation)
        seen, own, keys = set[str](), set[str](), set[tuple[str, ...]]()
        for message in conversation.messages:
            values, said = _gathered(message, keys)
            looked_up |= values
            if message["role"] == "assistant":
                own |= (values | said) - seen
            seen |= values | said
        words.update(seen)
        volunteered.update(own)
        shapes.update(keys)
    often = {word for word in words if words[word] >= max(2, total * (LOOKED_UP if word in looked_up else SAID))}
    often |= {word for word in volunteered if volunteered[word] >= max(2, total * VOLUNTEERED)}
    return Words(
        common=tuple(sorted(often)),
        shapes=tuple(sorted(keys for keys, times in shapes.items() if times >= max(2, total * SAID))),
        said_to_all=tuple(sorted(told.to_all())),
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


def _gathered(message: Wire, shapes: set[tuple[str, ...]]) -> tuple[set[str], set[str]]:
    """The words that tools know, and those that are only said, in a message."""
    values, said = set[str](), set[str]()
    if message["role"] == "tool":
        _gather(_json(message["content"]), values, said, shapes)
    else:
        said.add(message.get("content") or "")
    for call in message.get("tool_calls") or ():
        said.add(call["function"]["name"])
        _gather(_json(call["function"]["arguments"]), values, said, shapes)
    return _pieces(values), _pieces(said)


def _pieces(texts: Iterable[str]) -> set[str]:
    return set[str]().union(*map(_pieces_of, texts))


@lru_cache(maxsize=4096)
def _pieces_of(text: str) -> frozenset[str]:
    return frozenset(piece for piece in _PIECE.findall(text) if _COMMON.fullmatch(piece))


def _json(text: str) -> Any:
    """The value that a text is the JSON of, or the text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _gather(value: Any, values: set[str], said: set[str], shapes: set[tuple[str, ...]]) -> None:
    """The strings in a value, its keys, and the shapes of its objects; an error's words are said, not looked up."""
    if isinstance(value, dict):
        shapes.add(tuple(sorted(value)))
        said.update(value)
        for key, inner in value.items():
            _gather(inner, said if key == "error" else values, said, shapes)
    elif isinstance(value, list):
        for inner in value:
            _gather(inner, values, said, shapes)
    elif isinstance(value, str):
        values.add(value)


class Compact:
    """The rendering, with what it knows by heart."""

    def __init__(self, words: Words) -> None:
        self.words = words
        tokens = words.tokens
        self._ids = {token: number for number, token in enumerate(tokens)}
        self._shapes = {keys: self._ids[f"<{{{' '.join(keys)}}}>"] for keys in words.shapes}
        self.end = self._ids["<end>"]

    def __len__(self) -> int:
        return len(self._ids)

    def render(self, messages: Sequence[Wire], tools: Sequence[Wire] = ()) -> Rendered:
        """A whole conversation; see `Rendering`. Tools are known by heart.

        Raises:
            NotRendered: if it holds more uncommon words than there are aliases.
        """
        writing = _Writing(self, messages)
        return Rendered(writing.ids, writing.learned)

    def prompt(self, messages: Sequence[Wire], tools: Sequence[Wire] = ()) -> list[int]:
        """All up to where the speaker's next message begins; see `Rendering`."""
        return [*self.render(messages).ids, self._ids["<me>"]]

    def said(self, messages: Sequence[Wire], ids: Sequence[int]) -> Said:
        """What the speaker says with these tokens; see `Rendering`."""
        return _Reading(self, _Writing(self, messages).aliases, ids).said()

    def id(self, token: str) -> int | None:
        """The id of a control token or a common word."""
        return self._ids.get(token)

    def shape(self, keys: tuple[str, ...]) -> int | None:
        """The id of the token for objects with these keys."""
        return self._shapes.get(keys)


class Aliases:
    """The uncommon words of one dialogue: each has an alias of its kind, from an order that is the dialogue's own.

    In one order for all, low numbers would come up often: who learns which are likely puts off learning to look.
    """

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self._orders = {kind: dice.sample(range(ALIASES), ALIASES) for kind in KINDS}
        self.numbers: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self.words: dict[str, list[str]] = {kind: [] for kind in KINDS}

    def of(self, kind: str, word: str) -> tuple[int, bool]:
        """Its number, and whether it is new.

        Raises:
            NotRendered: if there are no more.
        """
        known = self.numbers[kind]
        if word in known:
            return known[word], False
        if len(known) == ALIASES:
            raise NotRendered(f"more than {ALIASES} uncommon words of one kind ({kind})")
        known[word] = self._orders[kind][len(known)]
        self.words[kind].append(word)
        return known[word], True

    def meaning(self, kind: str, number: int) -> str:
        """The word behind an alias."""
        words, place = self.words[kind], self._orders[kind].index(number)
        return words[place] if place < len(words) else _UNKNOWN

    def worked_out(self, amount: float) -> tuple[str, tuple[str, ...]] | None:
        """How an amount comes of a few that were seen, the latest first: the operation, and the amounts."""
        seen = [(word, float(word)) for word in reversed(self.words["amount"])]
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


def _usual_spaces(before: str, piece: str) -> int:
    """Between two pieces of a text, unless it is said otherwise."""
    return 0 if before in ("", *_OPEN) or piece in _TIGHT else 1


def kind_of(piece: str) -> str:
    """Which kind of alias stands for it, if it is not common."""
    if _AMOUNT.fullmatch(piece) and repr(float(piece)) == piece:
        return "amount"
    if _DATE.fullmatch(piece):
        return "date"
    return "id" if any(letter.isdigit() for letter in piece) or "@" in piece else "word"


def _seed(messages: Sequence[Wire]) -> int:
    """Of a dialogue: it depends on its first words alone, which stay as turns come."""
    first = next((at for at, message in enumerate(messages, 1) if message["role"] != "system"), len(messages))
    return derive_seed(*(message.get("content") or "" for message in messages[:first]))


class _Writing:
    """A dialogue that is being rendered."""

    def __init__(self, compact: Compact, messages: Sequence[Wire]) -> None:
        self._compact = compact
        self.aliases = Aliases(_seed(messages))
        self.ids: list[int] = []
        self.learned: list[bool] = []
        self._mine = False
        for message in messages:
            self._message(message)

    def _message(self, message: Wire) -> None:
        role, content = message["role"], message.get("content") or ""
        self._mine = False
        if role == "system":
            self._system(content)
            return
        self._control({"assistant": "<me>", "user": "<user>", "tool": "<tool>"}[role])
        self._mine = role == "assistant"
        if role == "tool":
            self._value(_json(content))
        else:
            self._text(content)
        for call in message.get("tool_calls") or ():
            self._control("<call>")
            self._piece(call["function"]["name"])
            self._value(_json(call["function"]["arguments"]))
        self._control("<end>")

    def _system(self, content: str) -> None:
        lines = [line for line in content.split(NEWLINE) if line not in self._compact.words.said_to_all]
        if lines:
            self._control("<system>")
            self._text(NEWLINE.join(lines))
            self._control("<end>")

    def _control(self, token: str) -> None:
        self._put(self._compact.id(token), self._mine)

    def _put(self, token: int | None, learned: bool) -> None:
        assert token is not None
        self.ids.append(token)
        self.learned.append(learned)

    def _text(self, text: str) -> None:
        before, spaces = "", 0
        for piece in _PIECE.findall(text):
            if piece[0] == " ":
                spaces = len(piece)
                continue
            usual = _usual_spaces(before, piece)
            for token in ["<glue>"] if spaces < usual else ["<space>"] * (spaces - usual):
                self._control(token)
            self._money(piece) if before == "$" and not spaces else self._piece(piece)
            before, spaces = piece, 0
        for _ in range(spaces):
            self._control("<space>")

    def _money(self, surface: str) -> None:
        plain = surface.replace(",", "")
        amount = repr(float(plain)) if _NUMBER.fullmatch(plain) else ""
        if amount and f"{float(amount):,.2f}" == surface:
            self._piece(amount)
        elif self._compact.id(surface) is None:
            self._alias("id", surface)
        else:
            self._piece(surface)

    def _piece(self, piece: str) -> None:
        common = self._compact.id(piece)
        if common is not None and piece[0] != "<":
            self._put(common, self._mine)
            return
        kind = kind_of(piece)
        new = piece not in self.aliases.numbers[kind]
        if new and self._mine and kind == "amount" and (how := self.aliases.worked_out(float(piece))):
            operation, amounts = how
            self._control(operation)
            for amount in amounts:
                self._alias("amount", amount)
            self._control("<=>")
            self.aliases.of(kind, piece)
            return
        self._alias(kind, piece)

    def _alias(self, kind: str, word: str) -> None:
        number, new = self.aliases.of(kind, word)
        # What the speaker says first cannot be looked up: there is nothing to learn.
        self._put(self._compact.id(f"<{kind} {number}>"), self._mine and not new)

    def _value(self, value: Any) -> None:
        if isinstance(value, dict):
            self._object(value)
        elif isinstance(value, list):
            self._control("<[>")
            for item in value:
                self._value(item)
            self._control("<]>")
        elif isinstance(value, str):
            self._string(value)
        elif value is None or isinstance(value, bool):
            self._control({None: "<null>", True: "<true>", False: "<false>"}[value])
        else:
            self._piece(repr(value))

    def _object(self, value: dict[str, Any]) -> None:
        keys = tuple(sorted(value))
        if shape := self._compact.shape(keys):
            self._put(shape, self._mine)
            for key in keys:
                self._value(value[key])
            return
        self._control("<{>")
        for key in keys:
            self._string(key)
            self._value(value[key])
        self._control("<}>")

    def _string(self, value: str) -> None:
        if _NUMBER.fullmatch(value):
            self._control("<string>")
            self._piece(value)
        elif _PIECE.findall(value) == [value] and value[0] not in " \n$" and value != "$":
            self._piece(value)
        else:
            self._control("<text>")
            self._text(value)
            self._control("</text>")


class _Reading:
    """Tokens of the speaker that are mapped back; what makes no sense becomes what it can."""

    def __init__(self, compact: Compact, aliases: Aliases, ids: Sequence[int]) -> None:
        self._shapes = {f"<{{{' '.join(keys)}}}>": keys for keys in compact.words.shapes}
        tokens = compact.words.tokens
        self._tokens = [tokens[number] for number in ids]
        self._aliases = aliases
        self._at = 0

    def said(self) -> Said:
        content = self._text({"<call>", "<end>"})
        calls = list[ToolCall]()
        while self._next() == "<call>":
            self._at += 1
            tool, arguments = self._word(), self._value()
            if not isinstance(arguments, dict):
                malformed = orjson.dumps(arguments).decode()
                calls.append(ToolCall(id=f"call-{len(calls) + 1}", tool=tool, arguments={}, malformed=malformed))
            else:
                calls.append(ToolCall(id=f"call-{len(calls) + 1}", tool=tool, arguments=arguments))
        return Said(content, tuple(calls))

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else "<end>"

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _text(self, until: set[str]) -> str:
        written, before = "", ""
        while self._next() not in until and self._at < len(self._tokens):
            glued, spaces = False, 0
            while self._next() in ("<glue>", "<space>"):
                token = self._take()
                glued, spaces = glued or token == "<glue>", spaces + (token == "<space>")
            if self._next() in until:
                return written + " " * spaces
            piece = self._word(money=before == "$" and not spaces)
            spaces += 0 if glued else _usual_spaces(before, piece)
            written += " " * spaces + piece
            before = piece
        return written

    def _word(self, money: bool = False) -> str:
        token = self._take()
        if token in ("<sum>", "<less>"):
            return self._worked_out(token, money)
        kind, _, number = token[1:-1].partition(" ")
        if token[0] != "<" or kind not in KINDS:
            return token if token[0] != "<" else ""
        word = self._aliases.meaning(kind, int(number))
        return f"{float(word):,.2f}" if money and kind == "amount" and word != _UNKNOWN else word

    def _worked_out(self, operation: str, money: bool) -> str:
        amounts = list[float]()
        while self._next().startswith("<amount"):
            word = self._word()
            amounts += [float(word)] if word != _UNKNOWN else []
        self._at += self._next() == "<=>"
        if not amounts:
            return _UNKNOWN
        first, *others = amounts
        found = sum(amounts) if operation == "<sum>" else first - sum(others) if others else -first
        found = round(found, 2)
        self._aliases.of("amount", repr(found))
        return f"{found:,.2f}" if money else repr(found)

    def _value(self) -> Any:
        token = self._next()
        if token in _VALUES:
            self._at += 1
            return _VALUES[token]
        if token == "<text>":
            self._at += 1
            text = self._text({"</text>", "<end>"})
            self._at += self._next() == "</text>"
            return text
        if token == "<[>":
            return self._list()
        if token == "<{>" or token in self._shapes:
            return self._object()
        if token == "<string>":
            self._at += 1
            return self._word()
        word = self._word()
        return orjson.loads(word) if _NUMBER.fullmatch(word) else word

    def _list(self) -> list[Any]:
        self._at += 1
        found = list[Any]()
        while self._next() not in ("<]>", "<end>"):
            found.append(self._value())
        self._at += self._next() == "<]>"
        return found

    def _object(self) -> dict[str, Any]:
        token = self._take()
        if token in self._shapes:
            return {key: self._value() for key in self._shapes[token]}
        found = dict[str, Any]()
        while self._next() not in ("<}>", "<end>"):
            key = self._value()
            found[str(key)] = self._value()
        self._at += self._next() == "<}>"
        return found


_VALUES = {"<null>": None, "<true>": True, "<false>": False}
