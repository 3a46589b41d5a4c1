"""The airline's tools: the numbers they give back, what they change, and what a real backend refuses."""

from typing import Any

import pytest

from domains import load
from turnwright.dialogue import Side, ToolCall
from turnwright.world import World


def flight(number: str, day: str, price: float, status: str = "scheduled", seats: int = 3) -> dict[str, Any]:
    return {
        "flight_id": f"{number}@{day}",
        "origin": "BOI",
        "destination": "BOS",
        "date": day,
        "departs": f"{day}T10:00",
        "arrives": f"{day}T12:00",
        "status": status,
        "delay_minutes": 0,
        "seats": {"basic_economy": seats, "economy": seats, "business": seats},
        "prices": {"basic_economy": round(price / 2, 2), "economy": price, "business": round(2 * price, 2)},
    }


PASSENGERS = (
    {"passenger_id": "p-1", "first_name": "Ann", "last_name": "Lee", "birth_date": "1990-05-05"},
    {"passenger_id": "p-2", "first_name": "Tim", "last_name": "Lee", "birth_date": "2012-01-01"},
)
RESERVATION = {
    "reservation_id": "R1",
    "user_id": "u_1",
    "status": "active",
    "cabin": "economy",
    "booked_at": "2026-06-01T12:00",
    "segments": ({"flight_id": "X1@2026-07-01", "price": 90.1}, {"flight_id": "X2@2026-07-05", "price": 80.0}),
    "passengers": PASSENGERS,
    "bags": 2,
    "insurance": False,
    "insurance_price": 0.0,
    "fees": 18.0,
    "payment_id": "card-1",
    "certificate_id": "cert-1",
    "certificate_amount": 50.0,
    "total": 358.2,
}
FLIGHTS = (
    flight("X1", "2026-07-01", 100.0),
    flight("X2", "2026-07-05", 100.0),
    flight("X2", "2026-07-06", 75.25),
    flight("X2", "2026-07-07", 75.25, seats=1),
    flight("X2", "2026-07-08", 75.25, "cancelled"),
)
SEAT = {
    "chosen_seat_id": "X2@2026-07-05/5A",
    "reservation_id": "R1",
    "flight_id": "X2@2026-07-05",
    "passenger_id": "p-1",
    "seat": "5A",
    "kind": "front",
}
USER = {
    "user_id": "u_1",
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@example.com",
    "birth_date": "1990-05-05",
    "tier": "none",
    "address": {},
}
START: dict[str, Any] = {
    "users/u_1": USER,
    "reservations/R1": RESERVATION,
    "reservations/R2": {**RESERVATION, "reservation_id": "R2", "status": "flown"},
    "chosen_seats/X2@2026-07-05/5A": SEAT,
    "payment_methods/card-1": {"payment_id": "card-1", "user_id": "u_1", "kind": "card", "label": "Visa ending 1"},
    "payment_methods/cert-1": {"payment_id": "cert-1", "user_id": "u_1", "kind": "certificate", "label": "cert-1"},
    "certificates/cert-1": {"certificate_id": "cert-1", "user_id": "u_1", "balance": 60.5, "expires": "2027-01-31"},
    **{f"flights/{one['flight_id']}": one for one in FLIGHTS},
}


@pytest.fixture
def world() -> World:
    return World(load("flights"), START)


def answer(world: World, tool: str, **arguments: Any) -> Any:
    made = world.call(Side.ASSISTANT, ToolCall(id="c", tool=tool, arguments=arguments))
    assert made.error is None, made.error
    return made.result


def refusal(world: World, tool: str, **arguments: Any) -> str:
    made = world.call(Side.ASSISTANT, ToolCall(id="c", tool=tool, arguments=arguments))
    assert made.error is not None
    assert world.changes() == {}
    return made.error


def left(world: World, flight_id: str, cabin: str = "economy") -> int:
    return world.require("flights", flight_id)["seats"][cabin]


def test_users_are_found_by_email_and_by_name_and_birth_date(world: World):
    wanted = {"user_id": "u_1", "first_name": "Ann", "last_name": "Lee", "tier": "none"}
    assert answer(world, "find_user_by_email", email=" ANN@example.com ") == wanted
    names = {"first_name": "ann", "last_name": "LEE"}
    assert answer(world, "find_user_by_name_birth_date", **names, birth_date="1990-05-05") == wanted
    assert "no user" in refusal(world, "find_user_by_name_birth_date", **names, birth_date="1990-05-06")


