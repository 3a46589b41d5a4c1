"""Wording: how customers of the shop open, by style and request; the held-out test set has words of its own."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Openings are lead + core + tail: leads and tails by style, cores by request."""

    leads: Mapping[str, tuple[str, ...]]
    tails: Mapping[str, tuple[str, ...]]
    cores: Mapping[str, tuple[str, ...]]


_LEADS = {
    "terse": ("", "Hi.", "Hey.", "Quick one.", "Hello.", "Need help.", "Request:"),
    "chatty": (
        "Hi! I hope you're having a lovely day, mine has been a bit of a whirlwind.",
        "Hello there! I was just telling my sister about your shop.",
        "Hey! So, funny story, I was tidying up and then it hit me.",
        "Hi hi! It's finally sunny here, so I'm doing all my errands.",
        "Good morning! My coffee is ready, so let's sort this out.",
        "Hello! I've shopped with you for ages and always liked it.",
        "Hi! My neighbour recommended you, by the way.",
    ),
    "polite": (
        "Good day, I hope you can help me.",
        "Hello, thank you for taking my message.",
        "Hi, would you be so kind as to help me?",
        "Good afternoon, sorry to trouble you.",
        "Hello, I would be grateful for your help.",
        "Hi there, thank you in advance.",
    ),
    "impatient": (
        "I don't have much time.",
        "Listen, this has to go fast.",
        "I'm in a hurry.",
        "Let's make this quick.",
        "Five minutes, that's all I have.",
        "Right, no endless questions please.",
        "I've waited enough for this chat.",
    ),
    "rambling": (
        "So last week my cousin came over and we got talking about the flat, and anyway,",
        "I was in the garden, well, first in the kitchen, and then I remembered something:",
        "You know how it is when you order things late at night, and then the dog barks, so,",
        "It all began with the move, or rather the plan for the move, and so on and so forth,",
        "My mother always says to keep an eye on these things, and she is right I suppose,",
        "There was this evening with friends, never mind, what I actually mean is:",
    ),
    "formal": (
        "Dear Sir or Madam,",
        "Good day.",
        "I am writing to you with the following request.",
        "To whom it may concern:",
        "I wish to bring a matter to your attention.",
        "Please be so kind as to attend to the following.",
    ),
    "uncertain": (
        "Hm, I'm not sure this is the right place.",
        "Hello, maybe you can help me?",
        "I might be wrong here, but",
        "Sorry, I don't quite know how this works.",
        "I think I need some help.",
        "Um, hello.",
    ),
    "friendly": (
        "Hey there!",
        "Hi, hope you're well!",
        "Hiya!",
        "Hello friend!",
        "Hi! Nice to meet you.",
        "Hey, how's it going?",
    ),
}
_TAILS = {
    "terse": ("", "Thanks.", "Asap.", "Please.", "Ok?", "Now."),
    "chatty": (
        "Oh, and greetings to the team!",
        "Isn't it great that one can just write to you?",
        "Anyway, enough about me.",
        "My cat says hello as well.",
        "I'll make some tea while you look.",
        "You are always so quick, I love it.",
    ),
    "polite": (
        "Thank you very much.",
        "I would really appreciate it.",
        "Many thanks for your help.",
        "Please take your time.",
        "That would be very kind.",
    ),
    "impatient": (
        "Will this be over soon?",
        "And quickly, please.",
        "Can we get this done now?",
        "I have a train to catch.",
        "Don't keep me waiting.",
        "Hurry up, please.",
    ),
    "rambling": (
        "but that's another story.",
        "or so I thought, you never know these days.",
        "and then there's the weather on top of it.",
        "well, you get the idea.",
        "if that makes any sense at all.",
        "not that it matters to you, of course.",
    ),
    "formal": (
        "I look forward to your reply.",
        "I thank you in advance.",
        "Yours faithfully.",
        "I trust that this can be arranged.",
        "Kindly let me know how to proceed.",
    ),
    "uncertain": (
        "If that's even possible?",
        "Or do I have to do that elsewhere?",
        "At least I think so.",
        "Does that make sense?",
        "I hope I got that right.",
        "Not sure what you need from me.",
    ),
    "friendly": (
        "Thanks a bunch!",
        "You're the best.",
        "Cheers!",
        "That'd be awesome.",
        "Have a great one!",
        "Much appreciated!",
    ),
}
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
TRAIN = Wording(_LEADS, _TAILS, _CORES)

_TEST_LEADS = {
    "terse": ("Yo.", "One request."),
    "chatty": ("What a week it has been, let me tell you!", "Greetings from a rainy balcony!"),
    "polite": ("Might I ask for your assistance?", "Pardon the interruption."),
    "impatient": ("My taxi is outside.", "Skip the pleasantries."),
    "rambling": (
        "Between the plumber and the piano lesson I nearly forgot,",
        "As my grandfather used to say, one step at a time, so",
    ),
    "formal": ("Esteemed team,", "With reference to my account:"),
    "uncertain": ("Perhaps I am in the wrong queue, still,", "Forgive me if this is odd,"),
    "friendly": ("Howdy!", "Lovely to catch someone!"),
}
_TEST_TAILS = {
    "terse": ("Cheers.", "Go."),
    "chatty": ("The rain just stopped, would you believe it!", "Right, over to you, superstar!"),
    "polite": ("I am obliged to you.", "It would mean a lot."),
    "impatient": ("Clock is ticking.", "Chop chop."),
    "rambling": ("and the piano is out of tune as well.", "as these things go."),
    "formal": ("I remain at your disposal.", "With kind regards."),
    "uncertain": ("Or is that silly?", "You tell me."),
    "friendly": ("High five!", "Big thanks from me!"),
}
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
TEST = Wording(_TEST_LEADS, _TEST_TAILS, _TEST_CORES)
