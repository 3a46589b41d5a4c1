"""Procedures: how the embedded teacher serves each kind of request in the shop, policy included."""

import re

from domains.paying import find_method
from domains.shop.catalogue import CATALOGUE
from domains.shop.playbook.finding import (
    WAYS,
    Row,
    days_since,
    find_address,
    find_item,
    find_order,
    find_variant,
    option_of,
)
from turnwright.llm.embedded.case import Case, Refused, Telling
from turnwright.llm.embedded.identity import identify, identify_unless_careless
from turnwright.llm.embedded.playbook import Procedure
from turnwright.llm.embedded.words import last_position, money

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def _owner(case: Case, user_id: str | None, order: Row) -> str:
    return user_id or order["user_id"]


def _label(case: Case, user_id: str, payment_id: str) -> str:
    methods = case.call("list_payment_methods", user_id=user_id) or []
    return next((one["label"] for one in methods if one["payment_id"] == payment_id), payment_id)


def _balance(result: Row) -> tuple[str, tuple[Telling, ...]]:
    """The words and the fact for a gift card's new balance, where a result has one."""
    if "gift_card_balance" not in result:
        return "", ()
    balance = result["gift_card_balance"]
    return f" The gift card's balance is now {money(balance)}.", (("NEW_BALANCE", "money", balance),)


def cancel_order(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("pending",))
    if order["status"] != "pending":
        case.forbid(f"order {order['order_id']} is {order['status']}, and only pending orders can be cancelled.")
    reason = _reason(case)
    label = _label(case, _owner(case, user_id, order), order["payment_id"])
    total = money(order["total"])
    case.propose(f"I can cancel order {order['order_id']} and refund {total} to {label}. Shall I go ahead?")
    done = case.make("cancel_order", order_id=order["order_id"], reason=reason)
    words, facts = _balance(done)
    case.tell(f"Order {order['order_id']} is cancelled.")
    return case.tell(
        f"{money(done['refund_total'])} goes back to {label}.{words}",
        ("REFUND_TOTAL", "money", done["refund_total"]),
        *facts,
    )


def _reason(case: Case) -> str:
    if last_position("mistake", case.text) >= 0 or last_position("ordered_by_mistake", case.text) >= 0:
        return "ordered_by_mistake"
    if any(
        last_position(words, case.text) >= 0
        for words in (
            "no_longer_needed",
            "need it any",
            "longer need",
            "no longer needed",
            "need them any",
            "don't need",
        )
    ):
        return "no_longer_needed"
    case.ask("What is the reason: was it ordered by mistake, or is it no longer needed?")
    raise Refused("only orders that were a mistake or are no longer needed can be cancelled.")


def change_order_address(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("pending",))
    _must_be_pending(case, order)
    address = find_address(case)
    line = _address_line(address)
    case.propose(f"I would send order {order['order_id']} to {line} instead. Shall I change it?")
    case.make("change_order_address", order_id=order["order_id"], **address)
    return case.tell(f"Order {order['order_id']} now goes to {line}.", ("NEW_STREET", "text", address["street"]))


def _address_line(address: Row) -> str:
    return f"{address['street']}, {address['city']}, {address['state']} {address['zip']}"


def _must_be_pending(case: Case, order: Row) -> None:
    if order["status"] != "pending":
        case.forbid(f"order {order['order_id']} is {order['status']}, and only pending orders can be changed.")


def swap_items(case: Case) -> None:
    """Customers say "exchange" or "swap" for both: what it takes depends on the order."""
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("delivered", "pending"))
    if order["status"] == "pending":
        return _swap(case, user_id, order, "change_order_items")
    _must_be_delivered(case, order)
    if any(item["state"] == "exchanged" for item in order["items"]):
        case.forbid("items of this order were exchanged before, and an order can be exchanged only once.")
    _must_be_in_window(case, user_id, order)
    return _swap(case, user_id, order, "exchange_items")


def _must_be_delivered(case: Case, order: Row) -> None:
    if order["status"] != "delivered":
        case.forbid(f"order {order['order_id']} is {order['status']}, not delivered.")


def _must_be_in_window(case: Case, user_id: str | None, order: Row) -> None:
    user = case.call("get_user", user_id=_owner(case, user_id, order))
    days = 60 if user["member"] == "plus" else 30
    if order["delivered_at"] and days_since(order["delivered_at"]) > days:
        case.forbid(f"it was delivered on {order['delivered_at']}, and the return window of {days} days is over.")


