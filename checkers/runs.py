"""Runs: dialogues made from a scenario's reference, which a checker must tell apart before anybody trusts it."""

from turnwright.dialogue import Changes, Dialogue, Executed, Side, StopReason, ToolCall, Turn
from turnwright.errors import Failure
from turnwright.record import canonical
from turnwright.scenario import Ending, Fact, Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain, World, digest


def reference_run(domain: Domain, scenario: Scenario) -> Dialogue:
    """The scenario done right: every reference call, each WRITE proposed and agreed to, every fact told.

    Raises:
        Failure: blamed on TASK, if a call answers otherwise than it did when the reference was made.
    """
    world = World(domain, scenario.initial)
    turns = [_opening(scenario)]
    for number, recorded in enumerate(scenario.reference, start=1):
        side, call = _call(world, recorded)
        if canonical([call.result, call.error]) != canonical([recorded.result, recorded.error]):
            raise Failure(
                Blame.TASK, f"reference call {number}, {call.tool}, answers differently when it is made again"
            )
        if _hands_over(domain, call):
            turns.append(Turn(speaker=side, content=_closing(scenario), calls=(call,)))
            return _dialogue(scenario, turns, StopReason.TRANSFERRED, world.changes())
        turns += _with_device(call) if side is Side.USER else _worked(call)
    turns.append(Turn(speaker=Side.ASSISTANT, content=_closing(scenario)))
    turns.append(Turn(speaker=Side.USER, content="Thank you, that is all."))
    return _dialogue(scenario, turns, StopReason.USER_DONE, world.changes())


def silent_run(scenario: Scenario) -> Dialogue:
    """The user asks; nothing is said, nothing is done."""
    return _dialogue(scenario, [_opening(scenario)], StopReason.EMPTY_REPLY, {})


def read_only_run(domain: Domain, scenario: Scenario) -> Dialogue:
    """The assistant looks everything up, stays polite, and neither does nor tells anything."""
    world = World(domain, scenario.initial)
    turns = [_opening(scenario), Turn(speaker=Side.ASSISTANT, content="Hello! One moment, let me have a look.")]
    for recorded in scenario.reference:
        if not recorded.writes:
            side, call = _call(world, recorded)
            turns.append(Turn(speaker=side, content="", calls=(call,)))
    turns.append(Turn(speaker=Side.ASSISTANT, content="Thank you for your patience. Is there anything else?"))
    turns.append(Turn(speaker=Side.USER, content="No, thank you."))
    return _dialogue(scenario, turns, StopReason.USER_DONE, world.changes())


def _opening(scenario: Scenario) -> Turn:
    return Turn(speaker=Side.USER, content=scenario.opening)


def _call(world: World, recorded: Executed) -> tuple[Side, Executed]:
    side = world.domain.side_of(recorded.tool)
    return side, world.call(side, ToolCall(id=recorded.id, tool=recorded.tool, arguments=recorded.arguments))


def _hands_over(domain: Domain, call: Executed) -> bool:
    tool = domain.tools.get(call.tool)
    return tool is not None and tool.ends and call.error is None


def _worked(call: Executed) -> list[Turn]:
    """The assistant's call; a change is proposed and agreed to first."""
    made = Turn(speaker=Side.ASSISTANT, content="", calls=(call,))
    if not call.writes:
        return [made]
    proposal = f"I can {_words(call.tool)} for you, with {_details(call)}. Shall I go ahead?"
    return [
        Turn(speaker=Side.ASSISTANT, content=proposal),
        Turn(speaker=Side.USER, content="Yes, please."),
        made,
    ]


def _with_device(call: Executed) -> list[Turn]:
    """What the user does with their device, asked for by the assistant."""
    request = " ".join(filter(None, [f"Please {_words(call.tool)} on your device", _details(call)]))
    return [
        Turn(speaker=Side.ASSISTANT, content=f"{request}."),
        Turn(speaker=Side.USER, content="", calls=(call,)),
        Turn(speaker=Side.USER, content="Done."),
    ]


def _details(call: Executed) -> str:
    return ", ".join(f"{_words(name)} {value}" for name, value in call.arguments.items())


def _closing(scenario: Scenario) -> str:
    start = {
        Ending.CHANGED: "That is done.",
        Ending.INFORMED: "Here is what I found.",
        Ending.TRANSFERRED: "I am handing you over to a colleague.",
        Ending.REFUSED: "I have looked into it.",
    }
    return " ".join([start[scenario.ending], *map(_told, scenario.facts)])


def _told(fact: Fact) -> str:
    match fact.kind:
        case "refusal":
            return f"I'm sorry, I cannot do that: {fact.value}."
        case "money":
            return f"{_words(fact.code)}: ${abs(float(fact.value)):,.2f}."
        case "number":
            return f"{_words(fact.code)}: {_numeral(float(fact.value))}."
        case "date" | "text":
            return f"{_words(fact.code)}: {fact.value}."


def _numeral(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").lower()


def _dialogue(scenario: Scenario, turns: list[Turn], stop_reason: StopReason, changes: Changes) -> Dialogue:
    return Dialogue(
        scenario_id=scenario.scenario_id,
        turns=tuple(turns),
        stop_reason=stop_reason,
        changes=changes,
        digest=digest(changes),
    )
