"""Whatever is called in whatever order: in the shop no money comes from nowhere, and nothing is sold that is gone."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from trying import Called, calls, changed_rows, tried

from domains import load
from turnwright.world import World

SHOP = load("shop")
TABLES = SHOP.database.tables
USERS = [*TABLES["users"]][:8]
ORDERS = [key for key, row in TABLES["orders"].items() if row["user_id"] in USERS]
METHODS = [key for key, row in TABLES["payment_methods"].items() if row["user_id"] in USERS]
CARDS = [key for key, row in TABLES["gift_cards"].items() if row["user_id"] in USERS]
VARIANTS = st.sampled_from([*TABLES["variants"]][:40])
SOME = TABLES["users"][USERS[0]]
KNOWN: dict[str, Any] = {
    "user_id": st.sampled_from(USERS),
    "order_id": st.sampled_from(ORDERS),
    "payment_id": st.sampled_from(METHODS),
    "refund_to": st.sampled_from(METHODS),
    "gift_card_id": st.sampled_from(CARDS),
    "from_id": st.sampled_from(CARDS),
    "into_id": st.sampled_from(CARDS),
    "item_id": st.sampled_from(["i-1", "i-2"]),
    "item_ids": st.lists(st.sampled_from(["i-1", "i-2", "i-3"]), max_size=2),
    "variant_id": VARIANTS,
    "variant_ids": st.lists(VARIANTS, max_size=3),
    "new_variant_ids": st.lists(VARIANTS, max_size=2),
    "product_id": st.sampled_from([*TABLES["products"]]),
    "query": st.sampled_from(["lamp", "mug", ""]),
    "email": st.sampled_from([SOME["email"], "new@example.com"]),
    "first_name": st.just(SOME["first_name"]),
    "last_name": st.just(SOME["last_name"]),
    "zip": st.just(SOME["zip"]),
    "street": st.just("1 Mill Lane"),
    "city": st.just("Reno"),
    "state": st.just("NV"),
}
CALLS = calls(SHOP, KNOWN)


class Shop(RuleBasedStateMachine):
    """A world in which anything is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(SHOP)

    @rule(called=CALLS)
    def call(self, called: Called) -> None:
        tried(self.world, called)

    @invariant()
    def money_is_conserved(self) -> None:
        """What was charged and refunded is what orders cost more or less, and what gift cards lost or won."""
        booked = sum(_signed(row) for row in changed_rows(self.world, "payments"))
        dearer = sum(_paid(order) - _paid(TABLES["orders"].get(order["order_id"])) for order in self._orders())
        assert round(booked, 2) == round(dearer, 2)
        on_cards = sum(_signed(row) for row in changed_rows(self.world, "payments") if row["payment_id"] in CARDS)
        lost = sum(
            TABLES["gift_cards"][key]["balance"] - self.world.require("gift_cards", key)["balance"] for key in CARDS
        )
        assert round(on_cards, 2) == round(lost, 2)

    @invariant()
    def nothing_is_below_zero(self) -> None:
        assert all(row["stock"] >= 0 for row in changed_rows(self.world, "variants"))
        assert all(row["balance"] >= 0 for row in changed_rows(self.world, "gift_cards"))
        assert all(order["total"] >= 0 for order in self._orders())

    @invariant()
    def orders_add_up_and_point_to_what_exists(self) -> None:
        for order in self._orders():
            kept = sum(item["price"] for item in order["items"] if item["state"] != "returned")
            assert order["total"] == round(kept, 2)
            assert all(self.world.get("variants", item["variant_id"]) for item in order["items"])
            assert self.world.get("users", order["user_id"])
            assert self.world.get("payment_methods", order["payment_id"])
        for claim in changed_rows(self.world, "claims"):
            assert self.world.get("orders", claim["order_id"])

    @invariant()
    def an_email_belongs_to_one(self) -> None:
        for user in changed_rows(self.world, "users"):
            assert len(self.world.find("users", "email", user["email"])) == 1

    def _orders(self) -> list[Any]:
        return changed_rows(self.world, "orders")


def _signed(payment: Any) -> float:
    return payment["amount"] if payment["kind"] == "charge" else -payment["amount"]


def _paid(order: Any) -> float:
    """What an order has cost by now; one that was cancelled, nothing."""
    return 0.0 if order is None or order["status"] == "cancelled" else order["total"]


Shop.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestShop = Shop.TestCase
