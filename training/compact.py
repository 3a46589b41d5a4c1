"""Compact: a rendering for models of a million parameters, in which a whole dialogue is a few hundred tokens.

A word that many dialogues share is a token of its own. Any other (a name, an id, an amount) is an alias from a small
closed set, given as such words appear in the one dialogue, and mapped back when the model uses it: so what a tiny model
has to learn is where to look, not how to spell. The alias of what the other side named, and of what a tool told, are of
different kinds. A date is its month and its day. JSON objects whose keys are well known are one token and their values.
An amount that the speaker works out from amounts that were seen is written as that sum, and worked out again when it is
mapped back. What the system message says to everybody tells nothing, and is left out.

Nothing else is left out, and nothing is added: what is rendered are the messages as they come over the wire.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import orjson

from training.aliases import KINDS, UNKNOWN, Aliases, hidden, kind_of
from training.rendering import NotRendered, Rendered, Said
from training.words import BEGINS, DATE, NEWLINE, PIECE, Words, json_or_text, lowered, raised, shape_token
from turnwright.dialogue import ToolCall
from turnwright.llm.chat import Wire, parse_call
from turnwright.record import derive_seed

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
"""As JSON has it."""
_DEEPEST = 32
"""Levels of lists and objects that a model may say; it can say more, and nobody could read them."""
_MARKS = frozenset(("<glue>", "<space>", "<low>", "<bare>"))
"""Of how the next piece of a text is written, where it is not as usual."""
_TIGHT = frozenset(".,;:!?)]}%\n")
"""No space stands before these, unless one is said."""
_OPEN = frozenset("([{$\n")
"""Nor behind these."""
_VALUES = {"<null>": None, "<true>": True, "<false>": False}
_WRITTEN = {value: token for token, value in _VALUES.items()}


class Compact:
    """The rendering, with what it knows by heart."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.tokens = words.tokens
        self.shapes = {shape_token(keys): keys for keys in words.shapes}
        self.said_to_all = frozenset(words.said_to_all)
        self._ids = {token: number for number, token in enumerate(self.tokens)}
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

    def retold(self, messages: Sequence[Wire], time: int) -> Rendered:
        """A whole conversation for the `time`-th lesson on it: with other aliases, and some of what the other side says
        hidden behind aliases though it is common. Who only ever heard words that he knows takes each that he does not
        know for a name.

        Raises:
            NotRendered: as `render` does.
        """
        with suppress(NotRendered):  # there may be room for the uncommon words alone
            writing = _Writing(self, messages, time)
            return Rendered(writing.ids, writing.learned)
        return self.render(messages)

    def prompt(self, messages: Sequence[Wire], tools: Sequence[Wire] = ()) -> list[int]:
        """All up to where the speaker's next message begins; see `Rendering`."""
        return [*self.render(messages).ids, self._ids["<me>"]]

    def said(self, messages: Sequence[Wire], ids: Sequence[int]) -> Said:
        """What the speaker says with these tokens; see `Rendering`."""
        return _Reading(self, _Writing(self, messages).aliases, ids).said()

    def id(self, token: str) -> int | None:
        """The id of a token; None for a word that is not common."""
        return self._ids.get(token)


def _usual_spaces(before: str, piece: str) -> int:
    """Between two pieces of a text, unless it is said otherwise."""
    return 0 if before in ("", *_OPEN) or piece in _TIGHT else 1


def _dollars(piece: str) -> str:
    """The amount that a piece of a text tells in dollars, as a number is written; empty if it tells none."""
    amount = repr(float(piece[1:].replace(",", ""))) if piece[0] == "$" and piece[1:] else ""
    return amount if amount and _in_dollars(amount) == piece else ""


def _in_dollars(amount: str) -> str:
    return f"${float(amount):,.2f}"


def _seed(messages: Sequence[Wire]) -> int:
    """Of a dialogue: it depends on its first words alone, which stay as turns come."""
    first = next((at for at, message in enumerate(messages, 1) if message["role"] != "system"), len(messages))
    return derive_seed(*(message.get("content") or "" for message in messages[:first]))


