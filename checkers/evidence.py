"""Evidence: what a checker gets to see of a dialogue, as plain JSON-like data: changes, calls, messages and facts."""

from collections.abc import Iterable, Sequence
from typing import Any

from turnwright.dialogue import Changes, PlacedCall, Turn, placed_calls
from turnwright.scenario import Fact

PARTS = ("changes", "calls", "messages", "facts")
"""What there is of it, in the order of a checker's parameters; a checker takes those that it looks at."""


def evidence(turns: Sequence[Turn], changes: Changes, facts: Iterable[Fact]) -> dict[str, Any]:
    """All that `check` can take, by name.

    calls: [{turn, side, tool, arguments, result, error, writes}] in order; messages: [{turn, speaker, content}] of the
    turns that have words; facts: {code: value}. `turn` counts from 0 and is the same in calls and messages.
    """
    return {
        "changes": changes,
        "calls": [_call(placed) for placed in placed_calls(tuple(turns))],
        "messages": [
            {"turn": number, "speaker": turn.speaker, "content": turn.content}
            for number, turn in enumerate(turns)
            if turn.content.strip()
        ],
        "facts": {fact.code: fact.value for fact in facts},
    }


def _call(placed: PlacedCall) -> dict[str, Any]:
    call = placed.call
    return {
        "turn": placed.turn,
        "side": call.side,
        "tool": call.tool,
        "arguments": call.arguments,
        "result": call.result,
        "error": call.error,
        "writes": call.writes,
    }
