"""Plan ideas: what the planner knows of each family: tools, rubrics, failure codes, and the twists that make sense."""

from domains.rubrics import (
    IDENTIFIED,
    INFO_CODES,
    MONEY_CODES,
    NOTHING_CHANGED,
    REFUSAL_CODES,
    REFUSAL_RUBRICS,
    TRANSFER_CODES,
    WRITE_CODES,
)
from turnwright.llm.embedded.playbook import PlanIdea

_TALK = ("asks_question_first", "missing_email")
_LOST = ("wrong_reservation_first", "forgot_reservation", *_TALK)
_CHOICE = ("changes_mind_once", *_LOST)
_FOUND = ("find_user_by_email", "get_reservation")

_AGREED = "the customer agreed to the change and its amounts before it was made"
_TOLD = "the customer was told every amount, date and code they are owed"
_NOTHING_ELSE = "nothing was changed that the customer did not ask for"

_WRITE_RUBRICS = (IDENTIFIED, _AGREED, _TOLD, _NOTHING_ELSE)


def _write(
    *tools: str, tier: int = 1, codes: tuple[str, ...] = MONEY_CODES, twists: tuple[str, ...] = _CHOICE
) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _WRITE_RUBRICS, codes, twists)


def _refusal(*tools: str, twists: tuple[str, ...] = _LOST) -> PlanIdea:
    return PlanIdea(2, (*_FOUND, *tools), REFUSAL_RUBRICS, REFUSAL_CODES, twists)


def _information(*tools: str, twists: tuple[str, ...]) -> PlanIdea:
    return PlanIdea(1, tools, (_TOLD, NOTHING_CHANGED), INFO_CODES, twists)


def _transfer(*tools: str) -> PlanIdea:
    rubrics = (IDENTIFIED, "the customer was handed over to a human", NOTHING_CHANGED)
    return PlanIdea(2, (*_FOUND, *tools, "transfer_to_human"), rubrics, TRANSFER_CODES, _LOST)


PLANS: dict[str, PlanIdea] = {
    "book_flight": PlanIdea(
        1,
        ("find_user_by_email", "get_flight", "list_payment_methods", "book_flight"),
        _WRITE_RUBRICS,
        (*MONEY_CODES, "WRONG_FLIGHT"),
        ("changes_mind_once", *_TALK),
    ),
    "change_date": _write("get_flight", "change_flights", codes=(*MONEY_CODES, "WRONG_FEE", "WRONG_FLIGHT")),
    "upgrade_cabin": _write("get_flight", "change_cabin"),
    "cancel_refundable": _write("get_flight", "cancel_reservation", twists=_LOST),
    "add_bags": _write("get_user", "add_bags", codes=(*MONEY_CODES, "WRONG_FEE")),
    "choose_seat": _write("list_seats", "choose_seat", codes=(*MONEY_CODES, "WRONG_FEE", "WRONG_SEAT")),
    "correct_passenger_name": _write("update_passenger", codes=WRITE_CODES, twists=_LOST),
    "add_insurance": _write("list_payment_methods", "add_insurance"),
    "delay_compensation": _write(
        "get_flight", "get_user", "issue_certificate", codes=(*WRITE_CODES, "WRONG_AMOUNT"), twists=_LOST
    ),
    "flight_status": _information(*_FOUND, "get_flight", twists=_LOST),
    "baggage_question": _information(*_FOUND, "get_user", twists=_LOST),
    "certificate_balance": _information("find_user_by_email", "list_payment_methods", twists=("missing_email",)),
    "fare_question": _information("get_flight", twists=()),
    "basic_economy_change": _refusal(),
    "late_cancellation": _refusal("get_flight"),
    "foreign_reservation": _refusal(twists=_TALK),
    "undue_compensation": _refusal("get_flight", "get_user"),
    "passenger_swap": _refusal(),
    "late_insurance": _refusal("get_flight"),
    "minor_alone": _transfer(),
    "no_rebooking_left": _transfer("get_flight", "search_flights"),
    "medical_request": _transfer(),
    "two_changes": _write("add_bags", "choose_seat", tier=2, twists=_LOST),
    # A question that is part of it is not asked first as well.
    "change_and_question": _write("cancel_reservation", "list_payment_methods", tier=2, twists=_LOST[:2]),
    "three_requests": _write("add_bags", "book_flight", tier=3, twists=("missing_email",)),
}

REBOOKING = _write(
    "get_flight", "search_flights", "change_flights", codes=(*MONEY_CODES, "WRONG_FEE", "WRONG_FLIGHT"), twists=_LOST
)
"""The idea of the family that only the test set has."""
