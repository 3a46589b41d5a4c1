"""Wishes: what each kind of request takes at the airline, found among a customer's reservations and the flights."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domains.flights.fares import bags_price
from domains.flights.playbook.finding import NOW, Row, days_until, hours_since
from domains.flights.policy_rules import BAGS_PER_PASSENGER
from domains.flights.routes import HUBS, SPOKES
from domains.seeding import FIRST_NAMES, LAST_NAMES
from turnwright.database import Row as Frozen
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Search, Subject, Wish, changes_mind, with_choice

_INSTEAD = "you want it to be {choice} instead"


@dataclass(frozen=True)
class Customer:
    user: Row
    reservations: list[Row]


def _reservations(desk: Desk, customer: Customer, *cabins: str, status: str = "active") -> Iterator[Row]:
    codes = [
        one["code"]
        for one in customer.reservations
        if one["status"] == status and (not cabins or one["cabin"] in cabins)
    ]
    for code in desk.shuffled(codes, "reservation", status, *cabins):
        found = desk.call("get_reservation", code=code)
        if found:
            yield found


def _about(reservation: Row) -> dict[str, Any]:
    """What every wish about a reservation has in common."""
    code, to = reservation["code"], reservation["flights"][0]["to"]
    return {
        "details": {"code": code, "trip": f"to {to}"},
        "knows": {"code": code, "trip": f"the trip to {to}"},
        "holes": {"reservation": f"reservation {code}", "to": to},
        "subject": Subject("code", "reservation", code, f"the trip to {to}"),
    }


def _methods(desk: Desk, customer: Customer, amount: float) -> list[str]:
    """Labels of what the customer can pay this amount with."""
    found = desk.call("list_payment_methods", user_id=customer.user["user_id"])
    fitting = [
        one["label"]
        for one in found
        if one["kind"] == "card" or (one["balance"] >= amount and days_until(one["expires"]) >= 0)
    ]
    return desk.shuffled(fitting, "method")


def _paid_with(wish: Wish, label: str) -> Wish:
    payment = {"payment": label}
    return replace(wish, details=wish.details | payment, knows=wish.knows | payment, holes=wish.holes | payment)


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _other_dates(desk: Desk, leg: Row, cabin: str, people: int) -> list[Row]:
    """Up to two flights of the same route on other days with seats enough."""
    found: list[Row] = []
    hold = "business" if cabin == "business" else "economy"
    for offset in desk.shuffled([*range(2, 27)], "date", leg["flight_id"])[:8]:
        day = _day(offset)
        if day == leg["date"] or len(found) == 2:
            continue
        for flight in desk.call("search_flights", origin=leg["from"], destination=leg["to"], date=day):
            if flight["seats_left"][hold] >= people:
                found.append(flight)
    return found[:2]


def _change(desk: Desk, customer: Customer, *cabins: str) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer, *(cabins or ("economy", "business"))):
        leg, people = reservation["flights"][0], len(reservation["passengers"])
        flight = desk.call("get_flight", flight_id=leg["flight_id"])
        others = _other_dates(desk, leg, reservation["cabin"], people)
        if flight["status"] != "scheduled" or len(others) < (2 if changes_mind(desk) else 1):
            continue
        most = max(one["prices"][reservation["cabin"]] for one in others) * people + 45 * people
        pays = _methods(desk, customer, most)[0]
        words = f"move the flight to {leg['to']} of reservation {reservation['code']} to {{choice}}, with {pays}"
        wish = _paid_with(Wish("change_flight", words, **_about(reservation)), pays)
        first = others[1]["date"] if changes_mind(desk) else None
        yield with_choice(wish, "new_date", others[0]["date"], first, _INSTEAD)


def _change_basic(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _change(desk, customer, "basic")


def _cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        code = reservation["code"]
        if hours_since(reservation["booked_at"]) <= 24 or reservation["cabin"] == "business":
            yield Wish("cancel_reservation", f"cancel reservation {code}", **_about(reservation))
        elif reservation["insurance"]:
            who = desk.choose(("you are ill", "your travel mate is sick", "you have a fever"), "ill")
            wish = Wish("cancel_reservation", f"cancel reservation {code}, because {who}", **_about(reservation))
            reason = {"reason": who}
            yield replace(wish, details=wish.details | reason, knows=wish.knows | reason)


def _cancelled(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        if _hit(desk, reservation):
            words = f"cancel reservation {reservation['code']}, because its flight was cancelled"
            yield Wish("cancel_reservation", words, **_about(reservation))


def _hit(desk: Desk, reservation: Row) -> bool:
    flights = [desk.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
    return any(flight["status"] == "cancelled" for flight in flights)


def _no_refund(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer, "basic", "economy"):
        fresh = hours_since(reservation["booked_at"]) <= 24
        if not fresh and not reservation["insurance"] and not _hit(desk, reservation):
            words = f"cancel reservation {reservation['code']} and get the money back, because of other plans"
            yield Wish("cancel_reservation", words, **_about(reservation))


def _bags(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        bags, people = reservation["bags"], len(reservation["passengers"])
        if bags + 2 > BAGS_PER_PASSENGER * people:
            continue
        tier, frozen = customer.user["tier"], Frozen(reservation)
        pays = _methods(desk, customer, bags_price(frozen, tier, bags + 2))[0]
        chosen, other = desk.shuffled(["one more bag", "two more bags"], "bags", reservation["code"])
        words = f"add {{choice}} to reservation {reservation['code']} and pay with {pays}"
        wish = _paid_with(Wish("add_bags", words, **_about(reservation)), pays)
        first = other if changes_mind(desk) else None
        yield with_choice(wish, "bags", chosen, first, "you want {choice} instead")


def _seat(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer, "economy", "business"):
        leg = reservation["flights"][0]
        free = desk.call("list_seats", flight_id=leg["flight_id"])
        kind = desk.choose(("extra_legroom", "standard", "rear"), "kind")
        chosen, other = desk.shuffled(free[kind], "seat")[:2]
        pays = _methods(desk, customer, 29.0)[0]
        words = f"have {{choice}} on the flight to {leg['to']} of reservation {reservation['code']} and pay with {pays}"
        wish = _paid_with(Wish("choose_seat", words, **_about(reservation)), pays)
        first = f"seat {other}" if changes_mind(desk) else None
        yield with_choice(wish, "seat", f"seat {chosen}", first, "you want {choice} instead")


def _name(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        for passenger in reservation["passengers"][1:]:
            first, last = passenger["first_name"], passenger["last_name"]
            new = desk.choose((f"{first}{first[-1]}", f"{first}h", f"{first[:-1]}i"), "spelling")
            if new != first:
                yield _renamed(reservation, f"{first} {last}", f"{new} {last}", "corrected to read")


def _renamed(reservation: Row, old: str, new: str, how: str) -> Wish:
    words = f"have the passenger {old} of reservation {reservation['code']} {how} {new}"
    wish = Wish("correct_name", words, **_about(reservation))
    names = {"passenger": old, "new_name": f"the name has to be {new}"}
    holes = {"passenger": old, "new_name": new}
    return replace(wish, details=wish.details | names, knows=wish.knows | names, holes=wish.holes | holes)


def _swap(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        for passenger in reservation["passengers"][1:]:
            old = f"{passenger['first_name']} {passenger['last_name']}"
            new = f"{desk.choose(FIRST_NAMES.split(), 'new')} {desk.choose(LAST_NAMES.split(), 'new')}"
            yield _renamed(reservation, old, new, "replaced, so that the name is to be")


def _insure(desk: Desk, customer: Customer, *, late: bool = False) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer):
        if reservation["insurance"] or (hours_since(reservation["booked_at"]) > 7 * 24) != late:
            continue
        pays = _methods(desk, customer, 18.5 * len(reservation["passengers"]))
        if len(pays) < (2 if changes_mind(desk) else 1):
            continue
        words = f"insure reservation {reservation['code']} and pay with {{choice}}"
        first = pays[1] if changes_mind(desk) else None
        wish = Wish("add_insurance", words, **_about(reservation))
        yield with_choice(wish, "payment", pays[0], first, _INSTEAD)


def _insure_late(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _insure(desk, customer, late=True)


def _status(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for status in desk.shuffled(["active", "flown"], "status"):
        for reservation in _reservations(desk, customer, status=status):
            to = reservation["flights"][0]["to"]
            words = f"know the status of the flight to {to} of reservation {reservation['code']}"
            yield Wish("get_flight", words, **_about(reservation))


def _certificate(desk: Desk, customer: Customer) -> Iterator[Wish]:
    found = desk.call("list_payment_methods", user_id=customer.user["user_id"])
    for one in found:
        if one["kind"] == "certificate":
            key = one["payment_id"]
            words = f"know how much is left on certificate {key} and until when it is valid"
            named = {"certificate": key}
            yield Wish("list_payment_methods", words, named, named, named)


def _compensation(desk: Desk, customer: Customer, *, due: bool = True) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer, status="flown"):
        flights = [desk.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
        hit = any(
            flight["status"] == "cancelled" or (flight["delay_minutes"] >= 180 and days_until(flight["date"]) >= -14)
            for flight in flights
        )
        member = customer.user["tier"] != "none" or reservation["insurance"] or reservation["cabin"] == "business"
        if (hit and member) == due:
            words = f"get compensation for the trouble with reservation {reservation['code']}"
            yield Wish("issue_certificate", words, **_about(reservation))


def _undue(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _compensation(desk, customer, due=False)


def _route(desk: Desk, salt: str) -> tuple[str, str]:
    pair = (desk.choose(HUBS, "hub", salt), desk.choose(SPOKES, "spoke", salt))
    return pair if desk.noise.uniform("way", desk.number, salt) < 0.5 else (pair[1], pair[0])


def _offers(desk: Desk, route: tuple[str, str], seats: int) -> list[Row]:
    found: list[Row] = []
    for offset in desk.shuffled([*range(2, 27)], "day", *route)[:10]:
        for flight in desk.call("search_flights", origin=route[0], destination=route[1], date=_day(offset)):
            if min(flight["seats_left"].values()) >= seats:
                found.append(flight)
        if len(found) >= 2:
            break
    return found


def _book(desk: Desk, customer: Customer) -> Iterator[Wish]:
    route = _route(desk, "book")
    offers = _offers(desk, route, 2)
    if len(offers) < 2:
        return
    cabin = desk.choose(("economy", "business", "basic economy"), "cabin")
    mate = f"{desk.choose(FIRST_NAMES.split(), 'mate')} {customer.user['last_name']}"
    together = f" together with {mate}" if desk.noise.uniform("mate", desk.number) < 0.4 else ""
    price = max(offer["prices"]["basic" if cabin == "basic economy" else cabin] for offer in offers)
    pays = _methods(desk, customer, 2 * price)[0]
    words = f"book a flight from {route[0]} to {route[1]} on {{choice}} in {cabin}{together} and pay with {pays}"
    known = {"route": f"from {route[0]} to {route[1]}", "cabin": f"in {cabin}{together}"}
    wish = Wish("book_flight", words, known, known, {"from": route[0], "to": route[1]})
    first = offers[1]["date"] if changes_mind(desk) else None
    yield with_choice(_paid_with(wish, pays), "date", offers[0]["date"], first, "you want to fly on {choice} instead")


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for attempt in ("first", "second", "third", "fourth", "fifth", "sixth"):
        route = _route(desk, f"question {attempt}")
        for offer in _offers(desk, route, 0):
            cabin = desk.choose(("economy", "business", "basic economy"), "asked")
            words = f"know what a flight from {route[0]} to {route[1]} on {offer['date']} costs in {cabin}"
            asked = {"asked": f"from {route[0]} to {route[1]} on {offer['date']} in {cabin}"}
            holes = {"asked_from": route[0], "asked_to": route[1], "asked_date": offer["date"], "asked_cabin": cabin}
            yield Wish("search_flights", words, asked, asked, holes)


def _alone(desk: Desk, customer: Customer) -> Iterator[Wish]:
    age = desk.choose(("9", "11", "8", "12"), "age")
    words = f"let your {desk.choose(('daughter', 'son', 'nephew', 'niece'), 'child')} of {age} travel alone"
    yield Wish("unaccompanied_minor", words, {"age": age}, {"age": f"{age} years old"}, {"age": age})


def _medical(desk: Desk, customer: Customer) -> Iterator[Wish]:
    need = desk.choose(("oxygen on board", "a stretcher", "a nurse at the seat"), "need")
    words = f"travel with {need}, for medical reasons"
    yield Wish("medical_case", words, {"need": need}, {"need": need}, {"need": need})


def _foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user["user_id"]]
    for record in desk.shuffled(others, "other"):
        other = Customer(record["user"], record["reservations"])
        for search in desk.shuffled([_status, _cancel], "kind"):
            for wish in search(desk, other):
                yield replace(wish, words=wish.words + "; it belongs to somebody you know, not to you")


def _upgrade(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in _reservations(desk, customer, "basic", "economy"):
        people = len(reservation["passengers"])
        flights = [desk.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
        if any(flight["status"] != "scheduled" or flight["seats_left"]["business"] < people for flight in flights):
            continue
        most = sum(flight["prices"]["business"] for flight in flights) * people
        pays = _methods(desk, customer, most)[0]
        words = f"have reservation {reservation['code']} in business and pay with {pays}"
        wish = _paid_with(Wish("change_cabin", words, **_about(reservation)), pays)
        yield replace(wish, details=wish.details | {"cabin": "business"}, knows=wish.knows | {"cabin": "business"})


SEARCHES: dict[str, Search[Customer]] = {
    "book": _book,
    "change": _change,
    "change_basic": _change_basic,
    "cancel": _cancel,
    "cancelled": _cancelled,
    "no_refund": _no_refund,
    "bags": _bags,
    "seat": _seat,
    "name": _name,
    "swap": _swap,
    "insure": _insure,
    "insure_late": _insure_late,
    "status": _status,
    "question": question,
    "certificate": _certificate,
    "compensation": _compensation,
    "undue": _undue,
    "alone": _alone,
    "medical": _medical,
    "foreign": _foreign,
    "upgrade": _upgrade,
}

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "book_flight": (("book",),),
    "change_flight": (("change",),),
    "cancel_refundable": (("cancel",),),
    "cancelled_by_airline": (("cancelled",),),
    "add_bags": (("bags",),),
    "choose_seat": (("seat",),),
    "correct_name": (("name",),),
    "add_insurance": (("insure",),),
    "flight_status": (("status",),),
    "price_question": (("question",),),
    "certificate_balance": (("certificate",),),
    "compensation": (("compensation",),),
    "change_basic": (("change_basic",),),
    "cancel_not_refundable": (("no_refund",),),
    "foreign_reservation": (("foreign",),),
    "undue_compensation": (("undue",),),
    "passenger_swap": (("swap",),),
    "late_insurance": (("insure_late",),),
    "minor_alone": (("alone",),),
    "medical_case": (("medical",),),
    "change_and_bags": (("change", "bags"),),
    "two_reservations": (("cancel", "book"), ("bags", "status"), ("seat", "compensation")),
    "three_requests": (("change", "bags", "status"), ("bags", "seat", "book"), ("insure", "bags", "status")),
    "upgrade_cabin": (("upgrade",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""
