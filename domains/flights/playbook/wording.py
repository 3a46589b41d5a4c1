"""Wording: how customers of the airline open, by request; the held-out test set has words of its own."""

from domains.talk import LEADS, TAILS, TEST_LEADS, TEST_TAILS
from turnwright.llm.embedded.drafting import Wording

_CORES = {
    "book_flight": (
        "I want to book a flight, {flight}.",
        "Please book me {flight} on {day}.",
        "Can you book me into {cabin} on {flight}?",
        "I'd like to book {flight} in {cabin}.",
        "I need to fly: please book me a place on {flight}.",
        "Could you help me to book a trip with {flight} on {day}?",
    ),
    "change_flights": (
        "I need to move my flight in {reservation}.",
        "Can I change the date of {flight}, {reservation}?",
        "Please move {flight} of {reservation} to {day}.",
        "I have to travel on another day: {reservation}.",
        "{reservation} has to be rescheduled to {day}.",
        "I'd like to postpone {flight} in {reservation}.",
    ),
    "change_cabin": (
        "I'd like to upgrade {reservation} to business.",
        "Can {reservation} be upgraded?",
        "Please put {reservation} into business.",
        "I want an upgrade for {reservation}, paid with {payment}.",
        "What would it take to upgrade {reservation}? I want business.",
        "I want to move {reservation} to business class.",
    ),
    "cancel_reservation": (
        "I want to cancel {reservation}.",
        "Please cancel {reservation} for me.",
        "I have to cancel: {reservation}.",
        "Can I cancel {reservation} and get the money back?",
        "I won't fly, so please cancel {reservation}.",
        "Sadly I need to cancel {reservation}, because {reason}.",
    ),
    "add_bags": (
        "I need to add bags to {reservation}.",
        "Can I bring {bags} on {reservation}?",
        "Please add {bags} to {reservation}.",
        "I'm going to need more luggage for {reservation}.",
        "I want to check in {bags} with {reservation}.",
        "We have extra luggage for {reservation}.",
    ),
    "choose_seat": (
        "I'd like to choose a seat on {flight}, {reservation}.",
        "Can {passenger} have seat {seat}? It's {reservation}.",
        "I want a certain seat in {reservation}.",
        "Please give {passenger} a better seat on {flight} of {reservation}.",
        "Is seat {seat} on {flight} still free? I'd like it, for {reservation}.",
        "In {reservation} I would like to pick a seat for {passenger}.",
    ),
    "update_passenger": (
        "There is a typo in {reservation}: it says {passenger}.",
        "The ticket of {passenger} in {reservation} has the wrong name.",
        "Please fix the spelling in {reservation}, it should read {new_name}.",
        "A ticket in {reservation} has the wrong name on it.",
        "It says {passenger} in {reservation}, that is the wrong name.",
        "{reservation} carries the wrong name: it should say {new_name}.",
    ),
    "swap_passenger": (
        "Somebody else has to fly in {reservation} in place of {passenger}.",
        "{passenger} can't come along on {reservation}, so someone else will.",
        "I want to swap {passenger} in {reservation} for {new_name}.",
        "In {reservation} another person should take the trip, not {passenger}.",
        "Can {new_name} take over the ticket of {passenger} in {reservation}?",
        "Please let somebody else travel on {reservation}.",
    ),
    "add_insurance": (
        "I'd like to insure {reservation}.",
        "Can I still get insurance for {reservation}?",
        "Please add the travel insurance to {reservation}.",
        "I forgot the insurance when I booked {reservation}.",
        "I want {reservation} insured, paid with {payment}.",
        "Is it possible to insure {reservation} now?",
    ),
    "issue_certificate": (
        "{flight} {trouble}, I want compensation. It's {reservation}.",
        "I'd like to be compensated for {flight}, {reservation}.",
        "My flight {trouble}, do I get compensation for {reservation}?",
        "What compensation is there for {reservation}? The flight {trouble}.",
        "I'm asking for compensation for {flight} of {reservation}, which {trouble}.",
        "How do I get compensated when a flight {trouble}? I mean {reservation}.",
    ),
    "get_flight": (
        "Is {flight} of {reservation} on time?",
        "What is the status of {flight}, {reservation}?",
        "When does my flight in {reservation} depart, and is it punctual?",
        "Can you tell me whether my flight is on time, {reservation}?",
        "Is there any delay on {flight} in {reservation}?",
        "I'd like to know the status of my flight: {reservation}.",
    ),
    "get_reservation": (
        "How many bags are free in {reservation}?",
        "What is the baggage allowance of {reservation}?",
        "How much luggage can I take along on {reservation}?",
        "I'd like to know about the free bags of {reservation}.",
        "Which bags are included in {reservation}?",
        "Could you tell me the allowance for {reservation}, and what it has already?",
    ),
    "get_certificate": (
        "How much is left on my travel certificate {certificate}?",
        "What is the balance of certificate {certificate}?",
        "Is my certificate {certificate} still valid, and what is on it?",
        "I'd like to know what my certificate {certificate} is worth.",
        "My certificate {certificate}: how much is left?",
        "Until when is certificate {certificate} valid, and what is left?",
    ),
    "search_flights": (
        "How much does {flight} cost on {day} in {cabin}?",
        "What is the price of {flight} on {day}, {cabin}?",
        "What does a place on {flight} on {day} cost in {cabin}?",
        "I'd like to know what the fare on {flight} is, {day}, {cabin}.",
        "Can you tell me what {flight} costs on {day} in {cabin}?",
        "How much is the fare in {cabin} on {flight}, {day}?",
    ),
    "rebook": (
        "My flight was cancelled, please rebook {reservation}.",
        "I need to be rebooked, {flight} of {reservation} was cancelled.",
        "Please put {reservation} on the next flight.",
        "Since {flight} is not flying, can you rebook {reservation}?",
        "I was told that {flight} won't leave, so I need a rebooking of {reservation}.",
        "What is the next available flight for {reservation}? Mine was cancelled.",
    ),
    "medical": (
        "We need {service} on board, it's about {reservation}.",
        "A passenger in {reservation} needs {service} on the flight.",
        "Can you arrange {service} for {reservation}?",
        "For {reservation} I have to order {service}.",
        "My mother can only fly with {service}: {reservation}.",
        "Please note {service} for {reservation}.",
    ),
}
TRAIN = Wording(LEADS, TAILS, _CORES)

