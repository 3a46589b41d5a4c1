"""Lookups: the READ tools of the shop."""

from typing import Annotated, Any

from domains.identifying import user_with_email, user_with_name
from turnwright.database import Row
from turnwright.tool import ToolError, reads
from turnwright.world import World

OrderId = Annotated[str, "id of the order, with its #, such as #O-8841"]
UserId = Annotated[str, "id of the user, such as u_204"]


def _identity(user: Row) -> dict[str, Any]:
    return {name: user[name] for name in ("user_id", "first_name", "last_name", "member")}


@reads
def find_user_by_email(world: World, email: Annotated[str, "email address of the account"]) -> dict[str, Any]:
    """Identify a user by the email of their account. Gives the user id, name and membership."""
    return _identity(user_with_email(world, email))


@reads
def find_user_by_name_zip(
    world: World,
    first_name: Annotated[str, "first name of the user"],
    last_name: Annotated[str, "last name of the user"],
    zip: Annotated[str, "zip code of the user's address, five digits"],
) -> dict[str, Any]:
    """Identify a user by first name, last name and zip code, where they do not know their email."""
    return _identity(user_with_name(world, first_name, last_name, "zip", zip))


@reads
def get_user(world: World, user_id: UserId) -> Row:
    """A user's profile: name, email, address, membership (standard or plus)."""
    return world.require("users", user_id)


@reads
def list_orders(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All orders of a user, newest first: id, status, date, total and the names of the items."""
    world.require("users", user_id)
    orders = sorted(world.find("orders", "user_id", user_id), key=lambda order: order["placed_at"], reverse=True)
    return [
        {
            **{name: order[name] for name in ("order_id", "status", "placed_at", "total")},
            "items": [item["name"] for item in order["items"]],
        }
        for order in orders
    ]


@reads
def get_order(world: World, order_id: OrderId) -> dict[str, Any]:
    """One order in full: its user, status, dates, address, payment method, and each item with id, price, category."""
    order = world.require("orders", order_id)
    items = [{**item, "category": category_of(world, item["variant_id"])} for item in order["items"]]
    return {**order, "items": items}


def category_of(world: World, variant_id: str) -> str:
    """The category of a variant's product."""
    product_id: str = world.require("variants", variant_id)["product_id"]
    return world.require("products", product_id)["category"]


@reads
def track_shipment(world: World, order_id: OrderId) -> Row:
    """Where the shipment of an order is: carrier, tracking number, status, expected date (eta), last scan."""
    order = world.require("orders", order_id)
    if order["shipment_id"] is None:
        raise ToolError(f"order {order_id} is {order['status']} and has no shipment")
    return world.require("shipments", order["shipment_id"])


@reads
def search_products(
    world: World, query: Annotated[str, "words from the name or the category, such as lamp"]
) -> list[dict[str, Any]]:
    """Products whose name or category has every word of the query, with the range of their prices."""
    words = query.lower().split()
    return [
        {**product, **_price_range(world, product["product_id"])}
        for product in world.domain.database.tables["products"].values()
        if words and all(word in f"{product['name']} {product['category']}" for word in words)
    ]


def _price_range(world: World, product_id: str) -> dict[str, float]:
    prices = [variant["price"] for variant in world.find("variants", "product_id", product_id)]
    return {"lowest_price": min(prices), "highest_price": max(prices)}


@reads
def list_variants(
    world: World, product_id: Annotated[str, "id of the product, such as desk-lamp"]
) -> list[dict[str, Any]]:
    """All variants of a product: id, options, price, and how many are in stock."""
    world.require("products", product_id)
    return [
        {name: variant[name] for name in ("variant_id", "options", "price", "stock")}
        for variant in world.find("variants", "product_id", product_id)
    ]


@reads
def get_variant(
    world: World, variant_id: Annotated[str, "id of the variant, such as desk-lamp-brass"]
) -> dict[str, Any]:
    """One variant: product, category, options, price, and how many are in stock."""
    variant = world.require("variants", variant_id)
    product = world.require("products", variant["product_id"])
    return {**variant, "name": product["name"], "category": product["category"]}


@reads
def list_payment_methods(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """A user's payment methods; gift cards with their balance and the last day on which they are valid."""
    world.require("users", user_id)
    methods = world.find("payment_methods", "user_id", user_id)
    return [{**method, **_gift_card_part(world, method["payment_id"])} for method in methods]


def _gift_card_part(world: World, payment_id: str) -> dict[str, Any]:
    card = world.get("gift_cards", payment_id)
    return {} if card is None else {"balance": card["balance"], "expires": card["expires"]}


@reads
def get_gift_card(world: World, gift_card_id: Annotated[str, "id of the gift card, such as gift-77"]) -> Row:
    """A gift card: whose it is, its balance, and the last day on which it is valid."""
    return world.require("gift_cards", gift_card_id)
