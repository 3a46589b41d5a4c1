"""The shop's policy rules: for each, dialogues that must be flagged and their neighbours that must pass."""

from typing import Any

import pytest
from playing import Call, Line, call, codes_of, played

from domains import load
from domains.shop.policy_rules import RULE_BOOK
from turnwright.world import World


def item(number: int, variant_id: str, state: str = "ordered") -> dict[str, Any]:
    return {"item_id": f"i-{number}", "variant_id": variant_id, "name": variant_id, "price": 40.0, "state": state}


def order(number: str, status: str, *items: dict[str, Any], delivered: str | None = None, user: str = "u_1") -> Any:
    return {
        "order_id": f"#O-{number}",
        "user_id": user,
        "status": status,
        "placed_at": "2026-01-01",
        "delivered_at": delivered,
        "items": items,
        "address": {"street": "77 Secret Road", "city": "Reno", "state": "NV", "zip": "89501"},
        "payment_id": "card-3" if user == "u_3" else "card-1",
        "total": 40.0 * len(items),
        "shipment_id": f"s-{number}" if status == "shipped" else None,
    }


def user(user_id: str, member: str = "standard") -> dict[str, Any]:
    address = {"street": "1 Mill Lane", "city": "Reno", "state": "NV", "zip": "89501"}
    name = {"first_name": user_id, "last_name": "Lee", "email": f"{user_id}@example.com"}
    return {"user_id": user_id, **name, "zip": "89501", "member": member, "address": address}


def method(payment_id: str, kind: str, user_id: str = "u_1") -> dict[str, Any]:
    return {"payment_id": payment_id, "user_id": user_id, "kind": kind, "label": payment_id}


def gift(gift_card_id: str, expires: str, user_id: str = "u_1") -> dict[str, Any]:
    return {"gift_card_id": gift_card_id, "user_id": user_id, "balance": 87.65, "expires": expires}


def shipment(number: str, status: str, eta: str) -> dict[str, Any]:
    return {"shipment_id": f"s-{number}", "order_id": f"#O-{number}", "tracking": "K1", "status": status, "eta": eta}


def variant(variant_id: str, product_id: str) -> dict[str, Any]:
    return {"variant_id": variant_id, "product_id": product_id, "options": {}, "price": 40.0, "stock": 9}


LAMP, SHAVER, HEATER = item(1, "lamp-a"), item(1, "shaver-a"), item(1, "heater-a")
START: dict[str, Any] = {
    "users/u_1": user("u_1"),
    "users/u_2": user("u_2"),
    "users/u_3": user("u_3", "plus"),
    "payment_methods/card-1": method("card-1", "credit_card"),
    "payment_methods/card-1b": method("card-1b", "credit_card"),
    "payment_methods/card-2": method("card-2", "credit_card", "u_2"),
    "payment_methods/card-3": method("card-3", "credit_card", "u_3"),
    "payment_methods/gift-1": method("gift-1", "gift_card"),
    "payment_methods/gift-1b": method("gift-1b", "gift_card"),
    "payment_methods/gift-old": method("gift-old", "gift_card"),
    "payment_methods/gift-2": method("gift-2", "gift_card", "u_2"),
    "gift_cards/gift-1": gift("gift-1", "2027-01-31"),
    "gift_cards/gift-1b": gift("gift-1b", "2026-06-15"),
    "gift_cards/gift-old": gift("gift-old", "2026-06-14"),
    "gift_cards/gift-2": gift("gift-2", "2027-01-31", "u_2"),
    "products/lamp": {"product_id": "lamp", "name": "lamp", "category": "lighting"},
    "products/shaver": {"product_id": "shaver", "name": "shaver", "category": "hygiene"},
    "products/heater": {"product_id": "heater", "name": "heater", "category": "final sale"},
    **{f"variants/{name}": variant(name, name[:-2]) for name in ("lamp-a", "lamp-b", "lamp-c", "shaver-a", "shaver-b")},
    "variants/heater-a": variant("heater-a", "heater"),
    "orders/#O-1": order("1", "pending", LAMP),
    "orders/#O-2": order("2", "pending", LAMP, user="u_2"),
    "orders/#O-30": order("30", "delivered", LAMP, item(2, "lamp-b"), delivered="2026-05-16"),
    "orders/#O-31": order("31", "delivered", LAMP, delivered="2026-05-15"),
    "orders/#O-60": order("60", "delivered", LAMP, delivered="2026-04-16", user="u_3"),
    "orders/#O-61": order("61", "delivered", LAMP, delivered="2026-04-15", user="u_3"),
    "orders/#O-14": order("14", "delivered", SHAVER, item(2, "heater-a"), delivered="2026-06-01"),
    "orders/#O-15": order("15", "delivered", LAMP, delivered="2026-05-31"),
    "orders/#O-X": order("X", "delivered", item(1, "lamp-a", "exchanged"), item(2, "lamp-b"), delivered="2026-06-01"),
    "orders/#O-L": order("L", "shipped", LAMP),
    "orders/#O-D": order("D", "shipped", LAMP),
    "orders/#O-E": order("E", "shipped", LAMP),
    "orders/#O-F": order("F", "shipped", LAMP, user="u_2"),
    "shipments/s-L": shipment("L", "lost", "2026-06-14"),
    "shipments/s-D": shipment("D", "delayed", "2026-06-04"),
    "shipments/s-E": shipment("E", "delayed", "2026-06-05"),
    "shipments/s-F": shipment("F", "lost", "2026-06-01"),
}


