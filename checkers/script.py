"""Script: what is said and done in a run that nobody plays: the scenario done right, and what operators make of that.

A script is performed on a fresh World, so that its calls answer as they would, and the state is what comes of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from turnwright.dialogue import Changes, Dialogue, Executed, Side, StopReason, ToolCall, Turn
from turnwright.errors import Failure
from turnwright.record import canonical
from turnwright.scenario import Ending, Fact, Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain, World, digest


class Says(NamedTuple):
    """Words of one side."""

    side: Side
    words: str
    tells: tuple[str, ...] = ()
    """Codes of the facts that are told right by them."""


class Does(NamedTuple):
    """A tool call of the side that has the tool in hand."""

    tool: str
    arguments: dict[str, Any]


Line = Says | Does


@dataclass(frozen=True)
class Step:
    """A call, with the words that have to come before it."""

    does: Does
    writes: bool
    before: tuple[Says, ...] = ()
    after: tuple[Says, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return *self.before, self.does, *self.after


@dataclass(frozen=True)
class Script:
    """A run to be performed: the user's opening, the steps, and what the assistant says in the end."""

    opening: str
    steps: tuple[Step, ...]
    closing: tuple[Says, ...]
    stop: StopReason = StopReason.USER_DONE

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of it in order; whoever hands over says goodbye with that call."""
        steps, last = self.steps, None
        if self.stop is StopReason.TRANSFERRED and steps:
            steps, last = steps[:-1], steps[-1].does
        told = (line for step in steps for line in step.lines)
        return Says(Side.USER, self.opening), *told, *self.closing, *([last] if last else _GOODBYE)


_GOODBYE = (Says(Side.USER, "Thank you, that is all."),)
_GREETING = Says(Side.ASSISTANT, "Hello! One moment, let me have a look.")
_PATIENCE = Says(Side.ASSISTANT, "Thank you for your patience. Is there anything else?")


class Run(NamedTuple):
    """A performed script."""

    dialogue: Dialogue
    told: frozenset[str]
    """Codes of the facts that the assistant told right."""


def reference_script(domain: Domain, scenario: Scenario) -> Script:
    """The scenario done right: every reference call, each WRITE proposed and agreed to, every fact told."""
    steps: list[Step] = []
    for recorded in scenario.reference:
        steps.append(step_of(domain, recorded.tool, recorded.arguments))
        if hands_over(domain, steps[-1]) and recorded.error is None:
            break
    return Script(
        opening=scenario.opening,
        steps=tuple(steps),
        closing=(Says(Side.ASSISTANT, _START[scenario.ending]), *map(telling, scenario.facts)),
        stop=StopReason.TRANSFERRED if steps and hands_over(domain, steps[-1]) else StopReason.USER_DONE,
    )


def silent_script(scenario: Scenario) -> Script:
    """The user asks; nothing is said, nothing is done."""
    return Script(scenario.opening, (), (), StopReason.EMPTY_REPLY)


def read_only_script(domain: Domain, scenario: Scenario) -> Script:
    """The assistant looks everything up, stays polite, and neither does nor tells anything."""
    reads = [step for step in reference_script(domain, scenario).steps if not step.writes]
    first = [replace(step, before=(_GREETING, *step.before)) for step in reads[:1]]
    return Script(scenario.opening, (*first, *reads[1:]), (_PATIENCE,))


def step_of(domain: Domain, tool: str, arguments: dict[str, Any]) -> Step:
    """A call as it is done right: a WRITE of the assistant is proposed and agreed to, one of the user asked for."""
    does, known = Does(tool, arguments), domain.tools_of(domain.side_of(tool)).get(tool)
    if domain.side_of(tool) is Side.USER:
        asked = Says(Side.ASSISTANT, f"Please {_words(tool)} on your device.")
        return Step(does, known is not None and known.writes, (asked,), (Says(Side.USER, "Done."),))
    if known is None or not known.writes:
        return Step(does, writes=False)
    return Step(does, True, () if known.ends else _proposal(tool))


def _proposal(tool: str) -> tuple[Says, Says]:
    """What is said before a WRITE; without its details, so that no fact is told by the way."""
    words = f"I can {_words(tool)} for you, as you asked. Shall I go ahead?"
    return Says(Side.ASSISTANT, words), Says(Side.USER, "Yes, please.")


def telling(fact: Fact) -> Says:
    """The sentence that tells a fact."""
    match fact.kind:
        case "refusal":
            words = f"I'm sorry, I cannot do that: {fact.value}."
        case "money":
            words = f"{_words(fact.code)}: ${abs(float(fact.value)):,.2f}."
        case "number":
            words = f"{_words(fact.code)}: {float(fact.value):g}."
        case "date" | "text":
            words = f"{_words(fact.code)}: {fact.value}."
    return Says(Side.ASSISTANT, words, (fact.code,))


def perform(domain: Domain, scenario: Scenario, script: Script) -> Run:
    """What comes of a script on a fresh World; a call that hands over ends it."""
    world, stop = World(domain, scenario.initial), script.stop
    turns: list[Turn] = []
    told: set[str] = set()
    handed_over = False
    for side, content, does in _turns(domain, script.lines):
        calls: tuple[Executed, ...] = ()
        if does is not None:
            calls = (world.call(side, ToolCall(id=f"c{len(turns)}", tool=does.tool, arguments=does.arguments)),)
            handed_over = calls[0].error is None and world.ends(side, does.tool)
        turns.append(Turn(speaker=side, content=" ".join(says.words for says in content), calls=calls))
        if side is Side.ASSISTANT:
            told.update(code for says in content for code in says.tells)
        if handed_over:
            break
    if handed_over is not (stop is StopReason.TRANSFERRED):
        stop = StopReason.TRANSFERRED if handed_over else StopReason.USER_DONE
    changes = world.changes()
    dialogue = Dialogue(
        scenario_id=scenario.scenario_id,
        turns=tuple(turns),
        stop_reason=stop,
        changes=changes,
        digest=digest(changes),
    )
    return Run(dialogue, frozenset(told))


def reference_run(domain: Domain, scenario: Scenario) -> Run:
    """The reference, performed.

    Raises:
        Failure: blamed on TASK, if a call answers otherwise than it did when the reference was made.
    """
    run = perform(domain, scenario, reference_script(domain, scenario))
    made = [call for turn in run.dialogue.turns for call in turn.calls]
    for number, (call, recorded) in enumerate(zip(made, scenario.reference, strict=False), start=1):
        if canonical([call.result, call.error]) != canonical([recorded.result, recorded.error]):
            raise Failure(Blame.TASK, f"reference call {number}, {call.tool}, answers otherwise when it is made again")
    return run


def replay(domain: Domain, scenario: Scenario) -> tuple[list[Executed], Changes]:
    """The calls of the reference alone, made again on a fresh World, and what they change there."""
    world = World(domain, scenario.initial)
    asked = (ToolCall(id=call.id, tool=call.tool, arguments=call.arguments) for call in scenario.reference)
    return [world.call(domain.side_of(call.tool), call) for call in asked], world.changes()


def _turns(domain: Domain, lines: Sequence[Line]) -> Iterator[tuple[Side, list[Says], Does | None]]:
    """Lines as turns: words of one side that follow each other are one message, and go with its call if one follows."""
    side, words = Side.USER, list[Says]()
    for line in lines:
        speaker = line.side if isinstance(line, Says) else domain.side_of(line.tool)
        if words and speaker is not side:
            yield side, words, None
            words = []
        side = speaker
        if isinstance(line, Says):
            words = [*words, line]
        else:
            yield side, words, line
            words = []
    if words:
        yield side, words, None


def hands_over(domain: Domain, step: Step) -> bool:
    """Whether a step hands the dialogue over to a human."""
    tool = domain.tools.get(step.does.tool)
    return tool is not None and tool.ends


def _words(name: str) -> str:
    return name.replace("_", " ").lower()


_START = {
    Ending.CHANGED: "That is done.",
    Ending.INFORMED: "Here is what I found.",
    Ending.TRANSFERRED: "I am handing you over to a colleague.",
    Ending.REFUSED: "I have looked into it.",
}
