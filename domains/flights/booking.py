"""Booking: the WRITE tools that make, change and cancel reservations."""

from typing import Annotated, Any

from domains.flights.fares import INSURANCE_PRICE, Cabin, change_fee, fare
from domains.flights.ledger import add_to_total, give_up_seats, open_reservation, settle, take_seats
from domains.flights.lookups import Code, FlightId, UserId
from turnwright.database import Row
from turnwright.tool import ToolError, writes
from turnwright.world import World

PaymentId = Annotated[str, "id of the payment method, such as card-31 or cert-77"]


def tier_of(world: World, reservation: Row) -> str:
    tier: str = world.require("users", reservation["user_id"])["tier"]
    return tier


@writes
def book_flight(
    world: World,
    user_id: UserId,
    flight_id: FlightId,
    cabin: Annotated[Cabin, "the cabin"],
    companions: Annotated[list[str], "first and last names of those who travel with the customer; may be empty"],
    payment_id: PaymentId,
) -> dict[str, Any]:
    """Book a flight for a customer, and for those who travel with them."""
    user = world.require("users", user_id)
    names = [f"{user['first_name']} {user['last_name']}", *companions]
    if len(set(names)) < len(names) or any(len(name.split()) != 2 for name in names):
        raise ToolError("companions are different people, each with first and last name")
    flight = take_seats(world, flight_id, cabin, len(names))
    code = world.new_id("reservations", "N8WRZ")
    total = fare([flight], cabin, len(names))
    reservation = {
        "code": code,
        "user_id": user_id,
        "status": "active",
        "cabin": cabin,
        "flights": [flight_id],
        "passengers": [_passenger(number, name) for number, name in enumerate(names, 1)],
        "bags": 0,
        "insurance": False,
        "booked_at": world.now.isoformat(timespec="minutes"),
        "payment_id": payment_id,
        "total": total,
    }
    world.insert("reservations", code, reservation)
    return {"code": code, "total": total, "date": flight["date"], **settle(world, code, payment_id, total)}


def _passenger(number: int, name: str) -> dict[str, Any]:
    first, last = name.split()
    return {"passenger_id": f"p-{number}", "first_name": first, "last_name": last, "seat": None}


@writes
def change_flight(
    world: World,
    code: Code,
    flight_id: FlightId,
    new_flight_id: Annotated[str, "id of the flight instead, such as TW104@2026-06-24"],
    payment_id: PaymentId,
) -> dict[str, Any]:
    """Replace one flight of a reservation, for all passengers; fare difference and fees are settled.

    A positive price_difference is paid by the customer, a negative one is given back; the fee comes on top.
    Chosen seats are given up.
    """
    reservation = open_reservation(world, code)
    if flight_id not in reservation["flights"] or new_flight_id in reservation["flights"]:
        raise ToolError(f"reservation {code} has no flight {flight_id}, or has {new_flight_id} already")
    cabin, number = reservation["cabin"], len(reservation["passengers"])
    take_seats(world, flight_id, cabin, -number)
    new = take_seats(world, new_flight_id, cabin, number)
    difference = round(fare([new], cabin, number) - fare([world.require("flights", flight_id)], cabin, number), 2)
    fee = round(change_fee(cabin, tier_of(world, reservation)) * number, 2)
    give_up_seats(world, code, flight_id)
    flights = [new_flight_id if one == flight_id else one for one in reservation["flights"]]
    passengers = [{**passenger, "seat": None} for passenger in reservation["passengers"]]
    amount = round(difference + fee, 2)
    changed = add_to_total(world, reservation, amount, flights=flights, passengers=passengers)
    money = settle(world, code, payment_id, amount)
    return {
        "code": code,
        "new_flight_id": new_flight_id,
        "date": new["date"],
        "price_difference": difference,
        "fee": fee,
        "total": changed["total"],
        **money,
    }


@writes
def change_cabin(
    world: World, code: Code, cabin: Annotated[Cabin, "the cabin instead"], payment_id: PaymentId
) -> dict[str, Any]:
    """Change the cabin of a whole reservation; the difference between the fares is settled."""
    reservation = open_reservation(world, code)
    if reservation["cabin"] == cabin:
        raise ToolError(f"reservation {code} is in {cabin} already")
    number = len(reservation["passengers"])
    flights = [world.require("flights", flight_id) for flight_id in reservation["flights"]]
    for flight in flights:
        take_seats(world, flight["flight_id"], reservation["cabin"], -number)
        take_seats(world, flight["flight_id"], cabin, number)
    difference = round(fare(flights, cabin, number) - fare(flights, reservation["cabin"], number), 2)
    changed = add_to_total(world, reservation, difference, cabin=cabin)
    money = settle(world, code, payment_id, difference)
    return {"code": code, "cabin": cabin, "price_difference": difference, "total": changed["total"], **money}


@writes
def cancel_reservation(world: World, code: Code) -> dict[str, Any]:
    """Cancel a whole reservation; all its money except the insurance goes back to what it was paid with."""
    reservation = open_reservation(world, code)
    number = len(reservation["passengers"])
    for flight_id in reservation["flights"]:
        take_seats(world, flight_id, reservation["cabin"], -number)
        give_up_seats(world, code, flight_id)
    kept = round(INSURANCE_PRICE * number, 2) if reservation["insurance"] else 0.0
    refund = round(reservation["total"] - kept, 2)
    add_to_total(world, reservation, -refund, status="cancelled")
    money = settle(world, code, reservation["payment_id"], -refund)
    return {"code": code, "status": "cancelled", "insurance_kept": kept, **money}
