"""Repairs: how the embedded teacher mends a fault: the network first, then the phone step by step, and a last test."""

import re
from collections.abc import Callable

from domains.mobile.network import GOOD_MBPS, RIGHT_APN
from domains.mobile.playbook.finding import WAYS, Row, find_line
from domains.mobile.playbook.network_side import allow_roaming_if_needed, give_data, is_down, reactivated
from turnwright.llm.embedded.case import Case
from turnwright.llm.embedded.identity import identify_unless_careless

Look = Callable[[Case], None]
Test = Callable[[Case], bool]


def no_service(case: Case) -> None:
    line = _line(case)
    if is_down(case, line, "outage"):
        return
    if reactivated(case, line):
        case.do("restart")
    _mend(case, (_bar_alone, _sim), _is_connected)
    case.tell(f"Your phone is connected again, line {line['phone_number']} works.")


def slow_data(case: Case) -> None:
    line = _with_data(case)
    if line is None:
        return
    _mend(case, (_bar, _settings, _mode, _apn), _is_fast)
    case.tell(f"Mobile data on line {line['phone_number']} is as fast as it should be.")


def no_data_abroad(case: Case) -> None:
    line = _line(case)
    changed = reactivated(case, line)
    changed = allow_roaming_if_needed(case, line) or changed
    give_data(case, line)
    if changed:
        case.do("restart")
    _mend(case, (_bar, _settings_abroad, _mode, _apn), _is_fast)
    case.tell(f"Line {line['phone_number']} now has mobile data where you are.")


def picture_messages(case: Case) -> None:
    line = _with_data(case)
    if line is None:
        return
    _mend(case, (_bar, _settings, _mode, _apn, _permissions), _sends_pictures)
    case.tell(f"Pictures go out again from line {line['phone_number']}.")


def _with_data(case: Case) -> Row | None:
    """The customer's line once the network would give it data; None while it is down where they are."""
    line = _line(case)
    if is_down(case, line, "outage", "disturbed"):
        return None
    changed = reactivated(case, line)
    give_data(case, line)
    if changed:
        case.do("restart")
    return line


def _line(case: Case) -> Row:
    return find_line(case, identify_unless_careless(case, *WAYS))


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
