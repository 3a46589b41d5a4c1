"""Compact: nothing is lost, nothing earlier changes, only the speaker's words are learned, and no text is a token."""

import json
import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.lessons import Lesson
from training.aliases import ALIASES, Aliases
from training.compact import Compact
from training.rendering import NotRendered
from training.words import CONTROL, Words, learn
from turnwright.dialogue import Side
from turnwright.llm.chat import Wire, said

BARE = Compact(Words(common=(), shapes=(("a", "b"),), said_to_all=("Today is Monday.",)))
"""Knows next to nothing: all is aliases."""


def called(content: str, arguments: Any, tool: str = "look") -> Wire:
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return {**said("assistant", content), "tool_calls": [{"id": "c", "type": "function", "function": function}]}


def meant(compact: Compact, messages: list[Wire], at: int = -1) -> tuple[str, list[tuple[str, Any]]]:
    """What a message is mapped back to, given those before it."""
    before = messages[:at] if at >= 0 else messages[:-1]
    ids = compact.render(messages[: at + 1] if at >= 0 else messages).ids
    prompt = compact.prompt(before)
    assert ids[: len(prompt)] == prompt
    back = compact.said(before, ids[len(prompt) :])
    return back.content, [(call.tool, call.arguments) for call in back.tool_calls]


TEXT = st.text(st.sampled_from("abAB 1$.,-#@!?\n('’éÉßİ"), max_size=25).map(lambda text: text.strip(" "))


@given(TEXT)
@example("That is $1,204.50, not $3.5 or $-2.00.")
@example("two  spaces and\n\nlines")
@example("a@b.c's #O-1 (12l), 2026-06-15; <end> <|im_end|>")
@example("$ 5 %")
@example("Ab. ab? Ab! AB ab\nAb A. A bA")
def test_what_was_seen_is_said_again_letter_by_letter(text: str) -> None:
    messages = [said("user", text), said("assistant", text)]
    assert meant(BARE, messages) == (text, [])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(-1e6, 1e6).map(lambda number: round(number, 2))
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3))
@example({"a": "00123", "b": "123"})
@example({"a": "", "b": "-1.5e3"})
@example({"a": "true", "b": "<null>"})
@example({"a": 2, "b": 2.0})
def test_arguments_that_were_seen_are_given_again_with_their_types(value: dict[str, Any]) -> None:
    answer = {"role": "tool", "tool_call_id": "c", "content": json.dumps(value)}
    messages = [said("user", "look"), called("", {}), answer, called("", value)]
    content, [(tool, arguments)] = meant(BARE, messages)
    assert (content, tool) == ("", "look")
    assert json.dumps(arguments, sort_keys=True) == json.dumps(value, sort_keys=True)


def test_amounts_that_are_worked_out_are_worked_out_again() -> None:
    told = said("user", "It was $80.10, then $15.05, and $4.90 for the post. So what do I get back in all? I said it.")
    for words in ("$65.05 back", "$95.15 in all", "$100.05 for all", "$85.00 then"):
        assert meant(BARE, [told, said("assistant", words)]) == (words, [])
    rendered = BARE.render([told, said("assistant", "$65.05, I said $65.05")])
    names = [BARE.tokens[token] for token in rendered.ids]
    assert names.count("<less>") == 2  # nothing that was seen stands for it


@given(st.permutations(range(10, 54)), st.integers(0, 99))
def test_of_two_amounts_the_larger_has_the_larger_alias(parts: list[int], seed: int) -> None:
    aliases = Aliases(seed, [float(border) for border in range(1, ALIASES)])
    amounts = [repr(part + 0.25) for part in parts]
    numbers = [int(aliases.of(amount).removeprefix("<amount ").removesuffix(">")) for amount in amounts]
    assert sorted(amounts, key=float) == [amount for _, amount in sorted(zip(numbers, amounts, strict=True))]
    assert [aliases.meaning("amount", number) for number in numbers] == amounts


