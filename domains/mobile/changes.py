"""Changes: the WRITE tools of the network, and the hand-over to a human."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from domains.mobile.lookups import BillId, PhoneNumber, allowance
from turnwright.database import Row
from turnwright.tool import ToolError, hands_over, writes
from turnwright.world import World

PaymentId = Annotated[str, "id of the payment method, such as card-31 or bank-12"]
PIN_DAYS = 7
SIM_DAYS = 3


def _pay(world: World, phone_number: str, payment_id: str, amount: float, purpose: str) -> None:
    """Book a payment in USD.

    Raises:
        ToolError: if there is no such method.
    """
    world.require("payment_methods", payment_id)
    key = world.new_id("payments", f"pay-{phone_number}-")
    payment = {"payment_row_id": key, "phone_number": phone_number, "payment_id": payment_id, "amount": amount}
    world.insert("payments", key, {**payment, "purpose": purpose, "at": world.now.date().isoformat()})


def _register_anew(world: World, line: Row) -> int:
    """The line's next registration: a phone has no service until it knows it, which takes a restart."""
    return line["registration"] + 1


def _day(world: World, days: int) -> str:
    return (world.now.date() + timedelta(days=days)).isoformat()


@writes
def change_plan(
    world: World, phone_number: PhoneNumber, plan_id: Annotated[str, "id of the new plan, such as plus"]
) -> dict[str, Any]:
    """Change the plan of a line, valid at once."""
    line, plan = world.require("lines", phone_number), world.require("plans", plan_id)
    if line["plan_id"] == plan_id:
        raise ToolError(f"line {phone_number} is on the plan {plan['name']} already")
    changed = world.update("lines", phone_number, plan_id=plan_id)
    allowed = {"data_allowed_gb": allowance(world, changed)}
    return {"phone_number": phone_number, "plan": plan["name"], "price": plan["price"], **allowed}


@writes
def pay_bill(world: World, bill_id: BillId, payment_id: PaymentId) -> dict[str, Any]:
    """Pay the whole of an open or overdue bill."""
    bill = world.require("bills", bill_id)
    if bill["status"] == "paid":
        raise ToolError(f"bill {bill_id} is paid already")
    world.update("bills", bill_id, status="paid")
    _pay(world, bill["phone_number"], payment_id, bill["total"], bill_id)
    return {"bill_id": bill_id, "paid": bill["total"], "paid_with": payment_id, "status": "paid"}


@writes
def add_data(
    world: World,
    phone_number: PhoneNumber,
    package_id: Annotated[str, "id of the data package, such as data-5"],
    payment_id: PaymentId,
) -> dict[str, Any]:
    """Add a data package to a line for this month."""
    line, package = world.require("lines", phone_number), world.require("packages", package_id)
    changed = world.update("lines", phone_number, data_extra_gb=round(line["data_extra_gb"] + package["gb"], 1))
    _pay(world, phone_number, payment_id, package["price"], package_id)
    left = round(max(0.0, allowance(world, changed) - line["data_used_gb"]), 1)
    return {"phone_number": phone_number, "paid": package["price"], "paid_with": payment_id, "data_left_gb": left}


@writes
def suspend_line(
    world: World,
    phone_number: PhoneNumber,
    reason: Annotated[Literal["lost_phone", "customer_request"], "why it is suspended"],
) -> dict[str, Any]:
    """Suspend a line: nobody can use it until it is resumed."""
    if world.require("lines", phone_number)["status"] == "suspended":
        raise ToolError(f"line {phone_number} is suspended already")
    world.update("lines", phone_number, status="suspended", suspension=reason)
    return {"phone_number": phone_number, "status": "suspended", "since": world.now.date().isoformat()}


@writes
def resume_line(world: World, phone_number: PhoneNumber) -> dict[str, Any]:
    """Resume a suspended line; its phone has to be restarted."""
    line = world.require("lines", phone_number)
    if line["status"] != "suspended":
        raise ToolError(f"line {phone_number} is not suspended")
    registration = _register_anew(world, line)
    world.update("lines", phone_number, status="active", suspension=None, registration=registration)
    return {"phone_number": phone_number, "status": "active"}


@writes
def set_roaming(world: World, phone_number: PhoneNumber, on: Annotated[bool, "whether it can be used abroad"]) -> Row:
    """Switch a line on for use abroad, or off; its phone has to be restarted."""
    line = world.require("lines", phone_number)
    if line["roaming"] == on:
        raise ToolError(f"roaming of line {phone_number} is {'on' if on else 'off'} already")
    world.update("lines", phone_number, roaming=on, registration=_register_anew(world, line))
    return Row({"phone_number": phone_number, "roaming": on})


@writes
def give_transfer_pin(world: World, phone_number: PhoneNumber) -> dict[str, Any]:
    """Give the PIN with which a number can be taken to another network."""
    line = world.require("lines", phone_number)
    if any(pin["phone_number"] == phone_number for pin in world.find("transfer_pins", "phone_number", phone_number)):
        raise ToolError(f"line {phone_number} has a transfer PIN already")
    key = f"pin-{phone_number}"
    pin = f"{int(phone_number.removeprefix('555-')) * 7919 % 9000 + 1000}"
    row = {"pin_id": key, "phone_number": line["phone_number"], "pin": pin, "valid_until": _day(world, PIN_DAYS)}
    world.insert("transfer_pins", key, row)
    return row


@writes
def replace_sim(world: World, phone_number: PhoneNumber) -> dict[str, Any]:
    """Send a new SIM card for a line to the address of the account."""
    line = world.require("lines", phone_number)
    key = world.new_id("sim_orders", f"sim-{phone_number}-")
    address = world.require("users", line["user_id"])["address"]
    row = {"sim_order_id": key, "phone_number": phone_number, "address": address, "arrives": _day(world, SIM_DAYS)}
    world.insert("sim_orders", key, row)
    return row


@writes
def update_email(
    world: World, user_id: Annotated[str, "id of the customer"], email: Annotated[str, "the new email address"]
) -> dict[str, Any]:
    """Change the email to which bills are sent."""
    world.require("users", user_id)
    email = email.strip().lower()
    if "@" not in email:
        raise ToolError(f"{email!r} is not an email address")
    world.update("users", user_id, email=email)
    return {"user_id": user_id, "email": email}


@hands_over
def transfer_to_human(
    world: World,
    reason: Annotated[Literal["device_fault", "fraud_suspicion", "legal_threat"], "why a human must take over"],
) -> dict[str, Any]:
    """Hand the conversation over to a human colleague. It ends the conversation for you."""
    return {"transferred": True, "reason": reason}
