"""Finding: what a customer's words refer to: an account, a line, a bill, a payment method, a plan, a package."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import Way, name_and_birth_date
from turnwright.llm.embedded.words import last_position, money

TODAY = date(2026, 6, 15)
NUMBER = re.compile(r"\b555-\d{3}-\d{4}\b")
BILL_ID = re.compile(r"\bB-\d{4}\b")
SIM_ID = re.compile(r"\bSIM-\d{6}\b")
_OWN_NUMBER = re.compile(r"\bmy phone number is (555-\d{3}-\d{4})", re.IGNORECASE)

Row = dict[str, Any]


def _numbers(text: str) -> Iterable[Row]:
    return [{"phone_number": number} for number in dict.fromkeys(_OWN_NUMBER.findall(text))]


WAYS = (
    Way("find_user_by_phone_number", "First I have to find your account: what is your phone number, please?", _numbers),
    Way(
        "find_user_by_name_birth_date",
        "Then please tell me your first and last name and your birth date, so that I can find your account.",
        name_and_birth_date,
    ),
)


def numbers_named(case: Case) -> list[str]:
    """The numbers that a request is about, the last one first; those that only identify the customer are none."""
    return [*reversed(dict.fromkeys(NUMBER.findall(_OWN_NUMBER.sub("", case.text))))]


def find_line(case: Case, user_id: str | None) -> Row:
    """The line that the request is about, in full.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    line = _named_line(case) or _described_line(case, user_id)
    if line is None:
        raise Refused("I could not find the line that you mean.")
    if user_id and line["user_id"] != user_id:
        case.forbid("that line belongs to another account, and I may only deal with your own.")
    return line


def _named_line(case: Case) -> Row | None:
    for number in numbers_named(case):
        line = case.call("get_line", phone_number=number)
        if line:
            return line
        case.ask(f"I can't find a line with the number {number}. Shall I look through the lines of your account?")
    return None


def _described_line(case: Case, user_id: str | None) -> Row | None:
    if user_id is None:
        case.ask("Which line is it about? Please give me its label or its number.")
        return None
    lines = case.call("list_lines", user_id=user_id) or []
    found = case.latest(lines, _label_position)
    if found is None:
        labels = " and ".join(f"a {line['label']} line" for line in lines)
        case.ask(f"Which line is it about? I see {labels}.")
        return None
    return case.call("get_line", phone_number=found["phone_number"])


def _label_position(line: Row, text: str) -> int:
    return last_position(f"{line['label']} line", text)


def must_be_valid(case: Case, method: Row) -> None:
    if days_since(method["valid_until"]) > 0:
        case.forbid(f"{method['label']} was only valid until {method['valid_until']}.")


def find_plan(case: Case) -> Row:
    """The plan that the customer names.

    Raises:
        Refused: if there is none.
    """
    plans = case.call("list_plans") or []
    found = case.latest(plans, _name_position)
    if found is None:
        sold = "; ".join(f"{one['name']} for {money(one['price'])}" for one in plans if one["status"] == "sold")
        case.ask(f"Which plan would you like? There are {sold}.")
        raise Refused("I could not tell which plan you want.")
    return found


def find_package(case: Case) -> Row:
    """The data package that the customer names.

    Raises:
        Refused: if there is none.
    """
    packages = case.call("list_data_packages") or []
    found = case.latest(packages, _name_position)
    if found is None:
        case.ask(f"Which package would you like? {offered(packages)}")
        raise Refused("I could not tell which package you want.")
    return found


def offered(packages: list[Row]) -> str:
    names = "; ".join(f"{one['name']} for {money(one['price'])}" for one in packages)
    return f"There are {names}."


def _name_position(row: Row, text: str) -> int:
    return last_position(row["name"], text)


def plan_of(case: Case, line: Row) -> Row:
    return next(plan for plan in case.call("list_plans") if plan["plan_id"] == line["plan_id"])


def find_bill(case: Case, user_id: str) -> Row:
    """The bill that the customer means, in full; the newest one if they say no more.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    named = BILL_ID.findall(case.text)
    bills = case.call("list_bills", user_id=user_id) or []
    bill_id = named[-1] if named else next((bill["bill_id"] for bill in bills), "")
    bill = case.call("get_bill", bill_id=bill_id)
    if bill is None:
        raise Refused("I could not find that bill.")
    if bill["user_id"] != user_id:
        case.forbid("that bill belongs to another account, and I may only deal with your own.")
    return bill


def find_charge(case: Case, bill: Row) -> Row | None:
    """The charge on a bill that the customer speaks of."""
    return case.latest(list(bill["charges"]), lambda one, text: last_position(one["text"], text))


def unpaid(case: Case, user_id: str, *statuses: str) -> list[Row]:
    return [bill for bill in case.call("list_bills", user_id=user_id) or [] if bill["status"] in statuses]


def days_since(day: str) -> int:
    """Days from an ISO date to the network's today."""
    return (TODAY - date.fromisoformat(day)).days
