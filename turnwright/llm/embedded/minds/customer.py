"""The customer's mind: opens, answers from what it knows, agrees or corrects, and stops when served."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from turnwright.llm.embedded.case import Act, Step
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading, call_key

_PROPOSAL = re.compile(
    r"shall i|should i (go|do|proceed|make)|would you like me to|do you (confirm|agree|want me to)|go ahead\?|proceed\?"
    r"|is (that|this) (right|correct|ok(ay)?|fine)|please confirm|yes/no|may i|okay with you|want to (go|proceed)",
    re.IGNORECASE,
)
_LOOKING = re.compile(r"shall i (look|check|search|find)", re.IGNORECASE)
_ANYTHING_ELSE = re.compile(r"anything else|something else|else (that )?i can|further", re.IGNORECASE)
_CHANGE = re.compile(r"change your mind:?,? (?:and )?(.+?)(?:\.(?=\s|$)|$)", re.IGNORECASE)
_YES = (
    "Yes, please go ahead.",
    "Yes, do it.",
    "Yes please.",
    "Okay, go ahead.",
    "Sure, that's right.",
    "Yes, confirmed.",
)
_BYE = (
    "Thanks, that's all. [DONE]",
    "Great, thank you! [DONE]",
    "[DONE]",
    "Perfect, bye. [DONE]",
    "OK, thanks. [DONE]",
)
_BYE_REFUSED = (
    "That's a pity. Then that is all. [DONE]",
    "Hm, too bad. Bye. [DONE]",
    "All right, if that is the rule. [DONE]",
    "Not what I hoped for, but okay. [DONE]",
)
_LOOK = ("Yes, please.", "Sure, please do.", "Go ahead.", "Yes, that would help.")
_NEXT_TERSE = ("Also: {}.", "And: {}.", "Next: {}.")
_NEXT = (
    "One more thing: I want to {}.",
    "Also, I'd like to {}.",
    "Next, I need to {}.",
    "And I still want to {}.",
    "Then please help me to {}.",
)
_HOW = (
    "How do I do that? I'm not good with phones.",
    "Sorry, how do I do that? Where do I find it?",
    "I have no idea how. Where do I tap? How do I get there?",
)
_MANNERS = {
    "terse": ("{}",),
    "chatty": (
        "{}",
        "Oh, let me see. {}",
        "{} My memory isn't what it was!",
        "Good that you ask. {}",
        "{} There you go!",
    ),
    "polite": ("{}", "Of course. {}", "Gladly: {}", "{} Thank you for your patience."),
    "impatient": ("{}", "{} Can we go on?", "Fine. {}", "{} And now?", "Again a question... {}"),
    "uncertain": ("{}", "Hm. {}", "{} I hope that helps.", "Let me think. {}", "{} At least I believe so."),
    "friendly": ("{}", "Sure! {}", "No problem. {}", "Happy to: {}", "{} :)"),
    "formal": ("{}", "Certainly. {}", "As you wish. {}", "{} I trust that this is what you need."),
    "rambling": ("{}", "Now that you ask, well. {}", "{} But I digress.", "So, one thing after the other. {}"),
    "unskilled": ("{}", "All right, slowly. {}", "{} Did I do that well?", "One moment, my glasses. {}"),
}
"""How those who talk so give an answer."""
_ALIKE = {"talkative": "chatty", "easy": "friendly"}
_ASKS_HOW = re.compile(r"unskilled|not good with", re.IGNORECASE)
_UNKNOWN = (
    "I don't remember that, sorry.",
    "No idea, sorry. Is there another way?",
    "I'd have to look that up, and I can't right now.",
    "That I don't have at hand.",
)
_REFUSAL = re.compile(r"can't do that|not possible|not able to do", re.IGNORECASE)
_NOT_FOUND = re.compile(r"can't find", re.IGNORECASE)


@dataclass(frozen=True)
class _Wish:
    text: str
    second_thought: str | None


def speak(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """The customer's next message."""
    wishes = _wishes(reading.system.section("what you want"))
    opening = re.search(r"similar words: (.+)", reading.system.section("how you talk"))
    if not wishes or not opening:
        return "I do not know what I want. [GIVE UP]"
    spoken, heard = reading.transcript.spoken, reading.transcript.heard
    if not spoken:
        return opening[1]
    if not heard:
        return "Hello?"
    asked = heard[-1]
    said = " ".join(spoken)
    current = _current(wishes, spoken)
    if _LOOKING.search(asked):
        return noise.choose(_LOOK, "look")
    if (done := _with_device(reading, playbook, asked, noise)) is not None:
        return done
    if _PROPOSAL.search(asked):
        return _answer_proposal(wishes[current], said, noise)
    answer = _answer_question(reading, playbook, asked, said, noise) if _asks(asked) else None
    if answer:
        return answer if spoken[-3:].count(answer) < 2 else "This leads nowhere. [GIVE UP]"
    if current + 1 < len(wishes) and not noise.strikes("forgets_request"):
        following = _first_person(wishes[current + 1].text)
        ways = _NEXT_TERSE if _style(reading) == "terse" else _NEXT
        return noise.choose(ways, "next", str(current)).format(following)
    return noise.choose(_BYE_REFUSED if _REFUSAL.search(asked) else _BYE, "bye")


