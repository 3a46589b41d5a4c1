"""Lookups: the READ tools of the network's assistant."""

from typing import Annotated, Any

from domains.identifying import user_with_name
from domains.mobile.network import quota_of, used_up
from turnwright.database import Row
from turnwright.tool import ToolError, reads
from turnwright.world import World

UserId = Annotated[str, "id of the user, such as u_204"]
LineId = Annotated[str, "id of the line, such as L-204"]
BillId = Annotated[str, "id of the bill, such as B-3104"]


def _identity(user: Row) -> dict[str, Any]:
    return {name: user[name] for name in ("user_id", "first_name", "last_name")}


def _line_with(world: World, phone_number: str) -> Row:
    found = world.find("lines", "phone_number", phone_number.strip())
    if not found:
        raise ToolError(f"no line has the number {phone_number}")
    return found[0]


PhoneNumber = Annotated[str, "phone number with its dashes, such as 555-014-4821"]


@reads
def find_user_by_phone_number(world: World, phone_number: PhoneNumber) -> dict[str, Any]:
    """Identify a user by the number of one of their lines. Gives the user id and name."""
    return _identity(world.require("users", _line_with(world, phone_number)["user_id"]))


@reads
def find_user_by_name_birth_date(
    world: World,
    first_name: Annotated[str, "first name of the user"],
    last_name: Annotated[str, "last name of the user"],
    birth_date: Annotated[str, "birth date of the user, YYYY-MM-DD"],
) -> dict[str, Any]:
    """Identify a user by first name, last name and birth date, where they do not know a number of theirs."""
    return _identity(user_with_name(world, first_name, last_name, "birth_date", birth_date))


@reads
def get_user(world: World, user_id: UserId) -> Row:
    """A user's profile: name, email, birth date, address, and the payment method of autopay (None if it is off)."""
    return world.require("users", user_id)


@reads
def list_lines(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All lines of a user: id, number, the label that the user gave it, plan and status."""
    world.require("users", user_id)
    names = ("line_id", "phone_number", "label", "plan_id", "status")
    return [{name: line[name] for name in names} for line in world.find("lines", "user_id", user_id)]


@reads
def get_line(world: World, phone_number: PhoneNumber) -> Row:
    """One line in full by its number.

    Its user, plan, status and reason of a suspension, roaming, data, contract, SIM card and home area.
    """
    return _line_with(world, phone_number)


@reads
def get_data_usage(world: World, line_id: LineId) -> dict[str, Any]:
    """The data of a line this month in GB: used, allowed (None for no limit), left, and how many top-ups it had."""
    line = world.require("lines", line_id)
    plan = world.require("plans", line["plan_id"])
    quota = quota_of(line, plan)
    return {
        "line_id": line_id,
        "used_gb": line["data_used_gb"],
        "allowed_gb": quota,
        "left_gb": None if quota is None else max(0.0, round(quota - line["data_used_gb"], 2)),
        "used_up": used_up(line, plan),
        "top_ups": line["top_ups"],
    }


@reads
def list_plans(world: World) -> list[Row]:
    """All plans: id, name, price and data per month (None for no limit), roaming, and whether it is still sold."""
    return [*world.domain.database.tables["plans"].values()]


@reads
def list_data_packages(world: World) -> list[Row]:
    """All packages of extra data for the current month: id, name, GB and price."""
    return [*world.domain.database.tables["packages"].values()]


@reads
def list_bills(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All bills of a user, newest first: id, date, due date, status (paid, open or overdue) and total."""
    world.require("users", user_id)
    bills = sorted(world.find("bills", "user_id", user_id), key=lambda bill: bill["issued"], reverse=True)
    return [{name: bill[name] for name in ("bill_id", "issued", "due", "status", "total")} for bill in bills]


@reads
def get_bill(world: World, bill_id: BillId) -> Row:
    """One bill in full: its user, dates, status, and each charge with id, line, text and amount."""
    return world.require("bills", bill_id)


@reads
def list_payment_methods(world: World, user_id: UserId) -> list[Row]:
    """A user's payment methods with the last day on which they are valid."""
    world.require("users", user_id)
    return world.find("payment_methods", "user_id", user_id)


@reads
def check_network(world: World, area_id: Annotated[str, "id of the home area, such as area-reno-nv"]) -> Row:
    """The state of the network in an area: ok, disturbed (slow data) or outage (no service), and until when."""
    return world.require("areas", area_id)
