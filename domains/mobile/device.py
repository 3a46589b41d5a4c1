"""Device: the tools in the user's own hand: what can be seen and set on their phone."""

from typing import Annotated, Any, Literal

from domains.mobile.network import PHONE, RIGHT_APN, phone, picture, service, speed
from turnwright.scenario import DEVICE
from turnwright.tool import Tool, ToolError, reads, toolbox, writes
from turnwright.world import World

On = Annotated[bool, "on or off"]


def _set(world: World, **fields: Any) -> dict[str, Any]:
    phone(world)
    world.update(DEVICE, PHONE, **fields)
    return fields


@reads
def check_status_bar(world: World) -> dict[str, Any]:
    """Look at the top of the screen: the network, or what is in its way."""
    return {"service": service(world), "vpn": phone(world).device["vpn"]}


@writes
def set_airplane_mode(world: World, on: On) -> dict[str, Any]:
    """Switch airplane mode on or off."""
    return _set(world, airplane_mode=on)


@reads
def check_sim(world: World) -> dict[str, Any]:
    """Look at how the SIM card sits in its tray and whether it asks for a PIN."""
    return {"sim": phone(world).device["sim"]}


@writes
def reseat_sim(world: World) -> dict[str, Any]:
    """Take the SIM card out and put it back in."""
    sim = phone(world).device["sim"]
    return _set(world, sim="ok" if sim == "loose" else sim)


@writes
def unlock_sim(world: World, pin: Annotated[str, "the four digits of your PIN"]) -> dict[str, Any]:
    """Unlock the SIM card with your PIN."""
    device = phone(world).device
    if device["sim"] != "locked":
        raise ToolError("the SIM card does not ask for a PIN")
    if pin != device["pin"]:
        raise ToolError("wrong PIN")
    return _set(world, sim="ok")


@reads
def check_data_settings(world: World) -> dict[str, Any]:
    """Look at the data settings: mobile data, data roaming, data saver."""
    device = phone(world).device
    return {name: device[name] for name in ("mobile_data", "data_roaming", "data_saver")}


@writes
def set_mobile_data(world: World, on: On) -> dict[str, Any]:
    """Switch mobile data on or off."""
    return _set(world, mobile_data=on)


@writes
def set_data_roaming(world: World, on: On) -> dict[str, Any]:
    """Switch data roaming on or off."""
    return _set(world, data_roaming=on)


@writes
def set_data_saver(world: World, on: On) -> dict[str, Any]:
    """Switch the data saver on or off."""
    return _set(world, data_saver=on)


@writes
def disconnect_vpn(world: World) -> dict[str, Any]:
    """Disconnect the VPN."""
    if not phone(world).device["vpn"]:
        raise ToolError("no VPN is connected")
    return _set(world, vpn=False)


@reads
def check_network_mode(world: World) -> dict[str, Any]:
    """Look at the preferred network mode."""
    return {"network_mode": phone(world).device["network_mode"]}


@writes
def set_network_mode(
    world: World, mode: Annotated[Literal["auto", "5g_only", "4g_only", "3g_only"], "the preferred mode"]
) -> dict[str, Any]:
    """Set the preferred network mode."""
    return _set(world, network_mode=mode)


@reads
def check_apn(world: World) -> dict[str, Any]:
    """Look at the access point of mobile data."""
    return {"apn": phone(world).device["apn"]}


@writes
def reset_apn(world: World) -> dict[str, Any]:
    """Reset the access point to the network's own."""
    return _set(world, apn=RIGHT_APN)


@reads
def check_app_permissions(world: World) -> dict[str, Any]:
    """Look at what the messages app may use."""
    return {"app": "messages", "storage": phone(world).device["messages_storage"]}


@writes
def allow_storage(world: World) -> dict[str, Any]:
    """Allow the messages app to use the storage."""
    return _set(world, messages_storage=True)


@writes
def restart_phone(world: World) -> dict[str, Any]:
    """Switch the phone off and on again; it looks for the network anew."""
    device, line = phone(world)
    found = line["registration"] if line["status"] == "active" and device["sim"] == "ok" else device["registration"]
    _set(world, registration=found)
    return {"restarted": True}


@reads
def run_speed_test(world: World) -> dict[str, Any]:
    """Measure the speed of mobile data, in Mbps."""
    return {"mbps": speed(world)}


@reads
def send_test_picture(world: World) -> dict[str, Any]:
    """Send yourself a picture message to see whether it works."""
    return {"picture": picture(world)}


USER_TOOLS: dict[str, Tool] = toolbox(
    check_status_bar,
    set_airplane_mode,
    check_sim,
    reseat_sim,
    unlock_sim,
    check_data_settings,
    set_mobile_data,
    set_data_roaming,
    set_data_saver,
    disconnect_vpn,
    check_network_mode,
    set_network_mode,
    check_apn,
    reset_apn,
    check_app_permissions,
    allow_storage,
    restart_phone,
    run_speed_test,
    send_test_picture,
)
