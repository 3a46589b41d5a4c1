"""Mutants: the runs of one scenario that a checker is tried on, and what the oracle says each must get."""

from collections import Counter
from itertools import islice
from random import Random
from typing import NamedTuple

from checkers.breaking import BREAKING
from checkers.operator import MOST, Operator, Original
from checkers.script import Run
from checkers.varying import VARYING
from turnwright.dialogue import Dialogue
from turnwright.record import derive_seed
from turnwright.verdict import Outcome

OPERATORS: tuple[Operator, ...] = (*BREAKING.all, *VARYING.all)


class Mutant(NamedTuple):
    """One run, and what a checker must say of it."""

    operator: str
    detail: str
    """What is different from the reference."""
    expected: Outcome
    dialogue: Dialogue


class Mutants(NamedTuple):
    """The runs that came of a set of operators."""

    made: list[Mutant]
    discarded: Counter[str]
    """By operator, the runs that say nothing: the same as another, meant to be as right as the reference and not so,
    right by luck, or telling what no call showed or what they were not to tell."""


def mutants(original: Original, seed: int, held_back: bool = False) -> Mutants:
    """Mutate the right run of a scenario by the operators of admission, or by those held back from it.

    Every run is executed on a fresh World and judged by the oracle: what is right must pass, whatever it was meant to
    be, and what is wrong must fail if it was meant to. The right run itself is not among them.
    """
    made: list[Mutant] = []
    discarded: Counter[str] = Counter()
    known = [original.script.lines]
    for operator in OPERATORS:
        if operator.held_back is not held_back:
            continue
        random = Random(derive_seed(seed, original.scenario.scenario_id, operator.name))
        variants = list(islice(operator.make(original, random), 3 * MOST))
        for detail, script in random.sample(variants, min(MOST, len(variants))):
            run = original.perform(script)
            outcome = None if script.lines in known else original.oracle.settle(run.dialogue, run.told)
            if outcome is None or not _says_something(original, operator, run, outcome):
                discarded[operator.name] += 1
                continue
            known.append(script.lines)
            made.append(Mutant(operator.name, detail, outcome, run.dialogue))
    return Mutants(made, discarded)


def _says_something(original: Original, operator: Operator, run: Run, outcome: Outcome) -> bool:
    if outcome is Outcome.FAIL:
        return operator.expected is Outcome.FAIL
    return original.shows_as_much(run) and (operator.expected is Outcome.PASS or not operator.or_nothing)
