"""Repairs: how the embedded teacher mends a fault: the network first, then the phone step by step, and a last test."""

import re
from collections.abc import Callable

from domains.mobile.network import GOOD_MBPS, RIGHT_APN
from domains.mobile.offers import RECONNECTION_FEE, ROAMING_DAY_PRICE
from domains.mobile.playbook.finding import (
    WAYS,
    Row,
    find_line,
    must_be_valid,
    offered,
    plan_of,
    unpaid,
)
from domains.paying import find_method
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify_unless_careless
from turnwright.llm.embedded.words import last_position, money

Look = Callable[[Case], None]
Test = Callable[[Case], bool]


def no_service(case: Case) -> None:
    line = _line(case)
    if _is_down(case, line, "outage"):
        return
    if _reactivated(case, line):
        case.do("restart")
    _mend(case, (_bar_alone, _sim), _is_connected)
    case.tell(f"Your phone is connected again, line {line['phone_number']} works.")


def slow_data(case: Case) -> None:
    line = _line(case)
    if _is_down(case, line, "outage", "disturbed"):
        return
    changed = _reactivated(case, line)
    _give_data(case, line)
    if changed:
        case.do("restart")
    _mend(case, (_bar, _settings, _mode, _apn), _is_fast)
    case.tell(f"Mobile data on line {line['phone_number']} is as fast as it should be.")


def no_data_abroad(case: Case) -> None:
    line = _line(case)
    changed = _reactivated(case, line)
    changed = _allow_roaming(case, line) or changed
    _give_data(case, line)
    if changed:
        case.do("restart")
    _mend(case, (_bar, _settings_abroad, _mode, _apn), _is_fast)
    case.tell(f"Line {line['phone_number']} now has mobile data where you are.")


def picture_messages(case: Case) -> None:
    line = _line(case)
    if _is_down(case, line, "outage", "disturbed"):
        return
    changed = _reactivated(case, line)
    _give_data(case, line)
    if changed:
        case.do("restart")
    _mend(case, (_bar, _settings, _mode, _apn, _permissions), _sends_pictures)
    case.tell(f"Pictures go out again from line {line['phone_number']}.")


def _line(case: Case) -> Row:
    return find_line(case, identify_unless_careless(case, *WAYS))


def _is_down(case: Case, line: Row, *statuses: str) -> bool:
    area = case.call("check_network", area_id=line["area_id"])
    if area["status"] not in statuses:
        return False
    noun = "an outage" if area["status"] == "outage" else "a disturbance"
    case.tell(f"There is {noun} in {area['name']}, so nothing is wrong with your phone.")
    case.tell(f"It is expected to last until {area['until']}; please bear with us.", ("UNTIL", "date", area["until"]))
    return True


def _reactivated(case: Case, line: Row) -> bool:
    """Whether the line was suspended, and has been resumed."""
    if line["status"] != "suspended":
        return False
    resume(case, line)
    return True


def resume(case: Case, line: Row) -> None:
    """Resume a suspended line as the policy says.

    Raises:
        Refused: if a bill is overdue and the customer does not pay it.
        HandedOver: if it is under a fraud hold.
    """
    if line["suspension_reason"] == "fraud_hold":
        case.hand_over("fraud_hold")
    number, overdue = line["phone_number"], _overdue(case, line)
    fee = f" There is a reconnection fee of {money(RECONNECTION_FEE)} on the next bill." if _costs(line) else ""
    pays = _payment(case, line, overdue) if overdue else None
    if pays:
        names = " and ".join(f"bill {bill['bill_id']} of {money(bill['total'])}" for bill in overdue)
        case.propose(f"I would charge {names} to {pays['label']} and then resume line {number}.{fee} Shall I?")
        for bill in overdue:
            done = case.make("pay_bill", bill_id=bill["bill_id"], payment_id=pays["payment_id"])
            case.tell(
                f"{money(done['charged'])} for bill {bill['bill_id']} is charged to {pays['label']}.",
                ("PAID", "money", done["charged"]),
            )
    else:
        case.propose(f"Line {number} is suspended. I can resume it.{fee} Shall I?")
    done = case.make("resume_line", line_id=line["line_id"])
    case.tell(f"Line {number} is active again.")
    if "charged" in done:
        case.tell(
            f"The reconnection fee of {money(done['charged'])} goes on your next bill.",
            ("RECONNECTION_FEE", "money", done["charged"]),
        )


def _costs(line: Row) -> bool:
    return line["suspension_reason"] == "overdue_bill"


def _overdue(case: Case, line: Row) -> list[Row]:
    return unpaid(case, line["user_id"], "overdue") if _costs(line) else []


def _payment(case: Case, line: Row, overdue: list[Row]) -> Row | None:
    owed = money(sum(bill["total"] for bill in overdue))
    question = f"The line is suspended because {owed} are overdue. Which payment method should that be charged to?"
    try:
        method = find_method(case, line["user_id"], question)
    except Refused:
        case.forbid("the line is suspended for an overdue bill, and it can only be resumed when that is paid.")
        return None
    must_be_valid(case, method)
    return method


def _give_data(case: Case, line: Row) -> None:
    """More data where it is used up: the package or the plan that the customer wants."""
    usage = case.call("get_data_usage", line_id=line["line_id"])
    if not usage or not usage["used_up"]:
        return
    packages, plans = case.call("list_data_packages"), case.call("list_plans")
    offers = [*packages, *(plan for plan in plans if plan["status"] == "sold" and plan["plan_id"] != line["plan_id"])]
    wanted = case.latest(offers, lambda one, text: last_position(one["name"], text))
    if wanted is None:
        more = f"The {usage['allowed_gb']:g} GB of this month are used up. {offered(packages)}"
        case.ask(f"{more} A plan with more data would help as well. What would you like?")
        raise Refused("the data of this month is used up, and without more of it nothing gets faster.")
    if "package_id" in wanted:
        add_package(case, line, wanted, usage)
    else:
        change_to(case, line, wanted)


