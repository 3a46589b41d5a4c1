"""The network's seed: reproducible, consistent, and rich enough for every family."""

from collections import Counter
from datetime import date

import pytest

from domains import mobile
from domains.mobile import DATABASE_FILE, NOW
from domains.mobile.seed import build
from domains.seeding import written
from turnwright.world import World

MOBILE = mobile.domain()
TABLES = MOBILE.database.tables
IDS = {"payment_methods": "payment_id", "port_pins": "line_id"}


def days_ago(day: str) -> int:
    return (NOW.date() - date.fromisoformat(day)).days


def test_seed_writes_the_committed_bytes():
    assert written(build()) == DATABASE_FILE.read_bytes()


def test_database_is_small():
    assert DATABASE_FILE.stat().st_size < 2_500_000


def test_rows_hold_their_own_id():
    for table, rows in TABLES.items():
        column = IDS.get(table, f"{table.removesuffix('s')}_id")
        assert all(row[column] == key for key, row in rows.items())


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("payment_methods", "user_id", "users"),
        ("lines", "user_id", "users"),
        ("lines", "plan_id", "plans"),
        ("lines", "area_id", "areas"),
        ("bills", "user_id", "users"),
    ],
)
def test_references_resolve(table: str, column: str, target: str):
    assert {row[column] for row in TABLES[table].values()} <= TABLES[target].keys()


def test_bills_are_the_sum_of_charges_on_lines_of_their_user():
    for bill in TABLES["bills"].values():
        assert bill["total"] == round(sum(charge["amount"] for charge in bill["charges"]), 2)
        owners = {TABLES["lines"][charge["line_id"]]["user_id"] for charge in bill["charges"]}
        assert owners == {bill["user_id"]}


def test_paid_bills_and_autopay_name_a_method_of_the_user():
    methods = TABLES["payment_methods"]
    for bill in TABLES["bills"].values():
        assert (bill["paid_with"] is None) == (bill["status"] != "paid")
        assert bill["paid_with"] is None or methods[bill["paid_with"]]["user_id"] == bill["user_id"]
        assert (bill["status"] == "overdue") <= (days_ago(bill["due"]) > 0)
        assert (bill["status"] == "open") <= (days_ago(bill["due"]) <= 0)
    for user in TABLES["users"].values():
        assert user["autopay"] is None or methods[user["autopay"]]["user_id"] == user["user_id"]


def test_a_line_is_suspended_exactly_if_there_is_a_reason():
    for line in TABLES["lines"].values():
        assert (line["status"] == "suspended") == (line["suspension_reason"] is not None)
        assert line["roaming_enabled"] <= TABLES["plans"][line["plan_id"]]["roaming"]
        assert line["provisioned"] == TABLES["device"]["phone"]["provisioned_seen"] == 1
    overdue = {bill["user_id"] for bill in TABLES["bills"].values() if bill["status"] == "overdue"}
    cut = {line["user_id"] for line in TABLES["lines"].values() if line["suspension_reason"] == "overdue_bill"}
    assert cut
    assert cut <= overdue


def test_every_user_has_lines_methods_and_a_unique_identity():
    users = TABLES["users"].values()
    lines = Counter(line["user_id"] for line in TABLES["lines"].values())
    labels = {(line["user_id"], line["label"]) for line in TABLES["lines"].values()}
    valid = Counter(row["user_id"] for row in TABLES["payment_methods"].values() if days_ago(row["valid_until"]) < 0)
    assert all(2 <= lines[user["user_id"]] <= 3 and valid[user["user_id"]] >= 2 for user in users)
    assert len(users) >= 500
    assert len(labels) == len(TABLES["lines"]) >= 1000
    for column in ("phone_number", "sim_id"):
        assert len({line[column] for line in TABLES["lines"].values()}) == len(TABLES["lines"])
    assert len({(user["first_name"], user["last_name"]) for user in users}) == len(users)
    labelled = {(row["user_id"], row["label"]) for row in TABLES["payment_methods"].values()}
    assert len(labelled) == len(TABLES["payment_methods"])


def test_nobody_holds_a_phone_before_a_scenario_says_so():
    assert TABLES["device"]["phone"]["line_id"] is None


def test_splits_are_apart():
    train, test = MOBILE.customers["train"], MOBILE.customers["test"]
    assert not {*train} & {*test}
    assert 0.1 < len(test) / len(TABLES["users"]) < 0.2


def test_customer_tells_the_profile_and_the_lines():
    told = MOBILE.customer(World(MOBILE), "u_204")
    assert told["user"]["user_id"] == "u_204"
    assert all({"line_id", "phone_number", "label", "status"} <= {*line} for line in told["lines"])
