"""Extras: how the embedded teacher serves requests for bags, seats, names, insurance, compensation and care."""

from datetime import date

from domains.flights.fares import (
    BAG_PRICE,
    CANCELLATION_PAYS,
    DELAY_PAYS,
    EXIT_ROW_AGE,
    INSURANCE_PRICE,
    SPELLING,
    age_on,
    bags_to_pay,
    compensation,
    full_name,
    insurable,
    letters_touched,
    seat_fee,
)
from domains.flights.network import KIND_OF_SEAT
from domains.flights.playbook.finding import (
    NOW,
    Row,
    find_bags,
    find_card,
    find_new_name,
    find_passenger,
    find_seat,
    find_segment,
    nearest_passenger,
    number_of,
)
from domains.flights.playbook.reservations import flights_of, must_not_be_gone, own_reservation, tier_of
from domains.flights.playbook.settling import counted
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.words import money


def add_bags(case: Case) -> None:
    reservation = own_reservation(case)
    must_not_be_gone(case, flights_of(case, reservation))
    added = find_bags(case)
    paid = bags_to_pay(reservation, tier_of(case, reservation), added)
    code, price = reservation["reservation_id"], BAG_PRICE * paid
    if paid:
        card = find_card(case, reservation["user_id"], "Which card would you like to pay the bags with?")
        payment_id, cost = card["payment_id"], f"{paid} of them not free: {money(price)} with {card['label']}"
    else:
        payment_id, cost = reservation["payment_id"], "free of charge"
    case.propose(f"I would add {counted(added, 'checked bag')} to reservation {code}, {cost}. Shall I go ahead?")
    done = case.make("add_bags", reservation_id=code, added=added, paid=paid, payment_id=payment_id)
    case.tell(f"Your reservation now has {counted(done['bags'], 'bag')}.", ("BAGS", "number", done["bags"]))
    if paid:
        case.tell(f"{money(done['charged'])} is charged to {cost.partition(' with ')[2]}.", _charged(done))


def _charged(done: Row) -> tuple[str, str, float]:
    return "CHARGED", "money", done["charged"]


def choose_seat(case: Case) -> None:
    reservation = own_reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    must_not_be_gone(case, [flight])
    passenger = find_passenger(case, reservation)
    seat = find_seat(case)
    kind = KIND_OF_SEAT.get(seat)
    if kind is None or seat not in case.call("list_seats", flight_id=flight["flight_id"], kind=kind):
        raise Refused(f"seat {seat} cannot be chosen on that flight any more.")
    if kind == "legroom" and age_on(passenger["birth_date"], date.fromisoformat(flight["date"])) < EXIT_ROW_AGE:
        case.forbid("seats in the exit row are only for passengers of 16 or over.")
    fee = seat_fee(kind, reservation["cabin"], tier_of(case, reservation))
    if fee:
        card = find_card(case, reservation["user_id"], "Which card would you like to pay the seat with?")
        payment_id, cost = card["payment_id"], f"for {money(fee)} with {card['label']}"
    else:
        payment_id, cost = reservation["payment_id"], "free of charge"
    name, number = full_name(passenger), number_of(flight["flight_id"])
    case.propose(
        f"I would give {name} seat {seat} on flight {number} on {flight['date']}, a {kind} seat, {cost}. Shall I?"
    )
    done = case.make(
        "choose_seat",
        reservation_id=reservation["reservation_id"],
        flight_id=flight["flight_id"],
        passenger_id=passenger["passenger_id"],
        seat=seat,
        fee=fee,
        payment_id=payment_id,
    )
    case.tell(f"{name} has seat {seat} on flight {number}.", ("SEAT", "text", seat))
    if fee:
        case.tell(f"{money(done['charged'])} is charged to {cost.partition(' with ')[2]}.", _charged(done))


def update_passenger(case: Case) -> None:
    reservation = own_reservation(case)
    must_not_be_gone(case, flights_of(case, reservation))
    name = find_new_name(case)
    passenger = nearest_passenger(case, reservation, name)
    old = full_name(passenger)
    first, _, last = name.partition(" ")
    if letters_touched(passenger, first, last) > SPELLING:
        case.forbid(
            "only the spelling of a name can be corrected, by 3 letters at most; passengers cannot be replaced."
        )
    code = reservation["reservation_id"]
    case.propose(f"I would change {old} to {name} in reservation {code}. Shall I correct it?")
    case.make(
        "update_passenger",
        reservation_id=code,
        passenger_id=passenger["passenger_id"],
        first_name=first,
        last_name=last,
    )
    case.tell(f"The ticket now says {name}.", ("NEW_NAME", "text", name))


def add_insurance(case: Case) -> None:
    reservation = own_reservation(case)
    flights = flights_of(case, reservation)
    must_not_be_gone(case, flights)
    if not insurable(reservation, flights[0]["departs"], NOW):
        case.forbid(
            f"insurance is possible up to 7 days after booking and 24 hours before departure; it was booked on "
            f"{reservation['booked_at'][:10]}."
        )
    price = INSURANCE_PRICE * len(reservation["passengers"])
    card = find_card(case, reservation["user_id"], "Which card would you like to pay the insurance with?")
    code = reservation["reservation_id"]
    case.propose(f"I would insure reservation {code} for {money(price)}, paid with {card['label']}. Shall I?")
    done = case.make("add_insurance", reservation_id=code, payment_id=card["payment_id"])
    case.tell(f"Reservation {code} is insured.")
    case.tell(f"{money(done['charged'])} is charged to {card['label']}.", _charged(done))


def compensate(case: Case) -> None:
    reservation = own_reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    due = compensation(reservation, flight, tier_of(case, reservation))
    number, passengers = number_of(flight["flight_id"]), len(reservation["passengers"])
    if not due:
        case.forbid(
            "compensation is for cancelled flights and delays of 180 minutes or more, and only for silver and gold "
            "members, business and insured reservations."
        )
    pays = CANCELLATION_PAYS if flight["status"] == "cancelled" else DELAY_PAYS
    amount = due or pays * passengers
    case.propose(
        f"For flight {number} on {flight['date']} I can give you a travel certificate of {money(amount)}, "
        f"{money(pays)} per passenger. Shall I issue it?"
    )
    done = case.make(
        "issue_certificate",
        user_id=reservation["user_id"],
        reservation_id=reservation["reservation_id"],
        flight_id=flight["flight_id"],
        amount=amount,
    )
    case.tell(
        f"Your certificate is {done['certificate_id']}.",
        ("CERTIFICATE_ID", "text", done["certificate_id"]),
    )
    case.tell(f"It is worth {money(done['balance'])}.", ("AMOUNT", "money", done["balance"]))
    case.tell(f"You can use it until {done['expires']}.", ("EXPIRES", "date", done["expires"]))


def medical_request(case: Case) -> None:
    own_reservation(case)
    case.hand_over("medical_assistance")