def add_package(case: Case, line: Row, package: Row, usage: Row) -> None:
    if usage["top_ups"] >= 2:
        case.forbid("the line had two packages this month, and more than two are not possible.")
    price = money(package["price"])
    number = line["phone_number"]
    case.propose(f"I would add {package['name']} to line {number} for {price} on the next bill. Shall I?")
    done = case.make("add_data", line_id=line["line_id"], package_id=package["package_id"])
    case.tell(
        f"{package['name']} is added for {money(done['charged'])} on your next bill.",
        ("PACKAGE_PRICE", "money", done["charged"]),
    )
    case.tell(f"There are now {done['left_gb']:g} GB left this month.", ("LEFT_GB", "number", done["left_gb"]))


def change_to(case: Case, line: Row, plan: Row) -> None:
    """Put a line on another plan; the former one is known."""
    former = plan_of(case, line)
    difference = round(plan["price"] - former["price"], 2)
    ways = "more" if difference > 0 else "less"
    case.propose(
        f"I would put line {line['phone_number']} on {plan['name']} for {money(plan['price'])} a month from today, "
        f"{money(difference)} {ways} than {former['name']}. Shall I?"
    )
    done = case.make("change_plan", line_id=line["line_id"], plan_id=plan["plan_id"])
    case.tell(
        f"Line {line['phone_number']} has {done['name']} now, for {money(done['price'])} a month.",
        ("PRICE", "money", done["price"]),
    )
    case.tell(
        f"That is {money(done['price_difference'])} {ways} than before.",
        ("PRICE_DIFFERENCE", "money", abs(done["price_difference"])),
    )


def _allow_roaming(case: Case, line: Row) -> bool:
    if line["roaming_enabled"]:
        return False
    allow_roaming(case, line)
    return True


def allow_roaming(case: Case, line: Row) -> None:
    """Allow a line to roam as the policy says."""
    if unpaid(case, line["user_id"], "overdue"):
        case.forbid("roaming is not possible while a bill of the account is overdue.")
    if not plan_of(case, line)["roaming"]:
        case.forbid("the plan of this line has no roaming.")
    number, price = line["phone_number"], money(ROAMING_DAY_PRICE)
    case.propose(f"I would allow roaming for line {number}; each day of use abroad costs {price}. Shall I?")
    done = case.make("set_roaming", line_id=line["line_id"], enabled=True)
    case.tell(
        f"Roaming is allowed for line {number} and costs {money(done['day_price'])} for each day of use.",
        ("DAY_PRICE", "money", done["day_price"]),
    )


def reconnect(case: Case) -> None:
    """Have the phone learn of a change in the network."""
    case.do("restart")
    if not _is_connected(case):
        _mend(case, (_bar_alone, _sim), _is_connected)


def _mend(case: Case, looks: tuple[Look, ...], is_well: Test) -> None:
    """Go through the looks and mend what they show; if that was not all, restart and go through them once more.

    Raises:
        HandedOver: if nothing helps.
    """
    for look in looks:
        look(case)
    if is_well(case):
        return
    case.do("restart")
    if is_well(case):
        return
    for look in looks:
        look(case)
    if not is_well(case):
        case.hand_over("technical_fault")


def _bar(case: Case) -> None:
    words = _mended_bar(case)
    if "not connected" in words and "plane" not in words:
        _sim(case)


def _mended_bar(case: Case) -> str:
    """What the status bar said before it was set right."""
    words = case.do("status_bar")
    if "plane" in words:
        case.do("airplane_off")
    if "VPN" in words:
        case.do("vpn_off")
    return words


def _bar_alone(case: Case) -> None:
    """Where the SIM card is looked at in any case."""
    _mended_bar(case)


def _sim(case: Case) -> None:
    words = case.do("sim")
    if "damaged" in words:
        case.hand_over("technical_fault")
    if "loose" in words:
        case.do("reseat")
    elif "locked" in words:
        case.do("sim_pin")


def _settings(case: Case) -> None:
    _switches(case, abroad=False)


def _settings_abroad(case: Case) -> None:
    _switches(case, abroad=True)


def _switches(case: Case, *, abroad: bool) -> None:
    words = case.do("settings")
    if "mobile data is off" in words:
        case.do("data_on")
    if "data saver is on" in words:
        case.do("saver_off")
    if abroad and "data roaming is off" in words:
        case.do("roaming_on")


def _mode(case: Case) -> None:
    if "set to auto" not in case.do("mode"):
        case.do("mode_auto")


def _apn(case: Case) -> None:
    words = case.do("apn")
    if f"name is {RIGHT_APN}," not in words or "address is missing" in words:
        case.do("apn_reset")


def _permissions(case: Case) -> None:
    words = case.do("permissions")
    for permission in ("sms", "storage"):
        if f"{permission} denied" in words:
            case.do("allow", permission=permission)


def _is_connected(case: Case) -> bool:
    return "not connected" not in case.do("connected")


def _is_fast(case: Case) -> bool:
    found = re.search(r"(\d+(?:\.\d+)?) Mbps", words := case.do("speed"))
    return float(found[1]) >= GOOD_MBPS if found else "fast" in words


def _sends_pictures(case: Case) -> bool:
    return "not sent" not in case.do("picture")
