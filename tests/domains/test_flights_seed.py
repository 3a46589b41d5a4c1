"""The airline's seed: reproducible, consistent, and rich enough for every family."""

from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from domains import load
from domains.flights import DATABASE_FILE, NOW
from domains.flights.families import FAMILIES, HELD_OUT_FAMILY, RESERVED_VARIANTS, TWISTS
from domains.flights.fares import (
    GONE,
    bags_to_pay,
    booked_within_a_day,
    compensation,
    full_name,
    insurable,
    seat_fee,
    travels_alone,
)
from domains.flights.network import AIRPORTS, KIND_OF_SEAT, ROUTES
from domains.flights.reservation_rules import can_be_rebooked
from domains.flights.seed import build
from domains.held_out import split_of
from domains.seeding import written
from domains.talk import STYLES
from turnwright.world import World

TABLES = load("flights").database.tables
RESERVATIONS = list(TABLES["reservations"].values())
FLIGHTS = TABLES["flights"]
ACTIVE = [one for one in RESERVATIONS if one["status"] == "active"]


def test_seed_writes_the_committed_bytes():
    assert written(build()) == DATABASE_FILE.read_bytes()


def test_database_is_small():
    assert DATABASE_FILE.stat().st_size < 2_500_000


def test_rows_hold_their_own_id():
    for table, rows in TABLES.items():
        column = {"payment_methods": "payment_id"}.get(table, f"{table.removesuffix('s')}_id")
        assert all(row[column] == key for key, row in rows.items())


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("payment_methods", "user_id", "users"),
        ("certificates", "user_id", "users"),
        ("certificates", "certificate_id", "payment_methods"),
        ("reservations", "user_id", "users"),
        ("reservations", "payment_id", "payment_methods"),
        ("flights", "origin", "airports"),
        ("flights", "destination", "airports"),
        ("chosen_seats", "reservation_id", "reservations"),
        ("chosen_seats", "flight_id", "flights"),
    ],
)
def test_references_resolve(table: str, column: str, target: str):
    assert {row[column] for row in TABLES[table].values()} <= TABLES[target].keys()


def test_flights_are_those_of_the_network():
    for flight in FLIGHTS.values():
        route = ROUTES[flight["flight_id"].partition("@")[0]]
        assert (flight["origin"], flight["destination"]) == (route.origin, route.destination)
        assert flight["departs"] == f"{flight['date']}T{route.departs}"
        assert flight["departs"] < flight["arrives"]
        assert flight["prices"]["basic_economy"] < flight["prices"]["economy"] < flight["prices"]["business"]
    assert len(AIRPORTS) == 16


def test_what_has_departed_lies_in_the_past():
    for flight in FLIGHTS.values():
        past = datetime.fromisoformat(flight["departs"]) <= NOW
        assert (flight["status"] in GONE) <= past
        assert (flight["status"] in ("scheduled", "delayed")) <= (not past)
        assert (flight["status"] == "delayed") <= (flight["delay_minutes"] > 0)


def test_segments_fit_together():
    for one in RESERVATIONS:
        flights = [FLIGHTS[segment["flight_id"]] for segment in one["segments"]]
        for before, after in pairwise(flights):
            assert before["destination"] == after["origin"]
            assert before["arrives"] < after["departs"]
        assert datetime.fromisoformat(one["booked_at"]) < NOW
        assert one["booked_at"] < flights[0]["departs"]
        if one["status"] == "flown":
            assert all(flight["date"] < "2026-06-15" for flight in flights)


def test_totals_are_their_parts():
    for one in RESERVATIONS:
        fares = len(one["passengers"]) * sum(segment["price"] for segment in one["segments"])
        parts = one["insurance_price"] + (0 if one["status"] == "cancelled" else fares + one["fees"])
        assert one["total"] == pytest.approx(parts, abs=0.001)
        assert one["certificate_amount"] <= one["total"]


def test_fees_are_by_the_policy():
    chosen: Counter[str] = Counter()
    for seat in TABLES["chosen_seats"].values():
        one = TABLES["reservations"][seat["reservation_id"]]
        tier = TABLES["users"][one["user_id"]]["tier"]
        assert KIND_OF_SEAT[seat["seat"]] == seat["kind"]
        chosen[one["reservation_id"]] += round(100 * seat_fee(seat["kind"], one["cabin"], tier))
    for one in RESERVATIONS:
        tier = TABLES["users"][one["user_id"]]["tier"]
        bags = 3500 * bags_to_pay({**one, "bags": 0}, tier, one["bags"])
        assert round(100 * one["fees"]) == bags + chosen[one["reservation_id"]]


def test_names_are_unique_and_emails_too():
    users = TABLES["users"].values()
    assert len({full_name(user) for user in users}) == len({user["email"] for user in users}) == len(users) >= 500


def test_both_splits_have_customers():
    counted = Counter(split_of("flights", user_id) for user_id in TABLES["users"])
    assert 0.1 < counted["test"] / counted.total() < 0.2


def test_there_is_something_for_every_family():
    world = World(load("flights"))
    struck = [(one, FLIGHTS[s["flight_id"]]) for one in ACTIVE for s in one["segments"]]
    struck = [(one, flight) for one, flight in struck if flight["status"] == "cancelled"]
    due = [
        bool(compensation(one, FLIGHTS[segment["flight_id"]], TABLES["users"][one["user_id"]]["tier"]))
        for one in RESERVATIONS
        for segment in one["segments"]
        if FLIGHTS[segment["flight_id"]]["delay_minutes"] or FLIGHTS[segment["flight_id"]]["status"] == "cancelled"
    ]
    early = [insurable(one, FLIGHTS[one["segments"][0]["flight_id"]]["departs"], NOW) for one in ACTIVE]
    owners = [TABLES["users"][one["user_id"]] for one in ACTIVE]
    misspelled = [
        (one, owner)
        for one, owner in zip(ACTIVE, owners, strict=True)
        if one["passengers"][0]["birth_date"] == owner["birth_date"]
        and full_name(one["passengers"][0]) != full_name(owner)
    ]
    assert len(RESERVATIONS) >= 1000
    assert {one["cabin"] for one in ACTIVE} == {"basic_economy", "economy", "business"}
    assert sum(can_be_rebooked(world, one, flight) for one, flight in struck) > 50
    assert sum(not can_be_rebooked(world, one, flight) for one, flight in struck) > 50
    assert sum(due) > 50
    assert sum(not one for one in due) > 50
    assert sum(early) > 100
    assert sum(not one for one in early) > 100
    assert sum(booked_within_a_day(one, NOW) for one in ACTIVE) > 50
    assert sum(travels_alone(one["passengers"], NOW) for one in ACTIVE) > 50
    assert len(misspelled) > 50


def test_reserved_variants_are_made_of_known_twists_and_styles():
    for variant in RESERVED_VARIANTS:
        *twists, style = variant.split("+")
        assert style in STYLES
        assert set(twists) <= set(TWISTS)
    assert HELD_OUT_FAMILY not in FAMILIES
    assert len(FAMILIES) >= 16
