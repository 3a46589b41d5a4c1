"""Finding: what a customer's words refer to: an account, an order, an item, a variant, a payment method, an address."""

import re
from datetime import date
from typing import Any

from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import Way, emails, name_and_zip
from turnwright.llm.embedded.words import last_position, money

TODAY = date(2026, 6, 15)
ORDER_ID = re.compile(r"#?\bO-(\d{4})\b", re.IGNORECASE)
ADDRESS = re.compile(r"(\d+ [A-Z][\w.' -]+?), ([A-Z][\w.' -]+?), ([A-Z]{2}) (\d{5})")

Row = dict[str, Any]


WAYS = (
    Way("find_user_by_email", "Could you please tell me the email address of your account?", emails),
    Way(
        "find_user_by_name_zip",
        "Then please tell me your first and last name and your zip code, so that I can find your account.",
        name_and_zip,
    ),
)


def find_order(case: Case, user_id: str | None, statuses: tuple[str, ...]) -> Row:
    """The order that the request is about.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    order = _named_order(case) or _described_order(case, user_id, statuses)
    if order is None:
        case.ask("Which order is it about? Please give me its number, or tell me what is in it.")
        raise Refused("I could not find the order that you mean.")
    if user_id and order["user_id"] != user_id:
        case.forbid("that order belongs to another account, and I may only deal with your own.")
    return order


def _named_order(case: Case) -> Row | None:
    for number in reversed(list(dict.fromkeys(ORDER_ID.findall(case.text)))):
        order = case.call("get_order", order_id=f"#O-{number}")
        if order:
            return order
        case.ask(f"I can't find an order with the number #O-{number}. Shall I look through the orders of your account?")
    return None


def _described_order(case: Case, user_id: str | None, statuses: tuple[str, ...]) -> Row | None:
    if user_id is None:
        return None
    orders = case.call("list_orders", user_id=user_id) or []
    fitting = [order for order in orders if order["status"] in statuses and _mentions(case.text, order)]
    if not fitting:
        fitting = [order for order in orders if _mentions(case.text, order)]
    return case.call("get_order", order_id=fitting[0]["order_id"]) if fitting else None


def _mentions(text: str, order: Row) -> bool:
    return any(last_position(name.split(",")[0], text) >= 0 for name in order["items"])


def find_item(case: Case, order: Row) -> Row:
    """The item of the order that the request is about.

    Raises:
        Refused: if it cannot be told which.
    """
    items = [item for item in order["items"] if item["state"] != "returned"]
    found = case.latest(items, item_position)
    if found is None and len(items) == 1:
        return items[0]
    if found is None:
        names = "; ".join(item["name"] for item in items)
        case.ask(f"Which item of the order do you mean: {names}?")
        raise Refused("I could not tell which item you mean.")
    return found


def item_position(item: Row, text: str) -> int:
    """Where an item stands last in a text; its full name counts for more than its product's."""
    product, _, option = item["name"].partition(", ")
    positions = [last_position(f"{product}, {option}", text), last_position(f"{option} {product}", text)]
    named = max(positions)
    return named + 1 if named >= 0 else last_position(product, text)


def find_variant(case: Case, product_id: str, current: str | None) -> Row:
    """The variant of the product that the customer wants.

    Raises:
        Refused: if it cannot be told which, or it is out of stock.
    """
    variants = [one for one in case.call("list_variants", product_id=product_id) if one["variant_id"] != current]
    found = case.latest(variants, _variant_position)
    if found is None:
        options = "; ".join(f"{option_of(one)} for {money(one['price'])}" for one in variants if one["stock"])
        case.ask(f"Which variant would you like? There are {options}.")
        raise Refused("I could not tell which variant you want.")
    if not found["stock"]:
        raise Refused(f"the {option_of(found)} one is out of stock.")
    return found


def option_of(variant: Row) -> str:
    """The value of a variant's one option."""
    return next(iter(variant["options"].values()))


def _variant_position(variant: Row, text: str) -> int:
    return last_position(option_of(variant), text)


def find_address(case: Case) -> Row:
    """The address in the customer's words.

    Raises:
        Refused: if there is none.
    """
    addresses = [
        dict(zip(("street", "city", "state", "zip"), found, strict=True)) for found in ADDRESS.findall(case.text)
    ]
    found = case.latest(addresses, lambda one, text: text.rfind(f"{one['street']}, {one['city']}"))
    if found is None:
        case.ask("What is the new address, with street, city, state and zip code?")
        raise Refused("I have no new address.")
    return found


def days_since(day: str) -> int:
    """Days from an ISO date to the shop's today."""
    return (TODAY - date.fromisoformat(day)).days