def codes(lines: list[Line]) -> list[str]:
    return codes_of(load("shop"), START, lines)


def identify(user_id: str = "u_1") -> Call:
    return call("find_user_by_email", email=f"{user_id}@example.com")


def agreed(write: Call, *lookups: Call, user_id: str = "u_1") -> list[Line]:
    """The user is identified, the lookups are made, the write is proposed, agreed to and made."""
    return ["U please", identify(user_id), *lookups, "A shall I?", "U go", write]


def about(order_id: str) -> Call:
    return call("get_order", order_id=order_id)


def returned(order_id: str, *item_ids: str, to: str = "card-1", user_id: str = "u_1") -> list[Line]:
    write = call("return_items", order_id=order_id, item_ids=[*item_ids], refund_to=to)
    return agreed(write, about(order_id), user_id=user_id)


def swapped(tool: str, order_id: str, new: str, pay: str = "card-1", item_id: str = "i-1") -> list[Line]:
    write = call(tool, order_id=order_id, item_ids=[item_id], new_variant_ids=[new], payment_id=pay)
    return agreed(write, about(order_id), call("get_variant", variant_id=new))


def damaged(order_id: str) -> list[Line]:
    return agreed(call("report_damage", order_id=order_id, item_id="i-1", remedy="refund"), about(order_id))


def bought(user_id: str, pay: str) -> list[Line]:
    write = call("place_order", user_id=user_id, variant_ids=["lamp-a"], payment_id=pay)
    return agreed(write, call("list_variants", product_id="lamp"))


def merged(from_id: str, into_id: str) -> list[Line]:
    cards = [call("get_gift_card", gift_card_id=card) for card in (from_id, into_id)]
    return agreed(call("merge_gift_cards", from_id=from_id, into_id=into_id), *cards)


def cancel(order_id: str) -> Call:
    return call("cancel_order", order_id=order_id, reason="no_longer_needed")


def track(order_id: str) -> Call:
    return call("track_shipment", order_id=order_id)


def transfer(reason: str) -> Call:
    return call("transfer_to_human", reason=reason)


def moved(user_id: str) -> Call:
    return call("update_user_address", user_id=user_id, street="9 Elm", city="Reno", state="NV", zip="89502")


def paid(order_id: str, pay: str) -> Call:
    return call("change_order_payment", order_id=order_id, payment_id=pay)


TALK_OF_THEIRS: list[Line] = ["U where is #O-2?", identify(), about("#O-2")]

