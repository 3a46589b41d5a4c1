"""Families: the kinds of scenarios of the airline, their twists, and the variants kept for the test set."""

FAMILIES: dict[str, str] = {
    "book_flight": "The user books a flight with a card, perhaps with a travel certificate that pays first.",
    "change_date": "The user moves a flight of an economy or business reservation to another day: fee and difference.",
    "upgrade_cabin": "The user wants an economy reservation in business and pays the fare difference.",
    "cancel_refundable": "The user cancels a reservation on one of the four grounds that the policy accepts.",
    "add_bags": "The user adds checked bags to a reservation; some are free, some are not.",
    "choose_seat": "The user wants a certain seat on a flight; its fee depends on kind, cabin and tier.",
    "correct_passenger_name": "The user wants the misspelled name of a passenger corrected.",
    "add_insurance": "The user insures a reservation soon after its booking.",
    "delay_compensation": "The user asks for compensation for a long delay or a cancellation and is entitled to it.",
    "flight_status": "The user asks whether a flight of a reservation is on time, and when it departs.",
    "baggage_question": "The user asks how many bags are free in a reservation and how many it has.",
    "certificate_balance": "The user asks what is left on a travel certificate and until when it is valid.",
    "fare_question": "The user asks what a flight costs in a cabin and how many seats are left, and books nothing.",
    "basic_economy_change": "The user wants a basic economy reservation moved to another day; must be refused.",
    "late_cancellation": "The user wants to cancel where no ground holds, such as changed plans; must be refused.",
    "foreign_reservation": "The user asks for something about a reservation of somebody else; must be refused.",
    "undue_compensation": "The user asks for compensation without being entitled to it; must be refused.",
    "passenger_swap": "The user wants somebody else to travel in a passenger's place; must be refused.",
    "late_insurance": "The user wants insurance too long after booking; must be refused.",
    "minor_alone": "The user asks for something about a reservation of children only; must be transferred to a human.",
    "no_rebooking_left": "A flight was cancelled and no seats are left in time; must be transferred to a human.",
    "medical_request": "A passenger needs a medical service on board; must be transferred to a human.",
    "two_changes": "Two requests: changes of two kinds, about one reservation or about two.",
    "change_and_question": "Two requests: a change of a reservation, and a question about another thing.",
    "three_requests": "Three requests in one conversation, of different kinds.",
}

HELD_OUT_FAMILY = "rebook_cancelled"
"""No training scenario is of this family."""

TWISTS: dict[str, str] = {
    "wrong_reservation_first": "The user first gives a code that does not exist, then the right one or describes it.",
    "forgot_reservation": "The user does not know the code and describes the reservation by its way.",
    "changes_mind_once": "The user first wants something else (another day, seat or card) and corrects it.",
    "asks_question_first": "The user asks a related question that needs a lookup before coming to the request.",
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
