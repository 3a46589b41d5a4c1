"""Settling: how the embedded teacher speaks of cards, numbers of things, fees and differences."""

from domains.flights.playbook.finding import Row
from turnwright.llm.embedded.case import Case
from turnwright.llm.embedded.words import money


def label_of(case: Case, user_id: str, payment_id: str) -> str:
    methods = case.call("list_payment_methods", user_id=user_id) or []
    return next((one["label"] for one in methods if one["payment_id"] == payment_id), payment_id)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def direction(amount: float) -> str:
    """An amount with the side that pays it."""
    return f"{money(amount)} to pay" if amount >= 0 else f"{money(amount)} back to you"


def tell_change(case: Case, done: Row, label: str) -> None:
    """What a change of flights costs or gives back."""
    difference, amount = done["fare_difference"], done["amount"]
    case.tell(f"The fare difference is {direction(difference)}.", ("FARE_DIFFERENCE", "money", abs(difference)))
    if done["fee"]:
        case.tell(f"The change fee is {money(done['fee'])}.", ("CHANGE_FEE", "money", done["fee"]))
        case.tell(f"Together that is {direction(amount)}, with {label}.", ("AMOUNT", "money", abs(amount)))
    else:
        case.tell(f"There is no change fee; it is settled with {label}.")
