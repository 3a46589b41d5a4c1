"""Drafting: how the embedded teacher puts wishes into a draft: persona, goal, opening, and what the customer knows."""

from dataclasses import dataclass, replace
from typing import Any

from domains.shop.playbook.finding import Row, last_position
from domains.shop.playbook.wishes import KINDS, SEARCHES, Customer, Wish, question
from domains.shop.playbook.wording import TRAIN, Wording
from turnwright.llm.embedded.desk import Desk, Impossible

_LOSES_ORDER_ID = ("wrong_order_id_first", "forgot_order_id")


def write(desk: Desk, wording: Wording = TRAIN) -> dict[str, Any]:
    """One draft for the desk's plan.

    Raises:
        Impossible: if none of the customers can have such a wish.
    """
    for record in desk.shuffled(desk.customers, "customer"):
        customer = Customer(record["user"], record["orders"])
        wishes = _wishes(desk, customer)
        if wishes:
            return _Writing(desk, wording, customer.user, wishes).draft()
    raise Impossible(f"nobody here can have a wish of the family {desk.family}")


def _wishes(desk: Desk, customer: Customer) -> list[Wish] | None:
    wishes: list[Wish] = []
    for kind in desk.choose(KINDS[desk.family], "kinds"):
        taken = [wish.details for wish in wishes]
        fitting = (wish for wish in SEARCHES[kind](desk, customer) if _is_clear(desk, customer, wish, taken))
        wish = next(fitting, None)
        if wish is None:
            return None
        wishes.append(wish)
    if "asks_question_first" in desk.twists:
        wishes.insert(0, next(question(desk, customer)))
    return wishes


def _is_clear(desk: Desk, customer: Customer, wish: Wish, taken: list[Row]) -> bool:
    """Whether no other wish is about the same thing, and a lost order id can be made up for by what is in the order."""
    if wish.order is None:
        return True
    about = ("order_id", "item")
    if any(all(details.get(key) == wish.details[key] for key in about) for details in taken):
        return False
    if not set(desk.twists) & set(_LOSES_ORDER_ID):
        return True
    orders = desk.call("list_orders", user_id=customer.user["user_id"])
    named = wish.holes["item"]
    return sum(any(last_position(named, item) >= 0 for item in order["items"]) for order in orders) == 1


@dataclass(frozen=True)
class _Writing:
    desk: Desk
    wording: Wording
    user: Row
    wishes: list[Wish]

    def draft(self) -> dict[str, Any]:
        note, wishes, unknown = self._told()
        knows = {key: value for wish in reversed(wishes) for key, value in wish.knows.items()}
        name = f"{self.user['first_name']} {self.user['last_name']}"
        return {
            "persona": f"You are {name} from {self.user['address']['city']}. Style of writing: {self.desk.style}.",
            "goal": note + _goal(wishes),
            "opening": self._opening(wishes[0]),
            "knows": self._identity() | knows,
            "does_not_know": [*unknown, *(["email"] if "missing_email" in self.desk.twists else [])],
            "requests": [{"action": wish.action, "details": wish.details} for wish in self.wishes],
        }

    def _identity(self) -> dict[str, str]:
        name = {"name": f"{self.user['first_name']} {self.user['last_name']}"}
        if "missing_email" in self.desk.twists:
            return name | {"zip": self.user["zip"]}
        return name | {"email": self.user["email"]}

    def _told(self) -> tuple[str, list[Wish], list[str]]:
        """A note before the goal, the wishes as this customer can tell them, and what the customer cannot tell."""
        if "wrong_order_id_first" in self.desk.twists:
            wrong = self._wrong_id()
            first = next(at for at, wish in enumerate(self.wishes) if wish.order)
            wishes = [*self.wishes]
            wishes[first] = _with_other_id(wishes[first], wrong)
            return f"You believe that your order number is {wrong}, which is wrong. ", wishes, ["the right order_id"]
        if "forgot_order_id" in self.desk.twists:
            return "", [_without_id(wish) for wish in self.wishes], ["order_id"]
        return "", self.wishes, []

    def _wrong_id(self) -> str:
        for attempt in range(20):
            wrong = f"#O-{1000 + int(self.desk.noise.uniform('wrong', self.desk.number, str(attempt)) * 9000)}"
            if self.desk.call("get_order", order_id=wrong) is None:
                return wrong
        raise Impossible("every order id seems to be taken")

    def _opening(self, wish: Wish) -> str:
        desk, style = self.desk, self.desk.style
        action = "exchange_items" if wish.action == "change_order_items" else wish.action
        core = desk.choose(self.wording.cores[action], "core").format(**wish.holes)
        lead = desk.choose(self.wording.leads[style], "lead")
        tail = desk.choose(self.wording.tails[style], "tail")
        if tail[:1].islower():
            core = core.rstrip(".?!") + ","
        return " ".join(part for part in (lead, core[0].upper() + core[1:], tail) if part)


def _with_other_id(wish: Wish, wrong: str) -> Wish:
    right = wish.details["order_id"]
    return replace(
        wish,
        words=wish.words.replace(right, wrong),
        knows=wish.knows | {"order_id": wrong},
        holes=wish.holes | {"order": f"order {wrong}"},
    )


def _without_id(wish: Wish) -> Wish:
    if wish.order is None:
        return wish
    described = f"the order with the {wish.holes['item']}"
    return replace(
        wish,
        words=wish.words.replace(f"order {wish.details['order_id']}", described),
        knows={key: value for key, value in wish.knows.items() if key != "order_id"},
        holes=wish.holes | {"order": described},
    )


def _goal(wishes: list[Wish]) -> str:
    if len(wishes) == 1:
        return f"You want to {_sentence(wishes[0])}"
    return "You want to " + " ".join(f"({number}) {_sentence(wish)}" for number, wish in enumerate(wishes, 1))


def _sentence(wish: Wish) -> str:
    if not wish.second_thought:
        return f"{wish.words}."
    return f"{wish.words}. When the assistant asks you to confirm, change your mind: {wish.second_thought}."
