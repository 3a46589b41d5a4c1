"""Mutants: the runs of one scenario that a checker is tried on, and what the oracle says each must get."""

from collections import Counter
from itertools import islice
from random import Random
from typing import NamedTuple

from checkers.breaking import BREAKING
from checkers.operator import Operator, Original
from checkers.oracle import Oracle
from checkers.script import Run
from checkers.varying import VARYING
from turnwright.dialogue import Dialogue
from turnwright.record import canonical, derive_seed
from turnwright.scenario import Scenario
from turnwright.verdict import Outcome
from turnwright.world import Domain

OPERATORS: tuple[Operator, ...] = (*BREAKING.all, *VARYING.all)
MOST = 4
"""Mutants of one operator for one scenario; of more, some are drawn."""


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
    """By operator, the runs that say nothing: twice the same, or meant to be as right as the reference and not so."""


def mutants(domain: Domain, scenario: Scenario, seed: int, held_back: bool = False) -> Mutants:
    """Mutate a scenario's reference run by the operators of admission, or by those held back from it.

    Every run is executed on a fresh World and judged by the oracle: what is right must pass, whatever it was meant to
    be, and what is wrong must fail if it was meant to. The reference run itself is not among them.
    """
    original, oracle = Original(domain, scenario), Oracle(domain, scenario)
    made: list[Mutant] = []
    discarded: Counter[str] = Counter()
    known = {_seen(original.run)}
    for operator in OPERATORS:
        if operator.held_back is not held_back:
            continue
        random = Random(derive_seed(seed, scenario.scenario_id, operator.name))
        variants = list(islice(operator.make(original, random), 2 * MOST))
        for detail, script in random.sample(variants, min(MOST, len(variants))):
            run = original.perform(script)
            right = oracle.is_right(run.dialogue, run.told)
            if _seen(run) in known or not (right or _clearly_wrong(oracle, operator, run)):
                discarded[operator.name] += 1
                continue
            known.add(_seen(run))
            expected = Outcome.PASS if right else Outcome.FAIL
            made.append(Mutant(operator.name, detail, expected, run.dialogue))
    return Mutants(made, discarded)


def _clearly_wrong(oracle: Oracle, operator: Operator, run: Run) -> bool:
    """Whether it was meant to be wrong, and is so by its very words: a fact may be told by chance."""
    return operator.expected is Outcome.FAIL and bool(oracle.faults(run.dialogue))


def _seen(run: Run) -> bytes:
    """What a checker would see of it: two runs that look alike are one."""
    dialogue = run.dialogue
    return canonical(
        [dialogue.changes, dialogue.stop_reason, [turn.model_dump(mode="json") for turn in dialogue.turns]]
    )
