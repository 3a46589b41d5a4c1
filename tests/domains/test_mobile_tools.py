"""The network's tools on both sides: the numbers they give back, what they change, and what a real backend refuses."""

from typing import Any

import pytest

from domains import mobile
from domains.mobile.start import STARTS
from turnwright.dialogue import Executed, ToolCall
from turnwright.world import World

MOBILE = mobile.domain()
TABLES = MOBILE.database.tables
USER = next(user for user in TABLES["users"].values() if user["autopay"] is None)
LINES = [line for line in TABLES["lines"].values() if line["user_id"] == USER["user_id"]]
LINE = LINES[0]["line_id"]
NUMBER = LINES[0]["phone_number"]
BILL = next(bill for bill in TABLES["bills"].values() if bill["user_id"] == USER["user_id"])
METHOD = next(row["payment_id"] for row in TABLES["payment_methods"].values() if row["user_id"] == USER["user_id"])
HEALTHY: dict[str, Any] = {
    "plan_id": "plus-20",
    "status": "active",
    "suspension_reason": None,
    "roaming_enabled": False,
    "data_used_gb": 4.5,
}
DEVICE = f"lines/{LINE}"


def world_with(phone: dict[str, Any] | None = None, line: dict[str, Any] | None = None, **area: Any) -> World:
    start = {"device/phone": {"line_id": LINE, **(phone or {})}, DEVICE: {**HEALTHY, **(line or {})}}
    return World(
        MOBILE, {**start, f"areas/{LINES[0]['area_id']}": area, f"bills/{BILL['bill_id']}": {"status": "open"}}
    )


@pytest.fixture
def world() -> World:
    return world_with()


def made(world: World, tool: str, **arguments: Any) -> Executed:
    return world.call(MOBILE.side_of(tool), ToolCall(id="c", tool=tool, arguments=arguments))


def result(world: World, tool: str, **arguments: Any) -> Any:
    done = made(world, tool, **arguments)
    assert done.error is None
    return done.result


def test_names_are_apart_and_every_parameter_is_described():
    assert not {*MOBILE.tools} & {*MOBILE.user_tools}
    assert len(MOBILE.tools) >= 16
    assert len(MOBILE.user_tools) >= 16
    for tool in [*MOBILE.tools.values(), *MOBILE.user_tools.values()]:
        function = tool.schema["function"]
        assert function["description"]
        assert all(described["description"] for described in function["parameters"]["properties"].values())


def test_both_ways_find_the_user(world: World):
    by_number = result(world, "find_user_by_phone_number", phone_number=NUMBER)
    names = {name: USER[name] for name in ("first_name", "last_name", "birth_date")}
    assert by_number == result(world, "find_user_by_name_birth_date", **names)
    assert by_number["user_id"] == USER["user_id"]


def test_lines_and_bills_are_those_of_the_user(world: World):
    assert {row["line_id"] for row in result(world, "list_lines", user_id=USER["user_id"])} == {
        line["line_id"] for line in LINES
    }
    dates = [row["issued"] for row in result(world, "list_bills", user_id=USER["user_id"])]
    assert dates == sorted(dates, reverse=True)
    assert result(world, "get_bill", bill_id=BILL["bill_id"])["user_id"] == USER["user_id"]


def test_usage_counts_top_ups():
    world = world_with(line={"data_used_gb": 20.0})
    assert result(world, "get_data_usage", line_id=LINE)["used_up"]
    added = result(world, "add_data", line_id=LINE, package_id="boost-5")
    assert (added["left_gb"], added["charged"], added["charged_to"]) == (5.0, 10.5, "next bill")
    usage = result(world, "get_data_usage", line_id=LINE)
    assert (usage["allowed_gb"], usage["left_gb"], usage["used_up"], usage["top_ups"]) == (25.0, 5.0, False, 1)


def test_unlimited_data_is_never_used_up():
    world = world_with(line={"plan_id": "max-unlimited", "data_used_gb": 900.0})
    usage = result(world, "get_data_usage", line_id=LINE)
    assert (usage["allowed_gb"], usage["left_gb"], usage["used_up"]) == (None, None, False)


