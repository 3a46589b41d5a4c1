"""play(): every way in which a dialogue ends, and the whole of one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from turnwright.dialogue import Message, StopReason, ToolCall, Turn
from turnwright.episode import Limits, play
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply
from turnwright.llm.trouble import ProviderFailure, Trouble
from turnwright.verdict import Blame, Outcome
from turnwright.world import Domain, World, digest

LOOK = ToolCall(id="c-1", tool="find_bikes", arguments={"color": "red"})
LOOK_ON = ToolCall(id="c-1", tool="find_bikes", arguments={"color": "blue"})
STAFF = ToolCall(id="c-1", tool="call_staff", arguments={"reason": "lost"})
BAD_STAFF = ToolCall(id="c-1", tool="call_staff", arguments={"reason": "bored"})
HIRE = ToolCall(id="c-1", tool="hire", arguments={"bike_id": "b-1"})
JAM = ToolCall(id="c-1", tool="jam", arguments={})
UNLOCK = ToolCall(id="c-1", tool="open_lock", arguments={"bike_id": "b-1", "code": "77"})

OUTGROWN = ProviderFailure(Trouble.CONTEXT, "this model's maximum context length is 8192 tokens")

ENDS = [
    pytest.param(["Hi", "Bye [DONE]"], ["Hello"], None, StopReason.USER_DONE, 3, id="the user is done"),
    pytest.param(["[GIVE UP]"], [], None, StopReason.USER_GAVE_UP, 1, id="the user gives up at once"),
    pytest.param(["Hi"], [STAFF], None, StopReason.TRANSFERRED, 2, id="handed over"),
    pytest.param(["Hi"], [ChatReply("A moment", (LOOK, STAFF))], None, StopReason.TRANSFERRED, 2, id="among others"),
    pytest.param(["Hi", "[DONE]"], [BAD_STAFF, "Oh"], None, StopReason.USER_DONE, 4, id="a refused hand-over is none"),
    pytest.param(["Hi", "So?"], ["Hm"], Limits(turns=3), StopReason.TURN_LIMIT, 3, id="too many turns"),
    pytest.param(["Hi"], [LOOK] * 4, None, StopReason.CALL_LIMIT, 5, id="too many calls in a row"),
    pytest.param([UNLOCK] * 4, [], None, StopReason.CALL_LIMIT, 4, id="too many calls of the user"),
    pytest.param(
        ["Hi", "Go on", "[DONE]"],
        [LOOK, LOOK, LOOK, "Well", LOOK_ON, LOOK_ON, LOOK_ON, "Done"],
        None,
        StopReason.USER_DONE,
        11,
        id="words between calls count anew",
    ),
    pytest.param(
        ["Hi", "And?"],
        [LOOK, LOOK, "Hm", LOOK],
        Limits(same_call=2),
        StopReason.REPEATED_CALLS,
        6,
        id="the same call again and again",
    ),
    pytest.param(
        ["Hi", "And now?", "[DONE]"],
        [LOOK, HIRE, LOOK, "Well", LOOK_ON, "Done"],
        Limits(same_call=1),
        StopReason.USER_DONE,
        9,
        id="the same call with another answer",
    ),
    pytest.param(["Hi"], [ChatReply("", (LOOK,) * 33)], None, StopReason.CALL_LIMIT, 2, id="too many calls at once"),
    pytest.param(["Hi"] * 9, ["Bye"] * 9, Limits(idle_turns=6), StopReason.USER_LINGERS, 6, id="a user who lingers"),
    pytest.param(
        ["Hi"] * 3 + ["[DONE]"],
        ["Hm", LOOK, "Hm", "Hm"],
        Limits(idle_turns=5),
        StopReason.USER_DONE,
        8,
        id="with something done meanwhile",
    ),
    pytest.param(["Hi"], [OUTGROWN], None, StopReason.CONTEXT_OVERFLOW, 1, id="the model's context is full"),
    pytest.param([OUTGROWN], [], None, StopReason.CONTEXT_OVERFLOW, 0, id="the user's model's context is full"),
    pytest.param(["Hi"], [""], None, StopReason.EMPTY_REPLY, 2, id="the assistant says nothing"),
    pytest.param([""], [], None, StopReason.EMPTY_REPLY, 1, id="the user says nothing"),
]


@pytest.mark.parametrize(("user", "assistant", "limits", "stop", "turns"), ENDS)
async def test_ends(
    talk: Callable[..., Awaitable[Any]],
    user: list[Any],
    assistant: list[Any],
    limits: Limits | None,
    stop: StopReason,
    turns: int,
) -> None:
    dialogue = (await talk(user, assistant, limits)).dialogue
    assert (dialogue.stop_reason, len(dialogue.turns), dialogue.failure) == (stop, turns, None)
    assert dialogue.digest == digest(dialogue.changes)


FAILURES = [
    pytest.param(["Hi"], [], Blame.PROVIDER, "the script has ended", id="no reply"),
    pytest.param(["Hi"], [TimeoutError("late")], Blame.PROVIDER, "TimeoutError: late", id="an error of the client"),
    pytest.param([Failure(Blame.PROVIDER, "no key")], [], Blame.PROVIDER, "no key", id="a failure of its own"),
    pytest.param(["Hi"], [JAM], Blame.TOOL, "LookupError: no spanner", id="a broken tool"),
]


@pytest.mark.parametrize(("user", "assistant", "blame", "reason"), FAILURES)
async def test_a_failure_is_a_record_with_its_blame(
    talk: Callable[..., Awaitable[Any]], user: list[Any], assistant: list[Any], blame: Blame, reason: str
) -> None:
    dialogue = (await talk(user, assistant)).dialogue
    assert dialogue.stop_reason is StopReason.FAILURE
    assert (dialogue.failure.outcome, dialogue.failure.blame) == (Outcome.ERROR, blame)
    assert dialogue.failure.findings[0].code == f"{blame}_FAILURE"
    assert reason in dialogue.failure.findings[0].detail
    assert dialogue.changes == {}


async def test_of_too_many_calls_at_once_none_is_made(talk: Callable[..., Awaitable[Any]]) -> None:
    dialogue = (await talk(["Hi"], [ChatReply("All of them", (HIRE,) * 200)])).dialogue
    assert (dialogue.turns[-1].content, dialogue.turns[-1].calls, dialogue.changes) == ("All of them", (), {})


class Slow:
    """A speaker who says something once."""

    def __init__(self) -> None:
        self.said = False

    async def speak(self, turns: Sequence[Turn]) -> Message:
        if self.said:
            await asyncio.Event().wait()
        self.said = True
        return Message(content="Hm")


async def test_a_dialogue_that_takes_too_long_is_a_record(kiosk: Domain) -> None:
    dialogue = await play("s-1", Slow(), Slow(), World(kiosk), Limits(seconds=0.05))
    assert (dialogue.stop_reason, len(dialogue.turns)) == (StopReason.FAILURE, 2)
    assert dialogue.failure is not None
    assert dialogue.failure.blame is Blame.PROVIDER
    assert dialogue.failure.findings[0].detail == "not over within 0.05 s"


async def test_what_was_done_before_a_failure_stays(talk: Callable[..., Awaitable[Any]]) -> None:
    dialogue = (await talk(["Hi"], [HIRE, JAM])).dialogue
    assert dialogue.stop_reason is StopReason.FAILURE
    assert set(dialogue.changes) == {"bikes/b-1", "hires/h-1"}
    assert len(dialogue.turns) == 2


async def test_a_whole_dialogue(talk: Callable[..., Awaitable[Any]]) -> None:
    played = await talk(
        ["A bike, please.", UNLOCK, "It is open. Bye! [DONE]"], [ChatReply("Let me see.", (HIRE,)), "Here is b-1."]
    )
    hired = {"hire_id": "h-1", "price": 4.5, "lock": {"code": "77"}}
    assert played.dialogue.model_dump(mode="json") == {
        "scenario_id": "s-1",
        "turns": [
            {"speaker": "user", "content": "A bike, please.", "calls": [], "reasoning": ""},
            {
                "speaker": "assistant",
                "content": "Let me see.",
                "calls": [
                    {
                        "id": "c-1",
                        "tool": "hire",
                        "arguments": {"bike_id": "b-1"},
                        "result": hired,
                        "error": None,
                        "writes": True,
                        "side": "assistant",
                    }
                ],
                "reasoning": "",
            },
            {"speaker": "assistant", "content": "Here is b-1.", "calls": [], "reasoning": ""},
            {
                "speaker": "user",
                "content": "",
                "calls": [
                    {
                        "id": "c-1",
                        "tool": "open_lock",
                        "arguments": {"bike_id": "b-1", "code": "77"},
                        "result": "open",
                        "error": None,
                        "writes": True,
                        "side": "user",
                    }
                ],
                "reasoning": "",
            },
            {"speaker": "user", "content": "It is open. Bye!", "calls": [], "reasoning": ""},
        ],
        "stop_reason": "USER_DONE",
        "changes": {
            "bikes/b-1": {"state": ["in", "unlocked"]},
            "hires/h-1": {"extras": [None, []], "hire_id": [None, "h-1"], "hours": [None, 1]},
        },
        "digest": "32d980b0bc565c7cfb76826b398f4aa222698666cbfe76cb66779cfbb0b57e0e",
        "failure": None,
    }