def test_dates_are_a_month_and_a_day() -> None:
    messages = [said("user", "It came on 2026-05-27, or on 2026-05-02."), said("assistant", "2026-05-27 was too late")]
    compact = Compact(learn([Lesson("", "", "", "", 0, messages, ())] * 2))
    names = [compact.tokens[token] for token in compact.render(messages).ids]
    assert names.count("<date>") == names.count("2026-05") == 3
    assert names.count("-27") == 2
    assert meant(compact, messages) == ("2026-05-27 was too late", [])
    assert meant(BARE, [messages[0], said("assistant", "2026-05-27")]) == ("2026-05-27", [])


def test_a_debt_is_told_as_an_amount() -> None:
    answer = {"role": "tool", "tool_call_id": "c", "content": '{"difference": -14.78}'}
    messages = [said("user", "look, $"), called("", {}), answer, said("assistant", "$14.78")]
    assert meant(BARE, messages) == ("$14.78", [])


def test_what_nobody_saw_is_not_learned_and_makes_some_sense() -> None:
    messages = [said("user", "hi"), said("assistant", "zebra hi")]
    rendered = BARE.render(messages)
    names = [BARE.tokens[token] for token in rendered.ids]
    learned = [name for name, mine in zip(names, rendered.learned, strict=True) if mine]
    assert (learned[0], learned[1].partition(" ")[0], learned[2:]) == ("<low>", "<heard-word", ["<end>"])
    assert meant(BARE, messages) == ("something hi", [])


def test_a_model_that_never_stops_nesting_is_read() -> None:
    call, end = BARE.id("<call>"), BARE.id("<end>")
    assert call is not None
    assert end is not None
    for token in ("<[>", "<{>", "<{a b}>"):
        nested = BARE.id(token)
        assert nested is not None
        (call_made,) = BARE.said([said("user", "hi")], [call, end - end, *[nested] * 900, end]).tool_calls
        assert call_made
    for seed in range(200):
        dice = random.Random(seed)
        BARE.said([said("user", "hi 1 $2.00 2026-01-01")], [dice.randrange(len(BARE)) for _ in range(512)])


def test_a_model_that_never_stops_dating_is_read() -> None:
    dates = BARE.render([said("user", "2026-06-15"), said("assistant", "2026-06-15")])
    dated = next(token for token, learned in zip(dates.ids, dates.learned, strict=True) if learned)
    assert isinstance(BARE.said([said("user", "hi")], [dated] * 5_000).content, str)


def test_no_text_poses_as_a_token() -> None:
    hostile = " ".join(CONTROL) + " <word 0> <amount 1>"
    rendered = BARE.render([said("user", hostile)])
    control = {BARE.id(token) for token in CONTROL}
    found = [BARE.tokens[token] for token in rendered.ids if token in control]
    assert [name for name in found if name not in ("<glue>", "<space>")] == ["<user>", "<end>"]


def test_aliases_are_a_dialogues_own() -> None:
    def first(words: str) -> str:
        return BARE.tokens[BARE.render([said("user", words)]).ids[1]]

    assert first("Zebra") == first("Zebra")
    assert len({first(f"Zebra {number}") for number in range(50)}) > 20


def test_what_the_other_side_named_is_told_from_what_was_found() -> None:
    found = {"role": "tool", "tool_call_id": "c", "content": '["lamp", "A1", "mat", "B2", 2.5]'}
    messages = [said("user", "lamp A1 $2.50"), called("", {}), found, said("user", "mat B2"), said("assistant", "lamp")]
    names = [BARE.tokens[token].partition(" ")[0] for token in BARE.render(messages).ids]
    assert names[1:6] == ["<low>", "<heard-word", "<heard-id", "<amount", "<end>"]
    answer = names.index("<[>") + 1
    assert names[answer : answer + 5] == ["<heard-word", "<heard-id", "<word", "<id", "<amount"]
    assert names[-9:] == ["<user>", "<low>", "<word", "<id", "<end>", "<me>", "<low>", "<heard-word", "<end>"]


