"""The scripted client: a list of replies, and a record of what was asked. The one fake of the tests."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from turnwright.dialogue import ToolCall
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply, ChatRequest
from turnwright.verdict import Blame

Line = str | ToolCall | ChatReply | Exception | Callable[[ChatRequest], ChatReply]
"""Words, one tool call, a whole reply, an error to raise, or a function of the request."""


class ScriptedClient:
    """Answers with its lines in order; past the end it fails as a provider would."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = list(lines)
        self.requests: list[ChatRequest] = []

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.requests.append(replace(request, messages=tuple(request.messages)))  # its list goes on growing
        if len(self.requests) > len(self._lines):
            raise Failure(Blame.PROVIDER, "the script has ended")
        match self._lines[len(self.requests) - 1]:
            case str(words):
                return ChatReply(words)
            case ToolCall() as call:
                return ChatReply("", (call,))
            case ChatReply() as reply:
                return reply
            case Exception() as error:
                raise error
            case function:
                return function(request)
