"""Drafting: who writes to the network, and what their wishes are about."""

from typing import Any

from domains.mobile.playbook.wishes import KINDS, SEARCHES, Customer, question
from domains.mobile.playbook.wording import TRAIN
from turnwright.llm.embedded.desk import Desk, Impossible
from turnwright.llm.embedded.drafting import Drafting, Person
from turnwright.llm.embedded.wishes import Wish


def _customer(record: dict[str, Any]) -> Customer:
    return Customer(record["user"], record["lines"])


def _person(desk: Desk, customer: Customer) -> Person:
    user = customer.user
    name = f"{user['first_name']} {user['last_name']}"
    return Person(f"You are {name} from {user['address']['city']}.", {"name": name, "birth_date": user["birth_date"]})


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Wish]) -> bool:
    """Whether all wishes are about one line: the customer has one phone in hand."""
    return all(
        other.action != wish.action and (wish.subject is None or other.subject in (None, wish.subject))
        for other in taken
    )


def _wrong_id(desk: Desk, wish: Wish) -> str:
    for attempt in range(20):
        wrong = f"555-{1000 + int(desk.noise.uniform('wrong', desk.number, str(attempt)) * 8999)}"
        if desk.call("get_line", phone_number=wrong) is None:
            return wrong
    raise Impossible("every number seems to be taken")


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
