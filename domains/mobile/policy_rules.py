"""Policy rules: policy.md as a program; what the user saw and did on the phone counts for a transfer."""

from collections.abc import Mapping
from typing import Any

from domains.mobile.line_rules import RULES
from domains.mobile.network import GOOD_MBPS
from domains.rules import Reading, RuleBook, said
from turnwright.dialogue import Executed, Side
from turnwright.world import World

WORDS_ALONE = frozenset({"fraud_suspicion", "legal_threat"})
"""Reasons for a transfer that only the user's words can bear out."""


def _owner(_: World, call: Executed) -> str | None:
    return call.result["user_id"] if call.tool in ("get_line", "get_bill") else None


def _secrets(row: dict[str, Any]) -> list[str]:
    single = [said(row[name]) for name in ("sim_id", "contract_end", "total", "due") if row.get(name) is not None]
    return [*single, *(said(charge["amount"]) for charge in row.get("charges", ()))]


def _needs_human(_: World, reading: Reading, arguments: Mapping[str, Any]) -> bool:
    reason = arguments["reason"]
    if reason == "technical_fault":
        return _beyond_repair(reading)
    held = any(row.get("suspension_reason") == "fraud_hold" for row in reading.own)
    return reason in WORDS_ALONE or (reason == "fraud_hold" and held)


def _beyond_repair(reading: Reading) -> bool:
    """Whether the user saw a damaged SIM card, or that something failed after a restart."""
    calls = [call for turn in reading.turns for call in turn.calls if call.side is Side.USER and call.error is None]
    restarts = [at for at, call in enumerate(calls) if call.tool == "restart_phone"]
    failed = restarts and any(_fails(call) for call in calls[restarts[0] :])
    return bool(failed) or any(call.tool == "check_sim" and call.result["sim"] == "damaged" for call in calls)


def _fails(call: Executed) -> bool:
    match call.tool:
        case "check_status_bar":
            return call.result["service"] == "none"
        case "run_speed_test":
            return call.result["mbps"] < GOOD_MBPS
        case "send_test_message":
            return not call.result["sent"]
        case "make_test_call":
            return not call.result["connected"]
        case _:
            return False


RULE_BOOK = RuleBook(
    identifying=frozenset({"find_user_by_phone_number", "find_user_by_name_birth_date"}),
    open_to_all=frozenset({"list_plans", "list_data_packages", "check_network"}),
    of_tool=RULES,
    # Payment methods, plans and charges are left out: they may be known from an account, a line or a bill.
    subjects=frozenset({"line_id", "bill_id", "package_id"}),
    owner=_owner,
    secrets=_secrets,
    needs_human=_needs_human,
)
