"""Case: one customer's request being handled. A procedure is plain code over it, run anew for every reply.

What the transcript already holds (a call made, a question asked, a proposal answered) is not done again: the first
thing that it does not hold is the reply. So a procedure needs no state and can go on from any transcript.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.reading import Transcript, call_key

HAND_OVER = "transfer_to_human"
"""The tool that ends a dialogue, in every domain."""

Telling = tuple[str, str, str | float]
"""A fact to be told: code, kind, value."""


class Act(Exception):
    """The reply: words, or one call."""

    def __init__(self, content: str = "", call: tuple[str, dict[str, Any]] | None = None) -> None:
        super().__init__(content)
        self.content = content
        self.call = call


class Refused(Exception):
    """The policy forbids the request; the words say why."""


class Declined(Exception):
    """The customer does not agree to what was proposed."""


class HandedOver(Exception):
    """The customer was given to a human."""


@dataclass(frozen=True)
class Step:
    """One thing that a customer can do with the device in their hand, and how the two talk about it."""

    tool: str
    asks: tuple[str, ...]
    """How an assistant asks for it, the next time in the next words; {name} is filled with what the step is about."""
    heard: re.Pattern[str]
    """How a customer recognises what they are asked to do; named groups become arguments."""
    told: Callable[[Any], str]
    """The customer's words for what the call gave."""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The arguments that are always the same."""
    known: Mapping[str, str] = field(default_factory=dict[str, str])
    """{argument: key of what the customer knows}: these are not for the assistant to say."""
    explained: str = ""
    """The same request for somebody who does not know how it is done; `heard` recognises it too."""
    pretended: str = ""
    """What a customer says who did not do it, or does not look: that it is done, or that it works."""


_PASSED_ON = "I am passing you on to a colleague, who will take care of this."
_YES = re.compile(
    r"\b(yes|yep|yeah|sure|ok(ay)?|go ahead|please do|do it|confirm(ed)?|correct|right|agreed?|fine|perfect|good)\b",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(actually|instead|wait|no|rather|changed my mind|on second thought|but|hold on|scratch that)\b", re.I
)


_HOW = re.compile(r"\bhow (do|would|can) (i|you|one)\b|where (do i|would i|is that)\b", re.IGNORECASE)


