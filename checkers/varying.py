"""Varying: operators whose runs are as right as the reference, so that a checker must pass them. Which are, the oracle
says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, pairwise
from random import Random

from checkers.operator import MOST, Operators, Original, Variant, call_of
from checkers.script import Says, Script, hands_over, step_of, telling
from checkers.surroundings import leaves, put
from turnwright.dialogue import Side
from turnwright.scenario import Fact
from turnwright.verdict import Outcome

VARYING = Operators(Outcome.PASS)


@VARYING.operator
def reads_swapped(original: Original, random: Random) -> Iterator[Variant]:
    """Two READs that follow each other change places."""
    steps = original.script.steps
    for at, (first, second) in enumerate(pairwise(steps)):
        if not first.writes and not second.writes:
            order = [*steps[:at], second, first, *steps[at + 2 :]]
            yield f"{second.does.tool} came before {first.does.tool}", original.with_steps(*order)


@VARYING.operator
def extra_read(original: Original, random: Random) -> Iterator[Variant]:
    """More is looked up than the reference looks up."""
    tools = [tool for tool in original.domain.tools.values() if not tool.writes]
    for step in islice(original.drawn(random.sample(tools, len(tools)), random, original.works), MOST):
        at = random.randint(1, max(1, original.before_end))
        yield f"{call_of(step)} was looked up too", original.inserted(at, step)


@VARYING.operator
def other_read(original: Original, random: Random) -> Iterator[Variant]:
    """One of the first look-ups, such as that of the user, is made by another tool that answers the same."""
    reads = [tool for tool in original.domain.tools.values() if not tool.writes]
    for at, step in enumerate(original.script.steps[:2]):
        if not step.writes:
            others = random.sample([tool for tool in reads if tool.name != step.does.tool], len(reads) - 1)
            for other in original.drawn(others, random, original.answering_like(at, step)):
                yield f"{call_of(other)} was called in place of {call_of(step)}", original.replaced(at, other)


@VARYING.operator
def writes_commuted(original: Original, random: Random) -> Iterator[Variant]:
    """WRITEs that do not depend on each other come in another order."""
    steps = original.script.steps
    for first, second in pairwise(original.writes):
        order = [*steps[:first], *steps[first + 1 : second + 1], steps[first], *steps[second + 1 :]]
        yield f"{steps[first].does.tool} came after {steps[second].does.tool}", original.with_steps(*order)


@VARYING.operator
def other_words(original: Original, random: Random) -> Iterator[Variant]:
    """The facts are told in other words and formats."""
    while original.scenario.facts:
        told = [_reworded(fact, random) for fact in original.scenario.facts]
        words = " ".join(says.words for says in told)
        yield f"it was told like this: {words}", _closing(original, told)


@VARYING.operator
def failed_read(original: Original, random: Random) -> Iterator[Variant]:
    """A look-up fails first, and is then made right."""
    for at, step in enumerate(original.script.steps):
        for leaf in leaves(step.does.arguments) if not step.writes else ():
            if isinstance(leaf.value, str):
                missing = step_of(original.domain, step.does.tool, put(step.does.arguments, leaf.path, "unknown"))
                yield f"{step.does.tool} failed at first", original.inserted(at, missing)
                break


@VARYING.operator
def failed_write(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE is refused by the tool at first, and is then made right."""
    for at in original.writes:
        step = original.script.steps[at]
        for leaf in leaves(step.does.arguments):
            if isinstance(leaf.value, str):
                wrong = step_of(original.domain, step.does.tool, put(step.does.arguments, leaf.path, "unknown"))
                if not original.works(at, wrong):
                    yield (
                        f"{step.does.tool} was refused with {leaf.name} 'unknown' at first",
                        original.inserted(at, wrong),
                    )
                    break


@VARYING.held_back
def told_in_between(original: Original, random: Random) -> Iterator[Variant]:
    """The facts are told one by one, with words of the user in between."""
    closing: list[Says] = []
    for says in original.script.closing:
        closing += [says, Says(Side.USER, "I see. And?")]
    if len(original.script.closing) > 1:
        yield "the facts were told one by one", replace(original.script, closing=tuple(closing[:-1]))


@VARYING.held_back
def spelled_out(original: Original, random: Random) -> Iterator[Variant]:
    """Amounts and numbers are told in words, dates and texts in a sentence."""
    if original.scenario.facts:
        told = [_spelled(fact) for fact in original.scenario.facts]
        words = " ".join(says.words for says in told)
        yield f"it was told like this: {words}", _closing(original, told)


