"""Paying: how the embedded teacher finds out what a customer wants to pay with, the same in every domain."""

from typing import Any

from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.words import last_position

Row = dict[str, Any]


def find_method(case: Case, user_id: str, question: str) -> Row:
    """The payment method that the customer means.

    Raises:
        Refused: if it cannot be told which.
    """
    methods = case.call("list_payment_methods", user_id=user_id)
    found = case.latest(methods, _method_position)
    if found is None and len(methods) == 1:
        return methods[0]
    if found is None:
        labels = "; ".join(one["label"] for one in methods)
        case.ask(f"{question} I see {labels}.")
        raise Refused("I could not tell which payment method you want.")
    return found


def _method_position(method: Row, text: str) -> int:
    return max(last_position(method["label"], text), last_position(method["payment_id"], text))
