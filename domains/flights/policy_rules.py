"""Policy rules: policy.md as a program."""

from collections.abc import Mapping
from typing import Any

from domains.flights.fares import full_name, travels_alone
from domains.flights.reservation_rules import RULES, can_be_rebooked
from domains.rules import Reading, RuleBook, said
from turnwright.dialogue import Executed
from turnwright.world import World

DISPUTES = frozenset({"payment_dispute", "legal_threat"})
"""Reasons for a transfer that only the user's words can bear out."""


def _owner(world: World, call: Executed) -> str | None:
    return call.result["user_id"] if call.tool in ("get_reservation", "get_certificate") else None


def _secrets(row: dict[str, Any]) -> list[str]:
    amounts = [said(row[name]) for name in ("total", "balance") if name in row]
    return [*amounts, *(full_name(passenger) for passenger in row.get("passengers", ()))]


def _needs_human(world: World, reading: Reading, arguments: Mapping[str, Any]) -> bool:
    reservations = [row for row in reading.own if "segments" in row]
    match arguments["reason"]:
        case "unaccompanied_minor":
            # To book for children alone is known from the user's words only.
            return not reservations or any(travels_alone(row["passengers"], world.now) for row in reservations)
        case "no_rebooking":
            return any(_is_stranded(world, row) for row in reservations)
        case "medical_assistance":
            return bool(reservations)
        case reason:
            return reason in DISPUTES


def _is_stranded(world: World, reservation: dict[str, Any]) -> bool:
    flights = [world.get("flights", segment["flight_id"]) or {} for segment in reservation["segments"]]
    return any(one["status"] == "cancelled" and not can_be_rebooked(world, reservation, one) for one in flights)


RULE_BOOK = RuleBook(
    identifying=frozenset({"find_user_by_email", "find_user_by_name_birth_date"}),
    open_to_all=frozenset({"search_flights", "get_flight", "list_seats"}),
    of_tool=RULES,
    # Cards are left out: they may be known from a reservation.
    subjects=frozenset({"reservation_id", "flight_id", "flight_ids", "certificate_id"}),
    owner=_owner,
    secrets=_secrets,
    needs_human=_needs_human,
)
