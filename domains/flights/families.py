"""Families: the kinds of scenarios of the airline, their twists, and what the test set has alone."""

FAMILIES: dict[str, str] = {
    "book_flight": "The user books a flight that has seats left, alone or with one other person.",
    "change_flight": "The user moves a flight of an economy or business reservation to another date.",
    "cancel_refundable": "The user cancels a reservation that may be: just booked, business, or insured and ill.",
    "cancelled_by_airline": "The airline cancelled a flight, and the user wants the money back.",
    "add_bags": "The user adds one or two bags to a reservation.",
    "choose_seat": "The user picks a seat of a kind on a flight of an economy or business reservation.",
    "correct_name": "A passenger's name is misspelt by up to three letters, and the user wants it corrected.",
    "add_insurance": "The user insures a reservation that was booked in the last 7 days.",
    "flight_status": "The user asks whether a flight is on time, late or cancelled.",
    "price_question": "The user asks what a flight on a date costs in a cabin and buys nothing.",
    "certificate_balance": "The user asks what is left on a certificate of theirs and until when it is valid.",
    "compensation": "A flight was 3 hours late or cancelled, the user is entitled to compensation and asks for it.",
    "change_basic": "The user wants a basic economy flight moved to another date; must be refused.",
    "cancel_not_refundable": "The user wants a reservation cancelled that may not be; must be refused.",
    "foreign_reservation": "The user asks for something about somebody else's reservation; must be refused.",
    "undue_compensation": "The user asks for compensation without being entitled to it; must be refused.",
    "passenger_swap": "The user wants another person to travel in place of a passenger; must be refused.",
    "late_insurance": "The user wants insurance more than 7 days after the booking; must be refused.",
    "minor_alone": "A child of the user is to travel alone; must be transferred to a human.",
    "medical_case": "Somebody needs medical care on board; must be transferred to a human.",
    "change_and_bags": "Two requests: the user moves a flight and adds a bag to the same reservation.",
    "two_reservations": "Two requests about two reservations, or about one and a new booking.",
    "three_requests": "Three requests in one conversation, of different kinds.",
}

HELD_OUT_FAMILY = "upgrade_cabin"
"""No training scenario is of this family."""

TWISTS: dict[str, str] = {
    "wrong_reservation_first": "The user first gives a code that does not exist, then the trip is found in their list.",
    "forgot_reservation": "The user does not know the code and names where the trip goes.",
    "changes_mind_once": "The user first wants something else (another date, seat or method) and corrects it.",
    "asks_question_first": "The user asks what a flight costs before coming to the request.",
    "missing_email": "The user does not remember the account's email and identifies by name and birth date.",
}

RESERVED_VARIANTS = (
    "polite",
    "asks_question_first+formal",
    "changes_mind_once+uncertain",
    "missing_email+impatient",
    "wrong_reservation_first+friendly",
    "forgot_reservation+missing_email+terse",
)
"""Variants that only the test set uses; each of their twists and styles occurs in training in other combinations."""
