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

_QUESTION = ("asks_question_first",)
_NAMES = ("missing_number", *_QUESTION)
_LINE = ("wrong_number_first", *_NAMES)
_CHOICE = ("changes_mind_once", *_LINE)
_STEPS = ("asks_how", *_LINE)
_FOUND = ("find_user_by_phone_number", "get_line")

_AGREED = "the customer agreed to each change on the network before it was made"
_TOLD = "the customer was told every amount, date and number they are owed"
_NOTHING_ELSE = "nothing was changed that the customer did not ask for or the fault did not need"
_ORDER = "the network was looked at before the phone, and the phone step by step"
_VERIFIED = "at the end it was tried on the phone whether all is well"

_WRITE_RUBRICS = (IDENTIFIED, _AGREED, _TOLD, _NOTHING_ELSE)
_FAULT_CODES = (*WRITE_CODES, "STEP_MISSING")


def _write(
    *tools: str, tier: int = 1, codes: tuple[str, ...] = WRITE_CODES, twists: tuple[str, ...] = _LINE
) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _WRITE_RUBRICS, codes, twists)


def _account(*tools: str, codes: tuple[str, ...] = WRITE_CODES, twists: tuple[str, ...] = _NAMES) -> PlanIdea:
    return PlanIdea(1, ("find_user_by_phone_number", *tools), _WRITE_RUBRICS, codes, twists)


def _fault(*tools: str, tier: int = 3, twists: tuple[str, ...] = _STEPS) -> PlanIdea:
    rubrics = (IDENTIFIED, _ORDER, _AGREED, _VERIFIED, _NOTHING_ELSE)
    return PlanIdea(tier, (*_FOUND, "check_network", *tools), rubrics, _FAULT_CODES, twists)


def _refusal(*tools: str, twists: tuple[str, ...] = _LINE) -> PlanIdea:
    return PlanIdea(2, ("find_user_by_phone_number", *tools), REFUSAL_RUBRICS, REFUSAL_CODES, twists)


def _information(*tools: str, twists: tuple[str, ...] = _LINE) -> PlanIdea:
    return PlanIdea(1, ("find_user_by_phone_number", *tools), (_TOLD, NOTHING_CHANGED), INFO_CODES, twists)


def _transfer(*tools: str, twists: tuple[str, ...]) -> PlanIdea:
    rubrics = (IDENTIFIED, "the customer was handed over to a human", "nothing was changed on the network")
    return PlanIdea(2, (*_FOUND, *tools, "transfer_to_human"), rubrics, TRANSFER_CODES, twists)


PLANS: dict[str, PlanIdea] = {
    "change_plan": _write("list_plans", "change_plan", codes=MONEY_CODES, twists=_CHOICE),
    "pay_bill": _account("get_bill", "pay_bill", codes=MONEY_CODES, twists=("changes_mind_once", *_NAMES)),
    "bill_question": _information("list_bills", "get_bill", twists=_NAMES),
    "dispute_charge": _account("get_bill", "dispute_charge"),
    "set_autopay": _account("list_payment_methods", "set_autopay", twists=("changes_mind_once", *_NAMES)),
    "data_top_up": _write("list_data_packages", "add_data", codes=MONEY_CODES, twists=_CHOICE),
    "usage_question": _information("get_line", "get_data_usage"),
    "suspend_line": _write("suspend_line"),
    "resume_line": _write("list_bills", "resume_line", "restart_phone", codes=_FAULT_CODES, twists=_STEPS),
    "enable_roaming": _write("list_plans", "set_roaming", "restart_phone", codes=_FAULT_CODES, twists=_STEPS),
    "replace_sim": _write("replace_sim", "restart_phone", codes=_FAULT_CODES, twists=_STEPS),
    "port_out": _write("list_bills", "issue_port_out_pin"),
    "no_service": _fault("resume_line", "check_status_bar", "check_sim", "restart_phone"),
    "slow_data": _fault("get_data_usage", "check_status_bar", "check_data_settings", "run_speed_test"),
    "no_data_abroad": _fault("set_roaming", "check_data_settings", "toggle_data_roaming", "run_speed_test"),
    "picture_messages": _fault("check_apn", "check_app_permissions", "send_test_message"),
    "outage": _information("get_line", "check_network"),
    "waive_fee": _refusal(twists=_NAMES),
    "foreign_line": _refusal("get_line", twists=_QUESTION),
    "early_downgrade": _refusal("get_line", "list_plans"),
    "resume_unpaid": _refusal("get_line", "list_bills"),
    "port_unpaid": _refusal("get_line", "list_bills"),
    "hardware_fault": _transfer("check_network", "check_sim", "restart_phone", twists=_STEPS),
    "fraud_hold": _transfer(twists=_LINE),
    "fault_and_account": _fault("check_status_bar", "restart_phone", "pay_bill", twists=("missing_number", "asks_how")),
    "three_requests": _fault("check_status_bar", "add_data", "get_bill", twists=("missing_number",)),
}

MOVING_IN = _account("request_port_in")
"""The idea of the family that only the test set has."""
