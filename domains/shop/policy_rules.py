"""Policy rules: policy.md as a program that reads a dialogue's calls and the order of its turns, never its phrases.

What lies in the meaning of words is left to others: whether a reason was true, a yes explicit, a refusal plain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domains.shop.order_rules import RULES, Case
from turnwright.dialogue import Executed, Side, ToolCall, Turn, placed_calls
from turnwright.record import canonical
from turnwright.verdict import Finding
from turnwright.world import World

IDENTIFYING = frozenset({"find_user_by_email", "find_user_by_name_zip"})
OPEN_TO_ALL = IDENTIFYING | {"search_products", "list_variants", "get_variant"}
"""Tools that may be called before the user is identified."""
DISPUTES = frozenset({"payment_dispute", "fraud_suspicion", "legal_threat"})
"""Reasons for a transfer that only the user's words can bear out."""


class _LookedUp(NamedTuple):
    """An order, shipment or gift card that the assistant saw."""

    turn: int
    owner: str
    row: dict[str, Any]


@dataclass
class _Reading:
    """What the assistant knows after the turns read so far."""

    turns: Sequence[Turn]
    user_id: str | None = None
    seen: dict[str, int] = field(default_factory=dict[str, int])
    """The turn in which a user, order, variant or gift card was first looked up, by its id."""
    looked_up: list["_LookedUp"] = field(default_factory=list["_LookedUp"])

    def see(self, turn: int, *ids: str) -> None:
        for key in ids:
            self.seen.setdefault(key, turn)


def violations(world: World, turns: Sequence[Turn]) -> list[Finding]:
    """What the dialogue did against the policy; `world` is freshly opened with the dialogue's start and is used up.

    The successful calls of the assistant are made again, so that each WRITE is judged by the state before it.

    Raises:
        LookupError: if the dialogue was not played in such a world.
    """
    reading = _Reading(turns)
    found: list[Finding] = []
    for number, side, call in placed_calls(tuple(turns)):
        if side is Side.ASSISTANT and call.error is None:
            found += _judge(world, reading, number, call)
            again = world.call(side, ToolCall(id=call.id, tool=call.tool, arguments=call.arguments))
            if again.error is not None:
                raise LookupError(f"{call.tool} does not succeed again: the dialogue does not fit this world")
            found += _second_user(reading, again)
            _note(world, reading, number, again)
    return found + _told_of_others(reading)


def _second_user(reading: _Reading, call: Executed) -> list[Finding]:
    if call.tool not in IDENTIFYING or reading.user_id in (None, call.result["user_id"]):
        return []
    return [Finding(code="SECOND_USER", detail=f"{call.result['user_id']} was identified after {reading.user_id}")]


def _judge(world: World, reading: _Reading, turn: int, call: Executed) -> list[Finding]:
    if call.tool == "transfer_to_human":
        return _judge_transfer(world, reading, call)
    if call.tool in OPEN_TO_ALL:
        return []
    if reading.user_id is None:
        return [Finding(code="NO_AUTH", detail=f"{call.tool} before the user was identified")]
    case = Case(world, reading.user_id, call.arguments)
    found = [finding for rule in RULES.get(call.tool, ()) for finding in rule(case)]
    if call.writes and not _confirmed(reading, turn, call):
        detail = f"{call.tool} without a lookup, a proposal after it, and the user's answer to that"
        found.append(Finding(code="NO_CONFIRMATION", detail=detail))
    return found


def _judge_transfer(world: World, reading: _Reading, call: Executed) -> list[Finding]:
    tracked = [seen.row for seen in reading.looked_up if seen.owner == reading.user_id and "tracking" in seen.row]
    if call.arguments["reason"] in DISPUTES or any(_for_a_human(world, row) for row in tracked):
        return []
    return [Finding(code="UNNEEDED_TRANSFER", detail="no shipment of the user that was tracked is lost or so late")]


def _for_a_human(world: World, shipment: dict[str, Any]) -> bool:
    overdue = shipment["status"] != "delivered" and Case.days_since(world, shipment["eta"]) > 10
    return overdue or shipment["status"] == "lost"