def test_a_word_is_the_same_at_the_beginning_and_within() -> None:
    said_twice = [said("user", "ab Any news? any. Zed, zed")] * 2
    compact = Compact(learn([Lesson("", "", "", "", 0, said_twice, ())] * 2))
    names = [compact.tokens[token] for token in compact.render(said_twice[:1]).ids]
    assert " ".join(names) == "<user> <low> ab Any news ? <low> any . zed , zed <end>"
    assert set(compact.words.common) >= {"ab", "any", "news", "zed"}


def test_told_again_it_has_other_aliases_and_hides_some_of_what_the_other_side_says() -> None:
    words = ("find", "it", "look", "please", "red")
    compact = Compact(Words(common=words, spoken=("find", "it", "please"), shapes=(), said_to_all=()))
    found = {"role": "tool", "tool_call_id": "c", "content": '{"look": "red please"}'}
    heard = said("user", "Please find it, red zed. please")
    messages = [heard, called("", {}), found, said("assistant", "Please, it.")]
    plain = compact.render(messages)
    hidden, alone = set[str](), 0
    for time in range(1, 60):
        rendered = compact.retold(messages, time)
        assert rendered == compact.retold(messages, time)
        assert (len(rendered.ids), rendered.learned) == (len(plain.ids), plain.learned)
        pairs = [(compact.tokens[a], compact.tokens[b]) for a, b in zip(plain.ids, rendered.ids, strict=True)]
        rest = pairs[pairs.index(("<end>", "<end>")) :]
        assert all(a == b or a[0] == "<" for a, b in rest)  # the other side's words alone are hidden
        changed = {a: b for a, b in pairs if a != b and a[0] != "<"}
        assert all(b.startswith("<heard-word") for b in changed.values())
        assert ("please" in changed) == (pairs[1][1][0] == "<")
        hidden |= changed.keys()
        alone += not changed
    assert hidden == {"find", "it", "please"}
    assert alone
    assert len({tuple(compact.retold(messages, time).ids) for time in range(9)}) > 5


def test_more_words_than_aliases_have_no_place() -> None:
    words = " ".join(f"id{number}" for number in range(ALIASES + 1))
    with pytest.raises(NotRendered, match="uncommon words"):
        BARE.render([said("user", words)])


def test_what_is_said_to_all_is_left_out_and_the_rest_is_not() -> None:
    rendered = BARE.render([said("system", "Today is Monday.\nYou are Ann")])
    names = [BARE.tokens[token] for token in rendered.ids]
    assert [name.partition(" ")[0] for name in names] == ["<system>", "<word", "<word", "<word", "<end>"]
    assert BARE.render([said("system", "Today is Monday.")]).ids == []


@pytest.mark.parametrize("side", Side)
def test_only_the_speakers_messages_are_learned(lessons: dict[Side, list[Lesson]], side: Side) -> None:
    compact = Compact(learn(lessons[side]))
    tokens = compact.tokens
    assert len(lessons[side]) > 20
    for lesson in lessons[side]:
        rendered, speaking = compact.render(lesson.messages), False
        for token, learned in zip(rendered.ids, rendered.learned, strict=True):
            assert speaking or not learned
            name = tokens[token]
            assert not (speaking and not learned and not name.startswith(("<amount", "<id", "<word")))
            speaking = (speaking or name == "<me>") and name != "<end>"


def test_what_was_rendered_stays_as_turns_come(lessons: dict[Side, list[Lesson]], compact: Compact) -> None:
    for lesson in lessons[Side.ASSISTANT][:10]:
        whole = compact.render(lesson.messages).ids
        for upto in range(1, len(lesson.messages) + 1):
            part = compact.render(lesson.messages[:upto]).ids
            assert whole[: len(part)] == part


def test_most_of_what_an_assistant_says_comes_back(lessons: dict[Side, list[Lesson]], compact: Compact) -> None:
    came = 0
    own = [
        (lesson.messages, at)
        for lesson in lessons[Side.ASSISTANT]
        for at, message in enumerate(lesson.messages)
        if message["role"] == "assistant"
    ]
    for messages, at in own:
        content, calls = meant(compact, list(messages), at)
        made = messages[at].get("tool_calls", ())
        wanted = [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in made]
        came += (content, calls) == (messages[at]["content"], wanted)
    assert came > 0.8 * len(own)  # a corpus this small shares few words
