"""The network's policy rules: for each, dialogues that must be flagged and their neighbours that must pass."""

from typing import Any

import pytest
from playing import Call, Line, call, codes_of

from domains import mobile

MOBILE = mobile.domain()
DEVICE = MOBILE.database.tables["device"]["phone"]


def user(number: int) -> dict[str, Any]:
    name = {"first_name": f"User{number}", "last_name": "Lee", "email": f"u_{number}@example.com"}
    address = {"street": "1 Mill Lane", "city": "Reno", "state": "NV", "zip": "89501"}
    return {"user_id": f"u_{number}", **name, "address": address, "birth_date": "1980-02-03", "autopay": None}


def line(number: int, user_number: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "line_id": f"L-{number}",
        "user_id": f"u_{user_number}",
        "phone_number": f"555-999-{number:04d}",
        "label": "main",
        "plan_id": "plus-20",
        "status": "active",
        "suspension_reason": None,
        "roaming_enabled": False,
        "data_used_gb": 4.5,
        "extra_data_gb": 0.0,
        "top_ups": 0,
        "contract_end": None,
        "sim_id": f"SIM-90{number:04d}",
        "provisioned": 1,
        "area_id": "area-reno-nv",
        **other,
    }


def suspended(number: int, reason: str, user_number: int = 1) -> dict[str, Any]:
    return line(number, user_number, status="suspended", suspension_reason=reason)


def bill(number: int, user_number: int, status: str, issued: str = "2026-05-01") -> dict[str, Any]:
    charge = {"charge_id": "c-1", "line_id": f"L-{user_number}", "text": "ringtones", "amount": 41.77}
    return {
        "bill_id": f"B-{number}",
        "user_id": f"u_{user_number}",
        "issued": issued,
        "due": "2026-05-21",
        "status": status,
        "charges": [charge],
        "total": 41.77,
        "paid_with": None,
    }


def method(payment_id: str, user_number: int, valid_until: str = "2027-01-31") -> dict[str, Any]:
    owner = {"payment_id": payment_id, "user_id": f"u_{user_number}"}
    return {**owner, "kind": "card", "label": payment_id, "valid_until": valid_until}


ROWS = {
    "users": [user(number) for number in (1, 2, 3, 4, 5)],
    "payment_methods": [
        method("card-a", 1),
        method("card-last", 1, "2026-06-15"),
        method("card-old", 1, "2026-06-14"),
        method("card-b", 2),
        method("card-c", 3),
    ],
    "lines": [
        line(1),
        line(2, 2, contract_end="2026-10-31"),
        line(3, 3),
        line(4, 4),
        line(5, 5),
        line(11, contract_end="2026-06-15"),
        line(12, contract_end="2026-06-14"),
        line(13, plan_id="starter-3"),
        line(14, top_ups=2),
        line(15, top_ups=1),
        suspended(16, "customer_request"),
        suspended(17, "lost_device"),
        suspended(18, "fraud_hold"),
        suspended(19, "overdue_bill"),
        suspended(31, "overdue_bill", 3),
        suspended(21, "fraud_hold", 2),
    ],
    "bills": [
        bill(1, 1, "paid", "2026-04-16"),
        bill(2, 1, "paid", "2026-04-15"),
        bill(20, 2, "open"),
        bill(30, 3, "overdue"),
        bill(40, 4, "open"),
        bill(50, 5, "paid"),
    ],
}
IDS = {"users": "user_id", "payment_methods": "payment_id", "lines": "line_id", "bills": "bill_id"}
START: dict[str, Any] = {
    **{f"{table}/{row[IDS[table]]}": row for table, rows in ROWS.items() for row in rows},
    "device/phone": {**DEVICE, "line_id": "L-1"},
}
BROKEN = {**START, "device/phone": {**DEVICE, "line_id": "L-1", "radio": "broken", "apn": "old"}}
DAMAGED = {**START, "device/phone": {**DEVICE, "line_id": "L-1", "sim": "damaged"}}


def codes(lines: list[Line], start: dict[str, Any] = START) -> list[str]:
    return codes_of(MOBILE, start, lines)


def identify(number: int = 1) -> Call:
    return call("find_user_by_phone_number", phone_number=f"555-999-{number:04d}")


def agreed(write: Call, *lookups: Call, who: int = 1) -> list[Line]:
    """The user is identified, the lookups are made, the write is proposed, agreed to and made."""
    return ["U please", identify(who), *lookups, "A shall I?", "U go", write]


