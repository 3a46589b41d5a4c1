"""Mobile: a mobile network; its assistant acts on the network, its users on the phone in their hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

from domains.held_out import by_split, reserved
from domains.mobile.accounts import settled
from domains.mobile.families import FAMILIES, RESERVED_VARIANTS, STYLES, TWISTS
from domains.mobile.policy_rules import RULE_BOOK
from domains.mobile.start import STARTS
from domains.mobile.tools import TOOLS, USER_TOOLS
from turnwright.database import Database
from turnwright.world import Domain, World

_HERE = Path(__file__).parent
DATABASE_FILE = _HERE / "database.json"
NOW = datetime(2026, 6, 15, 10, 0)
"""The network's fixed "today"."""

INDEXES = {
    "users": ("birth_date",),
    "lines": ("user_id", "phone_number", "sim_id"),
    "bills": ("user_id",),
    "payment_methods": ("user_id",),
    "tickets": ("bill_id",),
    "port_requests": ("phone_number",),
}


def customer(world: World, user_id: str) -> dict[str, Any]:
    """The user's row, and what tells their lines apart."""
    names = ("line_id", "phone_number", "label", "status", "plan_id", "contract_end", "area_id")
    lines = [{name: line[name] for name in names} for line in world.find("lines", "user_id", user_id)]
    return {"user": world.get("users", user_id), "lines": lines}


def domain() -> Domain:
    """The network, read from its folder."""
    database = Database.load(DATABASE_FILE, INDEXES)
    return Domain(
        name="mobile",
        now=NOW,
        policy=(_HERE / "policy.md").read_text(encoding="utf-8"),
        families=FAMILIES,
        styles=STYLES,
        twists=TWISTS,
        database=database,
        tools=TOOLS,
        rules=RULE_BOOK.violations,
        customers=by_split("mobile", database.tables["users"]),
        customer=customer,
        reserved_cells=reserved(FAMILIES, RESERVED_VARIANTS),
        test_file=_HERE / "test_set.json",
        user_tools=USER_TOOLS,
        starts=STARTS,
        settle=settled,
    )
