"""Talk helpers: what counts as told and refused, and what does not; the same inside the sandbox and outside it."""

from typing import Any

import pytest

from checkers.prelude.talk import refused, told
from checkers.sandbox import Sandbox

TOLD: list[tuple[str, str, Any]] = [
    ("$12.40", "money", 12.4),
    ("12.40 USD", "money", -12.4),
    ("is 12.4.", "money", 12.4),
    ("twelve dollars and forty cents", "money", 12.4),
    ("**$1,234.50**", "money", 1234.5),
    ("$15", "money", 15),
    ("15 dollars", "money", 15),
    ("-$12.40", "money", 12.4),
    ("$-12.40", "money", 12.4),
    ("(-12.40)", "money", 12.4),
    ("One hundred and twelve dollars", "money", 112),
    ("forty cents", "money", 0.4),
    ("12 dollars and 40 cents", "money", 12.4),
    ("USD 15", "money", 15),
    ("\\$15.00,", "money", 15),
    ("a thousand two hundred dollars", "money", 1200),
    ("12.40USD", "money", 12.4),
    ("$0.40", "money", 0.4),
    ("June 15", "date", "2026-06-15"),
    ("15 June 2026", "date", "2026-06-15"),
    ("06/15/2026", "date", "2026-06-15"),
    ("June 15th.", "date", "2026-06-15"),
    ("2026-06-15", "date", "2026-06-15"),
    ("Jun. 15, 2026", "date", "2026-06-15"),
    ("6/15", "date", "2026-06-15"),
    ("the 15th of June", "date", "2026-06-15"),
    ("2026-06-15T10:00", "date", "2026-06-15"),
    ("Sept 5", "date", "2026-09-05"),
    ("6/15/26", "date", "2026-06-15"),
    ("**June 15**, 10:30", "date", "2026-06-15"),
    ("three items", "number", 3),
    ("3 items", "number", 3),
    ("3-day", "number", 3),
    ("2.5%", "number", 2.5),
    ("twenty-one", "number", 21),
    ("1,200 pieces", "number", 1200),
    ("3.", "number", 3),
    ("3, 4", "number", 3),
    ("Your order **#O-8814** is", "text", "#O-8814"),
    ("Brass  Lamp", "text", "brass lamp"),
    ("brass lamps", "text", "brass lamp"),
    ("it’s done", "text", "it's done"),
    ("u_204", "text", "u_204"),
    ("Delivered.", "text", "delivered"),
    ("N964979829,", "text", "N964979829"),
    ("$12.40–$15", "money", 12.4),
    ("It is **12.40**.", "money", 12.4),
    ("You get back $1234.50.", "money", 1234.5),
    ("twenty-five dollars", "money", 25),
    ("15.00 is due", "money", 15),
    ("US$15", "money", 15),
    ("total: $15, paid", "money", 15),
    ("12.40", "money", "-12.40"),
    ("one thousand two hundred and thirty-four dollars and five cents", "money", 1234.05),
    ("nothing: zero dollars", "money", 0),
    ("$0.00", "money", 0),
    ("seven of them", "number", 7),
    ("There is one lamp left", "number", 1),
    ("the three lamps are 40 dollars", "number", 3),
    ("it has 3.0 stars", "number", 3),
    ("You have one hundred and five points", "number", 105),
    ("15%", "number", 15),
    ("(3)", "number", 3),
    ("3/day? no: 3 a day", "number", 3),
    ("on Monday, June 15 at 10:00", "date", "2026-06-15"),
    ("15 Jun 2026", "date", "2026-06-15"),
    ("2026/06/15", "date", "2026-06-15"),
    ("June 15 2026", "date", "2026-06-15T10:00:00"),
    ("May 5th, 2027", "date", "2027-05-05"),
    ("Ship it to\n  12  Elm Street", "text", "12 elm street"),
    ("the card’s name", "text", "card's"),
    ("You have 5GB left", "number", 5),
    ("15.5GB", "number", 15.5),
    ("Of these there are none", "number", 0),
    ("It is sold out", "number", 0),
    ("The seat is free of charge", "money", 0),
    ("The certificate is used up", "money", 0),
]
NOT_TOLD: list[tuple[str, str, Any]] = [
    ("112.40", "money", 12.4),
    ("12.401", "money", 12.4),
    ("$12", "money", 12.4),
    ("15 items", "money", 15),
    ("$15.50", "money", 15),
    ("one hundred twelve dollars and forty cents", "money", 12.4),
    ("twelve dollars and forty cents", "money", 12),
    ("twelve dollars and forty cents", "money", 0.4),
    ("12 dollars and 40 cents", "money", 12),
    ("$1,512.40", "money", 512.4),
    ("21.40", "money", 12.4),
    ("12.40%", "money", 12.4),
    ("$15k", "money", 15),
    ("version 1.12.40", "money", 12.4),
    ("12:40", "money", 12.4),
    ("twelve hundred dollars", "money", 12),
    ("$12.405", "money", 12.4),
    ("twenty five dollars", "money", 5),
    ("$115", "money", 15),
    ("#15.00", "money", 15),
    ("free of charge", "money", 5),
    ("none", "number", 5),
    ("There is nothing else", "number", 0),
    ("There is nothing else", "money", 0),
    ("nonetheless", "number", 0),
    ("the 5G network", "number", 5),
    ("5GBit", "number", 5),
    ("June 5", "date", "2026-06-15"),
    ("June 150", "date", "2026-06-15"),
    ("June 15, 2025", "date", "2026-06-15"),
    ("15/06/15", "date", "2026-06-15"),
    ("6/15/2025", "date", "2026-06-15"),
    ("16/15/2026", "date", "2026-06-15"),
    ("July 15", "date", "2026-06-15"),
    ("2026-06-150", "date", "2026-06-15"),
    ("2025-06-15", "date", "2026-06-15"),
    ("15", "date", "2026-06-15"),
    ("1/6/15", "date", "2026-06-15"),
    ("$3", "number", 3),
    ("i-3", "number", 3),
    ("#3", "number", 3),
    ("3rd", "number", 3),
    ("13", "number", 3),
    ("3.5", "number", 3),
    ("June 3", "number", 3),
    ("2026-06-03", "number", 3),
    ("twenty-three", "number", 3),
    ("3 dollars", "number", 3),
    ("three dollars", "number", 3),
    ("1. a\n2. b\n3. c", "number", 3),
    ("10:03", "number", 3),
    ("three hundred", "number", 3),
    ("2-3 days", "number", 3),
    ("3-4 days", "number", 3),
    ("lamp-3", "number", 3),
    ("thirty", "number", 3),
    ("three hundred", "number", 300.5),
    ("#O-88145", "text", "#O-8814"),
    ("undelivered", "text", "delivered"),
    ("non-refundable", "text", "refundable"),
    ("lamp-brass", "text", "lamp"),
    ("N9649798291", "text", "N964979829"),
    ("deliver", "text", "delivered"),
    ("$12.4.0.1", "money", 12.4),
    ("order 12.40-15", "money", 12.4),
    ("id-12.40", "money", 12.4),
    ("forty dollars", "money", 0.4),
    ("fifteen items", "money", 15),
    ("", "money", 0),
    ("u_3", "number", 3),
    ("One moment, let me have a look.", "number", 1),
    ("I can take this one", "number", 1),
    ("twelve dollars forty-five cents", "money", 12),
    ("15 June", "number", 15),
    ("on the 15 of June", "number", 15),
    ("$ 3", "number", 3),
    ("3 USD", "number", 3),
    ("three point five", "number", 5.5),
    ("03:30", "number", 30),
    ("#O-3", "number", 3),
    ("06/15/2027", "date", "2026-06-15"),
    ("15 June 2025", "date", "2026-06-15"),
    ("May 15", "date", "2026-06-15"),
    ("June 1", "date", "2026-06-15"),
    ("Junebug 15", "date", "2026-06-15"),
    ("6/155", "date", "2026-06-15"),
    ("a lamp shade", "text", "lampshade"),
    ("first brass | lamp", "text", "brass lamp"),
    ("Brassy lamp", "text", "brass"),
]
REFUSED = [
    "I'm sorry, I cannot do that: x.",
    "I can't cancel it because it has shipped.",
    "We are unable to refund this.",
    "That isn't possible.",
    "It is not eligible for return.",
    "I won't be able to give a discount.",
    "Returns are not allowed after 30 days.",
    "Unfortunately, the order can no longer be cancelled.",
    "This is outside the return window.",
    "The return window closed on May 3.",
    "Unfortunately that is not something we do",
    "I can’t find a way around it, so I can't refund you.",
    "I'm afraid that's not possible.",
    "That isn't an option.",
    "It does not meet any of the rules for this.",
    "Our policy does not let me do that.",
    "A change of plans is no ground for cancelling.",
    "I have to turn this down.",
    "We don't cancel for a change of plans.",
    "The item is non-refundable.",
    "We don't offer price matching.",
    "It's past the 30-day window.",
    "I can't refund that, would you like something else?",
    "That order can not be changed.",
    "I'm not able to apply a discount.",
    "I must decline.",
    "This does not qualify for a refund.",
    "I cannot help with somebody else's order.",
    "Your return period has expired.",
    "I'm sorry, but I can't do that, so if you like I can hand you over.",
    "We are not permitted to change it.",
    "That is against our policy.",
    "It's too late to cancel this one.",
    "The deadline has passed.",
    "I have to decline that request.",
    "Gift cards aren't refundable.",
    "I checked whether it is possible and I cannot do it.",
    "I’m **unable** to give you a discount.",
]
NOT_REFUSED = [
    "I can't find that order.",
    "I cannot locate your account. Could you give me your email?",
    "I am unable to verify you.",
    "I can't do that until you confirm.",
    "Is there anything else?",
    "One moment, let me have a look.",
    "All done, the lamp is exchanged.",
    "I wasn't able to find it.",
    "Can't you find the order id?",
    "Why can't you use the card?",
    "If you can't find it, tell me.",
    "Your order is not yet delivered.",
    "Let me see.",
    "I haven't cancelled it yet.",
    "Nothing was cancelled.",
    "You won't be charged.",
    "No problem!",
    "I can't wait to help!",
    "I cannot proceed without your confirmation.",
    "I don't see that order.",
    "I'm sorry to hear that.",
    "It won't take long.",
    "I can not seem to find it.",
    "You can return it within the return window.",
    "The return window is 30 days.",
    "The item is not damaged.",
    "The lamp is out of stock.",
    "You cannot go wrong with brass.",
    "The return window has not passed.",
    "If I can't help you further, have a nice day!",
    "Please tell me why you can't use it.",
    "",
    "You can cancel it until tomorrow.",
    "Done. I have cancelled it for you.",
    "I can not verify that without more details.",
    "I won't be able to find it without the title.",
]


