"""Plan ideas: what the planner knows of each family: tools, rubrics, failure codes, and the twists that make sense."""

from turnwright.llm.embedded.playbook import PlanIdea

_NUMBER = ("wrong_number_first", "forgot_number", "asks_question_first")
_CHOICE = ("changes_mind_once", *_NUMBER)
_FOUND = ("find_user_by_phone_number", "get_line")

_IDENTIFIED = "the customer was identified before anything of their account was told"
_AGREED = "the customer agreed to each change on the network before it was made"
_TOLD = "the customer was told every amount, date and number that they are owed"
_NOTHING_ELSE = "nothing was changed that the customer did not ask for or the repair did not need"
_GUIDED = "the customer was guided step by step and the phone works in the end"

_WRITE_RUBRICS = (_IDENTIFIED, _AGREED, _TOLD, _NOTHING_ELSE)
_WRITE_CODES = (
    "NO_AUTH",
    "NO_CONFIRMATION",
    "MISSING_WRITE",
    "WRONG_CHANGE",
    "EXTRA_WRITE",
    "FACT_NOT_TOLD",
    "UNNEEDED_TRANSFER",
)
_FAULT_RUBRICS = (_IDENTIFIED, _AGREED, _GUIDED, _NOTHING_ELSE)
_FAULT_CODES = (
    "NO_AUTH",
    "NO_CONFIRMATION",
    "STEP_MISSING",
    "MISSING_WRITE",
    "WRONG_CHANGE",
    "EXTRA_WRITE",
    "FACT_NOT_TOLD",
    "UNNEEDED_TRANSFER",
)
_REFUSAL_RUBRICS = (_IDENTIFIED, "the request was refused with its reason", "nothing was changed")
_REFUSAL_CODES = ("NO_AUTH", "NOT_REFUSED", "FORBIDDEN_WRITE", "UNNEEDED_TRANSFER")
_INFO_CODES = ("NO_AUTH", "FACT_NOT_TOLD", "EXTRA_WRITE", "UNNEEDED_TRANSFER")


def _write(*tools: str, tier: int = 1, twists: tuple[str, ...] = _NUMBER) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _WRITE_RUBRICS, (*_WRITE_CODES, "WRONG_PAYMENT"), twists)


def _fault(*tools: str, tier: int = 2, twists: tuple[str, ...] = _NUMBER) -> PlanIdea:
    return PlanIdea(tier, (*_FOUND, *tools), _FAULT_RUBRICS, _FAULT_CODES, twists)


def _information(*tools: str) -> PlanIdea:
    return PlanIdea(1, (*_FOUND, *tools), (_IDENTIFIED, _TOLD, "nothing was changed"), _INFO_CODES, _NUMBER)


def _refusal(*tools: str, twists: tuple[str, ...] = _NUMBER) -> PlanIdea:
    return PlanIdea(2, (*_FOUND, *tools), _REFUSAL_RUBRICS, _REFUSAL_CODES, twists)


def _transfer(*tools: str, codes: tuple[str, ...] = ()) -> PlanIdea:
    rubrics = (_IDENTIFIED, "the customer was handed over to a human")
    return PlanIdea(
        2, (*_FOUND, *tools, "transfer_to_human"), rubrics, ("NO_AUTH", "NO_TRANSFER", "EXTRA_WRITE", *codes), _NUMBER
    )


PLANS: dict[str, PlanIdea] = {
    "change_plan": _write("list_plans", "change_plan", twists=_CHOICE),
    "pay_bill": _write("list_bills", "list_payment_methods", "pay_bill", twists=_CHOICE),
    "bill_question": _information("list_bills", "get_bill"),
    "data_top_up": _write("list_data_packages", "list_payment_methods", "add_data", twists=_CHOICE),
    "usage_question": _information(),
    "suspend_lost": _write("suspend_line"),
    "resume_line": _write("resume_line"),
    "enable_roaming": _write("set_roaming"),
    "leave_with_number": _write("list_bills", "give_transfer_pin"),
    "update_email": _write("update_email", twists=("changes_mind_once", "asks_question_first")),
    "no_service": _fault("check_network", "check_status_bar", "restart_phone"),
    "slow_data": _fault("run_speed_test", "check_data_settings"),
    "no_data_abroad": _fault("set_roaming", "check_status_bar", "run_speed_test", tier=3),
    "picture_messages": _fault("send_test_picture", "check_app_permissions"),
    "outage": _information("check_network"),
    "broken_phone": _transfer("check_network", "check_status_bar", "restart_phone", codes=("STEP_MISSING",)),
    "number_theft": _transfer(),
    "waive_fee": _refusal(),
    "foreign_line": _refusal(twists=("asks_question_first",)),
    "early_downgrade": _refusal("list_plans"),
    "resume_unpaid": _refusal("list_bills"),
    "leave_unpaid": _refusal("list_bills"),
    "fault_and_account": _fault("check_status_bar", "update_email", tier=3),
    "three_requests": _write("pay_bill", "update_email", tier=3),
}

NEW_SIM = _write("replace_sim")
"""The idea of the family that only the test set has."""
