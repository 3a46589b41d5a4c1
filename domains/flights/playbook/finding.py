"""Finding: what a customer's words refer to: an account, a reservation, its flights and passengers, a day, a card."""

import re
from datetime import datetime
from typing import Any

from domains.flights.fares import edits, full_name, travels_alone
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import Way, emails, name_and_birth_date
from turnwright.llm.embedded.words import last_position

NOW = datetime(2026, 6, 15, 10, 0)
CODE = re.compile(r"\b[A-Z]\d[A-Z]{2}\d[A-Z]\b")
_NUMBER = re.compile(r"\bFN\d{3}\b")
_DAY = re.compile(r"\b2026-\d\d-\d\d\b")
_SEAT = re.compile(r"\b\d{1,2}[A-F]\b")
_BAGS = re.compile(r"\b(\d) (?:more|extra|additional) bags?\b")
_CERTIFICATE = re.compile(r"\bcert-\d+\b")
_NEW_NAME = re.compile(r"\b(?:should read|should say) ([A-Z][\w'-]+ [A-Z][\w'-]+)")
_OWN_NAME = re.compile(r"\bmy name is \S+ \S+", re.IGNORECASE)
_CABINS = ("basic economy", "economy", "business")

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
    """The reservation that the request is about; one of children only goes to a human.

    Raises:
        Refused: if it cannot be found, or belongs to somebody else.
    """
    reservation = _named_reservation(case) or _described_reservation(case, user_id)
    if reservation is None:
        case.ask(
            "Which reservation is it about? Please give me its code, or tell me from which city to which city it goes."
        )
        raise Refused("I could not find the reservation that you mean.")
    if user_id and reservation["user_id"] != user_id:
        case.forbid("that reservation belongs to another account, and I may only deal with your own.")
    if travels_alone(reservation["passengers"], NOW):
        case.hand_over("unaccompanied_minor")
    return reservation


def _named_reservation(case: Case) -> Row | None:
    for code in reversed(list(dict.fromkeys(CODE.findall(case.text)))):
        if reservation := case.call("get_reservation", reservation_id=code):
            return reservation
        case.ask(
            f"I can't find a reservation with the code {code}. Shall I look through the reservations of your account?"
        )
    return None


def _described_reservation(case: Case, user_id: str | None) -> Row | None:
    if user_id is None:
        return None
    found = [
        one
        for one in case.call("list_reservations", user_id=user_id) or []
        if last_position(one["trip"], case.text) >= 0
    ]
    return case.call("get_reservation", reservation_id=found[0]["reservation_id"]) if found else None


def number_of(flight_id: str) -> str:
    return flight_id.partition("@")[0]


def find_segment(case: Case, reservation: Row) -> str:
    """The flight of the reservation that the request is about.

    Raises:
        Refused: if it cannot be told which.
    """
    flights = [segment["flight_id"] for segment in reservation["segments"]]
    found = case.latest(flights, lambda flight_id, text: last_position(number_of(flight_id), text))
    if found is None and len(flights) > 1:
        numbers = " or ".join(number_of(flight_id) for flight_id in flights)
        case.ask(f"Which flight of the reservation do you mean, {numbers}?")
        raise Refused("I could not tell which flight you mean.")
    return found or flights[0]


def find_flight(case: Case) -> Row:
    """Any flight that the customer names with its number and day.

    Raises:
        Refused: if there is none.
    """
    number = _latest(case, _NUMBER)
    if number is None:
        case.ask("Which flight is it? Please give me its number.")
        raise Refused("I could not tell which flight you mean.")
    flight = case.call("get_flight", flight_id=f"{number}@{find_day(case, 'On which day would you like to fly?')}")
    if flight is None:
        raise Refused("there is no such flight on that day.")
    return flight


def find_day(case: Case, question: str) -> str:
    day = _latest(case, _DAY)
    if day is None:
        case.ask(question)
        raise Refused("I could not tell which day you mean.")
    return day


def find_cabin(case: Case) -> str:
    cabin = case.latest(_CABINS, _cabin_position)
    if cabin is None:
        case.ask("Which cabin would you like: basic economy, economy or business?")
        raise Refused("I could not tell which cabin you want.")
    return cabin.replace(" ", "_")


def _cabin_position(cabin: str, text: str) -> int:
    # With an underscore, "economy" is not found inside "basic economy".
    return last_position(cabin.replace(" ", "_"), re.sub("basic economy", "basic_economy", text, flags=re.I))


def find_passenger(case: Case, reservation: Row) -> Row:
    """The passenger that the request is about.

    Raises:
        Refused: if it cannot be told which.
    """
    passengers = reservation["passengers"]
    found = case.latest(passengers, _passenger_position)
    if found is None and len(passengers) > 1:
        names = "; ".join(full_name(one) for one in passengers)
        case.ask(f"Which passenger is it for: {names}?")
        raise Refused("I could not tell which passenger you mean.")
    return found or passengers[0]


def _passenger_position(passenger: Row, text: str) -> int:
    return last_position(full_name(passenger), _OWN_NAME.sub("", text))


def find_new_name(case: Case) -> str:
    name = _latest(case, _NEW_NAME)
    if name is None:
        case.ask("How should the name be written on the ticket?")
        raise Refused("I could not tell what the name should be.")
    return name.removeprefix("should read ").removeprefix("should say ")


def nearest_passenger(case: Case, reservation: Row, name: str) -> Row:
    """The passenger whom the customer names, or else the one whose name is most like the new one."""
    named = [one for one in reservation["passengers"] if _passenger_position(one, case.text) >= 0]
    others = [one for one in named if full_name(one) != name]
    return (others or sorted(reservation["passengers"], key=lambda one: edits(full_name(one), name)))[0]


def find_seat(case: Case) -> str:
    seat = _latest(case, _SEAT)
    if seat is None:
        case.ask("Which seat would you like?")
        raise Refused("I could not tell which seat you want.")
    return seat


def find_bags(case: Case) -> int:
    """How many bags are to be added."""
    found = _latest(case, _BAGS)
    if found is None:
        case.ask("How many bags would you like to add?")
        raise Refused("I could not tell how many bags you want to add.")
    return int(found[0])


def find_card(case: Case, user_id: str, question: str) -> Row:
    """The card that the customer means; certificates pay for bookings only.

    Raises:
        Refused: if it cannot be told which.
    """
    cards = [one for one in case.call("list_payment_methods", user_id=user_id) or [] if one["kind"] == "card"]
    found = case.latest(cards, lambda card, text: last_position(card["label"], text))
    if found is None and len(cards) == 1:
        return cards[0]
    if found is None:
        case.ask(f"{question} I see {'; '.join(one['label'] for one in cards)}.")
        raise Refused("I could not tell which card you want to use.")
    return found


def find_certificates(case: Case, user_id: str) -> tuple[list[Row], Row | None]:
    """The user's travel certificates, and the one that the request names."""
    methods = case.call("list_payment_methods", user_id=user_id) or []
    certificates = [one for one in methods if one["kind"] == "certificate"]
    named = _latest(case, _CERTIFICATE)
    return certificates, next((one for one in certificates if one["payment_id"] == named), None)


def _latest(case: Case, pattern: re.Pattern[str]) -> str | None:
    """What the pattern finds last in the request."""
    found = list(dict.fromkeys(one[0] for one in pattern.finditer(case.text)))
    return case.latest(found, lambda one, text: text.rfind(one))
