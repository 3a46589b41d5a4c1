"""Seed: writes the network's database.json, the same bytes on every run (`python -m domains.mobile.seed`)."""

from datetime import date, timedelta
from random import Random
from typing import Any

from domains.mobile import DATABASE_FILE, NOW
from domains.mobile.network import RIGHT_APN
from domains.mobile.offers import PACKAGES, PLANS
from domains.seeding import CITIES, Tables, person, written

USERS = 520

LABELS = ("main", "work", "family", "spare", "travel")
CARDS = ("Visa", "Mastercard", "Amex", "Discover")
BANKS = ("Granite Bank", "Lakeside Union", "First Meadow Bank")
EXTRAS = (
    ("premium text service", (299, 499, 999)),
    ("international calls", (240, 615, 1130, 1875)),
    ("ringtone subscription", (199, 349)),
    ("device insurance", (699, 899)),
    ("extra data", (500, 1050, 1700)),
)
ISSUED = ("2026-06-01", "2026-05-01", "2026-04-01", "2026-03-01")
DEVICE = {
    "device_id": "phone",
    "line_id": None,
    "airplane_mode": False,
    "sim": "ok",
    "sim_pin": "0000",
    "radio": "ok",
    "mobile_data": True,
    "data_roaming": False,
    "data_saver": False,
    "vpn": False,
    "network_mode": "auto",
    "apn": RIGHT_APN,
    "mms_url": "ok",
    "messages_sms": True,
    "messages_storage": True,
    "messages_network": True,
    "browser_storage": True,
    "browser_network": True,
    "location": "home",
    "provisioned_seen": 1,
}


def build() -> Tables:
    """All tables of the network, by id."""
    random = Random(20260616)
    tables: Tables = {
        "users": {},
        "payment_methods": {},
        "plans": {**PLANS},
        "packages": {**PACKAGES},
        "areas": {area["area_id"]: area for area in map(_area, CITIES)},
        "lines": {},
        "bills": {},
        "payments": {},
        "fees": {},
        "tickets": {},
        "port_pins": {},
        "port_requests": {},
        "device": {"phone": DEVICE},
    }
    numbers = iter(random.sample(range(100_000), 4 * USERS))
    for number in range(100, 100 + USERS):
        user = _add_user(tables, f"u_{number}", random)
        _add_payment_methods(tables, user["user_id"], random)
        for label in ("main", *random.sample(LABELS[1:], random.choices((1, 2), (80, 20))[0])):
            _add_line(tables, user, label, next(numbers), random)
        _add_bills(tables, user, random)
    return tables


def _area(city: tuple[str, str, str]) -> dict[str, Any]:
    return {"area_id": _area_id(city[0], city[1]), "name": f"{city[0]}, {city[1]}", "status": "ok", "until": None}


def _area_id(city: str, state: str) -> str:
    return f"area-{city}-{state}".lower().replace(" ", "-")


def _day(offset: int) -> str:
    return (NOW.date() + timedelta(days=offset)).isoformat()


def _add_user(tables: Tables, user_id: str, random: Random) -> dict[str, Any]:
    taken = {(user["first_name"], user["last_name"]) for user in tables["users"].values()}
    born = date(1945, 1, 1) + timedelta(days=random.randrange(61 * 365))
    tables["users"][user_id] = {
        "user_id": user_id,
        **person(random, taken),
        "birth_date": born.isoformat(),
        "autopay": None,
    }
    return tables["users"][user_id]


def _add_payment_methods(tables: Tables, user_id: str, random: Random) -> None:
    """Two or three cards and bank accounts; some have a further card that has expired."""
    kinds = ["card", random.choice(("card", "bank")), *(["bank"] if random.random() < 0.3 else [])]
    for kind in [*kinds, *(["expired"] if random.random() < 0.2 else [])]:
        payment_id = f"{'bank' if kind == 'bank' else 'card'}-{11 + len(tables['payment_methods'])}"
        maker = random.choice(BANKS if kind == "bank" else CARDS)
        tables["payment_methods"][payment_id] = {
            "payment_id": payment_id,
            "user_id": user_id,
            "kind": "bank" if kind == "bank" else "card",
            "label": f"{maker} ending {random.randint(0, 9999):04d}",
            "valid_until": _day(-random.randint(5, 300) if kind == "expired" else random.randint(40, 1400)),
        }


