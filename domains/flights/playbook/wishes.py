"""Wishes: what each kind of request takes at the airline, and which of them make up a family."""

from domains.flights.playbook import extra_wishes, question_wishes, trip_wishes
from domains.flights.playbook.choosing import Customer
from turnwright.llm.embedded.wishes import Search

SEARCHES: dict[str, Search[Customer]] = {
    "book": trip_wishes.book,
    "change_date": trip_wishes.change_date,
    "basic_change": trip_wishes.basic_change,
    "upgrade": trip_wishes.upgrade,
    "cancel": trip_wishes.cancel,
    "late_cancel": trip_wishes.late_cancel,
    "foreign": trip_wishes.foreign,
    "bags": extra_wishes.bags,
    "minor": extra_wishes.minor,
    "seat": extra_wishes.seat,
    "correct_name": extra_wishes.correct_name,
    "swap": extra_wishes.swap,
    "insure": extra_wishes.insure,
    "late_insure": extra_wishes.late_insure,
    "compensation": extra_wishes.compensation_wish,
    "undue": extra_wishes.undue,
    "status": question_wishes.status,
    "baggage": question_wishes.baggage,
    "certificate": question_wishes.certificate,
    "question": question_wishes.question,
    "rebook": trip_wishes.rebook,
    "stranded": trip_wishes.stranded,
    "medical": extra_wishes.medical,
}

KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "book_flight": (("book",),),
    "change_date": (("change_date",),),
    "upgrade_cabin": (("upgrade",),),
    "cancel_refundable": (("cancel",),),
    "add_bags": (("bags",),),
    "choose_seat": (("seat",),),
    "correct_passenger_name": (("correct_name",),),
    "add_insurance": (("insure",),),
    "delay_compensation": (("compensation",),),
    "flight_status": (("status",),),
    "baggage_question": (("baggage",),),
    "certificate_balance": (("certificate",),),
    "fare_question": (("question",),),
    "basic_economy_change": (("basic_change",),),
    "late_cancellation": (("late_cancel",),),
    "foreign_reservation": (("foreign",),),
    "undue_compensation": (("undue",),),
    "passenger_swap": (("swap",),),
    "late_insurance": (("late_insure",),),
    "minor_alone": (("minor",),),
    "no_rebooking_left": (("stranded",),),
    "medical_request": (("medical",),),
    "two_changes": (("bags", "seat"), ("cancel", "seat"), ("change_date", "bags"), ("upgrade", "bags")),
    "change_and_question": (("cancel", "certificate"), ("seat", "question"), ("bags", "status"), ("insure", "baggage")),
    "three_requests": (("bags", "seat", "book"), ("cancel", "status", "certificate"), ("seat", "baggage", "book")),
    "rebook_cancelled": (("rebook",),),
}
"""Which wishes make up a family; one of the combinations is chosen for each scenario."""
