"""Lookups: the READ tools of the airline."""

from typing import Annotated, Any

from domains.flights.fares import LEGROOM_ROWS, LETTERS, REAR_ROWS, STANDARD_ROWS
from turnwright.database import Row
from turnwright.tool import ToolError, reads
from turnwright.world import World

Code = Annotated[str, "code of the reservation, such as K7QX2M"]
UserId = Annotated[str, "id of the customer, such as u_204"]
FlightId = Annotated[str, "id of the flight on its date, such as TW104@2026-06-20"]
_SHOWN_SEATS = 4


def _identity(user: Row) -> dict[str, Any]:
    return {name: user[name] for name in ("user_id", "first_name", "last_name", "tier")}


@reads
def find_user_by_email(world: World, email: Annotated[str, "email address of the account"]) -> dict[str, Any]:
    """Identify a customer by the email of their account. Gives the user id, name and tier (none, silver, gold)."""
    found = world.find("users", "email", email.strip().lower())
    if not found:
        raise ToolError("no customer with this email")
    return _identity(found[0])


@reads
def find_user_by_name_birth_date(
    world: World,
    first_name: Annotated[str, "first name of the customer"],
    last_name: Annotated[str, "last name of the customer"],
    birth_date: Annotated[str, "birth date as YYYY-MM-DD"],
) -> dict[str, Any]:
    """Identify a customer by first name, last name and birth date, where they do not know their email."""
    wanted = (first_name.strip().lower(), last_name.strip().lower())
    for user in world.find("users", "birth_date", birth_date.strip()):
        if (user["first_name"].lower(), user["last_name"].lower()) == wanted:
            return _identity(user)
    raise ToolError("no customer with this name and birth date")


@reads
def get_user(world: World, user_id: UserId) -> Row:
    """A customer's profile: name, email, birth date, address, tier."""
    return world.require("users", user_id)


@reads
def list_reservations(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All reservations of a customer: code, status, cabin, and where and when its flights go."""
    world.require("users", user_id)
    return [
        {
            **{name: reservation[name] for name in ("code", "status", "cabin")},
            "flights": [_leg(world, flight_id) for flight_id in reservation["flights"]],
        }
        for reservation in world.find("reservations", "user_id", user_id)
    ]


def _leg(world: World, flight_id: str) -> dict[str, Any]:
    flight = world.require("flights", flight_id)
    return {name: flight[name] for name in ("flight_id", "from", "to", "date")}


@reads
def get_reservation(world: World, code: Code) -> dict[str, Any]:
    """One reservation in full: its customer, cabin, flights, passengers, bags, insurance, time of booking, total."""
    reservation = world.require("reservations", code)
    return {**reservation, "flights": [_leg(world, flight_id) for flight_id in reservation["flights"]]}


@reads
def search_flights(
    world: World,
    origin: Annotated[str, "city of departure, such as Boise"],
    destination: Annotated[str, "city of arrival, such as Denver"],
    date: Annotated[str, "day as YYYY-MM-DD"],
) -> list[Row]:
    """Scheduled flights between two cities on a day, with prices for each passenger by cabin and the seats left."""
    found = world.find("flights", "date", date.strip())
    wanted = (origin.strip().lower(), destination.strip().lower())
    return [
        flight
        for flight in found
        if (flight["from"].lower(), flight["to"].lower()) == wanted and flight["status"] == "scheduled"
    ]


@reads
def get_flight(world: World, flight_id: FlightId) -> Row:
    """One flight on its date: times, status (scheduled, delayed, cancelled, landed), delay, prices, seats left."""
    return world.require("flights", flight_id)


@reads
def list_seats(world: World, flight_id: FlightId) -> dict[str, Any]:
    """Some free seats of a flight, by kind."""
    world.require("flights", flight_id)
    taken = set(seats_taken(world, flight_id))
    return {
        "flight_id": flight_id,
        **{
            kind: [seat for row in rows for letter in LETTERS if (seat := f"{row}{letter}") not in taken][:_SHOWN_SEATS]
            for kind, rows in (("extra_legroom", LEGROOM_ROWS), ("standard", STANDARD_ROWS), ("rear", REAR_ROWS))
        },
    }


def seats_taken(world: World, flight_id: str) -> list[str]:
    return [row["seat"] for row in world.find("seats", "flight_id", flight_id)]


@reads
def list_payment_methods(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """The payment methods of a customer; certificates with what is left on them and their last day."""
    world.require("users", user_id)
    methods = world.find("payment_methods", "user_id", user_id)
    return [{**method, **_certificate(world, method["payment_id"])} for method in methods]


def _certificate(world: World, payment_id: str) -> dict[str, Any]:
    certificate = world.get("certificates", payment_id)
    return {} if certificate is None else {name: certificate[name] for name in ("balance", "expires")}
