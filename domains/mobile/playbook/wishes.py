"""Wishes: what each kind of request takes in the network, found among a customer's lines, bills and methods."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from domains.mobile.playbook.finding import Row, days_since
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.drafting import loses_number
from turnwright.llm.embedded.wishes import Search, Subject, Wish, changes_mind, with_choice


@dataclass(frozen=True)
class Customer:
    user: Row
    lines: list[Row]


_CARRIERS = ("Larkline", "Bluefin Mobile", "Quanta Cell", "Peakwave")
_INSTEAD = "you want {choice} instead"


def active_lines(desk: Desk, customer: Customer) -> Iterator[Row]:
    """The customer's active lines."""
    return (line for line in desk.shuffled(customer.lines, "line") if line["status"] == "active")


def about(desk: Desk, line: Row) -> dict[str, Any]:
    """What every wish about a line has in common; who lost its number knows its label."""
    labelled = f"the {line['label']} line"
    details = {"phone_number": line["phone_number"], "line_id": line["line_id"]}
    if _goes_by_label(desk):
        mine = f"my {line['label']} line"
        return {"details": details, "knows": {"line": labelled}, "holes": {"line": mine}}
    return {
        "details": details,
        "knows": {"phone_number": line["phone_number"], "line": labelled},
        "holes": {"line": f"line {line['phone_number']}"},
        "subject": Subject("phone_number", "line", line["phone_number"], labelled),
    }


def named(desk: Desk, line: Row) -> str:
    """The line as a goal speaks of it."""
    return f"your {line['label']} line" if _goes_by_label(desk) else f"line {line['phone_number']}"


def _goes_by_label(desk: Desk) -> bool:
    # Who has the number wrong names it all the same.
    return "missing_number" in desk.twists and not loses_number(desk)


def with_known(wish: Wish, **known: str) -> Wish:
    """The wish with further details that the customer knows and openings may name."""
    return replace(wish, details=wish.details | known, knows=wish.knows | known, holes={**wish.holes, **known})


def in_hand(line: Row, **phone: Any) -> dict[str, dict[str, Any]]:
    return {"device/phone": {"line_id": line["line_id"], **phone}}


def bills_of(desk: Desk, customer: Customer, *statuses: str) -> list[Row]:
    bills = desk.call("list_bills", user_id=customer.user["user_id"])
    return [bill for bill in bills if bill["status"] in statuses]


def methods_of(desk: Desk, customer: Customer) -> list[Row]:
    """Valid payment methods."""
    methods = desk.call("list_payment_methods", user_id=customer.user["user_id"])
    return desk.shuffled([one for one in methods if days_since(one["valid_until"]) <= 0], "method")


def in_contract(line: Row) -> bool:
    return line["contract_end"] is not None and days_since(line["contract_end"]) <= 0


def _plans(desk: Desk) -> list[Row]:
    return desk.shuffled([plan for plan in desk.call("list_plans") if plan["status"] == "sold"], "plan")


def _price(desk: Desk, line: Row) -> float:
    return next(plan["price"] for plan in desk.call("list_plans") if plan["plan_id"] == line["plan_id"])


def _change_plan(desk: Desk, customer: Customer, *, early: bool = False) -> Iterator[Wish]:
    if bills_of(desk, customer, "overdue"):
        return
    for line in active_lines(desk, customer):
        price, bound = _price(desk, line), in_contract(line)
        if early and not bound:
            continue
        others = [plan for plan in _plans(desk) if plan["plan_id"] != line["plan_id"]]
        if early:
            fitting = [plan for plan in others if plan["price"] < price]
        else:
            fitting = [plan for plan in others if plan["price"] > price or not bound]
        if len(fitting) < (2 if changes_mind(desk) else 1):
            continue
        wish = Wish("change_plan", f"put {named(desk, line)} on the plan {{choice}}", **about(desk, line))
        other = fitting[1]["name"] if changes_mind(desk) else None
        yield with_choice(wish, "plan", fitting[0]["name"], other, "you want the plan {choice} instead")


