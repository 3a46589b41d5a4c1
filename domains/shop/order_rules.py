"""Order rules: what policy.md allows for a single call, judged by the state of the world before it."""

from collections.abc import Iterator
from typing import Any

from domains.rules import Case, Rule, finding, own_account
from domains.shop.lookups import category_of
from turnwright.database import Row
from turnwright.verdict import Finding

RETURN_DAYS = {"standard": 30, "plus": 60}
CLAIM_DAYS = 14
NOT_RETURNABLE = frozenset({"hygiene", "final sale"})


def _order(case: Case) -> Row:
    return case.row("orders", case.arguments["order_id"])


def _items(case: Case) -> list[dict[str, Any]]:
    """The items of the order that the call names, in its order."""
    named = case.arguments.get("item_ids") or [case.arguments["item_id"]]
    by_id = {item["item_id"]: item for item in _order(case)["items"]}
    return [by_id[item_id] for item_id in named]


def _age(case: Case) -> int:
    """Days since the order was delivered."""
    return case.days_since(_order(case)["delivered_at"])


def _own_order(case: Case) -> Iterator[Finding]:
    if _order(case)["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"order {case.arguments['order_id']} belongs to another user")


def _own_method(case: Case) -> Iterator[Finding]:
    for name in ("payment_id", "refund_to"):
        if name in case.arguments:
            yield from _usable(case, case.arguments[name])


def _usable(case: Case, payment_id: str) -> Iterator[Finding]:
    if case.row("payment_methods", payment_id)["user_id"] != case.user_id:
        yield finding("FOREIGN_PAYMENT", f"{payment_id} belongs to another user")
    card = case.world.get("gift_cards", payment_id)
    if card is not None and case.days_since(card["expires"]) > 0:
        yield finding("EXPIRED_CARD", f"gift card {payment_id} expired on {card['expires']}")


def _own_cards(case: Case) -> Iterator[Finding]:
    for name in ("from_id", "into_id"):
        yield from _usable(case, case.arguments[name])


def _refund_target(case: Case) -> Iterator[Finding]:
    target = case.row("payment_methods", case.arguments["refund_to"])
    if target["payment_id"] != _order(case)["payment_id"] and target["kind"] != "gift_card":
        yield finding("WRONG_REFUND_TARGET", f"{target['payment_id']} is neither the order's method nor a gift card")


def _outside_window(case: Case) -> bool:
    return _age(case) > RETURN_DAYS[case.row("users", _order(case)["user_id"])["member"]]


def _return_in_time(case: Case) -> Iterator[Finding]:
    if _outside_window(case):
        yield finding("LATE_RETURN", f"delivered {_age(case)} days ago")


def _exchange_in_time(case: Case) -> Iterator[Finding]:
    if _outside_window(case):
        yield finding("LATE_EXCHANGE", f"delivered {_age(case)} days ago")


def _claim_in_time(case: Case) -> Iterator[Finding]:
    if _age(case) > CLAIM_DAYS:
        yield finding("LATE_CLAIM", f"delivered {_age(case)} days ago")


def _returnable(case: Case) -> Iterator[Finding]:
    for item in _items(case):
        category = category_of(case.world, item["variant_id"])
        if category in NOT_RETURNABLE:
            yield finding("NOT_RETURNABLE", f"{item['name']} is of the category {category!r}")


def _first_exchange(case: Case) -> Iterator[Finding]:
    if any(item["state"] == "exchanged" for item in _order(case)["items"]):
        yield finding("SECOND_EXCHANGE", f"order {case.arguments['order_id']} saw an exchange before")


def _same_product(case: Case) -> Iterator[Finding]:
    for item, variant_id in zip(_items(case), case.arguments["new_variant_ids"], strict=True):
        old, new = (case.row("variants", key)["product_id"] for key in (item["variant_id"], variant_id))
        if old != new:
            yield finding("OTHER_PRODUCT", f"{new} in place of {old}")


RULES: dict[str, tuple[Rule, ...]] = {
    "get_user": (own_account,),
    "list_orders": (own_account,),
    "list_payment_methods": (own_account,),
    "cancel_order": (_own_order,),
    "change_order_address": (_own_order,),
    "change_order_items": (_own_order, _own_method, _same_product),
    "change_order_payment": (_own_order, _own_method),
    "return_items": (_own_order, _own_method, _return_in_time, _returnable, _refund_target),
    "exchange_items": (_own_order, _own_method, _exchange_in_time, _first_exchange, _same_product),
    "report_damage": (_own_order, _claim_in_time),
    "place_order": (own_account, _own_method),
    "update_user_address": (own_account,),
    "update_user_email": (own_account,),
    "merge_gift_cards": (_own_cards,),
}
"""The rules of each tool; who was identified and what was confirmed is the same for all domains, see rules.py."""
