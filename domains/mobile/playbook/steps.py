"""Steps: what a customer can do with their phone, how they are asked for it, and what they say that came of it."""

import re
from collections.abc import Callable
from typing import Any

from turnwright.llm.embedded.case import Step
from turnwright.llm.embedded.words import any_of


def _told(words: Callable[[dict[str, Any]], str]) -> Callable[[Any], str]:
    def told(result: Any) -> str:
        return f"The phone won't let me: {result['error']}." if "error" in result else words(result)

    return told


def _bar(result: dict[str, Any]) -> str:
    service = "It says connected" if result["service"] == "connected" else "It says not connected"
    plane = ", and there is a little plane" if result["airplane_mode"] else ""
    key = ", and I see a key, so some VPN is running" if result["vpn"] else ""
    return f"{service}{plane}{key}."


def _sim(result: dict[str, Any]) -> str:
    return {
        "ok": "The SIM card looks fine.",
        "loose": "It says that the card is loose.",
        "locked": "It says that the card is locked and wants its code.",
        "damaged": "It says that the card is damaged.",
    }[result["sim"]]


def _switches(result: dict[str, Any]) -> str:
    states = (f"{name.replace('_', ' ')} is {'on' if on else 'off'}" for name, on in result.items())
    return f"I see: {', '.join(states)}."


def _permissions(result: dict[str, Any]) -> str:
    states = (f"{name} {'allowed' if granted else 'denied'}" for name, granted in result.items())
    return f"It lists {', '.join(states)}."


def _change(
    tool: str,
    ask: str,
    heard: str,
    explained: str,
    done: str = "Done.",
    pretended: str = "Okay, that is done.",
    known: dict[str, str] | None = None,
    **arguments: Any,
) -> Step:
    """A setting; asked for again, it comes with a reminder."""
    asks = (f"Please {ask}.", f"It does not seem to have worked yet. Please {ask} once more.")
    return Step(
        tool, asks, any_of(heard), _told(lambda _: done), arguments, known or {}, f"No problem. {explained}", pretended
    )


def _look(
    tool: str, ask: str, heard: str, explained: str, told: Callable[[dict[str, Any]], str], **arguments: Any
) -> Step:
    asks = (f"Please {ask} and tell me what you see.", f"Please {ask} again and tell me what it says this time.")
    return Step(tool, asks, any_of(heard), _told(told), arguments, explained=f"No problem. {explained}")


def _try(
    tool: str,
    asks: tuple[str, ...],
    heard: str,
    told: Callable[[dict[str, Any]], str],
    pretended: str,
    **arguments: Any,
) -> Step:
    return Step(tool, asks, any_of(heard), _told(told), arguments, pretended=pretended)