class Case:
    """A request with the transcript so far; `text` is what the customer said about this request."""

    def __init__(
        self,
        transcript: Transcript,
        text: str,
        heard: str,
        last_resort: str,
        noise: Noise,
        steps: Mapping[str, Step],
    ) -> None:
        """`last_resort` is the reason for handing over that an assistant who gives up would name."""
        self._transcript = transcript
        self._steps = steps
        self._done = Counter[str]()
        self.text = text
        self.heard = heard
        """Everything that the customer said."""
        self._last_resort = last_resort
        self.noise = noise
        self.tellings: list[Telling] = []
        self.words: list[str] = []
        self.error: str | None = None
        """What the last call that failed answered."""

    def call(self, tool: str, **arguments: Any) -> Any:
        """The call's result, or None if the tool refused (then `error` says why)."""
        answer = self._answer(tool, arguments)
        if isinstance(answer, dict) and set(answer) == {"error"}:
            self.error = answer["error"]
            self._stumble(tool)
            return None
        return answer

    def _answer(self, tool: str, arguments: dict[str, Any], time: int = -1, words: str = "") -> Any:
        """What the call answered, the last or a certain time.

        Raises:
            Act: to make it, with these words, if it was not made so often.
        """
        try:
            return self._transcript.answer(tool, arguments, time)
        except LookupError:
            raise Act(words, call=(tool, arguments)) from None

    def make(self, tool: str, **arguments: Any) -> Any:
        """The result of a change.

        Raises:
            Refused: if the tool refused it.
        """
        done = self.call(tool, **arguments)
        if done is None:
            raise Refused(f"the system does not allow it ({self.error}).")
        return done

    def _stumble(self, tool: str) -> None:
        if tool != HAND_OVER and self.strikes("gives_up_on_error", tool):
            self.hand_over(self._last_resort)

    def tried(self, tool: str, **arguments: Any) -> bool:
        """Whether this very call was made already."""
        return call_key(tool, arguments) in self._transcript.answers

    def strikes(self, lapse: str, where: str = "") -> bool:
        """Whether the assistant errs here."""
        return self.noise.strikes(lapse, where)

    def ask(self, question: str) -> None:
        """Ask, once; if the answer did not help, the procedure goes on without."""
        if question not in self._transcript.spoken:
            raise Act(question)

    def propose(self, proposal: str) -> None:
        """Go on only if the customer says yes; a correction is not a yes.

        Raises:
            Declined: if they do not.
        """
        if self.strikes("skips_confirmation"):
            return
        reply = self._transcript.reply_to(proposal)
        if reply is None:
            raise Act(proposal)
        agreed = self.strikes("ignores_correction") if self.corrected(reply) else _YES.search(reply)
        if not agreed:
            raise Declined

    def do(self, name: str, **about: str) -> str:
        """Have the customer do a step with their device; gives their words for what came of it.

        To do the same again is another step: it is asked for again.
        """
        step, again = self._steps[name], self._again(name, about)
        request = step.asks[again % len(step.asks)].format(**about)
        reply = self._answered(request, again // len(step.asks))
        return self._answered(step.explained.format(**about)) if step.explained and _HOW.search(reply) else reply

    def _again(self, name: str, about: Mapping[str, Any]) -> int:
        """How often the same was done before in this case."""
        key = f"{name} {sorted(about.items())}"
        self._done[key] += 1
        return self._done[key] - 1

    def _answered(self, words: str, time: int = 0) -> str:
        reply = self._transcript.reply_to(words, time)
        if reply is None:
            raise Act(words)
        return reply

    @staticmethod
    def corrected(reply: str) -> bool:
        """Whether a reply to a proposal takes something back."""
        return bool(_BUT.search(reply))

    def latest(self, options: Sequence[Any], position: Callable[[Any, str], int]) -> Any | None:
        """The option that the request mentions last, or None; `position(option, text)` is -1 if it is not there."""
        found = [(position(option, self.text), number) for number, option in enumerate(options)]
        found = [pair for pair in found if pair[0] >= 0]
        if not found:
            return None
        best = min(found) if self.strikes("ignores_correction") else max(found)
        return options[best[1]]

    def tell(self, words: str, *facts: Telling) -> None:
        """Say this when the request is done; `facts` are what the customer is owed."""
        self.tellings += facts
        if facts and self.strikes("forgets_fact", facts[0][0]):
            return
        if facts and self.strikes("misstates_amount", facts[0][0]):
            words = re.sub(r"\d+\.\d\d", lambda found: f"{float(found[0]) + 10:.2f}", words)
        self.words.append(words)

    def forbid(self, reason: str) -> None:
        """The policy forbids this request.

        Raises:
            Refused: unless the assistant errs and goes on.
        """
        if not self.strikes("grants_forbidden"):
            raise Refused(reason)

    def hand_over(self, reason: str) -> NoReturn:
        """Give the customer to a human."""
        self._answer(HAND_OVER, {"reason": reason}, words=_PASSED_ON)
        raise HandedOver


class SolvedCase(Case):
    """The same for the tool executor: all is known, nobody is asked, and no lapse of talk happens."""

    def strikes(self, lapse: str, where: str = "") -> bool:
        return False

    def ask(self, question: str) -> None:
        return

    def propose(self, proposal: str) -> None:
        return

    def do(self, name: str, **about: str) -> str:
        step = self._steps[name]
        # A step may leave out what only its words need; what the tool takes is in the pattern's groups.
        arguments = {**step.arguments, **{key: about[key] for key in step.heard.groupindex if key in about}}
        for argument, known in step.known.items():
            if found := re.search(rf"my {known.replace('_', ' ')} is (\S+)", self.heard):
                arguments[argument] = found[1]
        return step.told(self._answer(step.tool, arguments, self._again(step.tool, arguments)))
