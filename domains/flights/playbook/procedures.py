"""Procedures: which code of the embedded teacher serves which request at the airline."""

from domains.flights.playbook import booking, extras, questions
from domains.flights.playbook.rebooking import rebook
from turnwright.llm.embedded.playbook import Procedure

PROCEDURES: dict[str, Procedure] = {
    "book_flight": booking.book_flight,
    "change_flights": booking.change_flights,
    "change_cabin": booking.change_cabin,
    "cancel_reservation": booking.cancel_reservation,
    "add_bags": extras.add_bags,
    "choose_seat": extras.choose_seat,
    "update_passenger": extras.update_passenger,
    "swap_passenger": extras.update_passenger,
    "add_insurance": extras.add_insurance,
    "issue_certificate": extras.compensate,
    "get_flight": questions.flight_status,
    "get_reservation": questions.baggage_question,
    "get_certificate": questions.certificate_balance,
    "search_flights": questions.fare_question,
    "rebook": rebook,
    "medical": extras.medical_request,
}
"""By what the request asks for, mostly the name of a tool."""
