"""Seed: writes the airline's database.json, the same bytes on every run (`python -m domains.flights.seed`)."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from domains.flights import DATABASE_FILE, NOW
from domains.flights.fares import BAG_PRICE, CABINS, INSURANCE_PRICE, bags_to_pay, seat_fee
from domains.flights.network import AIRPORTS, HUB, KIND_OF_SEAT, ROUTES, SEATS, Route
from domains.seeding import FIRST_NAMES, LAST_NAMES, Tables, person, written

USERS = 520
FIRST_DAY, LAST_DAY = -10, 30
CARDS = ("Visa", "Mastercard", "Amex", "Discover")
PRICE_OF = {"basic_economy": 1.0, "economy": 1.35, "business": 3.1}
STRANDED = 9
"""Routes with a cancelled flight after which the next days are sold out."""

Row = dict[str, Any]


def build() -> Tables:
    """All tables of the airline, by id."""
    random = Random(20260615)
    tables: Tables = {
        name: {}
        for name in (
            "airports",
            "flights",
            "users",
            "payment_methods",
            "certificates",
            "reservations",
            "chosen_seats",
            "payments",
            "compensations",
        )
    }
    for code, city in AIRPORTS.items():
        tables["airports"][code] = {"airport_id": code, "city": city}
    for route in ROUTES.values():
        for day in range(FIRST_DAY, LAST_DAY + 1):
            _add_flight(tables, route, day, random)
    stranded = _strand(tables, random)
    codes = iter(random.sample(range(100_000), 4 * USERS))
    for number in range(100, 100 + USERS):
        user = _add_user(tables, f"u_{number}", random)
        _add_payment_methods(tables, user["user_id"], random)
        ways = random.sample([route for route in ROUTES.values() if route.origin == HUB], 4)
        for route in ways[: random.choices((2, 3, 4), (45, 38, 17))[0]]:
            _add_reservation(tables, user, _code(next(codes), random), route, stranded, random)
    return tables


def _code(number: int, random: Random) -> str:
    """A code such as K7QZ2D; the number makes it the only one."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    digits, rest = f"{number % 100:02d}", number // 100
    return f"{letters[rest % 24]}{digits[0]}{letters[rest // 24 % 24]}{letters[rest // 576]}{digits[1]}" + (
        random.choice(letters)
    )


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _add_flight(tables: Tables, route: Route, day: int, random: Random) -> None:
    departs = datetime.fromisoformat(f"{_day(day)}T{route.departs}")
    price = route.fare * random.choice((0.8, 0.9, 1.0, 1.0, 1.1, 1.25, 1.45)) + random.choice((0, 0.5, 1.25))
    status, delay = _status(departs, day, random)
    flight_id = f"{route.number}@{_day(day)}"
    tables["flights"][flight_id] = {
        "flight_id": flight_id,
        "origin": route.origin,
        "destination": route.destination,
        "date": _day(day),
        "departs": departs.isoformat(timespec="minutes"),
        "arrives": (departs + timedelta(minutes=route.minutes)).isoformat(timespec="minutes"),
        "status": status,
        "delay_minutes": delay,
        "seats": {cabin: random.choice((0, 2, 3, 4, 5, 6, 8, 9)) for cabin in CABINS},
        "prices": {cabin: round(price * PRICE_OF[cabin], 2) for cabin in CABINS},
    }


def _status(departs: datetime, day: int, random: Random) -> tuple[str, int]:
    if day < 0:
        kind = random.choices(("on time", "late", "very late", "cancelled"), (52, 20, 20, 8))[0]
        delay = {"late": random.randint(20, 175), "very late": random.randint(180, 420)}.get(kind, 0)
        return ("cancelled" if kind == "cancelled" else "landed"), delay
    if departs <= NOW:
        return "departed", 0
    if day == 0:
        return random.choice((("scheduled", 0), ("delayed", random.randint(25, 300))))
    if day > 12:
        return "scheduled", 0
    return random.choices((("scheduled", 0), ("delayed", random.randint(25, 170)), ("cancelled", 0)), (87, 5, 8))[0]


def _strand(tables: Tables, random: Random) -> list[str]:
    """Cancel a flight on some ways and sell out what leaves within the next days; gives their ids."""
    ways = [route for route in ROUTES.values() if route.origin == HUB]
    once = [route for route in ways if sum(one.destination == route.destination for one in ways) == 1]
    found: list[str] = []
    for route in random.sample(once, STRANDED):
        first = random.randint(2, 10)
        for day in range(first, first + 4):
            flight = tables["flights"][f"{route.number}@{_day(day)}"]
            flight |= {"status": "scheduled", "delay_minutes": 0, "seats": dict.fromkeys(CABINS, 0)}
        tables["flights"][f"{route.number}@{_day(first)}"]["status"] = "cancelled"
        found.append(f"{route.number}@{_day(first)}")
    return found


