"""Lookups: the READ tools of the airline."""

from typing import Annotated, Any, Literal

from domains.flights.network import AIRPORTS, SEATS
from domains.identifying import user_with_email, user_with_name
from turnwright.database import Row
from turnwright.tool import ToolError, reads
from turnwright.world import World

UserId = Annotated[str, "id of the user, such as u_204"]
ReservationId = Annotated[str, "code of the reservation, six letters and digits, such as K7QZ2D"]
FlightId = Annotated[str, "flight number and day, such as FN123@2026-06-20"]


def _identity(user: Row) -> dict[str, Any]:
    return {name: user[name] for name in ("user_id", "first_name", "last_name", "tier")}


@reads
def find_user_by_email(world: World, email: Annotated[str, "email address of the account"]) -> dict[str, Any]:
    """Identify a user by the email of their account. Gives the user id, name and tier."""
    return _identity(user_with_email(world, email))


@reads
def find_user_by_name_birth_date(
    world: World,
    first_name: Annotated[str, "first name of the user"],
    last_name: Annotated[str, "last name of the user"],
    birth_date: Annotated[str, "birth date of the user, as YYYY-MM-DD"],
) -> dict[str, Any]:
    """Identify a user by first name, last name and birth date, where they do not know their email."""
    return _identity(user_with_name(world, first_name, last_name, "birth_date", birth_date))


@reads
def get_user(world: World, user_id: UserId) -> Row:
    """A user's profile: name, email, birth date, address, tier (none, silver or gold)."""
    return world.require("users", user_id)


@reads
def list_reservations(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All reservations of a user, the first to depart first: code, status, cabin, the way and the flights."""
    world.require("users", user_id)
    found = world.find("reservations", "user_id", user_id)
    return [
        {
            **{name: one[name] for name in ("reservation_id", "status", "cabin")},
            "trip": _trip(world, one),
            "flights": [segment["flight_id"] for segment in one["segments"]],
        }
        for one in sorted(found, key=lambda one: one["segments"][0]["flight_id"].partition("@")[2])
    ]


def _trip(world: World, reservation: Row) -> str:
    first = world.require("flights", reservation["segments"][0]["flight_id"])
    return f"{AIRPORTS[first['origin']]} to {AIRPORTS[first['destination']]}"


@reads
def get_reservation(world: World, reservation_id: ReservationId) -> dict[str, Any]:
    """One reservation in full: its user, status, cabin, booking time, flights with the price paid per passenger.

    Also the passengers with their ids, the number of bags, the seats chosen, the insurance, and what was paid how.
    The status of a flight is not part of it.
    """
    reservation = world.require("reservations", reservation_id)
    chosen = world.find("chosen_seats", "reservation_id", reservation_id)
    seats = [{name: one[name] for name in ("flight_id", "passenger_id", "seat", "kind")} for one in chosen]
    return {**reservation, "trip": _trip(world, reservation), "chosen_seats": seats}


@reads
def search_flights(
    world: World,
    origin: Annotated[str, "code of the airport or name of the city of departure, such as DEN or Denver"],
    destination: Annotated[str, "the same for the arrival"],
    date: Annotated[str, "day of departure, as YYYY-MM-DD"],
) -> list[Row]:
    """The flights from one place to another on a day, with status, seats left and price per cabin."""
    wanted = (_airport(origin), _airport(destination))
    found = world.find("flights", "date", date)
    return [flight for flight in found if (flight["origin"], flight["destination"]) == wanted]


def _airport(place: str) -> str:
    for code, city in AIRPORTS.items():
        if place.strip().lower() in (code.lower(), city.lower()):
            return code
    raise ToolError(f"we do not fly to {place!r}")


@reads
def get_flight(world: World, flight_id: FlightId) -> Row:
    """One flight on one day: way, times, status, minutes of delay, seats left and price per passenger by cabin."""
    return world.require("flights", flight_id)


@reads
def list_seats(
    world: World,
    flight_id: FlightId,
    kind: Annotated[Literal["business", "front", "legroom", "standard"], "kind of seat"],
) -> list[str]:
    """The seats of a kind that can still be chosen on a flight."""
    world.require("flights", flight_id)
    taken = {chosen["seat"] for chosen in world.find("chosen_seats", "flight_id", flight_id)}
    return [seat for seat in SEATS[kind] if seat not in taken]


@reads
def list_payment_methods(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """A user's cards and travel certificates, these with their balance and the last day on which they are valid."""
    world.require("users", user_id)
    methods = world.find("payment_methods", "user_id", user_id)
    return [{**method, **_certificate_part(world, method["payment_id"])} for method in methods]


def _certificate_part(world: World, payment_id: str) -> dict[str, Any]:
    certificate = world.get("certificates", payment_id)
    return {} if certificate is None else {"balance": certificate["balance"], "expires": certificate["expires"]}


@reads
def get_certificate(world: World, certificate_id: Annotated[str, "id of the certificate, such as cert-77"]) -> Row:
    """A travel certificate: whose it is, its balance, and the last day on which it is valid."""
    return world.require("certificates", certificate_id)
