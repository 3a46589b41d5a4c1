"""Wording: how customers of the network open, by request; the held-out test set has words of its own."""

from domains.talk import LEADS, TAILS, TEST_LEADS, TEST_TAILS
from turnwright.llm.embedded.drafting import Wording

_UNSKILLED_LEADS = (
    "Hello, I'm no good with these things.",
    "Sorry, my grandson usually does this for me.",
    "I hope you have patience with me, I hardly understand this phone.",
    "Hello? I'm not sure that I'm typing in the right place.",
    "Good day, technology and I are not friends.",
    "Hi, please explain it slowly.",
)
_UNSKILLED_TAILS = (
    "I really don't know what to press.",
    "Please tell me step by step.",
    "I haven't touched anything, I swear.",
    "All these little symbols confuse me.",
    "I hope I don't break it.",
)
_TEST_UNSKILLED_LEADS = ("I'm a bit lost with gadgets.", "Bear with me, please.")
_TEST_UNSKILLED_TAILS = ("One thing at a time, please.", "Talk to me as to a child.")

_CORES = {
    "change_plan": (
        "I want another plan for {line}.",
        "Please put {line} on a different plan, {new_plan}.",
        "Can I switch the plan of {line}?",
        "{line} needs a new plan.",
        "The {plan} plan doesn't suit me any more, I want {line} on {new_plan}.",
        "About {line}: I'd like to change the plan.",
    ),
    "pay_bill": (
        "I want to pay my bill for {line}.",
        "How can I pay the open bill of {line}?",
        "There is a bill for {line} that I'd like to settle.",
        "Please let me pay what is open on {line}.",
        "I'd like to get the bill paid for {line}.",
        "Can I settle the last bill of {line} with you?",
    ),
    "get_bill": (
        "Can you explain the last bill of {line}?",
        "I don't understand my bill for {line}.",
        "Why is my bill for {line} what it is?",
        "Please break down the bill of {line} for me.",
        "What is on the last bill of {line}?",
        "I'd like to know what the bill of {line} is made of.",
    ),
    "add_data": (
        "I need more data on {line}.",
        "Can I add a data package to {line}?",
        "Please top up {line}.",
        "I'd like some extra data for {line}.",
        "{line} could do with additional data this month.",
        "I want to buy a data package for {line}.",
    ),
    "get_line": (
        "How much data has {line} used this month?",
        "How much data does {line} have left?",
        "I'd like to know how much data I have used on {line}.",
        "How much data did I use up on {line} so far?",
        "Can you tell me how much data the SIM of {line} has gone through, and how much data it has left?",
        "Did I use up what {line} has in a month?",
    ),
    "suspend_line": (
        "My phone was {reason_words}, please block {line}.",
        "I need {line} to be blocked, the phone is lost.",
        "Please suspend {line}, the phone was {reason_words}.",
        "Somehow my phone was {reason_words}. Can you suspend {line}?",
        "I've lost my phone, the one with {line}.",
        "The phone with {line} got stolen, or I lost it, who knows.",
    ),
    "resume_line": (
        "Please resume {line}.",
        "I want {line} to be active again.",
        "Can you unblock {line}?",
        "{line} is suspended, please reactivate it.",
        "I'd like to have {line} resumed.",
        "It's about {line}: can you unsuspend it today?",
    ),
    "set_roaming": (
        "I travel to {country} next week and want to use {line} there.",
        "Is roaming on for {line}? I want it on, for {country}.",
        "I'd like to use {line} in {country}.",
        "Please switch on roaming for {line}.",
        "We travel to {country} soon. Please make {line} ready.",
        "Can I get roaming for {line}, for a trip to {country}?",
    ),
    "give_transfer_pin": (
        "I'd like to take my number away, {line}.",
        "I am leaving for another network and need a transfer PIN for {line}.",
        "Can I have the transfer PIN of {line}?",
        "How do I take my number, {line}, to a different network?",
        "Please send me a transfer PIN for {line}.",
        "I found another network that suits me better. How does {line} move there?",
    ),
    "update_email": (
        "My bills should go to a new email.",
        "Please send my bills to my new email {email}.",
        "I have a new email, for the bills.",
        "Can my bills be sent to the email {email}?",
        "The email for my bills has to change.",
        "I'd like the bills sent to another email.",
    ),
    "no_service": (
        "My phone has no service, {line}.",
        "There is no signal on my phone any more, {line}.",
        "I can't call anybody, {line} finds no network.",
        "Since this morning there are no bars on my phone. It's {line}.",
        "I have lost signal with {line}, nothing rings.",
        "{line} is without service, and I need my phone.",
    ),
    "slow_data": (
        "The internet on my phone is terribly slow, {line}.",
        "Nothing will load on my phone. It's {line}.",
        "Mobile data with {line} hardly works.",
        "My data has slowed to a crawl on {line}.",
        "Pages don't load any more on my phone with {line}.",
        "The internet seems dead on {line}.",
    ),
    "no_data_abroad": (
        "I'm in {country} and the internet doesn't work with {line}.",
        "I am in {country} and nothing loads on my phone, {line}.",
        "I'm stuck in {country} without mobile internet. It's {line}.",
        "We are abroad, in {country}, and there is no data with {line}.",
        "I'm here in {country} and cannot get online with {line}.",
        "Abroad I thought I'd have data, but in {country} there is none on {line}.",
    ),
    "picture_messages": (
        "I can't send pictures in messages any more, {line}.",
        "My picture messages fail every time. It's {line}.",
        "The photos that I put into messages don't go out from {line}.",
        "Picture messages don't work on {line}.",
        "Whenever I attach a picture to messages on {line}, it fails.",
        "It won't let me send pictures with {line}.",
    ),
    "transfer_to_human": (
        "Somebody else is using my number, {line}!",
        "I think someone uses {line} in my place.",
        "Friends got messages from {line} that I never wrote. Is somebody else using it?",
        "My number has been hijacked, {line}.",
        "Someone is using {line}, and it isn't me.",
        "There are calls on {line} I never made, somebody must be using my number.",
    ),
    "none": (
        "I want a charge on the bill of {line} waived.",
        "Can you waive something on my bill for {line}, as goodwill?",
        "I'd like my money back for the last month of {line}.",
        "Please take the extra charge off my bill, {line}.",
        "Some of what I was charged for {line} has to be waived.",
        "As a goodwill gesture, can the bill of {line} be smaller?",
    ),
    "list_plans": (
        "First, how much is the {asked} plan?",
        "What does the {asked} plan cost, by the way?",
        "Just to know: what is the price of the {asked} plan?",
        "How much is the {asked} plan these days?",
        "Before anything else, the price of the {asked} plan, please?",
        "I wonder how much is the {asked} plan with you?",
    ),
    "replace_sim": ("I need a new SIM card for {line}.", "Can you send me another SIM for {line}?"),
}
TRAIN = Wording(
    {**LEADS, "easy": LEADS["friendly"], "talkative": LEADS["chatty"], "unskilled": _UNSKILLED_LEADS},
    {**TAILS, "easy": TAILS["friendly"], "talkative": TAILS["chatty"], "unskilled": _UNSKILLED_TAILS},
    _CORES,
)

