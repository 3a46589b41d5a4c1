"""Lessons: what each side saw and nothing else, of dialogues that may be learned from, balanced over families."""

import json
from collections import Counter

from tasks.lessons import Lesson
from turnwright.agents.speaker import STOP_WORDS
from turnwright.dialogue import Side
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

Lessons = dict[Side, list[Lesson]]


def test_only_what_passed_and_is_not_marked(lessons: Lessons, corpus: Warehouse) -> None:
    with Catalog(corpus) as catalog:
        rows = catalog.query("""
            SELECT dialogue_id FROM dialogues d JOIN scenarios s USING (scenario_id, run_id) WHERE verdict = 'PASS'
            AND split = 'train' AND NOT EXISTS (FROM marks m WHERE m.dialogue_id = d.dialogue_id)
        """)
    passed = {row["dialogue_id"] for row in rows}
    for side in Side:
        assert {lesson.dialogue_id for lesson in lessons[side]} == passed


def test_an_assistant_sees_no_call_of_the_user_and_ends_with_own_words(lessons: Lessons, corpus: Warehouse) -> None:
    with Catalog(corpus) as catalog:
        rows = catalog.query("SELECT dialogue_id, side, count(*) AS made FROM tool_calls GROUP BY ALL")
    made = {(row["dialogue_id"], row["side"]): row["made"] for row in rows}
    assert any(side == "user" for _, side in made)
    for side in Side:
        for lesson in lessons[side]:
            calls = [call for message in lesson.messages for call in message.get("tool_calls", ())]
            answers = [message for message in lesson.messages if message["role"] == "tool"]
            # The last call, such as a handing over, was never answered to anybody.
            assert len(calls) == made.get((lesson.dialogue_id, side.value), 0)
            assert len(answers) == len(calls) - len(lesson.messages[-1].get("tool_calls", ()))
            assert lesson.messages[-1]["role"] == "assistant"
            names = {tool["function"]["name"] for tool in lesson.tools}
            assert {call["function"]["name"] for call in calls} <= names


def test_a_user_is_told_of_persona_and_goal_and_not_of_the_policy(lessons: Lessons, corpus: Warehouse) -> None:
    with Catalog(corpus) as catalog:
        rows = catalog.query("SELECT scenario_id, persona, goal, reference FROM scenarios")
    told = {row["scenario_id"]: row for row in rows}
    for lesson in lessons[Side.USER]:
        text = json.dumps(lesson.messages)
        row = told[lesson.scenario_id]
        assert json.dumps(row["persona"])[1:-1] in text
        assert json.dumps(row["goal"])[1:-1] in text
        assert "## Policy" not in text
    assert all("## Policy" in lesson.messages[0]["content"] for lesson in lessons[Side.ASSISTANT])


def test_a_user_says_when_it_is_over(lessons: Lessons, corpus: Warehouse) -> None:
    with Catalog(corpus) as catalog:
        stops = {row["dialogue_id"]: row for row in catalog.query("SELECT dialogue_id, stop_reason FROM dialogues")}
    for lesson in lessons[Side.USER]:
        said = [word for word in STOP_WORDS if word in lesson.messages[-1]["content"]]
        assert [STOP_WORDS[word].value for word in said] == [
            reason for reason in (stops[lesson.dialogue_id]["stop_reason"],) if reason.startswith("USER_")
        ]
        own = [message for message in lesson.messages if message["role"] == "assistant"]
        assert all(message["content"] or message.get("tool_calls") for message in own)
        earlier = [message for message in own if message is not lesson.messages[-1]]
        assert not any(word in message["content"] for message in earlier for word in STOP_WORDS)


def test_the_first_so_many_are_balanced(lessons: Lessons) -> None:
    some = lessons[Side.ASSISTANT]
    families = len({(lesson.domain, lesson.family) for lesson in some})
    first = Counter((lesson.domain, lesson.family) for lesson in some[:families])
    assert set(first.values()) == {1}
