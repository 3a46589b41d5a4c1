"""Procedures: how the embedded teacher serves each kind of request on the network, policy included."""

import re

from domains.mobile.playbook.finding import WAYS, Row, find_line, find_package, find_plan, is_over
from domains.mobile.playbook.repairs import get_data, get_pictures, get_service
from domains.paying import find_method
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify, identify_unless_careless
from turnwright.llm.embedded.playbook import Procedure
from turnwright.llm.embedded.words import money

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PAY = "Which payment method would you like to use?"
Served = tuple[str, Row]
"""The customer's user id and their line."""


def _served(case: Case) -> Served:
    user_id = identify_unless_careless(case, *WAYS)
    line = find_line(case, user_id)
    return user_id or line["user_id"], line


def change_plan(case: Case) -> None:
    _, line = _served(case)
    number = line["phone_number"]
    if line["status"] != "active":
        case.forbid(f"line {number} is suspended, and a suspended line cannot change its plan.")
    plan = find_plan(case, line["plan_id"])
    if plan["price"] <= line["price"] and not is_over(line["contract_until"]):
        case.forbid(f"the contract of line {number} runs until {line['contract_until']}, until then only up.")
    case.propose(
        f"I would change line {number} from {line['plan']} for {money(line['price'])} to {plan['name']} "
        f"for {money(plan['price'])} a month with {plan['data_gb']:g} GB, valid at once. Shall I?"
    )
    done = case.make("change_plan", phone_number=number, plan_id=plan["plan_id"])
    case.tell(f"Line {number} is on the {done['plan']} plan now.")
    case.tell(f"It costs {money(done['price'])} a month.", ("NEW_PRICE", "money", done["price"]))


def pay_bill(case: Case) -> None:
    user_id, line = _served(case)
    unpaid = _unpaid(case, line)
    if not unpaid:
        raise Refused("there is no unpaid bill for that line.")
    _pay(case, user_id, unpaid[0])


def _unpaid(case: Case, line: Row, *statuses: str) -> list[Row]:
    bills = case.call("list_bills", phone_number=line["phone_number"]) or []
    return [bill for bill in bills if bill["status"] in (statuses or ("open", "overdue"))]


def _pay(case: Case, user_id: str, bill: Row) -> None:
    method = find_method(case, user_id, _PAY)
    bill_id, total = bill["bill_id"], money(bill["total"])
    case.propose(f"I would pay bill {bill_id} of {total} with your {method['label']}. Shall I?")
    done = case.make("pay_bill", bill_id=bill_id, payment_id=method["payment_id"])
    case.tell(f"Bill {bill_id} is paid: {total} with your {method['label']}.", ("PAID", "money", done["paid"]))


def bill_question(case: Case) -> None:
    _, line = _served(case)
    bills = case.call("list_bills", phone_number=line["phone_number"])
    bill = case.call("get_bill", bill_id=bills[0]["bill_id"])
    parts = ", ".join(f"{charge['name']} {money(charge['amount'])}" for charge in bill["charges"])
    case.tell(
        f"Your bill {bill['bill_id']} of {bill['month']} is {money(bill['total'])}: {parts}.",
        ("TOTAL", "money", bill["total"]),
        *(("CHARGE", "money", charge["amount"]) for charge in bill["charges"][1:]),
    )
    case.tell(f"It is due on {bill['due']}.", ("DUE", "date", bill["due"]))


def add_data(case: Case) -> None:
    user_id, line = _served(case)
    _top_up(case, user_id, line)


def _top_up(case: Case, user_id: str, line: Row) -> None:
    package = find_package(case)
    method = find_method(case, user_id, _PAY)
    number = line["phone_number"]
    case.propose(
        f"I would add {package['name']} to line {number} for {money(package['price'])}, paid with your "
        f"{method['label']}. Shall I?"
    )
    arguments = {"package_id": package["package_id"], "payment_id": method["payment_id"]}
    done = case.make("add_data", phone_number=number, **arguments)
    case.tell(f"{package['name']} is added for {money(done['paid'])}.", ("PAID", "money", done["paid"]))
    case.tell(f"You have {done['data_left_gb']:g} GB left.", ("DATA_LEFT", "number", done["data_left_gb"]))


def usage_question(case: Case) -> None:
    _, line = _served(case)
    used, allowed = line["data_used_gb"], line["data_allowed_gb"]
    case.tell(
        f"Line {line['phone_number']} has used {used:g} of {allowed:g} GB this month.",
        ("DATA_USED", "number", used),
        ("DATA_ALLOWED", "number", allowed),
    )


def suspend_line(case: Case) -> None:
    _, line = _served(case)
    number = line["phone_number"]
    lost = re.search(r"lost|stolen|left .* on the (bus|train)|vanished", case.text, re.IGNORECASE)
    reason = "lost_phone" if lost else "customer_request"
    case.propose(f"I would suspend line {number}, so that nobody can use it. Shall I?")
    case.make("suspend_line", phone_number=number, reason=reason)
    case.tell(f"Line {number} is suspended.", ("SUSPENDED", "text", number))


def resume_line(case: Case) -> None:
    _, line = _served(case)
    number = line["phone_number"]
    if line["suspension"] == "overdue_bill" and _unpaid(case, line, "overdue"):
        case.forbid(f"line {number} is suspended for an overdue bill, and that has to be paid first.")
    case.propose(f"I would resume line {number}. Shall I?")
    case.make("resume_line", phone_number=number)
    case.tell(f"Line {number} is active again. Restart its phone, please.", ("ACTIVE", "text", number))


