"""Idle agents: assistants that do nothing. What they pass is passed for nothing, so they stand beside every figure."""

from collections.abc import Callable, Sequence

from turnwright.dialogue import Message, Side, ToolCall, Turn
from turnwright.episode import Speaker
from turnwright.scenario import Scenario
from turnwright.world import Domain


class Silent:
    """An assistant that says nothing."""

    async def speak(self, turns: Sequence[Turn]) -> Message:
        return Message(content="...")


class ReadOnly:
    """An assistant that looks up all that the reference looks up, and is polite about it.

    It is shown the reference, as no model ever is: it is the most that one can do without changing anything.
    """

    def __init__(self, domain: Domain, scenario: Scenario) -> None:
        reads = [call for call in scenario.reference if not call.writes and domain.side_of(call.tool) is Side.ASSISTANT]
        self._calls = iter([ToolCall(id=call.id, tool=call.tool, arguments=call.arguments) for call in reads])

    async def speak(self, turns: Sequence[Turn]) -> Message:
        call = next(self._calls, None)
        if call is not None:
            return Message(content="", tool_calls=(call,))
        return Message(content="Thank you. Is there anything else?")


IDLE: dict[str, Callable[[Domain, Scenario], Speaker]] = {
    "silent": lambda _domain, _scenario: Silent(),
    "read-only": ReadOnly,
}
"""By the names that stand where a model's would."""
