"""Ledger: how the WRITE tools of the airline move money and seats."""

from typing import Any

from domains.flights.fares import settled
from turnwright.database import Row
from turnwright.tool import ToolError
from turnwright.world import World


def settle(world: World, code: str, payment_id: str, amount: float) -> dict[str, Any]:
    """Charge `amount` USD to a payment method, or refund it where it is negative; nothing is booked for zero.

    Gives the part of an answer that tells of it, a certificate's new balance included.

    Raises:
        ToolError: if there is no such method, or a certificate does not cover the amount.
    """
    method = world.require("payment_methods", payment_id)
    if amount:
        key = world.new_id("payments", f"pay-{code}-")
        kind = "charge" if amount > 0 else "refund"
        row = {"payment_row_id": key, "code": code, "payment_id": payment_id, "kind": kind, "amount": abs(amount)}
        world.insert("payments", key, {**row, "at": world.now.date().isoformat()})
    if method["kind"] != "certificate":
        return settled(amount, payment_id)
    return {**settled(amount, payment_id), "certificate_balance": _draw(world, payment_id, amount)}


def _draw(world: World, certificate_id: str, amount: float) -> float:
    certificate = world.require("certificates", certificate_id)
    balance = round(certificate["balance"] - amount, 2)
    if amount > 0 and balance < 0:
        raise ToolError(f"{certificate_id} has {certificate['balance']:.2f}, which does not cover {amount:.2f}")
    world.update("certificates", certificate_id, balance=balance)
    return balance


def open_reservation(world: World, code: str) -> Row:
    """The reservation.

    Raises:
        ToolError: if there is none, or it is not active.
    """
    reservation = world.require("reservations", code)
    if reservation["status"] != "active":
        raise ToolError(f"reservation {code} is {reservation['status']}")
    return reservation


def add_to_total(world: World, reservation: Row, amount: float, **fields: Any) -> Row:
    """The reservation with what it costs raised by `amount` USD, and other fields set."""
    total = round(reservation["total"] + amount, 2)
    return world.update("reservations", reservation["code"], total=total, **fields)


def take_seats(world: World, flight_id: str, cabin: str, number: int) -> Row:
    """The flight with so many seats fewer to sell; a negative number gives them back.

    Raises:
        ToolError: if it is not scheduled or has too few.
    """
    flight = world.require("flights", flight_id)
    hold = "business" if cabin == "business" else "economy"
    left = flight["seats_left"][hold] - number
    if number > 0 and flight["status"] != "scheduled":
        raise ToolError(f"flight {flight_id} is {flight['status']}")
    if left < 0:
        raise ToolError(f"flight {flight_id} has {flight['seats_left'][hold]} seats left in {hold}")
    return world.update("flights", flight_id, seats_left={**flight["seats_left"], hold: left})


def give_up_seats(world: World, code: str, flight_id: str) -> None:
    """Free the chosen seats of a reservation on a flight."""
    for seat in world.find("seats", "flight_id", flight_id):
        if seat["code"] == code:
            world.delete("seats", seat["seat_id"])
