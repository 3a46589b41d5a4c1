"""Accounts: the WRITE tools for bills and payment, for numbers that move in, and the hand-over to a human."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from domains.mobile.lookups import BillId, PhoneNumber, UserId
from domains.settling import summed
from turnwright.database import Row
from turnwright.dialogue import Changes
from turnwright.tool import ToolError, hands_over, writes
from turnwright.world import World


def settled(changes: Changes) -> Changes:
    """What was paid by bill and payment method, and the fees by line and what they are for."""
    paid = summed(changes, "payments", "payment_row_id", ("bill_id", "payment_id"))
    return summed(paid, "fees", "fee_id", ("line_id", "text"))


PaymentId = Annotated[str, "id of the payment method, such as card-31 or bank-12"]


@writes
def pay_bill(world: World, bill_id: BillId, payment_id: PaymentId) -> dict[str, Any]:
    """Pay the whole total of an open or overdue bill with a payment method."""
    bill = world.require("bills", bill_id)
    world.require("payment_methods", payment_id)
    if bill["status"] == "paid":
        raise ToolError(f"bill {bill_id} is paid already")
    key = world.new_id("payments", f"pay-{bill_id.removeprefix('B-')}-")
    payment = {"payment_row_id": key, "bill_id": bill_id, "payment_id": payment_id, "amount": bill["total"]}
    world.insert("payments", key, {**payment, "at": world.now.date().isoformat()})
    world.update("bills", bill_id, status="paid", paid_with=payment_id)
    return {"bill_id": bill_id, "status": "paid", "charged": bill["total"], "charged_to": payment_id}


@writes
def set_autopay(
    world: World,
    user_id: UserId,
    payment_id: Annotated[str | None, "id of the payment method that pays all later bills; None to switch it off"],
) -> dict[str, Any]:
    """Have all bills from the next one on paid on their due date; open bills are not touched."""
    user = world.require("users", user_id)
    if payment_id is not None:
        world.require("payment_methods", payment_id)
    if user["autopay"] == payment_id:
        raise ToolError("autopay is set like that already")
    world.update("users", user_id, autopay=payment_id)
    return {"user_id": user_id, "autopay": payment_id}


@writes
def dispute_charge(
    world: World, bill_id: BillId, charge_id: Annotated[str, "id of the charge inside the bill, such as c-2"]
) -> dict[str, Any]:
    """Open a ticket about a charge that the user does not recognise; billing answers it within ten days."""
    bill = world.require("bills", bill_id)
    charge = next((one for one in bill["charges"] if one["charge_id"] == charge_id), None)
    if charge is None:
        raise ToolError(f"bill {bill_id} has no charge {charge_id}")
    if any(ticket["charge_id"] == charge_id for ticket in world.find("tickets", "bill_id", bill_id)):
        raise ToolError(f"charge {charge_id} of bill {bill_id} has a ticket already")
    ticket_id = world.new_id("tickets", f"T-{bill_id.removeprefix('B-')}-")
    answer_by = (world.now.date() + timedelta(days=10)).isoformat()
    ticket = {"ticket_id": ticket_id, "bill_id": bill_id, "charge_id": charge_id, "amount": charge["amount"]}
    return world.insert("tickets", ticket_id, {**ticket, "answer_by": answer_by})


@writes
def request_port_in(
    world: World,
    user_id: UserId,
    phone_number: PhoneNumber,
    carrier: Annotated[str, "name of the carrier that has the number now"],
    port_pin: Annotated[str, "the PIN that this carrier issued, six digits"],
) -> Row:
    """Ask another carrier for a number that the user wants to bring along; it works here from the given day on."""
    world.require("users", user_id)
    if world.find("lines", "phone_number", phone_number):
        raise ToolError(f"{phone_number} is a number of this network already")
    if not (port_pin.isdecimal() and len(port_pin) == 6):
        raise ToolError(f"{port_pin!r} is not a PIN of six digits")
    if world.find("port_requests", "phone_number", phone_number):
        raise ToolError(f"{phone_number} is requested already")
    request_id = world.new_id("port_requests", f"P-{phone_number[-4:]}-")
    works_from = (world.now.date() + timedelta(days=3)).isoformat()
    request = {"port_request_id": request_id, "user_id": user_id, "phone_number": phone_number, "carrier": carrier}
    return world.insert("port_requests", request_id, {**request, "works_from": works_from})


@hands_over
def transfer_to_human(
    world: World,
    reason: Annotated[
        Literal["technical_fault", "fraud_hold", "fraud_suspicion", "legal_threat"], "why a human must take over"
    ],
) -> dict[str, Any]:
    """Hand the conversation over to a human colleague. It ends the conversation for you."""
    return {"transferred": True, "reason": reason}
