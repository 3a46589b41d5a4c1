"""Extras: the WRITE tools for bags, seats, names and insurance, for compensation, and the hand-over to a human."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from domains.flights.bookings import CardId, active, paid_more
from domains.flights.fares import BAG_PRICE, INSURANCE_PRICE
from domains.flights.lookups import FlightId, ReservationId, UserId
from domains.flights.network import KIND_OF_SEAT
from turnwright.database import Row
from turnwright.tool import ToolError, hands_over, writes
from turnwright.world import World

PassengerId = Annotated[str, "id of the passenger inside the reservation, such as p-1"]


def _passenger(reservation: Row, passenger_id: str) -> Row:
    for passenger in reservation["passengers"]:
        if passenger["passenger_id"] == passenger_id:
            return passenger
    raise ToolError(f"reservation {reservation['reservation_id']} has no passenger {passenger_id}")


def _must_have(reservation: Row, flight_id: str) -> None:
    if flight_id not in [segment["flight_id"] for segment in reservation["segments"]]:
        raise ToolError(f"flight {flight_id} is not part of reservation {reservation['reservation_id']}")


@writes
def add_bags(
    world: World,
    reservation_id: ReservationId,
    added: Annotated[int, "how many bags are added"],
    paid: Annotated[int, "how many of these have to be paid, by the policy"],
    payment_id: CardId,
) -> dict[str, Any]:
    """Add checked bags to a reservation, for all its flights. Those to be paid cost 35.00 each."""
    reservation = active(world, reservation_id)
    if not 0 < added <= 50 or not 0 <= paid <= added:
        raise ToolError("added must be at least 1, and paid between 0 and added")
    charged = round(BAG_PRICE * paid, 2)
    fields = {"bags": reservation["bags"] + added, "fees": round(reservation["fees"] + charged, 2)}
    balance = paid_more(world, reservation, payment_id, charged, **fields)
    return {
        "reservation_id": reservation_id,
        "bags": reservation["bags"] + added,
        "charged": charged,
        "charged_to": payment_id,
        **balance,
    }


@writes
def choose_seat(
    world: World,
    reservation_id: ReservationId,
    flight_id: FlightId,
    passenger_id: PassengerId,
    seat: Annotated[str, "the seat, such as 14C"],
    fee: Annotated[float, "what the seat costs by the policy, in USD; 0.0 where it is free"],
    payment_id: CardId,
) -> dict[str, Any]:
    """Give a passenger a certain seat on one flight; a seat chosen before is given up without a refund."""
    reservation = active(world, reservation_id)
    _must_have(reservation, flight_id)
    _passenger(reservation, passenger_id)
    kind = KIND_OF_SEAT.get(seat)
    if kind is None or (kind == "business") is not (reservation["cabin"] == "business"):
        raise ToolError(f"seat {seat} cannot be chosen in {reservation['cabin']}")
    if any(chosen["seat"] == seat for chosen in world.find("chosen_seats", "flight_id", flight_id)):
        raise ToolError(f"seat {seat} on flight {flight_id} is taken")
    if not 0 <= fee <= 1_000:
        raise ToolError("the fee must be an amount in USD from 0.00 on")
    for chosen in world.find("chosen_seats", "reservation_id", reservation_id):
        if (chosen["flight_id"], chosen["passenger_id"]) == (flight_id, passenger_id):
            world.delete("chosen_seats", chosen["chosen_seat_id"])
    key, fee = f"{flight_id}/{seat}", round(fee, 2)
    row = {"reservation_id": reservation_id, "flight_id": flight_id, "passenger_id": passenger_id, "seat": seat}
    world.insert("chosen_seats", key, {"chosen_seat_id": key, **row, "kind": kind})
    balance = paid_more(world, reservation, payment_id, fee, fees=round(reservation["fees"] + fee, 2))
    return {**row, "kind": kind, "charged": fee, "charged_to": payment_id, **balance}


@writes
def update_passenger(
    world: World,
    reservation_id: ReservationId,
    passenger_id: PassengerId,
    first_name: Annotated[str, "first name as it is to stand on the ticket"],
    last_name: Annotated[str, "last name as it is to stand on the ticket"],
) -> dict[str, Any]:
    """Change the name of a passenger."""
    reservation = active(world, reservation_id)
    _passenger(reservation, passenger_id)
    name = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    if not all(name.values()):
        raise ToolError("a passenger has a first and a last name")
    passengers = [
        {**one, **name} if one["passenger_id"] == passenger_id else {**one} for one in reservation["passengers"]
    ]
    world.update("reservations", reservation_id, passengers=passengers)
    return {"reservation_id": reservation_id, "passenger_id": passenger_id, **name}


@writes
def add_insurance(world: World, reservation_id: ReservationId, payment_id: CardId) -> dict[str, Any]:
    """Insure all passengers of a reservation, for 24.50 each."""
    reservation = active(world, reservation_id)
    if reservation["insurance"]:
        raise ToolError(f"reservation {reservation_id} is insured already")
    price = round(INSURANCE_PRICE * len(reservation["passengers"]), 2)
    balance = paid_more(world, reservation, payment_id, price, insurance=True, insurance_price=price)
    return {"reservation_id": reservation_id, "charged": price, "charged_to": payment_id, **balance}


@writes
def issue_certificate(
    world: World,
    user_id: UserId,
    reservation_id: ReservationId,
    flight_id: FlightId,
    amount: Annotated[float, "worth of the certificate, in USD"],
) -> dict[str, Any]:
    """Give a user a travel certificate, valid for a year, as compensation for a flight of a reservation."""
    world.require("users", user_id)
    _must_have(world.require("reservations", reservation_id), flight_id)
    if any(one["flight_id"] == flight_id for one in world.find("compensations", "reservation_id", reservation_id)):
        raise ToolError(f"flight {flight_id} of reservation {reservation_id} was compensated before")
    if not 0 < amount <= 10_000:
        raise ToolError("the amount must be more than 0.00 USD")
    amount, expires = round(amount, 2), (world.now.date() + timedelta(days=365)).isoformat()
    certificate_id = world.new_id("payment_methods", "cert-9")
    method = {"payment_id": certificate_id, "user_id": user_id, "kind": "certificate"}
    world.insert("payment_methods", certificate_id, {**method, "label": f"Certificate {certificate_id}"})
    certificate = {"certificate_id": certificate_id, "user_id": user_id, "balance": amount, "expires": expires}
    world.insert("certificates", certificate_id, certificate)
    key = f"{reservation_id}/{flight_id}"
    row = {"compensation_id": key, "reservation_id": reservation_id, "flight_id": flight_id, "amount": amount}
    world.insert("compensations", key, {**row, "certificate_id": certificate_id})
    return {**certificate, "reservation_id": reservation_id, "flight_id": flight_id}


@hands_over
def transfer_to_human(
    world: World,
    reason: Annotated[
        Literal["unaccompanied_minor", "no_rebooking", "medical_assistance", "payment_dispute", "legal_threat"],
        "why a human must take over",
    ],
) -> dict[str, Any]:
    """Hand the conversation over to a human colleague. It ends the conversation for you."""
    return {"transferred": True, "reason": reason}
