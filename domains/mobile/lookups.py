"""Lookups: the READ tools of the network."""

from typing import Annotated, Any

from turnwright.database import Row
from turnwright.tool import ToolError, reads
from turnwright.world import World

PhoneNumber = Annotated[str, "number of the line, such as 555-2041"]
UserId = Annotated[str, "id of the customer, such as u_204"]
BillId = Annotated[str, "id of the bill, such as B-1204"]
BirthDate = Annotated[str, "birth date as YYYY-MM-DD"]


def _identity(user: Row) -> dict[str, Any]:
    return {name: user[name] for name in ("user_id", "first_name", "last_name")}


@reads
def find_user_by_phone_number(world: World, phone_number: PhoneNumber, birth_date: BirthDate) -> dict[str, Any]:
    """Identify a customer by the number of one of their lines and their birth date."""
    line = world.get("lines", phone_number.strip())
    user = world.get("users", line["user_id"]) if line else None
    if user is None or user["birth_date"] != birth_date.strip():
        raise ToolError("no customer with this number and birth date")
    return _identity(user)


@reads
def find_user_by_name_birth_date(
    world: World,
    first_name: Annotated[str, "first name of the customer"],
    last_name: Annotated[str, "last name of the customer"],
    birth_date: BirthDate,
) -> dict[str, Any]:
    """Identify a customer by first name, last name and birth date."""
    wanted = (first_name.strip().lower(), last_name.strip().lower())
    for user in world.find("users", "birth_date", birth_date.strip()):
        if (user["first_name"].lower(), user["last_name"].lower()) == wanted:
            return _identity(user)
    raise ToolError("no customer with this name and birth date")


@reads
def get_user(world: World, user_id: UserId) -> Row:
    """A customer's profile: name, email, birth date, address."""
    return world.require("users", user_id)


@reads
def list_lines(world: World, user_id: UserId) -> list[dict[str, Any]]:
    """All lines of a customer: number, plan, status."""
    world.require("users", user_id)
    return [
        {
            "phone_number": line["phone_number"],
            "plan": world.require("plans", line["plan_id"])["name"],
            "status": line["status"],
        }
        for line in world.find("lines", "user_id", user_id)
    ]


@reads
def get_line(world: World, phone_number: PhoneNumber) -> dict[str, Any]:
    """One line in full: its customer, plan, contract, status and its reason, roaming, data used and allowed."""
    line = world.require("lines", phone_number)
    plan = world.require("plans", line["plan_id"])
    shown = {name: value for name, value in line.items() if name != "registration"}
    return {**shown, "plan": plan["name"], "price": plan["price"], "data_allowed_gb": allowance(world, line)}


def allowance(world: World, line: Row) -> float:
    """GB that the line may use this month."""
    return round(world.require("plans", line["plan_id"])["data_gb"] + line["data_extra_gb"], 1)


@reads
def list_plans(world: World) -> list[Row]:
    """All plans: name, monthly price, data in GB."""
    return list(world.domain.database.tables["plans"].values())


@reads
def list_data_packages(world: World) -> list[Row]:
    """The data packages that can be added to a line for this month."""
    return list(world.domain.database.tables["packages"].values())


@reads
def list_bills(world: World, phone_number: PhoneNumber) -> list[dict[str, Any]]:
    """All bills of a line, newest first: id, month, total, due date, status (open, overdue or paid)."""
    world.require("lines", phone_number)
    bills = sorted(world.find("bills", "phone_number", phone_number), key=lambda bill: bill["month"], reverse=True)
    return [{name: bill[name] for name in ("bill_id", "month", "total", "due", "status")} for bill in bills]


@reads
def get_bill(world: World, bill_id: BillId) -> Row:
    """One bill in full: its customer and line, its charges, total, due date, status."""
    return world.require("bills", bill_id)


@reads
def list_payment_methods(world: World, user_id: UserId) -> list[Row]:
    """The payment methods of a customer."""
    world.require("users", user_id)
    return world.find("payment_methods", "user_id", user_id)


@reads
def check_network(world: World, city: Annotated[str, "city, such as Boise"]) -> Row:
    """Whether the network in a city works, or until when an outage is expected to last."""
    return world.require("areas", city.strip().title())
