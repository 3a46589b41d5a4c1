"""Finding: what a customer's words refer to: an account, a line, a plan, a package."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from domains.mobile.offers import PACKAGES, PLANS
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import BIRTH_DATE, Way, name_and_birth_date
from turnwright.llm.embedded.words import last_position

TODAY = date(2026, 6, 15)
NUMBER = re.compile(r"\b555-\d{4}\b")
Row = dict[str, Any]


def _number_and_birth_date(text: str) -> Iterable[dict[str, Any]]:
    born = BIRTH_DATE.search(text)
    return [{"phone_number": number, "birth_date": born[1]} for number in dict.fromkeys(NUMBER.findall(text)) if born]


WAYS = (
    Way(
        "find_user_by_phone_number",
        "Could you please tell me the number of your line and your birth date?",
        _number_and_birth_date,
    ),
    Way(
        "find_user_by_name_birth_date",
        "Then please tell me your first and last name, so that I can find you with your birth date.",
        name_and_birth_date,
    ),
)


def find_line(case: Case, user_id: str | None) -> Row:
    """The line that the request is about.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    line = _named_line(case) or _described_line(case, user_id)
    if line is None:
        case.ask("Which line is it about? Please give me its number, or tell me which plan it has.")
        raise Refused("I could not find the line that you mean.")
    if user_id and line["user_id"] != user_id:
        case.forbid("that line belongs to another account, and I may only deal with your own.")
    return line


def _named_line(case: Case) -> Row | None:
    for number in reversed(list(dict.fromkeys(NUMBER.findall(case.text)))):
        line = case.call("get_line", phone_number=number)
        if line:
            return line
        case.ask(f"I can't find a line with the number {number}. Shall I look through the lines of your account?")
    return None


def _described_line(case: Case, user_id: str | None) -> Row | None:
    if user_id is None:
        return None
    lines = case.call("list_lines", user_id=user_id) or []
    named = case.latest(lines, lambda line, text: last_position(f"{line['plan']} line", text))
    chosen = named or (lines[0] if len(lines) == 1 else None)
    return case.call("get_line", phone_number=chosen["phone_number"]) if chosen else None


def find_plan(case: Case, current: str | None) -> Row:
    """The plan that the customer wants.

    Raises:
        Refused: if it cannot be told which.
    """
    plans = [plan for plan in case.call("list_plans") if plan["plan_id"] != current]
    found = case.latest(plans, lambda plan, text: last_position(f"{plan['name']} plan", text))
    if found is None:
        names = "; ".join(f"{plan['name']} for ${plan['price']:.2f}" for plan in plans)
        case.ask(f"Which plan would you like? There are {names}.")
        raise Refused("I could not tell which plan you want.")
    return found


def find_package(case: Case) -> Row:
    """The data package that the customer wants.

    Raises:
        Refused: if it cannot be told which.
    """
    packages = case.call("list_data_packages")
    found = case.latest(packages, lambda package, text: last_position(package["name"], text))
    if found is None:
        names = "; ".join(f"{package['name']} for ${package['price']:.2f}" for package in packages)
        case.ask(f"Which data package would you like? There are {names}.")
        raise Refused("I could not tell which package you want.")
    return found


PLAN_NAMES = {key: name for key, name, _, _ in PLANS}
PLAN_PRICES = {key: price for key, _, price, _ in PLANS}
PACKAGE_NAMES = [name for _, name, _, _ in PACKAGES]


def is_over(day: str | None) -> bool:
    """Whether a contract that runs until this day no longer does; one that never ran is over too."""
    return day is None or date.fromisoformat(day) < TODAY
