"""The shop's seed: reproducible, consistent, and rich enough for every family."""

from collections import Counter
from datetime import date

import pytest

from domains import load
from domains.held_out import split_of
from domains.seeding import written
from domains.shop import DATABASE_FILE, NOW
from domains.shop.seed import build
from turnwright.errors import BadInput
from turnwright.world import World

TABLES = load("shop").database.tables


def days_ago(day: str) -> int:
    return (NOW.date() - date.fromisoformat(day)).days


def test_seed_writes_the_committed_bytes():
    assert written(build()) == DATABASE_FILE.read_bytes()


def test_database_is_small():
    assert DATABASE_FILE.stat().st_size < 3_000_000


def test_rows_hold_their_own_id():
    for table, rows in TABLES.items():
        column = {"payment_methods": "payment_id"}.get(table, f"{table.removesuffix('s')}_id")
        assert all(row[column] == key for key, row in rows.items())


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("payment_methods", "user_id", "users"),
        ("gift_cards", "user_id", "users"),
        ("gift_cards", "gift_card_id", "payment_methods"),
        ("variants", "product_id", "products"),
        ("orders", "user_id", "users"),
        ("orders", "payment_id", "payment_methods"),
        ("shipments", "order_id", "orders"),
    ],
)
def test_references_resolve(table: str, column: str, target: str):
    assert {row[column] for row in TABLES[table].values()} <= TABLES[target].keys()


def test_items_are_variants_and_totals_are_their_sums():
    for order in TABLES["orders"].values():
        assert {item["variant_id"] for item in order["items"]} <= TABLES["variants"].keys()
        kept = sum(item["price"] for item in order["items"] if item["state"] != "returned")
        assert order["total"] == round(kept, 2)


def test_orders_are_paid_by_their_user_with_something_valid():
    for order in TABLES["orders"].values():
        assert TABLES["payment_methods"][order["payment_id"]]["user_id"] == order["user_id"]
        card = TABLES["gift_cards"].get(order["payment_id"])
        assert card is None or days_ago(card["expires"]) < 0


def test_dates_and_shipments_fit_the_status():
    for order in TABLES["orders"].values():
        shipped = order["status"] in ("shipped", "delivered")
        assert (order["shipment_id"] is not None) == shipped
        assert (order["delivered_at"] is not None) == (order["status"] == "delivered")
        assert days_ago(order["placed_at"]) >= days_ago(order["delivered_at"] or order["placed_at"]) >= 0
        if shipped:
            shipment = TABLES["shipments"][order["shipment_id"]]
            assert shipment["order_id"] == order["order_id"]
            assert (shipment["status"] == "delivered") == (order["status"] == "delivered")
            assert days_ago(order["placed_at"]) >= days_ago(shipment["last_scan"]) >= 0


def test_every_user_has_two_orders_one_to_three_methods_and_a_unique_identity():
    orders = Counter(row["user_id"] for row in TABLES["orders"].values())
    methods = Counter(row["user_id"] for row in TABLES["payment_methods"].values())
    users = TABLES["users"].values()
    assert all(orders[user["user_id"]] >= 2 and 1 <= methods[user["user_id"]] <= 3 for user in users)
    assert len({user["email"] for user in users}) == len(users)
    assert len({(user["first_name"], user["last_name"], user["zip"]) for user in users}) == len(users)
    assert all(user["zip"] == user["address"]["zip"] for user in users)


def test_every_product_has_two_variants_in_stock_and_some_are_sold_out():
    in_stock = Counter(row["product_id"] for row in TABLES["variants"].values() if row["stock"])
    assert all(in_stock[product] >= 2 for product in TABLES["products"])
    assert any(row["stock"] == 0 for row in TABLES["variants"].values())


def test_splits_are_apart_and_stable():
    customers = load("shop").customers
    assert not {*customers["train"]} & {*customers["test"]}
    assert len(customers["train"]) + len(customers["test"]) == len(TABLES["users"]) == 600
    assert 0.1 < len(customers["test"]) / 600 < 0.2
    assert [split_of("shop", "u_100"), split_of("shop", "u_104")] == ["train", "train"]


@pytest.mark.parametrize("split", ["train", "test"])
def test_each_split_has_customers_for_the_rare_families(split: str):
    users = {*load("shop").customers[split]}
    cards = [row for row in TABLES["gift_cards"].values() if row["user_id"] in users and days_ago(row["expires"]) < 0]
    assert sum(number > 1 for number in Counter(card["user_id"] for card in cards).values()) >= 4
    orders = [row for row in TABLES["orders"].values() if row["user_id"] in users]
    shipments = [TABLES["shipments"][row["shipment_id"]] for row in orders if row["status"] == "shipped"]
    assert sum(row["status"] == "lost" or days_ago(row["eta"]) > 10 for row in shipments) >= 4
    assert sum(row["status"] == "delivered" and days_ago(row["delivered_at"]) > 60 for row in orders) >= 10
    assert sum(row["status"] == "delivered" and days_ago(row["delivered_at"]) <= 14 for row in orders) >= 10


def test_customer_tells_the_profile_and_the_orders():
    domain = load("shop")
    told = domain.customer(World(domain), "u_204")
    assert told["user"]["user_id"] == "u_204"
    assert all({*order} == {"order_id", "status"} for order in told["orders"])


def test_unknown_domain_is_bad_input():
    with pytest.raises(BadInput, match=r"'shoop'.*shop"):
        load("shoop")


def test_a_domain_is_loaded_once():
    assert load("shop") is load("shop")
