"""Question wishes: what a customer only wants to know."""

from collections.abc import Iterator

from domains.flights.network import ROUTES
from domains.flights.playbook.choosing import TODAY, Customer, about, certificates, has_seats, later, reservations
from domains.flights.playbook.finding import number_of
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Wish


def status(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        flight_id = desk.choose(reservation["segments"], "segment")["flight_id"]
        words = (
            f"know whether flight {number_of(flight_id)} of reservation {reservation['reservation_id']} is on time and "
            "when it leaves"
        )
        yield Wish("get_flight", words, **about(reservation, flight_id))


def baggage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        words = f"know how many bags are free in reservation {reservation['reservation_id']} and how many it has"
        yield Wish("get_reservation", words, **about(reservation))


def certificate(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for one in certificates(desk, customer.user_id):
        key = one["payment_id"]
        words = f"know how much is left on travel certificate {key} and until when it is valid"
        yield Wish(
            "get_certificate", words, {"certificate": key}, {"certificate": f"certificate {key}"}, {"certificate": key}
        )


def offered(desk: Desk, salt: str) -> tuple[str, str, list[str]]:
    """A flight number, a cabin and days on which it has seats there."""
    number, cabin = desk.choose(sorted(ROUTES), "number", salt), desk.choose(("economy", "business"), "cabin", salt)
    if desk.noise.uniform("basic", desk.number, salt) < 0.3:
        cabin = "basic_economy"
    days = desk.shuffled([later(TODAY, day) for day in range(3, 28)], "day", salt)
    free: list[str] = []
    for day in days:
        if len(free) < 2 and has_seats(desk, f"{number}@{day}", cabin, 1):
            free.append(day)
    return number, cabin.replace("_", " "), free


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    number, cabin, days = offered(desk, "question")
    known = {"flight": number, "day": days[0], "cabin": cabin}
    words = f"know what flight {number} on {days[0]} costs in {cabin} and how many seats are left"
    yield Wish("search_flights", words, known, known, known | {"flight": f"flight {number}"})
