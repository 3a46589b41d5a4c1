"""Fares: the numbers of policy.md, and the arithmetic over them. The tools do not hold to these; the policy does."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

CABINS = ("basic_economy", "economy", "business")
FREE_BAGS = {
    "none": {"basic_economy": 0, "economy": 1, "business": 2},
    "silver": {"basic_economy": 1, "economy": 2, "business": 3},
    "gold": {"basic_economy": 2, "economy": 3, "business": 4},
}
"""Per passenger, by tier of the account and cabin."""
BAG_PRICE = 35.0
MOST_BAGS = 5
"""Per passenger, free ones included."""
CHANGE_FEE = {"none": 60.0, "silver": 30.0, "gold": 0.0}
"""Per passenger in economy, by tier."""
SEAT_FEE = {"business": 0.0, "front": 18.0, "legroom": 32.5, "standard": 8.5}
FREE_SEATS = {"none": (), "silver": ("standard",), "gold": ("standard", "front")}
EXIT_ROW_AGE = 16
INSURANCE_PRICE = 24.5
INSURANCE_DAYS = 7
MINOR_AGE = 14
DELAY_MINUTES = 180
DELAY_PAYS, CANCELLATION_PAYS = 50.0, 100.0
REBOOKING_DAYS = 3
SPELLING = 3
"""Letters of a passenger's name that a correction may touch."""
GONE = frozenset({"departed", "landed"})

Row = Mapping[str, Any]


def age_on(birth_date: str, day: date) -> int:
    born = date.fromisoformat(birth_date)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def travels_alone(passengers: Any, now: datetime) -> bool:
    """Whether all of them are minors."""
    return all(age_on(one["birth_date"], now.date()) < MINOR_AGE for one in passengers)


def booked_within_a_day(reservation: Row, now: datetime) -> bool:
    return now - datetime.fromisoformat(reservation["booked_at"]) <= timedelta(hours=24)


def grounds(reservation: Row, now: datetime, *, airline_cancelled: bool) -> list[str]:
    """On what a reservation can be cancelled, in the policy's order; insurance if it could cover a reason."""
    found = {
        "within_24_hours": booked_within_a_day(reservation, now),
        "airline_cancelled": airline_cancelled,
        "business": reservation["cabin"] == "business",
        "insurance": reservation["insurance"],
    }
    return [name for name, holds in found.items() if holds]


def bags_to_pay(reservation: Row, tier: str, added: int) -> int:
    """How many of the bags that are added cost something."""
    free = FREE_BAGS[tier][reservation["cabin"]] * len(reservation["passengers"])
    return max(0, reservation["bags"] + added - max(free, reservation["bags"]))


def change_fee(reservation: Row, tier: str, *, airline_cancelled: bool) -> float:
    """For all passengers together, in USD."""
    if airline_cancelled or reservation["cabin"] == "business":
        return 0.0
    return round(CHANGE_FEE[tier] * len(reservation["passengers"]), 2)


def seat_fee(kind: str, cabin: str, tier: str) -> float:
    return 0.0 if cabin == "business" or kind in FREE_SEATS[tier] else SEAT_FEE[kind]


def insurable(reservation: Row, first_departure: str, now: datetime) -> bool:
    """Whether it is early enough: by the days since booking and the hours before the first flight."""
    booked = datetime.fromisoformat(reservation["booked_at"]).date()
    early = datetime.fromisoformat(first_departure) - now >= timedelta(hours=24)
    return early and (now.date() - booked).days <= INSURANCE_DAYS


def compensation(reservation: Row, flight: Row, tier: str) -> float:
    """What the flight of the reservation entitles its user to, in USD; 0.0 for nothing."""
    if tier == "none" and not reservation["insurance"] and reservation["cabin"] != "business":
        return 0.0
    each = DELAY_PAYS if flight["delay_minutes"] >= DELAY_MINUTES else 0.0
    each = CANCELLATION_PAYS if flight["status"] == "cancelled" else each
    return round(each * len(reservation["passengers"]), 2)


def edits(old: str, new: str) -> int:
    """How many letters have to be put in, taken out or replaced to make one name of the other."""
    row = list(range(len(new) + 1))
    for at, letter in enumerate(old, start=1):
        before, row[0] = row[0], at
        for place, other in enumerate(new, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != other))
    return row[-1]


def letters_touched(passenger: Row, first_name: str, last_name: str) -> int:
    """What a correction of a passenger's name touches, in first and last name together."""
    return edits(passenger["first_name"], first_name) + edits(passenger["last_name"], last_name)


def full_name(passenger: Row) -> str:
    return f"{passenger['first_name']} {passenger['last_name']}"
