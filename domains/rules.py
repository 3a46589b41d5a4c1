"""Rules: how a policy becomes a program that reads a dialogue's calls and the order of its turns, never its phrases.

What all policies share is here: identify first, one user per conversation, a proposal and an answer before each change,
no word of what belongs to others. A domain adds, in a RuleBook, what its own policy says of each tool. What lies in the
meaning of words is left to others: whether a reason was true, a yes explicit, a refusal plain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from turnwright.database import Row
from turnwright.dialogue import Executed, Side, ToolCall, Turn, placed_calls
from turnwright.record import canonical, strings
from turnwright.verdict import Finding
from turnwright.world import World


class Case(NamedTuple):
    """A call that succeeds, before it is made."""

    world: World
    user_id: str
    """The identified user."""
    arguments: dict[str, Any]

    def row(self, table: str, key: str) -> Row:
        """A row that exists, because the call succeeded.

        Raises:
            LookupError: if it does not.
        """
        row = self.world.get(table, key)
        if row is None:
            raise LookupError(f"{table}/{key}: the dialogue does not fit this world")
        return row

    def days_since(self, day: str) -> int:
        return days_since(self.world, day)


def days_since(world: World, day: str) -> int:
    """Days from an ISO date, or a moment's date, to the domain's today; negative for one to come."""
    return (world.now.date() - date.fromisoformat(day[:10])).days


Rule = Callable[[Case], Iterator[Finding]]


class LookedUp(NamedTuple):
    """Something that the assistant saw, and whose it is."""

    turn: int
    owner: str
    row: dict[str, Any]


@dataclass
class Reading:
    """What the assistant knows after the turns read so far."""

    turns: Sequence[Turn]
    user_id: str | None = None
    seen: dict[str, int] = field(default_factory=dict[str, int])
    """The turn in which an id was first looked up."""
    looked_up: list[LookedUp] = field(default_factory=list[LookedUp])

    def shown(self, key: str, turn: int) -> int:
        """The turn in which a thing was first shown in full, or where it never was, in a list; `turn` if not at all."""
        in_full = (seen.turn for seen in self.looked_up if key != seen.owner and key in seen.row.values())
        return min(in_full, default=self.seen.get(key, turn))

    @property
    def own(self) -> list[dict[str, Any]]:
        """What was looked up of the identified user's."""
        return [seen.row for seen in self.looked_up if seen.owner == self.user_id]