def see(number: int) -> Call:
    return call("get_line", phone_number=f"555-999-{number:04d}")


def about_line(tool: str, number: int, who: int = 1, **arguments: Any) -> list[Line]:
    return agreed(call(tool, line_id=f"L-{number}", **arguments), see(number), who=who)


def plan(number: int, plan_id: str, who: int = 1) -> list[Line]:
    return about_line("change_plan", number, who, plan_id=plan_id)


def more_data(number: int, who: int = 1) -> list[Line]:
    write = call("add_data", line_id=f"L-{number}", package_id="boost-5")
    return agreed(write, see(number), call("list_data_packages"), who=who)


def paid(number: int, payment_id: str, who: int) -> list[Line]:
    return agreed(call("pay_bill", bill_id=f"B-{number}", payment_id=payment_id), look_at(number), who=who)


def look_at(number: int) -> Call:
    return call("get_bill", bill_id=f"B-{number}")


def disputed(number: int, who: int = 1) -> list[Line]:
    return agreed(call("dispute_charge", bill_id=f"B-{number}", charge_id="c-1"), look_at(number), who=who)


def autopay(user_id: str, payment_id: str | None) -> list[Line]:
    return agreed(call("set_autopay", user_id=user_id, payment_id=payment_id))


def port_in(user_id: str) -> list[Line]:
    number = {"phone_number": "555-777-1234", "carrier": "Larkline", "port_pin": "123456"}
    return agreed(call("request_port_in", user_id=user_id, **number))


def transfer(reason: str) -> Call:
    return call("transfer_to_human", reason=reason)


STATUS, SIM, RESTART, SPEED = map(call, ("check_status_bar", "check_sim", "restart_phone", "run_speed_test"))
SIM_CARD: dict[str, Any] = {"sim_id": "SIM-204518"}
THEIRS: list[Line] = ["U what of 555-999-0002?", identify(), see(2)]
THEIR_BILL: list[Line] = ["U what of B-20?", identify(), look_at(20)]
RESUME = call("resume_line", line_id="L-31")
PAY = call("pay_bill", bill_id="B-30", payment_id="card-c")
OWN = call("list_lines", user_id="u_1")

