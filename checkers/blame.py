"""Blame: whose fault it was that a dialogue failed. Rules say it by what was said and called, a model where none can.

Parts come before speakers: a tool that broke, a scenario that does not hold. Of what the speakers did wrong, the first
in the dialogue counts. The rules go by who spoke when, by calls, and by which values of the scenario were ever said.
"""

import re
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from checkers.prelude.talk import refused
from checkers.script import perform, reference_run, silent_script
from checkers.traces import Traces, Words, answer, as_text, content, is_particular, key_of, leaves, numbers, rows
from turnwright.agents.verifier import Judgement
from turnwright.dialogue import Dialogue, Executed, PlacedCall, Side, StopReason
from turnwright.errors import Failure
from turnwright.scenario import Fact, Scenario
from turnwright.tool import Tool
from turnwright.verdict import Blame, Finding, Outcome, Verdict
from turnwright.world import Domain

_CENT = 0.01


class Fault(NamedTuple):
    """What one party did wrong, and in which turn; an omission is in the turn after which it could not be made good."""

    turn: int
    blame: Blame
    finding: Finding


Rule = Callable[[Traces], Iterator[Fault]]
"""Gives the faults of one kind; its docstring begins with whose they are, and goes on with the evidence."""


def decide(
    domain: Domain,
    scenario: Scenario,
    dialogue: Dialogue,
    outcome: Outcome,
    findings: tuple[Finding, ...],
    judgement: Judgement | None,
    taxonomy: Collection[str],
) -> Verdict:
    """The outcome is the checker's alone; the blame is that of the rules, else that of the trajectory verifier.

    `taxonomy` is the failure codes that the plan foresees.
    """
    if dialogue.failure is not None:
        return dialogue.failure
    match outcome:
        case Outcome.PASS:
            return Verdict(outcome=outcome)
        case Outcome.ERROR:
            return Verdict(outcome=outcome, findings=findings, blame=Blame.CHECKER)
        case Outcome.FAIL:
            traces = Traces(domain, scenario, dialogue)
            if fault := first_fault(traces):
                return Verdict(outcome=outcome, findings=findings, blame=fault.blame, fault=fault.finding)
            seen = judgement.blame if judgement and judgement.verdict == "FAIL" else None
            foreseen = any(finding.code in taxonomy for finding in findings)
            return Verdict(outcome=outcome, findings=findings, blame=_left(traces.wrong, foreseen, seen))


def _left(wrong: bool, foreseen: bool, seen: Blame | None) -> Blame:
    """Whose fault it is where no rule speaks: a checker's that finds, where nothing is wrong, what no plan foresees and
    what nobody else sees; else whom the model blames, or the assistant."""
    if wrong:
        return seen or Blame.ASSISTANT
    return seen if seen and foreseen else Blame.CHECKER


def first_fault(traces: Traces) -> Fault | None:
    """The fault that counts, or None where no rule sees any."""
    for rule in PARTS:
        if fault := next(rule(traces), None):
            return fault
    if not traces.wrong:
        return None
    return min((fault for rule in SPEAKERS for fault in rule(traces)), key=lambda fault: fault.turn, default=None)


def flaw(domain: Domain, scenario: Scenario) -> Finding | None:
    """What is wrong with a scenario before anybody plays it, as far as rules see it; None where it holds together."""
    silent = Traces(domain, scenario, perform(domain, scenario, silent_script(scenario)).dialogue)
    for rule in PARTS:
        if fault := next(rule(silent), None):
            return fault.finding
    kept = Traces(domain, scenario, reference_run(domain, scenario).dialogue)
    return next((fault.finding for fault in broken_rule(kept)), None)


def broken_tool(traces: Traces) -> Iterator[Fault]:
    """TOOL: a call that was answered otherwise than the reference was in the same state, or than a fresh world does."""
    try:
        placed = traces.odd_answer()
        _ = traces.violations  # what its rules cannot read, a domain's tool has not said
    except Failure as failure:
        yield _fault(0, failure.blame, "TOOL_BROKEN", failure.reason)
    else:
        if placed:
            yield _fault(placed.turn, Blame.TOOL, "TOOL_BROKEN", f"{placed.call.tool} did not answer as it should have")


def other_reference(traces: Traces) -> Iterator[Fault]:
    """TASK: the reference, made again, is answered otherwise than it was recorded."""
    for recorded, again in zip(traces.scenario.reference, traces.reference_again[0], strict=True):
        if answer(recorded) != answer(again):
            yield _fault(0, Blame.TASK, "REFERENCE_DIFFERS", f"{recorded.tool} answers the reference otherwise by now")


