"""The airline's policy rules: for each, dialogues that must be flagged and their neighbours that must pass."""

from typing import Any

import pytest
from playing import Call, Line, call, codes_of

from domains import load
from domains.flights.policy_rules import RULE_BOOK


def user(number: int, tier: str = "none") -> dict[str, Any]:
    name = {"first_name": "Ann", "last_name": "Lee", "email": f"u_{number}@example.com"}
    return {"user_id": f"u_{number}", **name, "birth_date": "1990-05-05", "tier": tier, "address": {}}


def flight(number: str, day: str, status: str = "scheduled", delay: int = 0, seats: int = 5, to: str = "BOS") -> Any:
    return {
        "flight_id": f"{number}@{day}",
        "origin": "BOI",
        "destination": to,
        "date": day,
        "departs": f"{day}T10:00",
        "arrives": f"{day}T12:00",
        "status": status,
        "delay_minutes": delay,
        "seats": dict.fromkeys(("basic_economy", "economy", "business"), seats),
        "prices": {"basic_economy": 80.0, "economy": 110.25, "business": 300.0},
    }


def passenger(number: int, first: str = "Ann", born: str = "1990-05-05") -> dict[str, str]:
    return {"passenger_id": f"p-{number}", "first_name": first, "last_name": "Lee", "birth_date": born}


PAIR = (passenger(1), passenger(2, "Tim", "2011-01-01"))


def reservation(code: str, cabin: str = "economy", *flights: str, owner: int = 1, **other: Any) -> dict[str, Any]:
    row = {
        "reservation_id": code,
        "user_id": f"u_{owner}",
        "status": "active",
        "cabin": cabin,
        "booked_at": "2026-05-01T12:00",
        "segments": [{"flight_id": one, "price": 100.0} for one in flights or ("XX1@2026-07-01",)],
        "passengers": PAIR,
        "bags": 0,
        "insurance": False,
        "insurance_price": 0.0,
        "fees": 0.0,
        "payment_id": f"card-{owner}",
        "certificate_id": None,
        "certificate_amount": 0.0,
        "total": 734.56,
    }
    return row | other


def method(payment_id: str, owner: int) -> dict[str, Any]:
    kind = payment_id.partition("-")[0].replace("cert", "certificate")
    return {"payment_id": payment_id, "user_id": f"u_{owner}", "kind": kind, "label": payment_id}


def certificate(key: str, expires: str, owner: int) -> dict[str, Any]:
    return {"certificate_id": key, "user_id": f"u_{owner}", "balance": 87.65, "expires": expires}


