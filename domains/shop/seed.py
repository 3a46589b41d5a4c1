"""Seed: writes the shop's database.json, the same bytes on every run (`python -m domains.shop.seed`)."""

from datetime import date, timedelta
from random import Random
from typing import Any

from domains.seeding import Tables, address, person, written
from domains.shop import DATABASE_FILE, NOW
from domains.shop.catalogue import CATALOGUE, Product

USERS = 600

CARRIERS = ("Northbound", "ParcelJet", "Swiftline", "Harborpost")
CARDS = ("Visa", "Mastercard", "Amex", "Discover")
WALLETS = ("PayPal", "Apple Pay", "Google Pay")


def build() -> Tables:
    """All tables of the shop, by id."""
    random = Random(20260615)
    tables: Tables = {
        name: {}
        for name in (
            "users",
            "payment_methods",
            "gift_cards",
            "products",
            "variants",
            "orders",
            "shipments",
            "payments",
            "claims",
        )
    }
    for product in CATALOGUE:
        _add_product(tables, product, random)
    order_numbers = iter(random.sample(range(1000, 9900), 4 * USERS))
    for number in range(100, 100 + USERS):
        user = _add_user(tables, f"u_{number}", random)
        _add_payment_methods(tables, user["user_id"], random)
        for _ in range(random.choices((2, 3, 4), (62, 28, 10))[0]):
            _add_order(tables, user, f"#O-{next(order_numbers)}", random)
    return tables


def _add_product(tables: Tables, product: Product, random: Random) -> None:
    tables["products"][product.slug] = {
        "product_id": product.slug,
        "name": product.name,
        "category": product.category,
    }
    sold_out = random.choices((None, 0, 1, 2), (45, 20, 20, 15))[0]
    for place, value in enumerate(product.values):
        variant_id = f"{product.slug}-{value}"
        tables["variants"][variant_id] = {
            "variant_id": variant_id,
            "product_id": product.slug,
            "options": {product.option: value},
            "price": round(product.price * (1 + 0.08 * place) + random.choice((0, 0, 1.5, 3.25)), 2),
            "stock": 0 if place == sold_out else random.randint(4, 60),
        }


def _add_user(tables: Tables, user_id: str, random: Random) -> dict[str, Any]:
    taken = {(user["first_name"], user["last_name"]) for user in tables["users"].values()}
    somebody = person(random, taken)
    tables["users"][user_id] = {
        "user_id": user_id,
        **somebody,
        "zip": somebody["address"]["zip"],
        "member": "plus" if random.random() < 0.25 else "standard",
    }
    return tables["users"][user_id]


def _add_payment_methods(tables: Tables, user_id: str, random: Random) -> None:
    """One card or wallet, or both; half of the users hold a gift card as well, some hold two."""
    kinds = list(random.choice((("credit_card",), ("wallet",), ("credit_card", "wallet"))))
    kinds += ["gift_card"] * random.choices((0, 1, 2), (50, 34, 16))[0]
    for kind in kinds[:3]:
        payment_id = f"{_PREFIX[kind]}-{11 + len(tables['payment_methods'])}"
        tables["payment_methods"][payment_id] = {
            "payment_id": payment_id,
            "user_id": user_id,
            "kind": kind,
            "label": _label(kind, payment_id, random),
        }
        if kind == "gift_card":
            _add_gift_card(tables, payment_id, user_id, random)


_PREFIX = {"credit_card": "card", "wallet": "wallet", "gift_card": "gift"}


def _label(kind: str, payment_id: str, random: Random) -> str:
    if kind == "credit_card":
        return f"{random.choice(CARDS)} ending {random.randint(0, 9999):04d}"
    return random.choice(WALLETS) if kind == "wallet" else f"Gift card {payment_id}"