FLAGGED: dict[str, tuple[str, list[Line]]] = {
    "write unidentified": ("NO_AUTH", ["U cancel it", "A sure?", "U yes", cancel("#O-1")]),
    "read unidentified": ("NO_AUTH", ["U what did I order?", about("#O-1")]),
    "profile of an id that was said": ("NO_AUTH", ["U I am u_1", call("get_user", user_id="u_1")]),
    "two users": ("SECOND_USER", ["U hi", identify("u_1"), identify("u_2")]),
    "orders of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_orders", user_id="u_2")]),
    "order of another": ("FOREIGN_ACCOUNT", agreed(cancel("#O-2"), about("#O-2"))),
    "order for another": ("FOREIGN_ACCOUNT", bought("u_2", "card-1")),
    "payment methods of another": (
        "FOREIGN_ACCOUNT",
        ["U hi", identify(), call("list_payment_methods", user_id="u_2")],
    ),
    "payment of another's order moved": ("FOREIGN_ACCOUNT", agreed(paid("#O-2", "gift-1"), about("#O-2"))),
    "profile of another": ("FOREIGN_ACCOUNT", ["U hi", identify("u_2"), "A 9 Elm?", "U yes", moved("u_1")]),
    "total of another told": ("FOREIGN_FACT", [*TALK_OF_THEIRS, "A It cost 40.00."]),
    "street of another told": ("FOREIGN_FACT", [*TALK_OF_THEIRS, "A It goes to 77 Secret Road."]),
    "balance of another told": (
        "FOREIGN_FACT",
        ["U hi", identify(), call("get_gift_card", gift_card_id="gift-2"), "A 87.65 is left."],
    ),
    "no proposal": ("NO_CONFIRMATION", ["U cancel #O-1", identify(), about("#O-1"), cancel("#O-1")]),
    "no answer": ("NO_CONFIRMATION", ["U cancel", identify(), about("#O-1"), "A I will.", cancel("#O-1")]),
    "proposed before the lookup": (
        "NO_CONFIRMATION",
        ["U cancel", identify(), "A shall I?", "U yes", about("#O-1"), cancel("#O-1")],
    ),
    "answer to another question": (
        "NO_CONFIRMATION",
        ["U cancel", "A your email?", "U u_1@example.com", identify(), about("#O-1"), cancel("#O-1")],
    ),
    "a later wish taken for a yes": (
        "NO_CONFIRMATION",
        [
            *agreed(cancel("#O-1"), about("#O-1")),
            "A done",
            "U and return 30",
            about("#O-30"),
            call("return_items", order_id="#O-30", item_ids=["i-1"], refund_to="card-1"),
        ],
    ),
    "late return": ("LATE_RETURN", returned("#O-31", "i-1")),
    "late return of plus": ("LATE_RETURN", returned("#O-61", "i-1", to="card-3", user_id="u_3")),
    "hygiene": ("NOT_RETURNABLE", returned("#O-14", "i-1")),
    "final sale": ("NOT_RETURNABLE", returned("#O-14", "i-2")),
    "refund to another card": ("WRONG_REFUND_TARGET", returned("#O-30", "i-1", to="card-1b")),
    "refund to another's gift card": ("FOREIGN_PAYMENT", returned("#O-30", "i-1", to="gift-2")),
    "refund to an expired card": ("EXPIRED_CARD", returned("#O-30", "i-1", to="gift-old")),
    "late exchange": ("LATE_EXCHANGE", swapped("exchange_items", "#O-31", "lamp-c")),
    "second exchange": ("SECOND_EXCHANGE", swapped("exchange_items", "#O-X", "lamp-c", item_id="i-2")),
    "second exchange in the dialogue": (
        "SECOND_EXCHANGE",
        [
            *swapped("exchange_items", "#O-30", "lamp-c"),
            *swapped("exchange_items", "#O-30", "lamp-a", item_id="i-2"),
        ],
    ),
    "exchange for another product": ("OTHER_PRODUCT", swapped("exchange_items", "#O-30", "heater-a")),
    "change to another product": ("OTHER_PRODUCT", swapped("change_order_items", "#O-1", "heater-a")),
    "exchange paid by another": ("FOREIGN_PAYMENT", swapped("exchange_items", "#O-30", "lamp-c", "card-2")),
    "change paid by another": ("FOREIGN_PAYMENT", swapped("change_order_items", "#O-1", "lamp-c", "card-2")),
    "order paid by another": ("FOREIGN_PAYMENT", bought("u_1", "card-2")),
    "order paid by an expired card": ("EXPIRED_CARD", bought("u_1", "gift-old")),
    "payment moved to another": ("FOREIGN_PAYMENT", agreed(paid("#O-1", "card-2"), about("#O-1"))),
    "late claim": ("LATE_CLAIM", damaged("#O-15")),
    "merge into another's": ("FOREIGN_PAYMENT", merged("gift-1", "gift-2")),
    "merge of an expired card": ("EXPIRED_CARD", merged("gift-old", "gift-1")),
    "transfer for nothing": ("UNNEEDED_TRANSFER", ["U a human!", identify(), transfer("shipment_lost")]),
    "transfer ten days late": ("UNNEEDED_TRANSFER", ["U hm", identify(), track("#O-E"), transfer("shipment_late")]),
    "transfer for another's": ("UNNEEDED_TRANSFER", ["U hm", identify(), track("#O-F"), transfer("shipment_lost")]),
}