CHILD = (passenger(1, "Tim", "2013-01-01"),)
RESERVATIONS = (
    reservation("E"),
    reservation("BASIC", "basic_economy"),
    reservation("BIZ", "business"),
    reservation("DAY", booked_at="2026-06-14T10:00"),
    reservation("MISSED", booked_at="2026-06-14T09:59"),
    reservation("STRUCK", "basic_economy", "XX1@2026-07-05"),
    reservation("STRANDED", "economy", "XX1@2026-07-10"),
    reservation("INSTRUCK", "economy", "XX1@2026-07-05", insurance=True),
    reservation("INSURED", insurance=True, insurance_price=49.0),
    reservation("BEGUN", "business", "XX1@2026-06-10", "XX1@2026-07-01"),
    reservation("ALONE", passengers=CHILD),
    reservation("WEEK", booked_at="2026-06-08T08:00"),
    reservation("OLD", booked_at="2026-06-07T23:00"),
    reservation("SOON", "economy", "XX1@2026-06-16", booked_at="2026-06-14T12:00"),
    reservation("TOOSOON", "economy", "XX2@2026-06-16", booked_at="2026-06-14T12:00"),
    reservation("LATE", "business", "XX1@2026-06-10", status="flown"),
    reservation("LATER", "business", "XX1@2026-06-11", status="flown"),
    reservation("PLAIN", "economy", "XX1@2026-06-10", status="flown"),
    reservation("THEIRS", "business", owner=2, passengers=(passenger(1, "Zoe"),), total=912.34),
    reservation("S", owner=3),
    reservation("G", owner=4),
    reservation("SLATE", "economy", "XX1@2026-06-10", owner=3, status="flown"),
)
FLIGHTS = (
    *(flight("XX1", f"2026-07-0{day}") for day in (1, 2, 3, 4, 6, 8)),
    flight("XX1", "2026-07-05", "cancelled"),
    flight("XX1", "2026-07-10", "cancelled"),
    flight("XX1", "2026-07-11", seats=1),
    flight("XX1", "2026-07-14"),
    flight("XX1", "2026-06-16"),
    {**flight("XX2", "2026-06-16"), "departs": "2026-06-16T09:59"},
    flight("XX1", "2026-06-10", "landed", 180),
    flight("XX1", "2026-06-11", "landed", 179),
    flight("XX9", "2026-07-02", to="SEA"),
)
METHODS = (("card-1", 1), ("card-2", 2), ("card-3", 3), ("card-4", 4), ("cert-1", 1), ("cert-x", 1), ("cert-2", 2))
CERTIFICATES = (("cert-1", "2026-06-15", 1), ("cert-x", "2026-06-14", 1), ("cert-2", "2027-01-01", 2))
START: dict[str, Any] = {
    **{
        f"users/u_{number}": user(number, tier)
        for number, tier in ((1, "none"), (2, "none"), (3, "silver"), (4, "gold"))
    },
    **{f"flights/{one['flight_id']}": one for one in FLIGHTS},
    **{f"reservations/{one['reservation_id']}": one for one in RESERVATIONS},
    **{f"payment_methods/{key}": method(key, owner) for key, owner in METHODS},
    **{f"certificates/{key}": certificate(key, day, owner) for key, day, owner in CERTIFICATES},
}


def codes(lines: list[Line]) -> list[str]:
    return codes_of(load("flights"), START, lines)


def identify(number: int = 1) -> Call:
    return call("find_user_by_email", email=f"u_{number}@example.com")


def about(code: str) -> Call:
    return call("get_reservation", reservation_id=code)


def seen(flight_id: str) -> Call:
    return call("get_flight", flight_id=flight_id)


def agreed(write: Call, *lookups: Call, number: int = 1) -> list[Line]:
    """The user is identified, the lookups are made, the write is proposed, agreed to and made."""
    return ["U please", identify(number), *lookups, "A shall I?", "U go", write]


def cancelled(code: str, grounds: str, number: int = 1) -> list[Line]:
    return agreed(call("cancel_reservation", reservation_id=code, grounds=grounds), about(code), number=number)


def moved(code: str, fee: float, *flights: str, pay: str = "card-1", number: int = 1) -> list[Line]:
    ids = [*(flights or ("XX1@2026-07-02",))]
    write = call("change_flights", reservation_id=code, flight_ids=ids, fee=fee, payment_id=pay)
    return agreed(write, about(code), *map(seen, ids), number=number)


def cabin(code: str, to: str, pay: str = "card-1") -> list[Line]:
    return agreed(call("change_cabin", reservation_id=code, cabin=to, payment_id=pay), about(code))


def bags(code: str, added: int, paid: int, pay: str = "card-1", number: int = 1) -> list[Line]:
    write = call("add_bags", reservation_id=code, added=added, paid=paid, payment_id=pay)
    return agreed(write, about(code), number=number)


def seat(
    code: str, place: str, fee: float, who: str = "p-1", number: int = 1, flight_id: str = "XX1@2026-07-01"
) -> Any:
    write = call(
        "choose_seat",
        reservation_id=code,
        flight_id=flight_id,
        passenger_id=who,
        seat=place,
        fee=fee,
        payment_id=f"card-{number}",
    )
    return agreed(write, about(code), number=number)


def renamed(code: str, first: str, last: str, who: str = "p-1") -> list[Line]:
    names = {"passenger_id": who, "first_name": first, "last_name": last}
    return agreed(call("update_passenger", reservation_id=code, **names), about(code))


def insured(code: str, pay: str = "card-1") -> list[Line]:
    return agreed(call("add_insurance", reservation_id=code, payment_id=pay), about(code))