def test_plan_tells_price_and_difference(world: World):
    done = result(world, "change_plan", line_id=LINE, plan_id="basic-8")
    assert (done["price"], done["price_difference"], done["from"]) == (22.0, -11.0, "2026-06-15")
    assert world.changes() == {DEVICE: {"plan_id": ["plus-20", "basic-8"]}}


def test_bill_is_paid_once_and_whole(world: World):
    done = result(world, "pay_bill", bill_id=BILL["bill_id"], payment_id=METHOD)
    assert (done["charged"], done["charged_to"]) == (BILL["total"], METHOD)
    paid = [row for path, row in world.changes().items() if path.startswith("payments/")]
    assert [row["amount"] for row in paid] == [[None, BILL["total"]]]
    assert "paid already" in str(made(world, "pay_bill", bill_id=BILL["bill_id"], payment_id=METHOD).error)


@pytest.mark.parametrize(("reason", "fee"), [("overdue_bill", 10.0), ("customer_request", None)])
def test_only_an_overdue_bill_costs_a_reconnection(reason: str, fee: float | None):
    world = world_with(line={"status": "suspended", "suspension_reason": reason})
    assert result(world, "resume_line", line_id=LINE).get("charged") == fee
    assert world.changes()[DEVICE]["provisioned"] == [1, 2]


def test_other_account_changes(world: World):
    assert result(world, "set_autopay", user_id=USER["user_id"], payment_id=METHOD)["autopay"] == METHOD
    assert result(world, "set_autopay", user_id=USER["user_id"], payment_id=None)["autopay"] is None
    ticket = result(world, "dispute_charge", bill_id=BILL["bill_id"], charge_id="c-1")
    assert (ticket["answer_by"], ticket["amount"]) == ("2026-06-25", BILL["charges"][0]["amount"])
    pin = result(world, "issue_port_out_pin", line_id=LINE)
    assert (len(pin["pin"]), pin["valid_until"]) == (6, "2026-06-22")
    number = {"phone_number": "555-777-1234", "carrier": "Larkline", "port_pin": "123456"}
    assert result(world, "request_port_in", user_id=USER["user_id"], **number)["works_from"] == "2026-06-18"
    assert result(world, "replace_sim", line_id=LINE, sim_id="SIM-204518")["charged"] == 8.0
    assert result(world, "transfer_to_human", reason="legal_threat")["transferred"]
    assert MOBILE.tools["transfer_to_human"].ends


OVERDUE: dict[str, Any] = {"status": "suspended", "suspension_reason": "overdue_bill"}
NO_SERVICE: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, dict[str, Any]]]]] = {
    "airplane mode": ({"airplane_mode": True}, {}, [("toggle_airplane_mode", {"on": False})]),
    "loose SIM card": ({"sim": "loose"}, {}, [("reseat_sim", {})]),
    "locked SIM card": ({"sim": "locked", "sim_pin": "4711"}, {}, [("enter_sim_pin", {"pin": "4711"})]),
    "stale registration": ({}, {"provisioned": 2}, [("restart_phone", {})]),
    "stale, by airplane mode": (
        {},
        {"provisioned": 2},
        [("toggle_airplane_mode", {"on": True}), ("toggle_airplane_mode", {"on": False})],
    ),
    "suspended": ({}, OVERDUE, [("resume_line", {"line_id": LINE}), ("restart_phone", {})]),
    "roaming changed": ({}, {"provisioned": 3}, [("restart_phone", {})]),
    "two of them": (
        {"airplane_mode": True, "sim": "loose"},
        {},
        [("reseat_sim", {}), ("toggle_airplane_mode", {"on": False})],
    ),
}


@pytest.mark.parametrize(("phone", "line", "steps"), NO_SERVICE.values(), ids=NO_SERVICE.keys())
def test_no_service_until_every_cause_is_mended(
    phone: dict[str, Any], line: dict[str, Any], steps: list[tuple[str, dict[str, Any]]]
):
    world = world_with(phone, line)
    for tool, arguments in steps:
        assert result(world, "check_status_bar")["service"] == "none"
        assert not result(world, "make_test_call")["connected"]
        assert result(world, "run_speed_test")["mbps"] == 0
        result(world, tool, **arguments)
    assert result(world, "check_status_bar")["service"] == "connected"
    assert result(world, "make_test_call")["connected"]
    assert result(world, "run_speed_test")["rating"] == "good"


