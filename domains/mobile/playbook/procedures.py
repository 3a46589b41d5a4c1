"""Procedures: how the embedded teacher serves each kind of request in the network, policy included."""

import re

from domains.mobile.offers import SIM_FEE
from domains.mobile.playbook.finding import (
    SIM_ID,
    WAYS,
    Row,
    days_since,
    find_bill,
    find_charge,
    find_line,
    find_package,
    find_plan,
    must_be_valid,
    numbers_named,
    plan_of,
    unpaid,
)
from domains.mobile.playbook.network_side import add_package, allow_roaming, change_to, resume
from domains.mobile.playbook.repairs import no_data_abroad, no_service, picture_messages, reconnect, slow_data
from domains.paying import find_method
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify, identify_unless_careless
from turnwright.llm.embedded.playbook import Procedure
from turnwright.llm.embedded.words import money

_LOST = re.compile(r"\b(lost|stolen|gone missing|can't find my phone|lost_device|left it)\b", re.IGNORECASE)
_PIN = re.compile(r"(?<![\d-])(\d{6})(?![\d-])")
_CARRIERS = ("Larkline", "Bluefin Mobile", "Quanta Cell", "Peakwave")


def _line(case: Case) -> Row:
    return find_line(case, identify_unless_careless(case, *WAYS))


def _must_be_active(case: Case, line: Row) -> None:
    if line["status"] != "active":
        case.forbid(f"line {line['phone_number']} is suspended, and this needs an active line.")


def _in_contract(line: Row) -> bool:
    return line["contract_end"] is not None and days_since(line["contract_end"]) <= 0


def change_plan(case: Case) -> None:
    line = _line(case)
    plan = find_plan(case)
    _must_be_active(case, line)
    if unpaid(case, line["user_id"], "overdue"):
        case.forbid("plans can only be changed while no bill of the account is overdue.")
    if plan["status"] != "sold":
        case.forbid(f"{plan['name']} is not sold any more.")
    if plan["price"] < plan_of(case, line)["price"] and _in_contract(line):
        case.forbid(f"the contract lasts until {line['contract_end']}, and until then no cheaper plan is possible.")
    change_to(case, line, plan)


def add_data(case: Case) -> None:
    line = _line(case)
    package = find_package(case)
    _must_be_active(case, line)
    usage = case.call("get_data_usage", line_id=line["line_id"])
    add_package(case, line, package, usage)


def data_usage(case: Case) -> None:
    line = _line(case)
    usage = case.call("get_data_usage", line_id=line["line_id"])
    if usage["allowed_gb"] is None:
        return case.tell(
            f"Line {line['phone_number']} has used {usage['used_gb']:g} GB, and its plan has no limit.",
            ("USED_GB", "number", usage["used_gb"]),
        )
    case.tell(
        f"Line {line['phone_number']} has used {usage['used_gb']:g} GB of {usage['allowed_gb']:g} GB this month.",
        ("USED_GB", "number", usage["used_gb"]),
    )
    return case.tell(f"There are {usage['left_gb']:g} GB left.", ("LEFT_GB", "number", usage["left_gb"]))


def set_roaming(case: Case) -> None:
    line = _line(case)
    _must_be_active(case, line)
    allow_roaming(case, line)
    reconnect(case)


def suspend_line(case: Case) -> None:
    line = _line(case)
    reason = "lost_device" if _LOST.search(case.text) else "customer_request"
    why = "because the phone is lost" if reason == "lost_device" else "at your request"
    number = line["phone_number"]
    case.propose(f"I would suspend line {number} {why}, free of charge, until you want it resumed. Shall I?")
    case.make("suspend_line", line_id=line["line_id"], reason=reason)
    case.tell(f"Line {number} is suspended.", ("LINE", "text", number))


def resume_line(case: Case) -> None:
    line = _line(case)
    if line["status"] == "active":
        raise Refused(f"line {line['phone_number']} is active, so there is nothing to resume.")
    resume(case, line)
    reconnect(case)


def replace_sim(case: Case) -> None:
    line = _line(case)
    found = SIM_ID.findall(case.text)
    if not found:
        case.ask("What is the number that is printed on the new card?")
        raise Refused("I have no number of a new SIM card.")
    if line["suspension_reason"] in ("overdue_bill", "fraud_hold"):
        case.forbid("a line that is suspended for an overdue bill or a fraud hold gets no new SIM card.")
    number, price = line["phone_number"], money(SIM_FEE)
    case.propose(f"I would move line {number} to {found[-1]} for {price} on the next bill. Shall I?")
    done = case.make("replace_sim", line_id=line["line_id"], sim_id=found[-1])
    case.tell(
        f"Line {number} is on {done['sim_id']} now; {money(done['charged'])} for the card go on your next bill.",
        ("SIM_FEE", "money", done["charged"]),
    )
    reconnect(case)


def port_out(case: Case) -> None:
    line = _line(case)
    _must_be_active(case, line)
    if owed := unpaid(case, line["user_id"], "open", "overdue"):
        case.forbid(f"bill {owed[0]['bill_id']} is not paid, and a number can only leave when all bills are paid.")
    if _in_contract(line):
        case.forbid(f"the contract lasts until {line['contract_end']}, and the number cannot leave before its end.")
    number = line["phone_number"]
    case.propose(f"I would issue the PIN with which another carrier can take over {number}. Shall I?")
    done = case.make("issue_port_out_pin", line_id=line["line_id"])
    case.tell(f"The PIN for {number} is {done['pin']}.", ("PIN", "text", done["pin"]))
    case.tell(f"It is valid until {done['valid_until']}.", ("VALID_UNTIL", "date", done["valid_until"]))