def compensated(code: str, day: str, amount: float, number: int = 1, to: int | None = None) -> list[Line]:
    flight_id = f"XX1@{day}"
    ids = {"user_id": f"u_{to or number}", "reservation_id": code, "flight_id": flight_id}
    return agreed(call("issue_certificate", **ids, amount=amount), about(code), seen(flight_id), number=number)


def booked(pay: str = "card-1", first: str | None = None, owner: str = "u_1", born: str = "1990-05-05") -> list[Line]:
    write = call(
        "book_flight",
        user_id=owner,
        flight_ids=["XX1@2026-07-02"],
        cabin="economy",
        passengers=[{"first_name": "Ann", "last_name": "Lee", "birth_date": born}],
        payment_id=pay,
        certificate_id=first,
    )
    lookups = [call("get_certificate", certificate_id=first)] if first else []
    return agreed(write, seen("XX1@2026-07-02"), *lookups)


def transferred(reason: str, *lookups: Call) -> list[Line]:
    return ["U help", identify(), *lookups, call("transfer_to_human", reason=reason)]


BAGS_E = call("add_bags", reservation_id="E", added=1, paid=0, payment_id="card-1")
LISTED = call("list_reservations", user_id="u_1")
TALK_OF_THEIRS: list[Line] = ["U what about THEIRS?", identify(), about("THEIRS")]

