"""Customers written by hand in words that no playbook holds, the rows of their worlds, and the stage to play on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from domains.shop.playbook import PLAYBOOK
from prompts import Generation, Prompt
from turnwright.agents.speaker import Agent
from turnwright.dialogue import Dialogue, Side
from turnwright.episode import play
from turnwright.llm.chat import ChatReply, ChatRequest
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.role import Ledger, Role
from turnwright.world import Domain, World

Rows = dict[str, dict[str, Any]]


def an_order(key: str, status: str, *items: tuple[str, str, float], **more: Any) -> Rows:
    """One of Nora's orders; an item is (variant id, name, price)."""
    rows = [
        {"item_id": f"i-{number}", "variant_id": variant, "name": name, "price": price, "state": "ordered"}
        for number, (variant, name, price) in enumerate(items, 1)
    ]
    address = {"street": "1 Elm Row", "city": "Reno", "state": "NV", "zip": "89501"}
    order = {
        "order_id": key,
        "user_id": "u_901",
        "status": status,
        "placed_at": "2026-06-01",
        "delivered_at": None,
        "items": rows,
        "address": address,
        "payment_id": "card-9901",
        "total": round(sum(price for _, _, price in items), 2),
        "shipment_id": None,
    }
    return {f"orders/{key}": order | more}


NORA: Rows = {
    "users/u_901": {
        "user_id": "u_901",
        "first_name": "Nora",
        "last_name": "Quill",
        "email": "nora.quill@mail.test",
        "member": "standard",
        "zip": "89501",
        "address": {"street": "1 Elm Row", "city": "Reno", "state": "NV", "zip": "89501"},
    },
    "payment_methods/card-9901": {
        "payment_id": "card-9901",
        "user_id": "u_901",
        "kind": "credit_card",
        "label": "Visa ending 9011",
    },
    "payment_methods/gift-9901": {
        "payment_id": "gift-9901",
        "user_id": "u_901",
        "kind": "gift_card",
        "label": "Gift card gift-9901",
    },
    "gift_cards/gift-9901": {
        "gift_card_id": "gift-9901",
        "user_id": "u_901",
        "balance": 20.0,
        "expires": "2027-01-31",
    },
}
KETTLE = ("kettle-white", "kettle, white", 57.2)
LAMP = ("desk-lamp-steel", "desk lamp, steel", 49.56)
MUG = ("stoneware-mug-blue", "stoneware mug, blue", 12.5)
PENDING = an_order("#O-0101", "pending", KETTLE)
DELIVERED = an_order("#O-0102", "delivered", LAMP, KETTLE, delivered_at="2026-06-03")
LATE = an_order("#O-0103", "delivered", LAMP, delivered_at="2026-04-20")
LOST = an_order("#O-0104", "shipped", KETTLE, shipment_id="s-9901") | {
    "shipments/s-9901": {
        "shipment_id": "s-9901",
        "order_id": "#O-0104",
        "carrier": "Snail Mail",
        "tracking": "X1",
        "status": "lost",
        "eta": "2026-06-02",
        "last_scan": "2026-06-01",
    }
}
BY_MAIL = {"email": "nora.quill@mail.test"}
BY_NAME = {"name": "Nora Quill", "zip": "89501"}


@dataclass(frozen=True)
class Customer:
    """What the one prompt is told, and the world that the other finds."""

    goal: str
    opening: str
    knows: dict[str, str]
    rows: Rows
    does_not_know: tuple[str, ...] = ()
    persona: str = "Nora bakes bread at night and types with one hand."


@dataclass(frozen=True)
class Talk:
    dialogue: Dialogue
    requests: list[ChatRequest]
    replies: list[ChatReply]

    @property
    def said(self) -> str:
        return "\n".join(turn.content for turn in self.dialogue.turns if turn.speaker is Side.ASSISTANT)

    @property
    def writes(self) -> list[tuple[str, dict[str, Any]]]:
        calls = [call for turn in self.dialogue.turns for call in turn.calls]
        return [(call.tool, call.arguments) for call in calls if call.writes and call.error is None]


