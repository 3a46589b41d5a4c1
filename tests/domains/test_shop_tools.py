"""The shop's tools: the numbers they give back, what they change, and what a real backend refuses."""

from typing import Any

import pytest

from domains import load
from turnwright.dialogue import Side, ToolCall
from turnwright.world import World

ADDRESS = {"street": "1 Mill Lane", "city": "Reno", "state": "NV", "zip": "89501"}


def item(number: int, variant_id: str, price: float, state: str = "ordered") -> dict[str, Any]:
    return {"item_id": f"i-{number}", "variant_id": variant_id, "name": variant_id, "price": price, "state": state}


def order(order_id: str, status: str, payment_id: str, *items: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "user_id": "u_1",
        "status": status,
        "placed_at": "2026-06-01",
        "delivered_at": "2026-06-05" if status == "delivered" else None,
        "items": items,
        "address": ADDRESS,
        "payment_id": payment_id,
        "total": round(sum(item["price"] for item in items), 2),
        "shipment_id": None,
        **other,
    }


def variant(variant_id: str, product_id: str, color: str, price: float, stock: int) -> dict[str, Any]:
    return {
        "variant_id": variant_id,
        "product_id": product_id,
        "options": {"color": color},
        "price": price,
        "stock": stock,
    }


def method(payment_id: str, kind: str) -> dict[str, Any]:
    return {"payment_id": payment_id, "user_id": "u_1", "kind": kind, "label": payment_id}


def gift_card(gift_card_id: str, balance: float) -> dict[str, Any]:
    return {"gift_card_id": gift_card_id, "user_id": "u_1", "balance": balance, "expires": "2027-01-31"}


USER = {
    "user_id": "u_1",
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@example.com",
    "zip": "89501",
    "member": "standard",
    "address": ADDRESS,
}
START = {
    "users/u_1": USER,
    "payment_methods/card-1": method("card-1", "credit_card"),
    "payment_methods/gift-1": method("gift-1", "gift_card"),
    "payment_methods/gift-2": method("gift-2", "gift_card"),
    "gift_cards/gift-1": gift_card("gift-1", 50.0),
    "gift_cards/gift-2": gift_card("gift-2", 5.5),
    "products/stool": {"product_id": "stool", "name": "stool", "category": "furniture"},
    "variants/stool-red": variant("stool-red", "stool", "red", 40.1, 3),
    "variants/stool-blue": variant("stool-blue", "stool", "blue", 52.5, 3),
    "variants/stool-green": variant("stool-green", "stool", "green", 30.0, 0),
    "orders/#O-1": order("#O-1", "pending", "card-1", item(1, "stool-red", 40.1), item(2, "stool-blue", 52.5)),
    "orders/#O-2": order("#O-2", "delivered", "gift-2", item(1, "stool-red", 40.1), item(2, "stool-blue", 52.5)),
    "orders/#O-3": order("#O-3", "shipped", "card-1", item(1, "stool-red", 40.1), shipment_id="s-1"),
    "shipments/s-1": {"shipment_id": "s-1", "order_id": "#O-3", "status": "in_transit", "eta": "2026-06-18"},
}


@pytest.fixture
def world() -> World:
    return World(load("shop"), START)


def result(world: World, tool: str, **arguments: Any) -> Any:
    done = world.call(Side.ASSISTANT, ToolCall(id="c", tool=tool, arguments=arguments))
    assert done.error is None
    return done.result


def error(world: World, tool: str, **arguments: Any) -> str:
    done = world.call(Side.ASSISTANT, ToolCall(id="c", tool=tool, arguments=arguments))
    assert done.error is not None
    return done.error


def test_users_are_found_however_they_write_themselves(world: World):
    by_email = result(world, "find_user_by_email", email=" Ann@Example.com")
    assert by_email == {"user_id": "u_1", "first_name": "Ann", "last_name": "Lee", "member": "standard"}
    assert result(world, "find_user_by_name_zip", first_name="ann", last_name="LEE", zip="89501") == by_email


def test_list_orders_is_compact_and_newest_first(world: World):
    listed = result(world, "list_orders", user_id="u_204")
    dates = [row["placed_at"] for row in listed]
    assert dates == sorted(dates, reverse=True)
    assert {*listed[0]} == {"order_id", "status", "placed_at", "total", "items"}


def test_an_order_shows_the_categories_of_its_items(world: World):
    assert [row["category"] for row in result(world, "get_order", order_id="#O-1")["items"]] == ["furniture"] * 2


def test_search_needs_every_word(world: World):
    found = result(world, "search_products", query="Desk Lamp")
    assert [row["product_id"] for row in found] == ["desk-lamp"]
    assert found[0]["lowest_price"] <= found[0]["highest_price"]
    assert result(world, "search_products", query="desk tent") == ()


