"""Network side: how the embedded teacher mends what is wrong with a line: suspension, data, roaming and plan."""

from domains.mobile.offers import RECONNECTION_FEE, ROAMING_DAY_PRICE
from domains.mobile.playbook.finding import Row, must_be_valid, offered, plan_of, unpaid
from domains.paying import find_method
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.words import last_position, money


def is_down(case: Case, line: Row, *statuses: str) -> bool:
    area = case.call("check_network", area_id=line["area_id"])
    if area["status"] not in statuses:
        return False
    noun = "an outage" if area["status"] == "outage" else "a disturbance"
    case.tell(f"There is {noun} in {area['name']}, so nothing is wrong with your phone.")
    case.tell(f"It is expected to last until {area['until']}; please bear with us.", ("UNTIL", "date", area["until"]))
    return True


def reactivated(case: Case, line: Row) -> bool:
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


def give_data(case: Case, line: Row) -> None:
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


def allow_roaming_if_needed(case: Case, line: Row) -> bool:
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