def _confirmed(reading: _Reading, turn: int, call: Executed) -> bool:
    """Whether the user spoke last after words of the assistant that came after it had looked up what is changed.

    Changes proposed together share that one answer.
    """
    spoken = [number for number in range(turn) if reading.turns[number].content.strip()]
    answer = max((number for number in spoken if reading.turns[number].speaker is Side.USER), default=-1)
    before = (number for number in spoken if number < answer)
    proposal = max((number for number in before if reading.turns[number].speaker is Side.ASSISTANT), default=-1)
    return all(reading.seen.get(key, turn) < proposal for key in _subjects(reading, call.arguments))


def _subjects(reading: _Reading, arguments: dict[str, Any]) -> list[str]:
    """Ids of what a call is about; payment methods are left out, they may be known from an order."""
    single = [arguments[name] for name in ("order_id", "from_id", "into_id") if name in arguments]
    variants = [key for name in ("variant_ids", "new_variant_ids") for key in arguments.get(name, ())]
    return [reading.user_id or "", *single, *variants]


def _note(world: World, reading: _Reading, turn: int, call: Executed) -> None:
    """Remember what a successful call showed."""
    match call.tool, call.result:
        case (("find_user_by_email" | "find_user_by_name_zip"), {"user_id": str() as user_id}):
            reading.user_id = reading.user_id or user_id
            reading.see(turn, user_id)
        case "list_orders", [*orders]:
            reading.see(turn, *(order["order_id"] for order in orders))
        case "list_variants", [*variants]:
            reading.see(turn, *(variant["variant_id"] for variant in variants))
        case "get_variant", {"variant_id": str() as variant_id}:
            reading.see(turn, variant_id)
        case "list_payment_methods", [*methods]:
            reading.see(turn, *(method["payment_id"] for method in methods))
        case "place_order", {"order_id": str() as order_id}:
            reading.see(turn, order_id)
        case (("get_order" | "track_shipment" | "get_gift_card"), dict() as row):
            _note_row(world, reading, turn, row)
        case _:
            pass


def _note_row(world: World, reading: _Reading, turn: int, row: dict[str, Any]) -> None:
    order = world.get("orders", row.get("order_id", "")) or row
    reading.see(turn, row.get("gift_card_id") or order["order_id"])
    reading.looked_up.append(_LookedUp(turn, order["user_id"], row))


def _told_of_others(reading: _Reading) -> list[Finding]:
    """Values of another user's order or gift card that the assistant can have from nowhere but that lookup."""
    found: list[Finding] = []
    for seen in reading.looked_up:
        if seen.owner != reading.user_id:
            told = _words(reading, Side.ASSISTANT, seen.turn + 1)
            known = _words(reading, Side.USER, 0) + _other_results(reading, seen.row)
            leaked = [secret for secret in _secrets(seen.row) if secret in told and secret not in known]
            found += [Finding(code="FOREIGN_FACT", detail=f"told {secret}, of another user") for secret in leaked]
    return found


def _secrets(row: dict[str, Any]) -> list[str]:
    single = [_text(row[name]) for name in ("total", "balance", "tracking") if name in row]
    street = [row["address"]["street"]] if "address" in row else []
    return [*single, *street, *(item["name"] for item in row.get("items", ()))]


def _words(reading: _Reading, side: Side, start: int) -> str:
    return "\n".join(turn.content for turn in reading.turns[start:] if turn.speaker is side)


def _other_results(reading: _Reading, row: dict[str, Any]) -> str:
    # Compared as JSON: a dialogue that was read back has lists where a live one has tuples.
    same = canonical(row)
    results = [call.result for turn in reading.turns for call in turn.calls]
    return "\n".join(_text(result) for result in results if canonical(result) != same)


def _text(value: Any) -> str:
    """Every leaf of a result as it would be told; money with two digits after the point."""
    if isinstance(value, Mapping):
        return _text(list(value.values()))
    if isinstance(value, list | tuple):
        return "\n".join(_text(item) for item in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)