FLAGGED: dict[str, tuple[str, list[Line]]] = {
    "write unidentified": ("NO_AUTH", ["U bags", "A sure?", "U yes", BAGS_E]),
    "read unidentified": ("NO_AUTH", ["U what did I book?", about("E")]),
    "profile of an id that was said": ("NO_AUTH", ["U I am u_1", call("get_user", user_id="u_1")]),
    "two users": ("SECOND_USER", ["U hi", identify(1), identify(2)]),
    "reservations of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_reservations", user_id="u_2")]),
    "methods of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_payment_methods", user_id="u_2")]),
    "cancels another's": ("FOREIGN_ACCOUNT", cancelled("THEIRS", "business")),
    "bags for another": ("FOREIGN_ACCOUNT", bags("THEIRS", 1, 0)),
    "moves another's": ("FOREIGN_ACCOUNT", moved("THEIRS", 0.0)),
    "books for another": ("FOREIGN_ACCOUNT", booked(owner="u_2")),
    "certificate to another": ("FOREIGN_ACCOUNT", compensated("LATE", "2026-06-10", 100.0, to=2)),
    "total of another told": ("FOREIGN_FACT", [*TALK_OF_THEIRS, "A It cost 912.34."]),
    "passenger of another told": ("FOREIGN_FACT", [*TALK_OF_THEIRS, "A Zoe Lee flies."]),
    "balance of another told": (
        "FOREIGN_FACT",
        ["U hi", identify(), call("get_certificate", certificate_id="cert-2"), "A 87.65 is left."],
    ),
    "not proposed": ("NO_CONFIRMATION", ["U bags please", identify(), about("E"), BAGS_E]),
    "not answered": ("NO_CONFIRMATION", ["U bags please", identify(), about("E"), "A shall I?", BAGS_E]),
    "proposed before the lookup": ("NO_CONFIRMATION", ["U hi", identify(), "A shall I?", "U yes", about("E"), BAGS_E]),
    "proposed from a list": (
        "NO_CONFIRMATION",
        ["U hi", identify(), LISTED, "A which of them?", "U the one to Boston", about("E"), BAGS_E],
    ),
    "flight never looked up": (
        "NO_CONFIRMATION",
        [line for line in moved("E", 120.0) if line != seen("XX1@2026-07-02")],
    ),
    "card of another": ("FOREIGN_PAYMENT", booked("card-2")),
    "bags on another's card": ("FOREIGN_PAYMENT", bags("E", 1, 0, "card-2")),
    "certificate of another": ("FOREIGN_PAYMENT", booked(first="cert-2")),
    "change paid by certificate": ("NOT_A_CARD", bags("BASIC", 1, 1, "cert-1")),
    "insurance paid by certificate": ("NOT_A_CARD", insured("WEEK", "cert-1")),
    "expired certificate": ("EXPIRED_CERTIFICATE", booked(first="cert-x")),
    "child booked alone": ("MINOR_ALONE", booked(born="2012-06-16")),
    "bags of a child alone": ("MINOR_ALONE", bags("ALONE", 1, 0)),
    "basic economy moved": ("BASIC_ECONOMY", moved("BASIC", 120.0)),
    "basic economy upgraded": ("BASIC_ECONOMY", cabin("BASIC", "business")),
    "down to basic economy": ("BASIC_ECONOMY", cabin("E", "basic_economy")),
    "other way": ("OTHER_ROUTE", moved("E", 120.0, "XX9@2026-07-02")),
    "fee for one only": ("WRONG_FEE", moved("E", 60.0)),
    "no fee": ("WRONG_FEE", moved("E", 0.0)),
    "full fee for silver": ("WRONG_FEE", moved("S", 120.0, pay="card-3", number=3)),
    "fee for gold": ("WRONG_FEE", moved("G", 60.0, pay="card-4", number=4)),
    "fee in business": ("WRONG_FEE", moved("BIZ", 120.0)),
    "fee after a cancellation": ("WRONG_FEE", moved("STRUCK", 120.0, "XX1@2026-07-06")),
    "rebooked too late": ("LATE_REBOOKING", moved("STRANDED", 0.0, "XX1@2026-07-14")),
    "departed flight moved": ("FLOWN", moved("BEGUN", 0.0, "XX1@2026-07-02", "XX1@2026-07-01")),
    "begun journey cancelled": ("FLOWN", cancelled("BEGUN", "business")),
    "begun journey with bags": ("FLOWN", bags("BEGUN", 1, 0)),
    "begun journey with another name": ("FLOWN", renamed("BEGUN", "Anne", "Lee")),
    "seat on a departed flight": ("FLOWN", seat("BEGUN", "1A", 0.0, flight_id="XX1@2026-06-10")),
    "cancelled without grounds": ("NOT_CANCELLABLE", cancelled("E", "business")),
    "cancelled a minute late": ("NOT_CANCELLABLE", cancelled("MISSED", "within_24_hours")),
    "cancelled on other grounds": ("WRONG_GROUNDS", cancelled("BIZ", "insurance")),
    "cancelled on later grounds": ("WRONG_GROUNDS", cancelled("STRUCK", "business")),
    "free bags paid": ("WRONG_BAG_FEE", bags("E", 2, 2)),
    "paid bag free": ("WRONG_BAG_FEE", bags("E", 3, 0)),
    "bag of basic economy free": ("WRONG_BAG_FEE", bags("BASIC", 1, 0)),
    "silver bags paid": ("WRONG_BAG_FEE", bags("S", 4, 2, "card-3", 3)),
    "too many bags": ("TOO_MANY_BAGS", bags("E", 11, 9)),
    "seat for nothing": ("WRONG_SEAT_FEE", seat("E", "14A", 0.0)),
    "front seat at the standard price": ("WRONG_SEAT_FEE", seat("E", "5A", 8.5)),
    "standard seat paid by silver": ("WRONG_SEAT_FEE", seat("S", "14A", 8.5, number=3)),
    "front seat free for silver": ("WRONG_SEAT_FEE", seat("S", "5A", 0.0, number=3)),
    "legroom free for gold": ("WRONG_SEAT_FEE", seat("G", "9A", 0.0, number=4)),
    "business seat paid": ("WRONG_SEAT_FEE", seat("BIZ", "1A", 18.0)),
    "child in the exit row": ("EXIT_ROW_AGE", seat("E", "9A", 32.5, "p-2")),
    "another passenger": ("PASSENGER_SWAP", renamed("E", "Margaret", "Lee")),
    "four letters": ("PASSENGER_SWAP", renamed("E", "Anna", "Leeman")),
    "insured too long after booking": ("LATE_INSURANCE", insured("OLD")),
    "insured too close to the flight": ("LATE_INSURANCE", insured("TOOSOON")),
    "compensation without a tier": ("UNDUE_COMPENSATION", compensated("PLAIN", "2026-06-10", 100.0)),
    "compensation for 179 minutes": ("UNDUE_COMPENSATION", compensated("LATER", "2026-06-11", 100.0)),
    "compensation for one": ("WRONG_COMPENSATION", compensated("LATE", "2026-06-10", 50.0)),
    "compensation as for a cancellation": ("WRONG_COMPENSATION", compensated("SLATE", "2026-06-10", 200.0, 3)),
    "transfer of nothing": ("UNNEEDED_TRANSFER", transferred("no_rebooking")),
    "transfer with seats left": ("UNNEEDED_TRANSFER", transferred("no_rebooking", about("STRUCK"))),
    "transfer of an adult": ("UNNEEDED_TRANSFER", transferred("unaccompanied_minor", about("E"))),
    "medical without a lookup": ("UNNEEDED_TRANSFER", transferred("medical_assistance")),
}

