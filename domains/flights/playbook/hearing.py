"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for."""

from turnwright.llm.embedded.words import any_of

_BAGS = r"(bags?|suitcases?|luggage|baggage)"

CUES = (
    ("rebook", any_of(r"\brebook", r"\bnext (possible |available )?flight\b")),
    ("medical", any_of("oxygen", "stretcher", "medical")),
    ("issue_certificate", any_of(r"compensat\w*[^.?!]*", r"make up for[^.?!]*")),
    (
        "get_certificate",
        any_of(
            r"certificate[^.?!]{0,60}\b(left|worth|balance|valid|expire|hold)",
            r"\b(left|balance|worth|value)\b[^.?!]{0,40}certificate",
        ),
    ),
    ("search_flights", any_of(r"(how much|what)\b[^.?!]{0,80}\b(costs?|price|fare)\b[^.?!]*", r"\bprice of\b[^.?!]*")),
    (
        "get_reservation",
        any_of(
            rf"how many {_BAGS}",
            rf"\bfree {_BAGS}",
            "allowance",
            rf"{_BAGS} (is |are )?(included|free)",
            rf"how much {_BAGS}",
        ),
    ),
    ("add_insurance", any_of(r"\binsur(e|ance|ed)\b")),
    ("cancel_reservation", any_of(r"\bcancel\b", r"call(ed)? off", r"\bcancelling\b")),
    (
        "get_flight",
        any_of(
            "on time",
            r"status of",
            r"when (does|will) [^.?!]{0,60}(depart|leave)",
            "any delay",
            "punctual",
            "running late",
        ),
    ),
    ("change_cabin", any_of(r"\bupgrad", r"(move|put|switch|seats? in)\b[^.?!]{0,60}\bbusiness\b")),
    (
        "swap_passenger",
        any_of(
            r"(somebody|someone) else\b[^.?!]*",
            r"another person\b[^.?!]*",
            r"\bin place of\b",
            "take over the ticket",
            r"\bswap\b",
        ),
    ),
    ("update_passenger", any_of("spell", "typo", "wrong name")),
    ("book_flight", any_of(r"\bbook (a|me|us|the|flight|FN)\b", r"\bbuy (a|the) ticket", r"new booking")),
    (
        "add_bags",
        any_of(
            rf"\b(add|bring|check in|take along|need|register|pack)\b[^.?!]{{0,40}}\b{_BAGS}",
            rf"\b(more|extra|additional) {_BAGS}",
        ),
    ),
    ("choose_seat", any_of(r"\bseat\b", r"\bsit\b")),
    (
        "change_flights",
        any_of(
            r"\b(move|moved|change|shift|put)\b[^.?!]{0,60}\b(flight|day|date|travel|to 2026)",
            r"\breschedul",
            r"\bpostpone",
            "another (day|date)",
            "different (day|date)",
        ),
    ),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "email": any_of("e-?mail address of your account", "your (account )?e-?mail"),
    "name": any_of(r"first and last name", r"your (full )?name"),
    "birth_date": any_of("birth ?date", "date of birth"),
    "reservation_id": any_of("which reservation", "its code", "reservation code", "code of (the|your)"),
    "trip": any_of("which reservation", "which city", "from where"),
    "flight": any_of("which flight"),
    "day": any_of("which day", "which date"),
    "cabin": any_of("which cabin"),
    "passenger": any_of("which passenger"),
    "new_name": any_of("name be written", "correct name", "correct spelling"),
    "seat": any_of("which seat"),
    "bags": any_of("how many bags"),
    "payment": any_of("which (credit )?card", "payment method"),
    "certificate": any_of("travel certificate pay", "which certificate"),
    "reason": any_of("reason"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
