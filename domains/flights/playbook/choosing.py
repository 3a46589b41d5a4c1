"""Choosing: what the dialogue writer looks up about a customer before it can invent a wish."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from domains.flights.playbook.finding import NOW, Row, number_of
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Subject, Wish, changes_mind, with_choice

_PAY_INSTEAD = "you want to pay with {choice} instead"
TODAY = NOW.date().isoformat()


@dataclass(frozen=True)
class Customer:
    user: Row
    reservations: list[Row]

    @property
    def user_id(self) -> str:
        return self.user["user_id"]


def reservations(
    desk: Desk,
    customer: Customer,
    *cabins: str,
    status: str = "active",
    minors: bool = False,
    struck: bool | None = None,
    fits: Callable[[Row], bool] = lambda brief: True,
) -> Iterator[Row]:
    """The customer's reservations in full, in an order of the dice; active ones only before their first flight.

    `struck` asks for those of which the airline cancelled a flight, or for the others.
    """
    fitting = [
        one
        for one in customer.reservations
        if one["status"] == status
        and (not cabins or one["cabin"] in cabins)
        and (status != "active" or one["departs"][:10] > TODAY)
        and one["children_only"] == minors
        and struck in (None, one["airline_cancelled"])
        and fits(one)
    ]
    for brief in desk.shuffled(fitting, "reservation", status, *cabins):
        yield desk.call("get_reservation", reservation_id=brief["reservation_id"])


def day_of(flight_id: str) -> str:
    return flight_id.partition("@")[2]


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def flights_of(desk: Desk, reservation: Row) -> list[Row]:
    return [desk.call("get_flight", flight_id=segment["flight_id"]) for segment in reservation["segments"]]


def cards(desk: Desk, user_id: str) -> list[str]:
    """The labels of the user's cards, in an order of the dice."""
    methods = desk.call("list_payment_methods", user_id=user_id)
    return desk.shuffled([one["label"] for one in methods if one["kind"] == "card"], "card")


def about(reservation: Row, flight_id: str = "") -> dict[str, Any]:
    """What every wish about a reservation has in common."""
    code, trip = reservation["reservation_id"], reservation["trip"]
    number = number_of(flight_id or reservation["segments"][0]["flight_id"])
    return {
        "details": {"reservation_id": code, "trip": trip, **({"flight": number} if flight_id else {})},
        "knows": {
            "reservation_id": code,
            "trip": f"It goes from {trip}.",
            **({"flight": number} if flight_id else {}),
        },
        "holes": {"reservation": f"reservation {code}", "flight": f"flight {number}"},
        "subject": Subject("reservation_id", "reservation", code, f"the trip from {trip}"),
    }


def with_card(desk: Desk, wish: Wish, user_id: str, *, second_thought: bool) -> Iterator[Wish]:
    """The wish with a card that pays, if the user has enough of them."""
    own = cards(desk, user_id)
    wants_other = second_thought and changes_mind(desk)
    if len(own) > wants_other:
        yield with_choice(wish, "payment", own[0], own[1] if wants_other else None, _PAY_INSTEAD)


def with_plain_card(desk: Desk, wish: Wish, user_id: str) -> Wish:
    """The wish with {payment} filled in."""
    label = cards(desk, user_id)[0]
    return replace(
        wish,
        words=wish.words.replace("{payment}", label),
        details=wish.details | {"payment": label},
        knows=wish.knows | {"payment": label},
        holes=wish.holes | {"payment": label},
    )


def has_seats(desk: Desk, flight_id: str, cabin: str, passengers: int) -> bool:
    flight = desk.call("get_flight", flight_id=flight_id)
    if flight is None or flight["status"] not in ("scheduled", "delayed"):
        return False
    return flight["seats"][cabin] >= passengers


def certificates(desk: Desk, user_id: str) -> list[Row]:
    methods = desk.call("list_payment_methods", user_id=user_id)
    return desk.shuffled([one for one in methods if one["kind"] == "certificate"], "certificate")
