"""Episode: the only place where turns happen."""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from turnwright.dialogue import Dialogue, Executed, Message, Side, StopReason, Turn
from turnwright.errors import Failure
from turnwright.llm.trouble import ProviderFailure, Trouble
from turnwright.record import canonical
from turnwright.verdict import Blame, Finding, Outcome, Verdict
from turnwright.world import World, digest


class Speaker(Protocol):
    """Someone who can say the next message, given the turns so far."""

    async def speak(self, turns: Sequence[Turn]) -> Message: ...


@dataclass(frozen=True)
class Limits:
    """Where a dialogue that does not end is ended."""

    turns: int = 60
    calls_in_a_row: int = 15
    """Turns with tool calls that one side may take before it must say something."""
    calls_at_once: int = 32
    """Tool calls in one turn; of more, none is executed."""
    same_call: int = 5
    """Times that one side may make the same call and get the same answer."""
    idle_turns: int = 24
    """Turns in a row in which nobody calls a tool."""
    seconds: float = math.inf
    """For the whole dialogue, waiting for a provider included."""


async def play(scenario_id: str, user: Speaker, assistant: Speaker, world: World, limits: Limits) -> Dialogue:
    """Let the two talk until one stops; the world answers the tool calls. The user speaks first.

    Never raises for what a speaker, a tool or a provider does: such an end is `StopReason.FAILURE` with its verdict.
    """
    speakers = {Side.USER: user, Side.ASSISTANT: assistant}
    turns: list[Turn] = []
    failure: Verdict | None = None
    try:
        async with asyncio.timeout(None if math.isinf(limits.seconds) else limits.seconds):
            stop = await _talk(speakers, turns, world, limits)
    except TimeoutError:
        stop, failure = StopReason.FAILURE, _error(Blame.PROVIDER, f"not over within {limits.seconds:g} s")
    except Failure as error:
        stop, failure = StopReason.FAILURE, _error(error.blame, error.reason)
    changes = world.changes()
    return Dialogue(
        scenario_id=scenario_id,
        turns=tuple(turns),
        stop_reason=stop,
        changes=changes,
        digest=digest(changes),
        failure=failure,
    )


def _error(blame: Blame, reason: str) -> Verdict:
    finding = Finding(code=f"{blame}_FAILURE", detail=reason)
    return Verdict(outcome=Outcome.ERROR, findings=(finding,), blame=blame)


async def _talk(speakers: dict[Side, Speaker], turns: list[Turn], world: World, limits: Limits) -> StopReason:
    side, course = Side.USER, _Course(limits)
    while len(turns) < limits.turns:
        try:
            message = await speakers[side].speak(turns)
        except ProviderFailure as failure:
            if failure.trouble is Trouble.CONTEXT:
                return StopReason.CONTEXT_OVERFLOW
            raise
        turn = _executed(side, message, world, limits)
        turns.append(turn)
        if message.stop:
            return message.stop
        if not message.content and not message.tool_calls:
            return StopReason.EMPTY_REPLY
        if any(call.error is None and world.ends(side, call.tool) for call in turn.calls):
            return StopReason.TRANSFERRED
        if len(message.tool_calls) > limits.calls_at_once:
            return StopReason.CALL_LIMIT
        if overrun := course.overrun(turn):
            return overrun
        side = side if turn.calls else side.other
    return StopReason.TURN_LIMIT


def _executed(side: Side, message: Message, world: World, limits: Limits) -> Turn:
    calls = message.tool_calls if len(message.tool_calls) <= limits.calls_at_once else ()
    executed = tuple(world.call(side, call) for call in calls)
    return Turn(speaker=side, content=message.content, calls=executed, reasoning=message.reasoning)


@dataclass
class _Course:
    """How a dialogue goes, turn by turn, and whether it goes in circles."""

    limits: Limits
    calls_in_a_row: int = 0
    idle_turns: int = 0
    made: Counter[tuple[Side, bytes]] = field(default_factory=Counter[tuple[Side, bytes]])

    def overrun(self, turn: Turn) -> StopReason | None:
        """The limit that this turn went beyond, if it did."""
        same = max((self._made(turn.speaker, call) for call in turn.calls), default=0)
        self.calls_in_a_row, self.idle_turns = (self.calls_in_a_row + 1, 0) if turn.calls else (0, self.idle_turns + 1)
        if same > self.limits.same_call:
            return StopReason.REPEATED_CALLS
        if self.calls_in_a_row > self.limits.calls_in_a_row:
            return StopReason.CALL_LIMIT
        return StopReason.USER_LINGERS if self.idle_turns >= self.limits.idle_turns else None

    def _made(self, side: Side, call: Executed) -> int:
        """How often this side has made this call and got this answer."""
        key = side, canonical([call.tool, call.arguments, call.result, call.error])
        self.made[key] += 1
        return self.made[key]
