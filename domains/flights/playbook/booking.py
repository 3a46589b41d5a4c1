"""Booking: how the embedded teacher books, changes and cancels, policy included."""

import re

from domains.flights.fares import change_fee, grounds
from domains.flights.playbook.finding import (
    NOW,
    WAYS,
    Row,
    find_cabin,
    find_card,
    find_certificates,
    find_day,
    find_flight,
    find_segment,
    number_of,
)
from domains.flights.playbook.reservations import flights_of, must_not_be_gone, own_reservation, tier_of
from domains.flights.playbook.settling import counted, direction, label_of, tell_change
from turnwright.llm.embedded.case import Case, Refused
from turnwright.llm.embedded.identity import identify
from turnwright.llm.embedded.words import money

_COVERED = re.compile(r"\bill\b|accident|death", re.IGNORECASE)


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
    reservation = own_reservation(case)
    flights = flights_of(case, reservation)
    airline_cancelled = any(flight["status"] == "cancelled" for flight in flights)
    if reservation["cabin"] == "basic_economy" and not airline_cancelled:
        case.forbid("reservations in basic economy cannot be changed.")
    old_id = find_segment(case, reservation)
    must_not_be_gone(case, [flight for flight in flights if flight["flight_id"] == old_id])
    day = find_day(case, "To which day would you like to move the flight?")
    new = case.call("get_flight", flight_id=f"{number_of(old_id)}@{day}")
    passengers, cabin = len(reservation["passengers"]), reservation["cabin"]
    if new is None or new["status"] not in ("scheduled", "delayed") or new["seats"][cabin] < passengers:
        raise Refused(f"flight {number_of(old_id)} has no seats for you in that cabin on {day}.")
    fee = change_fee(reservation, tier_of(case, reservation), airline_cancelled=airline_cancelled)
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
    reservation = own_reservation(case)
    if reservation["cabin"] == "basic_economy":
        case.forbid("nobody leaves basic economy by a change.")
    flights = flights_of(case, reservation)
    must_not_be_gone(case, flights)
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
    reservation = own_reservation(case)
    flights = flights_of(case, reservation)
    must_not_be_gone(case, flights)
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
