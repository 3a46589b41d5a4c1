"""Both sides call whatever they like, with ids of the database and garbage: the network stays in order."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from trying import Called, calls, changed_rows, tried

from domains import mobile
from domains.mobile.network import data_mbps, has_service, link_of
from turnwright.world import World

MOBILE = mobile.domain()
TABLES = MOBILE.database.tables
USERS = [*TABLES["users"]][:6]
LINES = {key: row for key, row in TABLES["lines"].items() if row["user_id"] in USERS}
BILLS = [key for key, row in TABLES["bills"].items() if row["user_id"] in USERS]
METHODS = [key for key, row in TABLES["payment_methods"].items() if row["user_id"] in USERS]
KNOWN: dict[str, Any] = {
    "user_id": st.sampled_from(USERS),
    "line_id": st.sampled_from([*LINES]),
    "bill_id": st.sampled_from(BILLS),
    "payment_id": st.sampled_from([*METHODS, None]),
    "phone_number": st.sampled_from([*(line["phone_number"] for line in LINES.values()), "555-777-1234"]),
    "plan_id": st.sampled_from([*TABLES["plans"]]),
    "package_id": st.sampled_from([*TABLES["packages"]]),
    "area_id": st.sampled_from([*TABLES["areas"]]),
    "charge_id": st.sampled_from(["c-1", "c-2", "c-9"]),
    "sim_id": st.sampled_from(["SIM-204518", "SIM-204519", "SIM-1"]),
    "pin": st.sampled_from(["0000", "4711"]),
    "port_pin": st.sampled_from(["123456", "12"]),
    "carrier": st.just("Larkline"),
    "first_name": st.just(TABLES["users"][USERS[0]]["first_name"]),
    "last_name": st.just(TABLES["users"][USERS[0]]["last_name"]),
    "birth_date": st.just(TABLES["users"][USERS[0]]["birth_date"]),
    "on": st.booleans(),
    "enabled": st.booleans(),
}
CALLS = calls(MOBILE, KNOWN)
PHONE = st.fixed_dictionaries(
    {"line_id": st.sampled_from([*LINES])},
    optional={
        "airplane_mode": st.booleans(),
        "sim": st.sampled_from(["ok", "loose", "locked", "damaged"]),
        "mobile_data": st.booleans(),
        "network_mode": st.sampled_from(["auto", "3g_only", "2g_only"]),
        "apn": st.sampled_from(["tern.internet", "old"]),
        "vpn": st.booleans(),
        "location": st.sampled_from(["home", "Portugal"]),
    },
)


class Network(RuleBasedStateMachine):
    """A world in which anything is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(MOBILE)
        self.owed = 0.0
        self.paid = 0.0

    @initialize(phone=PHONE, unpaid=st.lists(st.sampled_from(BILLS), max_size=4))
    def begin(self, phone: dict[str, Any], unpaid: list[str]) -> None:
        bills = {f"bills/{bill_id}": {"status": "overdue", "paid_with": None} for bill_id in unpaid}
        self.world = World(MOBILE, {"device/phone": phone, **bills})

    @rule(called=CALLS)
    def call(self, called: Called) -> None:
        tool, before = called[0], self.world.changes()
        done = tried(self.world, called)
        after = self.world.changes()
        if done.side == "user":
            assert {path for path in after if after[path] != before.get(path)} <= {"device/phone"}
        elif tool.writes:
            assert after.get("device/phone") == before.get("device/phone")
        if done.error is None and tool.name == "pay_bill":
            self.paid += done.result["charged"]
        elif done.error is None and tool.writes and "charged" in (done.result or {}):
            self.owed += done.result["charged"]

    @invariant()
    def money_is_conserved(self) -> None:
        assert round(sum(row["amount"] for row in changed_rows(self.world, "payments")), 2) == round(self.paid, 2)
        assert round(sum(row["amount"] for row in changed_rows(self.world, "fees")), 2) == round(self.owed, 2)
        paid = {row["bill_id"]: row["amount"] for row in changed_rows(self.world, "payments")}
        assert all(self.world.require("bills", key)["total"] == amount for key, amount in paid.items())
        assert len(paid) == len(changed_rows(self.world, "payments"))

    @invariant()
    def lines_are_in_order(self) -> None:
        for line in changed_rows(self.world, "lines"):
            start = TABLES["lines"][line["line_id"]]
            assert (line["status"] == "suspended") == (line["suspension_reason"] is not None)
            assert line["provisioned"] >= start["provisioned"]
            assert line["top_ups"] >= 0
            assert line["extra_data_gb"] >= 0
            assert line["plan_id"] in TABLES["plans"]
            assert len(self.world.find("lines", "sim_id", line["sim_id"])) == 1

    @invariant()
    def new_rows_point_to_what_exists(self) -> None:
        for row in changed_rows(self.world, "payments"):
            assert self.world.get("payment_methods", row["payment_id"])
        for row in changed_rows(self.world, "fees") + changed_rows(self.world, "port_pins"):
            assert self.world.get("lines", row["line_id"])
        for row in changed_rows(self.world, "tickets"):
            assert row["charge_id"] in {charge["charge_id"] for charge in TABLES["bills"][row["bill_id"]]["charges"]}
        for row in changed_rows(self.world, "port_requests"):
            assert self.world.get("users", row["user_id"])

    @invariant()
    def the_phone_is_as_it_must_be(self) -> None:
        device = self.world.require("device", "phone")
        if device["line_id"] is None:
            return
        link = link_of(self.world)
        assert device["provisioned_seen"] <= link.line["provisioned"]
        assert data_mbps(link) >= 0
        if link.line["status"] == "suspended" or device["airplane_mode"] or device["sim"] != "ok":
            assert not has_service(link)
        if not has_service(link):
            assert data_mbps(link) == 0


Network.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestNetwork = Network.TestCase