def enable_roaming(case: Case) -> None:
    _, line = _served(case)
    _switch_roaming(case, line)


def _switch_roaming(case: Case, line: Row) -> None:
    number = line["phone_number"]
    case.propose(f"I would switch line {number} on for use abroad, which costs nothing. Shall I?")
    case.make("set_roaming", phone_number=number, on=True)
    case.tell(f"Line {number} can be used abroad once the phone was restarted.", ("ROAMING", "text", number))


def give_transfer_pin(case: Case) -> None:
    _, line = _served(case)
    number = line["phone_number"]
    if line["status"] != "active" or _unpaid(case, line):
        case.forbid(f"line {number} has to be active and all its bills paid before its number can leave.")
    case.propose(f"I would give you a transfer PIN for {number}. Shall I?")
    done = case.make("give_transfer_pin", phone_number=number)
    case.tell(f"Your transfer PIN for {number} is {done['pin']}.", ("PIN", "text", done["pin"]))
    case.tell(f"It is valid until {done['valid_until']}.", ("VALID_UNTIL", "date", done["valid_until"]))


def replace_sim(case: Case) -> None:
    _, line = _served(case)
    number = line["phone_number"]
    if line["status"] != "active":
        case.forbid(f"line {number} is not active.")
    case.propose(f"I would send a new SIM card for line {number} to the address of your account, free. Shall I?")
    done = case.make("replace_sim", phone_number=number)
    case.tell(f"The new SIM card arrives on {done['arrives']}.", ("ARRIVAL", "date", done["arrives"]))


def update_email(case: Case) -> None:
    user_id = identify(case, *WAYS)
    email = case.latest(_EMAIL.findall(case.text), lambda one, text: text.rfind(one))
    if email is None:
        case.ask("What is the new email address?")
        raise Refused("I have no new email address.")
    case.propose(f"I would send your bills to {email} from now on. Shall I?")
    case.make("update_email", user_id=user_id, email=email)
    case.tell(f"Your bills go to {email} now.", ("NEW_EMAIL", "text", email))


def plan_question(case: Case) -> None:
    plan = find_plan(case, None)
    case.tell(
        f"The {plan['name']} plan costs {money(plan['price'])} a month and has {plan['data_gb']:g} GB of data.",
        ("PRICE", "money", plan["price"]),
        ("DATA", "number", plan["data_gb"]),
    )


def no_service(case: Case) -> None:
    user_id, line = _served(case)
    _mend_line(case, user_id, line)
    city = case.call("get_user", user_id=user_id)["address"]["city"]
    outage = case.call("check_network", city=city)["outage_until"]
    if outage:
        case.tell(f"There is an outage in {city}, and nothing is wrong with your phone.")
        return case.tell(f"It should be over on {outage}.", ("OUTAGE_UNTIL", "date", outage))
    _must_have_service(case)
    return case.tell("Your phone has service again.")


def _must_have_service(case: Case) -> None:
    if not get_service(case):
        case.hand_over("device_fault")


def _mend_line(case: Case, user_id: str, line: Row) -> None:
    """What is in the way of service on the network's side."""
    if line["status"] == "active":
        return
    number = line["phone_number"]
    for bill in _unpaid(case, line, "overdue"):
        _pay(case, user_id, bill)
    case.propose(f"Line {number} is suspended. I would resume it. Shall I?")
    case.make("resume_line", phone_number=number)
    case.tell(f"Line {number} is active again.", ("ACTIVE", "text", number))


def _mend_data(case: Case, user_id: str, line: Row) -> None:
    """What is in the way of data on the network's side."""
    _mend_line(case, user_id, line)
    if line["data_used_gb"] >= line["data_allowed_gb"]:
        used, number = line["data_used_gb"], line["phone_number"]
        case.ask(f"Line {number} has used all of its {used:g} GB. Which data package would you like to add?")
        _top_up(case, user_id, line)


def slow_data(case: Case) -> None:
    user_id, line = _served(case)
    _mend_data(case, user_id, line)
    _must_have_data(case)


def _must_have_data(case: Case) -> None:
    if not get_data(case):
        raise Refused("I could not get it to work.")
    case.tell("Mobile data works again.")


def no_data_abroad(case: Case) -> None:
    user_id, line = _served(case)
    if not line["roaming"]:
        _switch_roaming(case, line)
    _mend_data(case, user_id, line)
    _must_have_service(case)
    _must_have_data(case)


def picture_messages(case: Case) -> None:
    user_id, line = _served(case)
    _mend_data(case, user_id, line)
    if not get_pictures(case):
        raise Refused("I could not get picture messages to work.")
    case.tell("Picture messages work again.")


def number_theft(case: Case) -> None:
    _served(case)
    case.hand_over("fraud_suspicion")


def no_tool(case: Case) -> None:
    _served(case)
    raise Refused("nothing on a bill can be waived or paid back.")


PROCEDURES: dict[str, Procedure] = {
    "change_plan": change_plan,
    "pay_bill": pay_bill,
    "get_bill": bill_question,
    "add_data": add_data,
    "get_line": usage_question,
    "suspend_line": suspend_line,
    "resume_line": resume_line,
    "set_roaming": enable_roaming,
    "give_transfer_pin": give_transfer_pin,
    "replace_sim": replace_sim,
    "update_email": update_email,
    "list_plans": plan_question,
    "no_service": no_service,
    "slow_data": slow_data,
    "no_data_abroad": no_data_abroad,
    "picture_messages": picture_messages,
    "transfer_to_human": number_theft,
    "none": no_tool,
}
"""By the tool that the request asks for, or the name of the fault; "none" where there is neither."""
