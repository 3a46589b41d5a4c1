"""Ledger: how the WRITE tools of the airline move money and seats."""

from collections.abc import Sequence
from typing import Any

from domains.settling import summed
from turnwright.database import Row
from turnwright.dialogue import Changes
from turnwright.tool import ToolError
from turnwright.world import World


def settled(changes: Changes) -> Changes:
    """What was charged and refunded, by reservation and payment method."""
    return summed(changes, "payments", "payment_row_id", ("reservation_id", "payment_id"))


def settle(world: World, reservation_id: str, payment_id: str, amount: float) -> dict[str, Any]:
    """Charge `amount` USD to a payment method, or refund it where it is negative; nothing is booked for zero.

    Gives the part of an answer that tells a certificate's new balance.

    Raises:
        ToolError: if there is no such method, or a certificate does not cover the amount.
    """
    method = world.require("payment_methods", payment_id)
    if amount:
        key = world.new_id("payments", f"pay-{reservation_id}-")
        row = {"payment_row_id": key, "reservation_id": reservation_id, "payment_id": payment_id}
        kind = "charge" if amount > 0 else "refund"
        world.insert("payments", key, {**row, "kind": kind, "amount": abs(amount), "at": world.now.date().isoformat()})
    if method["kind"] != "certificate":
        return {}
    return {"certificate_balance": _draw(world, payment_id, amount)}


def _draw(world: World, certificate_id: str, amount: float) -> float:
    certificate = world.require("certificates", certificate_id)
    balance = round(certificate["balance"] - amount, 2)
    if amount > 0 and balance < 0:
        raise ToolError(f"certificate {certificate_id} has {certificate['balance']:.2f}, not {amount:.2f}")
    world.update("certificates", certificate_id, balance=balance)
    return balance


def take_seats(world: World, flight_id: str, cabin: str, number: int) -> Row:
    """The flight, with `number` seats of the cabin fewer.

    Raises:
        ToolError: if it cannot be booked, or has too few.
    """
    flight = world.require("flights", flight_id)
    if flight["status"] not in ("scheduled", "delayed"):
        raise ToolError(f"flight {flight_id} is {flight['status']} and cannot be booked")
    if flight["seats"][cabin] < number:
        raise ToolError(f"flight {flight_id} has {flight['seats'][cabin]} seats left in {cabin}, not {number}")
    return _with_seats(world, flight, cabin, -number)


def give_back_seats(world: World, flight_id: str, cabin: str, number: int) -> None:
    _with_seats(world, world.require("flights", flight_id), cabin, number)


def _with_seats(world: World, flight: Row, cabin: str, more: int) -> Row:
    seats = {**flight["seats"], cabin: flight["seats"][cabin] + more}
    return world.update("flights", flight["flight_id"], seats=seats)


def drop_chosen_seats(world: World, reservation_id: str, flight_ids: Sequence[str]) -> None:
    """Open the seats again that were chosen on these flights."""
    for chosen in world.find("chosen_seats", "reservation_id", reservation_id):
        if chosen["flight_id"] in flight_ids:
            world.delete("chosen_seats", chosen["chosen_seat_id"])


def fare_of(reservation: Row) -> float:
    """What the flights of a reservation cost for all passengers."""
    return round(len(reservation["passengers"]) * sum(segment["price"] for segment in reservation["segments"]), 2)