@dataclass
class Recording:
    """Passes requests on to the embedded client, and keeps them."""

    client: EmbeddedClient
    requests: list[ChatRequest] = field(default_factory=list[ChatRequest])
    replies: list[ChatReply] = field(default_factory=list[ChatReply])

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.requests.append(replace(request, messages=[*request.messages]))
        self.replies.append(await self.client.chat(request))
        return self.replies[-1]


@dataclass(frozen=True)
class Stage:
    """Where customers are played: the shop and the templates of generation 0."""

    shop: Domain
    generation: Generation

    async def play(
        self,
        customer: Customer,
        *,
        noise: type[Noise] = Steady,
        seed: int = 1,
        edited: Mapping[str, Callable[[str], str]] = MappingProxyType({}),
    ) -> Talk:
        """One dialogue; `edited` changes the templates of roles."""
        client, ledger = Recording(EmbeddedClient({"shop": PLAYBOOK}, noise)), Ledger()

        def role(name: str) -> Role:
            text = edited.get(name, str)(self.generation.prompts[name].text)
            return Role(name, "embedded/teacher", client, Prompt(name, text))

        today = self.shop.setting
        told = {name: getattr(customer, name) for name in ("persona", "goal", "opening", "knows", "does_not_know")}
        tools = list(self.shop.tools.values())
        user = Agent(Side.USER, role("user"), today | told, [], ledger, seed)
        assistant = Agent(Side.ASSISTANT, role("assistant"), today | {"policy": self.shop.policy}, tools, ledger, seed)
        world = World(self.shop, NORA | customer.rows)
        limits = self.generation.workflow.dialogue_limits
        return Talk(await play("by-hand", user, assistant, world, limits), client.requests, client.replies)


CANCEL = Customer(
    "You want to cancel order #O-0101, which you placed by mistake.",
    "Morning! About the kettle, #O-0101: kindly cancel that for me, it was a mistake.",
    BY_MAIL | {"order_id": "#O-0101", "reason": "it was ordered by mistake"},
    PENDING,
)
SEND_BACK = Customer(
    "You want to return the desk lamp out of order #O-0102 and get the money on Gift card gift-9901.",
    "The lamp you sent me is hideous at night. May I return it? It's the desk lamp in #O-0102.",
    BY_MAIL | {"order_id": "#O-0102", "refund_to": "Gift card gift-9901"},
    DELIVERED,
)
WAVERS = Customer(
    "You want to swap the white kettle in order #O-0101 for the copper one; a difference goes over Visa ending 9011. "
    "When the assistant asks you to confirm, change your mind: you would like the black one better.",
    "I'd swap my kettle, the one in #O-0101, if I may: make it copper.",
    BY_MAIL | {"wanted": "copper", "payment": "Visa ending 9011"},
    PENDING,
)
TOO_LATE = Customer(
    "You want to return the desk lamp of order #O-0103 for your money.",
    "That desk lamp from April, order #O-0103, I'd return it now that the baby broke nothing.",
    BY_MAIL | {"refund_to": "Visa ending 9011"},
    LATE,
)
MOVES = Customer(
    "You want to have your kettle brought to 77 Plum Court, Boise, ID 83701.",
    "Hoi, please send my order to another address, would you?",
    BY_NAME | {"item": "the kettle", "new_address": "77 Plum Court, Boise, ID 83701"},
    PENDING,
    ("email", "order_id"),
)
TWO_THINGS = Customer(
    "You want to (1) cancel #O-0101 because nobody needs it any more and (2) have the email of your account changed to "
    "quill.house@mail.test.",
    "Two errands. To begin with, cancel order #O-0101, I no longer need it.",
    BY_MAIL | {"new_email": "quill.house@mail.test", "reason": "it is no longer needed"},
    PENDING,
)
VANISHED = Customer(
    "You want to learn where order #O-0104 has got to.",
    "I paid for a kettle, order #O-0104, so where is it?",
    BY_MAIL,
    LOST,
)

EVERYONE = (CANCEL, SEND_BACK, WAVERS, TOO_LATE, MOVES, TWO_THINGS, VANISHED)


def adding(sentence: str) -> Callable[[str], str]:
    """Puts a sentence right after a template's first line."""
    return lambda text: text.replace("\n", f"\n\n{sentence}\n", 1)
