"""Policy rules: policy.md as a program."""

from collections.abc import Iterator, Mapping
from typing import Any

from domains.mobile.network import DEAD_MODE, PHONE
from domains.rules import Case, Reading, Rule, RuleBook, finding, own_account, said
from turnwright.database import Row
from turnwright.dialogue import Executed, Side
from turnwright.scenario import DEVICE
from turnwright.verdict import Finding
from turnwright.world import World

CLAIMS = frozenset({"fraud_suspicion", "legal_threat"})
"""Reasons for a transfer that only the user's words can bear out."""
STEPS_WITHOUT_SERVICE = frozenset({"check_status_bar", "reseat_sim", "set_network_mode", "restart_phone"})
"""What the user must have done with their phone before it counts as broken."""


def _line(case: Case) -> Row:
    return case.row("lines", case.arguments["phone_number"])


def _unpaid(case: Case, *statuses: str) -> list[Row]:
    bills = case.world.find("bills", "phone_number", case.arguments["phone_number"])
    return [bill for bill in bills if bill["status"] in statuses]


def _own_line(case: Case) -> Iterator[Finding]:
    if _line(case)["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"line {case.arguments['phone_number']} belongs to another user")


def _own_bill(case: Case) -> Iterator[Finding]:
    if case.row("bills", case.arguments["bill_id"])["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"bill {case.arguments['bill_id']} belongs to another user")


def _own_method(case: Case) -> Iterator[Finding]:
    if case.row("payment_methods", case.arguments["payment_id"])["user_id"] != case.user_id:
        yield finding("FOREIGN_PAYMENT", f"{case.arguments['payment_id']} belongs to another user")


def _no_downgrade(case: Case) -> Iterator[Finding]:
    line, until = _line(case), _line(case)["contract_until"]
    old, new = case.row("plans", line["plan_id"]), case.row("plans", case.arguments["plan_id"])
    if until is not None and case.days_since(until) <= 0 and new["price"] <= old["price"]:
        yield finding("EARLY_DOWNGRADE", f"from {old['name']} to {new['name']} with a contract until {until}")


def _active(case: Case) -> Iterator[Finding]:
    if _line(case)["status"] != "active":
        yield finding("SUSPENDED_LINE", f"line {case.arguments['phone_number']} is suspended")


def _overdue_are_paid(case: Case) -> Iterator[Finding]:
    if _line(case)["suspension"] == "overdue_bill" and _unpaid(case, "overdue"):
        yield finding("UNPAID_RESUME", f"line {case.arguments['phone_number']} has an overdue bill")


def _all_is_paid(case: Case) -> Iterator[Finding]:
    if _unpaid(case, "open", "overdue"):
        yield finding("UNPAID_LEAVE", f"line {case.arguments['phone_number']} has an unpaid bill")


RULES: dict[str, tuple[Rule, ...]] = {
    "get_user": (own_account,),
    "list_lines": (own_account,),
    "list_payment_methods": (own_account,),
    "change_plan": (_own_line, _active, _no_downgrade),
    "pay_bill": (_own_bill, _own_method),
    "add_data": (_own_line, _own_method),
    "suspend_line": (_own_line,),
    "resume_line": (_own_line, _overdue_are_paid),
    "set_roaming": (_own_line,),
    "give_transfer_pin": (_own_line, _active, _all_is_paid),
    "replace_sim": (_own_line, _active),
    "update_email": (own_account,),
}


def _owner(world: World, call: Executed) -> str | None:
    return call.result["user_id"] if call.tool in ("get_line", "get_bill") else None


def _secrets(row: dict[str, Any]) -> list[str]:
    return [said(row[name]) for name in ("total", "data_used_gb", "contract_until") if row.get(name) is not None]


def _needs_human(world: World, reading: Reading, arguments: Mapping[str, Any]) -> bool:
    if arguments["reason"] in CLAIMS:
        return True
    tried = [call for turn in reading.turns for call in turn.calls if call.side is Side.USER and call.error is None]
    dead = bool(tried) and any(
        call.tool == "check_status_bar" and call.result["service"] == "no service" for call in tried[-2:]
    )
    return dead and {call.tool for call in tried} >= STEPS_WITHOUT_SERVICE and _line_is_right(world)


def _line_is_right(world: World) -> bool:
    """Whether there is nothing on the network's side, nor in the phone's settings, that explains the silence."""
    device = world.require(DEVICE, PHONE)
    line = world.require("lines", device["phone_number"])
    return line["status"] == "active" and not device["airplane_mode"] and device["network_mode"] != DEAD_MODE


RULE_BOOK = RuleBook(
    identifying=frozenset({"find_user_by_phone_number", "find_user_by_name_birth_date"}),
    open_to_all=frozenset({"list_plans", "list_data_packages", "check_network"}),
    of_tool=RULES,
    # Payment methods are left out: one that was not looked up cannot be known anyway.
    subjects=frozenset({"phone_number", "bill_id", "plan_id", "package_id"}),
    owner=_owner,
    secrets=_secrets,
    needs_human=_needs_human,
)
