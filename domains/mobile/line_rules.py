"""Line rules: what policy.md allows for a single call, judged by the state of the world before it."""

from collections.abc import Iterator

from domains.rules import Case, Rule, finding, own_account
from turnwright.database import Row
from turnwright.verdict import Finding

DISPUTE_DAYS = 60
TOP_UPS = 2


def _line(case: Case) -> Row:
    return case.row("lines", case.arguments["line_id"])


def _bill(case: Case) -> Row:
    return case.row("bills", case.arguments["bill_id"])


def _bills_with(case: Case, *statuses: str) -> list[str]:
    """Ids of the bills of the line's user that have one of these statuses."""
    bills = case.world.find("bills", "user_id", _line(case)["user_id"])
    return [bill["bill_id"] for bill in bills if bill["status"] in statuses]


def _own_line(case: Case) -> Iterator[Finding]:
    if _line(case)["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"line {case.arguments['line_id']} belongs to another user")


def _own_bill(case: Case) -> Iterator[Finding]:
    if _bill(case)["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"bill {case.arguments['bill_id']} belongs to another user")


def _own_method(case: Case) -> Iterator[Finding]:
    payment_id = case.arguments["payment_id"]
    if payment_id is None:
        return
    method = case.row("payment_methods", payment_id)
    if method["user_id"] != case.user_id:
        yield finding("FOREIGN_PAYMENT", f"{payment_id} belongs to another user")
    if case.days_since(method["valid_until"]) > 0:
        yield finding("EXPIRED_METHOD", f"{payment_id} was valid until {method['valid_until']}")


def _active(case: Case) -> Iterator[Finding]:
    if _line(case)["status"] != "active":
        yield finding("INACTIVE_LINE", f"line {case.arguments['line_id']} is suspended")


def _nothing_overdue(case: Case) -> Iterator[Finding]:
    if overdue := _bills_with(case, "overdue"):
        yield finding("OVERDUE_BILL", f"overdue: {', '.join(overdue)}")


def _sold(case: Case) -> Iterator[Finding]:
    if case.row("plans", case.arguments["plan_id"])["status"] != "sold":
        yield finding("RETIRED_PLAN", f"{case.arguments['plan_id']} is not sold any more")


def _in_contract(case: Case) -> bool:
    end = _line(case)["contract_end"]
    return end is not None and case.days_since(end) <= 0


def _no_early_downgrade(case: Case) -> Iterator[Finding]:
    new, old = (case.row("plans", key)["price"] for key in (case.arguments["plan_id"], _line(case)["plan_id"]))
    if new < old and _in_contract(case):
        yield finding("EARLY_DOWNGRADE", f"a plan for {new:.2f} in place of {old:.2f} inside the contract")


def _not_too_many(case: Case) -> Iterator[Finding]:
    if _line(case)["top_ups"] >= TOP_UPS:
        yield finding("TOP_UP_LIMIT", f"line {case.arguments['line_id']} had {TOP_UPS} packages this month")


def _can_roam(case: Case) -> Iterator[Finding]:
    if case.arguments["enabled"] and not case.row("plans", _line(case)["plan_id"])["roaming"]:
        yield finding("ROAMING_EXCLUDED", f"the plan {_line(case)['plan_id']} has no roaming")


def _may_resume(case: Case) -> Iterator[Finding]:
    reason = _line(case)["suspension_reason"]
    if reason == "fraud_hold":
        yield finding("FRAUD_HOLD", f"line {case.arguments['line_id']} is under a fraud hold")
    if reason == "overdue_bill" and (overdue := _bills_with(case, "overdue")):
        yield finding("RESUME_UNPAID", f"still overdue: {', '.join(overdue)}")


def _may_have_sim(case: Case) -> Iterator[Finding]:
    if _line(case)["suspension_reason"] in ("overdue_bill", "fraud_hold"):
        yield finding("SIM_BLOCKED", f"suspended: {_line(case)['suspension_reason']}")


def _may_leave(case: Case) -> Iterator[Finding]:
    if unpaid := _bills_with(case, "open", "overdue"):
        yield finding("PORT_UNPAID", f"not paid: {', '.join(unpaid)}")
    if _in_contract(case):
        yield finding("PORT_CONTRACT", f"the contract lasts until {_line(case)['contract_end']}")


def _recent(case: Case) -> Iterator[Finding]:
    age = case.days_since(_bill(case)["issued"])
    if age > DISPUTE_DAYS:
        yield finding("LATE_DISPUTE", f"issued {age} days ago")


RULES: dict[str, tuple[Rule, ...]] = {
    "get_user": (own_account,),
    "list_lines": (own_account,),
    "list_bills": (own_account,),
    "list_payment_methods": (own_account,),
    "get_data_usage": (_own_line,),
    "change_plan": (_own_line, _active, _nothing_overdue, _sold, _no_early_downgrade),
    "add_data": (_own_line, _active, _not_too_many),
    "set_roaming": (_own_line, _active, _nothing_overdue, _can_roam),
    "suspend_line": (_own_line,),
    "resume_line": (_own_line, _may_resume),
    "replace_sim": (_own_line, _may_have_sim),
    "issue_port_out_pin": (_own_line, _active, _may_leave),
    "pay_bill": (_own_bill, _own_method),
    "set_autopay": (own_account, _own_method),
    "dispute_charge": (_own_bill, _recent),
    "request_port_in": (own_account,),
}
"""The rules of each tool; who was identified and what was confirmed is the same for all domains, see rules.py."""
