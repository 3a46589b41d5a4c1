"""Wishes: what each kind of request takes on the network, found among a customer's lines and bills."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from domains.mobile.offers import OUTAGES
from domains.mobile.playbook.faults import compose
from domains.mobile.playbook.finding import PACKAGE_NAMES, PLAN_NAMES, PLAN_PRICES, Row, is_over
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Search, Subject, Wish, changes_mind, with_choice

COUNTRIES = ("Portugal", "Italy", "Japan", "Mexico", "Norway", "Greece", "Canada", "Ireland")
_INSTEAD = "you want {choice} instead"


@dataclass(frozen=True)
class Customer:
    user: Row
    lines: list[Row]

    def numbers(self, *states: str) -> list[str]:
        """Numbers of the lines that are active, or suspended for one of these reasons."""
        return [line["phone_number"] for line in self.lines if (line["suspension"] or "active") in states]


def _lines(desk: Desk, customer: Customer, *states: str) -> Iterator[Row]:
    for number in desk.shuffled(customer.numbers(*states), "line", *states):
        line = desk.call("get_line", phone_number=number)
        if line:
            yield line


def _about(line: Row) -> dict[str, Any]:
    """What every wish about a line has in common; the phone in hand is a healthy one with its SIM card."""
    number = line["phone_number"]
    return {
        "details": {"phone_number": number},
        "knows": {"phone_number": number, "line": f"the {line['plan']} line"},
        "holes": {"line": f"line {number}", "plan": line["plan"]},
        "subject": Subject("phone_number", "line", number, f"the {line['plan']} line"),
        "initial": {"device/phone": {"phone_number": number}},
    }


def _methods(desk: Desk, customer: Customer) -> list[str]:
    found = desk.call("list_payment_methods", user_id=customer.user["user_id"])
    return desk.shuffled([method["label"] for method in found], "method")


def _change_plan(desk: Desk, customer: Customer, *, down: bool = False) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        price, free = line["price"], is_over(line["contract_until"])
        if down and free:
            continue
        fitting = [
            name
            for key, name in PLAN_NAMES.items()
            if name != line["plan"] and (PLAN_PRICES[key] < price if down else free or PLAN_PRICES[key] > price)
        ]
        fitting = desk.shuffled(fitting, "plan", line["phone_number"])
        if len(fitting) < (2 if changes_mind(desk) else 1):
            continue
        wish = Wish("change_plan", f"have line {line['phone_number']} changed to the {{choice}} plan", **_about(line))
        other = fitting[1] if changes_mind(desk) else None
        made = with_choice(wish, "new_plan", fitting[0], other, "you want the {choice} plan instead")
        details = made.details | {"new_plan": f"{fitting[0]} plan"}
        yield replace(made, details=details, knows=made.knows | {"new_plan": f"the {made.knows['new_plan']} plan"})


def _downgrade(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _change_plan(desk, customer, down=True)


def _pay(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        bills = desk.call("list_bills", phone_number=line["phone_number"])
        methods = _methods(desk, customer)
        if bills[0]["status"] != "open" or len(methods) < (2 if changes_mind(desk) else 1):
            continue
        words = f"pay the open bill of line {line['phone_number']} with {{choice}}"
        other = methods[1] if changes_mind(desk) else None
        yield with_choice(Wish("pay_bill", words, **_about(line)), "payment", methods[0], other, _INSTEAD)


def _bill(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        yield Wish("get_bill", f"know what the last bill of line {line['phone_number']} is made of", **_about(line))


def _top_up(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        chosen, other = desk.shuffled([*PACKAGE_NAMES], "package")[:2]
        pays = _methods(desk, customer)[0]
        words = f"add the {{choice}} data package to line {line['phone_number']} and pay with {pays}"
        wish = Wish("add_data", words, **_about(line))
        wish = replace(wish, details=wish.details | {"payment": pays}, knows=wish.knows | {"payment": pays})
        first = other if changes_mind(desk) else None
        yield with_choice(wish, "package", chosen, first, "you want the {choice} package instead")


def _usage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        words = f"know how much data line {line['phone_number']} has used this month and how much it may use"
        yield Wish("get_line", words, **_about(line))


def _lost(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        how = desk.choose(("lost on the train", "stolen at the market", "lost somewhere in the park"), "how")
        words = f"have line {line['phone_number']} suspended, because its phone was {how}"
        wish = Wish("suspend_line", words, **_about(line))
        reason = {"reason": f"the phone was {how}"}
        holes = wish.holes | {"reason_words": how}
        yield replace(wish, details=wish.details | reason, knows=wish.knows | reason, holes=holes, initial={})


def _resume(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "lost_phone", "customer_request"):
        words = f"have line {line['phone_number']} resumed, which you do not need suspended any more"
        yield Wish("resume_line", words, **_about(line))


def _resume_unpaid(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "overdue_bill"):
        words = f"have line {line['phone_number']} resumed now, without paying anything today"
        yield Wish("resume_line", words, **_about(line))


def _roaming(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        if not line["roaming"]:
            where = desk.choose(COUNTRIES, "country")
            words = f"be able to use line {line['phone_number']} in {where}, where you travel next week"
            wish = Wish("set_roaming", words, **_about(line))
            yield replace(wish, holes=wish.holes | {"country": where})


def _leave(desk: Desk, customer: Customer, *, unpaid: bool = False) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        bills = desk.call("list_bills", phone_number=line["phone_number"])
        if any(bill["status"] != "paid" for bill in bills) == unpaid:
            words = f"get the transfer PIN of line {line['phone_number']}, to take its number to another network"
            yield Wish("give_transfer_pin", words, **_about(line))


def _leave_unpaid(desk: Desk, customer: Customer) -> Iterator[Wish]:
    return _leave(desk, customer, unpaid=True)


def _new_sim(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        yield Wish("replace_sim", f"get a new SIM card for line {line['phone_number']}", **_about(line))


def _email(desk: Desk, customer: Customer) -> Iterator[Wish]:
    first = customer.user["first_name"]
    mails = [f"{first}.{word}@example.org".lower() for word in ("bills", "private", "mailbox", "letters")]
    chosen, other = desk.shuffled(mails, "mail")[:2]
    wish = Wish("update_email", "have your bills sent to the email {choice}", {}, {})
    first_choice = other if changes_mind(desk) else None
    made = with_choice(wish, "new_email", chosen, first_choice, "you want it to be {choice} instead")
    yield replace(made, holes={"email": made.knows["new_email"]})


def question(desk: Desk, customer: Customer) -> Iterator[Wish]:
    name = desk.choose([*PLAN_NAMES.values()], "asked")
    words = f"know what the {name} plan costs and how much data it has"
    named = {"asked_plan": f"the {name} plan"}
    yield Wish("list_plans", words, named, named, {"asked": name})


def _fault(action: str, notice: tuple[str, ...]) -> Search[Customer]:
    """A fault of these words, of two causes and more."""

    def search(desk: Desk, customer: Customer) -> Iterator[Wish]:
        if customer.user["address"]["city"] in OUTAGES:
            return
        for line in _lines(desk, customer, "active"):
            found, about = compose(desk, action, line), _about(line)
            if found is None:
                continue
            number = line["phone_number"]
            country = desk.choose(COUNTRIES, "country")
            pays = _methods(desk, customer)[0]
            words = desk.choose(notice, "notice").format(line=f"line {number}", country=country)
            words += f"; if it costs something, you pay with {pays}" if found.pays else ""
            words += (
                f"; if you are asked, you want the {found.knows['package']} package" if "package" in found.knows else ""
            )
            choices = found.knows | ({"payment": pays} if found.pays else {})
            abroad = {"abroad": country} if action == "no_data_abroad" else {}
            network = {**({"roaming": True} if abroad else {}), **found.line}
            initial = {
                "device/phone": {"phone_number": number, **abroad, **found.phone},
                **({f"lines/{number}": network} if network else {}),
                **found.bills,
            }
            yield Wish(
                action,
                words,
                about["details"] | choices,
                about["knows"] | choices,
                about["holes"] | {"country": country},
                subject=about["subject"],
                initial=initial,
            )

    return search


def _outage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    if customer.user["address"]["city"] in OUTAGES:
        for line in _lines(desk, customer, "active"):
            yield Wish("no_service", f"have service again with line {line['phone_number']}", **_about(line))


def _broken(desk: Desk, customer: Customer) -> Iterator[Wish]:
    if customer.user["address"]["city"] not in OUTAGES:
        for line in _lines(desk, customer, "active"):
            wish = Wish("no_service", f"have service again with line {line['phone_number']}", **_about(line))
            faults = {"radio_broken": True, "airplane_mode": desk.choose((True, False), "airplane")}
            yield replace(wish, initial={"device/phone": wish.initial["device/phone"] | faults})


def _theft(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        words = f"have somebody stopped who uses line {line['phone_number']} in your place"
        yield Wish("transfer_to_human", words, **_about(line))


def _waive(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in _lines(desk, customer, "active"):
        yield Wish("none", f"have a charge on the bill of line {line['phone_number']} waived", **_about(line))


def _foreign(desk: Desk, customer: Customer) -> Iterator[Wish]:
    others = [record for record in desk.customers if record["user"]["user_id"] != customer.user["user_id"]]
    for record in desk.shuffled(others, "other"):
        other = Customer(record["user"], record["lines"])
        for search in desk.shuffled([_usage, _lost, _new_sim][:2], "kind"):
            for wish in search(desk, other):
                yield replace(wish, words=wish.words + "; it belongs to somebody you know, not to you", initial={})


_SERVICE = (
    "get service again on your phone with {line}, which has had none since this morning",
    "make calls again with {line}, which suddenly finds no network",
    "have your phone with {line} find the network again",
)
_DATA = (
    "have the internet on your phone with {line} work properly again",
    "surf again with {line}: pages do not load, or take for ever",
    "get proper mobile data with {line} again",
)
_ABROAD = (
    "use mobile data with {line} in {country}, where you are and where nothing loads",
    "get the internet to work with {line} while you are in {country}",
)
_PICTURES = (
    "send pictures in messages with {line} again, which fails every time",
    "have picture messages work with {line} again",
)

SEARCHES: dict[str, Search[Customer]] = {
    "change_plan": _change_plan,
    "downgrade": _downgrade,
    "pay": _pay,
    "bill": _bill,
    "top_up": _top_up,
    "usage": _usage,
    "lost": _lost,
    "resume": _resume,
    "resume_unpaid": _resume_unpaid,
    "roaming": _roaming,
    "leave": _leave,
    "leave_unpaid": _leave_unpaid,
    "new_sim": _new_sim,
    "email": _email,
    "service": _fault("no_service", _SERVICE),
    "data": _fault("slow_data", _DATA),
    "abroad": _fault("no_data_abroad", _ABROAD),
    "pictures": _fault("picture_messages", _PICTURES),
    "outage": _outage,
    "broken": _broken,
    "theft": _theft,
    "waive": _waive,
    "foreign": _foreign,
}

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "change_plan": (("change_plan",),),
    "pay_bill": (("pay",),),
    "bill_question": (("bill",),),
    "data_top_up": (("top_up",),),
    "usage_question": (("usage",),),
    "suspend_lost": (("lost",),),
    "resume_line": (("resume",),),
    "enable_roaming": (("roaming",),),
    "leave_with_number": (("leave",),),
    "update_email": (("email",),),
    "no_service": (("service",),),
    "slow_data": (("data",),),
    "no_data_abroad": (("abroad",),),
    "picture_messages": (("pictures",),),
    "outage": (("outage",),),
    "broken_phone": (("broken",),),
    "number_theft": (("theft",),),
    "waive_fee": (("waive",),),
    "foreign_line": (("foreign",),),
    "early_downgrade": (("downgrade",),),
    "resume_unpaid": (("resume_unpaid",),),
    "leave_unpaid": (("leave_unpaid",),),
    "fault_and_account": (("service", "email"), ("data", "bill"), ("pictures", "usage")),
    "three_requests": (("pay", "usage", "email"), ("bill", "change_plan", "email"), ("data", "usage", "email")),
    "replace_sim": (("new_sim",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""