def _swap(case: Case, user_id: str | None, order: Row, tool: str) -> None:
    item = find_item(case, order)
    current = case.call("get_variant", variant_id=item["variant_id"])
    new = find_variant(case, current["product_id"], item["variant_id"])
    owner = _owner(case, user_id, order)
    method = find_method(case, owner, "Which payment method should the price difference be settled with?")
    difference = round(new["price"] - item["price"], 2)
    ways = "you pay" if difference > 0 else "you get back"
    proposal = (
        f"I would swap the {item['name']} in order {order['order_id']} for the {option_of(new)} one; "
        f"{ways} {money(difference)} with {method['label']}. Shall I do that?"
    )
    case.propose(proposal)
    done = case.call(
        tool,
        order_id=order["order_id"],
        item_ids=[item["item_id"]],
        new_variant_ids=[new["variant_id"]],
        payment_id=method["payment_id"],
    )
    words, facts = _balance(done)
    case.tell(f"Done, you get the {current['name']} in {option_of(new)}.")
    if done["price_difference"]:
        case.tell(
            f"The price difference of {money(done['price_difference'])} is settled with {method['label']}.{words}",
            ("PRICE_DIFFERENCE", "money", abs(done["price_difference"])),
            *facts,
        )
    if "eta" in done:
        case.tell(f"It arrives on {done['eta']}.", ("ARRIVAL", "date", done["eta"]))
    return


def change_order_payment(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("pending",))
    _must_be_pending(case, order)
    owner = _owner(case, user_id, order)
    method = find_method(case, owner, "Which payment method should be used instead?")
    former = _label(case, owner, order["payment_id"])
    proposal = (
        f"I would charge {money(order['total'])} for order {order['order_id']} to {method['label']} "
        f"and give it back to {former}. Shall I?"
    )
    case.propose(proposal)
    done = case.make("change_order_payment", order_id=order["order_id"], payment_id=method["payment_id"])
    words, facts = _balance(done)
    return case.tell(
        f"{money(done['charged'])} is charged to {method['label']}; the same goes back to {former}.{words}",
        ("CHARGED", "money", done["charged"]),
        *facts,
    )


def return_items(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("delivered",))
    _must_be_delivered(case, order)
    item = find_item(case, order)
    _must_be_in_window(case, user_id, order)
    if item["category"] in ("hygiene", "final sale"):
        case.forbid(f"the {item['name']} is a {item['category']} product, which cannot be returned.")
    owner = _owner(case, user_id, order)
    method = find_method(case, owner, "Where should the refund go: the original payment method or a gift card?")
    if method["payment_id"] != order["payment_id"] and method["kind"] != "gift_card":
        case.forbid("a refund can only go to the original payment method or to one of your gift cards.")
    proposal = (
        f"I would take back the {item['name']} of order {order['order_id']} and refund {money(item['price'])} "
        f"to {method['label']}. Shall I proceed?"
    )
    case.propose(proposal)
    done = case.make(
        "return_items", order_id=order["order_id"], item_ids=[item["item_id"]], refund_to=method["payment_id"]
    )
    words, facts = _balance(done)
    case.tell(f"The return of the {item['name']} is set up.")
    return case.tell(
        f"{money(done['refund_total'])} goes to {method['label']}.{words}",
        ("REFUND_TOTAL", "money", done["refund_total"]),
        *facts,
    )


def report_damage(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("delivered",))
    _must_be_delivered(case, order)
    item = find_item(case, order)
    if order["delivered_at"] and days_since(order["delivered_at"]) > 14:
        case.forbid(f"it was delivered on {order['delivered_at']}, and damage must be reported within 14 days.")
    remedy = case.latest(["refund", "replacement"], last_position)
    if remedy is None:
        case.ask("Would you prefer a refund or a replacement for it?")
        raise Refused("I could not tell whether you want a refund or a replacement.")
    promise = f"refund {money(item['price'])}" if remedy == "refund" else "send a replacement"
    case.propose(f"I would file a damage claim for the {item['name']} and {promise}. Shall I file it?")
    done = case.make("report_damage", order_id=order["order_id"], item_id=item["item_id"], remedy=remedy)
    case.tell(f"Your claim {done['claim_id']} is filed.", ("CLAIM_ID", "text", done["claim_id"]))
    if remedy == "refund":
        words, facts = _balance(done)
        label = _label(case, _owner(case, user_id, order), done["refunded_to"])
        return case.tell(
            f"{money(done['refund_total'])} goes back to {label}.{words}",
            ("REFUND_TOTAL", "money", done["refund_total"]),
            *facts,
        )
    return case.tell(f"The replacement arrives on {done['eta']}.", ("ARRIVAL", "date", done["eta"]))


def place_order(case: Case) -> None:
    user_id = identify(case, *WAYS)
    product = _product(case)
    variant = find_variant(case, product["product_id"], None)
    method = find_method(case, user_id, "Which payment method would you like to use?")
    proposal = (
        f"I would order the {product['name']} in {option_of(variant)} for {money(variant['price'])}, "
        f"paid with {method['label']}. Shall I place the order?"
    )
    case.propose(proposal)
    done = case.make(
        "place_order", user_id=user_id, variant_ids=[variant["variant_id"]], payment_id=method["payment_id"]
    )
    words, facts = _balance(done)
    case.tell(f"Your new order is {done['order_id']}.", ("ORDER_ID", "text", done["order_id"]))
    case.tell(
        f"{money(done['total'])} is charged to {method['label']}.{words}", ("TOTAL", "money", done["total"]), *facts
    )
    return case.tell(f"It arrives on {done['eta']}.", ("ARRIVAL", "date", done["eta"]))


