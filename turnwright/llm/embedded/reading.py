"""Reading: what the teacher makes of the messages it is sent. It is told nothing else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import orjson

from turnwright.llm.chat import ChatRequest, Wire

_HEADING = re.compile(r"^##? (.+)$", re.MULTILINE)
_MATERIAL = re.compile(
    r"policy( of .+)?|plan|families|(user )?styles|twists|tools( of .+)?|helpers|what the .+ means?|who you are"
    r"|what you (want|know)",
    re.IGNORECASE,
)
"""Headings of sections that hold material to work on; what stands elsewhere is an instruction."""
_TO_BE_SAID = re.compile(r"(?<=words: ).+")
"""Words that a prompt puts into its reader's mouth instruct nobody."""
_WRAPPED = re.compile(r"(?<!\n)[ \t]*\n(?![ \t]*(?:\n|[-*] |\d+[.)] ))[ \t]*")
"""A line break inside a paragraph or an item."""


@dataclass(frozen=True)
class Page:
    """A prompt by its headings."""

    title: str
    sections: dict[str, str]
    instructions: str
    """Paragraphs and items without the material, one on each line."""

    def section(self, words: str) -> str:
        """The text under the first heading that holds `words`; empty if there is none."""
        return next((text for heading, text in self.sections.items() if words in heading.lower()), "")

    def data(self, words: str) -> Any:
        """The JSON in that section, or None."""
        return _parse(self.section(words))


@lru_cache(maxsize=512)
def _parse(text: str) -> Any:
    # Shared between calls: a mind only ever reads what it parsed.
    found = re.search(r"```json\s*\n(.*?)\n```", text, re.DOTALL)
    return orjson.loads(found[1]) if found else None


@lru_cache(maxsize=512)
def read_page(text: str) -> Page:
    """Split a prompt at its headings."""
    parts = _HEADING.split(text)
    sections = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    told = [f"{heading}.\n{text}" for heading, text in sections.items() if not _MATERIAL.fullmatch(heading)]
    instructions = _WRAPPED.sub(" ", _TO_BE_SAID.sub("", "\n\n".join([parts[0], *told])))
    return Page(parts[1] if len(parts) > 1 else "", sections, instructions.strip())


@dataclass(frozen=True)
class Said:
    """Some words, `mine` or the other side's."""

    mine: bool
    text: str


@dataclass
class Transcript:
    """What happened since the prompt: words of both sides and own calls with their answers."""

    said: list[Said] = field(default_factory=list[Said])
    answers: dict[bytes, list[Any]] = field(default_factory=dict[bytes, list[Any]])
    """{canonical call: each time its result, or {"error": words}}."""
    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    fresh: dict[bytes, Any] = field(default_factory=dict[bytes, Any])
    """Answers to the calls made since the other side spoke last."""

    @cached_property
    def heard(self) -> list[str]:
        """The other side's words, in order."""
        return [one.text for one in self.said if not one.mine]

    @cached_property
    def spoken(self) -> list[str]:
        """Own words, in order."""
        return [one.text for one in self.said if one.mine]

    def answer(self, tool: str, arguments: dict[str, Any], time: int = -1) -> Any:
        """The answer to a call, the last time or a certain time that it was made, from 0.

        Raises:
            LookupError: if it was not made so often.
        """
        return self.answers[call_key(tool, arguments)][time]

    def reply_to(self, words: str, time: int = -1) -> str | None:
        """What the other side said next after these words were spoken the last or a certain time; None if never."""
        places = [number for number, one in enumerate(self.said) if one.mine and one.text == words]
        if not places or time >= len(places):
            return None
        return next((one.text for one in self.said[places[time] + 1 :] if not one.mine), "")


def call_key(tool: str, arguments: dict[str, Any]) -> bytes:
    """One name for a call, whatever the order of its arguments."""
    return tool.encode() + orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=4096)
def _loads(text: str) -> Any:
    return orjson.loads(text)


def read_transcript(messages: Sequence[Wire]) -> Transcript:
    """Read the messages that follow the prompt."""
    transcript = Transcript()
    keys: dict[str, bytes] = {}
    for message in messages:
        if message["role"] == "tool":
            key, answer = keys[message["tool_call_id"]], _loads(message["content"])
            transcript.answers.setdefault(key, []).append(answer)
            transcript.fresh[key] = answer
            continue
        if message["role"] == "user":
            transcript.fresh.clear()
        if message["content"]:
            transcript.said.append(Said(message["role"] == "assistant", message["content"]))
        for call in message.get("tool_calls", ()):
            tool, arguments = call["function"]["name"], _loads(call["function"]["arguments"])
            keys[call["id"]] = call_key(tool, arguments)
            transcript.made.append((tool, arguments))
    return transcript


@dataclass(frozen=True)
class Reading:
    """A request as the teacher understood it."""

    system: Page
    task: Page
    """The first user message, for roles that have one."""
    transcript: Transcript
    domain: str


_DOMAIN = re.compile(r'domain "(\w+)"')


def read(request: ChatRequest, opens_with_task: bool) -> Reading:
    """Read a request; `opens_with_task` where the first user message belongs to the prompt."""
    system = request.messages[0]["content"]
    start = 2 if opens_with_task else 1
    task = request.messages[1]["content"] if opens_with_task and len(request.messages) > 1 else ""
    named, page, following = _DOMAIN.search(system), read_page(system), request.messages[start:]
    if len(following) > 1 and following[-1]["role"] == "user" and following[-1]["content"].startswith("# "):
        # Nobody in a dialogue speaks under a heading: these are instructions, about what comes next.
        reminder, following = read_page(following[-1]["content"]), following[:-1]
        page = replace(page, instructions=f"{page.instructions}\n{reminder.instructions}")
    return Reading(page, read_page(task), read_transcript(following), named[1] if named else "")
