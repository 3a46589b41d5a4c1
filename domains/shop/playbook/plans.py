"""Plan ideas: what the planner knows of each family: tools, rubrics, failure codes, and the twists that make sense."""

from domains.rubrics import (
    IDENTIFIED,
    INFO_CODES,
    MONEY_CODES,
    NOTHING_CHANGED,
    REFUSAL_CODES,
    REFUSAL_RUBRICS,
    WRITE_CODES,
)
from turnwright.llm.embedded.playbook import PlanIdea

_TALK = ("asks_question_first", "missing_email")
_ORDER = ("wrong_order_id_first", "forgot_order_id", *_TALK)
_CHOICE = ("changes_mind_once", *_ORDER)
_FOUND = ("find_user_by_email", "get_order")

_AGREED = "the customer agreed to the change before it was made"
_TOLD = "the customer was told every amount, date and number they are owed"
_NOTHING_ELSE = "nothing was changed that the customer did not ask for"

_WRITE_RUBRICS = (IDENTIFIED, _AGREED, _TOLD, _NOTHING_ELSE)


def _write(
    *tools: str, tier: int = 1, codes: tuple[str, ...] = WRITE_CODES, twists: tuple[str, ...] = _CHOICE
) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _WRITE_RUBRICS, codes, twists)


def _refusal(*tools: str, twists: tuple[str, ...] = _ORDER) -> PlanIdea:
    return PlanIdea(2, ("find_user_by_email", *tools), REFUSAL_RUBRICS, REFUSAL_CODES, twists)


def _information(*tools: str, twists: tuple[str, ...]) -> PlanIdea:
    return PlanIdea(1, tools, (_TOLD, NOTHING_CHANGED), INFO_CODES, twists)


PLANS: dict[str, PlanIdea] = {
    "cancel_order": _write("cancel_order", codes=MONEY_CODES, twists=_ORDER),
    "change_order_address": _write("change_order_address", codes=(*WRITE_CODES, "WRONG_ADDRESS")),
    "change_order_items": _write("list_variants", "change_order_items", codes=(*MONEY_CODES, "WRONG_ITEM")),
    "change_order_payment": _write("list_payment_methods", "change_order_payment", codes=MONEY_CODES),
    "return_items": _write("list_payment_methods", "return_items", codes=(*MONEY_CODES, "WRONG_ITEM")),
    "exchange_items": _write("list_variants", "exchange_items", codes=(*MONEY_CODES, "WRONG_ITEM")),
    "track_shipment": _information("find_user_by_email", "get_order", "track_shipment", twists=_ORDER),
    "gift_card_balance": _information("find_user_by_email", "list_payment_methods", twists=("missing_email",)),
    "product_question": _information("search_products", "list_variants", twists=()),
    "place_order": PlanIdea(
        1,
        ("find_user_by_email", "search_products", "list_variants", "place_order"),
        _WRITE_RUBRICS,
        (*MONEY_CODES, "WRONG_ITEM"),
        ("changes_mind_once", *_TALK),
    ),
    "report_damage": _write("report_damage", codes=(*MONEY_CODES, "WRONG_ITEM")),
    "update_account": PlanIdea(
        1,
        ("find_user_by_email", "update_user_address"),
        _WRITE_RUBRICS,
        (*WRITE_CODES, "WRONG_ADDRESS"),
        ("changes_mind_once", *_TALK),
    ),
    "late_return": _refusal("get_order", "get_user"),
    "cancel_shipped": _refusal("get_order"),
    "foreign_order": _refusal("get_order", twists=_TALK),
    "discount_request": _refusal(twists=_TALK),
    "lost_shipment": PlanIdea(
        2,
        (*_FOUND, "track_shipment", "transfer_to_human"),
        (IDENTIFIED, "the customer was handed over to a human", NOTHING_CHANGED),
        ("NO_AUTH", "NO_TRANSFER", "EXTRA_WRITE", "UNNEEDED_TRANSFER"),
        _ORDER,
    ),
    "exchange_and_return": _write("exchange_items", "return_items", tier=2, codes=(*MONEY_CODES, "WRONG_ITEM")),
    "order_and_account": _write("cancel_order", "update_user_address", tier=2, codes=MONEY_CODES, twists=_ORDER),
    "three_requests": _write(
        "change_order_address", "track_shipment", tier=3, codes=MONEY_CODES, twists=("missing_email",)
    ),
}

MERGING = _write("list_payment_methods", "merge_gift_cards", codes=MONEY_CODES, twists=_TALK)
"""The idea of the family that only the test set has."""
