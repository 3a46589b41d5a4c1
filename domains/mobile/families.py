"""Families: the kinds of scenarios of the mobile network, their twists and styles, and what the test set has alone."""

from domains import talk

FAMILIES: dict[str, str] = {
    "change_plan": "The user wants another plan for a line that may change.",
    "pay_bill": "The user wants to pay an open bill.",
    "bill_question": "The user asks what a bill is made of.",
    "data_top_up": "The user wants to add a data package to a line.",
    "usage_question": "The user asks how much data a line has used and may use.",
    "suspend_lost": "The user lost a phone and wants its line suspended.",
    "resume_line": "The user wants a line resumed that was suspended for a lost phone or at their own wish.",
    "enable_roaming": "The user is about to travel and wants a line switched on for use abroad.",
    "leave_with_number": "The user wants the PIN to take a number to another network; nothing is unpaid.",
    "update_email": "The user wants bills sent to another email.",
    "no_service": "The user's phone has no service, for 2 to 4 causes, some in the network and some on the phone.",
    "slow_data": "Mobile data is slow or does not work, for 2 to 5 causes, some in the network and some on the phone.",
    "no_data_abroad": "Abroad there is no data, for 2 to 6 causes, some in the network and some on the phone.",
    "picture_messages": "Picture messages fail, for 2 to 4 causes, some in the network and some on the phone.",
    "outage": "The phone has no service because of an outage in the user's city; only that can be told.",
    "broken_phone": "The phone has no service whatever is done; must be transferred to a human.",
    "number_theft": "Somebody else uses the user's number; must be transferred to a human.",
    "waive_fee": "The user wants a charge waived or paid back; must be refused.",
    "foreign_line": "The user asks for something about somebody else's line; must be refused.",
    "early_downgrade": "The user wants a cheaper plan while a contract runs; must be refused.",
    "resume_unpaid": "The user wants a line resumed that is suspended for an overdue bill, without paying; refused.",
    "leave_unpaid": "The user wants to take a number away while a bill is unpaid; must be refused.",
    "fault_and_account": "Two requests: a fault of the phone, and something about the account.",
    "three_requests": "Three requests in one conversation, of different kinds.",
}

HELD_OUT_FAMILY = "replace_sim"
"""No training scenario is of this family."""

TWISTS: dict[str, str] = {
    "wrong_number_first": "The user first gives a number that does not exist, and is found by name and birth date.",
    "forgot_number": "The user does not know the line's number and describes the line by its plan.",
    "changes_mind_once": "The user first wants something else (another plan, package or method) and corrects it.",
    "asks_question_first": "The user asks what a plan costs before coming to the request.",
}

_SHARED = ("terse", "polite", "formal", "uncertain", "impatient")
STYLES: dict[str, str] = {
    "easy": "Easygoing: does what they are asked and reports it plainly.",
    "unskilled": "Not good with phones: asks how a step is done.",
    "talkative": "Talks a lot, about the day, the weather and everybody they know.",
    **{name: talk.STYLES[name] for name in _SHARED},
}

RESERVED_VARIANTS = (
    "polite",
    "asks_question_first+formal",
    "changes_mind_once+uncertain",
    "forgot_number+impatient",
    "wrong_number_first+easy",
    "asks_question_first+changes_mind_once+talkative",
)
"""Variants that only the test set uses; each of their twists and styles occurs in training in other combinations."""
