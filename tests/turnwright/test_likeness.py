"""What makes dialogues alike: the words without what anyone could fill in; the deeds to the letter."""

from typing import Any

import pytest

from turnwright.likeness import Call, Likeness, likeness, shingles

BRIEF: dict[str, Any] = {
    "words": ["Please cancel order #O-4548, I am Ann Smith.", "Yes, it costs $12.50, do it by June 3."],
    "knows": {"name": "Ann Smith", "order": "#O-4548"},
    "requests": [{"action": "cancel_order", "details": {"order_id": "#O-4548"}}],
    "initial": {"orders/#O-4548": {"late": True}},
    "calls": [Call("get_order", {"order_id": "#O-4548"}), Call("cancel_order", {"order_id": "#O-4548"})],
    "changes": {"orders/#O-4548": {"status": ["pending", "cancelled"]}},
}
ELSEWHERE: dict[str, Any] = {
    "words": ["Please cancel order #O-17, I am Bo Lee.", "Yes, it costs $9.00, do it by May 12."],
    "knows": {"name": "Bo Lee", "order": "#O-17"},
    "requests": [{"action": "cancel_order", "details": {"order_id": "#O-17"}}],
    "initial": {"orders/#O-17": {"late": True}},
    "calls": [Call("get_order", {"order_id": "#O-17"}), Call("cancel_order", {"order_id": "#O-17"})],
    "changes": {"orders/#O-17": {"status": ["pending", "cancelled"]}},
}


def of(**changed: Any) -> Likeness:
    return likeness(**{**BRIEF, **changed})


def test_with_other_ids_names_amounts_and_days_the_same_is_said_and_something_else_done() -> None:
    one, other = of(words=BRIEF["words"][:1]), likeness(**{**ELSEWHERE, "words": ELSEWHERE["words"][:1]})
    assert one.said == other.said
    assert not one.done & other.done


def test_in_other_words_the_same_is_done() -> None:
    one, other = of(), of(words=["Get rid of what I bought."])
    assert one.done == other.done
    assert len(one.said & other.said) < len(other.said)


@pytest.mark.parametrize(
    ("side", "changed"),
    [
        ("said", {"words": ["Keep it."]}),
        ("said", {"calls": BRIEF["calls"][:1]}),
        ("said", {"calls": BRIEF["calls"][::-1]}),
        ("said", {"changes": {"orders/#O-4548": {"status": ["pending", None]}}}),
        ("wanted", {"knows": {"name": "Ann Smith"}}),
        ("wanted", {"requests": []}),
        ("wanted", {"initial": {}}),
        ("changed", {"changes": {"orders/#O-4548": {"status": ["pending", "held"]}}}),
        ("called", {"calls": BRIEF["calls"][1:]}),
    ],
)
def test_each_side_sees_its_own(side: str, changed: dict[str, Any]) -> None:
    assert getattr(of(**changed), side) != getattr(of(), side)


def test_how_it_was_looked_up_is_not_what_was_done() -> None:
    assert of(calls=BRIEF["calls"][1:]).done == of().done


def test_shingles_know_where_a_turn_ends_and_mask_the_longest_value() -> None:
    assert shingles(["Send it to 12 Oak Lane"], ["Oak Lane", "Oak"]) == {
        "^ send it", "send it to", "it to <number>", "to <number> <value>", "<number> <value> $",
    }  # fmt: skip
    assert shingles(["Yes.", ""], []) == {"^ yes $", "^ $"}
