"""Drafting: who writes to the shop, and what their wishes are about."""

from typing import Any

from domains.shop.playbook.wishes import KINDS, SEARCHES, Customer, question
from domains.shop.playbook.wording import TRAIN
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.drafting import Drafting, Person, introduced, loses_number
from turnwright.llm.embedded.wishes import Wish
from turnwright.llm.embedded.words import last_position


def _customer(record: dict[str, Any]) -> Customer:
    return Customer(record["user"], record["orders"])


def _person(desk: Desk, customer: Customer) -> Person:
    user = customer.user
    name, persona = introduced(user)
    if "missing_email" in desk.twists:
        return Person(persona, {"name": name, "zip": user["zip"]}, ("email",))
    return Person(persona, {"name": name, "email": user["email"]})


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Wish]) -> bool:
    """Whether no other wish is about the same thing, and a lost order id can be made up for by what is in the order."""
    if wish.subject is None:
        return True
    about = ("order_id", "item")
    if any(all(other.details.get(key) == wish.details[key] for key in about) for other in taken):
        return False
    if not loses_number(desk):
        return True
    orders = desk.call("list_orders", user_id=customer.user["user_id"])
    named = wish.holes["item"]
    return sum(any(last_position(named, item) >= 0 for item in order["items"]) for order in orders) == 1


def _wrong_id(desk: Desk, wish: Wish) -> str:
    def draw(attempt: str) -> str:
        return f"#O-{1000 + int(desk.noise.uniform('wrong', desk.number, attempt) * 9000)}"

    return desk.unknown("get_order", "order_id", draw)


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