_TEST_CORES = {
    "change_plan": (
        "A change of plan is due on {line}: a different plan, {new_plan}.",
        "Move {line} to a new plan for me.",
    ),
    "pay_bill": ("Let us settle the bill on {line}.", "I wish to pay the bill behind {line}."),
    "get_bill": ("Help me understand the bill for {line}.", "I cannot make sense of it: why is my bill so, on {line}?"),
    "add_data": ("Might {line} get a data package?", "Sell me extra data, for {line}."),
    "get_line": ("Tell me how much data {line} has used.", "Of the data on {line}, what is used?"),
    "suspend_line": ("Gone! The phone was {reason_words}; block {line}.", "Suspend {line}, since I lost the phone."),
    "resume_line": ("Time to resume {line}.", "Let {line} be active again."),
    "set_roaming": ("{country} is calling, so I need roaming on {line}.", "Roaming, please, on {line}, for {country}."),
    "give_transfer_pin": ("Hand me the transfer PIN of {line}.", "I leave you for another network, with {line}."),
    "update_email": ("Note a new email for my bills: {email}.", "Henceforth bills go to another email."),
    "no_service": ("Not one call goes through, no signal on {line}.", "Dead as a stone, no service on {line}."),
    "slow_data": (
        "Nothing loads with {line}, not even the weather.",
        "A snail is faster: the internet is slow on {line}.",
    ),
    "no_data_abroad": (
        "I am in {country}, and the data of {line} stayed at home.",
        "I'm in {country}, offline; no internet on {line}.",
    ),
    "picture_messages": (
        "Pictures refuse to leave as messages, {line}.",
        "Not one photo goes out in my messages, {line}.",
    ),
    "transfer_to_human": ("A stranger, or someone close, uses {line}, not me.", "Who hijacked {line}?"),
    "none": ("Would you waive a part of the bill of {line}?", "I ask for some money back, {line}."),
    "list_plans": (
        "To begin, what is the price of the {asked} plan?",
        "Out of curiosity, how much is the {asked} plan?",
    ),
    "replace_sim": ("Might I have a fresh SIM for {line}?", "The SIM of {line} is scratched, a new SIM please."),
}
TEST = Wording(
    {
        **TEST_LEADS,
        "easy": TEST_LEADS["friendly"],
        "talkative": TEST_LEADS["chatty"],
        "unskilled": _TEST_UNSKILLED_LEADS,
    },
    {
        **TEST_TAILS,
        "easy": TEST_TAILS["friendly"],
        "talkative": TEST_TAILS["chatty"],
        "unskilled": _TEST_UNSKILLED_TAILS,
    },
    _TEST_CORES,
)
