"""Offers: the plans and data packages of the network, as the seed writes them, and the fees that its tools charge."""

from typing import Any

RECONNECTION_FEE = 10.0
"""USD, for resuming a line that was suspended for an overdue bill."""
SIM_FEE = 8.0
"""USD, for a new SIM card."""
ROAMING_DAY_PRICE = 6.0
"""USD, for each day on which a line is used abroad."""


def _plan(plan_id: str, name: str, price: float, data_gb: float | None, *, roaming: bool = True) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "name": name,
        "price": price,
        "data_gb": data_gb,
        "speed_mbps": 60.0 if price < 30 else 150.0,
        "roaming": roaming,
        "status": "retired" if plan_id.startswith("classic") else "sold",
    }


def _package(package_id: str, name: str, data_gb: float, price: float) -> dict[str, Any]:
    return {"package_id": package_id, "name": name, "data_gb": data_gb, "price": price}


PLANS = {
    plan["plan_id"]: plan
    for plan in (
        _plan("starter-3", "Starter 3", 14.0, 3.0, roaming=False),
        _plan("student-12", "Student 12", 19.5, 12.0),
        _plan("basic-8", "Basic 8", 22.0, 8.0),
        _plan("classic-5", "Classic 5", 24.5, 5.0, roaming=False),
        _plan("plus-20", "Plus 20", 33.0, 20.0),
        _plan("travel-25", "Travel 25", 41.5, 25.0),
        _plan("family-40", "Family 40", 47.0, 40.0),
        _plan("max-unlimited", "Max Unlimited", 62.0, None),
    )
}
PACKAGES = {
    package["package_id"]: package
    for package in (
        _package("boost-2", "Boost 2", 2.0, 5.0),
        _package("boost-5", "Boost 5", 5.0, 10.5),
        _package("boost-10", "Boost 10", 10.0, 17.0),
    )
}
