"""Traces: what a dialogue and its scenario give to go by: who said which value, what was called, and what was not."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from checkers.prelude.talk import refused, told
from checkers.script import replay
from turnwright.dialogue import Changes, Dialogue, Executed, PlacedCall, Side, StopReason, ToolCall, Turn, placed_calls
from turnwright.errors import boundary
from turnwright.record import canonical, scalars
from turnwright.scenario import Ending, Fact, Scenario
from turnwright.verdict import Blame, Finding
from turnwright.world import Domain, World

_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_TOKEN = re.compile(r"[a-z0-9.+_-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LITTLE = "a an and are at by do for from i in is it its my of on or that the this to want with you your"
_SLIGHT = frozenset(_LITTLE.split(" "))
"""Words that anybody says."""
_CUT_OFF = (StopReason.EMPTY_REPLY, StopReason.REPEATED_CALLS, StopReason.CALL_LIMIT)
"""Ends that are in the last turn."""


class Words:
    """Something said or written, asked for the values that it holds."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = frozenset(tokens(text))

    def hold(self, value: Any) -> bool:
        """Whether a value is there, as people say it: a date in any form, an amount with or without cents, of a name
        with digits only what has digits, an email as it is, of other words at least half."""
        if isinstance(value, bool) or value is None:
            return True
        if isinstance(value, int | float):
            return _told(self.text, money=value) or _told(self.text, number=value)
        if _DATE.fullmatch(value):
            return _told(self.text, date=value)
        parts = set(tokens(value)) - _SLIGHT
        particular = {part for part in parts if is_particular(part)}
        return particular <= self.tokens if particular else 2 * len(parts & self.tokens) >= len(parts)


def tokens(text: str) -> list[str]:
    """Words and numbers, and emails as one, in small letters."""
    return _TOKEN.findall(text.lower())


def content(text: str) -> set[str]:
    """What is more than a little word."""
    return set(tokens(text)) - _SLIGHT


def is_particular(text: str) -> bool:
    """Whether it has a digit or an @, so that nobody says it by chance."""
    return "@" in text or any(sign.isdigit() for sign in text)


def _told(text: str, **value: Any) -> bool:
    return told([{"speaker": "assistant", "content": text}], **value)


def leaves(value: Any) -> Iterator[Any]:
    """Every string and number inside."""
    return (one for one in scalars(value) if one is not None and not isinstance(one, bool))


