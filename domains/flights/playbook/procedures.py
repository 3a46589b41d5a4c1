"""Procedures: how the embedded teacher serves each kind of request at the airline, policy included."""

import re

from domains.flights.fares import INSURANCE_PRICE, bags_price, change_fee, seat_price
from domains.flights.playbook.finding import (
    WAYS,
    Row,
    days_until,
    find_cabin,
    find_date,
    find_flight,
    find_leg,
    find_reservation,
    find_route,
    hours_since,
    must_be_open,
)
from domains.flights.policy_rules import LONGEST_CORRECTION, letters_apart
from domains.paying import find_method
from turnwright.database import Row as Frozen
from turnwright.llm.embedded.case import Case, Refused, Telling
from turnwright.llm.embedded.identity import identify, identify_unless_careless
from turnwright.llm.embedded.playbook import Procedure
from turnwright.llm.embedded.words import last_position, money

_PAY = "Which payment method would you like to use?"
_SEAT = re.compile(r"\bseat (\d{1,2}[A-F])\b")
_NAME = re.compile(r"\b(?:to read|spelt|be|is) ([A-Z][a-z]+ [A-Z][\w'-]+)")
_ILL = re.compile(r"\b(ill|sick|fever|hospital)\b")
_NUMBERS = {"one more bag": 1, "two more bags": 2, "1 more": 1, "2 more": 2}


def _served(case: Case) -> tuple[str, Row]:
    """The customer's user id and their reservation."""
    user_id = identify_unless_careless(case, *WAYS)
    reservation = find_reservation(case, user_id)
    return user_id or reservation["user_id"], reservation


def _tier(case: Case, user_id: str) -> str:
    return case.call("get_user", user_id=user_id)["tier"]


def _label(case: Case, user_id: str, payment_id: str) -> str:
    methods = case.call("list_payment_methods", user_id=user_id) or []
    return next((one["label"] for one in methods if one["payment_id"] == payment_id), payment_id)


def _paid(case: Case, done: Row, label: str) -> None:
    """Tell what was charged or given back."""
    facts: list[Telling] = []
    words = ""
    if "certificate_balance" in done:
        words = f" The certificate has {money(done['certificate_balance'])} left."
        facts.append(("CERTIFICATE_LEFT", "money", done["certificate_balance"]))
    if done.get("refunded"):
        case.tell(
            f"{money(done['refunded'])} goes back to {label}.{words}", ("REFUND", "money", done["refunded"]), *facts
        )
    elif done.get("charged"):
        case.tell(
            f"{money(done['charged'])} is charged to {label}.{words}", ("CHARGED", "money", done["charged"]), *facts
        )
    else:
        case.tell("It costs nothing.")


def book_flight(case: Case) -> None:
    user_id = identify(case, *WAYS)
    route, day = find_route(case), find_date(case)
    flight, cabin = find_flight(case, route, day), find_cabin(case)
    companions = re.findall(r"together with ([A-Z][a-z]+ [A-Z][\w'-]+)", case.text)[-1:]
    method = find_method(case, user_id, _PAY)
    number = 1 + len(companions)
    total = round(flight["prices"][cabin] * number, 2)
    case.propose(
        f"I would book {flight['number']} from {route[0]} to {route[1]} on {day} in {cabin} for {number}, "
        f"{money(flight['prices'][cabin])} each, {money(total)} with {method['label']}. Shall I?"
    )
    done = case.make(
        "book_flight",
        user_id=user_id,
        flight_id=flight["flight_id"],
        cabin=cabin,
        companions=companions,
        payment_id=method["payment_id"],
    )
    case.tell(f"Your reservation is {done['code']} for {done['date']}.", ("CODE", "text", done["code"]))
    _paid(case, done, method["label"])


