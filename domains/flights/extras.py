"""Extras: the WRITE tools for bags, seats, names, insurance and compensation, and the hand-over to a human."""

from typing import Annotated, Any, Literal

from domains.flights.booking import PaymentId, tier_of
from domains.flights.fares import INSURANCE_PRICE, bags_price, row_of, seat_price
from domains.flights.ledger import add_to_total, open_reservation, settle
from domains.flights.lookups import Code, FlightId, UserId, seats_taken
from turnwright.database import Row
from turnwright.tool import ToolError, hands_over, writes
from turnwright.world import World

PassengerId = Annotated[str, "id of the passenger inside the reservation, such as p-1"]
LONGEST_BAGS = 30


def _passenger(reservation: Row, passenger_id: str) -> dict[str, Any]:
    found = [one for one in reservation["passengers"] if one["passenger_id"] == passenger_id]
    if not found:
        raise ToolError(f"reservation {reservation['code']} has no passenger {passenger_id}")
    return found[0]


def _with(reservation: Row, passenger_id: str, **fields: Any) -> list[dict[str, Any]]:
    return [{**one, **fields} if one["passenger_id"] == passenger_id else {**one} for one in reservation["passengers"]]


@writes
def add_bags(
    world: World, code: Code, number: Annotated[int, "how many bags more"], payment_id: PaymentId
) -> dict[str, Any]:
    """Add checked bags to a reservation; what is not free is charged."""
    reservation = open_reservation(world, code)
    if not 1 <= number <= LONGEST_BAGS:
        raise ToolError(f"number must be from 1 to {LONGEST_BAGS}")
    tier, bags = tier_of(world, reservation), reservation["bags"]
    price = round(bags_price(reservation, tier, bags + number) - bags_price(reservation, tier, bags), 2)
    changed = add_to_total(world, reservation, price, bags=bags + number)
    money = settle(world, code, payment_id, price)
    return {"code": code, "bags": changed["bags"], "total": changed["total"], **money}


@writes
def choose_seat(
    world: World,
    code: Code,
    flight_id: FlightId,
    passenger_id: PassengerId,
    seat: Annotated[str, "row and letter, such as 12C"],
    payment_id: PaymentId,
) -> dict[str, Any]:
    """Give a passenger a seat on a flight; what it costs is charged."""
    reservation = open_reservation(world, code)
    passenger = _passenger(reservation, passenger_id)
    row_of(seat)
    if flight_id not in reservation["flights"]:
        raise ToolError(f"reservation {code} has no flight {flight_id}")
    if seat in seats_taken(world, flight_id):
        raise ToolError(f"seat {seat} is taken")
    if passenger["seat"] is not None:
        raise ToolError(f"passenger {passenger_id} has seat {passenger['seat']} already")
    price = seat_price(seat, reservation["cabin"], tier_of(world, reservation))
    key = f"{flight_id}/{seat}"
    world.insert("seats", key, {"seat_id": key, "flight_id": flight_id, "seat": seat, "code": code})
    changed = add_to_total(world, reservation, price, passengers=_with(reservation, passenger_id, seat=seat))
    money = settle(world, code, payment_id, price)
    return {"code": code, "passenger_id": passenger_id, "seat": seat, "total": changed["total"], **money}


@writes
def correct_name(
    world: World,
    code: Code,
    passenger_id: PassengerId,
    first_name: Annotated[str, "first name as it has to be"],
    last_name: Annotated[str, "last name as it has to be"],
) -> dict[str, Any]:
    """Correct the name of a passenger."""
    reservation = open_reservation(world, code)
    _passenger(reservation, passenger_id)
    if not first_name.strip() or not last_name.strip():
        raise ToolError("a name has a first and a last part")
    name = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    world.update("reservations", code, passengers=_with(reservation, passenger_id, **name))
    return {"code": code, "passenger_id": passenger_id, **name}


@writes
def add_insurance(world: World, code: Code, payment_id: PaymentId) -> dict[str, Any]:
    """Insure all passengers of a reservation."""
    reservation = open_reservation(world, code)
    if reservation["insurance"]:
        raise ToolError(f"reservation {code} is insured already")
    price = round(INSURANCE_PRICE * len(reservation["passengers"]), 2)
    changed = add_to_total(world, reservation, price, insurance=True)
    return {"code": code, "insurance": True, "total": changed["total"], **settle(world, code, payment_id, price)}


@writes
def issue_certificate(
    world: World, user_id: UserId, code: Code, amount: Annotated[float, "what it is worth, in USD"]
) -> dict[str, Any]:
    """Give a customer a certificate as compensation for a reservation."""
    world.require("users", user_id)
    reservation = world.require("reservations", code)
    if not 0 < amount <= 2000 or round(amount, 2) != amount:
        raise ToolError("amount must be above 0 and at most 2000, in whole cents")
    if reservation.get("compensated"):
        raise ToolError(f"reservation {code} was compensated already")
    key = world.new_id("certificates", "cert-9")
    expires = world.now.date().replace(year=world.now.year + 1).isoformat()
    certificate = {"certificate_id": key, "user_id": user_id, "balance": amount, "expires": expires}
    world.insert("certificates", key, certificate)
    method = {"payment_id": key, "user_id": user_id, "kind": "certificate", "label": f"certificate {key}"}
    world.insert("payment_methods", key, method)
    world.update("reservations", code, compensated=True)
    return {"code": code, **certificate}


@hands_over
def transfer_to_human(
    world: World,
    reason: Annotated[
        Literal["unaccompanied_minor", "medical_case", "legal_threat"],
        "why a human must take over",
    ],
) -> dict[str, Any]:
    """Hand the conversation over to a human colleague. It ends the conversation for you."""
    return {"transferred": True, "reason": reason}
