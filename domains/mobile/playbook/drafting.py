"""Drafting: who writes to the network, which wishes make up a family, and what tells them apart."""

from typing import Any

from domains.mobile.playbook.faults import FAULTS
from domains.mobile.playbook.wishes import SEARCHES, Customer, question
from domains.mobile.playbook.wording import TRAIN
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.drafting import Drafting, Person, introduced, loses_number
from turnwright.llm.embedded.wishes import Wish

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "change_plan": (("change_plan",),),
    "pay_bill": (("pay",),),
    "bill_question": (("bill_question",),),
    "dispute_charge": (("dispute",),),
    "set_autopay": (("autopay",),),
    "data_top_up": (("top_up",),),
    "usage_question": (("usage",),),
    "suspend_line": (("suspend",),),
    "resume_line": (("resume",),),
    "enable_roaming": (("roaming",),),
    "replace_sim": (("sim",),),
    "port_out": (("leave",),),
    "no_service": (("no_service",),),
    "slow_data": (("slow_data",),),
    "no_data_abroad": (("no_data_abroad",),),
    "picture_messages": (("picture_messages",),),
    "outage": (("outage",),),
    "waive_fee": (("waive",),),
    "foreign_line": (("foreign",),),
    "early_downgrade": (("downgrade",),),
    "resume_unpaid": (("unpaid_resume",),),
    "port_unpaid": (("leave_unpaid",),),
    "hardware_fault": (("broken",),),
    "fraud_hold": (("held",),),
    "fault_and_account": (
        ("phone_only", "pay"),
        ("slow_phone", "autopay"),
        ("pictures_phone", "usage"),
        ("phone_only", "dispute"),
        ("slow_phone", "suspend"),
    ),
    "three_requests": (
        ("phone_only", "usage", "autopay"),
        ("suspend", "bill_question", "autopay"),
        ("slow_phone", "pay", "usage"),
        ("top_up", "dispute", "autopay"),
    ),
    "port_in": (("move_in",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""


def _customer(record: dict[str, Any]) -> Customer:
    return Customer(record["user"], record["lines"])


def _person(desk: Desk, customer: Customer) -> Person:
    user = customer.user
    name, persona = introduced(user)
    if "asks_how" in desk.twists:
        persona += " You are not good with phones."
    known = {"name": name, "birth_date": user["birth_date"]}
    if "missing_number" in desk.twists:
        return Person(persona, known, ("phone_number",))
    if loses_number(desk):
        return Person(persona, known)
    return Person(persona, {"name": name, "phone_number": customer.lines[0]["phone_number"]})


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Wish]) -> bool:
    """Whether no other wish is about the same line."""
    line_id = wish.details.get("line_id")
    return line_id is None or all(other.details.get("line_id") != line_id for other in taken)


def _wrong_number(desk: Desk, wish: Wish) -> str:
    def draw(attempt: str) -> str:
        dice = int(desk.noise.uniform("wrong", desk.number, attempt) * 100_000)
        return f"555-01{dice // 10_000}-{dice % 10_000:04d}"

    return desk.unknown("get_line", "phone_number", draw)


DRAFTING = Drafting(
    customer=_customer,
    person=_person,
    kinds=KINDS,
    searches=SEARCHES | FAULTS,
    question=question,
    clear=_is_clear,
    wrong_id=_wrong_number,
    wording=TRAIN,
)
