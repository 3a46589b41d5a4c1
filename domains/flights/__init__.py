"""Flights: an airline's customer service; its assistant serves one customer at a time."""

from datetime import datetime
from pathlib import Path
from typing import Any

from domains.flights.families import FAMILIES, RESERVED_VARIANTS, TWISTS
from domains.flights.fares import full_name, travels_alone
from domains.flights.ledger import settled
from domains.flights.policy_rules import RULE_BOOK
from domains.flights.tools import TOOLS
from domains.held_out import by_split, reserved
from domains.talk import STYLES
from turnwright.database import Database, Row
from turnwright.world import Domain, World

_HERE = Path(__file__).parent
DATABASE_FILE = _HERE / "database.json"
NOW = datetime(2026, 6, 15, 10, 0)
"""The airline's fixed "today"."""

INDEXES = {
    "users": ("email", "birth_date"),
    "payment_methods": ("user_id",),
    "flights": ("date",),
    "reservations": ("user_id",),
    "chosen_seats": ("flight_id", "reservation_id"),
    "compensations": ("reservation_id",),
}


def customer(world: World, user_id: str) -> dict[str, Any]:
    """The user's row, and of each of their reservations what tells whether it is worth a closer look."""
    reservations = world.find("reservations", "user_id", user_id)
    return {"user": world.get("users", user_id), "reservations": [_brief(world, one) for one in reservations]}


def _brief(world: World, reservation: Row) -> dict[str, Any]:
    flights = [world.require("flights", segment["flight_id"]) for segment in reservation["segments"]]
    return {
        **{name: reservation[name] for name in ("reservation_id", "status", "cabin")},
        "departs": flights[0]["departs"],
        "passengers": [full_name(passenger) for passenger in reservation["passengers"]],
        "children_only": travels_alone(reservation["passengers"], NOW),
        "airline_cancelled": any(flight["status"] == "cancelled" for flight in flights),
    }


def domain() -> Domain:
    """The airline, read from its folder."""
    database = Database.load(DATABASE_FILE, INDEXES)
    return Domain(
        name="flights",
        now=NOW,
        policy=(_HERE / "policy.md").read_text(encoding="utf-8"),
        families=FAMILIES,
        styles=STYLES,
        twists=TWISTS,
        database=database,
        tools=TOOLS,
        rules=RULE_BOOK.violations,
        customers=by_split("flights", database.tables["users"]),
        customer=customer,
        reserved_cells=reserved(FAMILIES, RESERVED_VARIANTS),
        test_file=_HERE / "test_set.json",
        settle=settled,
    )
