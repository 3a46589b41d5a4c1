"""Bookings: the WRITE tools for reservations and their flights."""

from typing import Annotated, Any, Literal

from domains.flights.fares import age_on
from domains.flights.ledger import drop_chosen_seats, fare_of, give_back_seats, settle, take_seats
from domains.flights.lookups import ReservationId, UserId
from turnwright.database import Row
from turnwright.tool import ToolError, writes
from turnwright.world import World

Cabin = Annotated[Literal["basic_economy", "economy", "business"], "the cabin, the same on all flights"]
CardId = Annotated[str, "id of the payment method, such as card-31"]
FlightIds = Annotated[list[str], "the flights in order, such as FN120@2026-06-20 and FN121@2026-06-24"]


def active(world: World, reservation_id: str) -> Row:
    """The reservation.

    Raises:
        ToolError: if there is none, or it is not active.
    """
    reservation = world.require("reservations", reservation_id)
    if reservation["status"] != "active":
        raise ToolError(f"reservation {reservation_id} is {reservation['status']}")
    return reservation


def paid_more(world: World, reservation: Row, payment_id: str, amount: float, **fields: Any) -> dict[str, Any]:
    """Change fields of a reservation, and settle what that costs or gives back."""
    key, total = reservation["reservation_id"], round(reservation["total"] + amount, 2)
    world.update("reservations", key, total=total, **fields)
    return settle(world, key, payment_id, amount)


@writes
def book_flight(
    world: World,
    user_id: UserId,
    flight_ids: FlightIds,
    cabin: Cabin,
    passengers: Annotated[
        list[dict[str, str]], "the passengers, each with first_name, last_name and birth_date (YYYY-MM-DD)"
    ],
    payment_id: CardId,
    certificate_id: Annotated[str | None, "id of a travel certificate that pays first, such as cert-77"] = None,
) -> dict[str, Any]:
    """Book flights for one or more passengers, without bags, seats and insurance.

    A certificate pays as much as it has; the rest is charged to the payment method.
    """
    world.require("users", user_id)
    if not flight_ids or len(set(flight_ids)) < len(flight_ids):
        raise ToolError("flight_ids must name at least one flight, and none twice")
    travelling = [_passenger(world, f"p-{number}", one) for number, one in enumerate(passengers, start=1)]
    if not travelling:
        raise ToolError("passengers must name at least one passenger")
    segments = [_segment(world, flight_id, cabin, len(travelling)) for flight_id in flight_ids]
    reservation_id = world.new_id("reservations", "N4VX9")
    total = round(len(travelling) * sum(segment["price"] for segment in segments), 2)
    by_certificate = _by_certificate(world, certificate_id, total)
    reservation = {
        "reservation_id": reservation_id,
        "user_id": user_id,
        "status": "active",
        "cabin": cabin,
        "booked_at": world.now.isoformat(timespec="minutes"),
        "segments": segments,
        "passengers": travelling,
        "bags": 0,
        "insurance": False,
        "insurance_price": 0.0,
        "fees": 0.0,
        "payment_id": payment_id,
        "certificate_id": certificate_id,
        "certificate_amount": by_certificate,
        "total": total,
    }
    world.insert("reservations", reservation_id, reservation)
    balance = settle(world, reservation_id, certificate_id, by_certificate) if certificate_id else {}
    charged = round(total - by_certificate, 2)
    own = settle(world, reservation_id, payment_id, charged)
    return {
        "reservation_id": reservation_id,
        "total": total,
        "paid_with_certificate": by_certificate,
        "charged": charged,
        "charged_to": payment_id,
        **own,
        **balance,
    }


def _segment(world: World, flight_id: str, cabin: str, number: int) -> dict[str, Any]:
    """A flight of a reservation, with `number` seats taken at today's price."""
    return {"flight_id": flight_id, "price": take_seats(world, flight_id, cabin, number)["prices"][cabin]}


def _passenger(world: World, passenger_id: str, given: dict[str, str]) -> dict[str, str]:
    if set(given) != {"first_name", "last_name", "birth_date"} or not all(given.values()):
        raise ToolError("a passenger has first_name, last_name and birth_date, and nothing else")
    try:
        age = age_on(given["birth_date"], world.now.date())
    except ValueError:
        raise ToolError(f"{given['birth_date']!r} is not a date like 1990-12-31") from None
    if not 0 <= age <= 120:
        raise ToolError(f"nobody travels who was born on {given['birth_date']}")
    return {"passenger_id": passenger_id, **given}


def _by_certificate(world: World, certificate_id: str | None, total: float) -> float:
    return 0.0 if certificate_id is None else min(total, world.require("certificates", certificate_id)["balance"])