def _add_user(tables: Tables, user_id: str, random: Random) -> Row:
    taken = {(user["first_name"], user["last_name"]) for user in tables["users"].values()}
    tables["users"][user_id] = {
        "user_id": user_id,
        **person(random, taken),
        "birth_date": _birth_date(random, 21, 75),
        "tier": random.choices(("none", "silver", "gold"), (50, 30, 20))[0],
    }
    return tables["users"][user_id]


def _birth_date(random: Random, youngest: int, oldest: int) -> str:
    return _day(-random.randint(366 * youngest, 365 * oldest))


def _add_payment_methods(tables: Tables, user_id: str, random: Random) -> None:
    kinds = ["card"] * random.choices((1, 2, 3), (30, 50, 20))[0]
    kinds += ["certificate"] * random.choices((0, 1, 2), (42, 42, 16))[0]
    for kind in kinds:
        number = 11 + len(tables["payment_methods"])
        payment_id = f"card-{number}" if kind == "card" else f"cert-{number}"
        label = f"{random.choice(CARDS)} ending {random.randint(0, 9999):04d}"
        tables["payment_methods"][payment_id] = {
            "payment_id": payment_id,
            "user_id": user_id,
            "kind": kind,
            "label": label if kind == "card" else f"Certificate {payment_id}",
        }
        if kind == "certificate":
            days = -random.randint(5, 200) if random.random() < 0.12 else random.randint(20, 360)
            balance = random.choice((50.0, 100.0, 150.0, 200.0, random.randint(800, 32000) / 100))
            row = {"certificate_id": payment_id, "user_id": user_id, "balance": balance, "expires": _day(days)}
            tables["certificates"][payment_id] = row


KINDS = ("coming", "struck", "stranded", "past", "late", "minor", "cancelled", "under way")


def _add_reservation(tables: Tables, user: Row, code: str, route: Route, stranded: list[str], random: Random) -> None:
    kind = random.choices(KINDS, (50, 9, 8, 7, 10, 9, 3, 4))[0]
    flights = _flights(tables, kind, route, stranded, random)
    cabin = random.choices(CABINS, (30, 45, 25))[0]
    passengers = _passengers(user, random, minor=kind == "minor")
    cards = [
        row["payment_id"]
        for row in tables["payment_methods"].values()
        if row["user_id"] == user["user_id"] and row["kind"] == "card"
    ]
    insured = random.random() < 0.3
    reservation: Row = {
        "reservation_id": code,
        "user_id": user["user_id"],
        "status": {"past": "flown", "late": "flown", "cancelled": "cancelled"}.get(kind, "active"),
        "cabin": cabin,
        "booked_at": _booked_at(flights[0], random),
        "segments": [{"flight_id": one["flight_id"], "price": _paid(one["prices"][cabin], random)} for one in flights],
        "passengers": passengers,
        "bags": 0,
        "insurance": insured,
        "insurance_price": round(INSURANCE_PRICE * len(passengers), 2) if insured else 0.0,
        "fees": 0.0,
        "payment_id": random.choice(cards),
        "certificate_id": None,
        "certificate_amount": 0.0,
    }
    _add_extras(tables, reservation, user["tier"], random, with_seats=kind != "cancelled")
    fares = len(passengers) * sum(segment["price"] for segment in reservation["segments"])
    _pay(tables, reservation, round(fares + reservation["fees"] + reservation["insurance_price"], 2), random)
    tables["reservations"][code] = reservation


def _flights(tables: Tables, kind: str, route: Route, stranded: list[str], random: Random) -> list[Row]:
    """The flight there, and often the one back some days later."""
    back = f"FN{int(route.number[2:]) + 1}"
    if kind == "stranded":
        return [tables["flights"][random.choice(stranded)]]
    first_days = {"past": (-10, -4), "late": (-10, -4), "under way": (-4, -1)}.get(kind, (3, 22))
    days = [*range(*first_days)]
    random.shuffle(days)
    there = [tables["flights"][f"{route.number}@{_day(day)}"] for day in days]
    first = next((one for one in there if _fits(kind, one, stranded)), there[0])
    day = (datetime.fromisoformat(first["date"]) - datetime.fromisoformat(_day(0))).days
    if kind == "under way" or (kind != "struck" and random.random() < 0.45):
        later = random.randint(4, 8) if kind == "under way" else random.randint(1, 3 if day < 0 else 8)
        return [first, tables["flights"][f"{back}@{_day(min(day + later, LAST_DAY))}"]]
    return [first]