PASSED: dict[str, list[Line]] = {
    "cancel": agreed(cancel("#O-1"), about("#O-1")),
    "seen in the list": agreed(cancel("#O-1"), call("list_orders", user_id="u_1")),
    "by name and zip": [
        "U hi",
        call("find_user_by_name_zip", first_name="u_1", last_name="Lee", zip="89501"),
        call("get_user", user_id="u_1"),
    ],
    "identified twice": ["U hi", identify(), identify(), call("list_orders", user_id="u_1")],
    "products for anybody": [
        "U lamps?",
        call("search_products", query="lamp"),
        call("list_variants", product_id="lamp"),
    ],
    "two changes, one yes": [*agreed(cancel("#O-1"), about("#O-1")), moved("u_1")],
    "a question in between": [
        *agreed(cancel("#O-1"), about("#O-1"))[:-1],
        "A it is 40.00 back",
        "U ok",
        cancel("#O-1"),
    ],
    "words before the write": [*agreed(cancel("#O-1"), about("#O-1"))[:-1], "A one moment", cancel("#O-1")],
    "another's order looked up and refused": [*TALK_OF_THEIRS, "A I cannot help with #O-2."],
    "what the user said of another's order": ["U the 40.00 of #O-2", identify(), about("#O-2"), "A not the 40.00."],
    "an amount known from elsewhere": [*TALK_OF_THEIRS, about("#O-1"), "A yours is 40.00"],
    "return on the last day": returned("#O-30", "i-1", "i-2"),
    "return of plus on the last day": returned("#O-60", "i-1", to="card-3", user_id="u_3"),
    "refund to a gift card": returned("#O-30", "i-1", to="gift-1"),
    "return after an exchange": returned("#O-X", "i-1"),
    "exchange": swapped("exchange_items", "#O-30", "lamp-c", "gift-1"),
    "exchange of hygiene": swapped("exchange_items", "#O-14", "shaver-b"),
    "change of items": swapped("change_order_items", "#O-1", "lamp-c", "card-1b"),
    "change of a new order": [*bought("u_1", "card-1"), "A and?", "U change", paid("#O-9901", "gift-1")],
    "claim on the last day": damaged("#O-14"),
    "order": bought("u_1", "gift-1b"),
    "payment": agreed(paid("#O-1", "gift-1"), about("#O-1")),
    "profile": agreed(moved("u_1")),
    "email": agreed(call("update_user_email", user_id="u_1", email="new@example.com")),
    "merge on the last day": merged("gift-1b", "gift-1"),
    "transfer lost": ["U where?", identify(), track("#O-L"), transfer("shipment_lost")],
    "transfer eleven days late": ["U where?", identify(), track("#O-D"), transfer("shipment_late")],
    "transfer of a dispute": ["U I never paid that!", transfer("payment_dispute")],
}


@pytest.mark.parametrize(("code", "lines"), FLAGGED.values(), ids=FLAGGED.keys())
def test_flagged_and_for_nothing_else(code: str, lines: list[Line]):
    assert set(codes(lines)) == {code}


@pytest.mark.parametrize("lines", PASSED.values(), ids=PASSED.keys())
def test_passed(lines: list[Line]):
    assert codes(lines) == []


def test_refused_calls_violate_nothing():
    lines: list[Line] = ["U cancel #O-L", identify(), cancel("#O-L"), "A it has shipped"]
    assert RULE_BOOK.violations(World(load("shop"), START), list(played(load("shop"), START, lines))) == []


@pytest.mark.parametrize("lines", [["U hi", identify()], agreed(cancel("#O-1"), about("#O-1"))])
def test_a_dialogue_of_another_world_is_an_error(lines: list[Line]):
    with pytest.raises(LookupError, match="does not fit this world"):
        RULE_BOOK.violations(World(load("shop")), list(played(load("shop"), START, lines)))
