"""Wishes: what each kind of request takes in the shop, found among a customer's orders, cards and the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from domains.shop.catalogue import CATALOGUE
from domains.shop.playbook.finding import Row, days_since, option_of
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Search, Subject, Wish, changes_mind, with_choice

_STREETS = ("Maple Street", "Harbor Road", "Mill Lane", "Cedar Avenue", "Station Street", "Orchard Way", "Hill Road")
_CITIES = (
    ("Boise", "ID", "837"),
    ("Tulsa", "OK", "741"),
    ("Dayton", "OH", "454"),
    ("Salem", "OR", "973"),
    ("Macon", "GA", "312"),
)


@dataclass(frozen=True)
class Customer:
    user: Row
    orders: list[Row]

    def ids(self, *statuses: str) -> list[str]:
        return [order["order_id"] for order in self.orders if order["status"] in statuses]


_RETURN_INSTEAD = "you want to return the {choice} instead"


def _orders(desk: Desk, customer: Customer, *statuses: str) -> Iterator[Row]:
    for order_id in desk.shuffled(customer.ids(*statuses), "order", *statuses):
        order = desk.call("get_order", order_id=order_id)
        if order:
            yield order


def _items(desk: Desk, order: Row) -> list[Row]:
    return desk.shuffled([item for item in order["items"] if item["state"] == "ordered"], "item", order["order_id"])


def _about(order: Row, item: Row | None = None) -> dict[str, Any]:
    """What every wish about an order has in common."""
    name: str = (item or order["items"][0])["name"]
    return {
        "details": {"order_id": order["order_id"], "item": name},
        "knows": {"order_id": order["order_id"], "item": f"the {name}"},
        "holes": {"order": f"order {order['order_id']}", "item": spoken(name)},
        "subject": Subject("order_id", "order", order["order_id"], _described(spoken(name))),
    }


def _described(item: str) -> str:
    return f"the order with the {item}"


def spoken(name: str) -> str:
    return name.split(",")[0]


def _methods(desk: Desk, user_id: str) -> list[Row]:
    return desk.shuffled(desk.call("list_payment_methods", user_id=user_id), "method")


def _covers(method: Row, amount: float) -> bool:
    return method["kind"] != "gift_card" or (method["balance"] >= amount and days_since(method["expires"]) <= 0)


def _cancel(desk: Desk, customer: Customer, *statuses: str) -> Iterator[Wish]:
    for order in _orders(desk, customer, *(statuses or ("pending",))):
        if not _can_be_refunded(desk, order):
            continue
        reason = desk.choose(("it was ordered by mistake", "it is no longer needed"), "reason")
        wish = Wish("cancel_order", f"cancel order {order['order_id']}, because {{choice}}", **_about(order))
        yield with_choice(wish, "reason", reason, None, "")


def _shipped_cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _cancel(desk, customer, "shipped")


def _new_address(desk: Desk, salt: str) -> str:
    city, state, zip_start = desk.choose(_CITIES, "city", salt)
    number = 10 + int(desk.noise.uniform("number", desk.number, salt) * 900)
    return f"{number} {desk.choose(_STREETS, 'street', salt)}, {city}, {state} {zip_start}{number % 90 + 10}"


def _order_address(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for order in _orders(desk, customer, "pending"):
        wish = Wish(
            "change_order_address",
            f"have order {order['order_id']} sent to another address: {{choice}}",
            **_about(order),
        )
        yield _address_choice(desk, wish)


def _address_choice(desk: Desk, wish: Wish) -> Wish:
    other = _new_address(desk, "first") if changes_mind(desk) else None
    made = with_choice(wish, "new_address", _new_address(desk, "final"), other, "you want it to be {choice} instead")
    return replace(made, holes=made.holes | {"address": made.knows["new_address"]})


def _account_address(desk: Desk, customer: Customer) -> Iterator[Wish]:
    wish = Wish("update_user_address", "have the address of your account changed to {choice}", {}, {})
    yield _address_choice(desk, wish)


def _account_email(desk: Desk, customer: Customer) -> Iterator[Wish]:
    user = customer.user
    mails = [f"{user['first_name']}.{word}@example.org".lower() for word in ("home", "private", "mailbox", "letters")]
    chosen, other = desk.shuffled(mails, "mail")[:2]
    wish = Wish("update_user_email", "have the email of your account changed to {choice}", {}, {})
    made = with_choice(
        wish, "new_email", chosen, other if changes_mind(desk) else None, "you want it to be {choice} instead"
    )
    yield replace(made, holes={"email": made.knows["new_email"]})


def _swap(status: str) -> Search[Customer]:
    def search(desk: Desk, customer: Customer) -> Iterator[Wish]:
        for order in _orders(desk, customer, status):
            if status == "delivered" and not _in_window(customer, order, exchange=True):
                continue
            for item in _items(desk, order):
                yield from _swap_item(
                    desk, order, item, "exchange_items" if status == "delivered" else "change_order_items"
                )

    return search


def _swap_item(desk: Desk, order: Row, item: Row, action: str) -> Iterator[Wish]:
    product_id = desk.call("get_variant", variant_id=item["variant_id"])["product_id"]
    variants = desk.call("list_variants", product_id=product_id)
    wanted = [one for one in variants if one["stock"] > 0 and one["variant_id"] != item["variant_id"]]
    wanted = desk.shuffled(wanted, "variant", item["name"])
    if len(wanted) < (2 if changes_mind(desk) else 1):
        return
    most = max(one["price"] for one in wanted[:2]) - item["price"]
    methods = [one for one in _methods(desk, order["user_id"]) if _covers(one, most)]
    if not methods:
        return
    pays = methods[0]["label"]
    words = (
        f"exchange the {item['name']} from order {order['order_id']} for the {{choice}} one "
        f"and settle any price difference with {pays}"
    )
    wish = Wish(action, words, **_about(order, item))
    wish = replace(wish, details=wish.details | {"payment": pays}, knows=wish.knows | {"payment": pays})
    other = option_of(wanted[1]) if changes_mind(desk) else None
    yield with_choice(wish, "wanted", option_of(wanted[0]), other, "you want the {choice} one instead")


def _in_window(customer: Customer, order: Row, *, exchange: bool = False) -> bool:
    exchanged = exchange and any(item["state"] == "exchanged" for item in order["items"])
    return not exchanged and days_since(order["delivered_at"]) <= _window(customer)


def _window(customer: Customer) -> int:
    return 60 if customer.user["member"] == "plus" else 30


def _order_payment(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for order in _orders(desk, customer, "pending"):
        methods = _methods(desk, order["user_id"])
        others = [one for one in methods if one["payment_id"] != order["payment_id"] and _covers(one, order["total"])]
        if len(others) < (2 if changes_mind(desk) else 1) or not _can_be_refunded(desk, order):
            continue
        wish = Wish(
            "change_order_payment", f"have order {order['order_id']} paid with {{choice}} instead", **_about(order)
        )
        other = others[1]["label"] if changes_mind(desk) else None
        yield with_choice(wish, "payment", others[0]["label"], other, "you want it to be {choice} instead")


def _return(desk: Desk, customer: Customer, *, late: bool = False) -> Iterator[Wish]:
    for order in _orders(desk, customer, "delivered"):
        if _in_window(customer, order) == late:
            continue
        items = [item for item in _items(desk, order) if item["category"] not in ("hygiene", "final sale")]
        if len({spoken(item["name"]) for item in items}) < (2 if changes_mind(desk) else 1):
            continue
        targets = _refund_targets(desk, order)
        if not targets:
            continue
        back = targets[0]
        words = f"return the {{choice}} from order {order['order_id']} and have the money refunded to {back}"
        wish = Wish("return_items", words, **_about(order, items[0]))
        wish = replace(wish, details=wish.details | {"refund_to": back}, knows=wish.knows | {"refund_to": back})
        yield from _return_items(desk, wish, items)


def _return_items(desk: Desk, wish: Wish, items: list[Row]) -> Iterator[Wish]:
    for item in items:
        other = next((one["name"] for one in items if spoken(one["name"]) != spoken(item["name"])), None)
        made = with_choice(wish, "item", item["name"], other if changes_mind(desk) else None, _RETURN_INSTEAD)
        named = spoken(made.knows["item"])
        subject = wish.subject and replace(wish.subject, described=_described(named))
        yield replace(made, holes=made.holes | {"item": named}, subject=subject)


def _refund_targets(desk: Desk, order: Row) -> list[str]:
    methods = [one for one in _methods(desk, order["user_id"]) if _covers(one, 0)]
    return [one["label"] for one in methods if one["payment_id"] == order["payment_id"] or one["kind"] == "gift_card"]


def _can_be_refunded(desk: Desk, order: Row) -> bool:
    """Whether money may go back to what the order was paid with: not to a gift card that has expired."""
    card = desk.call("get_gift_card", gift_card_id=order["payment_id"]) if "gift" in order["payment_id"] else None
    return card is None or days_since(card["expires"]) <= 0


def _late_return(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _return(desk, customer, late=True)


def _damage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for order in _orders(desk, customer, "delivered"):
        if days_since(order["delivered_at"]) > 14 or not _can_be_refunded(desk, order):
            continue
        for item in _items(desk, order):
            if desk.call("get_variant", variant_id=item["variant_id"])["stock"] < 1:
                continue
            remedy, other = desk.shuffled(["refund", "replacement"], "remedy")
            words = (
                f"report that the {item['name']} from order {order['order_id']} arrived damaged and get a {{choice}}"
            )
            wish = Wish("report_damage", words, **_about(order, item))
            yield with_choice(
                wish, "remedy", remedy, other if changes_mind(desk) else None, "you want a {choice} instead"
            )


def _track(desk: Desk, customer: Customer, *, lost: bool = False) -> Iterator[Wish]:
    for order in _orders(desk, customer, "shipped"):
        shipment = desk.call("track_shipment", order_id=order["order_id"])
        gone = shipment["status"] == "lost" or days_since(shipment["eta"]) > 10
        if gone == lost:
            yield Wish(
                "track_shipment", f"know where order {order['order_id']} is and when it arrives", **_about(order)
            )


def _lost(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _track(desk, customer, lost=True)


def _gift_card(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for method in _methods(desk, customer.user["user_id"]):
        if method["kind"] == "gift_card":
            card = method["payment_id"]
            words = f"know how much is left on gift card {card} and until when it is valid"
            yield Wish("get_gift_card", words, {"gift_card_id": card}, {"gift_card": card}, {"card": card})


def _merge(desk: Desk, customer: Customer) -> Iterator[Wish]:
    cards = [one for one in _methods(desk, customer.user["user_id"]) if one["kind"] == "gift_card"]
    valid = [one["payment_id"] for one in cards if days_since(one["expires"]) <= 0 and one["balance"] > 0]
    if len(valid) > 1:
        words = f"merge your gift cards: move all of {valid[0]} into {valid[1]}"
        yield Wish(
            "merge_gift_cards",
            words,
            {"from_id": valid[0], "into_id": valid[1]},
            {"gift_cards": f"all of {valid[0]} should go into {valid[1]}"},
            {"card": valid[0], "into": valid[1]},
        )


def _variants(desk: Desk) -> tuple[str, list[Row]]:
    name = desk.choose([product.name for product in CATALOGUE], "product")
    product = desk.call("search_products", query=name)[0]
    variants = desk.call("list_variants", product_id=product["product_id"])
    return product["name"], desk.shuffled([one for one in variants if one["stock"] > 0], "wanted")


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    name, variants = _variants(desk)
    wanted = option_of(variants[0])
    words = f"know what the {name} in {wanted} costs and whether it is in stock"
    yield Wish(
        "list_variants",
        words,
        {"product": name, "wanted": wanted},
        {"wanted": wanted, "product": name},
        {"product": name, "wanted": wanted},
    )


def _place(desk: Desk, customer: Customer) -> Iterator[Wish]:
    name, variants = _variants(desk)
    methods = [
        one for one in _methods(desk, customer.user["user_id"]) if _covers(one, max(v["price"] for v in variants))
    ]
    if len(variants) < 2 or not methods:
        return
    pays = methods[0]["label"]
    wish = Wish(
        "place_order",
        f"buy the {name} in {{choice}} and pay with {pays}",
        {"product": name, "payment": pays},
        {"product": name, "payment": pays},
        {"product": name, "payment": pays},
    )
    other = option_of(variants[1]) if changes_mind(desk) else None
    yield with_choice(wish, "wanted", option_of(variants[0]), other, "you want it in {choice} instead")


def _foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user["user_id"]]
    for record in desk.shuffled(others, "other"):
        for wish in _cancel(desk, Customer(record["user"], record["orders"])):
            yield replace(wish, words=wish.words + "; it belongs to somebody you know, not to you")


def _discount(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for order in _orders(desk, customer, "pending", "shipped", "delivered"):
        yield Wish("none", f"get a discount because of order {order['order_id']}", **_about(order))


SEARCHES: dict[str, Search[Customer]] = {
    "cancel": _cancel,
    "shipped_cancel": _shipped_cancel,
    "order_address": _order_address,
    "account_address": _account_address,
    "account_email": _account_email,
    "swap_pending": _swap("pending"),
    "exchange": _swap("delivered"),
    "order_payment": _order_payment,
    "return": _return,
    "late_return": _late_return,
    "damage": _damage,
    "track": _track,
    "lost": _lost,
    "gift_card": _gift_card,
    "merge": _merge,
    "question": question,
    "place": _place,
    "foreign": _foreign,
    "discount": _discount,
}

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "cancel_order": (("cancel",),),
    "change_order_address": (("order_address",),),
    "change_order_items": (("swap_pending",),),
    "change_order_payment": (("order_payment",),),
    "return_items": (("return",),),
    "exchange_items": (("exchange",),),
    "track_shipment": (("track",),),
    "gift_card_balance": (("gift_card",),),
    "product_question": (("question",),),
    "place_order": (("place",),),
    "report_damage": (("damage",),),
    "update_account": (("account_address",), ("account_email",)),
    "late_return": (("late_return",),),
    "cancel_shipped": (("shipped_cancel",),),
    "foreign_order": (("foreign",),),
    "discount_request": (("discount",),),
    "lost_shipment": (("lost",),),
    "exchange_and_return": (("exchange", "return"),),
    "order_and_account": (("cancel", "account_address"), ("order_address", "account_email"), ("damage", "gift_card")),
    "three_requests": (
        ("cancel", "place", "account_address"),
        ("order_payment", "track", "account_email"),
        ("return", "gift_card", "question"),
    ),
    "merge_gift_cards": (("merge",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""
