"""Episode: the only place where turns happen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from turnwright.dialogue import Dialogue, Message, Side, StopReason, Turn
from turnwright.errors import Failure
from turnwright.verdict import Finding, Outcome, Verdict
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


async def play(scenario_id: str, user: Speaker, assistant: Speaker, world: World, limits: Limits) -> Dialogue:
    """Let the two talk until one stops; the world answers the tool calls. The user speaks first.

    Never raises for what a speaker, a tool or a provider does: such an end is `StopReason.FAILURE` with its verdict.
    """
    speakers = {Side.USER: user, Side.ASSISTANT: assistant}
    turns: list[Turn] = []
    failure: Verdict | None = None
    try:
        stop = await _talk(speakers, turns, world, limits)
    except Failure as error:
        stop = StopReason.FAILURE
        finding = Finding(code=f"{error.blame}_FAILURE", detail=error.reason)
        failure = Verdict(outcome=Outcome.ERROR, findings=(finding,), blame=error.blame)
    changes = world.changes()
    return Dialogue(
        scenario_id=scenario_id,
        turns=tuple(turns),
        stop_reason=stop,
        changes=changes,
        digest=digest(changes),
        failure=failure,
    )


async def _talk(speakers: dict[Side, Speaker], turns: list[Turn], world: World, limits: Limits) -> StopReason:
    side, calls_in_a_row = Side.USER, 0
    while len(turns) < limits.turns:
        message = await speakers[side].speak(turns)
        calls = tuple(world.call(side, call) for call in message.tool_calls)
        turns.append(Turn(speaker=side, content=message.content, calls=calls))
        if message.stop:
            return message.stop
        if not message.content and not calls:
            return StopReason.EMPTY_REPLY
        if any(call.error is None and world.ends(side, call.tool) for call in calls):
            return StopReason.TRANSFERRED
        calls_in_a_row = calls_in_a_row + 1 if calls else 0
        if calls_in_a_row > limits.calls_in_a_row:
            return StopReason.CALL_LIMIT
        side = side if calls else side.other
    return StopReason.TURN_LIMIT
