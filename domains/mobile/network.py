"""Network: what a phone can do, as it follows from its own state, its line, its plan and its home area."""

from typing import Any, NamedTuple

from turnwright.database import Row
from turnwright.tool import ToolError
from turnwright.world import World

RIGHT_APN = "tern.internet"
GOOD_MBPS = 5.0
"""What a speed test shows at least when all is well."""
PICTURE_MBPS = 0.5
"""What a picture message needs."""

APPS = {"messages": ("sms", "storage", "network"), "browser": ("storage", "network")}
"""What each app may be allowed; the phone's row holds it as "messages_sms" and so on."""

_USED_UP_MBPS = 0.1
_ABROAD_MBPS = 20.0
_DISTURBED_MBPS = 1.0
_SAVER_MBPS = 1.5
_VPN_MBPS = 1.0
_MODE_MBPS = {"auto": 1000.0, "4g_only": 50.0, "3g_only": 2.0, "2g_only": 0.1}


class Link(NamedTuple):
    """A phone and what of the network it depends on."""

    device: Row
    line: Row
    plan: Row
    area: Row

    @property
    def abroad(self) -> bool:
        return self.device["location"] != "home"


def link_of(world: World) -> Link:
    """The phone in the user's hand with its line, plan and area.

    Raises:
        ToolError: if there is no phone in this conversation.
    """
    device = world.require("device", "phone")
    if device["line_id"] is None:
        raise ToolError("there is no phone in hand")
    line = world.require("lines", device["line_id"])
    return Link(device, line, world.require("plans", line["plan_id"]), world.require("areas", line["area_id"]))


def quota_of(line: Row, plan: Row) -> float | None:
    """GB that a line may use this month, top-ups included; None for no limit."""
    return None if plan["data_gb"] is None else round(plan["data_gb"] + line["extra_data_gb"], 2)


def used_up(line: Row, plan: Row) -> bool:
    quota = quota_of(line, plan)
    return quota is not None and line["data_used_gb"] >= quota


def has_service(link: Link) -> bool:
    """Whether the phone is connected to a network at all."""
    device, line = link.device, link.line
    on_the_phone = not device["airplane_mode"] and device["sim"] == "ok" and device["radio"] == "ok"
    in_the_network = line["status"] == "active" and device["provisioned_seen"] == line["provisioned"]
    return on_the_phone and in_the_network and (link.abroad or link.area["status"] != "outage")


def data_mbps(link: Link) -> float:
    """The speed of mobile data; 0.0 where there is none."""
    device, line = link.device, link.line
    roams = line["roaming_enabled"] and device["data_roaming"]
    if not has_service(link) or not device["mobile_data"] or device["apn"] != RIGHT_APN or (link.abroad and not roams):
        return 0.0
    limits = [link.plan["speed_mbps"], _MODE_MBPS[device["network_mode"]]]
    limits += [_ABROAD_MBPS] if link.abroad else []
    limits += [_DISTURBED_MBPS] if link.area["status"] == "disturbed" and not link.abroad else []
    limits += [_SAVER_MBPS] if device["data_saver"] else []
    limits += [_VPN_MBPS] if device["vpn"] else []
    limits += [_USED_UP_MBPS] if used_up(line, link.plan) else []
    return min(limits)


def can_call(link: Link) -> bool:
    return has_service(link)


def can_text(link: Link) -> bool:
    return has_service(link) and link.device["messages_sms"]


def can_send_pictures(link: Link) -> bool:
    device = link.device
    set_up = device["messages_storage"] and device["mms_url"] == "ok"
    return can_text(link) and set_up and data_mbps(link) >= PICTURE_MBPS


def registered(world: World, link: Link, **fields: Any) -> None:
    """Change the phone's state; it signs on to the network anew and learns what was changed there."""
    world.update("device", "phone", provisioned_seen=link.line["provisioned"], **fields)