def test_payment_methods_show_balances(world: World):
    card, gift, _ = result(world, "list_payment_methods", user_id="u_1")
    assert "balance" not in card
    assert (gift["balance"], gift["expires"]) == (50.0, "2027-01-31")
    assert result(world, "get_gift_card", gift_card_id="gift-1")["balance"] == 50.0


def test_track_shipment(world: World):
    assert result(world, "track_shipment", order_id="#O-3")["eta"] == "2026-06-18"
    assert "has no shipment" in error(world, "track_shipment", order_id="#O-1")


def test_cancel_gives_the_money_and_the_stock_back(world: World):
    done = result(world, "cancel_order", order_id="#O-1", reason="no_longer_needed")
    assert (done["refund_total"], done["refunded_to"]) == (92.6, "card-1")
    changes = world.changes()
    assert changes["orders/#O-1"]["status"] == ["pending", "cancelled"]
    assert changes["variants/stool-red"]["stock"] == [3, 4]
    assert changes["payments/#O-1/card-1"]["amount"] == [None, 92.6]
    assert changes["payments/#O-1/card-1"]["kind"] == [None, "refund"]


def test_change_items_books_the_signed_difference(world: World):
    done = result(
        world,
        "change_order_items",
        order_id="#O-1",
        item_ids=["i-1"],
        new_variant_ids=["stool-blue"],
        payment_id="gift-1",
    )
    assert (done["price_difference"], done["total"], done["gift_card_balance"]) == (12.4, 105.0, 37.6)
    assert world.changes()["variants/stool-red"]["stock"] == [3, 4]
    assert world.changes()["variants/stool-blue"]["stock"] == [3, 2]


def test_two_items_can_trade_places(world: World):
    swap = {"item_ids": ["i-1", "i-2"], "new_variant_ids": ["stool-blue", "stool-red"]}
    done = result(world, "change_order_items", order_id="#O-1", payment_id="card-1", **swap)
    assert done["price_difference"] == 0.0
    assert {*world.changes()} == {"orders/#O-1"}


def test_exchange_marks_the_item_and_tells_the_arrival(world: World):
    done = result(
        world, "exchange_items", order_id="#O-2", item_ids=["i-2"], new_variant_ids=["stool-red"], payment_id="card-1"
    )
    assert (done["price_difference"], done["total"], done["eta"]) == (-12.4, 80.2, "2026-06-20")
    assert world.changes()["orders/#O-2"]["items"][1][1]["state"] == "exchanged"


def test_plus_members_wait_two_days():
    world = World(load("shop"), {**START, "users/u_1": {**USER, "member": "plus"}})
    assert result(world, "place_order", user_id="u_1", variant_ids=["stool-red"], payment_id="card-1")["eta"] == (
        "2026-06-17"
    )


def test_change_payment_moves_the_whole_total(world: World):
    assert "does not cover" in error(world, "change_order_payment", order_id="#O-1", payment_id="gift-1")
    assert world.changes() == {}
    world.update("gift_cards", "gift-1", balance=100.0)
    done = result(world, "change_order_payment", order_id="#O-1", payment_id="gift-1")
    assert (done["charged"], done["refunded_to"], done["gift_card_balance"]) == (92.6, "card-1", 7.4)


def test_return_refunds_the_items(world: World):
    done = result(world, "return_items", order_id="#O-2", item_ids=["i-1"], refund_to="gift-2")
    assert (done["refund_total"], done["gift_card_balance"]) == (40.1, 45.6)
    assert world.changes()["orders/#O-2"]["total"] == [92.6, 52.5]
    again = error(world, "return_items", order_id="#O-2", item_ids=["i-1"], refund_to="gift-2")
    assert again == "order #O-2 has no such item: i-1"


def test_place_order_charges_and_takes_stock(world: World):
    done = result(world, "place_order", user_id="u_1", variant_ids=["stool-red", "stool-red"], payment_id="card-1")
    assert done == {"order_id": "#O-9901", "total": 80.2, "charged_to": "card-1", "eta": "2026-06-20"}
    assert world.changes()["variants/stool-red"]["stock"] == [3, 1]
    assert result(world, "get_order", order_id="#O-9901")["address"] == ADDRESS


def test_damage_is_refunded_to_the_orders_method_or_replaced(world: World):
    refund = result(world, "report_damage", order_id="#O-2", item_id="i-1", remedy="refund")
    assert (refund["refund_total"], refund["refunded_to"], refund["claim_id"]) == (40.1, "gift-2", "claim-2-1")
    replacement = result(world, "report_damage", order_id="#O-2", item_id="i-2", remedy="replacement")
    assert (replacement["eta"], replacement["variant_id"]) == ("2026-06-20", "stool-blue")
    assert "has a claim already" in error(world, "report_damage", order_id="#O-2", item_id="i-2", remedy="refund")


