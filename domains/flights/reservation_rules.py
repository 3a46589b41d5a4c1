"""Reservation rules: what policy.md allows for a single call, judged by the state of the world before it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from domains.flights.fares import (
    EXIT_ROW_AGE,
    GONE,
    MOST_BAGS,
    REBOOKING_DAYS,
    SPELLING,
    age_on,
    bags_to_pay,
    change_fee,
    compensation,
    full_name,
    grounds,
    insurable,
    letters_touched,
    seat_fee,
    travels_alone,
)
from domains.flights.network import KIND_OF_SEAT
from domains.rules import Case, Rule, finding, own_account
from turnwright.database import Row
from turnwright.verdict import Finding
from turnwright.world import World


def _reservation(case: Case) -> Row:
    return case.row("reservations", case.arguments["reservation_id"])


def _tier(case: Case) -> str:
    return case.row("users", _reservation(case)["user_id"])["tier"]


def _flights(case: Case) -> list[Row]:
    return [case.row("flights", segment["flight_id"]) for segment in _reservation(case)["segments"]]


def _passenger(case: Case) -> Row:
    wanted = case.arguments["passenger_id"]
    return next(one for one in _reservation(case)["passengers"] if one["passenger_id"] == wanted)


def _airline_cancelled(case: Case) -> bool:
    return any(flight["status"] == "cancelled" for flight in _flights(case))


def _own_reservation(case: Case) -> Iterator[Finding]:
    if _reservation(case)["user_id"] != case.user_id:
        yield finding("FOREIGN_ACCOUNT", f"reservation {case.arguments['reservation_id']} belongs to another user")


def _own_card(case: Case) -> Iterator[Finding]:
    method = case.row("payment_methods", case.arguments["payment_id"])
    if method["user_id"] != case.user_id:
        yield finding("FOREIGN_PAYMENT", f"{method['payment_id']} belongs to another user")
    if method["kind"] != "card":
        yield finding("NOT_A_CARD", f"{method['payment_id']} is a certificate")


def _own_card_unless_free(amount: str) -> Rule:
    """Where this argument says that nothing is to be paid, it does not matter what that is paid with."""

    def check(case: Case) -> Iterator[Finding]:
        return (one for one in _own_card(case) if one.code != "NOT_A_CARD" or case.arguments[amount] != 0)

    return check


def _usable_certificate(case: Case) -> Iterator[Finding]:
    certificate_id = case.arguments.get("certificate_id")
    if certificate_id is None:
        return
    certificate = case.row("certificates", certificate_id)
    if certificate["user_id"] != case.user_id:
        yield finding("FOREIGN_PAYMENT", f"certificate {certificate_id} belongs to another user")
    if case.days_since(certificate["expires"]) > 0:
        yield finding("EXPIRED_CERTIFICATE", f"certificate {certificate_id} expired on {certificate['expires']}")


def _adult_on_board(case: Case) -> Iterator[Finding]:
    passengers = case.arguments.get("passengers") or _reservation(case)["passengers"]
    if travels_alone(passengers, case.world.now):
        yield finding("MINOR_ALONE", "all passengers are under 14")


def _nothing_gone(case: Case) -> Iterator[Finding]:
    gone = [flight["flight_id"] for flight in _flights(case) if flight["status"] in GONE]
    if gone:
        yield finding("FLOWN", f"{gone[0]} has departed")


def _flight_not_gone(case: Case) -> Iterator[Finding]:
    flight = case.row("flights", case.arguments["flight_id"])
    if flight["status"] in GONE:
        yield finding("FLOWN", f"{flight['flight_id']} has departed")


def _changeable(case: Case) -> Iterator[Finding]:
    if _reservation(case)["cabin"] == "basic_economy" and not _airline_cancelled(case):
        yield finding("BASIC_ECONOMY", "basic economy cannot be changed")


def _replacements(case: Case) -> Iterator[Finding]:
    """Of the flights that are replaced: none has left, each by one on the same way, soon after one cancelled."""
    for old, new_id in zip(_flights(case), case.arguments["flight_ids"], strict=True):
        new = case.row("flights", new_id)
        if old["flight_id"] != new_id and old["status"] in GONE:
            yield finding("FLOWN", f"{old['flight_id']} has departed")
        if (old["origin"], old["destination"]) != (new["origin"], new["destination"]):
            yield finding("OTHER_ROUTE", f"{new_id} in place of {old['flight_id']}")
        if old["status"] == "cancelled" and old["flight_id"] != new_id and new["date"] not in _rebooking_days(old):
            yield finding("LATE_REBOOKING", f"{new_id} is not within {REBOOKING_DAYS} days of {old['flight_id']}")


def _fee_by_policy(case: Case) -> Iterator[Finding]:
    fee = change_fee(_reservation(case), _tier(case), airline_cancelled=_airline_cancelled(case))
    if abs(case.arguments["fee"] - fee) >= 0.005:
        yield finding("WRONG_FEE", f"{case.arguments['fee']:.2f} in place of {fee:.2f}")


def _cabin_by_policy(case: Case) -> Iterator[Finding]:
    if "basic_economy" in (_reservation(case)["cabin"], case.arguments["cabin"]):
        yield finding("BASIC_ECONOMY", "nobody leaves or enters basic economy by a change")


def _cancellable(case: Case) -> Iterator[Finding]:
    reservation, named = _reservation(case), case.arguments["grounds"]
    holding = grounds(reservation, case.world.now, airline_cancelled=_airline_cancelled(case))
    if not holding:
        yield finding("NOT_CANCELLABLE", f"{reservation['reservation_id']} can be cancelled on no ground")
    elif named != holding[0]:
        yield finding("WRONG_GROUNDS", f"{named} in place of {holding[0]}")


def _bags_by_policy(case: Case) -> Iterator[Finding]:
    reservation, added = _reservation(case), case.arguments["added"]
    to_pay = bags_to_pay(reservation, _tier(case), added)
    if case.arguments["paid"] != to_pay:
        yield finding("WRONG_BAG_FEE", f"{case.arguments['paid']} bags charged in place of {to_pay}")
    if reservation["bags"] + added > MOST_BAGS * len(reservation["passengers"]):
        yield finding("TOO_MANY_BAGS", f"more than {MOST_BAGS} bags per passenger")


def _seat_by_policy(case: Case) -> Iterator[Finding]:
    kind = KIND_OF_SEAT[case.arguments["seat"]]
    fee = seat_fee(kind, _reservation(case)["cabin"], _tier(case))
    if abs(case.arguments["fee"] - fee) >= 0.005:
        yield finding("WRONG_SEAT_FEE", f"{case.arguments['fee']:.2f} in place of {fee:.2f}")
    day = date.fromisoformat(case.row("flights", case.arguments["flight_id"])["date"])
    if kind == "legroom" and age_on(_passenger(case)["birth_date"], day) < EXIT_ROW_AGE:
        yield finding("EXIT_ROW_AGE", f"{full_name(_passenger(case))} is under {EXIT_ROW_AGE}")


def _same_person(case: Case) -> Iterator[Finding]:
    old = _passenger(case)
    touched = letters_touched(old, case.arguments["first_name"].strip(), case.arguments["last_name"].strip())
    if touched > SPELLING:
        yield finding("PASSENGER_SWAP", f"{touched} letters of {full_name(old)} differ")


def _insured_in_time(case: Case) -> Iterator[Finding]:
    if not insurable(_reservation(case), _flights(case)[0]["departs"], case.world.now):
        yield finding("LATE_INSURANCE", "too long after booking, or too close to the first flight")


def _compensation_due(case: Case) -> Iterator[Finding]:
    flight = case.row("flights", case.arguments["flight_id"])
    due, given = compensation(_reservation(case), flight, _tier(case)), case.arguments["amount"]
    if not due:
        yield finding("UNDUE_COMPENSATION", f"{flight['flight_id']} entitles the user to nothing")
    elif abs(given - due) >= 0.005:
        yield finding("WRONG_COMPENSATION", f"{given:.2f} in place of {due:.2f}")


def can_be_rebooked(world: World, reservation: Mapping[str, Any], cancelled: Mapping[str, Any]) -> bool:
    """Whether a flight on the same way, soon after the cancelled one, has seats for all passengers in their cabin."""
    return any(
        (flight["origin"], flight["destination"]) == (cancelled["origin"], cancelled["destination"])
        and flight["status"] in ("scheduled", "delayed")
        and flight["seats"][reservation["cabin"]] >= len(reservation["passengers"])
        for day in _rebooking_days(cancelled)
        for flight in world.find("flights", "date", day)
    )


def _rebooking_days(cancelled: Mapping[str, Any]) -> list[str]:
    day = date.fromisoformat(cancelled["date"])
    return [(day + timedelta(days=number)).isoformat() for number in range(REBOOKING_DAYS + 1)]


_OWN: tuple[Rule, ...] = (_own_reservation, _adult_on_board)
RULES: dict[str, tuple[Rule, ...]] = {
    "get_user": (own_account,),
    "list_reservations": (own_account,),
    "list_payment_methods": (own_account,),
    "book_flight": (own_account, _own_card, _usable_certificate, _adult_on_board),
    "change_flights": (*_OWN, _own_card, _changeable, _replacements, _fee_by_policy),
    "change_cabin": (*_OWN, _own_card, _nothing_gone, _cabin_by_policy),
    "cancel_reservation": (*_OWN, _nothing_gone, _cancellable),
    "add_bags": (*_OWN, _own_card_unless_free("paid"), _nothing_gone, _bags_by_policy),
    "choose_seat": (*_OWN, _own_card_unless_free("fee"), _flight_not_gone, _seat_by_policy),
    "update_passenger": (*_OWN, _nothing_gone, _same_person),
    "add_insurance": (*_OWN, _own_card, _nothing_gone, _insured_in_time),
    "issue_certificate": (own_account, *_OWN, _compensation_due),
}
"""The rules of each tool; who was identified and what was confirmed is the same for all domains, see rules.py."""