def unfounded_fact(traces: Traces) -> Iterator[Fault]:
    """TASK: an amount or a text that was not told, and that no result of the reference and no line of the policy bears
    out; a number may have been counted, and a date reckoned."""
    for fact in traces.untold:
        if fact.kind in ("money", "text") and not _is_founded(traces, fact):
            yield _fault(0, Blame.TASK, "FACT_UNFOUNDED", f"nothing bears out {fact.code} {fact.value}")


def _is_founded(traces: Traces, fact: Fact) -> bool:
    """Whether the fact can be had from somewhere. Where a change answers a field of the fact's name with something
    else, a field of that name has to hold it: by chance an amount may stand anywhere."""
    calls = [call for call in traces.scenario.reference if call.error is None]
    results, done = [call.result for call in calls], [call.result for call in calls if call.writes]
    source = Words("\n".join([traces.domain.policy, traces.brief.text, *map(as_text, results)]))
    if isinstance(fact.value, str):
        return _holds(source, fact.value)
    named = numbers([row[name] for row in rows(results) for name in row if name.upper() == fact.code])
    answers = any(name.upper() == fact.code for result in done for name in result)
    return _among(abs(fact.value), (named if answers else numbers(source.text)) | _worked_out(done))


def _worked_out(results: list[Any]) -> set[float]:
    """Sums and differences of what changes answered: an executor may reckon with them."""
    shown = sorted(numbers(results))
    return {one + other for one in shown for other in shown} | {abs(one - other) for one in shown for other in shown}


def _among(amount: float, known: set[float]) -> bool:
    return any(abs(amount - one) < _CENT / 2 for one in known)


def _holds(words: Words, text: str) -> bool:
    """Whether a text is there as it is, or put together from what is there."""
    return text.casefold() in words.text.casefold() or content(text) <= words.tokens


def withheld_detail(traces: Traces) -> Iterator[Fault]:
    """TASK: the first call of the reference that takes a particular value takes one that the user was not told."""
    taken = ((call.tool, [*filter(_specific, leaves(call.arguments))]) for call in traces.scenario.reference)
    tool, values = next((one for one in taken if one[1]), ("", []))
    for value in values:
        if not traces.brief.hold(value):
            yield _fault(0, Blame.TASK, "DETAIL_WITHHELD", f"{tool} needs {value}, which the user was not told")


def broken_rule(traces: Traces) -> Iterator[Fault]:
    """ASSISTANT: a policy rule is broken."""
    if traces.violations:
        first = traces.violations[0]
        yield _fault(traces.violated_at(), Blame.ASSISTANT, "RULE_BROKEN", f"{first.code}: {first.detail}")


def gave_away(traces: Traces) -> Iterator[Fault]:
    """USER: they name an id of the reference that is not in their brief and that nobody had named or shown before."""
    shown = [*leaves([[call.arguments, call.result] for call in traces.scenario.reference])]
    ids = [value for value in dict.fromkeys(shown) if _specific(value) and _is_key(traces, value)]
    for number, turn in enumerate(traces.turns):
        for value in ids if turn.speaker is Side.USER else ():
            if _stands(value, turn.content) and not _known(traces, value, number):
                yield _fault(number, Blame.USER, "GAVE_AWAY", f"the user cannot know {value}")


def wrong_detail(traces: Traces) -> Iterator[Fault]:
    """USER: the assistant makes a call with a value that it has from the user, and the user from nowhere."""
    for number, call in traces.calls:
        for value in filter(_specific, leaves(call.arguments) if call.side is Side.ASSISTANT else ()):
            if traces.said(Side.USER, number).hold(value) and not _known(traces, value, number):
                yield _fault(number, Blame.USER, "WRONG_DETAIL", f"nobody told the user {value}")


def _known(traces: Traces, value: Any, turn: int) -> bool:
    """Whether the user can have a value from somewhere, before a turn."""
    return any(words.hold(value) for words in (traces.brief, traces.said(Side.ASSISTANT, turn), traces.shown(turn)))


def claimed_step(traces: Traces) -> Iterator[Fault]:
    """USER: they answer the request for a step with their device, and neither then nor later do it; that it was done
    later counts for nothing where the dialogue ran out of turns."""
    cut_off = traces.dialogue.stop_reason is StopReason.TURN_LIMIT
    for number, (asked, answered) in enumerate(pairwise(traces.turns), start=1):
        if asked.speaker is Side.ASSISTANT and answered.speaker is Side.USER and not answered.calls:
            for call in traces.steps_left(number if cut_off else None):
                if _asks_for(traces.domain, call.tool, asked.content) and _claims(traces, number, call.tool):
                    detail = f"{call.tool} was asked for and answered, but not done"
                    yield _fault(number, Blame.USER, "STEP_CLAIMED", detail)