class _Writing:
    """A dialogue that is being rendered."""

    def __init__(self, compact: Compact, messages: Sequence[Wire], time: int = 0) -> None:
        self._compact = compact
        seed = derive_seed(_seed(messages), time)
        self.aliases = Aliases(seed, compact.words.amounts)
        self._hidden = hidden(compact.words.spoken, seed) if time else frozenset[str]()
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
            self._value(json_or_text(content))
        else:
            self._text(content, speech=True)
        for call in message.get("tool_calls") or ():
            self._control("<call>")
            self._piece(call["function"]["name"])
            self._value(json_or_text(call["function"]["arguments"]))
        self._control("<end>")

    def _system(self, content: str) -> None:
        lines = [line for line in content.split(NEWLINE) if line not in self._compact.said_to_all]
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

    def _text(self, text: str, speech: bool = False) -> None:
        before, spaces = "", 0
        for piece in PIECE.findall(text):
            if piece[0] == " ":
                spaces = len(piece)
                continue
            usual = _usual_spaces(before, piece)
            for token in ["<glue>"] if spaces < usual else ["<space>"] * (spaces - usual):
                self._control(token)
            if amount := _dollars(piece):
                self._piece(amount)
            else:
                if kind_of(piece) == "amount":
                    self._control("<bare>")
                self._piece(self._within(piece) if speech and before in BEGINS else piece, speech)
            before, spaces = piece, 0
        for _ in range(spaces):
            self._control("<space>")

    def _within(self, piece: str) -> str:
        """What begins a sentence, as it would be within; it begins with a capital unless it is said otherwise."""
        word = lowered(piece)
        if raised(word) == piece and (self._known(word) or (not self._known(piece) and self._seen(word))):
            return word
        if raised(piece) != piece:
            self._control("<low>")
        return piece

    def _known(self, word: str) -> bool:
        return self._compact.id(word) is not None

    def _seen(self, word: str) -> bool:
        return self.aliases.know(word)

    def _piece(self, piece: str, speech: bool = False) -> None:
        common = self._compact.id(piece)
        heard = speech and not self._mine
        if common is not None and piece[0] != "<" and not (heard and piece in self._hidden):
            self._put(common, self._mine)
            return
        if date := DATE.fullmatch(piece):
            self._control("<date>")
            for part in date.groups():
                self._piece(part)
            return
        new = self._mine and not self.aliases.know(piece)
        if new and kind_of(piece) == "amount" and (how := self.aliases.worked_out(float(piece))):
            operation, amounts = how
            self._control(operation)
            for amount in amounts:
                self._alias(amount)
            self._control("<=>")
            return
        self._alias(piece, heard)

    def _alias(self, word: str, heard: bool = False) -> None:
        # What the speaker says first cannot be looked up: there is nothing to learn.
        learned = self._mine and self.aliases.know(word)
        self._put(self._compact.id(self.aliases.of(word, heard)), learned)

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
            self._control(_WRITTEN[value])
        else:
            self._piece(repr(value))

    def _object(self, value: dict[str, Any]) -> None:
        keys = tuple(sorted(value))
        if (shape := shape_token(keys)) in self._compact.shapes:
            self._control(shape)
            for key in keys:
                self._value(value[key])
            return
        self._control("<{>")
        for key in keys:
            self._string(key)
            self._value(value[key])
        self._control("<}>")

    def _string(self, value: str) -> None:
        if value.isdecimal() or _NUMBER.fullmatch(value):  # 04191 too: behind an alias nobody sees which it is
            self._control("<string>")
            self._piece(value)
        elif PIECE.findall(value) == [value] and value[0] not in " \n$":
            self._piece(value)
        else:
            self._control("<text>")
            self._text(value)
            self._control("</text>")


class _Reading:
    """Tokens of the speaker that are mapped back; what makes no sense becomes what it can."""

    def __init__(self, compact: Compact, aliases: Aliases, ids: Sequence[int]) -> None:
        self._shapes = compact.shapes
        self._tokens = [compact.tokens[number] for number in ids]
        self._aliases = aliases
        self._at = 0
        self._depth = 0

    def said(self) -> Said:
        content = self._text({"<call>", "<end>"}, speech=True)
        calls = list[ToolCall]()
        while self._next() == "<call>":
            self._at += 1
            tool, arguments = self._word(), orjson.dumps(self._value()).decode()
            calls.append(parse_call(f"call-{len(calls) + 1}", tool, arguments))
        return Said(content, tuple(calls))

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else "<end>"

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _text(self, until: set[str], speech: bool = False) -> str:
        written, before = "", ""
        while self._next() not in until and self._at < len(self._tokens):
            marks = list[str]()
            while self._next() in _MARKS:
                marks.append(self._take())
            spaces = marks.count("<space>")
            if self._next() in until:
                return written + " " * spaces
            is_amount = self._next().startswith(("<amount", "<sum>", "<less>"))
            piece = self._word()
            if is_amount and "<bare>" not in marks and piece != UNKNOWN:
                piece = _in_dollars(piece)
            if speech and before in BEGINS and "<low>" not in marks and piece:
                piece = raised(piece)
            spaces += 0 if "<glue>" in marks else _usual_spaces(before, piece)
            written += " " * spaces + piece
            before = piece
        return written

    def _word(self) -> str:
        token = self._take()
        if token in ("<sum>", "<less>"):
            return self._worked_out(token)
        if token == "<date>":
            return f"{self._meaning(self._take())}{self._meaning(self._take())}"
        return self._meaning(token)

    def _meaning(self, token: str) -> str:
        kind, _, number = token[1:-1].partition(" ")
        if token[0] != "<" or kind not in KINDS:
            return token if token[0] != "<" else ""
        return self._aliases.meaning(kind, int(number))

    def _worked_out(self, operation: str) -> str:
        amounts = list[float]()
        while self._next().startswith("<amount"):
            word = self._word()
            amounts += [float(word)] if word != UNKNOWN else []
        self._at += self._next() == "<=>"
        if not amounts:
            return UNKNOWN
        first, *others = amounts
        found = sum(amounts) if operation == "<sum>" else first - sum(others) if others else -first
        return repr(round(found, 2))

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
        if token in ("<[>", "<{>") or token in self._shapes:
            return self._nested()
        if token == "<string>":
            self._at += 1
            return self._word()
        word = self._word()
        return orjson.loads(word) if _NUMBER.fullmatch(word) else word

    def _nested(self) -> Any:
        if self._depth == _DEEPEST:
            self._at += 1
            return None
        self._depth += 1
        value = self._list() if self._next() == "<[>" else self._object()
        self._depth -= 1
        return value

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
            found[key if isinstance(key, str) else UNKNOWN] = self._value()
        self._at += self._next() == "<}>"
        return found
