"""Agents: what each side is shown of the other, and how the user ends a dialogue."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from turnwright.dialogue import StopReason, ToolCall

HIRE = ToolCall(id="c-1", tool="hire", arguments={"bike_id": "b-9"})
UNLOCK = ToolCall(id="u-1", tool="open_lock", arguments={"bike_id": "b-1", "code": "00"})
Talks = Callable[..., Awaitable[Any]]


def spoken(message: dict[str, Any]) -> tuple[str, str]:
    return message["role"], message["content"]


async def test_each_side_sees_the_words_of_both_and_its_own_calls_only(talk: Talks) -> None:
    played = await talk(["A bike", UNLOCK, "It is shut [DONE]"], [HIRE, "Take b-1"])
    user, assistant = played.user.requests[-1].messages, played.assistant.requests[-1].messages
    assert [spoken(message) for message in assistant[1:]] == [
        ("user", "A bike"),
        ("assistant", ""),
        ("tool", '{"error":"bikes/b-9 not found"}'),
    ]
    assert [spoken(message) for message in user[2:]] == [
        ("assistant", "A bike"),
        ("user", "Take b-1"),
        ("assistant", ""),
        ("tool", '{"error":"the lock does not open"}'),
    ]
    assert "hire" not in str(user[2:])
    assert "open_lock" not in str(assistant)


async def test_calls_and_answers_belong_together_on_the_wire(talk: Talks) -> None:
    played = await talk(["A bike"], [HIRE])
    call, answer = played.assistant.requests[-1].messages[-2:]
    assert call["tool_calls"] == [
        {"id": "c-1", "type": "function", "function": {"name": "hire", "arguments": '{"bike_id":"b-9"}'}}
    ]
    assert answer["tool_call_id"] == "c-1"


async def test_each_side_has_its_own_prompt_and_tools(talk: Talks) -> None:
    played = await talk(["A bike"], [])
    user, assistant = played.user.requests[0], played.assistant.requests[0]
    assert [tool["function"]["name"] for tool in user.tools] == ["open_lock"]
    assert "hire" in [tool["function"]["name"] for tool in assistant.tools]
    assert [message["role"] for message in user.messages] == ["system", "user"]
    assert user.messages[0]["content"].startswith("# You are the customer")
    assert [message["role"] for message in assistant.messages] == ["system", "user"]
    assert (user.model, user.temperature, user.seed) == ("scripted/model", 0.5, 7)


STOPS = [
    pytest.param("Thanks! [DONE]", "Thanks!", StopReason.USER_DONE, id="done"),
    pytest.param("[DONE]", "", StopReason.USER_DONE, id="no farewell"),
    pytest.param("No use. [GIVE UP]", "No use.", StopReason.USER_GAVE_UP, id="gave up"),
]


@pytest.mark.parametrize(("words", "content", "stop"), STOPS)
async def test_the_user_stops_with_a_word_that_is_not_said(
    talk: Talks, words: str, content: str, stop: StopReason
) -> None:
    dialogue = (await talk([words], [])).dialogue
    assert (dialogue.turns[-1].content, dialogue.stop_reason) == (content, stop)


async def test_the_assistant_cannot_end_a_dialogue_with_the_users_words(talk: Talks) -> None:
    dialogue = (await talk(["Hi", "[DONE]"], ["[DONE]"])).dialogue
    assert [turn.content for turn in dialogue.turns] == ["Hi", "[DONE]", ""]


async def test_every_message_is_a_line_of_the_ledger(talk: Talks) -> None:
    played = await talk(["A bike", "[DONE]"], [HIRE, "No"])
    assert [call.role for call in played.ledger.calls] == ["user", "assistant", "assistant", "user"]


AGAIN = "You are about to call hire("


async def test_an_assistant_looks_again_before_it_changes_something(talk: Talks) -> None:
    played = await talk(["A bike"], [HIRE, HIRE, "Hired."], self_check=True)
    first, second, third = played.assistant.requests[:3]
    note = second.messages[-1]
    assert note["role"] == "user"
    assert AGAIN in note["content"]
    assert "b-9" in note["content"]
    assert second.messages[:-1] == first.messages
    assert AGAIN not in str(third.messages)
    assert [call.tool for turn in played.dialogue.turns for call in turn.calls] == ["hire"]


async def test_what_it_says_instead_counts(talk: Talks) -> None:
    played = await talk(["A bike", "Yes"], [HIRE, "Shall I?", "Fine."], self_check=True)
    assert [turn.content for turn in played.dialogue.turns[:2]] == ["A bike", "Shall I?"]
    assert not any(turn.calls for turn in played.dialogue.turns[:2])


async def test_a_look_up_is_made_without_a_second_look(talk: Talks) -> None:
    look = ToolCall(id="c-2", tool="find_bikes", arguments={"color": "red"})
    played = await talk(["A bike"], [look, "There is one."], self_check=True)
    assert not any(AGAIN in str(request.messages) for request in played.assistant.requests)
