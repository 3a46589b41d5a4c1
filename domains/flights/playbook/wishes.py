"""Wishes: what each kind of request takes at the airline, found among a customer's reservations and the timetable."""

from collections.abc import Iterator
from dataclasses import replace

from domains.flights.fares import (
    GONE,
    MOST_BAGS,
    age_on,
    compensation,
    edits,
    full_name,
    grounds,
    insurable,
)
from domains.flights.network import ROUTES, SEATS
from domains.flights.playbook.choosing import (
    TODAY,
    Customer,
    about,
    cards,
    day_of,
    flights_of,
    later,
    reservations,
)
from domains.flights.playbook.finding import NOW, Row, number_of
from domains.seeding import FIRST_NAMES
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Search, Wish, changes_mind, with_choice

_PAY_INSTEAD = "you want to pay with {choice} instead"
_ILL = ("a passenger fell ill", "one of us had an accident", "there was a death in the family")
_PLANS = ("the plans for the trip are different now", "there is no time for it any more", "the trip is too expensive")


def _with_card(desk: Desk, wish: Wish, user_id: str, *, second_thought: bool) -> Iterator[Wish]:
    """The wish with a card that pays, if the user has enough of them."""
    own = cards(desk, user_id)
    wants_other = second_thought and changes_mind(desk)
    if len(own) > wants_other:
        yield with_choice(wish, "payment", own[0], own[1] if wants_other else None, _PAY_INSTEAD)


def _with_plain_card(desk: Desk, wish: Wish, user_id: str) -> Wish:
    """The wish with {payment} filled in."""
    label = cards(desk, user_id)[0]
    return replace(
        wish,
        words=wish.words.replace("{payment}", label),
        details=wish.details | {"payment": label},
        knows=wish.knows | {"payment": label},
        holes=wish.holes | {"payment": label},
    )


def _change_date(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "economy", "business", struck=False):
        last, passengers = flights_of(desk, reservation)[-1], len(reservation["passengers"])
        free = [
            day
            for day in (later(last["date"], number) for number in (1, 2, 3, 4))
            if _has_seats(desk, f"{number_of(last['flight_id'])}@{day}", reservation["cabin"], passengers)
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
    return _with_plain_card(desk, made, customer.user_id)


def _has_seats(desk: Desk, flight_id: str, cabin: str, passengers: int) -> bool:
    flight = desk.call("get_flight", flight_id=flight_id)
    if flight is None or flight["status"] not in ("scheduled", "delayed"):
        return False
    return flight["seats"][cabin] >= passengers


def _basic_change(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "basic_economy", struck=False):
        flight_id = reservation["segments"][-1]["flight_id"]
        days = desk.shuffled([later(day_of(flight_id), number) for number in (1, 2, 3)], "day")
        yield _moved(desk, customer, reservation, flight_id, days)


def _upgrade(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "economy", struck=False):
        flights, passengers = flights_of(desk, reservation), len(reservation["passengers"])
        if all(flight["seats"]["business"] >= passengers for flight in flights):
            code = reservation["reservation_id"]
            words = f"upgrade reservation {code} to business and pay the difference with {{choice}}"
            wish = Wish("change_cabin", words, **about(reservation))
            yield from _with_card(desk, wish, customer.user_id, second_thought=True)


def _cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        if grounds(reservation, NOW, airline_cancelled=_is_struck(customer, reservation)):
            yield _cancelling(reservation, desk.choose(_ILL, "reason"))


def _is_struck(customer: Customer, reservation: Row) -> bool:
    code = reservation["reservation_id"]
    return any(one["airline_cancelled"] for one in customer.reservations if one["reservation_id"] == code)


def _cancelling(reservation: Row, reason: str) -> Wish:
    words = f"cancel reservation {reservation['reservation_id']}, because {{choice}}"
    return with_choice(Wish("cancel_reservation", words, **about(reservation)), "reason", reason, None, "")


def _late_cancel(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, "basic_economy", "economy"):
        holding = grounds(reservation, NOW, airline_cancelled=_is_struck(customer, reservation))
        if holding in ([], ["insurance"]):
            yield _cancelling(reservation, desk.choose(_PLANS, "reason"))


def _foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user_id]
    for record in desk.shuffled(others, "other"):
        for wish in _cancel(desk, Customer(record["user"], record["reservations"])):
            yield replace(wish, words=wish.words + "; it belongs to somebody you know, not to you")


