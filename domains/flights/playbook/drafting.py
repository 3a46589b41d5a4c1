"""Drafting: who writes to the airline, and what their wishes are about."""

from typing import Any

from domains.flights.playbook.choosing import Customer
from domains.flights.playbook.question_wishes import question
from domains.flights.playbook.wishes import KINDS, SEARCHES
from domains.flights.playbook.wording import TRAIN
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.drafting import Drafting, Person, introduced, loses_number
from turnwright.llm.embedded.wishes import Wish

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def _customer(record: dict[str, Any]) -> Customer:
    return Customer(record["user"], record["reservations"])


def _person(desk: Desk, customer: Customer) -> Person:
    user = customer.user
    name, persona = introduced(user)
    if "missing_email" in desk.twists:
        return Person(persona, {"name": name, "birth_date": user["birth_date"]}, ("email",))
    return Person(persona, {"name": name, "email": user["email"]})


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Wish]) -> bool:
    """Whether no other wish is about the same reservation, and a lost code can be made up for by the way."""
    if wish.subject is None:
        return True
    if any(other.subject == wish.subject for other in taken):
        return False
    if not loses_number(desk):
        return True
    trips = [one["trip"] for one in desk.call("list_reservations", user_id=customer.user_id)]
    return trips.count(wish.details["trip"]) == 1


def _wrong_id(desk: Desk, wish: Wish) -> str:
    def draw(attempt: str) -> str:
        dice = [desk.noise.uniform("wrong", desk.number, attempt, str(place)) for place in range(6)]
        return "".join(
            str(int(number * 10)) if place in (1, 4) else _LETTERS[int(number * 24)]
            for place, number in enumerate(dice)
        )

    return desk.unknown("get_reservation", "reservation_id", draw)


DRAFTING = Drafting(
    customer=_customer,
    person=_person,
    kinds=KINDS,
    searches=SEARCHES,
    question=question,
    clear=_is_clear,
    wrong_id=_wrong_id,
    wording=TRAIN,
)