def _fits(kind: str, flight: Row, stranded: list[str]) -> bool:
    if kind == "struck":
        return flight["status"] == "cancelled" and flight["flight_id"] not in stranded
    if kind == "late":
        return flight["status"] == "cancelled" or flight["delay_minutes"] >= 120
    return flight["status"] != "cancelled"


def _passengers(user: Row, random: Random, *, minor: bool) -> list[Row]:
    if minor:
        people = [(random.choice(FIRST_NAMES.split()), user["last_name"], _birth_date(random, 7, 13))]
    else:
        last_name = _misspelled(user["last_name"], random) if random.random() < 0.2 else user["last_name"]
        people = [(user["first_name"], last_name, user["birth_date"])]
        for _ in range(random.choices((0, 1, 2), (50, 33, 17))[0]):
            last_name = user["last_name"] if random.random() < 0.6 else random.choice(LAST_NAMES.split())
            first_names = [name for name in FIRST_NAMES.split() if name not in [one[0] for one in people]]
            birth_date = _birth_date(random, 5, 15) if random.random() < 0.2 else _birth_date(random, 20, 75)
            people.append((random.choice(first_names), last_name, birth_date))
    return [
        {"passenger_id": f"p-{number}", "first_name": first, "last_name": last, "birth_date": born}
        for number, (first, last, born) in enumerate(people, start=1)
    ]


def _misspelled(name: str, random: Random) -> str:
    """The name with two letters swapped, or one doubled or left out."""
    at = random.randint(1, len(name) - 2)
    ways = (
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1 :],
    )
    return next((way for way in random.sample(ways, 3) if way != name), name + name[-1])


def _booked_at(first: Row, random: Random) -> str:
    """Long ago, within the last week or within the last day; never after the first flight."""
    hours = random.choices(
        (random.uniform(1, 23), random.uniform(26, 160), random.uniform(24 * 9, 24 * 60)), (16, 28, 56)
    )[0]
    before = min(NOW, datetime.fromisoformat(first["departs"]) - timedelta(days=1))
    return (before - timedelta(hours=hours)).isoformat(timespec="minutes")


def _paid(price: float, random: Random) -> float:
    """What a flight cost on the day of booking."""
    return round(price * random.choice((0.7, 0.8, 0.9, 0.95, 1.0, 1.0, 1.1)), 2)


def _add_extras(tables: Tables, reservation: Row, tier: str, random: Random, *, with_seats: bool) -> None:
    bags = sum(random.choices((0, 1, 2), (45, 40, 15))[0] for _ in reservation["passengers"])
    fees = BAG_PRICE * bags_to_pay(reservation, tier, bags)
    reservation["bags"] = bags
    if with_seats and random.random() < 0.3:
        business = reservation["cabin"] == "business"
        kind = "business" if business else random.choice(("front", "standard", "standard"))
        flight_id = reservation["segments"][0]["flight_id"]
        seat = next((one for one in SEATS[kind] if f"{flight_id}/{one}" not in tables["chosen_seats"]), None)
        if seat:
            key = f"{flight_id}/{seat}"
            tables["chosen_seats"][key] = {
                "chosen_seat_id": key,
                "reservation_id": reservation["reservation_id"],
                "flight_id": flight_id,
                "passenger_id": "p-1",
                "seat": seat,
                "kind": KIND_OF_SEAT[seat],
            }
            fees += seat_fee(kind, reservation["cabin"], tier)
    reservation["fees"] = round(fees, 2)


def _pay(tables: Tables, reservation: Row, total: float, random: Random) -> None:
    """Some were paid with a certificate first; of a cancelled one nothing is left but the insurance."""
    mine = [one for one in tables["certificates"].values() if one["user_id"] == reservation["user_id"]]
    reservation["total"] = reservation["insurance_price"] if reservation["status"] == "cancelled" else total
    if mine and reservation["status"] == "active" and random.random() < 0.25:
        reservation["certificate_id"] = random.choice(mine)["certificate_id"]
        reservation["certificate_amount"] = min(random.choice((25.0, 40.0, 50.0, 75.0)), total)


if __name__ == "__main__":
    DATABASE_FILE.write_bytes(written(build()))