PASSED: dict[str, list[Line]] = {
    "open questions": ["U what is free?", seen("XX1@2026-07-01"), "A 110.25"],
    "seats unidentified": ["U seats?", call("list_seats", flight_id="XX1@2026-07-01", kind="front"), "A 5A"],
    "theirs refused": [*TALK_OF_THEIRS, "A I cannot deal with that."],
    "certificate on its last day": booked(first="cert-1"),
    "booked at fourteen": booked(born="2012-06-15"),
    "economy moved": moved("E", 120.0),
    "silver moved": moved("S", 60.0, pay="card-3", number=3),
    "gold moved": moved("G", 0.0, pay="card-4", number=4),
    "business moved": moved("BIZ", 0.0),
    "basic economy after a cancellation": moved("STRUCK", 0.0, "XX1@2026-07-06"),
    "three days after a cancellation": moved("STRUCK", 0.0, "XX1@2026-07-08"),
    "the rest of a begun journey moved": moved("BEGUN", 0.0, "XX1@2026-06-10", "XX1@2026-07-02"),
    "up": cabin("E", "business"),
    "down": cabin("BIZ", "economy"),
    "cancelled in the last minute": cancelled("DAY", "within_24_hours"),
    "cancelled in business": cancelled("BIZ", "business"),
    "cancelled by the airline": cancelled("STRUCK", "airline_cancelled"),
    "cancelled with insurance": cancelled("INSURED", "insurance"),
    "listed and then looked up": ["U hi", identify(), LISTED, about("E"), "A one more bag?", "U yes", BAGS_E],
    "looked up again after the yes": ["U hi", identify(), about("E"), "A one?", "U yes", LISTED, about("E"), BAGS_E],
    "free bags": bags("E", 2, 0),
    "one bag to pay": bags("E", 3, 1),
    "all bags there may be": bags("E", 10, 8),
    "silver bags": bags("S", 4, 0, "card-3", 3),
    "standard seat": seat("E", "14A", 8.5),
    "free bags on a certificate": bags("E", 1, 0, "cert-1"),
    "front seat for gold": seat("G", "5A", 0.0, number=4),
    "business seat": seat("BIZ", "1A", 0.0),
    "grown-up in the exit row": seat("E", "9A", 32.5),
    "seat on the rest of a begun journey": seat("BEGUN", "1A", 0.0),
    "three letters": renamed("E", "Anna", "Leeds"),
    "insured after a week": insured("WEEK"),
    "insured a day before": insured("SOON"),
    "delay in business": compensated("LATE", "2026-06-10", 100.0),
    "delay for silver": compensated("SLATE", "2026-06-10", 100.0, 3),
    "cancellation of the airline": compensated("INSTRUCK", "2026-07-05", 200.0),
    "no seats left": transferred("no_rebooking", about("STRANDED")),
    "children alone": transferred("unaccompanied_minor", about("ALONE")),
    "medical": transferred("medical_assistance", about("E")),
    "threat": transferred("legal_threat"),
}


@pytest.mark.parametrize(("code", "lines"), FLAGGED.values(), ids=FLAGGED.keys())
def test_violations_are_found(code: str, lines: list[Line]) -> None:
    assert codes(lines) == [code]


@pytest.mark.parametrize("lines", PASSED.values(), ids=PASSED.keys())
def test_what_the_policy_allows_passes(lines: list[Line]) -> None:
    assert codes(lines) == []


def test_every_write_has_rules() -> None:
    tools = load("flights").tools
    assert {name for name, tool in tools.items() if tool.writes and not tool.ends} <= set(RULE_BOOK.of_tool)
