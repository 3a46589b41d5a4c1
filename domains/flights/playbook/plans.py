"""Plan ideas: what the planner knows of each family: tools, rubrics, failure codes, and the twists that make sense."""

from turnwright.llm.embedded.playbook import PlanIdea

_TALK = ("asks_question_first", "missing_email")
_CODE = ("wrong_reservation_first", "forgot_reservation", *_TALK)
_CHOICE = ("changes_mind_once", *_CODE)
_FOUND = ("find_user_by_email", "get_reservation")

_IDENTIFIED = "the customer was identified before anything of an account was told"
_AGREED = "the customer agreed to the change, with its amounts, before it was made"
_TOLD = "the customer was told every amount, date and code that they are owed"
_NOTHING_ELSE = "nothing was changed that the customer did not ask for"

_WRITE_RUBRICS = (_IDENTIFIED, _AGREED, _TOLD, _NOTHING_ELSE)
_WRITE_CODES = (
    "NO_AUTH",
    "NO_CONFIRMATION",
    "MISSING_WRITE",
    "WRONG_CHANGE",
    "WRONG_PAYMENT",
    "EXTRA_WRITE",
    "FACT_NOT_TOLD",
    "UNNEEDED_TRANSFER",
)
_REFUSAL_RUBRICS = (_IDENTIFIED, "the request was refused with its reason", "nothing was changed")
_REFUSAL_CODES = ("NO_AUTH", "NOT_REFUSED", "FORBIDDEN_WRITE", "UNNEEDED_TRANSFER")
_INFO_CODES = ("FACT_NOT_TOLD", "EXTRA_WRITE", "UNNEEDED_TRANSFER", "NO_AUTH")


def _write(*tools: str, tier: int = 1, twists: tuple[str, ...] = _CODE) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _WRITE_RUBRICS, _WRITE_CODES, twists)


def _refusal(*tools: str, twists: tuple[str, ...] = _CODE) -> PlanIdea:
    return PlanIdea(2, (*_FOUND, *tools), _REFUSAL_RUBRICS, _REFUSAL_CODES, twists)


def _information(*tools: str, twists: tuple[str, ...]) -> PlanIdea:
    return PlanIdea(1, tools, (_TOLD, "nothing was changed"), _INFO_CODES, twists)


def _transfer() -> PlanIdea:
    rubrics = (_IDENTIFIED, "the customer was handed over to a human", "nothing was changed")
    codes = ("NO_AUTH", "NO_TRANSFER", "EXTRA_WRITE", "UNNEEDED_TRANSFER")
    return PlanIdea(2, ("find_user_by_email", "transfer_to_human"), rubrics, codes, _TALK)


PLANS: dict[str, PlanIdea] = {
    "book_flight": _write("search_flights", "book_flight", twists=("changes_mind_once", *_TALK)),
    "change_flight": _write("search_flights", "change_flight", twists=_CHOICE),
    "cancel_refundable": _write("cancel_reservation"),
    "cancelled_by_airline": _write("get_flight", "cancel_reservation"),
    "add_bags": _write("get_user", "add_bags", twists=_CHOICE),
    "choose_seat": _write("list_seats", "choose_seat", twists=_CHOICE),
    "correct_name": _write("correct_name"),
    "add_insurance": _write("add_insurance"),
    "flight_status": _information("find_user_by_email", "get_reservation", "get_flight", twists=_CODE),
    "price_question": _information("search_flights", twists=()),
    "certificate_balance": _information("find_user_by_email", "list_payment_methods", twists=_TALK),
    "compensation": _write("get_flight", "issue_certificate"),
    "change_basic": _refusal(),
    "cancel_not_refundable": _refusal("get_flight"),
    "foreign_reservation": _refusal(twists=_TALK),
    "undue_compensation": _refusal("get_flight"),
    "passenger_swap": _refusal(),
    "late_insurance": _refusal(),
    "minor_alone": _transfer(),
    "medical_case": _transfer(),
    "change_and_bags": _write("search_flights", "change_flight", "add_bags", tier=2),
    "two_reservations": _write("cancel_reservation", "book_flight", tier=2, twists=_TALK),
    "three_requests": _write("change_flight", "add_bags", "get_flight", tier=3, twists=("missing_email",)),
}

UPGRADE = _write("get_flight", "change_cabin")
"""The idea of the family that only the test set has."""