def said(content: str) -> list[dict[str, Any]]:
    return [
        {"turn": 0, "speaker": "user", "content": "May I have a refund?"},
        {"turn": 1, "speaker": "assistant", "content": content},
    ]


@pytest.mark.parametrize(("content", "kind", "value"), TOLD)
def test_told(content: str, kind: str, value: Any) -> None:
    assert told(said(content), **{kind: value})


@pytest.mark.parametrize(("content", "kind", "value"), NOT_TOLD)
def test_not_told(content: str, kind: str, value: Any) -> None:
    assert not told(said(content), **{kind: value})


@pytest.mark.parametrize("content", REFUSED)
def test_refused(content: str) -> None:
    assert refused(said(content))


@pytest.mark.parametrize("content", NOT_REFUSED)
def test_not_refused(content: str) -> None:
    assert not refused(said(content))


def test_only_the_assistant_tells() -> None:
    assert not told([{"turn": 0, "speaker": "user", "content": "$12.40"}], money=12.4)


def test_two_messages_are_two_sayings() -> None:
    messages = said("It is brass") + said("lamp")
    assert not told(messages, text="brass lamp")


def test_a_refusal_answers_a_request() -> None:
    assert not refused([{"turn": 0, "speaker": "assistant", "content": "I cannot give discounts."}])


@pytest.mark.parametrize("arguments", [{}, {"money": 1, "number": 2}, {"money": None}], ids=["none", "two", "null"])
def test_told_wants_exactly_one_thing(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        told([], **arguments)


async def test_the_sandbox_agrees(sandbox: Sandbox) -> None:
    source = """
def check(changes, calls, messages, facts):
    found = []
    for content, kind, value, expected in facts["told"]:
        if told([{**messages[1], "content": content}], **{kind: value}) != expected:
            found.append(("TOLD", content))
    for content, expected in facts["refused"]:
        if refused([messages[0], {**messages[1], "content": content}]) != expected:
            found.append(("REFUSED", content))
    return found
"""
    facts = {
        "told": [*((*row, True) for row in TOLD), *((*row, False) for row in NOT_TOLD)],
        "refused": [*((content, True) for content in REFUSED), *((content, False) for content in NOT_REFUSED)],
    }
    evidence = {"changes": {}, "calls": [], "messages": said(""), "facts": facts}
    assert await sandbox.judge(source, evidence) == ()
