"""Wording: how customers of the shop open, by request; the held-out test set has words of its own."""

from domains.talk import LEADS, TAILS, TEST_LEADS, TEST_TAILS
from turnwright.llm.embedded.drafting import Wording

_CORES = {
    "cancel_order": (
        "I want to cancel {order}.",
        "Please cancel {order} for me.",
        "{order} has to be cancelled.",
        "Could {order} be cancelled?",
        "I need {order} cancelled.",
    ),
    "change_order_address": (
        "Please send {order} to a different address.",
        "{order} has the wrong address.",
        "I need to change the address of {order}.",
        "Can you redirect {order}? It should go to {address}.",
        "The address on {order} is not right any more.",
    ),
    "exchange_items": (
        "I'd like to exchange the {item} from {order}.",
        "I want to swap the {item} in {order} for the {wanted} one.",
        "Can I exchange my {item}, {order}, for {wanted}?",
        "About {order}: I would rather swap the {item} for {wanted}.",
        "The {item} from {order} isn't for me, I'd exchange it for the {wanted} one.",
    ),
    "change_order_payment": (
        "Please switch the payment of {order}.",
        "I want to change the payment method for {order} to {payment}.",
        "{order} should use other money: please change how it is paid.",
        "Can you switch the payment for {order} to {payment}?",
        "I picked the wrong way to pay {order}, please change the payment.",
    ),
    "return_items": (
        "I want to return the {item} from {order}.",
        "I'd like to return my {item}, {order}.",
        "The {item} in {order} has to go: I want to return it.",
        "How do I return the {item} of {order}?",
        "I am not happy with the {item} from {order} and would return it.",
    ),
    "track_shipment": (
        "Where is {order}?",
        "When will {order} arrive?",
        "Can you track {order} for me?",
        "I'm still waiting for {order}.",
        "What is the status of {order}?",
    ),
    "get_gift_card": (
        "How much is left on my gift card {card}?",
        "What is the balance of gift card {card}?",
        "Is my gift card {card} still valid, and what is it worth?",
        "I'd like to know the balance on my gift card {card}.",
        "My gift card {card}: how much is left?",
    ),
    "list_variants": (
        "How much is the {product} in {wanted}, and do you have it in stock?",
        "What does the {product} cost in {wanted}?",
        "Do you have the {product} in {wanted}?",
        "What's the price of the {product} in {wanted}?",
        "Is the {product} in {wanted} available, and how much is it?",
    ),
    "place_order": (
        "I want to buy a {product} in {wanted}.",
        "I'd like to place an order: a {product}.",
        "Can I order a {product}, in {wanted} please?",
        "Please order a {product} for me, paid with {payment}.",
        "I need to buy a new {product}.",
    ),
    "report_damage": (
        "The {item} from {order} arrived damaged.",
        "My {item} came broken, {order}.",
        "I have to report a damaged {item}, it was in {order}.",
        "I unpacked {order} and the {item} is cracked.",
        "The {item} in {order} is defective.",
    ),
    "update_user_address": (
        "I have moved and want the address of my account changed.",
        "Please update the address on my account.",
        "My account address is out of date.",
        "The address on my profile should be {address}.",
        "I'd like a new address on my account.",
    ),
    "update_user_email": (
        "I want to change the email of my account to {email}.",
        "Please update my email.",
        "My account needs a new email.",
        "Can you switch my email to {email}?",
        "I'd like to replace the email on my account.",
    ),
    "merge_gift_cards": (
        "I want to merge my gift cards {card} and {into}.",
        "Please combine two gift cards of mine.",
    ),
    "none": (
        "I'd like a discount on {order}.",
        "I saw the {item} cheaper elsewhere, can you match the price?",
        "Can I get some compensation for {order}?",
        "What discount can you give me on my next {item}?",
        "There should be a voucher in it for me after {order}, no?",
    ),
}
_CORES["change_order_items"] = _CORES["exchange_items"]
TRAIN = Wording(LEADS, TAILS, _CORES)

_TEST_CORES = {
    "cancel_order": ("Kindly call off and cancel {order}.", "My wish is to see {order} cancelled."),
    "change_order_address": (
        "{order} is headed to my former address.",
        "Please reroute the parcel, {order}, to {address}.",
    ),
    "exchange_items": (
        "Would you exchange what I got, the {item} of {order}, for {wanted}?",
        "Regarding {order}, swap me the {item}, would you?",
    ),
    "change_order_payment": (
        "May I change the payment on {order}, to {payment}?",
        "Somebody should switch the payment behind {order}.",
    ),
    "return_items": ("Take back the {item}, {order}, please.", "The {item} goes back to you, I return it: {order}."),
    "track_shipment": ("Any news when {order} will arrive?", "Help me track {order}."),
    "get_gift_card": ("Tell me the balance of my gift card {card}.", "Gift card {card}, what remaining sum is there?"),
    "list_variants": (
        "Would the {product} in {wanted} be available, and how much is it?",
        "Name me the price of a {product}, {wanted}.",
    ),
    "place_order": ("Get me a {product} in {wanted}.", "A purchase: I want to buy one {product}."),
    "report_damage": ("What I found in {order} was a smashed {item}.", "{order} brought me a dented {item}."),
    "update_user_address": ("I just moved; note it on the account.", "The address in my account belongs to the past."),
    "update_user_email": (
        "Swap out the email: my account shall use a new email.",
        "Please change my email to {email}.",
    ),
    "merge_gift_cards": (
        "Could you merge the gift cards {card} and {into}?",
        "Put my two gift cards together: {card} into {into}.",
    ),
    "none": ("Surely {order} deserves a coupon.", "How about some money off the {item}?"),
}
_TEST_CORES["change_order_items"] = _TEST_CORES["exchange_items"]
TEST = Wording(TEST_LEADS, TEST_TAILS, _TEST_CORES)