FLAGGED: dict[str, tuple[str, list[Line]]] = {
    "write unidentified": ("NO_AUTH", ["U resume it", "A sure?", "U yes", call("resume_line", line_id="L-16")]),
    "read unidentified": ("NO_AUTH", ["U my line?", see(1)]),
    "profile of an id that was said": ("NO_AUTH", ["U I am u_1", call("get_user", user_id="u_1")]),
    "usage unidentified": ("NO_AUTH", ["U my data?", call("get_data_usage", line_id="L-1")]),
    "two users": ("SECOND_USER", ["U hi", identify(1), identify(2)]),
    "lines of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_lines", user_id="u_2")]),
    "bills of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_bills", user_id="u_2")]),
    "methods of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("list_payment_methods", user_id="u_2")]),
    "usage of another": ("FOREIGN_ACCOUNT", ["U hi", identify(), call("get_data_usage", line_id="L-2")]),
    "line of another suspended": ("FOREIGN_ACCOUNT", about_line("suspend_line", 2, reason="lost_device")),
    "line of another resumed": ("FOREIGN_ACCOUNT", about_line("resume_line", 17, who=2)),
    "plan of another": ("FOREIGN_ACCOUNT", plan(2, "family-40")),
    "data of another": ("FOREIGN_ACCOUNT", more_data(2)),
    "roaming of another": ("FOREIGN_ACCOUNT", about_line("set_roaming", 2, enabled=True)),
    "SIM card of another": ("FOREIGN_ACCOUNT", about_line("replace_sim", 4, **SIM_CARD)),
    "PIN of another": ("FOREIGN_ACCOUNT", about_line("issue_port_out_pin", 5)),
    "bill of another paid": ("FOREIGN_ACCOUNT", paid(20, "card-a", 1)),
    "charge of another disputed": ("FOREIGN_ACCOUNT", disputed(20)),
    "autopay of another": ("FOREIGN_ACCOUNT", agreed(call("set_autopay", user_id="u_4", payment_id="card-a"))),
    "number moved in for another": ("FOREIGN_ACCOUNT", port_in("u_2")),
    "contract of another told": ("FOREIGN_FACT", [*THEIRS, "A Its contract lasts until 2026-10-31."]),
    "SIM card of another told": ("FOREIGN_FACT", [*THEIRS, "A It has SIM-900002."]),
    "due date of another told": ("FOREIGN_FACT", [*THEIR_BILL, "A It was due on 2026-05-21."]),
    "no proposal": ("NO_CONFIRMATION", ["U resume", identify(), see(16), call("resume_line", line_id="L-16")]),
    "no answer": ("NO_CONFIRMATION", ["U resume", identify(), see(16), "A I will.", about_line("resume_line", 16)[-1]]),
    "proposed before the lookup": (
        "NO_CONFIRMATION",
        ["U resume", identify(), "A shall I?", "U yes", see(16), call("resume_line", line_id="L-16")],
    ),
    "package never looked up": (
        "NO_CONFIRMATION",
        about_line("add_data", 1, package_id="boost-5"),
    ),
    "a step on the phone taken for a yes": (
        "NO_CONFIRMATION",
        [
            "U resume",
            "A look at the top, please",
            STATUS,
            "U nothing",
            identify(),
            see(16),
            about_line("resume_line", 16)[-1],
        ],
    ),
    "bill paid by another": ("FOREIGN_PAYMENT", paid(30, "card-a", 3)),
    "autopay by another": ("FOREIGN_PAYMENT", autopay("u_1", "card-b")),
    "bill paid by an expired card": (
        "EXPIRED_METHOD",
        agreed(call("pay_bill", bill_id="B-77", payment_id="card-old"), look_at(77)),
    ),
    "autopay by an expired card": ("EXPIRED_METHOD", autopay("u_1", "card-old")),
    "plan of a suspended line": ("INACTIVE_LINE", plan(16, "family-40")),
    "data for a suspended line": ("INACTIVE_LINE", more_data(17)),
    "roaming for a suspended line": ("INACTIVE_LINE", about_line("set_roaming", 16, enabled=True)),
    "PIN for a suspended line": ("INACTIVE_LINE", about_line("issue_port_out_pin", 16)),
    "plan with a bill overdue": ("OVERDUE_BILL", plan(3, "family-40", 3)),
    "roaming with a bill overdue": ("OVERDUE_BILL", about_line("set_roaming", 3, 3, enabled=True)),
    "plan that is not sold": ("RETIRED_PLAN", plan(1, "classic-5")),
    "cheaper plan in the contract": ("EARLY_DOWNGRADE", plan(2, "basic-8", 2)),
    "cheaper plan on its last day": ("EARLY_DOWNGRADE", plan(11, "basic-8")),
    "third package": ("TOP_UP_LIMIT", more_data(14)),
    "third package in the dialogue": ("TOP_UP_LIMIT", [*more_data(15), more_data(15)[-1]]),
    "roaming without it in the plan": ("ROAMING_EXCLUDED", about_line("set_roaming", 13, enabled=True)),
    "fraud hold resumed": ("FRAUD_HOLD", about_line("resume_line", 18)),
    "resumed unpaid": ("RESUME_UNPAID", about_line("resume_line", 31, 3)),
    "resumed and then paid": (
        "RESUME_UNPAID",
        ["U please", identify(3), see(31), look_at(30), "A shall I?", "U go", RESUME, PAY],
    ),
    "SIM card under a fraud hold": ("SIM_BLOCKED", about_line("replace_sim", 18, **SIM_CARD)),
    "SIM card for a line suspended unpaid": ("SIM_BLOCKED", about_line("replace_sim", 31, 3, **SIM_CARD)),
    "PIN with a bill open": ("PORT_UNPAID", about_line("issue_port_out_pin", 4, 4)),
    "PIN with a bill overdue": ("PORT_UNPAID", about_line("issue_port_out_pin", 3, 3)),
    "PIN on the last day of the contract": ("PORT_CONTRACT", about_line("issue_port_out_pin", 11)),
    "dispute after 61 days": ("LATE_DISPUTE", disputed(2)),
    "transfer for nothing": ("UNNEEDED_TRANSFER", ["U a human!", identify(), transfer("fraud_hold")]),
    "transfer for another's hold": ("UNNEEDED_TRANSFER", ["U hm", identify(), see(21), transfer("fraud_hold")]),
    "technical fault without a step": (
        "UNNEEDED_TRANSFER",
        ["U dead", identify(), see(1), transfer("technical_fault")],
    ),
    "technical fault before the restart": (
        "UNNEEDED_TRANSFER",
        ["U dead", identify(), see(1), STATUS, SIM, transfer("technical_fault")],
    ),
    "technical fault while all is well": (
        "UNNEEDED_TRANSFER",
        ["U dead", identify(), see(1), SIM, RESTART, STATUS, SPEED, transfer("technical_fault")],
    ),
}