ABROAD = {"location": "Portugal"}
BAD_DATA: dict[str, tuple[dict[str, Any], dict[str, Any], float, list[tuple[str, dict[str, Any]]]]] = {
    "mobile data": ({"mobile_data": False}, {}, 0.0, [("toggle_mobile_data", {"on": True})]),
    "data saver": ({"data_saver": True}, {}, 1.5, [("toggle_data_saver", {"on": False})]),
    "VPN": ({"vpn": True}, {}, 1.0, [("disconnect_vpn", {})]),
    "3G": ({"network_mode": "3g_only"}, {}, 2.0, [("set_network_mode", {"mode": "auto"})]),
    "2G": ({"network_mode": "2g_only"}, {}, 0.1, [("set_network_mode", {"mode": "auto"})]),
    "access point": ({"apn": "old"}, {}, 0.0, [("reset_apn", {})]),
    "quota": ({}, {"data_used_gb": 21.0}, 0.1, [("add_data", {"line_id": LINE, "package_id": "boost-2"})]),
    "quota, bigger plan": (
        {},
        {"data_used_gb": 21.0},
        0.1,
        [("change_plan", {"line_id": LINE, "plan_id": "max-unlimited"})],
    ),
    "switch abroad": (ABROAD, {"roaming_enabled": True}, 0.0, [("toggle_data_roaming", {"on": True})]),
    "roaming of the line": (
        {**ABROAD, "data_roaming": True},
        {},
        0.0,
        [("set_roaming", {"line_id": LINE, "enabled": True}), ("restart_phone", {})],
    ),
}


@pytest.mark.parametrize(("phone", "line", "mbps", "steps"), BAD_DATA.values(), ids=BAD_DATA.keys())
def test_data_until_the_cause_is_mended(
    phone: dict[str, Any], line: dict[str, Any], mbps: float, steps: list[tuple[str, dict[str, Any]]]
):
    world = world_with(phone, line)
    assert result(world, "run_speed_test")["mbps"] == mbps
    for tool, arguments in steps:
        assert result(world, "run_speed_test")["rating"] != "good"
        result(world, tool, **arguments)
    assert result(world, "run_speed_test")["rating"] == "good"


@pytest.mark.parametrize(
    ("phone", "sent"),
    [
        ({}, True),
        ({"data_saver": True}, True),
        ({"mms_url": "missing"}, False),
        ({"network_mode": "2g_only"}, False),
        ({"mobile_data": False}, False),
        ({"airplane_mode": True}, False),
    ],
)
def test_pictures_need_data_and_their_address(phone: dict[str, Any], sent: bool):
    assert result(world_with(phone), "send_test_message", kind="picture")["sent"] is sent


def test_pictures_need_two_permissions():
    world = world_with({"messages_sms": False, "messages_storage": False})
    assert not result(world, "send_test_message", kind="text")["sent"]
    result(world, "grant_app_permission", app="messages", permission="sms")
    assert result(world, "send_test_message", kind="text")["sent"]
    assert not result(world, "send_test_message", kind="picture")["sent"]
    result(world, "grant_app_permission", app="messages", permission="storage")
    assert result(world, "send_test_message", kind="picture")["sent"]
    assert result(world, "check_app_permissions", app="messages") == {"sms": True, "storage": True, "network": True}


def test_a_locked_card_takes_its_own_pin_only():
    world = world_with({"sim": "locked", "sim_pin": "4711"})
    assert made(world, "enter_sim_pin", pin="0000").error == "this is not the PIN of the SIM card"
    assert world.changes() == {}


def test_an_outage_cuts_the_home_area_only():
    assert result(world_with(status="outage", until="2026-06-16"), "check_status_bar")["service"] == "none"
    assert result(world_with(status="disturbed"), "run_speed_test")["rating"] == "slow"
    away = world_with({**ABROAD, "data_roaming": True}, {"roaming_enabled": True}, status="outage")
    assert result(away, "run_speed_test")["rating"] == "good"


