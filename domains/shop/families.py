"""Families: the kinds of scenarios of the shop, their twists and styles, and the variants kept for the test set."""

FAMILIES: dict[str, str] = {
    "cancel_order": "The user wants a pending order cancelled, for one of the two accepted reasons.",
    "change_order_address": "The user wants a pending order sent to another address.",
    "change_order_items": "The user wants items of a pending order swapped for other variants of the same products.",
    "change_order_payment": "The user wants a pending order paid with another of their payment methods.",
    "return_items": "The user returns delivered items inside the return window and wants the money back.",
    "exchange_items": "The user exchanges delivered items for other variants of the same products.",
    "track_shipment": "The user asks where an order is and when it arrives; it is on its way or only a little late.",
    "gift_card_balance": "The user asks what is left on a gift card of theirs and until when it is valid.",
    "product_question": "The user asks about a product's variants, prices or stock and buys nothing.",
    "place_order": "The user orders products that are in stock with a payment method of theirs.",
    "report_damage": "The user reports an item that arrived damaged in the last 14 days: refund or replacement.",
    "update_account": "The user changes the address or the email of their account.",
    "late_return": "The user wants to return items after the return window; must be refused.",
    "cancel_shipped": "The user wants an order cancelled that has shipped already; must be refused.",
    "foreign_order": "The user asks for something about an order of somebody else; must be refused.",
    "discount_request": "The user asks for a discount, a price match or compensation; must be refused.",
    "lost_shipment": "The user's shipment is lost or over 10 days late; must be transferred to a human.",
    "exchange_and_return": "Two requests: the user exchanges one delivered item and returns another.",
    "order_and_account": "Two requests: something about an order, and a change of or a question about the account.",
    "three_requests": "Three requests in one conversation, of different kinds.",
}

HELD_OUT_FAMILY = "merge_gift_cards"
"""No training scenario is of this family."""

TWISTS: dict[str, str] = {
    "wrong_order_id_first": "The user first gives an order id that does not exist, then the right one or describes it.",
    "forgot_order_id": "The user does not know the order id and describes the order by what is in it.",
    "changes_mind_once": "The user first wants something else (another item, variant or method) and corrects it.",
    "asks_question_first": "The user asks a related question that needs a lookup before coming to the request.",
    "missing_email": "The user does not remember the account's email and identifies by name and zip code.",
}

RESERVED_VARIANTS = (
    "polite",
    "asks_question_first+formal",
    "changes_mind_once+uncertain",
    "missing_email+impatient",
    "wrong_order_id_first+friendly",
    "forgot_order_id+missing_email+terse",
)
"""Variants that only the test set uses; each of their twists and styles occurs in training in other combinations."""