PASSED: dict[str, list[Line]] = {
    "by name and birth date": [
        "U hi",
        call("find_user_by_name_birth_date", first_name="user1", last_name="Lee", birth_date="1980-02-03"),
        call("get_user", user_id="u_1"),
    ],
    "identified twice by two numbers": ["U hi", identify(1), identify(11), OWN],
    "offers for anybody": ["U?", call("list_plans"), call("list_data_packages")],
    "an area for anybody": ["U?", call("check_network", area_id="area-reno-nv")],
    "another's line looked up and refused": [*THEIRS, "A I cannot help with that line."],
    "steps on the phone need nothing": ["U hi", call("toggle_airplane_mode", on=True), RESTART],
    "two changes, one yes": [*about_line("resume_line", 16), call("set_roaming", line_id="L-16", enabled=True)],
    "seen in the list": agreed(call("suspend_line", line_id="L-1", reason="customer_request"), OWN),
    "dearer plan in the contract": plan(2, "family-40", 2),
    "cheaper plan after the contract": plan(12, "basic-8"),
    "cheaper plan without one": plan(1, "basic-8"),
    "plan with a bill open": plan(4, "family-40", 4),
    "second package": more_data(15),
    "roaming": about_line("set_roaming", 1, enabled=True),
    "roaming with a bill open": about_line("set_roaming", 4, 4, enabled=True),
    "resumed at the user's request": about_line("resume_line", 17),
    "resumed after payment": ["U please", identify(3), see(31), look_at(30), "A shall I?", "U go", PAY, RESUME],
    "resumed while nothing is overdue": about_line("resume_line", 19),
    "SIM card of a lost phone": about_line("replace_sim", 17, **SIM_CARD),
    "PIN after the contract": about_line("issue_port_out_pin", 12),
    "dispute on the sixtieth day": disputed(1),
    "bill": paid(30, "card-c", 3),
    "bill on the card's last day": agreed(call("pay_bill", bill_id="B-77", payment_id="card-last"), look_at(77)),
    "autopay": autopay("u_1", "card-last"),
    "number moved in": port_in("u_1"),
    "transfer of a fraud hold": ["U hm", identify(), see(18), transfer("fraud_hold")],
    "transfer of a suspicion": ["U somebody calls in my name!", transfer("fraud_suspicion")],
}


def with_open_bill(start: dict[str, Any]) -> dict[str, Any]:
    """u_1 has an open bill, which only the rules about payment look at."""
    return {**start, "bills/B-77": bill(77, 1, "open")}


def _start(lines: list[Line]) -> dict[str, Any]:
    return (
        with_open_bill(START)
        if any(isinstance(one, Call) and "B-77" in one.arguments.values() for one in lines)
        else START
    )


@pytest.mark.parametrize(("code", "lines"), FLAGGED.values(), ids=FLAGGED.keys())
def test_flagged_and_for_nothing_else(code: str, lines: list[Line]):
    assert set(codes(lines, _start(lines))) == {code}


@pytest.mark.parametrize("lines", PASSED.values(), ids=PASSED.keys())
def test_passed(lines: list[Line]):
    assert codes(lines, _start(lines)) == []


FAILING: dict[str, tuple[dict[str, Any], list[Line]]] = {
    "damaged": (DAMAGED, [SIM]),
    "no service after the restart": (BROKEN, [SIM, RESTART, STATUS]),
    "slow after the restart": (BROKEN, [RESTART, SPEED]),
    "no call after the restart": (BROKEN, [RESTART, call("make_test_call")]),
    "no picture after the restart": (BROKEN, [RESTART, call("send_test_message", kind="picture")]),
}


@pytest.mark.parametrize(("start", "steps"), FAILING.values(), ids=FAILING.keys())
def test_a_technical_fault_is_one_that_the_user_saw(start: dict[str, Any], steps: list[Line]):
    lines = ["U dead", identify(), see(1), *steps, transfer("technical_fault")]
    assert codes(lines, start) == []
    assert codes(lines[:3] + lines[-1:], start) == ["UNNEEDED_TRANSFER"]


def test_enough_is_planted():
    assert len(FLAGGED) >= 40
