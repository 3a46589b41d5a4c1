"""Speakers: a model behind one side of a dialogue; assistant and user are the same kind of thing."""

from collections.abc import Iterator, Sequence
from typing import Any

from turnwright.dialogue import Message, Side, StopReason, Turn
from turnwright.llm.chat import Wire, answered, called, said
from turnwright.llm.role import Ledger, Role
from turnwright.record import canonical
from turnwright.tool import Tool, schemas

STOP_WORDS = {"[DONE]": StopReason.USER_DONE, "[GIVE UP]": StopReason.USER_GAVE_UP}
"""How the user says that it is over; the prompt tells it so."""


SELF_CHECK = """\
# Before you do this
You are about to call {calls}. Nothing of it is done yet.

Check once more whether the policy allows it, and refuse what it forbids. Make sure that the customer has confirmed
exactly this before you make the change. If all is right, make the same call again; if not, say or do what is right
instead."""
"""What an assistant is asked before it changes something, if its workflow says so."""


class Agent:
    """One side of one dialogue, single-use; sees the other side's words and its own calls, never the other's calls."""

    def __init__(
        self, side: Side, role: Role, context: dict[str, Any], tools: Sequence[Tool], ledger: Ledger, seed: int
    ) -> None:
        self._side = side
        self._role = role
        self._messages = role.template.render(**context)
        self._tools = schemas(tools)
        self._writes = {tool.name for tool in tools if tool.writes}
        self._ledger = ledger
        self._seed = seed
        self._seen = 0

    async def speak(self, turns: Sequence[Turn]) -> Message:
        """The next message, given all turns so far.

        Raises:
            Failure: blamed on PROVIDER.
        """
        for turn in turns[self._seen :]:
            self._messages.extend(seen_by(self._side, turn))
        self._seen = len(turns)
        reply = await self._ledger.chat(self._role, self._messages, self._tools, self._seed)
        if self._role.self_check and (calls := [call for call in reply.tool_calls if call.tool in self._writes]):
            told = "; ".join(f"{call.tool}({canonical(call.arguments).decode()})" for call in calls)
            again = [*self._messages, said("user", SELF_CHECK.format(calls=told))]
            reply = await self._ledger.chat(self._role, again, self._tools, self._seed)
        message = Message(content=reply.content, tool_calls=reply.tool_calls, reasoning=reply.reasoning)
        return _spoken_by_user(message) if self._side is Side.USER else message


def seen_by(side: Side, turn: Turn) -> Iterator[Wire]:
    """What one side sees of a turn: its own words and calls as "assistant", the words of the other as "user"."""
    if turn.speaker is not side:
        if turn.content:
            yield said("user", turn.content)
    elif turn.calls:
        yield called(turn.content, turn.calls)
        yield from answered(turn.calls)
    else:
        yield said("assistant", turn.content)


def _spoken_by_user(message: Message) -> Message:
    for word, reason in STOP_WORDS.items():
        if word in message.content:
            words = message.content.replace(word, "").strip()
            return message.model_copy(update={"content": words, "tool_calls": (), "stop": reason})
    return message