def test_account_changes(world: World):
    result(world, "update_user_address", user_id="u_1", **{**ADDRESS, "zip": "89599"})
    assert world.changes()["users/u_1"]["zip"] == ["89501", "89599"]
    assert result(world, "update_user_email", user_id="u_1", email="Lee@example.com")["email"] == "lee@example.com"
    assert result(world, "find_user_by_email", email="lee@example.com")["user_id"] == "u_1"


def test_merge_moves_the_whole_balance(world: World):
    done = result(world, "merge_gift_cards", from_id="gift-2", into_id="gift-1")
    assert (done["moved"], done["balance"]) == (5.5, 55.5)
    assert world.changes()["gift_cards/gift-2"] == {"balance": [5.5, 0.0]}


def test_transfer_ends_and_changes_nothing(world: World):
    assert world.domain.tools["transfer_to_human"].ends
    assert result(world, "transfer_to_human", reason="fraud_suspicion")["transferred"] is True
    assert world.changes() == {}


SWAP = {"item_ids": ["i-1"], "new_variant_ids": ["stool-blue"], "payment_id": "card-1"}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown email": ("find_user_by_email", {"email": "x@y.z"}, "no user"),
    "unknown name": ("find_user_by_name_zip", {"first_name": "A", "last_name": "B", "zip": "89501"}, "no user"),
    "unknown order": ("get_order", {"order_id": "#O-77777"}, "order #O-77777 not found"),
    "unknown card": ("get_gift_card", {"gift_card_id": "gift-0"}, "gift card gift-0 not found"),
    "unknown reason": ("cancel_order", {"order_id": "#O-1", "reason": "too_dear"}, "no_longer_needed"),
    "cancel shipped": ("cancel_order", {"order_id": "#O-3", "reason": "no_longer_needed"}, "is shipped, not pending"),
    "address of shipped": ("change_order_address", {"order_id": "#O-3", **ADDRESS}, "is shipped"),
    "items of delivered": ("change_order_items", {"order_id": "#O-2", **SWAP}, "is delivered"),
    "payment of shipped": ("change_order_payment", {"order_id": "#O-3", "payment_id": "gift-1"}, "is shipped"),
    "same payment": ("change_order_payment", {"order_id": "#O-1", "payment_id": "card-1"}, "already"),
    "return of pending": ("return_items", {"order_id": "#O-1", "item_ids": ["i-1"], "refund_to": "card-1"}, "pending"),
    "exchange of pending": ("exchange_items", {"order_id": "#O-1", **SWAP}, "is pending"),
    "damage of shipped": ("report_damage", {"order_id": "#O-3", "item_id": "i-1", "remedy": "refund"}, "is shipped"),
    "no items": ("return_items", {"order_id": "#O-2", "item_ids": [], "refund_to": "card-1"}, "at least one"),
    "item twice": ("return_items", {"order_id": "#O-2", "item_ids": ["i-1"] * 2, "refund_to": "card-1"}, "once"),
    "lengths": ("exchange_items", {"order_id": "#O-2", **SWAP, "item_ids": ["i-1", "i-2"]}, "same length"),
    "same variant": ("exchange_items", {"order_id": "#O-2", **SWAP, "item_ids": ["i-2"]}, "is stool-blue already"),
    "sold out": ("exchange_items", {"order_id": "#O-2", **SWAP, "new_variant_ids": ["stool-green"]}, "out of stock"),
    "card too small": ("exchange_items", {"order_id": "#O-2", **SWAP, "payment_id": "gift-2"}, "does not cover"),
    "order of nothing": ("place_order", {"user_id": "u_1", "variant_ids": [], "payment_id": "card-1"}, "at least one"),
    "email taken": ("update_user_email", {"user_id": "u_204", "email": "ann@example.com"}, "already"),
    "no email": ("update_user_email", {"user_id": "u_1", "email": "ann"}, "not an email"),
    "merge with itself": ("merge_gift_cards", {"from_id": "gift-1", "into_id": "gift-1"}, "itself"),
    "free words": ("transfer_to_human", {"reason": "the user is angry"}, "shipment_lost"),
}


@pytest.mark.parametrize(("tool", "arguments", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_calls_change_nothing(world: World, tool: str, arguments: dict[str, Any], words: str):
    assert words in error(world, tool, **arguments)
    assert world.changes() == {}


def test_every_parameter_is_described(world: World):
    for tool in world.domain.tools.values():
        function = tool.schema["function"]
        assert function["description"]
        assert all(described["description"] for described in function["parameters"]["properties"].values())
