"""Operator: one way in which a run that is right becomes another one, wrong or just as right."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from checkers.oracle import Oracle
from checkers.script import Run, Script, Step, hands_over, perform, reference_run, reference_script, step_of
from checkers.surroundings import Surroundings
from turnwright.dialogue import Executed, ToolCall
from turnwright.record import canonical
from turnwright.scenario import Scenario
from turnwright.tool import Tool
from turnwright.verdict import Outcome
from turnwright.world import Domain, World

MOST = 3
"""Mutants of one operator for one scenario; of more, some are drawn."""

TRIES = 6
"""How often values are drawn for a tool before it counts as one that would not have done anything."""


@dataclass(frozen=True)
class Original:
    """The right run that operators start from."""

    domain: Domain
    scenario: Scenario

    @cached_property
    def script(self) -> Script:
        return reference_script(self.domain, self.scenario)

    @cached_property
    def run(self) -> Run:
        """The script, performed.

        Raises:
            Failure: blamed on TASK, if a call answers otherwise than it did when the reference was made.
        """
        return reference_run(self.domain, self.scenario)

    @cached_property
    def oracle(self) -> Oracle:
        return Oracle(self.domain, self.scenario)

    @cached_property
    def around(self) -> Surroundings:
        calls = [call for turn in self.run.dialogue.turns for call in turn.calls]
        wishes = [self.scenario.knows, *(request.details for request in self.scenario.requests)]
        return Surroundings(self.domain, calls, wishes)

    def shows_as_much(self, run: Run) -> bool:
        """Whether all that the WRITEs of the right run answered was answered in another run too: what the facts are
        told from."""
        return self._answers <= _answers(run)

    @cached_property
    def _answers(self) -> frozenset[bytes]:
        return _answers(self.run)

    @cached_property
    def writes(self) -> tuple[int, ...]:
        """Positions of the steps that change something; handing over is not among them."""
        steps = self.script.steps
        return tuple(at for at, step in enumerate(steps) if step.writes and not hands_over(self.domain, step))

    def perform(self, script: Script) -> Run:
        return perform(self.domain, self.scenario, script)

    def works(self, at: int, step: Step) -> bool:
        """Whether a step, made before the one at this place, is answered without an error."""
        return _made(self._worlds[at].fork(), step).error is None

    def changes(self, at: int, step: Step) -> bool:
        """Whether a step, made before the one at this place, is answered without an error and leaves a trace."""
        world = self._worlds[at].fork()
        return _made(world, step).error is None and world.changes() != self._worlds[at].changes()

    def answering_like(self, at: int, step: Step) -> Callable[[int, Step], bool]:
        """Whether a READ, made at this place, would be answered as this one is."""
        answer = canonical(_made(self._worlds[at], step).result)

        def fits(_: int, other: Step) -> bool:
            made = _made(self._worlds[at], other)
            return made.error is None and canonical(made.result) == answer

        return fits

    def drawn(self, tools: Iterable[Tool], random: Random, fits: Callable[[int, Step], bool]) -> Iterator[Step]:
        """A call of each of these tools that fits before the end, where one can be drawn."""
        for tool in tools:
            tried: list[dict[str, Any]] = []
            for _ in range(TRIES):
                arguments = self.around.filled(tool, random)
                if arguments in tried:
                    continue
                tried.append(arguments)
                step = step_of(self.domain, tool.name, arguments)
                if fits(self.before_end, step):
                    yield step
                    break

    @cached_property
    def _worlds(self) -> list[World]:
        """The world before each step, and the one after the last."""
        worlds = [World(self.domain, self.scenario.initial)]
        for step in self.script.steps:
            worlds.append(worlds[-1].fork())
            _made(worlds[-1], step)
        return worlds

    def with_steps(self, *steps: Step) -> Script:
        return replace(self.script, steps=steps)

    def without(self, at: int) -> Script:
        steps = self.script.steps
        return self.with_steps(*steps[:at], *steps[at + 1 :])

    def inserted(self, at: int, *more: Step) -> Script:
        steps = self.script.steps
        return self.with_steps(*steps[:at], *more, *steps[at:])

    def replaced(self, at: int, step: Step) -> Script:
        steps = self.script.steps
        return self.with_steps(*steps[:at], step, *steps[at + 1 :])

    @property
    def before_end(self) -> int:
        """Where a further step still comes before the end: at the last place, or before the hand-over."""
        steps = self.script.steps
        return len(steps) - 1 if steps and hands_over(self.domain, steps[-1]) else len(steps)


def _answers(run: Run) -> frozenset[bytes]:
    calls = [call for turn in run.dialogue.turns for call in turn.calls if call.writes and call.error is None]
    return frozenset(canonical([call.tool, call.result]) for call in calls)


def _made(world: World, step: Step) -> Executed:
    call = ToolCall(id="c", tool=step.does.tool, arguments=step.does.arguments)
    return world.call(world.domain.side_of(call.tool), call)


Variant = tuple[str, Script]
"""What is different, in words that a checker's writer can act on, and the script."""

Making = Callable[[Original, Random], Iterator[Variant]]


@dataclass(frozen=True)
class Operator:
    """A named way to make mutants."""

    name: str
    expected: Outcome
    """FAIL for what must be caught, PASS for what is just as right."""
    make: Making
    held_back: bool = False
    """Whether admission never uses it, so that an audit can be honest."""
    or_nothing: bool = False
    """Whether a run that the oracle finds otherwise than expected says nothing: it may be so by luck."""


class Operators:
    """A list of operators that grows by decorating."""

    def __init__(self, expected: Outcome) -> None:
        self._expected = expected
        self.all: list[Operator] = []

    def operator(self, make: Making) -> Making:
        """Decorator: an operator that admission uses, under the function's name."""
        self.all.append(Operator(make.__name__, self._expected, make))
        return make

    def or_nothing(self, make: Making) -> Making:
        """Decorator: one that admission uses, whose runs are as expected or dropped."""
        self.all.append(Operator(make.__name__, self._expected, make, or_nothing=True))
        return make

    def held_back(self, make: Making) -> Making:
        """Decorator: an operator that only audits use."""
        self.all.append(Operator(make.__name__, self._expected, make, held_back=True))
        return make


def call_of(step: Step) -> str:
    """A step's call for a reader."""
    return f"{step.does.tool}({shown(step.does.arguments)})"


def shown(arguments: dict[str, Any]) -> str:
    """Arguments for a reader."""
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())
