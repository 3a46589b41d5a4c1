"""Procedures: how the embedded teacher serves each kind of request at the airline, policy included."""

import re
from datetime import date

from domains.flights.fares import (
    BAG_PRICE,
    CANCELLATION_PAYS,
    DELAY_PAYS,
    FREE_BAGS,
    GONE,
    INSURANCE_PRICE,
    age_on,
    bags_to_pay,
    change_fee,
    compensation,
    edits,
    full_name,
    grounds,
    insurable,
    seat_fee,
)
from domains.flights.network import KIND_OF_SEAT
from domains.flights.playbook.finding import (
    NOW,
    WAYS,
    Row,
    find_bags,
    find_cabin,
    find_card,
    find_certificates,
    find_day,
    find_flight,
    find_new_name,
    find_passenger,
    find_reservation,
    find_seat,
    find_segment,
    nearest_passenger,
    number_of,
)
from domains.flights.playbook.rebooking import rebook
from domains.flights.playbook.settling import counted, direction, label_of, tell_change
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify, identify_unless_careless
from turnwright.llm.embedded.playbook import Procedure
from turnwright.llm.embedded.words import money

_COVERED = re.compile(r"\bill\b|accident|death", re.IGNORECASE)


def _reservation(case: Case) -> Row:
    """The customer's reservation, after they were identified."""
    return find_reservation(case, identify_unless_careless(case, *WAYS))


def _tier(case: Case, reservation: Row) -> str:
    return case.call("get_user", user_id=reservation["user_id"])["tier"]


def _flights(case: Case, reservation: Row) -> list[Row]:
    return [case.call("get_flight", flight_id=segment["flight_id"]) for segment in reservation["segments"]]


def _must_not_be_gone(case: Case, flights: list[Row]) -> None:
    gone = [flight for flight in flights if flight["status"] in GONE]
    if gone:
        case.forbid(f"flight {number_of(gone[0]['flight_id'])} on {gone[0]['date']} has departed already.")


def book_flight(case: Case) -> None:
    user_id = identify(case, *WAYS)
    flight = find_flight(case)
    cabin = find_cabin(case)
    price, spoken = flight["prices"][cabin], cabin.replace("_", " ")
    if flight["seats"][cabin] < 1:
        raise Refused(f"there is no seat left in {spoken} on that flight.")
    user = case.call("get_user", user_id=user_id)
    certificate = _paying_first(case, user_id)
    card = find_card(case, user_id, "Which card would you like to pay with?")
    first = min(price, certificate["balance"]) if certificate else 0.0
    part = f"certificate {certificate['payment_id']} pays {money(first)}, and " if certificate else ""
    rest = money(price - first) if certificate else "all of it"
    case.propose(
        f"I would book flight {number_of(flight['flight_id'])} on {flight['date']} in {spoken} for you at "
        f"{money(price)}; {part}{rest} goes to {card['label']}. Shall I book it?"
    )
    passenger = {name: user[name] for name in ("first_name", "last_name", "birth_date")}
    done = case.make(
        "book_flight",
        user_id=user_id,
        flight_ids=[flight["flight_id"]],
        cabin=cabin,
        passengers=[passenger],
        payment_id=card["payment_id"],
        certificate_id=certificate["payment_id"] if certificate else None,
    )
    code = done["reservation_id"]
    case.tell(f"Your flight is booked, with the code {code}.", ("RESERVATION_CODE", "text", code))
    case.tell(f"It costs {money(done['total'])}.", ("TOTAL", "money", done["total"]))
    if certificate:
        case.tell(
            f"{money(done['charged'])} of that is charged to {card['label']}.", ("CHARGED", "money", done["charged"])
        )
        case.tell(
            f"Your certificate has {money(done['certificate_balance'])} left.",
            ("CERTIFICATE_BALANCE", "money", done["certificate_balance"]),
        )


def _paying_first(case: Case, user_id: str) -> Row | None:
    """The certificate that pays first, if the customer wants that."""
    certificates, named = find_certificates(case, user_id)
    valid = [one for one in certificates if one["expires"] >= NOW.date().isoformat() and one["balance"] > 0]
    if named and named not in valid:
        case.forbid(f"certificate {named['payment_id']} has expired or is empty.")
    if valid and not named and "no certificate" not in case.text.lower():
        names = " or ".join(f"{one['payment_id']} ({money(one['balance'])})" for one in valid)
        case.ask(f"Should a travel certificate pay first, {names}?")
    return named