def test_a_reservation_shows_its_way_and_seats_but_no_flight_status(world: World):
    found = answer(world, "get_reservation", reservation_id="R1")
    assert found["trip"] == "Boise to Boston"
    assert [seat["seat"] for seat in found["chosen_seats"]] == ["5A"]
    assert "status" not in found["segments"][0]


def test_flights_are_searched_by_city_or_code(world: World):
    found = answer(world, "search_flights", origin="boise", destination="BOS", date="2026-07-06")
    assert [one["flight_id"] for one in found] == ["X2@2026-07-06"]
    assert "do not fly" in refusal(world, "search_flights", origin="Paris", destination="BOS", date="2026-07-06")


def test_taken_seats_are_not_listed(world: World):
    assert "5A" not in answer(world, "list_seats", flight_id="X2@2026-07-05", kind="front")
    assert "5A" in answer(world, "list_seats", flight_id="X1@2026-07-01", kind="front")


def booking(**other: Any) -> dict[str, Any]:
    passenger = {"first_name": "Ann", "last_name": "Lee", "birth_date": "1990-05-05"}
    given = {"user_id": "u_1", "flight_ids": ["X1@2026-07-01"], "cabin": "economy", "passengers": [passenger]}
    return {**given, "payment_id": "card-1", **other}


def test_booking_takes_certificate_first_and_card_for_the_rest(world: World):
    done = answer(world, "book_flight", **booking(certificate_id="cert-1"))
    assert (done["total"], done["paid_with_certificate"], done["charged"]) == (100.0, 60.5, 39.5)
    assert done["certificate_balance"] == 0.0
    assert left(world, "X1@2026-07-01") == 2
    made = world.require("reservations", done["reservation_id"])
    assert (made["status"], made["booked_at"], made["total"]) == ("active", "2026-06-15T10:00", 100.0)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"flight_ids": ["X2@2026-07-08"]}, "cancelled"),
        ({"flight_ids": []}, "at least one flight"),
        ({"flight_ids": ["X1@2026-07-01"] * 2}, "none twice"),
        ({"passengers": []}, "at least one passenger"),
        ({"passengers": [{"first_name": "Ann"}]}, "and nothing else"),
        ({"passengers": [{"first_name": "Ann", "last_name": "Lee", "birth_date": "May"}]}, "not a date"),
        ({"passengers": [{"first_name": "Ann", "last_name": "Lee", "birth_date": "2027-01-01"}]}, "nobody travels"),
        ({"payment_id": "card-x"}, "not found"),
        ({"certificate_id": "cert-x"}, "not found"),
        ({"payment_id": "cert-1"}, "not 100.00"),
        ({"flight_ids": ["X9@2026-07-08"]}, "not found"),
    ],
)
def test_bookings_that_are_refused(world: World, other: dict[str, Any], words: str):
    assert words in refusal(world, "book_flight", **booking(**other))


def change(*flights: str, fee: float = 120.0) -> dict[str, Any]:
    return {"reservation_id": "R1", "flight_ids": [*flights], "fee": fee, "payment_id": "card-1"}


def test_a_cheaper_flight_and_a_fee_are_settled_in_one_amount(world: World):
    done = answer(world, "change_flights", **change("X1@2026-07-01", "X2@2026-07-06"))
    assert (done["fare_difference"], done["fee"], done["amount"]) == (-9.5, 120.0, 110.5)
    reservation = world.require("reservations", "R1")
    assert (reservation["total"], reservation["fees"]) == (468.7, 138.0)
    assert reservation["segments"][0]["price"] == 90.1
    assert (left(world, "X2@2026-07-05"), left(world, "X2@2026-07-06")) == (5, 1)
    assert world.get("chosen_seats", "X2@2026-07-05/5A") is None


def test_a_negative_amount_goes_back(world: World):
    done = answer(world, "change_flights", **change("X1@2026-07-01", "X2@2026-07-06", fee=0.0))
    payment = world.require("payments", "pay-R1-1")
    assert (done["amount"], payment["kind"], payment["amount"]) == (-9.5, "refund", 9.5)


@pytest.mark.parametrize(
    ("flights", "words"),
    [
        (("X1@2026-07-01",), "2 different flights"),
        (("X1@2026-07-01", "X2@2026-07-05"), "already"),
        (("X1@2026-07-01", "X2@2026-07-07"), "seats left"),
        (("X1@2026-07-01", "X2@2026-07-08"), "cancelled"),
    ],
)
def test_changes_that_are_refused(world: World, flights: tuple[str, ...], words: str):
    assert words in refusal(world, "change_flights", **change(*flights))


