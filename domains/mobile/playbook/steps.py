"""Steps: what a customer can do with their phone, how an assistant asks for it, and how the customer tells of it."""

import re
from typing import Any

from turnwright.llm.embedded.case import Step

FAST_MBPS = 20.0
_MODES = {"auto": "automatic", "5g_only": "5G only", "4g_only": "4G only", "3g_only": "3G only"}
_SERVICE = {
    "airplane mode": "There is a little airplane up there, so it is in airplane mode.",
    "no SIM card": 'It says "no SIM card".',
    "SIM card locked": "It says that the SIM card is locked.",
    "no service": 'It says "no service".',
    "home network": 'There are bars again, it says "home network".',
}


def _on(value: bool) -> str:
    return "on" if value else "off"


def _status_bar(result: Any) -> str:
    service = result["service"]
    words = _SERVICE.get(service) or f'There are bars, and it says "{service}".'
    return f"{words} And there is a little VPN key." if result["vpn"] else words


def _data_settings(result: Any) -> str:
    return (
        f"Mobile data is {_on(result['mobile_data'])}, data roaming is {_on(result['data_roaming'])} "
        f"and the data saver is {_on(result['data_saver'])}."
    )


def _speed(result: Any) -> str:
    mbps = result["mbps"]
    return f"It says {mbps:g} Mbps." if mbps else "It does not get through at all, it says 0 Mbps."


def _picture(result: Any) -> str:
    got = result["picture"]
    return "It went out, and the picture has arrived." if got == "sent" else f'It failed, it says "{got}".'


def _says(words: str, refused: str = "It won't let me.") -> Any:
    return lambda result: refused if isinstance(result, dict) and "error" in result else words  # pyright: ignore


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