def rows(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object inside."""
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from rows(item)


def numbers(value: Any) -> set[float]:
    return {float(number) for number in _NUMBER.findall(as_text(value))}


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _asked(call: Executed, malformed: str | None = None) -> ToolCall:
    return ToolCall(id=call.id, tool=call.tool, arguments=call.arguments, malformed=malformed)


@dataclass(frozen=True)
class Traces:
    """A scenario and a dialogue of it, read together."""

    domain: Domain
    scenario: Scenario
    dialogue: Dialogue

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.dialogue.turns

    @property
    def end(self) -> int:
        """The turn that was never taken: by then it is too late for everything."""
        return len(self.turns)

    @cached_property
    def calls(self) -> list[PlacedCall]:
        return list(placed_calls(self.turns))

    @property
    def user_left(self) -> bool:
        """Whether the user ended it."""
        return self.dialogue.stop_reason in (StopReason.USER_DONE, StopReason.USER_GAVE_UP)

    @property
    def cut_off_by(self) -> Side | None:
        """The side that fell silent, went in circles, called too much or outgrew its context, if it ended with that."""
        last = self.turns[-1] if self.turns else None
        if self.dialogue.stop_reason is StopReason.CONTEXT_OVERFLOW:
            return (last.speaker if last.calls else last.speaker.other) if last else Side.USER
        return last.speaker if last and self.dialogue.stop_reason in _CUT_OFF else None

    @cached_property
    def brief(self) -> Words:
        """What the user was told of themselves and their wish."""
        known = [f"{key.replace('_', ' ')} {value}" for key, value in self.scenario.knows.items()]
        return Words("\n".join([self.scenario.goal, self.scenario.opening, self.scenario.persona, *known]))

    def said(self, side: Side, until: int | None = None) -> Words:
        """What a side said, before a turn."""
        return Words("\n".join(turn.content for turn in self.turns[:until] if turn.speaker is side))

    def shown(self, until: int | None = None) -> Words:
        """What calls answered, before a turn."""
        return Words(
            "\n".join(as_text([call.result, call.error]) for turn in self.turns[:until] for call in turn.calls)
        )

    @cached_property
    def reference_again(self) -> tuple[list[Executed], Changes]:
        """The reference made again on a fresh world, and what it changes there."""
        return replay(self.domain, self.scenario)

    def odd_answer(self) -> PlacedCall | None:
        """The first call that was answered otherwise than the reference was in the same state, or than a fresh world
        answers it; one whose arguments were no JSON has no answer to compare."""
        world, known, done = World(self.domain, self.scenario.initial), self._recorded(), list[Any]()
        for placed in self.calls:
            call = placed.call
            if self._malformed(world, call):
                continue
            again = world.call(call.side, _asked(call))
            due = {answer(again), known.get(canonical([done, call.tool, call.arguments]), answer(call))}
            if due != {answer(call)}:
                return placed
            if call.writes and call.error is None:
                done.append([call.tool, call.arguments])
        same = canonical(world.changes()) == canonical(self.dialogue.changes)
        return None if same or not self.calls else self.calls[-1]

    def _recorded(self) -> dict[bytes, bytes]:
        """What the reference was answered, by the changes made until then and the call."""
        known, done = dict[bytes, bytes](), list[Any]()
        for call in self.scenario.reference:
            known[canonical([done, call.tool, call.arguments])] = answer(call)
            if call.writes and call.error is None:
                done.append([call.tool, call.arguments])
        return known

    @staticmethod
    def _malformed(world: World, call: Executed) -> bool:
        refusal = world.call(call.side, _asked(call, malformed="")).error or ""
        return call.error is not None and call.error.startswith(refusal)

    @cached_property
    def violations(self) -> list[Finding]:
        """What the domain's policy rules find.

        Raises:
            Failure: blamed on TOOL, if they cannot make sense of the answers.
        """
        return self._violations(self.end)

    def _violations(self, until: int) -> list[Finding]:
        with boundary(Blame.TOOL):
            return self.domain.rules(World(self.domain, self.scenario.initial), self.turns[:until])

    def violated_at(self) -> int:
        """The turn of the first violation."""
        return next(n for n in range(self.end) if set(self.violations) & set(self._violations(n + 1)))

    @cached_property
    def untold(self) -> list[Fact]:
        """The facts that the assistant never told."""
        messages = [{"speaker": turn.speaker.value, "content": turn.content} for turn in self.turns]
        return [fact for fact in self.scenario.facts if not _is_told(fact, messages)]

    @cached_property
    def other_end(self) -> bool:
        """Whether it ended in another state than the reference, or with another of the two ways to end."""
        transferred = self.dialogue.stop_reason is StopReason.TRANSFERRED
        same = canonical(self.dialogue.changes) == canonical(self.reference_again[1])
        return not same or transferred is not (self.scenario.ending is Ending.TRANSFERRED)

    @property
    def wrong(self) -> bool:
        """Whether anything can be seen to be wrong at all."""
        return self.other_end or bool(self.untold) or bool(self.violations)

    @cached_property
    def missing(self) -> list[Executed]:
        """The assistant's changes of the reference that were not made, where it ended otherwise."""
        made = Counter(self._effect(call) for _, call in self.calls if _changes(call))
        return [call for call in self.scenario.reference if _changes(call) and not _take(made, self._effect(call))]

    @cached_property
    def extra(self) -> list[PlacedCall]:
        """The assistant's changes that the reference does not make."""
        asked = Counter(self._effect(call) for call in self.scenario.reference if _changes(call))
        return [one for one in self.calls if _changes(one.call) and not _take(asked, self._effect(one.call))]

    def _effect(self, call: Executed) -> bytes:
        # A handover is the same for whatever reason.
        return canonical(call.tool) if self.domain.tools[call.tool].ends else key_of(call)

    def steps_left(self, until: int | None = None) -> list[Executed]:
        """What the user does with their device in the reference and had not done, or not so often, before a turn."""
        done = Counter(key_of(call) for turn, call in self.calls if turn < (self.end if until is None else until))
        return [call for call in self.scenario.reference if call.side is Side.USER and not _take(done, key_of(call))]

    def beside(self, value: Any) -> list[Any]:
        """The values of the smallest row in which a look-up shows a text, such as the label of an id."""
        calls = [*self.scenario.reference, *(call for _, call in self.calls)]
        fields = [_scalars(row) for call in calls if not call.writes for row in rows(call.result)]
        found = [scalars for scalars in fields if isinstance(value, str) and value in scalars]
        return min(found, key=len, default=[])


def answer(call: Executed) -> bytes:
    return canonical([call.result, call.error])


def key_of(call: Executed) -> bytes:
    """What makes two calls the same call."""
    return canonical([call.tool, call.arguments])


def _changes(call: Executed) -> bool:
    return call.writes and call.error is None and call.side is Side.ASSISTANT


def _take(counted: Counter[bytes], key: bytes) -> bool:
    """Whether there is one left to take."""
    counted[key] -= 1
    return counted[key] >= 0


def _scalars(row: Mapping[str, Any]) -> list[Any]:
    return [value for value in row.values() if isinstance(value, str | int | float)]


def _is_told(fact: Fact, messages: list[dict[str, Any]]) -> bool:
    return refused(messages) if fact.kind == "refusal" else told(messages, **{fact.kind: fact.value})
