"""Extra wishes: bags, seats, names, insurance, compensation and care on board."""

from collections.abc import Iterator
from dataclasses import replace

from domains.flights.fares import MOST_BAGS, age_on, compensation, edits, full_name, insurable
from domains.flights.network import SEATS
from domains.flights.playbook.choosing import Customer, about, flights_of, reservations, with_card, with_plain_card
from domains.flights.playbook.finding import NOW, Row, number_of
from domains.seeding import FIRST_NAMES
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Wish, changes_mind, with_choice


def bags(desk: Desk, customer: Customer, *, minors: bool = False) -> Iterator[Wish]:
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
        yield with_plain_card(desk, made, customer.user_id)


def minor(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return bags(desk, customer, minors=True)


def seat(desk: Desk, customer: Customer) -> Iterator[Wish]:
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
            wish, details=wish.details | {"passenger": name}, knows=wish.knows | {"passenger": f"It is for {name}."}
        )
        other = seats[1] if changes_mind(desk) else None
        made = with_choice(wish, "seat", seats[0], other, "you want seat {choice} instead")
        yield with_plain_card(desk, replace(made, holes=made.holes | {"passenger": name}), customer.user_id)


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
        knows=wish.knows | {"new_name": f"It should read {new}."},
        holes=wish.holes | {"passenger": old, "new_name": new},
    )


def correct_name(desk: Desk, customer: Customer) -> Iterator[Wish]:
    new = full_name(customer.user)
    for reservation in reservations(desk, customer, fits=lambda brief: 0 < edits(brief["passengers"][0], new) <= 3):
        old, code = full_name(reservation["passengers"][0]), reservation["reservation_id"]
        words = f"have the spelling of {old} in reservation {code} corrected, it should read {new}"
        yield _renaming(reservation, old, new, words)


def swap(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        old = full_name(desk.choose(reservation["passengers"], "passenger"))
        names = [name for name in FIRST_NAMES.split() if edits(name, old.split()[0]) > 3]
        new = f"{desk.choose(names, 'first')} {customer.user['last_name']}"
        if all(edits(full_name(one), new) > 3 for one in reservation["passengers"]):
            code = reservation["reservation_id"]
            words = f"have somebody else travel in place of {old} in reservation {code}, the ticket should read {new}"
            yield replace(_renaming(reservation, old, new, words), action="swap_passenger")


def insure(desk: Desk, customer: Customer, *, late: bool = False) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        first = flights_of(desk, reservation)[0]
        if not reservation["insurance"] and insurable(reservation, first["departs"], NOW) is not late:
            words = f"insure reservation {reservation['reservation_id']} and pay with {{choice}}"
            wish = Wish("add_insurance", words, **about(reservation))
            yield from with_card(desk, wish, customer.user_id, second_thought=not late)


def late_insure(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return insure(desk, customer, late=True)


def compensation_wish(desk: Desk, customer: Customer, *, due: bool = True) -> Iterator[Wish]:
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


def undue(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return compensation_wish(desk, customer, due=False)


def medical(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for reservation in reservations(desk, customer):
        service = desk.choose(("oxygen", "a stretcher", "a medical escort"), "service")
        words = f"have {service} arranged on board for reservation {reservation['reservation_id']}"
        wish = Wish("medical", words, **about(reservation))
        yield replace(wish, details=wish.details | {"service": service}, holes=wish.holes | {"service": service})
