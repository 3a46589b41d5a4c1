"""Drafting: who writes to the airline, and what their wishes are about."""

from typing import Any

from domains.flights.playbook.wishes import KINDS, SEARCHES, Customer, question
from domains.flights.playbook.wording import TRAIN
from turnwright.llm.embedded.desk import Desk, Impossible
from turnwright.llm.embedded.drafting import Drafting, Person
from turnwright.llm.embedded.wishes import Wish

_TOGETHER = frozenset({"change_and_bags"})
"""Families whose wishes are about one reservation; those of all others are about one each."""


def _customer(record: dict[str, Any]) -> Customer:
    return Customer(record["user"], record["reservations"])


def _person(desk: Desk, customer: Customer) -> Person:
    user = customer.user
    name = f"{user['first_name']} {user['last_name']}"
    persona = f"You are {name} from {user['address']['city']}."
    if "missing_email" in desk.twists:
        return Person(persona, {"name": name, "birth_date": user["birth_date"]}, ("email",))
    return Person(persona, {"name": name, "email": user["email"]})


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Wish]) -> bool:
    """Whether it is the only wish of its kind, about one reservation with the others where the family has it so."""
    if any(other.action == wish.action for other in taken):
        return False
    subjects = [other.subject for other in taken if other.subject]
    if wish.subject is None or not subjects:
        return True
    return (wish.subject in subjects) == (desk.family in _TOGETHER)


def _wrong_id(desk: Desk, wish: Wish) -> str:
    for attempt in range(20):
        dice = [desk.noise.uniform("wrong", desk.number, str(attempt), str(place)) for place in range(4)]
        letters = "".join("BDFHJKLMNPQRSTVZ"[int(die * 16)] for die in dice)
        wrong = f"X{letters[:3]}7{letters[3]}"
        if desk.call("get_reservation", code=wrong) is None:
            return wrong
    raise Impossible("every code seems to be taken")


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