@pytest.mark.parametrize("phone", [{"sim": "damaged"}, {"radio": "broken"}])
def test_a_broken_phone_stays_broken(phone: dict[str, Any]):
    world = world_with(phone)
    for tool in ("reseat_sim", "restart_phone", "reset_apn"):
        result(world, tool)
    assert result(world, "check_status_bar")["service"] == "none"


@pytest.mark.parametrize("tool", [*MOBILE.user_tools])
def test_without_a_phone_nothing_works(tool: str):
    given = {"on": True, "mode": "auto", "app": "messages", "permission": "sms", "kind": "text", "pin": "0000"}
    takes = MOBILE.user_tools[tool].arguments.model_fields
    world = World(MOBILE)
    assert made(world, tool, **{name: given[name] for name in takes}).error == "there is no phone in hand"
    assert world.changes() == {}


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown number": ("find_user_by_phone_number", {"phone_number": "555-000-0000"}, "no line has the number"),
    "unknown name": (
        "find_user_by_name_birth_date",
        {"first_name": "A", "last_name": "B", "birth_date": "1980-01-01"},
        "no user",
    ),
    "unknown line": ("get_line", {"phone_number": "555"}, "no line has the number 555"),
    "unknown area": ("check_network", {"area_id": "area-x"}, "area area-x not found"),
    "unknown bill": ("get_bill", {"bill_id": "B-0"}, "bill B-0 not found"),
    "unknown plan": ("change_plan", {"line_id": LINE, "plan_id": "huge"}, "plan huge not found"),
    "same plan": ("change_plan", {"line_id": LINE, "plan_id": "plus-20"}, "already"),
    "unknown package": ("add_data", {"line_id": LINE, "package_id": "boost-1"}, "not found"),
    "roaming off already": ("set_roaming", {"line_id": LINE, "enabled": False}, "off already"),
    "resume of an active line": ("resume_line", {"line_id": LINE}, "is not suspended"),
    "no such reason": ("suspend_line", {"line_id": LINE, "reason": "holiday"}, "lost_device"),
    "no SIM card": ("replace_sim", {"line_id": LINE, "sim_id": "204518"}, "not the number of a SIM card"),
    "SIM card in use": ("replace_sim", {"line_id": LINE, "sim_id": LINES[0]["sim_id"]}, "in use"),
    "unknown method": ("pay_bill", {"bill_id": BILL["bill_id"], "payment_id": "card-0"}, "not found"),
    "no such charge": ("dispute_charge", {"bill_id": BILL["bill_id"], "charge_id": "c-99"}, "has no charge"),
    "autopay off already": ("set_autopay", {"user_id": USER["user_id"], "payment_id": None}, "already"),
    "own number": (
        "request_port_in",
        {"user_id": USER["user_id"], "phone_number": NUMBER, "carrier": "x", "port_pin": "123456"},
        "already",
    ),
    "short PIN": (
        "request_port_in",
        {"user_id": USER["user_id"], "phone_number": "555-777-1234", "carrier": "x", "port_pin": "12"},
        "six digits",
    ),
    "free words": ("transfer_to_human", {"reason": "angry"}, "technical_fault"),
    "PIN not asked for": ("enter_sim_pin", {"pin": "0000"}, "does not ask"),
    "no such mode": ("set_network_mode", {"mode": "7g"}, "auto"),
    "no such permission": ("grant_app_permission", {"app": "browser", "permission": "sms"}, "no use for"),
}


@pytest.mark.parametrize(("tool", "arguments", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_calls_change_nothing(world: World, tool: str, arguments: dict[str, Any], words: str):
    assert words in str(made(world, tool, **arguments).error)
    assert world.changes() == {}


def test_a_start_may_set_every_field_of_the_phone():
    assert {*STARTS["device"].model_fields} == {*TABLES["device"]["phone"]} - {"device_id"}
    for table, model in STARTS.items():
        row = next(iter(TABLES[table].values()))
        assert {*model.model_fields} <= {*row}
        assert all(field.description for field in model.model_fields.values())
    MOBILE.check_start({"device/phone": {"line_id": LINE, "sim": "loose"}, DEVICE: {"data_used_gb": 21}})
    with pytest.raises(ValueError, match="sim"):
        MOBILE.check_start({"device/phone": {"sim": "wet"}})