def change_flight(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    cabin, number = reservation["cabin"], len(reservation["passengers"])
    if cabin == "basic":
        case.forbid(f"reservation {reservation['code']} is basic economy, which cannot be changed.")
    leg, day = find_leg(case, reservation), find_date(case)
    new = find_flight(case, (leg["from"], leg["to"]), day)
    method = find_method(case, user_id, "Which payment method should the difference be settled with?")
    fee = round(change_fee(cabin, _tier(case, user_id)) * number, 2)
    amount = round((new["prices"][cabin] - leg["prices"][cabin]) * number + fee, 2)
    ways = "you pay" if amount >= 0 else "you get back"
    case.propose(
        f"I would move the flight to {leg['to']} of {reservation['code']} from {leg['date']} to {day}; with "
        f"a fee of {money(fee)}, {ways} {money(amount)} with {method['label']}. Shall I?"
    )
    done = case.make(
        "change_flight",
        code=reservation["code"],
        flight_id=leg["flight_id"],
        new_flight_id=new["flight_id"],
        payment_id=method["payment_id"],
    )
    case.tell(f"You fly to {leg['to']} on {done['date']}.", ("NEW_DATE", "date", done["date"]))
    _paid(case, done, method["label"])


def change_cabin(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    cabin, number = find_cabin(case), len(reservation["passengers"])
    flights = [case.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
    method = find_method(case, user_id, _PAY)
    amount = sum(flight["prices"][cabin] - flight["prices"][reservation["cabin"]] for flight in flights) * number
    case.propose(
        f"I would move reservation {reservation['code']} to {cabin} for {money(round(amount, 2))} with "
        f"{method['label']}. Shall I?"
    )
    done = case.make("change_cabin", code=reservation["code"], cabin=cabin, payment_id=method["payment_id"])
    case.tell(f"Reservation {reservation['code']} is in {cabin} now.")
    _paid(case, done, method["label"])


def cancel_reservation(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    code = reservation["code"]
    if not _may_be_cancelled(case, reservation):
        case.forbid(f"reservation {code} is older than 24 hours, and nothing else allows to cancel it.")
    label = _label(case, user_id, reservation["payment_id"])
    kept = INSURANCE_PRICE * len(reservation["passengers"]) if reservation["insurance"] else 0.0
    back = money(round(reservation["total"] - kept, 2))
    case.propose(f"I would cancel reservation {code}, and {back} goes back to {label}. Shall I?")
    done = case.make("cancel_reservation", code=code)
    case.tell(f"Reservation {code} is cancelled.")
    _paid(case, done, label)


def _may_be_cancelled(case: Case, reservation: Row) -> bool:
    if hours_since(reservation["booked_at"]) <= 24 or reservation["cabin"] == "business":
        return True
    if reservation["insurance"]:
        if not _ILL.search(case.text):
            case.ask("What is the reason? An illness is covered by your insurance.")
        if _ILL.search(case.text):
            return True
    flights = [case.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
    return any(flight["status"] == "cancelled" for flight in flights)


def add_bags(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    said = case.latest([*_NUMBERS], last_position)
    if said is None:
        case.ask("How many bags would you like to add?")
        raise Refused("I do not know how many bags.")
    number, tier = _NUMBERS[said], _tier(case, user_id)
    frozen = Frozen(reservation)
    price = bags_price(frozen, tier, reservation["bags"] + number) - bags_price(frozen, tier, reservation["bags"])
    method = find_method(case, user_id, _PAY)
    case.propose(
        f"I would add {said} to reservation {reservation['code']} for {money(price)} with {method['label']}. Shall I?"
    )
    done = case.make("add_bags", code=reservation["code"], number=number, payment_id=method["payment_id"])
    case.tell(f"Reservation {done['code']} has {done['bags']} bags now.")
    _paid(case, done, method["label"])


def choose_seat(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    if reservation["cabin"] == "basic":
        case.forbid("in basic economy seats cannot be chosen.")
    leg = find_leg(case, reservation)
    seats = _SEAT.findall(case.text)
    if not seats:
        free = case.call("list_seats", flight_id=leg["flight_id"])
        case.ask(f"Which seat would you like? Free are {', '.join(free['extra_legroom'] + free['standard'])}.")
        raise Refused("I do not know which seat.")
    seat = case.latest(seats, lambda one, text: text.rfind(one)) or seats[-1]
    price = seat_price(seat, reservation["cabin"], _tier(case, user_id))
    method = find_method(case, user_id, _PAY)
    case.propose(f"I would give you seat {seat} to {leg['to']} for {money(price)} with {method['label']}. Shall I?")
    done = case.make(
        "choose_seat",
        code=reservation["code"],
        flight_id=leg["flight_id"],
        passenger_id=reservation["passengers"][0]["passenger_id"],
        seat=seat,
        payment_id=method["payment_id"],
    )
    case.tell(f"You have seat {done['seat']}.", ("SEAT", "text", done["seat"]))
    _paid(case, done, method["label"])


def correct_name(case: Case) -> None:
    _, reservation = _served(case)
    must_be_open(case, reservation)
    names = {f"{one['first_name']} {one['last_name']}": one for one in reservation["passengers"]}
    old = case.latest([*names], last_position)
    wanted = [name for name in _NAME.findall(case.text) if name not in names]
    if old is None or not wanted:
        case.ask("Which passenger is it, and how does the name have to be spelt?")
        raise Refused("I do not know which name.")
    new = wanted[-1]
    if letters_apart(old.lower(), new.lower()) > LONGEST_CORRECTION:
        case.forbid("a passenger cannot be replaced by another person, only a spelling can be corrected.")
    first, last = new.split()
    case.propose(f"I would correct {old} to {new} in reservation {reservation['code']}. Shall I?")
    passenger_id = names[old]["passenger_id"]
    name = {"first_name": first, "last_name": last}
    case.make("correct_name", code=reservation["code"], passenger_id=passenger_id, **name)
    case.tell(f"The name is {new} now.", ("NEW_NAME", "text", new))


def add_insurance(case: Case) -> None:
    user_id, reservation = _served(case)
    must_be_open(case, reservation)
    if hours_since(reservation["booked_at"]) > 7 * 24:
        case.forbid("insurance is only to be had within 7 days of the booking.")
    price = round(INSURANCE_PRICE * len(reservation["passengers"]), 2)
    method = find_method(case, user_id, _PAY)
    case.propose(
        f"I would insure reservation {reservation['code']} for {money(price)} with {method['label']}. Shall I?"
    )
    done = case.make("add_insurance", code=reservation["code"], payment_id=method["payment_id"])
    case.tell(f"Reservation {done['code']} is insured.")
    _paid(case, done, method["label"])


def flight_status(case: Case) -> None:
    _, reservation = _served(case)
    leg = find_leg(case, reservation)
    case.tell(f"Flight {leg['number']} to {leg['to']} is {leg['status']}.", ("STATUS", "text", leg["status"]))
    if leg["delay_minutes"]:
        minutes = leg["delay_minutes"]
        case.tell(f"It was {minutes} minutes late.", ("DELAY", "number", minutes))
    elif leg["status"] == "scheduled":
        case.tell(f"It leaves on {leg['date']} at {leg['departs']}.", ("DEPARTS", "text", leg["departs"]))


def price_question(case: Case) -> None:
    route, day = find_route(case), find_date(case)
    flight, cabin = find_flight(case, route, day), find_cabin(case)
    price = flight["prices"][cabin]
    case.tell(f"The flight on {day} costs {money(price)} in {cabin}.", ("PRICE", "money", price))
    case.tell(f"It leaves at {flight['departs']}.")


def certificate_balance(case: Case) -> None:
    user_id = identify(case, *WAYS)
    methods = case.call("list_payment_methods", user_id=user_id) or []
    cards = [one for one in methods if one["kind"] == "certificate"]
    named = case.latest(cards, lambda one, text: last_position(one["payment_id"], text))
    card = named or (cards[0] if len(cards) == 1 else None)
    if card is None:
        case.ask("Which certificate do you mean?")
        raise Refused("I could not tell which certificate you mean.")
    case.tell(f"There is {money(card['balance'])} left on {card['payment_id']}.", ("BALANCE", "money", card["balance"]))
    case.tell(f"It is valid until {card['expires']}.", ("EXPIRES", "date", card["expires"]))


def compensation(case: Case) -> None:
    user_id, reservation = _served(case)
    flights = [case.call("get_flight", flight_id=leg["flight_id"]) for leg in reservation["flights"]]
    tier = _tier(case, user_id)
    cancelled = any(flight["status"] == "cancelled" for flight in flights)
    late = any(flight["delay_minutes"] >= 180 and days_until(flight["date"]) >= -14 for flight in flights)
    if tier == "none" and not reservation["insurance"] and reservation["cabin"] != "business":
        case.forbid("compensation is only for members, insured reservations and business.")
    if not cancelled and not late:
        case.forbid("there is compensation only for flights that were cancelled, or 3 hours late and more.")
    amount = (120.0 if cancelled else 60.0) * len(reservation["passengers"])
    case.propose(f"I would give you a certificate of {money(amount)} for reservation {reservation['code']}. Shall I?")
    done = case.make("issue_certificate", user_id=user_id, code=reservation["code"], amount=amount)
    case.tell(
        f"You have certificate {done['certificate_id']} of {money(done['balance'])}.",
        ("AMOUNT", "money", done["balance"]),
        ("CERTIFICATE", "text", done["certificate_id"]),
    )
    case.tell(f"It is valid until {done['expires']}.", ("EXPIRES", "date", done["expires"]))


def _hand_over(reason: str) -> Procedure:
    def hand_over(case: Case) -> None:
        identify(case, *WAYS)
        case.hand_over(reason)

    return hand_over


PROCEDURES: dict[str, Procedure] = {
    "book_flight": book_flight,
    "change_flight": change_flight,
    "change_cabin": change_cabin,
    "cancel_reservation": cancel_reservation,
    "add_bags": add_bags,
    "choose_seat": choose_seat,
    "correct_name": correct_name,
    "add_insurance": add_insurance,
    "get_flight": flight_status,
    "search_flights": price_question,
    "list_payment_methods": certificate_balance,
    "issue_certificate": compensation,
    "unaccompanied_minor": _hand_over("unaccompanied_minor"),
    "medical_case": _hand_over("medical_case"),
}
"""By the tool that the request asks for, or the reason for a human."""