def _product(case: Case) -> Row:
    name = case.latest([product.name for product in CATALOGUE], last_position)
    found = case.call("search_products", query=name) if name else None
    if not found:
        case.ask("Which product is it about?")
        raise Refused("I could not find that product.")
    return found[0]


def product_question(case: Case) -> None:
    product = _product(case)
    variant = find_variant(case, product["product_id"], None)
    stock = variant["stock"]
    case.tell(
        f"The {product['name']} in {option_of(variant)} costs {money(variant['price'])}.",
        ("PRICE", "money", variant["price"]),
    )
    case.tell(f"We have {stock} of it in stock.", ("STOCK", "number", stock))


def track_shipment(case: Case) -> None:
    user_id = identify_unless_careless(case, *WAYS)
    order = find_order(case, user_id, ("shipped",))
    shipment = case.call("track_shipment", order_id=order["order_id"])
    if shipment is None:
        raise Refused(f"order {order['order_id']} is {order['status']} and has no shipment to track.")
    if shipment["status"] == "lost":
        case.hand_over("shipment_lost")
    if shipment["status"] != "delivered" and days_since(shipment["eta"]) > 10:
        case.hand_over("shipment_late")
    state = shipment["status"].replace("_", " ")
    case.tell(f"Order {order['order_id']} is {state} with {shipment['carrier']}.")
    case.tell(f"It is expected on {shipment['eta']}.", ("ETA", "date", shipment["eta"]))


def gift_card_balance(case: Case) -> None:
    user_id = identify(case, *WAYS)
    cards = [one for one in case.call("list_payment_methods", user_id=user_id) or [] if one["kind"] == "gift_card"]
    card = case.latest(cards, lambda one, text: last_position(one["payment_id"], text)) or (
        cards[0] if len(cards) == 1 else None
    )
    if card is None:
        case.ask(f"Which gift card do you mean: {'; '.join(one['payment_id'] for one in cards)}?")
        raise Refused("I could not tell which gift card you mean.")
    case.tell(f"There is {money(card['balance'])} left on {card['payment_id']}.", ("BALANCE", "money", card["balance"]))
    case.tell(f"It is valid until {card['expires']}.", ("EXPIRES", "date", card["expires"]))


def update_user_address(case: Case) -> None:
    user_id = identify(case, *WAYS)
    address = find_address(case)
    line = _address_line(address)
    case.propose(f"I would change the address of your account to {line}. Shall I?")
    case.make("update_user_address", user_id=user_id, **address)
    return case.tell(f"The address of your account is now {line}.", ("NEW_STREET", "text", address["street"]))


def update_user_email(case: Case) -> None:
    user_id = identify(case, *WAYS)
    email = case.latest(_new_emails(case), lambda one, text: text.rfind(one))
    if email is None:
        case.ask("What is the new email address?")
        raise Refused("I have no new email address.")
    case.propose(f"I would change the email of your account to {email}. Shall I?")
    case.make("update_user_email", user_id=user_id, email=email)
    return case.tell(f"The email of your account is now {email}.", ("NEW_EMAIL", "text", email))


def _new_emails(case: Case) -> list[str]:
    return [email for email in _EMAIL.findall(case.text) if not case.tried("find_user_by_email", email=email.lower())]


def merge_gift_cards(case: Case) -> None:
    user_id = identify(case, *WAYS)
    cards = [one for one in case.call("list_payment_methods", user_id=user_id) or [] if one["kind"] == "gift_card"]
    named = [one for one in cards if last_position(one["payment_id"], case.text) >= 0]
    if len(named) < 2:
        case.ask("Which gift card should be emptied, and which one should get the balance?")
        raise Refused("I need to know both gift cards.")
    positions = [last_position(one["payment_id"], case.text) for one in named]
    source, target = named[positions.index(min(positions))], named[positions.index(max(positions))]
    if any(days_since(one["expires"]) > 0 for one in (source, target)):
        case.forbid("one of the two gift cards has expired.")
    proposal = (
        f"I would move {money(source['balance'])} from {source['payment_id']} to {target['payment_id']}. Shall I?"
    )
    case.propose(proposal)
    done = case.make("merge_gift_cards", from_id=source["payment_id"], into_id=target["payment_id"])
    return case.tell(f"{done['into_id']} now has {money(done['balance'])}.", ("NEW_BALANCE", "money", done["balance"]))


def no_tool(case: Case) -> None:
    identify(case, *WAYS)
    raise Refused("we give no discounts, price matches or compensation.")


PROCEDURES: dict[str, Procedure] = {
    "cancel_order": cancel_order,
    "change_order_address": change_order_address,
    "change_order_items": swap_items,
    "change_order_payment": change_order_payment,
    "return_items": return_items,
    "exchange_items": swap_items,
    "track_shipment": track_shipment,
    "get_gift_card": gift_card_balance,
    "list_variants": product_question,
    "place_order": place_order,
    "report_damage": report_damage,
    "update_user_address": update_user_address,
    "update_user_email": update_user_email,
    "merge_gift_cards": merge_gift_cards,
    "none": no_tool,
}
"""By the tool that the request asks for; "none" where the policy has no tool for it."""
