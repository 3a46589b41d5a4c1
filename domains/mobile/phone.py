"""Phone: what the user can do with the phone in their hand: look at it, set it, try it."""

from typing import Annotated, Any, Literal

from domains.mobile.network import (
    APPS,
    GOOD_MBPS,
    RIGHT_APN,
    can_call,
    can_send_pictures,
    can_text,
    data_mbps,
    has_service,
    link_of,
    registered,
)
from turnwright.tool import ToolError, reads, writes
from turnwright.world import World

App = Annotated[Literal["messages", "browser"], "the app"]
Permission = Annotated[Literal["sms", "storage", "network"], "the permission"]
On = Annotated[bool, "true for on, false for off"]


@reads
def check_status_bar(world: World) -> dict[str, Any]:
    """Look at the top of the screen: whether the phone is connected, airplane mode, VPN, and where it is."""
    link = link_of(world)
    names = ("airplane_mode", "vpn", "location")
    return {"service": "connected" if has_service(link) else "none", **{name: link.device[name] for name in names}}


@reads
def check_sim(world: World) -> dict[str, Any]:
    """Look at what the phone says about its SIM card: ok, loose, locked (it wants its PIN) or damaged."""
    return {"sim": link_of(world).device["sim"]}


@reads
def check_data_settings(world: World) -> dict[str, Any]:
    """Look at the switches for mobile data, data roaming and the data saver."""
    device = link_of(world).device
    return {name: device[name] for name in ("mobile_data", "data_roaming", "data_saver")}


@reads
def check_network_mode(world: World) -> dict[str, Any]:
    """Look at the preferred network type: auto, 4g_only, 3g_only or 2g_only."""
    return {"network_mode": link_of(world).device["network_mode"]}


@reads
def check_apn(world: World) -> dict[str, Any]:
    """Look at the access point: its name, and whether the address for picture messages is there."""
    device = link_of(world).device
    return {"apn": device["apn"], "mms_url": device["mms_url"]}


@reads
def check_app_permissions(world: World, app: App) -> dict[str, Any]:
    """Look at what an app is allowed to do."""
    device = link_of(world).device
    return {permission: device[f"{app}_{permission}"] for permission in APPS[app]}


@reads
def run_speed_test(world: World) -> dict[str, Any]:
    """Measure the speed of mobile data in Mbps."""
    mbps = data_mbps(link_of(world))
    return {"mbps": mbps, "rating": "none" if mbps == 0 else "good" if mbps >= GOOD_MBPS else "slow"}


@reads
def send_test_message(world: World, kind: Annotated[Literal["text", "picture"], "what to send"]) -> dict[str, Any]:
    """Send a test message to yourself."""
    link = link_of(world)
    return {"kind": kind, "sent": can_text(link) if kind == "text" else can_send_pictures(link)}


@reads
def make_test_call(world: World) -> dict[str, Any]:
    """Call the free test number."""
    return {"connected": can_call(link_of(world))}


@writes
def toggle_airplane_mode(world: World, on: On) -> dict[str, Any]:
    """Switch airplane mode; when it goes off, the phone signs on to the network anew."""
    link = link_of(world)
    if on or not link.device["airplane_mode"]:
        world.update("device", "phone", airplane_mode=on)
    else:
        registered(world, link, airplane_mode=False)
    return {"airplane_mode": on}


@writes
def reseat_sim(world: World) -> dict[str, Any]:
    """Take the SIM card out and put it back in."""
    if link_of(world).device["sim"] == "loose":
        world.update("device", "phone", sim="ok")
    return {"sim": link_of(world).device["sim"]}


@writes
def enter_sim_pin(world: World, pin: Annotated[str, "the PIN of the SIM card, four digits"]) -> dict[str, Any]:
    """Enter the PIN of the SIM card when the phone asks for it."""
    device = link_of(world).device
    if device["sim"] != "locked":
        raise ToolError("the phone does not ask for a PIN")
    if pin != device["sim_pin"]:
        raise ToolError("this is not the PIN of the SIM card")
    world.update("device", "phone", sim="ok")
    return {"sim": "ok"}


@writes
def toggle_mobile_data(world: World, on: On) -> dict[str, Any]:
    """Switch mobile data."""
    return _set(world, mobile_data=on)


def _set(world: World, **fields: Any) -> dict[str, Any]:
    link_of(world)
    world.update("device", "phone", **fields)
    return fields


@writes
def toggle_data_roaming(world: World, on: On) -> dict[str, Any]:
    """Switch the use of mobile data abroad."""
    return _set(world, data_roaming=on)


@writes
def toggle_data_saver(world: World, on: On) -> dict[str, Any]:
    """Switch the data saver."""
    return _set(world, data_saver=on)


@writes
def set_network_mode(
    world: World, mode: Annotated[Literal["auto", "4g_only", "3g_only", "2g_only"], "the preferred network type"]
) -> dict[str, Any]:
    """Choose the preferred network type."""
    return _set(world, network_mode=mode)


@writes
def reset_apn(world: World) -> dict[str, Any]:
    """Reset the access point to the values of the network."""
    return _set(world, apn=RIGHT_APN, mms_url="ok")


@writes
def disconnect_vpn(world: World) -> dict[str, Any]:
    """Disconnect the VPN."""
    return _set(world, vpn=False)


@writes
def grant_app_permission(world: World, app: App, permission: Permission) -> dict[str, Any]:
    """Allow an app something."""
    if permission not in APPS[app]:
        raise ToolError(f"the app {app} has no use for {permission}")
    _set(world, **{f"{app}_{permission}": True})
    return {"app": app, "permission": permission, "granted": True}


@writes
def restart_phone(world: World) -> dict[str, Any]:
    """Switch the phone off and on again; it signs on to the network anew."""
    registered(world, link_of(world))
    return {"restarted": True}