def _add_line(tables: Tables, user: dict[str, Any], label: str, number: int, random: Random) -> None:
    line_id = f"L-{200 + len(tables['lines'])}"
    plan = PLANS[random.choices([*PLANS], (14, 14, 22, 6, 20, 8, 8, 8))[0]]
    fate = random.choices((None, "overdue_bill", "lost_device", "customer_request", "fraud_hold"), (88, 0, 4, 5, 3))[0]
    ends = random.choices((None, random.randint(20, 600), -random.randint(5, 400)), (35, 45, 20))[0]
    tables["lines"][line_id] = {
        "line_id": line_id,
        "user_id": user["user_id"],
        "phone_number": f"555-01{number // 10_000}-{number % 10_000:04d}",
        "label": label,
        "plan_id": plan["plan_id"],
        "status": "suspended" if fate else "active",
        "suspension_reason": fate,
        "roaming_enabled": plan["roaming"] and random.random() < 0.25,
        "data_used_gb": round((plan["data_gb"] or 60.0) * random.uniform(0.05, 0.85), 1),
        "extra_data_gb": 0.0,
        "top_ups": 0,
        "contract_end": None if ends is None else _day(ends),
        "sim_id": f"SIM-{300_000 + 7 * number}",
        "provisioned": 1,
        "area_id": _area_id(user["address"]["city"], user["address"]["state"]),
    }


def _add_bills(tables: Tables, user: dict[str, Any], random: Random) -> None:
    """Four monthly bills; the newest may be open, an older one of some users is overdue and keeps a line suspended."""
    lines = [line for line in tables["lines"].values() if line["user_id"] == user["user_id"]]
    methods = [row for row in tables["payment_methods"].values() if row["user_id"] == user["user_id"]]
    valid = [row["payment_id"] for row in methods if row["valid_until"] >= _day(0)]
    overdue = random.random() < 0.12
    if random.random() < 0.3 and not overdue:
        user["autopay"] = random.choice(valid)
    for place, issued in enumerate(ISSUED):
        status = "overdue" if place == 1 and overdue else "paid"
        if place == 0 and (overdue or random.random() < 0.55):
            status = "open"
        bill_id = f"B-{3000 + len(tables['bills'])}"
        charges = _charges(tables, lines, random)
        tables["bills"][bill_id] = {
            "bill_id": bill_id,
            "user_id": user["user_id"],
            "issued": issued,
            "due": (date.fromisoformat(issued) + timedelta(days=20)).isoformat(),
            "status": status,
            "charges": charges,
            "total": round(sum(charge["amount"] for charge in charges), 2),
            "paid_with": random.choice(valid) if status == "paid" else None,
        }
    active = [line for line in lines if line["status"] == "active"]
    if overdue and active:
        active[0] |= {"status": "suspended", "suspension_reason": "overdue_bill"}


def _charges(tables: Tables, lines: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    texts = [(line, f"plan {tables['plans'][line['plan_id']]['name']}") for line in lines]
    charges = [(line, text, tables["plans"][line["plan_id"]]["price"]) for line, text in texts]
    for text, cents in random.sample(EXTRAS, random.choices((0, 1, 2), (35, 45, 20))[0]):
        charges.append((random.choice(lines), text, random.choice(cents) / 100))
    return [
        {"charge_id": f"c-{number}", "line_id": line["line_id"], "text": text, "amount": amount}
        for number, (line, text, amount) in enumerate(charges, start=1)
    ]


if __name__ == "__main__":
    DATABASE_FILE.write_bytes(written(build()))