def _add_gift_card(tables: Tables, gift_card_id: str, user_id: str, random: Random) -> None:
    days = -random.randint(5, 200) if random.random() < 0.1 else random.randint(30, 700)
    balance = random.choice((random.randint(500, 4000), random.randint(4000, 25000), 5000, 10000)) / 100
    tables["gift_cards"][gift_card_id] = {
        "gift_card_id": gift_card_id,
        "user_id": user_id,
        "balance": balance,
        "expires": _day(days),
    }


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _add_order(tables: Tables, user: dict[str, Any], order_id: str, random: Random) -> None:
    status = random.choices(("pending", "shipped", "delivered", "cancelled"), (27, 21, 46, 6))[0]
    placed = {"pending": (0, 3), "shipped": (4, 12), "delivered": (8, 130), "cancelled": (2, 120)}[status]
    order: dict[str, Any] = {
        "order_id": order_id,
        "user_id": user["user_id"],
        "status": status,
        "placed_at": _day(-random.randint(*placed)),
        "delivered_at": None,
        "items": _items(tables, random),
        "address": address(random) if random.random() < 0.08 else user["address"],
        "payment_id": random.choice(_usable_methods(tables, user["user_id"])),
        "shipment_id": None,
    }
    if status in ("shipped", "delivered"):
        _ship(tables, order, random)
    if status == "delivered":
        _age_items(order, random)
    order["total"] = round(sum(item["price"] for item in order["items"] if item["state"] != "returned"), 2)
    tables["orders"][order_id] = order


def _usable_methods(tables: Tables, user_id: str) -> list[str]:
    cards = tables["gift_cards"]
    methods = [row["payment_id"] for row in tables["payment_methods"].values() if row["user_id"] == user_id]
    return [method for method in methods if method not in cards or cards[method]["expires"] > _day(0)]


def _items(tables: Tables, random: Random) -> list[dict[str, Any]]:
    products = random.sample(CATALOGUE, random.choices((1, 2, 3, 4), (40, 34, 18, 8))[0])
    items: list[dict[str, Any]] = []
    for number, product in enumerate(products, start=1):
        variant = tables["variants"][f"{product.slug}-{random.choice(product.values)}"]
        items.append(
            {
                "item_id": f"i-{number}",
                "variant_id": variant["variant_id"],
                "name": f"{product.name}, {variant['options'][product.option]}",
                "price": variant["price"],
                "state": "ordered",
            }
        )
    return items


def _ship(tables: Tables, order: dict[str, Any], random: Random) -> None:
    shipment_id = f"s-{len(tables['shipments']) + 1001}"
    order["shipment_id"] = shipment_id
    shipment: dict[str, Any] = {
        "shipment_id": shipment_id,
        "order_id": order["order_id"],
        "carrier": random.choice(CARRIERS),
        "tracking": f"{random.choice('HKNPSTW')}{random.randint(10**8, 10**9 - 1)}",
    }
    shipment |= _arrival(order, random) if order["status"] == "delivered" else _underway(order, random)
    tables["shipments"][shipment_id] = shipment


def _age(order: dict[str, Any]) -> int:
    return (NOW.date() - date.fromisoformat(order["placed_at"])).days


def _arrival(order: dict[str, Any], random: Random) -> dict[str, Any]:
    """Delivered 2 to 8 days after the order; two thirds of all deliveries lie inside the last month."""
    travel = random.randint(2, 7)
    if random.random() < 0.6:
        order["placed_at"] = _day(-random.randint(0, 28) - travel)
    arrived = min(travel - _age(order), 0)
    order["delivered_at"] = _day(arrived)
    return {"status": "delivered", "eta": _day(arrived + random.choice((-1, 0, 0, 1))), "last_scan": _day(arrived)}


def _underway(order: dict[str, Any], random: Random) -> dict[str, Any]:
    """Nearly on time, late by up to ten days, late by more, or lost."""
    status = random.choices(("label_created", "in_transit", "delayed", "late", "lost"), (12, 44, 14, 15, 15))[0]
    if status in ("delayed", "late", "lost"):
        overdue = random.randint(2, 9) if status == "delayed" else random.randint(12, 25)
        order["placed_at"] = _day(-overdue - random.randint(4, 7))
        scanned = -random.randint(1, overdue)
        return {
            "status": "delayed" if status == "late" else status,
            "eta": _day(-overdue),
            "last_scan": _day(scanned),
        }
    scanned = 1 - _age(order) if status == "label_created" else -random.randint(0, 2)
    return {"status": status, "eta": _day(random.randint(0, 6)), "last_scan": _day(scanned)}


def _age_items(order: dict[str, Any], random: Random) -> None:
    """Some delivered orders have seen a return or an exchange already."""
    fate = random.choices(("ordered", "returned", "exchanged"), (84, 8, 8))[0]
    if fate == "returned" and len(order["items"]) > 1:
        order["items"][-1]["state"] = fate
    if fate == "exchanged":
        order["items"][0]["state"] = fate


if __name__ == "__main__":
    DATABASE_FILE.write_bytes(written(build()))
