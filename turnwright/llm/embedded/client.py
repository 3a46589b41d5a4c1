"""The embedded client: reads which role it is asked to play, thinks as that role, and answers as a model would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from turnwright.dialogue import ToolCall
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply, ChatRequest
from turnwright.llm.embedded.case import Act
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.minds import checker_writer, customer, planner, reflector, serving, verifiers, writers
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading, read
from turnwright.record import content_hash
from turnwright.verdict import Blame

Mind = Callable[[Reading, Playbook, Noise], str]
"""Thinks as one role; answers with words, or raises Act to call a tool or to interrupt itself."""


@dataclass(frozen=True)
class _Seat:
    role: str
    mind: Mind
    opens_with_task: bool = True


_SEATS = {
    "planner": _Seat("planner", planner.plan),
    "dialogue writer": _Seat("dialogue_writer", writers.draft),
    "tool executor": _Seat("tool_executor", writers.solve),
    "task verifier": _Seat("task_verifier", verifiers.accept),
    "checker writer": _Seat("checker_writer", checker_writer.program),
    "assistant": _Seat("assistant", serving.serve, opens_with_task=False),
    "customer": _Seat("user", customer.speak),
    "trajectory verifier": _Seat("trajectory_verifier", verifiers.judge),
    "reflector": _Seat("reflector", reflector.propose),
}
"""By the name that a prompt's first line gives: "# You are the planner"."""


class EmbeddedClient:
    """Answers for every role, from the playbooks of the domains that it was given."""

    def __init__(self, playbooks: Mapping[str, Playbook], noise: type[Noise] = Noise) -> None:
        self._playbooks = playbooks
        self._noise = noise

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Think once.

        Raises:
            Failure: blamed on PROVIDER, if the prompt names no role or domain that the teacher knows.
        """
        seat = _seat(request)
        reading = read(request, seat.opens_with_task)
        playbook = self._playbooks.get(reading.domain)
        if playbook is None:
            raise Failure(Blame.PROVIDER, f"the embedded teacher has no playbook for the domain {reading.domain!r}")
        content, calls = "", ()
        try:
            content = seat.mind(reading, playbook, self._noise(request.seed, seat.role, reading.system.instructions))
        except Act as act:
            content = act.content
            calls = _calls(act, reading)
        sent = sum(len(message["content"]) for message in request.messages)
        return ChatReply(content, calls, sent // 4, max(1, len(content) // 4), 0.0)


def _seat(request: ChatRequest) -> _Seat:
    first = request.messages[0]["content"].partition("\n")[0].removeprefix("# You are the ")
    if first not in _SEATS:
        raise Failure(Blame.PROVIDER, "the embedded teacher cannot tell from the prompt what part it is to play")
    return _SEATS[first]


def _calls(act: Act, reading: Reading) -> tuple[ToolCall, ...]:
    if act.call is None:
        return ()
    tool, arguments = act.call
    number = len(reading.transcript.made) + 1
    return (ToolCall(id=f"call-{number}-{content_hash([tool, arguments], 6)}", tool=tool, arguments=arguments),)