_TEST_CORES = {
    "book_flight": ("A new booking, please: {flight} on {day}.", "Would you book us in on {flight}, {cabin}?"),
    "change_flights": (
        "A different day would suit me better for {reservation}.",
        "May I shift {flight}, {reservation}, to {day}?",
    ),
    "change_cabin": (
        "Upgrading {reservation} is what I am after.",
        "Switch {reservation} over to business, would you?",
    ),
    "cancel_reservation": ("Our journey is called off: {reservation}.", "I am cancelling {reservation}, {reason}."),
    "add_bags": ("There will be additional luggage for {reservation}.", "Kindly register {bags} on {reservation}."),
    "choose_seat": (
        "Where can {passenger} sit on {flight}, {reservation}?",
        "Reserve seat {seat} within {reservation}.",
    ),
    "update_passenger": (
        "You misspelled someone in {reservation}.",
        "Regarding {reservation}: spelled right, it should say {new_name}.",
    ),
    "swap_passenger": (
        "Would you let {new_name} fly in place of {passenger}, {reservation}?",
        "A friend wants to take over the ticket of {passenger}: {reservation}.",
    ),
    "add_insurance": ("May {reservation} be insured after the fact?", "Insurance for {reservation} would calm me."),
    "issue_certificate": (
        "How will you make up for {flight} in {reservation}, which {trouble}?",
        "Compensate me for {reservation}, the plane {trouble}.",
    ),
    "get_flight": ("Might {flight} of {reservation} be running late?", "When will {flight} leave, {reservation}?"),
    "get_reservation": (
        "Tell me how many suitcases {reservation} lets me bring.",
        "Which baggage is free in {reservation}?",
    ),
    "get_certificate": (
        "What value is there on certificate {certificate}?",
        "Does certificate {certificate} hold any money, and when does it expire?",
    ),
    "search_flights": (
        "Name me the price of {flight}, {day}, in {cabin}.",
        "What would be the fare, {cabin}, on {flight} of {day}?",
    ),
    "rebook": (
        "You scrapped {flight}; rebook us, {reservation}.",
        "Find me the next possible flight for {reservation}.",
    ),
    "medical": ("On {reservation} somebody depends on {service}.", "{service}, is that to be had for {reservation}?"),
}
TEST = Wording(TEST_LEADS, TEST_TAILS, _TEST_CORES)
