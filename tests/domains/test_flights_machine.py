"""The airline under random calls, valid ones and garbage: whatever is called, the books stay in order."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from trying import Called, calls, changed_rows, tried

from domains import load
from domains.flights.network import KIND_OF_SEAT, ROUTES
from turnwright.world import World

FLIGHTS = load("flights")
TABLES = FLIGHTS.database.tables
CODES = sorted(TABLES["reservations"])[:40]
USERS = sorted({TABLES["reservations"][code]["user_id"] for code in CODES})
METHODS = sorted(key for key, row in TABLES["payment_methods"].items() if row["user_id"] in USERS)
CERTIFICATES = [key for key in METHODS if key in TABLES["certificates"]]
NUMBERS = sorted(ROUTES)
DAYS = [f"2026-06-{day}" for day in range(12, 31)]
FLIGHT_IDS = st.builds("{}@{}".format, st.sampled_from(NUMBERS), st.sampled_from(DAYS))
NAMES = st.sampled_from(("Ann", "Lee", "O'Neil", " ", ""))
BORN = st.sampled_from(("1990-01-01", "2015-01-01", "2030-01-01", "x"))
PASSENGER = st.fixed_dictionaries({"first_name": NAMES, "last_name": NAMES, "birth_date": BORN})
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "user_id": st.sampled_from(USERS),
    "reservation_id": st.sampled_from([*CODES, "N4VX91", "N4VX92"]),
    "flight_id": FLIGHT_IDS,
    "flight_ids": st.lists(FLIGHT_IDS, min_size=1, max_size=2),
    "payment_id": st.sampled_from([*METHODS, "cert-91"]),
    "certificate_id": st.sampled_from([*CERTIFICATES, "cert-91"]),
    "cabin": st.sampled_from(("basic_economy", "economy", "business")),
    "passengers": st.lists(PASSENGER, max_size=3),
    "passenger_id": st.sampled_from(("p-1", "p-2", "p-3")),
    "seat": st.sampled_from(sorted(KIND_OF_SEAT)),
    "fee": st.sampled_from((0.0, 8.5, 60.0, 0.015, -1.0)),
    "amount": st.sampled_from((50.0, 100.0, 0.0, 33.333)),
    "added": st.integers(-1, 4),
    "paid": st.integers(-1, 4),
    "grounds": st.sampled_from(("within_24_hours", "airline_cancelled", "business", "insurance")),
    "kind": st.sampled_from(("business", "front", "legroom", "standard")),
    "date": st.sampled_from(DAYS),
    "origin": st.sampled_from(("DEN", "Boise", "nowhere")),
    "destination": st.sampled_from(("BOI", "denver")),
    "email": st.sampled_from([TABLES["users"][user_id]["email"] for user_id in USERS]),
    "birth_date": st.sampled_from([TABLES["users"][user_id]["birth_date"] for user_id in USERS]),
    "first_name": NAMES,
    "last_name": NAMES,
}


class Airline(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(FLIGHTS)

    def _call(self, tool: str, arguments: dict[str, Any]) -> None:
        tried(self.world, (FLIGHTS.tools[tool], arguments))

    @rule(called=calls(FLIGHTS, FITTING))
    def any_call(self, called: Called) -> None:
        tried(self.world, called)

    @rule(
        code=st.sampled_from(CODES), day=st.sampled_from(DAYS), fee=st.sampled_from((0.0, 60.0)), at=st.integers(0, 1)
    )
    def move(self, code: str, day: str, fee: float, at: int) -> None:
        reservation = self.world.require("reservations", code)
        ids = [segment["flight_id"] for segment in reservation["segments"]]
        ids[at % len(ids)] = f"{ids[at % len(ids)].partition('@')[0]}@{day}"
        arguments = {"reservation_id": code, "flight_ids": ids, "fee": fee, "payment_id": reservation["payment_id"]}
        self._call("change_flights", arguments)

    @rule(code=st.sampled_from(CODES), seat=st.sampled_from(sorted(KIND_OF_SEAT)), fee=st.sampled_from((0.0, 18.0)))
    def sit(self, code: str, seat: str, fee: float) -> None:
        reservation = self.world.require("reservations", code)
        ids = {"reservation_id": code, "flight_id": reservation["segments"][0]["flight_id"], "passenger_id": "p-1"}
        self._call("choose_seat", {**ids, "seat": seat, "fee": fee, "payment_id": reservation["payment_id"]})

    @rule(
        flight_id=FLIGHT_IDS,
        cabin=FITTING["cabin"],
        number=st.integers(1, 3),
        pays=st.sampled_from(METHODS),
        first=st.none() | st.sampled_from(CERTIFICATES),
    )
    def book(self, flight_id: str, cabin: str, number: int, pays: str, first: str | None) -> None:
        passenger = {"first_name": "Ann", "last_name": "Lee", "birth_date": "1990-01-01"}
        bought = {"flight_ids": [flight_id], "cabin": cabin, "passengers": [passenger] * number}
        self._call("book_flight", {"user_id": USERS[0], **bought, "payment_id": pays, "certificate_id": first})

    @rule(code=st.sampled_from([*CODES, "N4VX91"]), added=st.integers(1, 4), paid=st.integers(0, 4))
    def pack(self, code: str, added: int, paid: int) -> None:
        pays = (self.world.get("reservations", code) or {"payment_id": METHODS[0]})["payment_id"]
        self._call("add_bags", {"reservation_id": code, "added": added, "paid": paid, "payment_id": pays})

    @rule(code=st.sampled_from(CODES), cabin=FITTING["cabin"])
    def change_cabin(self, code: str, cabin: str) -> None:
        pays = self.world.require("reservations", code)["payment_id"]
        self._call("change_cabin", {"reservation_id": code, "cabin": cabin, "payment_id": pays})

    @rule(code=st.sampled_from(CODES))
    def insure(self, code: str) -> None:
        pays = self.world.require("reservations", code)["payment_id"]
        self._call("add_insurance", {"reservation_id": code, "payment_id": pays})

    @rule(code=st.sampled_from(CODES), name=NAMES)
    def rename(self, code: str, name: str) -> None:
        ids = {"reservation_id": code, "passenger_id": "p-1"}
        self._call("update_passenger", {**ids, "first_name": name, "last_name": "Lee"})

    @rule(code=st.sampled_from([*CODES, "N4VX91"]))
    def cancel(self, code: str) -> None:
        self._call("cancel_reservation", {"reservation_id": code, "grounds": "business"})

    @rule(code=st.sampled_from(CODES), flight=st.integers(0, 1))
    def compensate(self, code: str, flight: int) -> None:
        reservation = self.world.require("reservations", code)
        segments = reservation["segments"]
        ids = {"reservation_id": code, "flight_id": segments[flight % len(segments)]["flight_id"]}
        self._call("issue_certificate", {**ids, "user_id": reservation["user_id"], "amount": 100.0})

    def _touched(self, table: str) -> dict[str, dict[str, Any]]:
        keys = [path.partition("/")[2] for path in self.world.changes() if path.startswith(f"{table}/")]
        return {key: row for key in keys if (row := self.world.get(table, key)) is not None}

    @invariant()
    def totals_are_what_was_paid(self) -> None:
        paid: dict[str, float] = {}
        drawn: dict[str, float] = {}
        for row in changed_rows(self.world, "payments"):
            assert row["amount"] > 0
            amount = row["amount"] if row["kind"] == "charge" else -row["amount"]
            paid[row["reservation_id"]] = paid.get(row["reservation_id"], 0.0) + amount
            drawn[row["payment_id"]] = drawn.get(row["payment_id"], 0.0) + amount
        for code in {*paid, *self._touched("reservations")}:
            before = (TABLES["reservations"].get(code) or {"total": 0.0})["total"]
            after = self.world.require("reservations", code)["total"]
            assert abs(after - before - paid.get(code, 0.0)) < 0.005
            assert after == round(after, 2)
        issued = {row["certificate_id"]: row["amount"] for row in self._touched("compensations").values()}
        for key, certificate in self._touched("certificates").items():
            before = issued.get(key) or TABLES["certificates"][key]["balance"]
            assert certificate["balance"] >= 0
            assert abs(before - drawn.get(key, 0.0) - certificate["balance"]) < 0.005

    @invariant()
    def totals_are_their_parts(self) -> None:
        for row in self._touched("reservations").values():
            fares = len(row["passengers"]) * sum(segment["price"] for segment in row["segments"])
            parts = row["insurance_price"] + (0 if row["status"] == "cancelled" else fares + row["fees"])
            assert abs(row["total"] - parts) < 0.005
            assert row["bags"] >= 0
            assert row["fees"] >= 0
            assert row["insurance"] is (row["insurance_price"] > 0)

    @invariant()
    def seats_are_conserved(self) -> None:
        held: dict[tuple[str, str], int] = {}
        for code, row in self._touched("reservations").items():
            for one, sign in ((row, 1), (TABLES["reservations"].get(code), -1)):
                if one is not None and one["status"] == "active":
                    for segment in one["segments"]:
                        place = (segment["flight_id"], one["cabin"])
                        held[place] = held.get(place, 0) + sign * len(one["passengers"])
        for flight_id, cabin in held:
            left, before = (row["seats"][cabin] for row in (self._flight(flight_id), TABLES["flights"][flight_id]))
            assert left >= 0
            assert before - left == held[flight_id, cabin]

    def _flight(self, flight_id: str) -> dict[str, Any]:
        return self.world.require("flights", flight_id)

    @invariant()
    def references_hold(self) -> None:
        for row in self._touched("reservations").values():
            assert self.world.get("users", row["user_id"])
            assert self.world.get("payment_methods", row["payment_id"])
            assert all(self.world.get("flights", segment["flight_id"]) for segment in row["segments"])
        for key, row in self._touched("chosen_seats").items():
            assert key == f"{row['flight_id']}/{row['seat']}"
            reservation = self.world.require("reservations", row["reservation_id"])
            assert reservation["status"] == "active"
            assert row["flight_id"] in [segment["flight_id"] for segment in reservation["segments"]]
            assert row["passenger_id"] in [one["passenger_id"] for one in reservation["passengers"]]
            assert (row["kind"] == "business") is (reservation["cabin"] == "business")
        for key in self._touched("certificates"):
            assert self.world.require("payment_methods", key)["kind"] == "certificate"

    @invariant()
    def a_cancelled_reservation_holds_no_seat(self) -> None:
        for code, row in self._touched("reservations").items():
            if row["status"] == "cancelled":
                assert not self.world.find("chosen_seats", "reservation_id", code)


Airline.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
TestAirline = Airline.TestCase