@dataclass(frozen=True)
class RuleBook:
    """What one domain's policy says, tool by tool."""

    identifying: frozenset[str]
    """Tools that identify a user; their result has a "user_id"."""
    open_to_all: frozenset[str]
    """Further tools that may be called before the user is identified."""
    of_tool: Mapping[str, tuple[Rule, ...]]
    subjects: frozenset[str]
    """Names of arguments with ids of what a call is about: these have to be looked up before the change is proposed."""
    owner: Callable[[World, Executed], str | None]
    """Whose the one thing is that a call showed in full, or None."""
    secrets: Callable[[dict[str, Any]], list[str]]
    """What such a result says that nobody but its owner may hear, as it would be said."""
    needs_human: Callable[[World, Reading, Mapping[str, Any]], bool]
    """Whether a transfer with these arguments is called for, as far as calls can show it."""
    ends: str = "transfer_to_human"

    def violations(self, world: World, turns: Sequence[Turn]) -> list[Finding]:
        """What the dialogue did against the policy; `world` is fresh, with the dialogue's start, and is used up.

        The successful calls are made again, so that each WRITE is judged by the state before it.

        Raises:
            LookupError: if the dialogue was not played in such a world.
        """
        reading = Reading(turns)
        found: list[Finding] = []
        for number, call in placed_calls(tuple(turns)):
            if call.error is not None:
                continue
            if call.side is Side.ASSISTANT:
                found += self._judge(world, reading, number, call)
            again = world.call(call.side, ToolCall(id=call.id, tool=call.tool, arguments=call.arguments))
            if again.error is not None:
                raise LookupError(f"{call.tool} does not succeed again: the dialogue does not fit this world")
            if call.side is Side.ASSISTANT:
                found += self._second_user(reading, again)
                self._note(world, reading, number, again)
        return found + self._told_of_others(reading)

    def _second_user(self, reading: Reading, call: Executed) -> list[Finding]:
        if call.tool not in self.identifying or reading.user_id in (None, call.result["user_id"]):
            return []
        return [Finding(code="SECOND_USER", detail=f"{call.result['user_id']} was identified after {reading.user_id}")]

    def _judge(self, world: World, reading: Reading, turn: int, call: Executed) -> list[Finding]:
        if call.tool == self.ends:
            return self._judge_transfer(world, reading, call)
        if call.tool in self.identifying | self.open_to_all:
            return []
        if reading.user_id is None:
            return [Finding(code="NO_AUTH", detail=f"{call.tool} before the user was identified")]
        case = Case(world, reading.user_id, call.arguments)
        found = [finding for rule in self.of_tool.get(call.tool, ()) for finding in rule(case)]
        if call.writes and not self._confirmed(reading, turn, call):
            detail = f"{call.tool} without a lookup, a proposal after it, and the user's answer to that"
            found.append(Finding(code="NO_CONFIRMATION", detail=detail))
        return found

    def _judge_transfer(self, world: World, reading: Reading, call: Executed) -> list[Finding]:
        if self.needs_human(world, reading, call.arguments):
            return []
        return [Finding(code="UNNEEDED_TRANSFER", detail=f"nothing that was looked up bears out {call.arguments}")]

    def _confirmed(self, reading: Reading, turn: int, call: Executed) -> bool:
        """Whether the user spoke last after words of the assistant that came after it had looked up what is changed.

        Changes proposed together share that one answer.
        """
        spoken = [number for number in range(turn) if reading.turns[number].content.strip()]
        answer = max((number for number in spoken if reading.turns[number].speaker is Side.USER), default=-1)
        before = (number for number in spoken if number < answer)
        proposal = max((number for number in before if reading.turns[number].speaker is Side.ASSISTANT), default=-1)
        return all(reading.shown(key, turn) < proposal for key in self._subjects(reading, call.arguments))

    def _subjects(self, reading: Reading, arguments: Mapping[str, Any]) -> list[str]:
        about = [value for name, value in arguments.items() if name in self.subjects]
        return [reading.user_id or "", *(key for value in about for key in strings(value))]

    def _note(self, world: World, reading: Reading, turn: int, call: Executed) -> None:
        """Remember what a successful call showed."""
        if call.tool in self.identifying:
            reading.user_id = reading.user_id or call.result["user_id"]
        for key in strings(call.result):
            reading.seen.setdefault(key, turn)
        if (owner := self.owner(world, call)) is not None:
            reading.looked_up.append(LookedUp(turn, owner, call.result))

    def _told_of_others(self, reading: Reading) -> list[Finding]:
        """Values of what is another user's that the assistant can have from nowhere but that lookup."""
        found: list[Finding] = []
        for seen in reading.looked_up:
            if seen.owner != reading.user_id:
                told = _words(reading, Side.ASSISTANT, seen.turn + 1)
                known = _words(reading, Side.USER, 0) + _other_results(reading, seen.row)
                leaked = [secret for secret in self.secrets(seen.row) if secret in told and secret not in known]
                found += [Finding(code="FOREIGN_FACT", detail=f"told {secret}, of another user") for secret in leaked]
        return found


def own_account(case: Case) -> Iterator[Finding]:
    """The account that a call names is the identified user's."""
    if case.arguments["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"{case.arguments['user_id']} is not the identified user")


def finding(code: str, detail: str) -> Finding:
    return Finding(code=code, detail=detail)


def said(value: Any) -> str:
    """Every leaf of a result as it would be told; money with two digits after the point."""
    if isinstance(value, Mapping):
        return said(list(value.values()))
    if isinstance(value, list | tuple):
        return "\n".join(said(item) for item in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _words(reading: Reading, side: Side, start: int) -> str:
    return "\n".join(turn.content for turn in reading.turns[start:] if turn.speaker is side)


def _other_results(reading: Reading, row: dict[str, Any]) -> str:
    # Compared as JSON: a dialogue that was read back has lists where a live one has tuples.
    same = canonical(row)
    results = [call.result for turn in reading.turns for call in turn.calls]
    return "\n".join(said(result) for result in results if canonical(result) != same)
