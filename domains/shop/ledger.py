"""Ledger: how the WRITE tools of the shop move money and stock."""

from datetime import timedelta
from typing import Any

from domains.settling import summed
from turnwright.database import Row
from turnwright.dialogue import Changes
from turnwright.tool import ToolError
from turnwright.world import World


def settled(changes: Changes) -> Changes:
    """What was charged and refunded, by order and payment method."""
    return summed(changes, "payments", "payment_row_id", ("order_id", "payment_id"))


def settle(world: World, order_id: str, payment_id: str, amount: float) -> dict[str, Any]:
    """Charge `amount` USD to a payment method, or refund it where it is negative; nothing is booked for zero.

    Gives the part of an answer that tells a gift card's new balance.

    Raises:
        ToolError: if there is no such method, or a gift card does not cover the amount.
    """
    method = world.require("payment_methods", payment_id)
    if amount:
        key = world.new_id("payments", f"pay-{order_id.removeprefix('#O-')}-")
        world.insert(
            "payments",
            key,
            {
                "payment_row_id": key,
                "order_id": order_id,
                "payment_id": payment_id,
                "kind": "charge" if amount > 0 else "refund",
                "amount": abs(amount),
                "at": world.now.date().isoformat(),
            },
        )
    if method["kind"] != "gift_card":
        return {}
    return {"gift_card_balance": _draw(world, payment_id, amount)}


def _draw(world: World, gift_card_id: str, amount: float) -> float:
    card = world.require("gift_cards", gift_card_id)
    balance = round(card["balance"] - amount, 2)
    if amount > 0 and balance < 0:
        raise ToolError(f"gift card {gift_card_id} has {card['balance']:.2f}, which does not cover {amount:.2f}")
    world.update("gift_cards", gift_card_id, balance=balance)
    return balance


def take_from_stock(world: World, variant_id: str) -> Row:
    """The variant, one piece fewer.

    Raises:
        ToolError: if there is no such variant or none in stock.
    """
    variant = world.require("variants", variant_id)
    if variant["stock"] < 1:
        raise ToolError(f"variant {variant_id} is out of stock")
    return world.update("variants", variant_id, stock=variant["stock"] - 1)


def put_back_in_stock(world: World, variant_id: str) -> None:
    world.update("variants", variant_id, stock=world.require("variants", variant_id)["stock"] + 1)


def item_of(world: World, item_id: str, variant: Row) -> dict[str, Any]:
    """An order's row for one piece of a variant, at today's price."""
    name = world.require("products", variant["product_id"])["name"]
    return {
        "item_id": item_id,
        "variant_id": variant["variant_id"],
        "name": ", ".join([name, *variant["options"].values()]),
        "price": variant["price"],
        "state": "ordered",
    }


def total_of(items: list[dict[str, Any]]) -> float:
    """What the items that were not returned cost."""
    return round(sum(item["price"] for item in items if item["state"] != "returned"), 2)


def arrival(world: World, user_id: str) -> str:
    """When something sent today arrives: in 5 days, for plus members in 2."""
    days = 2 if world.require("users", user_id)["member"] == "plus" else 5
    return (world.now.date() + timedelta(days=days)).isoformat()