def test_an_upgrade_costs_the_difference_to_todays_price(world: World):
    done = answer(world, "change_cabin", reservation_id="R1", cabin="business", payment_id="card-1")
    assert done["fare_difference"] == 459.8
    assert (left(world, "X1@2026-07-01"), left(world, "X1@2026-07-01", "business")) == (5, 1)
    assert world.require("reservations", "R1")["total"] == 818.0


def test_the_cabin_that_it_has_is_refused(world: World):
    assert "already" in refusal(world, "change_cabin", reservation_id="R1", cabin="economy", payment_id="card-1")


def test_a_cancellation_gives_back_all_but_the_insurance(world: World):
    answer(world, "add_insurance", reservation_id="R1", payment_id="card-1")
    done = answer(world, "cancel_reservation", reservation_id="R1", grounds="insurance")
    assert (done["refund_total"], done["refund_to_certificate"], done["refund_to_card"]) == (358.2, 50.0, 308.2)
    assert done["certificate_balance"] == 110.5
    assert world.require("reservations", "R1")["total"] == 49.0
    assert left(world, "X1@2026-07-01") == 5
    assert world.find("chosen_seats", "reservation_id", "R1") == []


def test_bags_are_charged_as_many_as_are_named(world: World):
    done = answer(world, "add_bags", reservation_id="R1", added=3, paid=2, payment_id="card-1")
    assert (done["bags"], done["charged"]) == (5, 70.0)
    assert world.require("reservations", "R1")["total"] == 428.2


def test_a_new_seat_replaces_the_one_chosen_before(world: World):
    ids = {"reservation_id": "R1", "flight_id": "X2@2026-07-05", "passenger_id": "p-1"}
    done = answer(world, "choose_seat", **ids, seat="14C", fee=8.5, payment_id="card-1")
    assert (done["kind"], done["charged"]) == ("standard", 8.5)
    assert [one["seat"] for one in world.find("chosen_seats", "reservation_id", "R1")] == ["14C"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"seat": "5A", "passenger_id": "p-2"}, "taken"),
        ({"seat": "1A"}, "cannot be chosen"),
        ({"seat": "99Z"}, "cannot be chosen"),
        ({"flight_id": "X2@2026-07-06"}, "not part of"),
        ({"passenger_id": "p-9"}, "no passenger"),
        ({"reservation_id": "R2"}, "flown"),
        ({"fee": -1.0}, "fee"),
    ],
)
def test_seats_that_are_refused(world: World, other: dict[str, Any], words: str):
    ids = {"reservation_id": "R1", "flight_id": "X2@2026-07-05", "passenger_id": "p-1", "seat": "14C", "fee": 8.5}
    assert words in refusal(world, "choose_seat", **{**ids, "payment_id": "card-1", **other})


def test_a_name_is_changed_and_nothing_else(world: World):
    answer(world, "update_passenger", reservation_id="R1", passenger_id="p-1", first_name="Anne", last_name="Lee")
    assert list(world.changes()) == ["reservations/R1"]
    assert world.require("reservations", "R1")["passengers"][0]["first_name"] == "Anne"


def test_compensation_is_a_certificate_for_a_year_and_given_once(world: World):
    given = {"user_id": "u_1", "reservation_id": "R2", "flight_id": "X1@2026-07-01", "amount": 100.0}
    done = answer(world, "issue_certificate", **given)
    assert (done["certificate_id"], done["balance"], done["expires"]) == ("cert-91", 100.0, "2027-06-15")
    assert answer(world, "get_certificate", certificate_id="cert-91")["user_id"] == "u_1"
    again = world.call(Side.ASSISTANT, ToolCall(id="d", tool="issue_certificate", arguments=given))
    assert again.error is not None
    assert "compensated before" in again.error


def test_methods_show_what_certificates_hold(world: World):
    methods = answer(world, "list_payment_methods", user_id="u_1")
    assert [one.get("balance") for one in methods] == [None, 60.5]


def test_the_transfer_changes_nothing(world: World):
    assert answer(world, "transfer_to_human", reason="legal_threat")["transferred"] is True
    assert world.changes() == {}
    assert "reason" in refusal(world, "transfer_to_human", reason="bored")
