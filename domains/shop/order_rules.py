"""Order rules: what policy.md allows for a single call, judged by the state of the world before it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from domains.shop.lookups import category_of
from turnwright.database import Row
from turnwright.verdict import Finding
from turnwright.world import World

RETURN_DAYS = {"standard": 30, "plus": 60}
CLAIM_DAYS = 14
NOT_RETURNABLE = frozenset({"hygiene", "final sale"})


class Case(NamedTuple):
    """A call that succeeds, before it is made."""

    world: World
    user_id: str
    """The identified user."""
    arguments: dict[str, Any]

    @property
    def order(self) -> Row:
        return self.row("orders", self.arguments["order_id"])

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items of the order that the call names, in its order."""
        named = self.arguments.get("item_ids") or [self.arguments["item_id"]]
        by_id = {item["item_id"]: item for item in self.order["items"]}
        return [by_id[item_id] for item_id in named]

    @property
    def days_since_delivery(self) -> int:
        return self.days_since(self.world, self.order["delivered_at"])

    def row(self, table: str, key: str) -> Row:
        """A row that exists, because the call succeeded."""
        row = self.world.get(table, key)
        if row is None:
            raise LookupError(f"{table}/{key}: the dialogue does not fit this world")
        return row

    @staticmethod
    def days_since(world: World, day: str) -> int:
        return (world.now.date() - date.fromisoformat(day)).days


Rule = Callable[[Case], Iterator[Finding]]


def _finding(code: str, detail: str) -> Finding:
    return Finding(code=code, detail=detail)


def _own_account(case: Case) -> Iterator[Finding]:
    if case.arguments["user_id"] != case.user_id:
        yield _finding("FOREIGN_ACCOUNT", f"{case.arguments['user_id']} is not the identified user")


def _own_order(case: Case) -> Iterator[Finding]:
    if case.order["user_id"] != case.user_id:
        yield _finding("FOREIGN_ACCOUNT", f"order {case.arguments['order_id']} belongs to another user")


def _own_method(case: Case) -> Iterator[Finding]:
    for name in ("payment_id", "refund_to"):
        if name in case.arguments:
            yield from _usable(case, case.arguments[name])


def _usable(case: Case, payment_id: str) -> Iterator[Finding]:
    if case.row("payment_methods", payment_id)["user_id"] != case.user_id:
        yield _finding("FOREIGN_PAYMENT", f"{payment_id} belongs to another user")
    card = case.world.get("gift_cards", payment_id)
    if card is not None and case.days_since(case.world, card["expires"]) > 0:
        yield _finding("EXPIRED_CARD", f"gift card {payment_id} expired on {card['expires']}")


def _own_cards(case: Case) -> Iterator[Finding]:
    for name in ("from_id", "into_id"):
        yield from _usable(case, case.arguments[name])


def _refund_target(case: Case) -> Iterator[Finding]:
    target = case.row("payment_methods", case.arguments["refund_to"])
    if target["payment_id"] != case.order["payment_id"] and target["kind"] != "gift_card":
        yield _finding("WRONG_REFUND_TARGET", f"{target['payment_id']} is neither the order's method nor a gift card")


def _outside_window(case: Case) -> bool:
    return case.days_since_delivery > RETURN_DAYS[case.row("users", case.order["user_id"])["member"]]


def _return_in_time(case: Case) -> Iterator[Finding]:
    if _outside_window(case):
        yield _finding("LATE_RETURN", f"delivered {case.days_since_delivery} days ago")


def _exchange_in_time(case: Case) -> Iterator[Finding]:
    if _outside_window(case):
        yield _finding("LATE_EXCHANGE", f"delivered {case.days_since_delivery} days ago")


def _claim_in_time(case: Case) -> Iterator[Finding]:
    if case.days_since_delivery > CLAIM_DAYS:
        yield _finding("LATE_CLAIM", f"delivered {case.days_since_delivery} days ago")


def _returnable(case: Case) -> Iterator[Finding]:
    for item in case.items:
        category = category_of(case.world, item["variant_id"])
        if category in NOT_RETURNABLE:
            yield _finding("NOT_RETURNABLE", f"{item['name']} is of the category {category!r}")


def _first_exchange(case: Case) -> Iterator[Finding]:
    if any(item["state"] == "exchanged" for item in case.order["items"]):
        yield _finding("SECOND_EXCHANGE", f"order {case.arguments['order_id']} saw an exchange before")


def _same_product(case: Case) -> Iterator[Finding]:
    for item, variant_id in zip(case.items, case.arguments["new_variant_ids"], strict=True):
        old, new = (case.row("variants", key)["product_id"] for key in (item["variant_id"], variant_id))
        if old != new:
            yield _finding("OTHER_PRODUCT", f"{new} in place of {old}")


RULES: dict[str, tuple[Rule, ...]] = {
    "get_user": (_own_account,),
    "list_orders": (_own_account,),
    "list_payment_methods": (_own_account,),
    "cancel_order": (_own_order,),
    "change_order_address": (_own_order,),
    "change_order_items": (_own_order, _own_method, _same_product),
    "change_order_payment": (_own_order, _own_method),
    "return_items": (_own_order, _own_method, _return_in_time, _returnable, _refund_target),
    "exchange_items": (_own_order, _own_method, _exchange_in_time, _first_exchange, _same_product),
    "report_damage": (_own_order, _claim_in_time),
    "place_order": (_own_account, _own_method),
    "update_user_address": (_own_account,),
    "update_user_email": (_own_account,),
    "merge_gift_cards": (_own_cards,),
}
"""The rules of each tool; who was identified and what was confirmed is the same for all, see policy_rules.py."""
