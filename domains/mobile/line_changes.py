"""Line changes: the WRITE tools for a single line: plan, data, roaming, suspension, SIM card and moving away."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from domains.mobile.lookups import LineId
from domains.mobile.offers import RECONNECTION_FEE, ROAMING_DAY_PRICE, SIM_FEE
from turnwright.tool import ToolError, writes
from turnwright.world import World


def _charge(world: World, line_id: str, text: str, amount: float) -> dict[str, Any]:
    """Put a fee on the next bill; gives the part of an answer that tells it."""
    fee_id = world.new_id("fees", f"fee-{line_id.removeprefix('L-')}-")
    day = world.now.date().isoformat()
    world.insert("fees", fee_id, {"fee_id": fee_id, "line_id": line_id, "text": text, "amount": amount, "at": day})
    return {"charged": amount, "charged_to": "next bill"}


@writes
def change_plan(
    world: World, line_id: LineId, plan_id: Annotated[str, "id of the new plan, such as plus-20"]
) -> dict[str, Any]:
    """Put a line on another plan from today on; what was used this month counts against the new data."""
    line, new = world.require("lines", line_id), world.require("plans", plan_id)
    if line["plan_id"] == plan_id:
        raise ToolError(f"line {line_id} has the plan {plan_id} already")
    former = world.require("plans", line["plan_id"])
    world.update("lines", line_id, plan_id=plan_id)
    return {
        "line_id": line_id,
        "plan_id": plan_id,
        "name": new["name"],
        "price": new["price"],
        "former_price": former["price"],
        "price_difference": round(new["price"] - former["price"], 2),
        "data_gb": new["data_gb"],
        "from": world.now.date().isoformat(),
    }


@writes
def add_data(
    world: World, line_id: LineId, package_id: Annotated[str, "id of the data package, such as boost-5"]
) -> dict[str, Any]:
    """Add a package of data to a line for the current month; its price goes on the next bill."""
    line, package = world.require("lines", line_id), world.require("packages", package_id)
    plan = world.require("plans", line["plan_id"])
    if plan["data_gb"] is None:
        raise ToolError(f"the plan {line['plan_id']} has no limit of data")
    extra = round(line["extra_data_gb"] + package["data_gb"], 2)
    world.update("lines", line_id, extra_data_gb=extra, top_ups=line["top_ups"] + 1)
    fee = _charge(world, line_id, package["name"], package["price"])
    left = max(0.0, round(plan["data_gb"] + extra - line["data_used_gb"], 2))
    return {"line_id": line_id, "package_id": package_id, "left_gb": left, **fee}


@writes
def set_roaming(
    world: World, line_id: LineId, enabled: Annotated[bool, "true to allow it, false to forbid it"]
) -> dict[str, Any]:
    """Allow or forbid a line to be used for data abroad; the phone learns of it when it is restarted."""
    line = world.require("lines", line_id)
    if line["roaming_enabled"] == enabled:
        raise ToolError(f"roaming of line {line_id} is {'on' if enabled else 'off'} already")
    world.update("lines", line_id, roaming_enabled=enabled, provisioned=line["provisioned"] + 1)
    return {"line_id": line_id, "roaming_enabled": enabled, "day_price": ROAMING_DAY_PRICE}


@writes
def suspend_line(
    world: World,
    line_id: LineId,
    reason: Annotated[Literal["lost_device", "customer_request"], "why the line is suspended"],
) -> dict[str, Any]:
    """Suspend an active line: no calls, messages or data until it is resumed. It costs nothing."""
    if world.require("lines", line_id)["status"] != "active":
        raise ToolError(f"line {line_id} is suspended already")
    world.update("lines", line_id, status="suspended", suspension_reason=reason)
    return {"line_id": line_id, "status": "suspended", "suspension_reason": reason}


@writes
def resume_line(world: World, line_id: LineId) -> dict[str, Any]:
    """Resume a suspended line; the phone learns of it when it is restarted.

    After a suspension for an overdue bill a reconnection fee goes on the next bill.
    """
    line = world.require("lines", line_id)
    if line["status"] != "suspended":
        raise ToolError(f"line {line_id} is not suspended")
    world.update("lines", line_id, status="active", suspension_reason=None, provisioned=line["provisioned"] + 1)
    overdue = line["suspension_reason"] == "overdue_bill"
    fee = _charge(world, line_id, "reconnection", RECONNECTION_FEE) if overdue else {}
    return {"line_id": line_id, "status": "active", **fee}


@writes
def replace_sim(
    world: World, line_id: LineId, sim_id: Annotated[str, "number printed on the new SIM card, such as SIM-204518"]
) -> dict[str, Any]:
    """Move a line to a new SIM card; the former one stops working. The phone has to be restarted with the new one."""
    line = world.require("lines", line_id)
    if not (sim_id.startswith("SIM-") and sim_id[4:].isdecimal() and len(sim_id) == len("SIM-204518")):
        raise ToolError(f"{sim_id!r} is not the number of a SIM card")
    if world.find("lines", "sim_id", sim_id):
        raise ToolError(f"SIM card {sim_id} is in use already")
    world.update("lines", line_id, sim_id=sim_id, provisioned=line["provisioned"] + 1)
    return {"line_id": line_id, "sim_id": sim_id, **_charge(world, line_id, "SIM card", SIM_FEE)}


@writes
def issue_port_out_pin(world: World, line_id: LineId) -> dict[str, Any]:
    """Issue the PIN with which another carrier can take over the number of a line; it is valid for seven days."""
    line = world.require("lines", line_id)
    if world.get("port_pins", line_id) is not None:
        raise ToolError(f"line {line_id} has a PIN already")
    digits = sum((place + 3) * ord(sign) for place, sign in enumerate(line["phone_number"] + line_id))
    pin = {
        "line_id": line_id,
        "pin": f"{digits * 7919 % 900000 + 100000}",
        "valid_until": (world.now.date() + timedelta(days=7)).isoformat(),
    }
    return world.insert("port_pins", line_id, pin)
