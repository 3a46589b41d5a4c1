"""Seed: writes the airline's database.json, the same bytes on every run (`python -m domains.flights.seed`)."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from domains.flights import DATABASE_FILE, NOW
from domains.flights.fares import INSURANCE_PRICE, bags_price
from domains.flights.routes import HUBS, SPOKES
from domains.seeding import FIRST_NAMES, Tables, person, written
from turnwright.database import Row

USERS = 540
FIRST_DAY, DAYS = -12, 40
CARDS = ("Visa", "Mastercard", "Amex", "Discover")


def build() -> Tables:
    """All tables of the airline, by id."""
    random = Random(20260617)
    names = ("users", "payment_methods", "certificates", "flights", "seats", "reservations", "payments")
    tables: Tables = {name: {} for name in names}
    _add_flights(tables, random)
    codes = _codes(random)
    taken: set[tuple[str, str]] = set()
    for number in range(100, 100 + USERS):
        user_id = f"u_{number}"
        tier = random.choices(("none", "silver", "gold"), (58, 27, 15))[0]
        user = {"user_id": user_id, **person(random, taken), "birth_date": _birth_date(random), "tier": tier}
        tables["users"][user_id] = user
        _add_payment_methods(tables, user_id, random)
        _add_reservations(tables, user, codes, random)
    return tables


def _codes(random: Random) -> Any:
    seen: set[str] = set()
    while True:
        code = random.choice("ABCDFGHJKLM") + "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=3))
        code += str(random.randint(2, 9)) + random.choice("BCDFGHJKLMNPQRSTVWXZ")
        if code not in seen:
            seen.add(code)
            yield code


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _birth_date(random: Random) -> str:
    return (date(1948, 1, 1) + timedelta(days=random.randint(0, 55 * 365))).isoformat()


def _add_flights(tables: Tables, random: Random) -> None:
    """Each hub flies to each spoke and back once a day, at the same times."""
    number = 101
    for hub in HUBS:
        for spoke in SPOKES:
            for origin, destination in ((hub, spoke), (spoke, hub)):
                hour, minute, length = random.randint(6, 20), random.choice((0, 15, 30, 45)), random.randint(80, 220)
                base = random.randint(70, 260) + random.choice((0.0, 0.4, 0.9))
                for offset in range(FIRST_DAY, FIRST_DAY + DAYS, 2):
                    day = offset + number % 2
                    row = _flight(f"TW{number}", origin, destination, day, (hour, minute, length), base, random)
                    tables["flights"][row["flight_id"]] = row
                number += 1


def _flight(
    number: str, origin: str, destination: str, day: int, times: tuple[int, int, int], base: float, random: Random
) -> dict[str, Any]:
    departs = datetime(2026, 1, 1, times[0], times[1])
    status, delay = ("scheduled", 0)
    if day < 0:
        status = random.choices(("landed", "cancelled"), (86, 14))[0]
        delay = random.choices((0, random.randint(5, 90), random.randint(181, 400)), (45, 25, 30))[0]
    elif random.random() < 0.09:
        status = "cancelled"
    price = round(base * random.choice((0.85, 1.0, 1.0, 1.15, 1.3)), 1)
    return {
        "flight_id": f"{number}@{_day(day)}",
        "number": number,
        "from": origin,
        "to": destination,
        "date": _day(day),
        "departs": f"{departs:%H:%M}",
        "arrives": f"{departs + timedelta(minutes=times[2]):%H:%M}",
        "status": status,
        "delay_minutes": delay if status == "landed" else 0,
        "prices": {"basic": price, "economy": round(price * 1.3, 2), "business": round(price * 2.7, 2)},
        "seats_left": {"economy": random.choice((0, 3, 9, 24, 61)), "business": random.choice((0, 2, 5, 11))},
    }


def _add_payment_methods(tables: Tables, user_id: str, random: Random) -> None:
    """One or two cards, and for a third of the users a certificate."""
    for kind in ["card"] * random.choice((1, 1, 2)) + ["certificate"] * random.choice((0, 0, 1)):
        payment_id = f"{'card' if kind == 'card' else 'cert'}-{11 + len(tables['payment_methods'])}"
        label = f"certificate {payment_id}"
        if kind == "card":
            label = f"{random.choice(CARDS)} ending {random.randint(0, 9999):04d}"
        else:
            balance, days = random.choice((60.0, 120.0, 240.0, 87.5, 400.0)), random.choice((-40, 30, 90, 200, 300))
            row = {"certificate_id": payment_id, "user_id": user_id, "balance": balance, "expires": _day(days)}
            tables["certificates"][payment_id] = row
        method = {"payment_id": payment_id, "user_id": user_id, "kind": kind, "label": label}
        tables["payment_methods"][payment_id] = method


def _add_reservations(tables: Tables, user: dict[str, Any], codes: Any, random: Random) -> None:
    """Two to four, no two of them to the same city."""
    past = [row for row in tables["flights"].values() if row["date"] < _day(0)]
    coming = [row for row in tables["flights"].values() if row["date"] > _day(1)]
    cities: set[str] = set()
    for _ in range(random.choices((2, 3, 4), (50, 35, 15))[0]):
        flown = random.random() < 0.34
        flight = random.choice(past if flown else coming)
        if flight["to"] in cities:
            continue
        cities.add(flight["to"])
        flights = [flight]
        back = [
            row
            for row in coming
            if not flown and (row["from"], row["to"]) == (flight["to"], flight["from"]) and row["date"] > flight["date"]
        ]
        if back and random.random() < 0.3 and flight["from"] not in cities:
            flights.append(random.choice(back))
            cities.add(flight["from"])
        _add_reservation(tables, user, next(codes), flights, random)


def _add_reservation(
    tables: Tables, user: dict[str, Any], code: str, flights: list[dict[str, Any]], random: Random
) -> None:
    flown = flights[0]["date"] < _day(0)
    cabin = random.choices(("basic", "economy", "business"), (33, 47, 20))[0]
    first = NOW - timedelta(days=20) if flown else NOW
    minutes = random.choice(((30, 1300), (1500, 9500), (11000, 80000)))
    age = timedelta(minutes=random.randint(*minutes))
    passengers = [_passenger(1, user["first_name"], user["last_name"])]
    for number in range(2, 2 + random.choices((0, 1, 2), (60, 30, 10))[0]):
        passengers.append(_passenger(number, random.choice(FIRST_NAMES.split()), user["last_name"]))
    reservation: dict[str, Any] = {
        "code": code,
        "user_id": user["user_id"],
        "status": "flown" if flown else "active",
        "cabin": cabin,
        "flights": [flight["flight_id"] for flight in flights],
        "passengers": passengers,
        "bags": random.choices((0, 1, 2), (50, 35, 15))[0],
        "insurance": random.random() < 0.25,
        "booked_at": (first - age).isoformat(timespec="minutes"),
        "payment_id": next(
            row["payment_id"]
            for row in tables["payment_methods"].values()
            if row["user_id"] == user["user_id"] and row["kind"] == "card"
        ),
    }
    fares = sum(flight["prices"][cabin] for flight in flights) * len(passengers)
    insured = INSURANCE_PRICE * len(passengers) if reservation["insurance"] else 0.0
    bags = bags_price(Row(reservation), user["tier"], reservation["bags"])
    tables["reservations"][code] = {**reservation, "total": round(fares + insured + bags, 2)}


def _passenger(number: int, first_name: str, last_name: str) -> dict[str, Any]:
    return {"passenger_id": f"p-{number}", "first_name": first_name, "last_name": last_name, "seat": None}


if __name__ == "__main__":
    DATABASE_FILE.write_bytes(written(build()))