STEPS: dict[str, Step] = {
    "status_bar": Step(
        "check_status_bar",
        (
            "Please look at the status bar at the top of the screen. What does it say?",
            "What does the status bar say now?",
            "And now, what does the status bar say?",
            "Please check the status bar once more. What does it say?",
        ),
        _words("status bar"),
        _status_bar,
        explained="It is the thin line at the very top of the screen: the status bar. What does it show there?",
        pretended='There are bars again, it says "home network".',
    ),
    "airplane_off": Step(
        "set_airplane_mode",
        ("Please switch airplane mode off.", "It still seems to be on. Please switch airplane mode off once more."),
        _words("airplane mode off"),
        _says("Okay, airplane mode is off."),
        {"on": False},
        explained="Swipe down from the top and tap the airplane so that it is grey: that switches airplane mode off.",
        pretended="Done, I switched it off.",
    ),
    "reseat_sim": Step(
        "reseat_sim",
        ("Please take the SIM card out and put it back in.", "Please take the SIM card out again and put it back in."),
        _words("put it back in"),
        _says("I took it out and put it back in."),
        explained="Push the little pin into the hole at the side, take the tray out, and put it back in straight.",
        pretended="Did that, it is back in.",
    ),
    "unlock_sim": Step(
        "unlock_sim",
        ("Please unlock the SIM card with your PIN.", "Please try to unlock the SIM card with your PIN again."),
        _words("unlock the SIM card"),
        _says("I typed the PIN, and it took it.", "It does not accept it."),
        known={"pin": "sim_pin"},
        explained="Tap the message on the screen and type your four digits: that will unlock the SIM card.",
    ),
    "network_mode": Step(
        "check_network_mode",
        ("Which network mode is set, in the settings under mobile network?",),
        _words("which network mode"),
        lambda result: f"It is set to {_MODES[result['network_mode']]}.",
        explained="Open the settings, then mobile network. Which network mode stands there?",
    ),
    "mode_automatic": Step(
        "set_network_mode",
        ("Please set the network mode to automatic.",),
        _words("network mode to automatic"),
        _says("Okay, it is on automatic now."),
        {"mode": "auto"},
        explained="In the settings, tap mobile network and set the network mode to automatic.",
        pretended="I have set it to automatic.",
    ),
    "restart": Step(
        "restart_phone",
        ("Please restart the phone and tell me when it is back on.", "Please restart the phone once more."),
        _words("restart the phone"),
        _says("It has restarted."),
        explained="Hold the button at the side until a menu comes up, and there tap restart the phone.",
        pretended="Okay, it was off and on again.",
    ),
    "data_settings": Step(
        "check_data_settings",
        (
            "Please open the data settings. Are mobile data, data roaming and the data saver on or off?",
            "Please look into the data settings again. What is on, and what is off?",
        ),
        _words("data settings"),
        _data_settings,
        explained="Open the settings, then network and internet: there are the data settings. What is on?",
    ),
    "mobile_data_on": Step(
        "set_mobile_data",
        ("Please switch mobile data on.",),
        _words("mobile data on(?! or)"),
        _says("Mobile data is on now."),
        {"on": True},
        explained="In that same menu, tap the first switch: that puts mobile data on.",
        pretended="I switched it on.",
    ),
    "data_roaming_on": Step(
        "set_data_roaming",
        ("Please switch data roaming on.",),
        _words("data roaming on(?! or)"),
        _says("Data roaming is on now."),
        {"on": True},
        explained="In that same menu, tap the switch beside roaming: that puts data roaming on.",
        pretended="Roaming should be on now.",
    ),
    "data_saver_off": Step(
        "set_data_saver",
        ("Please switch the data saver off.",),
        _words("data saver off"),
        _says("The data saver is off."),
        {"on": False},
        explained="In that same menu, tap the switch at the bottom: that puts the data saver off.",
        pretended="I turned the saver off.",
    ),
    "vpn_off": Step(
        "disconnect_vpn",
        ("Please disconnect the VPN.",),
        _words("disconnect the VPN"),
        _says("The VPN is disconnected.", "There is no VPN connected."),
        explained="Open the app with the key, and tap the big button there to disconnect the VPN.",
        pretended="I closed the VPN.",
    ),
    "apn": Step(
        "check_apn",
        ("Which access point is set for mobile data?",),
        _words("which access point"),
        lambda result: f'It says "{result["apn"]}".',
        explained="In the settings, tap mobile network, then advanced. Which access point stands there?",
    ),
    "reset_apn": Step(
        "reset_apn",
        ("Please reset the access point to our default.",),
        _words("reset the access point"),
        _says("I reset it."),
        explained="Tap the three dots at the top right there, and choose the line that says reset the access point.",
        pretended="It is reset, I think.",
    ),
    "speed_test": Step(
        "run_speed_test",
        (
            "Please run a speed test. What does it say?",
            "What does the speed test say now?",
            "Please run the speed test again. What is the result?",
            "And now, what does the speed test say?",
        ),
        _words("speed test"),
        _speed,
        explained="Open our app and tap the green button: that runs a speed test. What does it say?",
        pretended="It is fast again, everything loads.",
    ),
    "picture": Step(
        "send_test_picture",
        (
            "Please send yourself a test picture. What happens?",
            "Please try the test picture again. What happens?",
            "And now, does the test picture go out?",
        ),
        _words("test picture"),
        _picture,
        explained="Write a message to your own number, add any photo and send it: that is the test picture.",
        pretended="It works now, it went through.",
    ),
    "permissions": Step(
        "check_app_permissions",
        ("Please look at the permissions of the messages app. Is the storage allowed?",),
        _words("permissions of the messages app"),
        lambda result: f"The storage is {'allowed' if result['storage'] else 'not allowed'}.",
        explained="Settings, apps, messages: there are the permissions of the messages app. Is the storage allowed?",
    ),
    "allow_storage": Step(
        "allow_storage",
        ("Please allow the messages app to use the storage.",),
        _words("allow the messages app"),
        _says("It is allowed now."),
        explained="Tap storage there, and then allow the messages app to use it.",
        pretended="I allowed it.",
    ),
}
