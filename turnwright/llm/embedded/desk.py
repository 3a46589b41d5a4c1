"""Desk: where the teacher writes one draft: the plan, the customers on offer, and what was looked up so far."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turnwright.llm.embedded.case import Act
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.reading import Transcript


class Impossible(Exception):
    """None of the customers fits the plan."""


@dataclass(frozen=True)
class Desk:
    """One draft in the making."""

    family: str
    twists: tuple[str, ...]
    style: str
    customers: list[dict[str, Any]]
    transcript: Transcript
    noise: Noise
    number: str
    """Which scenario of the plan this is, as the prompt words it."""

    def call(self, tool: str, **arguments: Any) -> Any:
        """The result of a look-up, or None where the tool refused."""
        try:
            answer = self.transcript.answer(tool, arguments)
        except LookupError:
            raise Act(call=(tool, arguments)) from None
        return None if isinstance(answer, dict) and set(answer) == {"error"} else answer

    def unknown(self, tool: str, argument: str, draw: Callable[[str], str]) -> str:
        """A number, drawn anew for each attempt, that a look-up does not find.

        Raises:
            Impossible: if 20 of them are all found.
        """
        for attempt in range(20):
            drawn = draw(str(attempt))
            if self.call(tool, **{argument: drawn}) is None:
                return drawn
        raise Impossible("every number seems to be taken")

    def choose(self, options: Any, *parts: str) -> Any:
        """One of the options, by the scenario's dice."""
        return options[int(self.noise.uniform("choice", self.number, *parts) * len(options))]

    def shuffled(self, options: list[Any], *parts: str) -> list[Any]:
        """The options in an order of the dice."""
        numbers = sorted(range(len(options)), key=lambda at: self.noise.uniform("order", self.number, *parts, str(at)))
        return [options[at] for at in numbers]