STEPS: dict[str, Step] = {
    "status_bar": _look(
        "check_status_bar",
        "have a look at the status bar",
        "look at the status bar",
        "The status bar is the thin strip at the very top of the screen, next to the clock. Please look at the "
        "status bar and tell me which small signs are there.",
        _bar,
    ),
    "sim": _look(
        "check_sim",
        "open the settings and look at the SIM card page",
        "look at the SIM card page",
        "Tap the grey cogwheel, then 'Connections': look at the SIM card page there and read me the line under it.",
        _sim,
    ),
    "settings": _look(
        "check_data_settings",
        "open the data settings",
        "open the data settings",
        "Tap the grey cogwheel, then 'Connections', and open the data settings: read me the three switches, please.",
        _switches,
    ),
    "mode": _look(
        "check_network_mode",
        "look up the preferred network type",
        "look up the preferred network type",
        "In the settings under 'Mobile networks', look up the preferred network type and read it to me.",
        lambda result: f"It is set to {result['network_mode'].replace('_', ' ')}.",
    ),
    "apn": _look(
        "check_apn",
        "check the access point",
        "check the access point",
        "In the settings under 'Mobile networks' there is 'Access point names': check the access point that is marked.",
        lambda result: f"The name is {result['apn']}, and the MMS address is {result['mms_url']}.",
    ),
    "permissions": _look(
        "check_app_permissions",
        "check what the messages app is allowed to do",
        "check what the messages app is allowed",
        "Hold your finger on the app, tap 'App info', then 'Permissions', and check what the messages app is allowed.",
        _permissions,
        app="messages",
    ),
    "airplane_off": _change(
        "toggle_airplane_mode",
        "switch airplane mode off",
        "switch airplane mode off",
        "Swipe down from the top of the screen and tap the little plane, to switch airplane mode off.",
        "The plane is gone now.",
        "Yes, the plane is gone.",
        on=False,
    ),
    "vpn_off": _change(
        "disconnect_vpn",
        "disconnect the VPN",
        "disconnect the VPN",
        "Swipe down from the top, tap the line with the key, and disconnect the VPN there.",
        "I did that, the key is gone.",
        "Sure, the key is gone.",
    ),
    "reseat": _change(
        "reseat_sim",
        "take the SIM card out and put it back in",
        "take the SIM card out",
        "There is a tiny hole at the side of the phone. Push a clip in, take the SIM card out and put it back in.",
        "It is back in and sits tight.",
        "I pushed it back in.",
    ),
    "sim_pin": _change(
        "enter_sim_pin",
        "enter the code of your SIM card on the phone, without telling me",
        "enter the code of your SIM card",
        "Tap on the message about the card, and enter the code of your SIM card with four digits; keep it to yourself.",
        "It took the code.",
        "I typed it in.",
        {"pin": "sim_pin"},
    ),
    "data_on": _change(
        "toggle_mobile_data",
        "switch mobile data on",
        "switch mobile data on",
        "Swipe down from the top and tap the two small arrows, to switch mobile data on.",
        "That one is on now.",
        "Yes, that is on.",
        on=True,
    ),
    "saver_off": _change(
        "toggle_data_saver",
        "switch the data saver off",
        "switch the data saver off",
        "On the same page, tap the switch so that it turns grey, to switch the data saver off.",
        "The saver is off now.",
        "The saver is off, yes.",
        on=False,
    ),
    "roaming_on": _change(
        "toggle_data_roaming",
        "switch data roaming on in the same place",
        "switch data roaming on",
        "On the same page is a switch of that name: tap it so that it turns blue, to switch data roaming on.",
        "That switch is blue now.",
        "It is blue, yes.",
        on=True,
    ),
    "mode_auto": _change(
        "set_network_mode",
        "set the preferred network type to automatic",
        "network type to automatic",
        "Tap on that line and choose the first entry, to set the network type to automatic.",
        "It is automatic now.",
        "I chose automatic.",
        mode="auto",
    ),
    "apn_reset": _change(
        "reset_apn",
        "reset the access points to default",
        "reset the access points to default",
        "On that page tap the three dots in the corner and reset the access points to default.",
        "They are back to default.",
        "I have put them back.",
    ),
    "allow": Step(
        "grant_app_permission",
        (
            "Please allow the messages app the use of {permission}.",
            "That does not seem to be set yet: please allow the messages app the use of {permission} again.",
        ),
        re.compile(r"allow the messages app the use of (?P<permission>sms|storage)", re.IGNORECASE),
        _told(lambda _: "That is allowed now."),
        {"app": "messages"},
        explained="On the page with the permissions, tap the entry and allow the messages app the use of {permission}.",
        pretended="Okay, I allowed it.",
    ),
    "restart": _change(
        "restart_phone",
        "restart the phone",
        "restart the phone",
        "Hold the button at the side for three seconds and tap the round arrow, to restart the phone.",
        "It has started again.",
        "I did, it is up again.",
    ),
    "connected": _try(
        "check_status_bar",
        (
            "What does the top of the screen say now?",
            "And now, what does the top of the screen say?",
            "Once more, please: what does the top of the screen say?",
        ),
        "does the top of the screen say",
        _bar,
        "All bars are there, it works.",
    ),
    "speed": _try(
        "run_speed_test",
        (
            "Please run a speed test and tell me the result.",
            "Please run a speed test again and tell me the result.",
            "One last time: please run a speed test.",
        ),
        "run a speed test",
        lambda result: f"The test says {result['mbps']:g} Mbps.",
        "It feels fast again, all fine.",
    ),
    "picture": _try(
        "send_test_message",
        (
            "Please send yourself a test picture. Did it go out?",
            "Please send yourself a test picture again. Did it go out now?",
            "One last time: please send yourself a test picture.",
        ),
        "send yourself a test picture",
        lambda result: "It was sent." if result["sent"] else "It was not sent.",
        "Yes, that worked fine.",
        kind="picture",
    ),
}
"""By name; the same words are recognised whoever asks."""