def _bags(desk: Desk, customer: Customer, *, minors: bool = False) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, minors=minors):
        room = MOST_BAGS * len(reservation["passengers"]) - reservation["bags"]
        numbers = desk.shuffled([number for number in (1, 2, 3) if number <= room], "bags")
        if len(numbers) <= changes_mind(desk):
            continue
        wanted = [f"{number} more bag{'s' if number > 1 else ''}" for number in numbers]
        code = reservation["reservation_id"]
        words = f"add {{choice}} to reservation {code}, paid with {{{{payment}}}} if they cost extra"
        other = wanted[1] if changes_mind(desk) else None
        wish = Wish("add_bags", words, **about(reservation))
        made = with_choice(wish, "bags", wanted[0], other, "you want {choice} instead")
        yield _with_plain_card(desk, made, customer.user_id)


def _minor(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _bags(desk, customer, minors=True)


def _seat(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        flight_id = desk.choose(reservation["segments"], "segment")["flight_id"]
        passenger = desk.choose(reservation["passengers"], "passenger")
        name = full_name(passenger)
        kinds = _kinds(reservation, passenger)
        free = desk.call("list_seats", flight_id=flight_id, kind=desk.choose(kinds, "kind"))
        seats = desk.shuffled([*free], "seat")
        if len(seats) <= changes_mind(desk):
            continue
        wish = Wish(
            "choose_seat",
            f"get seat {{choice}} for {name} on flight {number_of(flight_id)} of reservation "
            f"{reservation['reservation_id']}, paid with {{{{payment}}}} if it costs something",
            **about(reservation, flight_id),
        )
        wish = replace(
            wish, details=wish.details | {"passenger": name}, knows=wish.knows | {"passenger": f"it is for {name}"}
        )
        other = seats[1] if changes_mind(desk) else None
        made = with_choice(wish, "seat", seats[0], other, "you want seat {choice} instead")
        yield _with_plain_card(desk, replace(made, holes=made.holes | {"passenger": name}), customer.user_id)


def _kinds(reservation: Row, passenger: Row) -> list[str]:
    if reservation["cabin"] == "business":
        return ["business"]
    grown = age_on(passenger["birth_date"], NOW.date()) >= 16
    return [kind for kind in SEATS if kind != "business" and (grown or kind != "legroom")]


def _renaming(reservation: Row, old: str, new: str, words: str) -> Wish:
    wish = Wish("update_passenger", words, **about(reservation))
    return replace(
        wish,
        details=wish.details | {"passenger": old, "new_name": f"it should read {new}"},
        knows=wish.knows | {"new_name": f"it should read {new}"},
        holes=wish.holes | {"passenger": old, "new_name": new},
    )


def _correct_name(desk: Desk, customer: Customer) -> Iterator[Wish]:
    new = full_name(customer.user)
    for reservation in reservations(desk, customer, fits=lambda brief: 0 < edits(brief["passengers"][0], new) <= 3):
        old, code = full_name(reservation["passengers"][0]), reservation["reservation_id"]
        words = f"have the spelling of {old} in reservation {code} corrected, it should read {new}"
        yield _renaming(reservation, old, new, words)


def _swap(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        old = full_name(desk.choose(reservation["passengers"], "passenger"))
        names = [name for name in FIRST_NAMES.split() if edits(name, old.split()[0]) > 3]
        new = f"{desk.choose(names, 'first')} {customer.user['last_name']}"
        if all(edits(full_name(one), new) > 3 for one in reservation["passengers"]):
            code = reservation["reservation_id"]
            words = f"have somebody else travel in place of {old} in reservation {code}, the ticket should read {new}"
            yield replace(_renaming(reservation, old, new, words), action="swap_passenger")


def _insure(desk: Desk, customer: Customer, *, late: bool = False) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        first = flights_of(desk, reservation)[0]
        if not reservation["insurance"] and insurable(reservation, first["departs"], NOW) is not late:
            words = f"insure reservation {reservation['reservation_id']} and pay with {{choice}}"
            wish = Wish("add_insurance", words, **about(reservation))
            yield from _with_card(desk, wish, customer.user_id, second_thought=not late)


def _late_insure(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _insure(desk, customer, late=True)


def _compensation(desk: Desk, customer: Customer, *, due: bool = True) -> Iterator[Wish]:
    for status in desk.shuffled(["flown", "active"], "status"):
        for reservation in reservations(desk, customer, status=status):
            flights = flights_of(desk, reservation)
            for flight in flights:
                entitled = bool(compensation(reservation, flight, customer.user["tier"]))
                bad = flight["status"] == "cancelled" or flight["delay_minutes"] > 0
                if bad and entitled is due:
                    yield _compensated(reservation, flight)


def _compensated(reservation: Row, flight: Row) -> Wish:
    number, code = number_of(flight["flight_id"]), reservation["reservation_id"]
    trouble = "was cancelled" if flight["status"] == "cancelled" else "was late"
    words = f"get compensation because flight {number} of reservation {code} {trouble}"
    wish = Wish("issue_certificate", words, **about(reservation, flight["flight_id"]))
    return replace(wish, holes=wish.holes | {"trouble": trouble})


def _undue(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _compensation(desk, customer, due=False)


def _status(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        flight_id = desk.choose(reservation["segments"], "segment")["flight_id"]
        words = (
            f"know whether flight {number_of(flight_id)} of reservation {reservation['reservation_id']} is on time and "
            "when it leaves"
        )
        yield Wish("get_flight", words, **about(reservation, flight_id))


def _baggage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        words = f"know how many bags are free in reservation {reservation['reservation_id']} and how many it has"
        yield Wish("get_reservation", words, **about(reservation))


def _certificates(desk: Desk, user_id: str) -> list[Row]:
    methods = desk.call("list_payment_methods", user_id=user_id)
    return desk.shuffled([one for one in methods if one["kind"] == "certificate"], "certificate")


def _certificate(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for one in _certificates(desk, customer.user_id):
        key = one["payment_id"]
        words = f"know how much is left on travel certificate {key} and until when it is valid"
        yield Wish(
            "get_certificate", words, {"certificate": key}, {"certificate": f"certificate {key}"}, {"certificate": key}
        )


def _offered(desk: Desk, salt: str) -> tuple[str, str, list[str]]:
    """A flight number, a cabin and days on which it has seats there."""
    number, cabin = desk.choose(sorted(ROUTES), "number", salt), desk.choose(("economy", "business"), "cabin", salt)
    if desk.noise.uniform("basic", desk.number, salt) < 0.3:
        cabin = "basic_economy"
    days = desk.shuffled([later(TODAY, day) for day in range(3, 28)], "day", salt)
    free: list[str] = []
    for day in days:
        if len(free) < 2 and _has_seats(desk, f"{number}@{day}", cabin, 1):
            free.append(day)
    return number, cabin.replace("_", " "), free


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    number, cabin, days = _offered(desk, "question")
    known = {"flight": f"flight {number}", "day": days[0], "cabin": cabin}
    words = f"know what flight {number} on {days[0]} costs in {cabin} and how many seats are left"
    yield Wish("search_flights", words, {**known}, known, {**known})


def _book(desk: Desk, customer: Customer) -> Iterator[Wish]:
    number, cabin, days = _offered(desk, "book")
    if len(days) < 2:
        return
    valid = [one for one in _certificates(desk, customer.user_id) if one["expires"] >= TODAY and one["balance"] > 0]
    first = (
        f"travel certificate {valid[0]['payment_id']}" if valid and desk.choose((True, True, False), "first") else ""
    )
    known = {"flight": f"flight {number}", "cabin": cabin, "certificate": first or "no certificate, only the card"}
    pays = f"{first} first and then {{{{payment}}}}" if first else "{{payment}} and no certificate"
    wish = Wish(
        "book_flight",
        f"book flight {number} on {{choice}} in {cabin} for yourself, paid with {pays}",
        known,
        known,
        known,
    )
    other = days[1] if changes_mind(desk) else None
    made = with_choice(wish, "day", days[0], other, "you want to fly on {choice} instead")
    yield _with_plain_card(desk, made, customer.user_id)


def _rebook(desk: Desk, customer: Customer, *, stranded: bool = False) -> Iterator[Wish]:
    for reservation in reservations(desk, customer, struck=True):
        for flight in flights_of(desk, reservation):
            if flight["status"] == "cancelled" and _is_stranded(desk, reservation, flight) is stranded:
                words = (
                    f"be rebooked to the next flight, because flight {number_of(flight['flight_id'])} of reservation "
                    f"{reservation['reservation_id']} was cancelled, and settle the difference with {{choice}}"
                )
                wish = Wish("rebook", words, **about(reservation, flight["flight_id"]))
                yield from _with_card(desk, wish, customer.user_id, second_thought=False)


def _stranded(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _rebook(desk, customer, stranded=True)


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


def _medical(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        service = desk.choose(("oxygen", "a stretcher", "a medical escort"), "service")
        words = f"have {service} arranged on board for reservation {reservation['reservation_id']}"
        wish = Wish("medical", words, **about(reservation))
        yield replace(wish, details=wish.details | {"service": service}, holes=wish.holes | {"service": service})


SEARCHES: dict[str, Search[Customer]] = {
    "book": _book,
    "change_date": _change_date,
    "basic_change": _basic_change,
    "upgrade": _upgrade,
    "cancel": _cancel,
    "late_cancel": _late_cancel,
    "foreign": _foreign,
    "bags": _bags,
    "minor": _minor,
    "seat": _seat,
    "correct_name": _correct_name,
    "swap": _swap,
    "insure": _insure,
    "late_insure": _late_insure,
    "compensation": _compensation,
    "undue": _undue,
    "status": _status,
    "baggage": _baggage,
    "certificate": _certificate,
    "question": question,
    "rebook": _rebook,
    "stranded": _stranded,
    "medical": _medical,
}

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "book_flight": (("book",),),
    "change_date": (("change_date",),),
    "upgrade_cabin": (("upgrade",),),
    "cancel_refundable": (("cancel",),),
    "add_bags": (("bags",),),
    "choose_seat": (("seat",),),
    "correct_passenger_name": (("correct_name",),),
    "add_insurance": (("insure",),),
    "delay_compensation": (("compensation",),),
    "flight_status": (("status",),),
    "baggage_question": (("baggage",),),
    "certificate_balance": (("certificate",),),
    "fare_question": (("question",),),
    "basic_economy_change": (("basic_change",),),
    "late_cancellation": (("late_cancel",),),
    "foreign_reservation": (("foreign",),),
    "undue_compensation": (("undue",),),
    "passenger_swap": (("swap",),),
    "late_insurance": (("late_insure",),),
    "minor_alone": (("minor",),),
    "no_rebooking_left": (("stranded",),),
    "medical_request": (("medical",),),
    "two_changes": (("bags", "seat"), ("cancel", "seat"), ("change_date", "bags"), ("upgrade", "bags")),
    "change_and_question": (("cancel", "certificate"), ("seat", "question"), ("bags", "status"), ("insure", "baggage")),
    "three_requests": (("bags", "seat", "book"), ("cancel", "status", "certificate"), ("seat", "baggage", "book")),
    "rebook_cancelled": (("rebook",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""
