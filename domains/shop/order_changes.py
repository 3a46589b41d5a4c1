"""Order changes: the WRITE tools for orders that have not left the warehouse, and for new ones."""

from typing import Annotated, Any, Literal

from domains.shop.ledger import arrival, item_of, put_back_in_stock, settle, take_from_stock, total_of
from domains.shop.lookups import OrderId, UserId
from turnwright.database import Row
from turnwright.tool import ToolError, writes
from turnwright.world import World

PaymentId = Annotated[str, "id of the payment method, such as card-31, wallet-12 or gift-77"]
ItemIds = Annotated[list[str], "ids of the items inside the order, such as i-1"]
NewVariantIds = Annotated[list[str], "ids of the new variants, in the order of item_ids"]
Street = Annotated[str, "house number and street"]
City = Annotated[str, "city"]
State = Annotated[str, "state, two letters"]
Zip = Annotated[str, "zip code, five digits"]


def order_with_status(world: World, order_id: str, status: str) -> Row:
    """The order.

    Raises:
        ToolError: if there is none, or it has another status.
    """
    order = world.require("orders", order_id)
    if order["status"] != status:
        raise ToolError(f"order {order_id} is {order['status']}, not {status}")
    return order


def items_named(order: Row, item_ids: list[str]) -> list[Row]:
    """The items, in the order of `item_ids`.

    Raises:
        ToolError: if one is named twice, is not in the order or was returned, or none is named.
    """
    items = {item["item_id"]: item for item in order["items"] if item["state"] != "returned"}
    missing = [item_id for item_id in item_ids if item_id not in items]
    if missing:
        raise ToolError(f"order {order['order_id']} has no such item: {', '.join(missing)}")
    if not item_ids or len({*item_ids}) < len(item_ids):
        raise ToolError("item_ids must name at least one item, and each item once")
    return [items[item_id] for item_id in item_ids]


def swap_items(world: World, order: Row, item_ids: list[str], new_variant_ids: list[str], state: str) -> float:
    """Replace items by other variants at today's price; gives what the order costs more (or less, negative) in USD.

    Raises:
        ToolError: if the items or variants do not fit the order, each other or the stock.
    """
    old = items_named(order, item_ids)
    if len(item_ids) != len(new_variant_ids):
        raise ToolError("item_ids and new_variant_ids must have the same length")
    new: dict[str, dict[str, Any]] = {}
    for item, variant_id in zip(old, new_variant_ids, strict=True):
        if item["variant_id"] == variant_id:
            raise ToolError(f"item {item['item_id']} is {variant_id} already")
        new[item["item_id"]] = item_of(world, item["item_id"], take_from_stock(world, variant_id)) | {"state": state}
    items: list[dict[str, Any]] = [new.get(item["item_id"]) or item for item in order["items"]]
    world.update("orders", order["order_id"], items=items, total=total_of(items))
    return round(sum(item["price"] for item in new.values()) - sum(item["price"] for item in old), 2)


@writes
def cancel_order(
    world: World,
    order_id: OrderId,
    reason: Annotated[Literal["no_longer_needed", "ordered_by_mistake"], "why the user cancels"],
) -> dict[str, Any]:
    """Cancel a pending order; its total goes back to the payment method that it was paid with."""
    order = order_with_status(world, order_id, "pending")
    world.update("orders", order_id, status="cancelled", cancel_reason=reason)
    for item in order["items"]:
        put_back_in_stock(world, item["variant_id"])
    balance = settle(world, order_id, order["payment_id"], -order["total"])
    return {
        "order_id": order_id,
        "status": "cancelled",
        "refund_total": order["total"],
        "refunded_to": order["payment_id"],
        **balance,
    }