def change_flights(case: Case) -> None:
    reservation = _reservation(case)
    flights = _flights(case, reservation)
    airline_cancelled = any(flight["status"] == "cancelled" for flight in flights)
    if reservation["cabin"] == "basic_economy" and not airline_cancelled:
        case.forbid("reservations in basic economy cannot be changed.")
    old_id = find_segment(case, reservation)
    _must_not_be_gone(case, [flight for flight in flights if flight["flight_id"] == old_id])
    day = find_day(case, "To which day would you like to move the flight?")
    new = case.call("get_flight", flight_id=f"{number_of(old_id)}@{day}")
    passengers, cabin = len(reservation["passengers"]), reservation["cabin"]
    if new is None or new["status"] not in ("scheduled", "delayed") or new["seats"][cabin] < passengers:
        raise Refused(f"flight {number_of(old_id)} has no seats for you in that cabin on {day}.")
    fee = change_fee(reservation, _tier(case, reservation), airline_cancelled=airline_cancelled)
    paid = next(segment["price"] for segment in reservation["segments"] if segment["flight_id"] == old_id)
    difference = round(passengers * (new["prices"][cabin] - paid), 2)
    card = find_card(case, reservation["user_id"], "Which card should be used for fee and fare difference?")
    case.propose(
        f"I would move flight {number_of(old_id)} to {day}. The fare difference is {direction(difference)}, the change "
        f"fee {money(fee)}; together {direction(difference + fee)}, with {card['label']}. Shall I change it?"
    )
    ids = [new["flight_id"] if one["flight_id"] == old_id else one["flight_id"] for one in reservation["segments"]]
    done = case.make(
        "change_flights",
        reservation_id=reservation["reservation_id"],
        flight_ids=ids,
        fee=fee,
        payment_id=card["payment_id"],
    )
    case.tell(f"You now fly with {number_of(old_id)} on {day}.", ("NEW_DAY", "date", day))
    tell_change(case, done, card["label"])


def change_cabin(case: Case) -> None:
    reservation = _reservation(case)
    if reservation["cabin"] == "basic_economy":
        case.forbid("nobody leaves basic economy by a change.")
    flights = _flights(case, reservation)
    _must_not_be_gone(case, flights)
    cabin = "economy" if reservation["cabin"] == "business" else "business"
    passengers = len(reservation["passengers"])
    if any(flight["seats"][cabin] < passengers for flight in flights):
        raise Refused(f"there are not enough seats left in {cabin}.")
    paid = sum(segment["price"] for segment in reservation["segments"])
    difference = round(passengers * (sum(flight["prices"][cabin] for flight in flights) - paid), 2)
    card = find_card(case, reservation["user_id"], "Which card should the fare difference be settled with?")
    case.propose(
        f"I would put reservation {reservation['reservation_id']} into {cabin}, for {counted(passengers, 'passenger')} "
        f"on all flights. The fare difference is {direction(difference)}, with {card['label']}. Shall I do that?"
    )
    done = case.make(
        "change_cabin", reservation_id=reservation["reservation_id"], cabin=cabin, payment_id=card["payment_id"]
    )
    case.tell(f"The reservation is now in {cabin}.")
    case.tell(
        f"The fare difference of {money(done['fare_difference'])} is settled with {card['label']}.",
        ("FARE_DIFFERENCE", "money", abs(done["fare_difference"])),
    )


def cancel_reservation(case: Case) -> None:
    reservation = _reservation(case)
    flights = _flights(case, reservation)
    _must_not_be_gone(case, flights)
    airline_cancelled = any(flight["status"] == "cancelled" for flight in flights)
    holding = grounds(reservation, NOW, airline_cancelled=airline_cancelled)
    if holding == ["insurance"] and not _COVERED.search(case.text):
        case.ask("What is the reason for it?")
        holding = []
    if not holding:
        case.forbid(
            "it is neither in business nor booked in the last 24 hours, the airline cancelled none of its flights, and "
            "no insured reason holds."
        )
    label = label_of(case, reservation["user_id"], reservation["payment_id"])
    refund = round(reservation["total"] - reservation["insurance_price"], 2)
    code = reservation["reservation_id"]
    case.propose(f"I can cancel reservation {code}; {money(refund)} would be refunded. Shall I go ahead?")
    done = case.make("cancel_reservation", reservation_id=code, grounds=holding[0] if holding else "business")
    case.tell(f"Reservation {code} is cancelled.")
    case.tell(f"{money(done['refund_total'])} is refunded.", ("REFUND_TOTAL", "money", done["refund_total"]))
    if done["refund_to_certificate"]:
        case.tell(
            f"{money(done['refund_to_certificate'])} of it goes back to your certificate, which then has "
            f"{money(done['certificate_balance'])}, and {money(done['refund_to_card'])} to {label}.",
            ("CERTIFICATE_BALANCE", "money", done["certificate_balance"]),
        )
    else:
        case.tell(f"It goes to {label}.")


