"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for."""

from turnwright.llm.embedded.words import any_of

CUES = (
    ("unaccompanied_minor", any_of(r"\b(alone|unaccompanied|by (him|her)self|on (his|her) own)\b")),
    ("medical_case", any_of(r"\b(oxygen|stretcher|nurse|medical|doctor)\b")),
    ("issue_certificate", any_of("compensat", "make up for", "for the trouble", "goodwill")),
    (
        "correct_name",
        any_of(
            "misspel(t|led)",
            "spelling",
            "spelt wrong",
            "corrected to read",
            "replaced, so",
            "in (his|her|their) place",
            "has a typo",
            "letter is a mistake",
            "travel instead of",
            "instead of [A-Z][a-z]+ [A-Z]",
        ),
    ),
    ("add_insurance", any_of(r"\binsur")),
    (
        "choose_seat",
        any_of(r"\bseat \d", r"\b(pick|choose|reserve|want|get|like) (a|my|the) seat", "where I sit"),
    ),
    ("add_bags", any_of(r"\b(bags?|suitcases?|luggage|baggage)\b")),
    (
        "list_payment_methods",
        any_of(
            "certificate[^.?!]{0,60}(left|worth|balance|remain|valid)",
            "(left|worth|balance|remains)[^.?!]{0,20} certificate",
        ),
    ),
    ("change_cabin", any_of("upgrade", "higher cabin", r"have reservation \w+ in business", "into business")),
    (
        "cancel_reservation",
        any_of(r"\bcancel\b", "call off", "get rid of", "have [^.?!]{0,40} cancelled", "money back for"),
    ),
    (
        "change_flight",
        any_of(
            r"\bmove the flight\b",
            r"\b(move|change|shift|postpone|rebook) (the |my )?(date|day|reservation|trip|flight)",
            "(another|other|different|new) (date|day)",
        ),
    ),
    (
        "search_flights",
        any_of(
            r"\bhow much (is|does|would)\b(?! left)",
            "what (does|would|is) (a|the) (flight|ticket|price)",
            r"\bcosts?\b",
            "price of a",
        ),
    ),
    (
        "get_flight",
        any_of(
            "status of",
            "on time",
            r"\b(are|be) (late|delayed)\b",
            "still (going|planned)",
            "take off",
            "leave as planned",
        ),
    ),
    (
        "book_flight",
        any_of(
            r"\bbook\b", "buy (a|me a) (ticket|flight)", "(need|want|like) (a|to take a) (flight|ticket)", "fly from"
        ),
    ),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "email": any_of("e-?mail address of your account", "your (account )?e-?mail"),
    "name": any_of("first and last name"),
    "birth_date": any_of("birth ?date"),
    "code": any_of("its code", "reservation code", "which reservation"),
    "trip": any_of("where the trip goes"),
    "new_date": any_of("on which date"),
    "date": any_of("on which date"),
    "cabin": any_of("which cabin"),
    "reason": any_of("the reason"),
    "route": any_of("from where to where"),
    "payment": any_of("payment method (would|should)"),
    "bags": any_of("how many bags"),
    "seat": any_of("which seat"),
    "passenger": any_of("which passenger"),
    "new_name": any_of("name have to be spelt"),
    "certificate": any_of("which certificate"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
