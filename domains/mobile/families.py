"""Families: the kinds of scenarios of the mobile network, their twists and styles, and the variants of the test set."""

from domains.talk import STYLES as SHARED_STYLES

FAMILIES: dict[str, str] = {
    "change_plan": "The user wants a line on another plan that is still sold; nothing stands in the way.",
    "pay_bill": "The user wants an open or overdue bill paid with a payment method of theirs.",
    "bill_question": "The user asks what a bill comes to, when it is due and what a certain charge on it is.",
    "dispute_charge": "The user does not recognise a charge on a bill of the last 60 days and wants it looked into.",
    "set_autopay": "The user wants later bills paid automatically with a payment method of theirs.",
    "data_top_up": "The user wants a package of extra data for a line.",
    "usage_question": "The user asks how much data of a line is used and left this month.",
    "suspend_line": "The user wants a line suspended, because the phone is lost or because they do not need it now.",
    "resume_line": "The user wants a line resumed, suspended at their wish, or after paying the overdue bill.",
    "enable_roaming": "The user travels soon and wants roaming allowed for a line.",
    "replace_sim": "The user has a new SIM card and wants a line moved to it.",
    "port_out": "The user leaves for another carrier and wants the PIN for a number; bills and contract allow it.",
    "no_service": "The user's phone has no service, for 2 to 4 causes in the network and on the phone; all are mended.",
    "slow_data": "Mobile data is slow or absent at home, for 2 to 6 causes in the network and on the phone.",
    "no_data_abroad": "The user is abroad without mobile data, for 2 to 6 causes in the network and on the phone.",
    "picture_messages": "Picture messages cannot be sent, for 2 to 6 causes in the network and on the phone.",
    "outage": "No service or slow data because of an outage or disturbance in the home area; the user has to wait.",
    "waive_fee": "The user asks for a fee to be waived, a credit or a discount; must be refused.",
    "foreign_line": "The user asks for something about a line of somebody else; must be refused.",
    "early_downgrade": "The user wants a cheaper plan before the contract of the line ends; must be refused.",
    "resume_unpaid": "The user wants a line resumed without paying the overdue bill; must be refused.",
    "port_unpaid": "The user wants the PIN to leave while a bill is not paid; must be refused.",
    "hardware_fault": "The phone has no service and no step helps, or its SIM card is damaged; must be transferred.",
    "fraud_hold": "The user's line is suspended with a fraud hold; must be transferred to a human.",
    "fault_and_account": "Two requests: a fault with the phone, and something about the account or another line.",
    "three_requests": "Three requests in one conversation, of different kinds.",
}

HELD_OUT_FAMILY = "port_in"
"""No training scenario is of this family."""

TWISTS: dict[str, str] = {
    "wrong_number_first": "The user first gives a phone number that does not exist, then the label of the line.",
    "missing_number": "The user does not remember the number, identifies by name and birth date, names the line.",
    "changes_mind_once": "The user first wants something else (another plan, package or method) and corrects it.",
    "asks_question_first": "The user asks a related question that needs a lookup before coming to the request.",
    "asks_how": "The user asks how the first step on the phone is done, for they are not good with phones.",
}

STYLES: dict[str, str] = {
    "easy": "Relaxed, at home with phones, does what is asked.",
    "impatient": SHARED_STYLES["impatient"],
    "unskilled": "Not good with phones, needs each step explained in plain words.",
    "talkative": "Talks a lot, tells what else happened with the phone.",
    **{name: SHARED_STYLES[name] for name in ("terse", "polite", "formal", "uncertain")},
}

RESERVED_VARIANTS = (
    "polite",
    "asks_question_first+formal",
    "changes_mind_once+uncertain",
    "missing_number+impatient",
    "wrong_number_first+talkative",
    "asks_how+missing_number+terse",
)
"""Variants that only the test set uses; each of their twists and styles occurs in training in other combinations."""
