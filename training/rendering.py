"""Rendering: a conversation as token ids, and which of them its speaker said. Training and playing go the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from turnwright.dialogue import ToolCall
from turnwright.llm.chat import Wire


class NotRendered(Exception):
    """A conversation has no place in this rendering; the message says why."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Token ids, and for each whether it is learned: it belongs to a message of the speaker whose view this is."""

    ids: list[int]
    learned: list[bool]


@dataclass(frozen=True, slots=True)
class Said:
    """What a model's tokens mean."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()


class Conversation(Protocol):
    """One side's view of a dialogue."""

    @property
    def messages(self) -> Sequence[Wire]: ...

    @property
    def tools(self) -> Sequence[Wire]: ...


class Rendering(Protocol):
    """A way to write conversations for one kind of model; what was rendered of earlier turns stays as later ones come.

    The messages are those of the wire: "assistant" is the speaker, be it the user model, "user" is the other side.
    """

    @property
    def end(self) -> int:
        """The token that ends a message of the speaker."""
        ...

    def render(self, messages: Sequence[Wire], tools: Sequence[Wire]) -> Rendered:
        """A whole conversation.

        Raises:
            NotRendered: if it has no place.
        """
        ...

    def prompt(self, messages: Sequence[Wire], tools: Sequence[Wire]) -> list[int]:
        """All up to where the speaker's next message begins.

        Raises:
            NotRendered: if it has no place.
        """
        ...

    def said(self, messages: Sequence[Wire], ids: Sequence[int]) -> Said:
        """What the speaker says with these tokens after these messages."""
        ...