@writes
def change_order_address(
    world: World, order_id: OrderId, street: Street, city: City, state: State, zip: Zip
) -> dict[str, Any]:
    """Send a pending order to another address; the address of the account stays as it is."""
    order_with_status(world, order_id, "pending")
    address = {"street": street, "city": city, "state": state, "zip": zip}
    world.update("orders", order_id, address=address)
    return {"order_id": order_id, "address": address}


@writes
def change_order_items(
    world: World, order_id: OrderId, item_ids: ItemIds, new_variant_ids: NewVariantIds, payment_id: PaymentId
) -> dict[str, Any]:
    """Swap items of a pending order for other variants; the price difference is settled with the payment method.

    A positive price_difference is paid by the user, a negative one goes back to them.
    """
    order = order_with_status(world, order_id, "pending")
    for item in items_named(order, item_ids):
        put_back_in_stock(world, item["variant_id"])
    return _settled_swap(world, order, item_ids, new_variant_ids, payment_id, "ordered")


def _settled_swap(
    world: World, order: Row, item_ids: list[str], new_variant_ids: list[str], payment_id: str, state: str
) -> dict[str, Any]:
    difference = swap_items(world, order, item_ids, new_variant_ids, state)
    balance = settle(world, order["order_id"], payment_id, difference)
    return {
        "order_id": order["order_id"],
        "new_variant_ids": new_variant_ids,
        "price_difference": difference,
        "settled_with": payment_id,
        "total": world.require("orders", order["order_id"])["total"],
        **balance,
    }


@writes
def exchange_items(
    world: World, order_id: OrderId, item_ids: ItemIds, new_variant_ids: NewVariantIds, payment_id: PaymentId
) -> dict[str, Any]:
    """Exchange items of a delivered order for other variants; the price difference is settled with the payment method.

    A positive price_difference is paid by the user, a negative one goes back to them.
    """
    order = order_with_status(world, order_id, "delivered")
    swapped = _settled_swap(world, order, item_ids, new_variant_ids, payment_id, "exchanged")
    return {**swapped, "eta": arrival(world, order["user_id"])}


@writes
def change_order_payment(world: World, order_id: OrderId, payment_id: PaymentId) -> dict[str, Any]:
    """Pay a pending order with another method: its total is charged there and goes back to the former one."""
    order = order_with_status(world, order_id, "pending")
    former = order["payment_id"]
    if former == payment_id:
        raise ToolError(f"order {order_id} is paid with {payment_id} already")
    balance = settle(world, order_id, payment_id, order["total"])
    refunded = settle(world, order_id, former, -order["total"])
    world.update("orders", order_id, payment_id=payment_id)
    return {
        "order_id": order_id,
        "charged": order["total"],
        "charged_to": payment_id,
        "refund_total": order["total"],
        "refunded_to": former,
        **balance,
        **{f"former_{name}": value for name, value in refunded.items()},
    }


@writes
def place_order(
    world: World,
    user_id: UserId,
    variant_ids: Annotated[list[str], "ids of the variants, one for each piece"],
    payment_id: PaymentId,
) -> dict[str, Any]:
    """Order products for a user, sent to the address of the account and paid with the payment method."""
    user = world.require("users", user_id)
    if not variant_ids:
        raise ToolError("variant_ids must name at least one variant")
    order_id = world.new_id("orders", "#O-990")
    items = [
        item_of(world, f"i-{number}", take_from_stock(world, variant_id))
        for number, variant_id in enumerate(variant_ids, start=1)
    ]
    total = total_of(items)
    order = {
        "order_id": order_id,
        "user_id": user_id,
        "status": "pending",
        "placed_at": world.now.date().isoformat(),
        "delivered_at": None,
        "items": items,
        "address": user["address"],
        "payment_id": payment_id,
        "total": total,
        "shipment_id": None,
    }
    world.insert("orders", order_id, order)
    balance = settle(world, order_id, payment_id, total)
    return {
        "order_id": order_id,
        "total": total,
        "charged_to": payment_id,
        "eta": arrival(world, user_id),
        **balance,
    }
