"""After sales: the WRITE tools for returns and damage, for the account, and the hand-over to a human."""

from typing import Annotated, Any, Literal

from domains.shop.ledger import arrival, settle, take_from_stock, total_of
from domains.shop.lookups import OrderId, UserId
from domains.shop.order_changes import City, ItemIds, State, Street, Zip, items_named, order_with_status
from turnwright.database import Row
from turnwright.tool import ToolError, hands_over, writes
from turnwright.world import World


def _take_back(world: World, order: Row, item_ids: list[str]) -> float:
    """Mark items as returned; gives what they cost, in USD."""
    refund = round(sum(item["price"] for item in items_named(order, item_ids)), 2)
    items = [{**item, "state": "returned"} if item["item_id"] in item_ids else {**item} for item in order["items"]]
    world.update("orders", order["order_id"], items=items, total=total_of(items))
    return refund


@writes
def return_items(
    world: World,
    order_id: OrderId,
    item_ids: ItemIds,
    refund_to: Annotated[str, "id of the payment method that gets the refund, such as card-31 or gift-77"],
) -> dict[str, Any]:
    """Take back items of a delivered order and refund their price."""
    order = order_with_status(world, order_id, "delivered")
    refund = _take_back(world, order, item_ids)
    balance = settle(world, order_id, refund_to, -refund)
    return {"order_id": order_id, "returned": item_ids, "refund_total": refund, "refunded_to": refund_to, **balance}


@writes
def report_damage(
    world: World,
    order_id: OrderId,
    item_id: Annotated[str, "id of the damaged item inside the order, such as i-1"],
    remedy: Annotated[Literal["refund", "replacement"], "what the user wants for it"],
) -> dict[str, Any]:
    """File a claim for a delivered item that is damaged.

    A refund goes to the payment method of the order; a replacement is the same variant, sent to the order's address.
    """
    order = order_with_status(world, order_id, "delivered")
    item = items_named(order, [item_id])[0]
    if any(claim["item_id"] == item_id for claim in world.find("claims", "order_id", order_id)):
        raise ToolError(f"item {item_id} of order {order_id} has a claim already")
    claim_id = world.new_id("claims", f"claim-{order_id.removeprefix('#O-')}-")
    claim = {"claim_id": claim_id, "order_id": order_id, "item_id": item_id, "remedy": remedy}
    world.insert("claims", claim_id, claim)
    if remedy == "refund":
        refund = _take_back(world, order, [item_id])
        balance = settle(world, order_id, order["payment_id"], -refund)
        return {**claim, "refund_total": refund, "refunded_to": order["payment_id"], **balance}
    take_from_stock(world, item["variant_id"])
    return {**claim, "variant_id": item["variant_id"], "eta": arrival(world, order["user_id"])}


@writes
def update_user_address(
    world: World, user_id: UserId, street: Street, city: City, state: State, zip: Zip
) -> dict[str, Any]:
    """Change the address of the account; orders placed before keep theirs."""
    address = {"street": street, "city": city, "state": state, "zip": zip}
    world.require("users", user_id)
    world.update("users", user_id, address=address, zip=zip)
    return {"user_id": user_id, "address": address}


@writes
def update_user_email(world: World, user_id: UserId, email: Annotated[str, "the new email address"]) -> dict[str, Any]:
    """Change the email of the account."""
    email = email.strip().lower()
    world.require("users", user_id)
    if "@" not in email:
        raise ToolError(f"{email!r} is not an email address")
    if world.find("users", "email", email):
        raise ToolError("this email belongs to an account already")
    world.update("users", user_id, email=email)
    return {"user_id": user_id, "email": email}


@writes
def merge_gift_cards(
    world: World,
    from_id: Annotated[str, "id of the gift card that is emptied"],
    into_id: Annotated[str, "id of the gift card that gets the balance"],
) -> dict[str, Any]:
    """Move the whole balance of one gift card to another."""
    source, target = world.require("gift_cards", from_id), world.require("gift_cards", into_id)
    if from_id == into_id:
        raise ToolError("a gift card cannot be merged with itself")
    if source["balance"] == 0:
        raise ToolError(f"gift card {from_id} is empty")
    balance = round(source["balance"] + target["balance"], 2)
    world.update("gift_cards", from_id, balance=0.0)
    world.update("gift_cards", into_id, balance=balance)
    return {"into_id": into_id, "moved": source["balance"], "balance": balance, "expires": target["expires"]}


@hands_over
def transfer_to_human(
    world: World,
    reason: Annotated[
        Literal["shipment_lost", "shipment_late", "payment_dispute", "fraud_suspicion", "legal_threat"],
        "why a human must take over",
    ],
) -> dict[str, Any]:
    """Hand the conversation over to a human colleague. It ends the conversation for you."""
    return {"transferred": True, "reason": reason}
