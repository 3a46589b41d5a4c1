"""Rebooking: how the embedded teacher finds another flight in place of one that the airline cancelled."""

from datetime import date, timedelta

from domains.flights.fares import REBOOKING_DAYS
from domains.flights.playbook.finding import Row, find_card, number_of
from domains.flights.playbook.reservations import flights_of, own_reservation
from domains.flights.playbook.settling import direction, tell_change
from turnwright.llm.embedded.case import Case, Refused


def rebook(case: Case) -> None:
    reservation = own_reservation(case)
    flights = flights_of(case, reservation)
    old = next((flight for flight in flights if flight["status"] == "cancelled"), None)
    if old is None:
        raise Refused("none of its flights was cancelled.")
    new = _next_flight(case, reservation, old)
    if new is None:
        case.hand_over("no_rebooking")
    paid = next(one["price"] for one in reservation["segments"] if one["flight_id"] == old["flight_id"])
    difference = round(len(reservation["passengers"]) * (new["prices"][reservation["cabin"]] - paid), 2)
    card = find_card(case, reservation["user_id"], "Which card should the fare difference be settled with?")
    number = number_of(new["flight_id"])
    case.propose(
        f"The next flight with seats is {number} on {new['date']} at {new['departs'][11:]}. There is no fee; the fare "
        f"difference is {direction(difference)}, with {card['label']}. Shall I change it?"
    )
    ids = [new["flight_id"] if one is old else one["flight_id"] for one in flights]
    done = case.make(
        "change_flights",
        reservation_id=reservation["reservation_id"],
        flight_ids=ids,
        fee=0.0,
        payment_id=card["payment_id"],
    )
    case.tell(f"You now fly with {number} on {new['date']}.", ("NEW_DAY", "date", new["date"]))
    tell_change(case, done, card["label"])


def _next_flight(case: Case, reservation: Row, old: Row) -> Row | None:
    """The first flight on the same way from the day of the cancelled one on that has seats for all."""
    for days in range(REBOOKING_DAYS + 1):
        day = (date.fromisoformat(old["date"]) + timedelta(days=days)).isoformat()
        found = case.call("search_flights", origin=old["origin"], destination=old["destination"], date=day)
        for flight in sorted(found or [], key=lambda one: one["departs"]):
            has_seats = flight["seats"][reservation["cabin"]] >= len(reservation["passengers"])
            if flight["status"] in ("scheduled", "delayed") and has_seats:
                return flight
    return None
