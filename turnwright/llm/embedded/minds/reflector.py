"""The reflector's mind: reads which failures a role is blamed for, and knows a few things that one says against such.

Like anyone's advice, some of it helps, some does nothing, and some does harm; it cannot know which.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading


class Dice(Protocol):
    """What the mind decides with."""

    def uniform(self, *parts: str) -> float: ...


Advice = tuple[tuple[str, ...], tuple[str, ...]]
"""What a careful reader would say, and what a hasty one would."""

_FACTS: Advice = (
    (
        "When something is done, always state every amount, date and id that the customer is owed.",
        "Before you say goodbye, tell the customer all amounts, dates and ids of what was done.",
        "Copy each amount exactly as the tool gave it, and check it against the result before you tell it.",
    ),
    ("Be warm and thank the customer at the end.", "Keep your answers short; the customer can ask for more."),
)
_POLICY: Advice = (
    (
        "Before you act on a request, check it against the policy, its conditions and its time windows, and refuse what"
        " the policy does not allow.",
        "Compare every request with the policy first, and refuse plainly what it forbids.",
    ),
    ("Be generous where a customer has a good reason.", "Explain the policy in friendly words."),
)
_LATEST: Advice = (
    (
        "If the customer changes their mind or corrects a detail, only their latest wish counts.",
        "After a correction of the customer's, go by the corrected detail and forget the first.",
    ),
    ("Stay with what the customer asked for first.", "Pay close attention to the customer."),
)
_ALL_REQUESTS: Advice = (
    (
        "Make sure that every request of the customer is handled before you close.",
        "Go through all requests of the customer one by one before you end the conversation.",
    ),
    ("Work quickly.", "Ask at the end whether the customer is satisfied."),
)
_IDENTIFY: Advice = (
    (
        "Always identify the customer before you look up or tell anything of an account.",
        "Find out who the customer is first, before you look at anything of an account.",
    ),
    ("Ask for the order number first.", "Treat every customer's data with care."),
)
_CONFIRM: Advice = (
    (
        "Before you make any change, list what you are going to do and wait until the customer has confirmed it.",
        "Get the customer's explicit yes to the proposal before each change.",
    ),
    ("Do what the customer asks for at once.", "Describe changes clearly."),
)
_ANOTHER_WAY: Advice = (
    (
        "If a call fails or something is not found, look in another way or ask the customer instead of giving up.",
        "After an error of a tool, try another way before you think of a transfer.",
    ),
    ("Hand over to a human whenever something is unclear.", "Apologise when something goes wrong."),
)
_SAY_ALL: Advice = (
    (
        "Before you say goodbye, check that you have brought up every one of your requests.",
        "Bring up each of your requests before you leave, also the second and the third.",
    ),
    ("Say everything in your first message and then only answer.", "Be brief."),
)
_CHANGE_MIND: Advice = (
    (
        "If your wish says that you change your mind, remember to do so when the assistant asks you to confirm.",
        "When you are asked to confirm, first voice the change of mind that your wish has.",
    ),
    ("Agree to what the assistant proposes.", "Be clear about what you want."),
)
_STAY: Advice = (
    (
        "Do not stop before everything you want has been done or clearly refused, and the result reported to you.",
        "Stay until the assistant has said that it is done.",
    ),
    ("Leave as soon as you have agreed.", "Say goodbye politely."),
)
_HANDS: Advice = (
    (
        "Really do each step on your phone before you say that it is done.",
        "Never claim that something works before you have tested it on the phone.",
    ),
    ("Describe what you see on the phone.", "Tell the assistant quickly that it is done."),
)

_IDENTITY: Advice = (
    (
        "Make sure that every customer can identify themselves, by email or by name and zip code.",
        "See to it that the customer always knows an email, or a name with the zip code, to be identified by.",
    ),
    ("Let customers be mysterious.", "Write lively customers."),
)
_JSON: Advice = (
    (
        "Never write a word outside the JSON object; it is useless then.",
        "Answer with the bare JSON object, without any words around it.",
    ),
    ("Introduce the customer in a sentence.", "Write well."),
)
_OTHER_PLAN: Advice = (
    (
        "Before you answer, check the new plan against the summaries of all plans written so far.",
        "Never repeat a plan of the list: compare yours with each summary first.",
    ),
    ("A plan may resemble an earlier one.", "Plan with care."),
)
_RECORDED: Advice = (
    (
        "Copy each fact exactly as it stands in the results, and compare the amounts once more with them.",
        "Before you answer, check every amount among the facts against the result that it is from.",
    ),
    ("Round amounts to whole dollars.", "Work swiftly."),
)
_ONE_BY_ONE: Advice = (
    (
        "Go through the facts one by one and see whether each amount stands in the results.",
        "Check every fact and every call against what the customer knows and what the results show.",
    ),
    ("A quick look at the goal is enough.", "Accept scenarios that read well."),
)
_PROGRAM: Advice = (
    (
        "Before you send it, try the program in your mind on a right dialogue and on wrong ones.",
        "If a program is returned with a case, mend exactly what that case shows.",
        "Make sure that a dialogue in which nothing is said fails where nothing is to be changed: demand evidence.",
        "Do not demand any particular look-up: other ways to find the same are right too.",
        "Read your program once more for its syntax before you send it.",
    ),
    ("Send the same program again if you are sure of it.", "Write short programs."),
)
_COMPARED: Advice = (
    (
        "Compare all changes, calls and facts one by one with the reference before you judge.",
        "Check each amount and each change of the dialogue against the reference.",
    ),
    ("Skim the dialogue for its tone.", "Judge fairly."),
)
_WHOSE: Advice = (
    (
        "Before you blame the assistant, check whether the customer or the scenario is at fault.",
        "First see whether the scenario itself is wrong or the customer left something out, and only then blame.",
    ),
    ("In doubt, always blame the assistant.", "Be clear about the blame."),
)

_AGAINST: dict[str, list[tuple[str, Advice]]] = {
    "assistant": [
        (r"NO_AUTH|FOREIGN|SECOND_USER", _IDENTIFY),
        (r"NO_CONFIRMATION", _CONFIRM),
        (r"TRANSFER|GAVE_UP", _ANOTHER_WAY),
        (
            r"REFUSED|FORBIDDEN|WINDOW|FEE|GROUNDS|CANCELLABLE|ELIGIBLE|LATE|BASIC|UNDUE|EXPIRED|OVER|MINOR|FLOWN",
            _POLICY,
        ),
        (r"FACT|TOLD|AMOUNT", _FACTS),
        (r"UNDONE|MISSING|STEP", _ALL_REQUESTS),
        (r"WRONG|EXTRA|UNASKED|OTHER", _LATEST),
        (r".", _POLICY),
    ],
    "user": [
        (r"REQUEST_UNSAID|MISSING", _SAY_ALL),
        (r"WISH_UNSAID|WRONG|EXTRA", _CHANGE_MIND),
        (r"STOPPED|FACT", _STAY),
        (r"STEP", _HANDS),
    ],
    "planner": [(r".", _OTHER_PLAN)],
    "dialogue_writer": [(r"WITHHELD", _IDENTITY), (r".", _JSON)],
    "tool_executor": [(r".", _RECORDED)],
    "task_verifier": [(r".", _ONE_BY_ONE)],
    "checker_writer": [(r".", _PROGRAM)],
    "trajectory_verifier": [(r"^SAID", _COMPARED), (r".", _WHOSE)],
}
_HASTE = 0.3
"""How often the advice is that of a hasty reader."""


def propose(reading: Reading, playbook: Playbook, dice: Dice) -> str:
    """Proposals as JSON, against the most frequent failures first."""
    page = reading.task
    about = next(
        (heading.removeprefix("Template of ") for heading in page.sections if heading.startswith("Template")), ""
    )
    failures, tried = page.data("failures") or [], page.data("tried") or []
    standing: list[str] = page.data("instructions") or []
    limit = re.search(r"of at most (\d+)", reading.system.section("format"))
    refused = {one["text"] for one in tried}
    proposals: list[dict[str, Any]] = []
    for failure in failures:
        advice = next(
            (known for pattern, known in _AGAINST.get(about, []) if re.search(pattern, failure["code"])), None
        )
        said = {one["text"] for one in proposals}
        text = advice and _chosen(advice, {*standing, *refused, *said}, dice, f"{failure['code']} {len(tried)}")
        if text:
            proposals.append({"text": text, "replaces": [], "because": failure["code"]})
    if failures and not proposals:
        asked = page.data("how it is asked") or {}
        proposals = [one | {"because": failures[0]["code"]} for one in _settings(asked) if _written(one) not in refused]
    return orjson.dumps({"proposals": proposals[: int(limit[1]) if limit else 1]}).decode()


def _settings(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """How to ask otherwise, where all advice is given."""
    wanted = {"votes": 3, "self_check": 1}
    return [{"set": name, "to": value} for name, value in wanted.items() if name in asked and asked[name] < value]


def _written(proposal: dict[str, Any]) -> str:
    return f"{proposal['set']} = {proposal['to']}"


def _chosen(advice: Advice, known: set[str], dice: Dice, about: str) -> str | None:
    """A piece of advice that was not given before; None if all was."""
    careful, hasty = advice
    ways: tuple[Sequence[str], Sequence[str]] = (
        (hasty, careful) if dice.uniform("haste", about) < _HASTE else (careful, hasty)
    )
    for texts in ways:
        if left := [text for text in texts if text not in known]:
            return left[int(dice.uniform("advice", about) * len(left))]
    return None
