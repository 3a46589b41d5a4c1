"""Shop: an online shop for home goods, electronics and outdoor gear; its assistant serves one customer at a time."""

from datetime import datetime
from pathlib import Path
from typing import Any

from domains.held_out import by_split, reserved
from domains.shop.families import FAMILIES, RESERVED_VARIANTS, TWISTS
from domains.shop.ledger import settled
from domains.shop.policy_rules import RULE_BOOK
from domains.shop.tools import TOOLS
from domains.talk import STYLES
from turnwright.database import Database
from turnwright.world import Domain, World

_HERE = Path(__file__).parent
DATABASE_FILE = _HERE / "database.json"
NOW = datetime(2026, 6, 15, 10, 0)
"""The shop's fixed "today"."""

INDEXES = {
    "users": ("email", "zip"),
    "payment_methods": ("user_id",),
    "variants": ("product_id",),
    "orders": ("user_id",),
    "claims": ("order_id",),
}


def customer(world: World, user_id: str) -> dict[str, Any]:
    """The user's row, and the id and status of each of their orders."""
    orders = world.find("orders", "user_id", user_id)
    return {
        "user": world.get("users", user_id),
        "orders": [{"order_id": order["order_id"], "status": order["status"]} for order in orders],
    }


def domain() -> Domain:
    """The shop, read from its folder."""
    database = Database.load(DATABASE_FILE, INDEXES)
    return Domain(
        name="shop",
        now=NOW,
        policy=(_HERE / "policy.md").read_text(encoding="utf-8"),
        families=FAMILIES,
        styles=STYLES,
        twists=TWISTS,
        database=database,
        tools=TOOLS,
        rules=RULE_BOOK.violations,
        customers=by_split("shop", database.tables["users"]),
        customer=customer,
        reserved_cells=reserved(FAMILIES, RESERVED_VARIANTS),
        test_file=_HERE / "test_set.json",
        settle=settled,
    )
