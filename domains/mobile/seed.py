"""Seed: writes the mobile network's database.json, the same bytes on every run (`python -m domains.mobile.seed`)."""

from datetime import date, timedelta
from random import Random
from typing import Any

from domains.mobile import DATABASE_FILE, NOW
from domains.mobile.offers import OUTAGES, PACKAGES, PLANS
from domains.mobile.start import HEALTHY
from domains.seeding import CITIES, Tables, person, written

USERS = 560
CARDS = ("Visa", "Mastercard", "Amex")
EXTRAS = (("calls abroad", 2, 19), ("premium messages", 1, 9), ("directory inquiries", 2, 6), ("device rent", 8, 25))


def build() -> Tables:
    """All tables of the network, by id."""
    random = Random(20260616)
    tables: Tables = {
        name: {} for name in ("users", "payment_methods", "lines", "bills", "payments", "transfer_pins", "sim_orders")
    }
    tables["device"] = {"phone": HEALTHY}
    tables["plans"] = {
        key: {"plan_id": key, "name": name, "price": price, "data_gb": gb} for key, name, price, gb in PLANS
    }
    tables["packages"] = {
        key: {"package_id": key, "name": name, "gb": gb, "price": price} for key, name, gb, price in PACKAGES
    }
    tables["areas"] = {city: {"city": city, "outage_until": OUTAGES.get(city)} for city, _, _ in CITIES}
    numbers = iter(random.sample(range(1000, 9999), 3 * USERS))
    taken: set[tuple[str, str]] = set()
    for number in range(100, 100 + USERS):
        user_id = f"u_{number}"
        tables["users"][user_id] = {"user_id": user_id, **person(random, taken), "birth_date": _birth_date(random)}
        _add_payment_methods(tables, user_id, random)
        plans = random.sample(PLANS, random.choices((1, 2, 3), (25, 55, 20))[0])
        for plan in plans:
            _add_line(tables, user_id, f"555-{next(numbers)}", plan[0], random)
    return tables


def _birth_date(random: Random) -> str:
    return (date(1948, 1, 1) + timedelta(days=random.randint(0, 58 * 365))).isoformat()


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _add_payment_methods(tables: Tables, user_id: str, random: Random) -> None:
    """A bank account or a card, or both; the labels of one customer differ."""
    for kind in random.choice((("card",), ("bank", "card"), ("card", "card"), ("bank", "card"))):
        payment_id = f"{kind}-{11 + len(tables['payment_methods'])}"
        digits = f"{random.randint(0, 9999):04d}"
        label = f"{random.choice(CARDS)} ending {digits}" if kind == "card" else f"bank account ending {digits}"
        row = {"payment_id": payment_id, "user_id": user_id, "kind": kind, "label": label}
        tables["payment_methods"][payment_id] = row


def _add_line(tables: Tables, user_id: str, number: str, plan_id: str, random: Random) -> None:
    allowed = tables["plans"][plan_id]["data_gb"]
    extra = random.choices((0.0, 1.0, 5.0), (80, 12, 8))[0]
    suspension = random.choices((None, "overdue_bill", "lost_phone", "customer_request"), (82, 7, 5, 6))[0]
    contract = random.choices((None, random.randint(20, 700), -random.randint(10, 400)), (45, 35, 20))[0]
    tables["lines"][number] = {
        "phone_number": number,
        "user_id": user_id,
        "plan_id": plan_id,
        "status": "suspended" if suspension else "active",
        "suspension": suspension,
        "roaming": random.random() < 0.5,
        "data_used_gb": round(min(allowed + extra, (allowed + extra) * random.betavariate(2, 3)), 1),
        "data_extra_gb": extra,
        "contract_until": None if contract is None else _day(contract),
        "registration": 1,
    }
    _add_bills(tables, tables["lines"][number], random)


def _add_bills(tables: Tables, line: dict[str, Any], random: Random) -> None:
    """April is paid, or overdue where the line is suspended for it; May may still be open."""
    may = "open" if random.random() < 0.45 else "paid"
    if line["suspension"] == "overdue_bill":
        may = "open"
    april = "overdue" if line["suspension"] == "overdue_bill" else "paid"
    for month, due, status in (("2026-04", -31, april), ("2026-05", random.randint(1, 14), may)):
        bill_id = f"B-{1001 + len(tables['bills'])}"
        charges: list[dict[str, Any]] = [{"name": "plan", "amount": tables["plans"][line["plan_id"]]["price"]}]
        for name, low, high in random.sample(EXTRAS, random.choices((0, 1, 2), (50, 35, 15))[0]):
            charges.append({"name": name, "amount": round(random.randint(low * 100, high * 100) / 100, 2)})
        tables["bills"][bill_id] = {
            "bill_id": bill_id,
            "user_id": line["user_id"],
            "phone_number": line["phone_number"],
            "month": month,
            "charges": charges,
            "total": round(sum(charge["amount"] for charge in charges), 2),
            "due": _day(due),
            "status": status,
        }


if __name__ == "__main__":
    DATABASE_FILE.write_bytes(written(build()))