def add_bags(case: Case) -> None:
    reservation = _reservation(case)
    _must_not_be_gone(case, _flights(case, reservation))
    added = find_bags(case)
    paid = bags_to_pay(reservation, _tier(case, reservation), added)
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
    reservation = _reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    _must_not_be_gone(case, [flight])
    passenger = find_passenger(case, reservation)
    seat = find_seat(case)
    kind = KIND_OF_SEAT.get(seat)
    if kind is None or seat not in case.call("list_seats", flight_id=flight["flight_id"], kind=kind):
        raise Refused(f"seat {seat} cannot be chosen on that flight any more.")
    if kind == "legroom" and age_on(passenger["birth_date"], date.fromisoformat(flight["date"])) < 16:
        case.forbid("seats in the exit row are only for passengers of 16 or over.")
    fee = seat_fee(kind, reservation["cabin"], _tier(case, reservation))
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
    reservation = _reservation(case)
    _must_not_be_gone(case, _flights(case, reservation))
    name = find_new_name(case)
    passenger = nearest_passenger(case, reservation, name)
    old = full_name(passenger)
    if edits(old, name) > 3:
        case.forbid(
            "only the spelling of a name can be corrected, by 3 letters at most; passengers cannot be replaced."
        )
    code = reservation["reservation_id"]
    case.propose(f"I would change {old} to {name} in reservation {code}. Shall I correct it?")
    first, _, last = name.partition(" ")
    case.make(
        "update_passenger",
        reservation_id=code,
        passenger_id=passenger["passenger_id"],
        first_name=first,
        last_name=last,
    )
    case.tell(f"The ticket now says {name}.", ("NEW_NAME", "text", name))


def add_insurance(case: Case) -> None:
    reservation = _reservation(case)
    flights = _flights(case, reservation)
    _must_not_be_gone(case, flights)
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
    reservation = _reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    due = compensation(reservation, flight, _tier(case, reservation))
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


def flight_status(case: Case) -> None:
    reservation = _reservation(case)
    flight = case.call("get_flight", flight_id=find_segment(case, reservation))
    number, departs = number_of(flight["flight_id"]), flight["departs"][11:]
    case.tell(f"Flight {number} on {flight['date']} is {flight['status']}.", ("STATUS", "text", flight["status"]))
    if flight["status"] == "cancelled":
        return
    case.tell(f"By the timetable it departs at {departs}.", ("DEPARTS", "text", departs))
    if flight["delay_minutes"]:
        delay = flight["delay_minutes"]
        case.tell(f"It is {delay} minutes late.", ("DELAY", "number", delay))


def baggage_question(case: Case) -> None:
    reservation = _reservation(case)
    free = FREE_BAGS[_tier(case, reservation)][reservation["cabin"]] * len(reservation["passengers"])
    case.tell(f"Free of charge in this reservation: {counted(free, 'bag')}.", ("FREE_BAGS", "number", free))
    case.tell(f"It has {counted(reservation['bags'], 'bag')} so far.", ("BAGS", "number", reservation["bags"]))


def certificate_balance(case: Case) -> None:
    certificates, named = find_certificates(case, identify(case, *WAYS))
    certificate = named or (certificates[0] if len(certificates) == 1 else None)
    if certificate is None:
        case.ask(f"Which certificate do you mean: {'; '.join(one['payment_id'] for one in certificates)}?")
        raise Refused("I could not tell which certificate you mean.")
    key = certificate["payment_id"]
    case.tell(f"There is {money(certificate['balance'])} left on {key}.", ("BALANCE", "money", certificate["balance"]))
    case.tell(f"Its last day is {certificate['expires']}.", ("EXPIRES", "date", certificate["expires"]))


def fare_question(case: Case) -> None:
    flight = find_flight(case)
    cabin = find_cabin(case)
    price, seats = flight["prices"][cabin], flight["seats"][cabin]
    number, spoken = number_of(flight["flight_id"]), cabin.replace("_", " ")
    case.tell(
        f"Flight {number} on {flight['date']} costs {money(price)} per passenger in {spoken}.",
        ("PRICE", "money", price),
    )
    case.tell(f"Left in that cabin: {counted(seats, 'seat')}.", ("SEATS", "number", seats))


def medical_request(case: Case) -> None:
    _reservation(case)
    case.hand_over("medical_assistance")


PROCEDURES: dict[str, Procedure] = {
    "book_flight": book_flight,
    "change_flights": change_flights,
    "change_cabin": change_cabin,
    "cancel_reservation": cancel_reservation,
    "add_bags": add_bags,
    "choose_seat": choose_seat,
    "update_passenger": update_passenger,
    "swap_passenger": update_passenger,
    "add_insurance": add_insurance,
    "issue_certificate": compensate,
    "get_flight": flight_status,
    "get_reservation": baggage_question,
    "get_certificate": certificate_balance,
    "search_flights": fare_question,
    "rebook": rebook,
    "medical": medical_request,
}
"""By what the request asks for, mostly the name of a tool."""
