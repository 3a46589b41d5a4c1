"""Policy rules: policy.md as a program."""

from collections.abc import Mapping
from typing import Any

from domains.rules import Reading, RuleBook, days_since, said
from domains.shop.order_rules import RULES
from turnwright.dialogue import Executed
from turnwright.world import World

DISPUTES = frozenset({"payment_dispute", "fraud_suspicion", "legal_threat"})
"""Reasons for a transfer that only the user's words can bear out."""


def _owner(world: World, call: Executed) -> str | None:
    if call.tool == "get_gift_card":
        return call.result["user_id"]
    if call.tool in ("get_order", "track_shipment"):
        return (world.get("orders", call.result["order_id"]) or {}).get("user_id")
    return None


def _secrets(row: dict[str, Any]) -> list[str]:
    single = [said(row[name]) for name in ("total", "balance", "tracking") if name in row]
    street = [row["address"]["street"]] if "address" in row else []
    return [*single, *street, *(item["name"] for item in row.get("items", ()))]


def _needs_human(world: World, reading: Reading, arguments: Mapping[str, Any]) -> bool:
    tracked = (row for row in reading.own if "tracking" in row)
    return arguments["reason"] in DISPUTES or any(_lost_or_late(world, shipment) for shipment in tracked)


def _lost_or_late(world: World, shipment: dict[str, Any]) -> bool:
    overdue = shipment["status"] != "delivered" and days_since(world, shipment["eta"]) > 10
    return overdue or shipment["status"] == "lost"


RULE_BOOK = RuleBook(
    identifying=frozenset({"find_user_by_email", "find_user_by_name_zip"}),
    open_to_all=frozenset({"search_products", "list_variants", "get_variant"}),
    of_tool=RULES,
    # Payment methods are left out: they may be known from an order.
    subjects=frozenset({"order_id", "from_id", "into_id", "variant_ids", "new_variant_ids"}),
    owner=_owner,
    secrets=_secrets,
    needs_human=_needs_human,
)
