"""Faults: the independent causes that a fault is composed of, on either side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turnwright.llm.embedded.desk import Desk

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What a cause sets at the start, and what the customer has to know because of it."""

    phone: Row
    line: Row
    bills: dict[str, Row]
    knows: dict[str, str]
    pays: bool = False
    """Whether the repair costs something, so that the customer has to name a payment method."""


Cause = Callable[[Desk, Row], Found | None]
"""The cause for a line (as get_line shows it), or None where it cannot be had."""


def _phone(**fields: Any) -> Cause:
    return lambda desk, line: Found(fields, {}, {}, {})


def _locked(desk: Desk, line: Row) -> Found:
    pin = f"{1000 + int(desk.noise.uniform('pin', desk.number) * 9000)}"
    return Found({"sim": "locked", "pin": pin}, {}, {}, {"sim_pin": pin})


def _unpaid(desk: Desk, line: Row) -> Found | None:
    bills = desk.call("list_bills", phone_number=line["phone_number"])
    if any(bill["status"] == "overdue" for bill in bills):
        return None
    overdue = {f"bills/{bills[0]['bill_id']}": {"status": "overdue"}}
    return Found({}, {"status": "suspended", "suspension": "overdue_bill"}, overdue, {}, pays=True)


def _paused(desk: Desk, line: Row) -> Found:
    return Found({}, {"status": "suspended", "suspension": "customer_request"}, {}, {})


def _used_up(desk: Desk, line: Row) -> Found:
    package = desk.choose(("1 GB", "5 GB", "20 GB"), "package")
    return Found({}, {"data_used_gb": line["data_allowed_gb"]}, {}, {"package": package}, pays=True)


def _no_roaming(desk: Desk, line: Row) -> Found:
    return Found({}, {"roaming": False}, {}, {})


_AIRPLANE, _LOOSE = _phone(airplane_mode=True), _phone(sim="loose")
_OLD_MODE, _STALE = _phone(network_mode="3g_only"), _phone(registration=0)
_DATA_OFF, _SAVER, _VPN = _phone(mobile_data=False), _phone(data_saver=True), _phone(vpn=True)
_OLD_APN, _NO_ROAMING_DATA = _phone(apn="wap.old"), _phone(data_roaming=False)
_NO_STORAGE = _phone(messages_storage=False)

CAUSES: dict[str, tuple[tuple[Cause, ...], tuple[Cause, ...], int]] = {
    "no_service": ((_unpaid, _paused), (_AIRPLANE, _LOOSE, _locked, _OLD_MODE, _STALE), 4),
    "slow_data": ((_used_up, _unpaid, _paused), (_DATA_OFF, _SAVER, _VPN, _OLD_APN, _AIRPLANE), 5),
    "no_data_abroad": ((_no_roaming, _used_up), (_NO_ROAMING_DATA, _DATA_OFF, _VPN, _OLD_APN, _SAVER, _AIRPLANE), 6),
    "picture_messages": ((_used_up, _paused), (_NO_STORAGE, _DATA_OFF, _OLD_APN), 4),
}
"""By fault: causes in the network, causes on the phone, and how many there are at most; at least two."""


def compose(desk: Desk, fault: str, line: Row) -> Found | None:
    """Two causes and more, at least one on the phone, and mostly one in the network; None if one cannot be had."""
    network, phone, most = CAUSES[fault]
    count = 2 + int(desk.noise.uniform("causes", desk.number, fault) * (most - 1))
    with_network = desk.noise.uniform("side", desk.number, fault) < 0.75 or count > len(phone)
    chosen = desk.shuffled([*network], "network")[: int(with_network)]
    chosen += _compatible(desk.shuffled([*phone], "phone"))[: count - len(chosen)]
    found = [cause(desk, line) for cause in chosen]
    parts = [one for one in found if one is not None]
    if len(parts) < len(found) or len(parts) < 2:
        return None
    return Found(
        {key: value for one in parts for key, value in one.phone.items()},
        {key: value for one in parts for key, value in one.line.items()},
        {key: value for one in parts for key, value in one.bills.items()},
        {key: value for one in parts for key, value in one.knows.items()},
        any(one.pays for one in parts),
    )


def _compatible(causes: list[Cause]) -> list[Cause]:
    """A SIM card cannot be loose and locked at once."""
    sims = [cause for cause in causes if cause in (_LOOSE, _locked)]
    return [cause for cause in causes if cause not in sims[1:]]
