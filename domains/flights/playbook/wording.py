"""Wording: how customers of the airline open, by request; the held-out test set has words of its own."""

from domains.talk import LEADS, TAILS, TEST_LEADS, TEST_TAILS
from turnwright.llm.embedded.drafting import Wording

_CORES = {
    "book_flight": (
        "I want to book a flight from {from} to {to}.",
        "Please book me a seat on a plane from {from} to {to}, {date} would be good.",
        "I'd like to fly from {from} to {to}.",
        "Can I buy a ticket from {from} to {to} with you?",
        "I need a flight from {from} to {to} on {date}.",
        "We have to be in {to} soon, please book something from {from} to {to}.",
    ),
    "change_flight": (
        "I have to change the date of {reservation}.",
        "Can you move {reservation} to another day?",
        "Please shift {reservation}, the day doesn't suit me any more.",
        "I need a different date for {reservation}.",
        "I would like to postpone my flight, {reservation}.",
        "Could I get {reservation} on another date, say {new_date}?",
    ),
    "cancel_reservation": (
        "I want to cancel {reservation}.",
        "Please cancel {reservation} and give me my money.",
        "I have to call off {reservation}.",
        "How do I cancel {reservation}?",
        "I can't go, so cancel {reservation} for me.",
        "We have to get rid of {reservation}, sadly.",
    ),
    "add_bags": (
        "I'd like to take more luggage on {reservation}.",
        "Can I add {bags} to {reservation}?",
        "I need another suitcase on {reservation}.",
        "Please add a bag to {reservation}.",
        "There is more baggage than I thought, it's about {reservation}.",
        "What do I do to bring further bags on {reservation}?",
    ),
    "choose_seat": (
        "I want to pick a seat for {reservation}.",
        "Can I get {seat} on {reservation}?",
        "Please reserve {seat} for me, {reservation}.",
        "I'd like to choose a seat on {reservation}.",
        "Is it possible to have {seat} for {reservation}?",
        "I care where I sit on {reservation}.",
    ),
    "correct_name": (
        "A name on {reservation} is misspelt.",
        "There is a spelling problem with a passenger of {reservation}.",
        "The name {passenger} on {reservation} has a typo in it.",
        "Somebody's name is spelt wrong on {reservation}.",
        "{passenger} is misspelled on {reservation}.",
        "I noticed a letter is a mistake in a name on {reservation}.",
    ),
    "add_insurance": (
        "I want to insure {reservation}.",
        "Can I still get insurance for {reservation}?",
        "Please add insurance to {reservation}.",
        "I'd feel better with an insurance on {reservation}.",
        "Is it possible to have {reservation} insured?",
        "I forgot the insurance for {reservation}.",
    ),
    "get_flight": (
        "Is the flight of {reservation} on time?",
        "What is the status of {reservation}?",
        "Can you tell me the status of my flight, {reservation}?",
        "Does {reservation} leave as planned?",
        "I hear that flights are late, what about {reservation}?",
        "Is {reservation} still going?",
    ),
    "search_flights": (
        "How much is a flight from {asked_from} to {asked_to} on {asked_date} in {asked_cabin}?",
        "What does a flight from {asked_from} to {asked_to} on {asked_date} cost in {asked_cabin}?",
        "What would a ticket from {asked_from} to {asked_to} be on {asked_date}, in {asked_cabin}?",
        "First tell me how much is a seat in {asked_cabin} from {asked_from} to {asked_to} on {asked_date}.",
        "The price of a flight from {asked_from} to {asked_to} on {asked_date} in {asked_cabin}, please?",
        "I wonder what it costs from {asked_from} to {asked_to} on {asked_date} in {asked_cabin}.",
    ),
    "list_payment_methods": (
        "How much is left on certificate {certificate}?",
        "What is the balance of my certificate {certificate}?",
        "Is my certificate {certificate} still valid, and what is it worth?",
        "I'd like to know what certificate {certificate} is still worth.",
        "There should be a balance on a certificate, {certificate}.",
        "My certificate {certificate}: what is left on it?",
    ),
    "issue_certificate": (
        "I want compensation for {reservation}.",
        "What happened with {reservation} calls for compensation.",
        "How do you compensate me for {reservation}?",
        "How will you make up for what happened on {reservation}?",
        "Do I get something for the trouble with {reservation}?",
        "I think I'm owed a compensation, {reservation}.",
    ),
    "unaccompanied_minor": (
        "My child of {age} is to fly alone.",
        "Can a child of {age} fly unaccompanied?",
        "I'd like to send a little one of {age} on a plane, all alone.",
        "A child of {age} in our family has to travel on their own, alone, I mean.",
        "How does a child fly alone with you? It is {age} years old.",
        "I want to put a child of {age} on a plane, alone.",
    ),
    "medical_case": (
        "I need medical care on board.",
        "One of us has a medical condition and wants to fly with you.",
        "I can only fly with {need}.",
        "There is a medical question before I travel.",
        "We need {need} for the flight.",
        "My doctor says that I may fly with {need}.",
    ),
    "change_cabin": ("I'd like an upgrade for {reservation}.", "Can {reservation} be put into business?"),
}
TRAIN = Wording(LEADS, TAILS, _CORES)

_TEST_CORES = {
    "book_flight": (
        "Two wings and a seat, please: book me from {from} to {to}.",
        "I'd love to fly from {from} to {to}.",
    ),
    "change_flight": ("Kindly give {reservation} another day.", "A different date is what {reservation} needs."),
    "cancel_reservation": ("My plans fell through, so cancel {reservation}.", "Would you cancel {reservation} for me?"),
    "add_bags": ("My suitcase had a baby: one more for {reservation}.", "Luggage again! More of it on {reservation}."),
    "choose_seat": ("May I have {seat}, for {reservation}?", "Let me choose a seat, {reservation}."),
    "correct_name": ("On {reservation}, {passenger} is spelt wrong.", "Help, a misspelt passenger on {reservation}."),
    "add_insurance": (
        "Better safe than sorry: insure {reservation}.",
        "Is insurance for {reservation} possible?",
    ),
    "get_flight": ("Will {reservation} be delayed?", "News on the status of {reservation}, please."),
    "search_flights": (
        "Say, how much is it from {asked_from} to {asked_to} on {asked_date}, in {asked_cabin}?",
        "What is the price, {asked_cabin}, from {asked_from} to {asked_to} on {asked_date}? What does it cost?",
    ),
    "list_payment_methods": (
        "On certificate {certificate}, what is left?",
        "Certificate {certificate}: its balance?",
    ),
    "issue_certificate": ("Surely {reservation} earns me compensation.", "Compensate me, please, for {reservation}."),
    "unaccompanied_minor": ("At {age}, may one fly alone?", "Someone of {age} will be on board, unaccompanied."),
    "medical_case": ("Without {need} I cannot fly.", "Is {need} possible? It is medical."),
    "change_cabin": ("Spoil me: an upgrade of {reservation}.", "I dream of an upgrade on {reservation}."),
}
TEST = Wording(TEST_LEADS, TEST_TAILS, _TEST_CORES)