def _claims(traces: Traces, turn: int, tool: str) -> bool:
    """Whether an answer to the request for a step takes it for done: neither asks back, so that the step is asked for
    again, nor says yes to a proposal, so that it is acted upon at once."""
    following = traces.turns[turn + 1] if turn + 1 < traces.end else None
    if following is None:
        return True
    asks_back = "?" in traces.turns[turn].content and _asks_for(traces.domain, tool, following.content)
    return not asks_back and not any(call.writes for call in following.calls)


def unsaid_wish(traces: Traces) -> Iterator[Fault]:
    """USER: a change was made otherwise than the reference makes it, and what the user wanted there they never said."""
    for placed, meant in _other_changes(traces):
        if meant and (unsaid := _unsaid(traces, placed, meant)):
            yield _fault(placed.turn, Blame.USER, "WISH_UNSAID", f"until {placed.call.tool} nobody said {unsaid}")


def unsaid_request(traces: Traces) -> Iterator[Fault]:
    """USER: they leave and of a request but the first have said not even a third of the words that are its own."""
    parts = [content(part) for part in re.split(r"\(\d\)", traces.scenario.goal)[1:]] if traces.user_left else []
    for number, part in enumerate(parts[1:], start=1):
        own = part - set[str]().union(*(other for at, other in enumerate(parts) if at != number))
        if 3 * len(own & traces.said(Side.USER).tokens) < len(own):
            yield _fault(traces.end - 1, Blame.USER, "REQUEST_UNSAID", f"request {number + 1} was not brought up")


def stopped_early(traces: Traces) -> Iterator[Fault]:
    """USER: they leave at a question about a change that was not yet made."""
    asked = _last_words(traces)
    if not traces.user_left or not traces.other_end or not _is_open_question(asked.text):
        return
    done = {*leaves([[call.arguments, call.result] for _, call in traces.calls if call.writes])}
    for call in traces.missing:
        about = [value for value in leaves([call.arguments, call.result]) if value not in done]
        if _names(traces, asked, about):
            yield _fault(traces.end - 1, Blame.USER, "STOPPED_EARLY", f"the user left before {call.tool} was made")


def broke_off(traces: Traces) -> Iterator[Fault]:
    """USER: it ends in their turn, for they fall silent, go in circles, call too much or outgrow their context."""
    if traces.cut_off_by is Side.USER:
        yield _fault(traces.end, Blame.USER, "BROKE_OFF", f"in the user's turn: {traces.dialogue.stop_reason}")


def untold_fact(traces: Traces) -> Iterator[Fault]:
    """ASSISTANT: a call that gives a fact was made, and the fact is not told."""
    for fact in traces.untold:
        if (turn := _due(traces, fact)) is not None:
            yield _fault(turn, Blame.ASSISTANT, "FACT_UNTOLD", f"{fact.code} was not told")


def unasked_change(traces: Traces) -> Iterator[Fault]:
    """ASSISTANT: a change that the reference does not make, or makes as the user said and this one does not."""
    for placed, meant in _other_changes(traces):
        if not meant or not _unsaid(traces, placed, meant):
            yield _fault(placed.turn, Blame.ASSISTANT, "CHANGE_UNASKED", f"nobody asked for this {placed.call.tool}")


def undone_request(traces: Traces) -> Iterator[Fault]:
    """ASSISTANT: a change is missing, and of what the user can tell about it they told everything."""
    for call in traces.missing if traces.other_end else ():
        of_tool = [request for request in traces.scenario.requests if request.action == call.tool]
        details = [*leaves([request.details for request in of_tool or traces.scenario.requests])]
        if all(traces.said(Side.USER).hold(value) for value in details if traces.brief.hold(value)):
            yield _fault(traces.end, Blame.ASSISTANT, "REQUEST_UNDONE", f"{call.tool} was not made")


PARTS: tuple[Rule, ...] = (broken_tool, other_reference, unfounded_fact, withheld_detail)
"""What was wrong before anybody spoke; the first that finds something decides."""
SPEAKERS: tuple[Rule, ...] = (
    broken_rule,
    gave_away,
    wrong_detail,
    claimed_step,
    unsaid_wish,
    unsaid_request,
    stopped_early,
    unasked_change,
    broke_off,
    undone_request,
    untold_fact,
)
"""What the speakers did wrong; the earliest fault decides, and in one turn the rule that is listed first."""


def _fault(turn: int, blame: Blame, code: str, detail: str) -> Fault:
    return Fault(turn, blame, Finding(code=code, detail=detail))


def _specific(value: Any) -> bool:
    """Whether it is a text that nobody says by chance."""
    return isinstance(value, str) and is_particular(value)


def _is_key(traces: Traces, value: str) -> bool:
    """Whether it is the id of something."""
    starts = {path.partition("/")[2] for path in traces.scenario.initial}
    return value in starts or any(value in table for table in traces.domain.database.tables.values())