@VARYING.held_back
def proposed_together(original: Original, random: Random) -> Iterator[Variant]:
    """All changes are proposed at once, and agreed to with one yes."""
    steps = [*original.script.steps]
    asked = [at for at in original.writes if len(steps[at].before) == 2 and not steps[at].after]
    if len(asked) > 1 and all(steps[at].writes for at in range(asked[0], asked[-1] + 1)):
        proposals = tuple(steps[at].before[0] for at in asked)
        yes = steps[asked[0]].before[1]
        for at in asked:
            steps[at] = replace(steps[at], before=(*proposals, yes) if at == asked[0] else ())
        yield "all was proposed together and agreed to once", original.with_steps(*steps)


@VARYING.held_back
def small_talk(original: Original, random: Random) -> Iterator[Variant]:
    """The two are polite, and chat before they begin and before they part."""
    steps = original.script.steps
    if steps:
        hello = (Says(Side.ASSISTANT, "Hello, how are you today?"), Says(Side.USER, "Fine, a bit in a hurry."))
        first = replace(steps[0], before=(*hello, *steps[0].before))
        ended = hands_over(original.domain, steps[-1])
        parting = (Says(Side.USER, "Great."), Says(Side.ASSISTANT, "You are welcome. Have a nice day!"))
        closing = original.script.closing if ended else (*original.script.closing, *parting)
        yield "there was small talk around it", replace(original.with_steps(first, *steps[1:]), closing=closing)


@VARYING.held_back
def read_again(original: Original, random: Random) -> Iterator[Variant]:
    """Everything is looked up once more before the end."""
    again = [step for step in original.script.steps if not step.writes]
    if again:
        yield "all was looked up once more in the end", original.inserted(original.before_end, *again)


@VARYING.held_back
def written_again(original: Original, random: Random) -> Iterator[Variant]:
    """A WRITE that cannot be made twice is tried once more, and refused by the tool."""
    for at in original.writes:
        step = original.script.steps[at]
        if not original.works(at + 1, step):
            yield f"{step.does.tool} was tried once more", original.inserted(at + 1, step)


def _closing(original: Original, told: list[Says]) -> Script:
    return replace(original.script, closing=(*original.script.closing[:1], *told))


def _reworded(fact: Fact, random: Random) -> Says:
    """The fact as other assistants might tell it."""
    name = fact.code.replace("_", " ").lower()
    match fact.kind:
        case "money":
            amount = abs(float(fact.value))
            forms = [f"${amount:.2f}", f"{amount:,.2f} USD", f"US${amount:.2f}", f"{amount:.2f} dollars"]
        case "number":
            forms = [f"{float(fact.value):g}", f"**{float(fact.value):g}**"]
        case "date":
            day = date.fromisoformat(str(fact.value))
            forms = [f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}", f"{day:%m/%d/%Y}"]
        case "text":
            forms = [f"**{fact.value}**", f'"{fact.value}"', f"`{fact.value}`"]
        case "refusal":
            return _told(fact, random.choice(_REFUSALS))
    form = random.choice(forms)
    return _told(fact, random.choice([f"The {name} is {form}.", f"As for the {name}, that would be {form}."]))


_REFUSALS = (
    "Unfortunately we are not able to do that.",
    "I understand, but that is not possible under our policy.",
    "I’m sorry, but I can’t do this for you.",
    "I am unable to make that change.",
)


def _spelled(fact: Fact) -> Says:
    name = fact.code.replace("_", " ").lower()
    match fact.kind:
        case "money":
            dollars, cents = divmod(round(abs(float(fact.value)) * 100), 100)
            words = f"{_in_words(dollars)} dollars" + (f" and {_in_words(cents)} cents" if cents else "")
            return _told(fact, f"The {name} comes to {words}.")
        case "number" if float(fact.value).is_integer():
            return _told(fact, f"The {name} is {_in_words(int(float(fact.value)))} all in all.")
        case "date":
            day = date.fromisoformat(str(fact.value))
            return _told(fact, f"The {name}: that is the {_nth(day.day)} of {day:%B}.")
        case "refusal":
            return _told(fact, "I have to decline that.")
        case _:
            return telling(fact)


def _told(fact: Fact, words: str) -> Says:
    return Says(Side.ASSISTANT, words, (fact.code,))


def _nth(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th") if day not in (11, 12, 13) else "th"
    return f"{day}{ending}"


_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def _in_words(number: int) -> str:
    """A whole number below a million in English."""
    if number < 20:
        return _ONES.split()[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS.split()[tens - 2] + (f"-{_in_words(ones)}" if ones else "")
    size, unit = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{_in_words(many)} {unit}" + (f" and {_in_words(rest)}" if rest else "")
