"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for."""

from turnwright.llm.embedded.words import any_of

_ORDER = r"(the |my |this |that )?(pending )?(order|parcel|package)"

CUES = (
    (
        "merge_gift_cards",
        any_of(r"\b(merge|combine|put together|join)\b[^.?!]{0,40}gift cards", r"gift cards together"),
    ),
    ("none", any_of("discount", "match the price", "compensation", "voucher", "coupon", "money off")),
    ("report_damage", any_of(r"damaged?\b", "broken", "cracked", "defective", "smashed", "dented")),
    ("return_items", any_of(r"\breturn\b", "take back the", "send (it|them) back")),
    ("exchange_items", any_of(r"\bexchange\b", r"\bswap\b(?! out)")),
    ("cancel_order", any_of(r"\bcancel(led)?\b")),
    (
        "change_order_payment",
        any_of(
            r"(switch|change)\b[^.?!]{0,30}\b(payment|paid)\b",
            r"have (the )?order[^.?!]{0,40}\bpaid with\b",
            "wrong way to pay",
        ),
    ),
    (
        "update_user_email",
        any_of(
            r"\b(change|update|switch|replace|needs a new|swap out)\b[^.?!]{0,25}\bemail\b",
            "email of (my|your) account changed",
        ),
    ),
    (
        "update_user_address",
        any_of(
            "address (on|of|in) my (account|profile)",
            "my account address",
            "account changed",
            "just moved",
            "new address on my account",
        ),
    ),
    (
        "change_order_address",
        any_of(
            rf"\b(send|redirect|reroute|have) {_ORDER}[^.?!]{{0,60}}\b(to|sent|address)\b",
            rf"the address (of|on) {_ORDER}",
            "(wrong|former) address",
            "reroute the",
        ),
    ),
    (
        "track_shipment",
        any_of(
            r"\bwhere (is|are)\b",
            r"\bwhere (the )?order\b",
            r"\btrack\b",
            "will [^.?!]{0,40}arrive",
            "waiting for",
            "status of",
        ),
    ),
    (
        "get_gift_card",
        any_of("gift card[^.?!]{0,60}(left|worth|balance|remaining|valid)", "(balance|left)[^.?!]{0,20}gift card"),
    ),
    (
        "list_variants",
        any_of(
            r"how much is (the|a)\b",
            "what does",
            r"\bcosts?\b",
            "the price of",
            "do you have the",
            "(is|would) the [^.?!]{0,60}available",
        ),
    ),
    ("place_order", any_of(r"\bbuy\b", r"\border an? ", "place an order", "get me an? ")),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "email": any_of("(?<!new )e-?mail address of your account", "your (account )?e-?mail"),
    "new_email": any_of("new e-?mail"),
    "name": any_of(r"\bname\b"),
    "zip": any_of("your zip"),
    "order_id": any_of("order number", "which order", "order id", "its number"),
    "item": any_of("which item", "which product", "what is in it", "tell me what"),
    "wanted": any_of("which variant", "which (colou?r|size|option|version)"),
    "product": any_of("which product"),
    "payment": any_of("payment method (would|should)"),
    "refund_to": any_of("refund (go|to)"),
    "reason": any_of("reason"),
    "remedy": any_of("refund or a replacement"),
    "new_address": any_of("new address"),
    "gift_card": any_of("which gift card do"),
    "gift_cards": any_of("gift card should be emptied"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
