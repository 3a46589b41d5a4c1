"""Questions: how the embedded teacher answers what changes nothing."""

from domains.flights.fares import FREE_BAGS
from domains.flights.playbook.finding import WAYS, find_cabin, find_certificates, find_flight, find_segment, number_of
from domains.flights.playbook.reservations import own_reservation, tier_of
from domains.flights.playbook.settling import counted
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify
from turnwright.llm.embedded.words import money


def flight_status(case: Case) -> None:
    reservation = own_reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    number, departs = number_of(flight["flight_id"]), flight["departs"][11:]
    case.tell(f"Flight {number} on {flight['date']} is {flight['status']}.", ("STATUS", "text", flight["status"]))
    if flight["status"] == "cancelled":
        return
    case.tell(f"By the timetable it departs at {departs}.", ("DEPARTS", "text", departs))
    if flight["delay_minutes"]:
        delay = flight["delay_minutes"]
        case.tell(f"It is {delay} minutes late.", ("DELAY", "number", delay))


def baggage_question(case: Case) -> None:
    reservation = own_reservation(case)
    free = FREE_BAGS[tier_of(case, reservation)][reservation["cabin"]] * len(reservation["passengers"])
    case.tell(f"Free of charge in this reservation: {counted(free, 'bag')}.", ("FREE_BAGS", "number", free))
    case.tell(f"It has {counted(reservation['bags'], 'bag')} so far.", ("BAGS", "number", reservation["bags"]))


def certificate_balance(case: Case) -> None:
    certificates, named = find_certificates(case, identify(case, *WAYS))
    certificate = named or (certificates[0] if len(certificates) == 1 else None)
    if certificate is None:
        case.ask(f"Which certificate do you mean: {'; '.join(one['payment_id'] for one in certificates)}?")
        raise Refused("I could not tell which certificate you mean.")
    key = certificate["payment_id"]
    case.tell(f"There is {money(certificate['balance'])} left on {key}.", ("BALANCE", "money", certificate["balance"]))
    case.tell(f"Its last day is {certificate['expires']}.", ("EXPIRES", "date", certificate["expires"]))


def fare_question(case: Case) -> None:
    flight = find_flight(case)
    cabin = find_cabin(case)
    price, seats = flight["prices"][cabin], flight["seats"][cabin]
    number, spoken = number_of(flight["flight_id"]), cabin.replace("_", " ")
    case.tell(
        f"Flight {number} on {flight['date']} costs {money(price)} per passenger in {spoken}.",
        ("PRICE", "money", price),
    )
    case.tell(f"Left in that cabin: {counted(seats, 'seat')}.", ("SEATS", "number", seats))
