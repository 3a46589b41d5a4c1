"""Talk: the ways in which customers of any domain talk, and how those who talk so begin and end an opening.

The held-out test sets have words of their own.
"""

STYLES: dict[str, str] = {
    "terse": "Very short sentences, often fragments.",
    "chatty": "Talks a lot, adds small talk and asides.",
    "polite": "Says please and thank you, patient.",
    "impatient": "In a hurry, pushes for a quick result.",
    "rambling": "Wanders off, buries the request in a story.",
    "formal": "Complete, formal sentences.",
    "uncertain": "Unsure of details, hedges, asks back.",
    "friendly": "Warm and casual.",
}

LEADS = {
    "terse": ("", "Hi.", "Hey.", "Quick one.", "Hello.", "Need help.", "Request:"),
    "chatty": (
        "Hi! I hope you're having a lovely day, mine has been a bit of a whirlwind.",
        "Hello there! I was just telling my sister about you.",
        "Hey! So, funny story, I was tidying up and then it hit me.",
        "Hi hi! It's finally sunny here, so I'm doing all my errands.",
        "Good morning! My coffee is ready, so let's sort this out.",
        "Hello! I've been with you for ages and always liked it.",
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
        "You know how it is when you put things off until late at night, and then the dog barks, so,",
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
TAILS = {
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

TEST_LEADS = {
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
TEST_TAILS = {
    "terse": ("Cheers.", "Go."),
    "chatty": ("The rain just stopped, would you believe it!", "Right, over to you, superstar!"),
    "polite": ("I am obliged to you.", "It would mean a lot."),
    "impatient": ("Clock is ticking.", "Chop chop."),
    "rambling": ("and the piano is out of tune as well.", "as these things go."),
    "formal": ("I remain at your disposal.", "With kind regards."),
    "uncertain": ("Or is that silly?", "You tell me."),
    "friendly": ("High five!", "Big thanks from me!"),
}