def _with_device(reading: Reading, playbook: Playbook, asked: str, noise: Noise) -> str | None:
    """Do with the device what is asked for, one call after another, and tell what came of it; None if nothing is."""
    known = _known(reading)
    steps = sorted(_asked_steps(playbook, asked, known), key=lambda found: found[0])
    if steps and _ASKS_HOW.search(reading.system.section("who you are")) and not _asked_how(reading):
        return noise.choose(_HOW, "how")
    told: list[str] = []
    for at, step, arguments in steps:
        lapse = "skips_step" if step.tool in playbook.writes else "claims_success"
        if step.pretended and noise.strikes(lapse, f"{len(reading.transcript.heard)} {at}"):
            told.append(step.pretended)
            continue
        key = call_key(step.tool, arguments)
        if key not in reading.transcript.fresh:
            raise Act(call=(step.tool, arguments))
        told.append(step.told(reading.transcript.fresh[key]))
    return _in_manner(" ".join(told), reading, asked, noise) if told else None


def _asked_steps(
    playbook: Playbook, asked: str, known: Mapping[str, str]
) -> Iterator[tuple[int, Step, dict[str, Any]]]:
    """Where in the words each step stands, and its arguments."""
    for step in playbook.steps.values():
        if found := step.heard.search(asked):
            named = {name: value.lower() for name, value in found.groupdict().items() if value}
            own = {name: known[key] for name, key in step.known.items() if key in known}
            yield found.start(), step, {**step.arguments, **named, **own}


def _style(reading: Reading) -> str:
    found = re.search(r"style of writing: (\w+)", reading.system.section("who you are"), re.IGNORECASE)
    return found[1].lower() if found else ""


def _in_manner(answer: str, reading: Reading, asked: str, noise: Noise) -> str:
    """The answer as somebody of this style gives it; to the same question, always the same way."""
    style = _style(reading)
    return noise.choose(_MANNERS.get(_ALIKE.get(style, style), ("{}",)), "manner", asked[:60]).format(answer)


def _known(reading: Reading) -> dict[str, str]:
    return dict(re.findall(r"^- (\w+): (.+)$", reading.system.section("what you know"), re.MULTILINE))


def _asked_how(reading: Reading) -> bool:
    return any(words in _HOW for words in reading.transcript.spoken)


def _wishes(goal: str) -> list[_Wish]:
    parts = [part.strip(" ,;") for part in re.split(r"\(\d\)", goal)]
    parts = parts[1:] if len(parts) > 1 else parts
    wishes: list[_Wish] = []
    for part in parts:
        change = _CHANGE.search(part)
        # What comes before "when asked to confirm" is the wish; what comes after is the second thought.
        text = re.split(r"\bwhen (?:the assistant|you are|asked)", part, maxsplit=1, flags=re.I)[0] if change else part
        if text:
            wishes.append(_Wish(text.strip(" ."), change[1] if change else None))
    return wishes


def _first_person(text: str) -> str:
    swaps = (
        (r"\byou are\b", "I am"), (r"\byou were\b", "I was"), (r"\byou want\b", "I want"), (r"\byourself\b", "myself"),
        (r"\byour\b", "my"), (r"\byours\b", "mine"), (r"\b(to|for|by|with) you\b", r"\1 me"), (r"\byou\b", "I"),
    )  # fmt: skip
    for old, new in swaps:
        text = re.sub(old, new, text, flags=re.IGNORECASE)
    return text


def _current(wishes: list[_Wish], spoken: list[str]) -> int:
    """The number of the wish brought up last."""
    said = " ".join(spoken)
    return max(number for number, wish in enumerate(wishes) if number == 0 or _first_person(wish.text) in said)


def _answer_proposal(wish: _Wish, said: str, noise: Noise) -> str:
    if wish.second_thought:
        change = f"Actually, wait. I changed my mind: {_first_person(wish.second_thought)}."
        if change not in said and not noise.strikes("keeps_old_mind"):
            return change
    if noise.strikes("stops_early"):
        return "Yes, great. I have to run, bye! [DONE]"
    return noise.choose(_YES, "yes", str(len(said)))


def _asks(words: str) -> bool:
    return ("?" in words and not _ANYTHING_ELSE.search(words)) or bool(
        re.search(r"\b(please|could you) (tell|give|send|share)", words, re.I)
    )


def _answer_question(reading: Reading, playbook: Playbook, asked: str, said: str, noise: Noise) -> str | None:
    known = _known(reading)
    topics = [key for key, topic in playbook.topics.items() if topic.search(asked)]
    wrong = " ".join(words for words in reading.transcript.heard if _NOT_FOUND.search(words))
    answers = [_clause(key, known[key], playbook) for key in topics if key in known and known[key] not in wrong]
    if answers:
        return _in_manner(" ".join(answers), reading, asked, noise)
    if topics:
        return noise.choose(_UNKNOWN, "unknown", asked[:40])
    return _first_person(_wishes(reading.system.section("what you want"))[0].text)


def _clause(key: str, value: str, playbook: Playbook) -> str:
    if len(value.split()) > 3:
        return value
    return f"My {key.replace('_', ' ')} is {value}." if playbook.identification.search(key) else f"{value}."
