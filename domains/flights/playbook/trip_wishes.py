"""Trip wishes: to book, move, upgrade, cancel and rebook, found among reservations and the timetable."""

from collections.abc import Iterator
from dataclasses import replace

from domains.flights.fares import GONE, grounds
from domains.flights.playbook.choosing import (
    TODAY,
    Customer,
    about,
    certificates,
    day_of,
    flights_of,
    has_seats,
    later,
    reservations,
    with_card,
    with_plain_card,
)
from domains.flights.playbook.finding import NOW, Row, number_of
from domains.flights.playbook.question_wishes import offered
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Wish, changes_mind, with_choice

_ILL = ("a passenger fell ill", "one of us had an accident", "there was a death in the family")
_PLANS = ("the plans for the trip are different now", "there is no time for it any more", "the trip is too expensive")


def change_date(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "economy", "business", struck=False):
        last, passengers = flights_of(desk, reservation)[-1], len(reservation["passengers"])
        free = [
            day
            for day in (later(last["date"], number) for number in (1, 2, 3, 4))
            if has_seats(desk, f"{number_of(last['flight_id'])}@{day}", reservation["cabin"], passengers)
        ]
        days = desk.shuffled(free, "day")
        if len(days) > changes_mind(desk):
            yield _moved(desk, customer, reservation, last["flight_id"], days)


def _moved(desk: Desk, customer: Customer, reservation: Row, flight_id: str, days: list[str]) -> Wish:
    code, number = reservation["reservation_id"], number_of(flight_id)
    words = (
        f"move flight {number} of reservation {code} to {{choice}} and settle fee and difference with {{{{payment}}}}"
    )
    wish = Wish("change_flights", words, **about(reservation, flight_id))
    other = days[1] if changes_mind(desk) else None
    made = with_choice(wish, "day", days[0], other, "you want it to be {choice} instead")
    return with_plain_card(desk, made, customer.user_id)


def basic_change(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "basic_economy", struck=False):
        flight_id = reservation["segments"][-1]["flight_id"]
        days = desk.shuffled([later(day_of(flight_id), number) for number in (1, 2, 3)], "day")
        yield _moved(desk, customer, reservation, flight_id, days)


def upgrade(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "economy", struck=False):
        flights, passengers = flights_of(desk, reservation), len(reservation["passengers"])
        if all(flight["seats"]["business"] >= passengers for flight in flights):
            code = reservation["reservation_id"]
            words = f"upgrade reservation {code} to business and pay the difference with {{choice}}"
            wish = Wish("change_cabin", words, **about(reservation))
            yield from with_card(desk, wish, customer.user_id, second_thought=True)


def cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        if grounds(reservation, NOW, airline_cancelled=_is_struck(customer, reservation)):
            yield _cancelling(reservation, desk.choose(_ILL, "reason"))


def _is_struck(customer: Customer, reservation: Row) -> bool:
    code = reservation["reservation_id"]
    return any(one["airline_cancelled"] for one in customer.reservations if one["reservation_id"] == code)


def _cancelling(reservation: Row, reason: str) -> Wish:
    words = f"cancel reservation {reservation['reservation_id']}, because {{choice}}"
    made = with_choice(Wish("cancel_reservation", words, **about(reservation)), "reason", reason, None, "")
    return replace(made, knows=made.knows | {"reason": f"{reason[0].upper()}{reason[1:]}."})


def late_cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "basic_economy", "economy"):
        holding = grounds(reservation, NOW, airline_cancelled=_is_struck(customer, reservation))
        if holding in ([], ["insurance"]):
            yield _cancelling(reservation, desk.choose(_PLANS, "reason"))


def foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user_id]
    for record in desk.shuffled(others, "other"):
        for wish in cancel(desk, Customer(record["user"], record["reservations"])):
            yield replace(wish, words=wish.words + "; it belongs to somebody you know, not to you")


def book(desk: Desk, customer: Customer) -> Iterator[Wish]:
    number, cabin, days = offered(desk, "book")
    if len(days) < 2:
        return
    valid = [one for one in certificates(desk, customer.user_id) if one["expires"] >= TODAY and one["balance"] > 0]
    first = (
        f"travel certificate {valid[0]['payment_id']}" if valid and desk.choose((True, True, False), "first") else ""
    )
    known = {"flight": number, "cabin": cabin, "certificate": first or "No certificate, only the card."}
    pays = f"{first} first and then {{{{payment}}}}" if first else "{{payment}} and no certificate"
    wish = Wish(
        "book_flight",
        f"book flight {number} on {{choice}} in {cabin} for yourself, paid with {pays}",
        known,
        known,
        known | {"flight": f"flight {number}"},
    )
    other = days[1] if changes_mind(desk) else None
    made = with_choice(wish, "day", days[0], other, "you want to fly on {choice} instead")
    yield with_plain_card(desk, made, customer.user_id)


def rebook(desk: Desk, customer: Customer, *, stranded: bool = False) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, struck=True):
        for flight in flights_of(desk, reservation):
            if flight["status"] == "cancelled" and _is_stranded(desk, reservation, flight) is stranded:
                words = (
                    f"be rebooked to the next flight, because flight {number_of(flight['flight_id'])} of reservation "
                    f"{reservation['reservation_id']} was cancelled, and settle the difference with {{choice}}"
                )
                wish = Wish("rebook", words, **about(reservation, flight["flight_id"]))
                yield from with_card(desk, wish, customer.user_id, second_thought=False)


def stranded(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return rebook(desk, customer, stranded=True)


def _is_stranded(desk: Desk, reservation: Row, flight: Row) -> bool:
    found = (
        one
        for number in range(4)
        for one in desk.call(
            "search_flights",
            origin=flight["origin"],
            destination=flight["destination"],
            date=later(flight["date"], number),
        )
    )
    return not any(
        one["status"] not in (*GONE, "cancelled")
        and one["seats"][reservation["cabin"]] >= len(reservation["passengers"])
        for one in found
    )
