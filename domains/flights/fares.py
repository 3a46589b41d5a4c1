"""Fares: what the airline charges, in USD; its tools charge exactly this."""

from typing import Any, Literal

from turnwright.database import Row
from turnwright.tool import ToolError

Cabin = Literal["basic", "economy", "business"]
CABINS: tuple[Cabin, ...] = ("basic", "economy", "business")
"""From the lowest to the highest."""
CHANGE_FEE = 45.0
BAG_PRICE = 35.0
INSURANCE_PRICE = 18.5
FREE_BAGS = {"basic": 0, "economy": 1, "business": 2}
MORE_BAGS = {"none": 0, "silver": 1, "gold": 2}
LETTERS = "ABCDEF"
LEGROOM_ROWS, STANDARD_ROWS, REAR_ROWS = range(5, 10), range(10, 20), range(20, 31)


def change_fee(cabin: str, tier: str) -> float:
    """For one passenger and one flight."""
    return CHANGE_FEE if cabin == "economy" and tier != "gold" else 0.0


def bags_price(reservation: Row, tier: str, bags: int) -> float:
    """What a reservation's bags cost when there are so many."""
    free = (FREE_BAGS[reservation["cabin"]] + MORE_BAGS[tier]) * len(reservation["passengers"])
    return round(BAG_PRICE * max(0, bags - free), 2)


def seat_price(seat: str, cabin: str, tier: str) -> float:
    """What a seat costs.

    Raises:
        ToolError: if there is no such seat.
    """
    row = row_of(seat)
    if row in LEGROOM_ROWS:
        return 0.0 if cabin == "business" or tier == "gold" else 29.0
    if row in STANDARD_ROWS:
        return 0.0 if cabin == "business" or tier != "none" else 12.0
    return 0.0


def row_of(seat: str) -> int:
    """The row of a seat such as "12C".

    Raises:
        ToolError: if there is no such seat.
    """
    row, letter = seat[:-1], seat[-1:]
    if not row.isdigit() or letter not in LETTERS or not 5 <= int(row) <= 30:
        raise ToolError(f"there is no seat {seat}")
    return int(row)


def fare(flights: list[Row], cabin: str, passengers: int) -> float:
    """What the seats on these flights cost for so many passengers, at today's prices."""
    return round(sum(flight["prices"][cabin] for flight in flights) * passengers, 2)


def settled(amount: float, payment_id: str) -> dict[str, Any]:
    """The part of an answer that tells what was charged or refunded."""
    if amount >= 0:
        return {"charged": amount, "charged_to": payment_id}
    return {"refunded": -amount, "refunded_to": payment_id}