@writes
def change_flights(
    world: World,
    reservation_id: ReservationId,
    flight_ids: FlightIds,
    fee: Annotated[float, "the change fee for all passengers together, in USD; 0.0 where there is none"],
    payment_id: CardId,
) -> dict[str, Any]:
    """Replace the flights of a reservation, as many as it has; those that stay are named again.

    The new flights are paid at today's price. Fare difference and fee together are the amount, charged to the payment
    method, or refunded to it where it is negative. Seats chosen on flights that are given up are lost.
    """
    reservation = active(world, reservation_id)
    old = {segment["flight_id"]: segment for segment in reservation["segments"]}
    if len(flight_ids) != len(old) or len(set(flight_ids)) < len(flight_ids):
        raise ToolError(f"flight_ids must name {len(old)} different flights, as many as the reservation has")
    if set(flight_ids) == set(old):
        raise ToolError("these are the flights that the reservation has already")
    if not 0 <= fee <= 10_000:
        raise ToolError("the fee must be an amount in USD from 0.00 on")
    cabin, number = reservation["cabin"], len(reservation["passengers"])
    given_up = [flight_id for flight_id in old if flight_id not in flight_ids]
    for flight_id in given_up:
        give_back_seats(world, flight_id, cabin, number)
    drop_chosen_seats(world, reservation_id, given_up)
    segments = [old.get(flight_id) or _segment(world, flight_id, cabin, number) for flight_id in flight_ids]
    difference = round(number * sum(one["price"] for one in segments) - fare_of(reservation), 2)
    fee = round(fee, 2)
    amount = round(difference + fee, 2)
    fields = {"segments": segments, "fees": round(reservation["fees"] + fee, 2)}
    balance = paid_more(world, reservation, payment_id, amount, **fields)
    return {
        "reservation_id": reservation_id,
        "flight_ids": flight_ids,
        "fare_difference": difference,
        "fee": fee,
        "amount": amount,
        "settled_with": payment_id,
        **balance,
    }


@writes
def change_cabin(world: World, reservation_id: ReservationId, cabin: Cabin, payment_id: CardId) -> dict[str, Any]:
    """Put all passengers of a reservation into another cabin on all its flights, at today's prices.

    A positive fare_difference is charged to the payment method, a negative one goes back to it. Chosen seats are lost.
    """
    reservation = active(world, reservation_id)
    if reservation["cabin"] == cabin:
        raise ToolError(f"reservation {reservation_id} is in {cabin} already")
    number, flight_ids = len(reservation["passengers"]), [one["flight_id"] for one in reservation["segments"]]
    segments: list[dict[str, Any]] = []
    for flight_id in flight_ids:
        give_back_seats(world, flight_id, reservation["cabin"], number)
        segments.append(_segment(world, flight_id, cabin, number))
    drop_chosen_seats(world, reservation_id, flight_ids)
    difference = round(number * sum(one["price"] for one in segments) - fare_of(reservation), 2)
    balance = paid_more(world, reservation, payment_id, difference, segments=segments, cabin=cabin)
    return {
        "reservation_id": reservation_id,
        "cabin": cabin,
        "fare_difference": difference,
        "settled_with": payment_id,
        **balance,
    }


@writes
def cancel_reservation(
    world: World,
    reservation_id: ReservationId,
    grounds: Annotated[
        Literal["within_24_hours", "airline_cancelled", "business", "insurance"],
        "what entitles the user to cancel, the first that holds",
    ],
) -> dict[str, Any]:
    """Cancel a reservation and refund what was paid for it, but not the insurance.

    What a certificate paid goes back to it, the rest to the card of the reservation.
    """
    reservation = active(world, reservation_id)
    flight_ids = [one["flight_id"] for one in reservation["segments"]]
    for flight_id in flight_ids:
        give_back_seats(world, flight_id, reservation["cabin"], len(reservation["passengers"]))
    drop_chosen_seats(world, reservation_id, flight_ids)
    refund = round(reservation["total"] - reservation["insurance_price"], 2)
    to_certificate = min(refund, reservation["certificate_amount"])
    to_card = round(refund - to_certificate, 2)
    certificate_id = reservation["certificate_id"]
    balance = settle(world, reservation_id, certificate_id, -to_certificate) if certificate_id else {}
    settle(world, reservation_id, reservation["payment_id"], -to_card)
    kept = reservation["insurance_price"]
    world.update("reservations", reservation_id, status="cancelled", grounds=grounds, total=kept)
    return {
        "reservation_id": reservation_id,
        "refund_total": refund,
        "refund_to_card": to_card,
        "refunded_to": reservation["payment_id"],
        "refund_to_certificate": to_certificate,
        **balance,
    }
