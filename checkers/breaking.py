"""Breaking: operators whose runs are wrong, so that a checker must fail them. Which are, the oracle says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, pairwise
from random import Random

from checkers.operator import MOST, TRIES, Operators, Original, Variant, call_of, shown
from checkers.script import Says, Script, Step, read_only_script, silent_script, step_of, telling
from checkers.surroundings import Leaf, leaves, put
from turnwright.dialogue import Side, StopReason
from turnwright.scenario import Ending, Fact
from turnwright.verdict import Outcome

BREAKING = Operators(Outcome.FAIL)


@BREAKING.operator
def silent(original: Original, random: Random) -> Iterator[Variant]:
    """Nobody says or does anything."""
    yield "nobody said or did anything there", silent_script(original.scenario)


@BREAKING.operator
def read_only(original: Original, random: Random) -> Iterator[Variant]:
    """Everything is looked up, nothing is changed, refused or told."""
    yield "it only looked things up", read_only_script(original.domain, original.scenario)


@BREAKING.operator
def drop_write(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is left out, and still reported as done."""
    for at in original.writes:
        yield f"{_call(original, at)} was left out", original.without(at)


@BREAKING.operator
def wrong_id(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is about something else."""
    yield from _wrong(original, random, "id")


@BREAKING.operator
def wrong_item(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE has another item in its list."""
    yield from _wrong(original, random, "item")


@BREAKING.operator
def wrong_payment(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is settled with another payment method."""
    yield from _wrong(original, random, "payment")


@BREAKING.operator
def wrong_amount(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE has another number, or a switch the other way."""
    yield from _wrong(original, random, "amount")


@BREAKING.operator
def wrong_detail(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE has another word: a name, a date, a street, a reason."""
    yield from _wrong(original, random, "detail")


@BREAKING.operator
def extra_write(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is made that nobody asked for."""
    for step in islice(_temptations(original, random), MOST):
        yield f"nobody asked for {call_of(step)}", original.inserted(original.before_end, step)


@BREAKING.operator
def write_twice(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is made twice."""
    for at in original.writes:
        yield f"{_call(original, at)} was made twice", original.inserted(at + 1, original.script.steps[at])


@BREAKING.operator
def writes_swapped(original: Original, random: Random) -> Iterator[Variant]:
    """Two WRITEs that follow each other change places."""
    steps = original.script.steps
    for first, second in pairwise(original.writes):
        order = [*steps]
        order[first], order[second] = steps[second], steps[first]
        yield f"{_call(original, second)} came before {_call(original, first)}", original.with_steps(*order)


@BREAKING.operator
def no_confirmation(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is made without a proposal and the user's answer to it."""
    for at in original.writes:
        step = original.script.steps[at]
        if step.before and original.domain.side_of(step.does.tool) is Side.ASSISTANT:
            yield (
                f"{_call(original, at)} was neither proposed nor agreed to",
                original.replaced(at, replace(step, before=())),
            )


@BREAKING.or_nothing
def unidentified(original: Original, random: Random) -> Iterator[Variant]:
    """The look-ups before the first WRITE or fact are left out."""
    reads = [at for at, step in enumerate(original.script.steps) if not step.writes]
    for at in reads[:2]:
        yield f"{_call(original, at)} was left out", original.without(at)


@BREAKING.operator
def too_early(original: Original, random: Random) -> Iterator[Variant]:
    """Something is done before anything else, though it was not yet known who the user is."""
    steps = original.script.steps
    for at in range(1, original.before_end):
        order = steps[at], *steps[:at], *steps[at + 1 :]
        yield f"{_call(original, at)} was the first of all calls", original.with_steps(*order)


@BREAKING.operator
def looked_up_late(original: Original, random: Random) -> Iterator[Variant]:
    """What a WRITE is about is looked up only after the user has agreed to it."""
    for at in original.writes:
        step, last = original.script.steps[at], original.script.steps[at - 1]
        if at and step.before and not last.writes and original.domain.side_of(step.does.tool) is Side.ASSISTANT:
            late = replace(last, before=(*last.before, *step.before))
            steps = *original.script.steps[: at - 1], late, replace(step, before=()), *original.script.steps[at + 1 :]
            words = f"{_call(original, at - 1)} came only after the user had agreed to {_call(original, at)}"
            yield words, original.with_steps(*steps)


@BREAKING.operator
def fact_untold(original: Original, random: Random) -> Iterator[Variant]:
    """A fact is not told."""
    for fact in original.scenario.facts:
        yield f"{fact.code} ({fact.value}) was not told", _with_closing(original, fact, None)


@BREAKING.operator
def fact_wrong(original: Original, random: Random) -> Iterator[Variant]:
    """A fact is told wrong."""
    for fact in original.scenario.facts:
        for value in _wrong_values(fact, random):
            says = telling(fact.model_copy(update={"value": value}))._replace(tells=())
            yield f"{fact.code} was told as {value} in place of {fact.value}", _with_closing(original, fact, says)


@BREAKING.operator
def forbidden_granted(original: Original, random: Random) -> Iterator[Variant]:
    """What had to be refused is done, whatever is said."""
    if original.scenario.ending is not Ending.REFUSED:
        return
    wanted = {request.action for request in original.scenario.requests}
    for step in _temptations(original, random, wanted):
        done = original.inserted(original.before_end, step)
        yield f"{call_of(step)} was granted", done
        gladly = (Says(Side.ASSISTANT, "That is done for you."),)
        yield f"{call_of(step)} was granted, gladly", replace(done, closing=gladly)


@BREAKING.operator
def step_skipped(original: Original, random: Random) -> Iterator[Variant]:
    """A step on the user's device is said to be done and is not."""
    for at in original.writes:
        step = original.script.steps[at]
        if original.domain.side_of(step.does.tool) is Side.USER:
            yield (
                f"the user only said that {_call(original, at)} was done",
                original.with_steps(*_spoken_only(original, at)),
            )


@BREAKING.operator
def handed_over(original: Original, random: Random) -> Iterator[Variant]:
    """The user is handed over to a human in place of the last WRITE or answer."""
    for step in _hand_overs(original, random):
        yield (
            f"handed over with {shown(step.does.arguments)} in place of an answer",
            Script(
                original.scenario.opening,
                (*(step for step in original.script.steps if not step.writes), step),
                (Says(Side.ASSISTANT, "I am handing you over to a colleague."),),
                StopReason.TRANSFERRED,
            ),
        )


@BREAKING.operator
def handed_over_wrong(original: Original, random: Random) -> Iterator[Variant]:
    """The user is handed over to a human for another reason."""
    if original.script.stop is StopReason.TRANSFERRED:
        for step, words in _otherwise(original, original.before_end, random):
            yield f"{step.does.tool} was made with {words}", original.replaced(original.before_end, step)


@BREAKING.operator
def overwritten(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is done right, and then done again with something else, so that its effect is lost."""
    for at, step, words in _others(original, random):
        if original.changes(at + 1, step):
            yield f"{_call(original, at)} was done and then overwritten: {words}", original.inserted(at + 1, step)


@BREAKING.held_back
def detour(original: Original, random: Random) -> Iterator[Variant]:
    """Something else is changed first, then what was asked for."""
    for at, step, words in _others(original, random):
        yield f"before {_call(original, at)} came another: {words}", original.inserted(at, step)


@BREAKING.held_back
def words_only(original: Original, random: Random) -> Iterator[Variant]:
    """All is proposed, agreed to and told, and nothing is done."""
    read = next((step.does for step in original.script.steps if not step.writes), None)
    steps = [replace(step, does=read or step.does) if step.writes else step for step in original.script.steps]
    if original.script.stop is StopReason.TRANSFERRED or original.writes:
        yield (
            "everything was said and nothing was done",
            replace(original.with_steps(*steps), stop=StopReason.USER_DONE),
        )


@BREAKING.held_back
def half_done(original: Original, random: Random) -> Iterator[Variant]:
    """Of several WRITEs only one is made."""
    if len(original.writes) > 1:
        for kept in original.writes:
            steps = [step for at, step in enumerate(original.script.steps) if at == kept or at not in original.writes]
            yield f"only {_call(original, kept)} was made", original.with_steps(*steps)


@BREAKING.held_back
def unanswered(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is proposed and made in one breath; the user's yes comes after it."""
    for at in original.writes:
        step = original.script.steps[at]
        if len(step.before) == 2 and original.domain.side_of(step.does.tool) is Side.ASSISTANT:
            proposed, answered = step.before
            yield (
                f"{_call(original, at)} was made before the user answered",
                original.replaced(at, replace(step, before=(proposed,), after=(answered,))),
            )


@BREAKING.operator
def user_tells(original: Original, random: Random) -> Iterator[Variant]:
    """It is the user who says a fact, and the assistant who says nothing of it."""
    for fact in original.scenario.facts:
        script = _with_closing(original, fact, None)
        said = Says(Side.USER, telling(fact).words)
        yield f"only the user said {fact.code} ({fact.value})", replace(script, closing=(*script.closing, said))


@BREAKING.held_back
def one_fact_only(original: Original, random: Random) -> Iterator[Variant]:
    """Of several facts only one is told, twice."""
    facts = original.scenario.facts
    for kept in facts if len(facts) > 1 else ():
        start = original.script.closing[:1]
        yield f"only {kept.code} was told", replace(original.script, closing=(*start, telling(kept), telling(kept)))


@BREAKING.held_back
def thanked_away(original: Original, random: Random) -> Iterator[Variant]:
    """The user thanks and leaves before the last WRITE is made."""
    if original.writes:
        last = original.writes[-1]
        steps = original.script.steps
        ended = replace(steps[last], does=steps[0].does, writes=False)
        yield (
            f"the user left before {_call(original, last)}",
            Script(original.scenario.opening, (*steps[:last], ended), (), StopReason.USER_DONE),
        )


def _call(original: Original, at: int) -> str:
    return call_of(original.script.steps[at])


def _wrong(original: Original, random: Random, kind: str) -> Iterator[Variant]:
    for at, step, words in _others(original, random, kind):
        yield f"{original.script.steps[at].does.tool} was made with {words}", original.replaced(at, step)


def _others(original: Original, random: Random, kind: str | None = None) -> Iterator[tuple[int, Step, str]]:
    """Each WRITE with one argument otherwise."""
    for at in original.writes:
        for step, words in _otherwise(original, at, random, kind):
            yield at, step, words


def _otherwise(original: Original, at: int, random: Random, kind: str | None = None) -> Iterator[tuple[Step, str]]:
    """A call with one argument otherwise: the first other value with which it succeeds, else the likeliest."""
    step = original.script.steps[at]
    tool = original.domain.tools_of(original.domain.side_of(step.does.tool))[step.does.tool]
    for leaf in leaves(step.does.arguments):
        if kind is not None and _kind(original, leaf) != kind:
            continue
        values = original.around.others(tool, leaf, random)[:TRIES]
        made = [step_of(original.domain, tool.name, put(step.does.arguments, leaf.path, value)) for value in values]
        working = (number for number, other in enumerate(made) if original.works(at, other))
        if made:
            chosen = next(working, 0)
            yield made[chosen], f"{leaf.name} {values[chosen]!r} in place of {leaf.value!r}"


def _kind(original: Original, leaf: Leaf) -> str:
    if isinstance(leaf.value, bool | int | float):
        return "amount"
    if any(word in leaf.name for word in ("payment", "refund", "certificate", "gift", "card")):
        return "payment"
    if any(isinstance(part, int) for part in leaf.path):
        return "item"
    return "id" if original.around.is_id(leaf.value) else "detail"


def _temptations(original: Original, random: Random, tools: set[str] | None = None) -> Iterator[Step]:
    """WRITEs that would succeed at the end; of some tools, or of any that the reference could have used."""
    domain = original.domain
    known = [tool for tool in (*domain.tools.values(), *domain.user_tools.values()) if tool.writes and not tool.ends]
    chosen = (tool for tool in random.sample(known, len(known)) if tools is None or tool.name in tools)
    return original.drawn(chosen, random, original.changes)


def _hand_overs(original: Original, random: Random) -> Iterator[Step]:
    if original.script.stop is not StopReason.TRANSFERRED:
        for tool in original.domain.tools.values():
            if tool.ends:
                yield step_of(original.domain, tool.name, original.around.filled(tool, random))


def _spoken_only(original: Original, at: int) -> list[Step]:
    """The steps without the call at this place; what was said around it goes to the next."""
    steps = [*original.script.steps]
    said = (*steps[at].before, *steps[at].after)
    del steps[at]
    if at < len(steps):
        steps[at] = replace(steps[at], before=(*said, *steps[at].before))
    else:
        steps[-1] = replace(steps[-1], after=(*steps[-1].after, *said))
    return steps


def _with_closing(original: Original, fact: Fact, says: Says | None) -> Script:
    """The same, with other words in place of those that tell the fact."""
    closing = [says if fact.code in one.tells else one for one in original.script.closing]
    return replace(original.script, closing=tuple(one for one in closing if one is not None))


def _wrong_values(fact: Fact, random: Random) -> Iterator[str | float]:
    match fact.kind:
        case "money":
            amount = abs(float(fact.value))
            yield round(amount + 10, 2)
            yield round(amount + 0.01, 2)
        case "number":
            yield float(fact.value) + random.choice([1, 2, 10])
        case "date":
            yield (date.fromisoformat(str(fact.value)) + timedelta(days=random.choice([1, 7, 31]))).isoformat()
        case "text":
            yield _scrambled(str(fact.value), random)
        case "refusal":
            pass


def _scrambled(text: str, random: Random) -> str:
    """The same text with one letter or digit of its last word otherwise."""
    at = max((number for number, letter in enumerate(text) if letter.isalnum()), default=0)
    pool = "0123456789" if text[at].isdigit() else "bcdfghkmnp"
    return text[:at] + random.choice([letter for letter in pool if letter != text[at].lower()]) + text[at + 1 :]