def port_in(case: Case) -> None:
    user_id = identify(case, *WAYS)
    numbers, pins = numbers_named(case), _PIN.findall(case.text)
    carrier = case.latest(_CARRIERS, lambda one, text: text.rfind(one))
    if not numbers or not pins or carrier is None:
        case.ask("Which number is it, which carrier has it now, and what is the porting code that they gave you?")
        raise Refused("I need the number, its carrier and their porting code.")
    case.propose(f"I would ask {carrier} for {numbers[0]} with the code {pins[-1]}. Shall I?")
    done = case.make("request_port_in", user_id=user_id, phone_number=numbers[0], carrier=carrier, port_pin=pins[-1])
    case.tell(f"Your request is {done['port_request_id']}.", ("REQUEST_ID", "text", done["port_request_id"]))
    case.tell(f"The number works here from {done['works_from']}.", ("WORKS_FROM", "date", done["works_from"]))


def pay_bill(case: Case) -> None:
    user_id = identify(case, *WAYS)
    bill = find_bill(case, user_id)
    if bill["status"] == "paid":
        raise Refused(f"bill {bill['bill_id']} is paid already.")
    method = find_method(case, user_id, "Which payment method should be used for it?")
    must_be_valid(case, method)
    total = money(bill["total"])
    case.propose(f"I would charge {total} for bill {bill['bill_id']} to {method['label']}. Shall I?")
    done = case.make("pay_bill", bill_id=bill["bill_id"], payment_id=method["payment_id"])
    case.tell(
        f"Bill {bill['bill_id']} is paid: {money(done['charged'])} from {method['label']}.",
        ("CHARGED", "money", done["charged"]),
    )


def bill_question(case: Case) -> None:
    bill = find_bill(case, identify(case, *WAYS))
    case.tell(
        f"Bill {bill['bill_id']} comes to {money(bill['total'])} and is {bill['status']}.",
        ("TOTAL", "money", bill["total"]),
    )
    case.tell(f"Its due date is {bill['due']}.", ("DUE", "date", bill["due"]))
    charge = find_charge(case, bill)
    if charge is None:
        case.ask(_which_charge(bill))
    else:
        case.tell(f"For {charge['text']} it has {money(charge['amount'])}.", ("CHARGE", "money", charge["amount"]))


def dispute_charge(case: Case) -> None:
    bill = find_bill(case, identify(case, *WAYS))
    charge = find_charge(case, bill)
    if charge is None:
        case.ask(_which_charge(bill))
        raise Refused("I could not tell which charge you mean.")
    if days_since(bill["issued"]) > 60:
        case.forbid(f"the bill is of {bill['issued']}, and only bills of the last 60 days can be looked into.")
    amount = money(charge["amount"])
    case.propose(f"I would open a ticket about {amount} for {charge['text']} on bill {bill['bill_id']}. Shall I?")
    done = case.make("dispute_charge", bill_id=bill["bill_id"], charge_id=charge["charge_id"])
    case.tell(f"Your ticket is {done['ticket_id']}, about {amount}.", ("TICKET_ID", "text", done["ticket_id"]))
    case.tell(f"You get an answer by {done['answer_by']}.", ("ANSWER_BY", "date", done["answer_by"]))


def _which_charge(bill: Row) -> str:
    return f"Which charge do you mean: {'; '.join(one['text'] for one in bill['charges'])}?"


def set_autopay(case: Case) -> None:
    user_id = identify(case, *WAYS)
    method = find_method(case, user_id, "Which payment method should be used?")
    must_be_valid(case, method)
    case.propose(f"From the next bill on I would have all bills paid from {method['label']}. Shall I?")
    case.make("set_autopay", user_id=user_id, payment_id=method["payment_id"])
    case.tell(f"Autopay is on, from {method['label']}.", ("METHOD", "text", method["label"]))


def plan_question(case: Case) -> None:
    plan = find_plan(case)
    case.tell(f"{plan['name']} costs {money(plan['price'])} a month.", ("PRICE_ASKED", "money", plan["price"]))
    if plan["data_gb"] is not None:
        case.tell(f"It has {plan['data_gb']:g} GB of data.", ("DATA_GB", "number", plan["data_gb"]))


def no_tool(case: Case) -> None:
    identify(case, *WAYS)
    raise Refused("fees, charges and prices are never waived or lowered, and there are no credits.")


PROCEDURES: dict[str, Procedure] = {
    "change_plan": change_plan,
    "add_data": add_data,
    "get_data_usage": data_usage,
    "set_roaming": set_roaming,
    "suspend_line": suspend_line,
    "resume_line": resume_line,
    "replace_sim": replace_sim,
    "issue_port_out_pin": port_out,
    "request_port_in": port_in,
    "pay_bill": pay_bill,
    "get_bill": bill_question,
    "dispute_charge": dispute_charge,
    "set_autopay": set_autopay,
    "list_plans": plan_question,
    "no_service": no_service,
    "slow_data": slow_data,
    "no_data_abroad": no_data_abroad,
    "picture_messages": picture_messages,
    "none": no_tool,
}
"""By the tool that the request asks for, or the fault; "none" where the policy has no tool for it."""
