"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for."""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_ORDER = r"(the |my |this |that )?(pending )?(order|parcel|package)"

CUES = (
    ("merge_gift_cards", _any(r"\b(merge|combine|put together|join)\b[^.?!]{0,40}gift cards", r"gift cards together")),
    ("none", _any("discount", "match the price", "compensation", "voucher", "coupon", "money off")),
    ("report_damage", _any(r"damaged?\b", "broken", "cracked", "defective", "smashed", "dented")),
    ("return_items", _any(r"\breturn\b", "take back the", "send (it|them) back")),
    ("exchange_items", _any(r"\bexchange\b", r"\bswap\b(?! out)")),
    ("cancel_order", _any(r"\bcancel(led)?\b")),
    (
        "change_order_payment",
        _any(
            r"(switch|change)\b[^.?!]{0,30}\b(payment|paid)\b",
            r"have (the )?order[^.?!]{0,40}\bpaid with\b",
            "wrong way to pay",
        ),
    ),
    (
        "update_user_email",
        _any(
            r"\b(change|update|switch|replace|needs a new|swap out)\b[^.?!]{0,25}\bemail\b",
            "email of (my|your) account changed",
        ),
    ),
    (
        "update_user_address",
        _any(
            "address (on|of|in) my (account|profile)",
            "my account address",
            "account changed",
            "just moved",
            "new address on my account",
        ),
    ),
    (
        "change_order_address",
        _any(
            rf"\b(send|redirect|reroute|have) {_ORDER}[^.?!]{{0,60}}\b(to|sent|address)\b",
            rf"the address (of|on) {_ORDER}",
            "(wrong|former) address",
            "reroute the",
        ),
    ),
    (
        "track_shipment",
        _any(
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
        _any("gift card[^.?!]{0,60}(left|worth|balance|remaining|valid)", "(balance|left)[^.?!]{0,20}gift card"),
    ),
    (
        "list_variants",
        _any(
            r"how much is (the|a)\b",
            "what does",
            r"\bcosts?\b",
            "the price of",
            "do you have the",
            "(is|would) the [^.?!]{0,60}available",
        ),
    ),
    ("place_order", _any(r"\bbuy\b", r"\border an? ", "place an order", "get me an? ")),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "email": _any("(?<!new )e-?mail address of your account", "your (account )?e-?mail"),
    "new_email": _any("new e-?mail"),
    "name": _any(r"\bname\b"),
    "zip": _any("your zip"),
    "order_id": _any("order number", "which order", "order id", "its number"),
    "item": _any("which item", "which product", "what is in it", "tell me what"),
    "wanted": _any("which variant", "which (colou?r|size|option|version)"),
    "product": _any("which product"),
    "payment": _any("payment method (would|should)"),
    "refund_to": _any("refund (go|to)"),
    "reason": _any("reason"),
    "remedy": _any("refund or a replacement"),
    "new_address": _any("new address"),
    "gift_card": _any("which gift card do"),
    "gift_cards": _any("gift card should be emptied"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