def _downgrade(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _change_plan(desk, customer, early=True)


def _top_up(desk: Desk, customer: Customer) -> Iterator[Wish]:
    names = desk.shuffled([package["name"] for package in desk.call("list_data_packages")], "package")
    for line in active_lines(desk, customer):
        if line["plan_id"] == "max-unlimited":
            continue
        wish = Wish("add_data", f"add the data package {{choice}} to {named(desk, line)}", **about(desk, line))
        other = names[1] if changes_mind(desk) else None
        yield with_choice(wish, "package", names[0], other, "you want the package {choice} instead")


def _usage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        if line["plan_id"] != "max-unlimited":
            words = f"know how much data is used and left on {named(desk, line)}"
            yield Wish("get_data_usage", words, **about(desk, line))


def _suspend(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        why = desk.choose(("lost", "unused"), "why")
        words, details = {
            "lost": ("because you lost the phone with it", "lost_device"),
            "unused": ("because you do not need it this summer", "customer_request"),
        }[why]
        wish = Wish("suspend_line", f"suspend {named(desk, line)}, {words}", **about(desk, line))
        wish = replace(wish, details=wish.details | {"reason": details})
        lead = "the phone is lost" if why == "lost" else "nobody needs it this summer"
        yield replace(wish, holes=wish.holes | {"reason": lead})


def _foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user["user_id"]]
    for record in desk.shuffled(others, "other"):
        for line in record["lines"]:
            if line["status"] == "active":
                number = line["phone_number"]
                yield Wish(
                    "suspend_line",
                    f"suspend line {number}, because the phone is lost; it belongs to somebody you know, not to you",
                    {"phone_number": number, "reason": "lost_device"},
                    {},
                    {"line": f"line {number}", "reason": "the phone is lost"},
                )


def _resume(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        wish = Wish("resume_line", f"resume {named(desk, line)}", **about(desk, line))
        if desk.choose((True, False), "overdue"):
            yield from overdue(desk, customer, line, replace(wish, initial=in_hand(line)))
            continue
        reason = desk.choose(("customer_request", "lost_device"), "reason")
        cut = {"status": "suspended", "suspension_reason": reason}
        back = {"customer_request": "you need it again", "lost_device": "you have found the phone again"}[reason]
        initial = {**in_hand(line), f"lines/{line['line_id']}": cut}
        yield replace(wish, words=f"{wish.words}, because {back}", initial=initial)


def overdue(desk: Desk, customer: Customer, line: Row, wish: Wish, *, pays: bool = True) -> Iterator[Wish]:
    """The same with the line suspended for an overdue bill, which the customer pays or does not."""
    bills, methods = bills_of(desk, customer, "overdue", "paid"), methods_of(desk, customer)
    if not methods or not bills or any(bill["status"] == "overdue" for bill in bills):
        return
    owed = next(bill for bill in bills if days_since(bill["due"]) > 0)
    initial = {
        **wish.initial,
        f"lines/{line['line_id']}": {"status": "suspended", "suspension_reason": "overdue_bill"},
        f"bills/{owed['bill_id']}": {"status": "overdue", "paid_with": None},
    }
    wish = replace(wish, initial=initial)
    if not pays:
        refusal = "I will not pay anything now, the line has to work first."
        words = f"{wish.words} without paying anything for it now"
        yield replace(wish, words=words, knows=wish.knows | {"payment": refusal})
        return
    label = methods[0]["label"]
    words = f"{wish.words}; if something is owed for it, have that charged to {label}"
    yield replace(with_known(wish, payment=label), words=words)


def _unpaid_resume(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        wish = Wish("resume_line", f"resume {named(desk, line)}", **about(desk, line))
        yield from overdue(desk, customer, line, replace(wish, initial=in_hand(line)), pays=False)


def _roaming(desk: Desk, customer: Customer) -> Iterator[Wish]:
    if bills_of(desk, customer, "overdue"):
        return
    for line in active_lines(desk, customer):
        if can_roam(desk, line):
            words = f"have roaming allowed for {named(desk, line)}, because you travel soon"
            made = Wish("set_roaming", words, **about(desk, line), initial=in_hand(line) | no_roaming(line))
            yield made


def can_roam(desk: Desk, line: Row) -> bool:
    return next(plan["roaming"] for plan in desk.call("list_plans") if plan["plan_id"] == line["plan_id"])


def no_roaming(line: Row) -> dict[str, dict[str, Any]]:
    return {f"lines/{line['line_id']}": {"roaming_enabled": False}}


def _sim(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        sim_id = f"SIM-{100_000 + int(desk.noise.uniform('sim', desk.number) * 99_000)}"
        wish = Wish(
            "replace_sim",
            f"have {named(desk, line)} moved to your new SIM card {sim_id}",
            **about(desk, line),
            initial=in_hand(line),
        )
        yield with_known(wish, sim_id=sim_id)


def _leave(desk: Desk, customer: Customer, *, paid: bool = True) -> Iterator[Wish]:
    owed = bills_of(desk, customer, "open", "overdue")
    if bool(owed) == paid:
        return
    for line in active_lines(desk, customer):
        if not in_contract(line):
            carrier = desk.choose(_CARRIERS, "carrier")
            words = f"get the PIN to leave for another carrier, {carrier}, with {named(desk, line)}"
            wish = Wish("issue_port_out_pin", words, **about(desk, line))
            yield replace(wish, holes=wish.holes | {"carrier": carrier})


def _leave_unpaid(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _leave(desk, customer, paid=False)


def _move_in(desk: Desk, customer: Customer) -> Iterator[Wish]:
    dice = int(desk.noise.uniform("number", desk.number) * 900_000)
    number, pin = f"555-7{dice % 90 + 10}-{1000 + dice % 9000}", f"{100_000 + dice}"
    carrier = desk.choose(_CARRIERS, "carrier")
    words = f"bring your number {number} along from {carrier}; their porting code is {pin}"
    details = {"phone_number": number, "carrier": carrier, "port_pin": pin}
    knows = {"porting": f"it is {number} at {carrier}, and their porting code is {pin}"}
    yield Wish("request_port_in", words, details, knows, {"number": number, "carrier": carrier})


def _pay(desk: Desk, customer: Customer) -> Iterator[Wish]:
    methods = methods_of(desk, customer)
    for bill in bills_of(desk, customer, "open", "overdue"):
        if len(methods) < (2 if changes_mind(desk) else 1):
            return
        bill_id = bill["bill_id"]
        wish = Wish(
            "pay_bill",
            f"pay bill {bill_id} with {{choice}}",
            {"bill_id": bill_id},
            {"bill_id": bill_id},
            {"bill": f"bill {bill_id}"},
        )
        other = methods[1]["label"] if changes_mind(desk) else None
        yield with_choice(wish, "payment", methods[0]["label"], other, "you want it charged to {choice} instead")


def _autopay(desk: Desk, customer: Customer) -> Iterator[Wish]:
    methods = [one for one in methods_of(desk, customer) if one["payment_id"] != customer.user["autopay"]]
    if len(methods) < (2 if changes_mind(desk) else 1):
        return
    wish = Wish("set_autopay", "have later bills paid automatically with {choice}", {}, {})
    other = methods[1]["label"] if changes_mind(desk) else None
    yield with_choice(wish, "payment", methods[0]["label"], other, _INSTEAD)


def _charges(desk: Desk, customer: Customer, most_days: int) -> Iterator[tuple[Row, Row]]:
    """Bills that are recent enough, with a charge on them whose text no other charge there has."""
    for bill in desk.shuffled(bills_of(desk, customer, "open", "paid", "overdue"), "bill"):
        if days_since(bill["issued"]) > most_days:
            continue
        full = desk.call("get_bill", bill_id=bill["bill_id"])
        texts = [charge["text"] for charge in full["charges"]]
        for charge in desk.shuffled(list(full["charges"]), "charge"):
            if texts.count(charge["text"]) == 1 and not charge["text"].startswith("plan"):
                yield full, charge


def _bill_question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for bill, charge in _charges(desk, customer, 400):
        bill_id, text = bill["bill_id"], charge["text"]
        words = f"know what bill {bill_id} comes to, when it is due, and what it has for {text}"
        known = {"bill_id": bill_id, "charge": f"the {text}"}
        yield Wish(
            "get_bill", words, {"bill_id": bill_id, "charge": text}, known, {"bill": f"bill {bill_id}", "charge": text}
        )


def _dispute(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for bill, charge in _charges(desk, customer, 60):
        bill_id, text = bill["bill_id"], charge["text"]
        words = f"dispute the charge for {text} on bill {bill_id}, which you do not recognise"
        known = {"bill_id": bill_id, "charge": f"the {text}"}
        yield Wish(
            "dispute_charge",
            words,
            {"bill_id": bill_id, "charge": text},
            known,
            {"bill": f"bill {bill_id}", "charge": text},
        )


def _waive(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for bill, charge in _charges(desk, customer, 400):
        words = f"get a credit for the {charge['text']} on bill {bill['bill_id']}"
        known = {"bill_id": bill["bill_id"]}
        yield Wish("none", words, {**known}, known, {"bill": f"bill {bill['bill_id']}", "charge": charge["text"]})


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    plan = desk.shuffled(desk.call("list_plans"), "asked")[0]["name"]
    words = f"know what the {plan} plan costs and what is in it"
    yield Wish("list_plans", words, {"plan_asked": plan}, {"plan_asked": f"the {plan} plan"}, {"plan": plan})


SEARCHES: dict[str, Search[Customer]] = {
    "change_plan": _change_plan,
    "downgrade": _downgrade,
    "top_up": _top_up,
    "usage": _usage,
    "suspend": _suspend,
    "foreign": _foreign,
    "resume": _resume,
    "unpaid_resume": _unpaid_resume,
    "roaming": _roaming,
    "sim": _sim,
    "leave": _leave,
    "leave_unpaid": _leave_unpaid,
    "move_in": _move_in,
    "pay": _pay,
    "autopay": _autopay,
    "bill_question": _bill_question,
    "dispute": _dispute,
    "waive": _waive,
}
"""By kind; those about faults are in faults.py."""
