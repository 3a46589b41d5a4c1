"""Causes: what can be wrong in the network and on the phone, by symptom, and what a scenario sets for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from turnwright.llm.embedded.desk import Desk


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong; causes with the same `place` exclude each other."""

    place: str
    phone: Mapping[str, Any]


AIRPLANE = Cause("airplane", {"airplane_mode": True})
LOOSE = Cause("sim", {"sim": "loose"})
LOCKED = Cause("sim", {"sim": "locked", "sim_pin": "4821"})
DATA_OFF = Cause("data", {"mobile_data": False})
SAVER = Cause("saver", {"data_saver": True})
VPN = Cause("vpn", {"vpn": True})
ONLY_3G = Cause("mode", {"network_mode": "3g_only"})
ONLY_2G = Cause("mode", {"network_mode": "2g_only"})
WRONG_APN = Cause("apn", {"apn": "web.default"})
OLD_APN = Cause("apn", {"apn": "tern.wap", "mms_url": "missing"})
NO_MMS = Cause("apn", {"mms_url": "missing"})
ROAMING_OFF = Cause("roaming", {"data_roaming": False})
NO_STORAGE = Cause("permissions", {"messages_storage": False})
NO_SMS = Cause("permissions", {"messages_sms": False})
NOTHING_ALLOWED = Cause("permissions", {"messages_sms": False, "messages_storage": False})

ON_THE_PHONE = {
    "no_service": (AIRPLANE, LOOSE, LOCKED),
    "slow_data": (AIRPLANE, DATA_OFF, SAVER, VPN, ONLY_3G, ONLY_2G, WRONG_APN, OLD_APN),
    "no_data_abroad": (ROAMING_OFF, DATA_OFF, VPN, ONLY_3G, WRONG_APN, OLD_APN),
    "picture_messages": (DATA_OFF, ONLY_2G, OLD_APN, NO_MMS, NO_STORAGE, NO_SMS, NOTHING_ALLOWED),
}
IN_THE_NETWORK = {
    "no_service": ("overdue", "suspended", "stale", "stale"),
    "slow_data": ("quota", "quota", "overdue", "stale", "none"),
    "no_data_abroad": ("no roaming", "no roaming", "no roaming and quota", "quota"),
    "picture_messages": ("quota", "overdue", "stale", "none"),
}
"""What is wrong with the line; a stale registration is the network's doing, and the phone has to be restarted."""
MOST = {"no_service": 2, "slow_data": 4, "no_data_abroad": 3, "picture_messages": 4}
"""Causes on the phone."""


def on_the_phone(desk: Desk, symptom: str) -> dict[str, Any]:
    """Fields of the phone that are wrong: one to some causes, each in a place of its own."""
    chosen: dict[str, Cause] = {}
    for number in desk.shuffled(list(range(len(ON_THE_PHONE[symptom]))), "cause", symptom):
        cause = ON_THE_PHONE[symptom][number]
        chosen.setdefault(cause.place, cause)
    most = 1 + int(desk.noise.uniform("causes", desk.number, symptom) * MOST[symptom])
    return {name: value for cause in list(chosen.values())[:most] for name, value in cause.phone.items()}


def in_the_network(desk: Desk, symptom: str) -> str:
    return desk.choose(IN_THE_NETWORK[symptom], "network", symptom)
