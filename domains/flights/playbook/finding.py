"""Finding: what a customer's words refer to: an account, a reservation, a flight of it, a date, a route."""

import re
from datetime import datetime
from typing import Any

from domains.flights.routes import HUBS, SPOKES
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import Way, emails, name_and_birth_date
from turnwright.llm.embedded.words import last_position

NOW = datetime(2026, 6, 15, 10, 0)
CODE = re.compile(r"\b(?=[A-Z]*\d)[A-Z][A-Z0-9]{5}\b")
DATE = re.compile(r"\b2026-\d\d-\d\d\b")
_CITIES = "|".join((*HUBS, *SPOKES))
ROUTE = re.compile(rf"\bfrom ({_CITIES}) to ({_CITIES})\b")
Row = dict[str, Any]

WAYS = (
    Way("find_user_by_email", "Could you please tell me the email address of your account?", emails),
    Way(
        "find_user_by_name_birth_date",
        "Then please tell me your first and last name and your birth date, so that I can find your account.",
        name_and_birth_date,
    ),
)


def find_reservation(case: Case, user_id: str | None) -> Row:
    """The reservation that the request is about.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    found = _named(case) or _described(case, user_id)
    if found is None:
        case.ask("Which reservation is it about? Please give me its code, or tell me where the trip goes.")
        raise Refused("I could not find the reservation that you mean.")
    if user_id and found["user_id"] != user_id:
        case.forbid("that reservation belongs to another account, and I may only deal with your own.")
    return found


def _named(case: Case) -> Row | None:
    for code in reversed(list(dict.fromkeys(CODE.findall(case.text)))):
        found = case.call("get_reservation", code=code)
        if found:
            return found
        case.ask(f"I can't find a reservation with the code {code}. Shall I look through those of your account?")
    return None


def _described(case: Case, user_id: str | None) -> Row | None:
    if user_id is None:
        return None
    listed = case.call("list_reservations", user_id=user_id) or []
    named = case.latest(listed, lambda one, text: max(_goes_to(flight, text) for flight in one["flights"]))
    return case.call("get_reservation", code=named["code"]) if named else None


def _goes_to(flight: Row, text: str) -> int:
    return last_position(f"to {flight['to']}", text)


def must_be_open(case: Case, reservation: Row) -> None:
    if reservation["status"] != "active":
        case.forbid(f"reservation {reservation['code']} is {reservation['status']}.")


def find_leg(case: Case, reservation: Row) -> Row:
    """The flight of the reservation that the request is about, in full."""
    legs = reservation["flights"]
    named = case.latest(legs, _goes_to) or legs[0]
    return case.call("get_flight", flight_id=named["flight_id"])


def find_date(case: Case) -> str:
    """The date in the customer's words.

    Raises:
        Refused: if there is none.
    """
    found = case.latest(DATE.findall(case.text), lambda one, text: text.rfind(one))
    if found is None:
        case.ask("On which date would you like to fly?")
        raise Refused("I have no date.")
    return found


def find_route(case: Case) -> tuple[str, str]:
    """The cities in the customer's words.

    Raises:
        Refused: if there are none.
    """
    found = ROUTE.findall(case.text)
    if not found:
        case.ask("From where to where would you like to fly?")
        raise Refused("I do not know the route.")
    return found[-1]


def find_flight(case: Case, route: tuple[str, str], day: str) -> Row:
    """A flight of the route on that day.

    Raises:
        Refused: if there is none.
    """
    found = case.call("search_flights", origin=route[0], destination=route[1], date=day)
    if not found:
        raise Refused(f"there is no flight from {route[0]} to {route[1]} on {day}.")
    return found[0]


def find_cabin(case: Case) -> str:
    """The cabin in the customer's words.

    Raises:
        Refused: if there is none.
    """
    named = case.latest(["basic economy", "economy", "business"], _cabin_position)
    if named is None:
        case.ask("In which cabin would you like to fly, and who travels with you?")
        raise Refused("I do not know which cabin.")
    return "basic" if named == "basic economy" else named


def _cabin_position(cabin: str, text: str) -> int:
    return last_position(cabin, text.replace("basic economy", "basic-economy") if cabin == "economy" else text)


def hours_since(moment: str) -> float:
    """Hours from a moment to the airline's now."""
    return (NOW - datetime.fromisoformat(moment)).total_seconds() / 3600


def days_until(day: str) -> int:
    """Days from today to an ISO date; negative for one that is over."""
    return (datetime.fromisoformat(day).date() - NOW.date()).days
