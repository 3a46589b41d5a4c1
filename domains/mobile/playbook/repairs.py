"""Repairs: how the assistant guides a customer on their phone, and how the answers decide what comes next."""

import re

from domains.mobile.playbook.steps import FAST_MBPS
from turnwright.llm.embedded.case import Case

_ROUNDS = 9


def get_service(case: Case) -> bool:
    """Whether the phone has service in the end; the status bar is looked at after each repair."""
    left = [_mode, _restart, _seat]
    for _ in range(_ROUNDS):
        bar = case.do("status_bar").lower()
        if "airplane" in bar:
            case.do("airplane_off")
        elif "no sim" in bar:
            case.do("reseat_sim")
        elif "locked" in bar:
            case.do("unlock_sim")
        elif "no service" not in bar:
            return True
        elif not any(left.pop(0)(case) for _ in range(len(left))):
            return False
    return False


def _mode(case: Case) -> bool:
    if "3g" not in case.do("network_mode").lower():
        return False
    case.do("mode_automatic")
    return True


def _restart(case: Case) -> bool:
    case.do("restart")
    return True


def _seat(case: Case) -> bool:
    case.do("reseat_sim")
    case.do("mode_automatic")
    return True


def get_data(case: Case) -> bool:
    """Whether mobile data is fast in the end; the speed is measured after each repair."""
    left = [_settings, _bar, _access_point, _mode, _restart]
    while not _is_fast(case.do("speed_test")):
        if not any(left.pop(0)(case) for _ in range(len(left))):
            return False
    return True


def _is_fast(words: str) -> bool:
    measured = re.search(r"([\d.]+) Mbps", words)
    return float(measured[1]) >= FAST_MBPS if measured else "fast" in words


def _settings(case: Case) -> bool:
    words = case.do("data_settings").lower()
    wrong = [
        step
        for step, sign in (
            ("mobile_data_on", "mobile data is off"),
            ("data_roaming_on", "data roaming is off"),
            ("data_saver_off", "data saver is on"),
        )
        if sign in words
    ]
    for step in wrong:
        case.do(step)
    return bool(wrong)


def _bar(case: Case) -> bool:
    """What the status bar shows besides the network: a VPN, or that there is no network at all."""
    bar = case.do("status_bar").lower()
    if "vpn" in bar:
        case.do("vpn_off")
    if "airplane" in bar:
        case.do("airplane_off")
    return "vpn" in bar or "airplane" in bar


def _access_point(case: Case) -> bool:
    if '"internet"' in case.do("apn"):
        return False
    case.do("reset_apn")
    return True


def get_pictures(case: Case) -> bool:
    """Whether picture messages go out in the end."""
    words = case.do("picture").lower()
    if "storage" in words:
        if "not allowed" in case.do("permissions").lower():
            case.do("allow_storage")
        words = case.do("picture").lower()
    if "no data" in words:
        if not get_data(case):
            return False
        words = case.do("picture").lower()
    if "storage" in words:
        case.do("allow_storage")
        words = case.do("picture").lower()
    return "arrived" in words or "went" in words
