"""Reservations: what the embedded teacher looks up of a customer's reservation before it deals with a request."""

from domains.flights.fares import GONE
from domains.flights.playbook.finding import WAYS, Row, find_reservation, number_of
from turnwright.llm.embedded.case import Case
from turnwright.llm.embedded.identity import identify_unless_careless


def own_reservation(case: Case) -> Row:
    """The customer's reservation, after they were identified."""
    return find_reservation(case, identify_unless_careless(case, *WAYS))


def tier_of(case: Case, reservation: Row) -> str:
    return case.call("get_user", user_id=reservation["user_id"])["tier"]


def flights_of(case: Case, reservation: Row) -> list[Row]:
    return [case.call("get_flight", flight_id=segment["flight_id"]) for segment in reservation["segments"]]


def must_not_be_gone(case: Case, flights: list[Row]) -> None:
    gone = [flight for flight in flights if flight["status"] in GONE]
    if gone:
        case.forbid(f"flight {number_of(gone[0]['flight_id'])} on {gone[0]['date']} has departed already.")
