"""Network: what a phone and the network make of each other: service, data, picture messages, and why there is none."""

from typing import NamedTuple

from domains.mobile.lookups import allowance
from turnwright.database import Row
from turnwright.scenario import DEVICE
from turnwright.tool import ToolError
from turnwright.world import World

PHONE = "phone"
RIGHT_APN = "internet"
DEAD_MODE = "3g_only"
"""The 3G network was switched off."""
FULL_MBPS = 180.0
SAVER_MBPS = 2.0
VPN_MBPS = 1.5
USED_UP_MBPS = 0.1


class Phone(NamedTuple):
    """The phone in the user's hand, and the line of its SIM card."""

    device: Row
    line: Row


def phone(world: World) -> Phone:
    """The phone as it is now.

    Raises:
        ToolError: if the user has none in hand.
    """
    device = world.require(DEVICE, PHONE)
    if device["phone_number"] is None:
        raise ToolError("there is no phone at hand")
    return Phone(device, world.require("lines", device["phone_number"]))


def service(world: World) -> str:
    """What the status bar says of the service: the first thing that is in the way, or which network there is."""
    device, line = phone(world)
    if device["airplane_mode"]:
        return "airplane mode"
    if device["sim"] != "ok":
        return {"loose": "no SIM card", "locked": "SIM card locked"}[device["sim"]]
    abroad = device["abroad"] is not None
    reachable = (
        line["status"] == "active"
        and device["registration"] == line["registration"]
        and device["network_mode"] != DEAD_MODE
        and not device["radio_broken"]
        and (line["roaming"] if abroad else not _outage(world, line))
    )
    if not reachable:
        return "no service"
    return f"roaming in {device['abroad']}" if abroad else "home network"


def has_service(world: World) -> bool:
    return service(world).startswith(("home", "roaming"))


def _outage(world: World, line: Row) -> bool:
    city = world.require("users", line["user_id"])["address"]["city"]
    return world.require("areas", city)["outage_until"] is not None


def speed(world: World) -> float:
    """Mbps of mobile data."""
    device, line = phone(world)
    switched_on = device["mobile_data"] and (device["abroad"] is None or device["data_roaming"])
    if not has_service(world) or not switched_on or device["apn"] != RIGHT_APN:
        return 0.0
    limits = (
        (line["data_used_gb"] >= allowance(world, line), USED_UP_MBPS),
        (device["vpn"], VPN_MBPS),
        (device["data_saver"], SAVER_MBPS),
    )
    return min((mbps for holds, mbps in limits if holds), default=FULL_MBPS)


def picture(world: World) -> str:
    """What comes of a picture message: "sent", or what the phone says that is wrong."""
    if not phone(world).device["messages_storage"]:
        return "not allowed to use the storage"
    return "sent" if speed(world) > USED_UP_MBPS else "no data connection"
