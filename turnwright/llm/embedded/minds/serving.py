"""The assistant's mind: understands what the customer asks for, and runs the playbook's procedure for each request."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from turnwright.llm.embedded.case import Act, Case, Declined, HandedOver, Refused
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading, Transcript

_GREETINGS = (
    "Hello! How can I help you today?",
    "Hi there, what can I do for you?",
    "Good day. What can I do for you?",
)
_SORRY = ("I'm sorry, but I can't do that: ", "I'm afraid that is not possible: ", "Sorry, I am not able to do this: ")
_ELSE = (" Is there anything else I can do for you?", " Can I help you with anything else?", " Anything else?")


@dataclass
class Wanted:
    """One request, with all that was said about it."""

    action: str
    text: str


def understand(
    cues: Sequence[tuple[str, re.Pattern[str]]], heard: Sequence[str], reports: Collection[int] = ()
) -> list[Wanted]:
    """The requests in what the customer said, in order; words without a new request belong to the one before.

    `reports` are the numbers of messages that tell of a step with a device: they ask for nothing.
    """
    wanted: list[Wanted] = []
    for place, words in enumerate(heard):
        starts = [] if place in reports else _starts(cues, words, {one.action for one in wanted})
        if wanted:
            wanted[-1].text += " \n " + words[: starts[0][0] if starts else None]
        for number, (at, action) in enumerate(starts):
            begin = 0 if number == 0 and not wanted else at
            end = starts[number + 1][0] if number + 1 < len(starts) else None
            wanted.append(Wanted(action, words[begin:end]))
    return wanted


def _reports(transcript: Transcript, playbook: Playbook) -> set[int]:
    """Which of the customer's messages answer the request for a step with their device."""
    found, number, asked = set[int](), 0, ""
    for one in transcript.said:
        if one.mine:
            asked = one.text
            continue
        if any(step.heard.search(asked) for step in playbook.steps.values()):
            found.add(number)
        number += 1
    return found


def _starts(cues: Sequence[tuple[str, re.Pattern[str]]], words: str, known: set[str]) -> list[tuple[int, str]]:
    """Where new requests begin in these words; of cues that overlap, the one listed first counts."""
    starts: list[tuple[int, str]] = []
    ended = 0
    for start, end, action in _cued(tuple(cues), words):
        if action not in known:
            known.add(action)
            starts.append((max(ended, _sentence_start(words, start)), action))
        ended = end
    return starts


@lru_cache(maxsize=4096)
def _cued(cues: tuple[tuple[str, re.Pattern[str]], ...], words: str) -> list[tuple[int, int, str]]:
    """(start, end, action) of the cues in these words, in order. What was said is heard again at every turn."""
    taken: list[tuple[int, int, str]] = []
    for action, cue in cues:
        for found in cue.finditer(words):
            free = all(found.end() <= start or found.start() >= end for start, end, _ in taken)
            if free:
                taken.append((found.start(), found.end(), action))
    return sorted(taken)


def _sentence_start(words: str, at: int) -> int:
    return max([0, *(found.end() for found in re.finditer(r"[.?!] ", words[:at]))])


def serve(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """The assistant's next words; raises Act for its next call, question or proposal."""
    transcript = reading.transcript
    if not reading.system.section("policy"):
        return "I have no policy to act on, so I can do nothing for you."
    understood = understand(playbook.cues, transcript.heard, _reports(transcript, playbook))
    wanted = [one for one in understood if one.action in playbook.procedures]
    if not wanted:
        return noise.choose(_GREETINGS, "greeting", str(len(transcript.heard)))
    heard = " \n ".join(transcript.heard)
    handled = ""
    for number, one in enumerate(wanted):
        if number and noise.strikes("drops_request"):
            return "That is all done." + noise.choose(_ELSE, "else")
        case = Case(transcript, one.text, heard, playbook.last_resort, noise, playbook.steps)
        handled = _handle(case, playbook, one.action)
        closing = handled + noise.choose(_ELSE, "else", one.action)
        if closing not in transcript.spoken:
            return closing
    return f"As I said: {handled}{noise.choose(_ELSE, 'else')}"


def _handle(case: Case, playbook: Playbook, action: str) -> str:
    try:
        playbook.procedures[action](case)
    except Declined:
        return "Then I leave everything as it is."
    except Refused as refused:
        return f"{case.noise.choose(_SORRY, 'sorry', action)}{refused}"
    except HandedOver:
        raise Act("You are being transferred to a colleague.") from None
    return " ".join(case.words) or "That is taken care of."