def _stands(value: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE) is not None


def _asks_for(domain: Domain, tool: str, text: str) -> bool:
    """Whether words speak of a tool of the user: two of its own words, and of no tool of the assistant's so many."""
    said = content(text)
    spoken = {name: len(_described(one) & said) for name, one in {**domain.tools, **domain.user_tools}.items()}
    return spoken[tool] >= 2 and spoken[tool] > max(spoken[name] for name in domain.tools)


def _described(tool: Tool) -> set[str]:
    return content(f"{tool.name.replace('_', ' ')} {tool.schema['function']['description']}")


def _other_changes(traces: Traces) -> Iterator[tuple[PlacedCall, Executed | None]]:
    """Changes that the reference does not make, each with the one that it makes with the same tool instead."""
    for placed in traces.extra if traces.other_end else ():
        yield placed, next((call for call in traces.missing if call.tool == placed.call.tool), None)


def _unsaid(traces: Traces, placed: PlacedCall, meant: Executed) -> list[Any]:
    """What the user should have said for the change to be as it was meant, and had not said by then.

    Nothing, if the change was not proposed to them: the assistant's last words have to name it, and it alone.
    """
    wrong, right = _distinct(placed.call, meant), _distinct(meant, placed.call)
    asked, said = _last_words(traces, placed.turn), traces.said(Side.USER, placed.turn)
    if not _names(traces, asked, wrong):
        return []
    about = Words("\n".join([*map(as_text, right), *(as_text(traces.beside(value)) for value in right)]))
    details = [*leaves([request.details for request in traces.scenario.requests])]
    wanted = [value for value in details if about.hold(value) and not Words(as_text(wrong)).hold(value)]
    return [value for value in wanted if traces.brief.hold(value) and not said.hold(value) and not asked.hold(value)]


def _distinct(call: Executed, other: Executed) -> list[Any]:
    """The values in a call's arguments that are not in the other's."""
    shared = [*leaves(other.arguments)]
    return [value for value in leaves(call.arguments) if value not in shared]


def _names(traces: Traces, words: Words, values: list[Any]) -> bool:
    """Whether words hold one of the values, or what a look-up shows beside one: a number, or a label with capitals."""
    beside = [shown for value in values for shown in traces.beside(value) if isinstance(shown, str)]
    particular = {part for shown in beside for part in content(shown) if is_particular(part)}
    return (
        any(words.hold(value) for value in values)
        or bool(words.tokens & particular)
        or any(_stands(shown, words.text) for shown in beside if shown != shown.lower())
    )


def _last_words(traces: Traces, until: int | None = None) -> Words:
    """What the assistant said last, before a turn."""
    said = [turn.content for turn in traces.turns[:until] if turn.speaker is Side.ASSISTANT and turn.content]
    return Words(said[-1] if said else "")


def _is_open_question(words: str) -> bool:
    """Whether they end with a question that is about something: not whether there is anything else."""
    sentence = re.split(r"(?<=[.!?])\s+", words.strip())[-1]
    if refused([{"speaker": "user", "content": ""}, {"speaker": "assistant", "content": words}]):
        return False
    return sentence.endswith("?") and not re.search(r"\b(else|further|more)\b", sentence, re.IGNORECASE)


def _due(traces: Traces, fact: Fact) -> int | None:
    """The turn in which a fact should have been told, the assistant's first words after a call that gives it; None if
    there was no such call.

    Nothing is due before the end in a dialogue that was cut off, nor from a look-up of which nothing was told: that
    may have been made for something else.
    """
    gives = [call for call in traces.scenario.reference if call.error is None and _bears(call, fact)]
    gives = [call for call in gives if call.writes] or gives
    told = [other for other in traces.scenario.facts if other not in traces.untold]
    reported = {key_of(call) for call in gives if call.writes or any(_bears(call, other) for other in told)}
    made = {key_of(call): number for number, call in reversed(traces.calls) if call.error is None}
    due = [_next_words(traces, made[key]) for key in reported & made.keys()] if traces.user_left else []
    return min(due, default=traces.end if any(key_of(call) in made for call in gives) else None)


def _next_words(traces: Traces, turn: int) -> int:
    """The turn in which the assistant next says something."""
    following = range(turn + 1, traces.end)
    said = (number for number in following if traces.turns[number].speaker is Side.ASSISTANT)
    return next((number for number in said if traces.turns[number].content), traces.end)


def _bears(call: Executed, fact: Fact) -> bool:
    """Whether a call's result gives the fact."""
    if isinstance(fact.value, str):
        return fact.kind != "refusal" and _holds(Words(as_text(call.result)), fact.value)
    return _among(abs(fact.value), numbers(call.result))
