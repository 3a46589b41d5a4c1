"""Mutants: what the operators make of real scenarios, and what the oracle says of it."""

from collections import Counter
from dataclasses import replace

import pytest

from checkers.audit import ADMISSION_SEED, Audit
from checkers.mutants import OPERATORS, mutants
from checkers.operator import Original
from checkers.oracle import Oracle
from checkers.script import Does, Script, perform, reference_script
from domains import DOMAINS, load
from turnwright.dialogue import Dialogue
from turnwright.record import canonical
from turnwright.scenario import Scenario
from turnwright.verdict import Outcome
from turnwright.world import Domain

EACH_DOMAIN = pytest.mark.parametrize("domain", [load(name) for name in DOMAINS], ids=lambda domain: domain.name)


def seen(dialogue: Dialogue) -> bytes:
    return canonical([dialogue.changes, [turn.model_dump(mode="json") for turn in dialogue.turns]])


def some(domain: Domain) -> list[Scenario]:
    return domain.test_scenarios()[::9]


@EACH_DOMAIN
@pytest.mark.parametrize("held_back", [False, True], ids=["admission", "held back"])
def test_what_the_oracle_says_of_a_mutant_is_what_its_words_and_its_state_say(domain: Domain, held_back: bool) -> None:
    for scenario in some(domain):
        oracle = Oracle(domain, scenario)
        for mutant in mutants(Original(domain, scenario), 3, held_back).made:
            faults = oracle.faults(mutant.dialogue)
            # Other formats are beyond what the oracle reads: there it goes by what the script tells.
            if mutant.operator not in ("spelled_out", "other_words"):
                assert (mutant.expected is Outcome.FAIL) is bool(faults), (mutant.operator, mutant.detail, faults)


@EACH_DOMAIN
def test_no_mutant_looks_like_another_or_like_the_reference(domain: Domain) -> None:
    for scenario in some(domain):
        made = [mutant.dialogue for mutant in mutants(Original(domain, scenario), 3).made]
        reference = perform(domain, scenario, reference_script(domain, scenario)).dialogue
        assert Counter(map(seen, [reference, *made])).most_common(1)[0][1] == 1


def test_every_operator_makes_something_of_some_scenario() -> None:
    made: Counter[str] = Counter()
    for name in DOMAINS:
        for scenario in load(name).test_scenarios()[::4]:
            for held_back in (False, True):
                found = mutants(Original(load(name), scenario), 3, held_back)
                made.update(mutant.operator for mutant in found.made)
                made += found.discarded
    assert {operator.name for operator in OPERATORS} - {*made} == set()


def test_enough_operators_are_held_back() -> None:
    assert sum(operator.held_back and operator.expected is Outcome.FAIL for operator in OPERATORS) >= 5
    assert sum(operator.held_back and operator.expected is Outcome.PASS for operator in OPERATORS) >= 5
    assert all(operator.make.__doc__ for operator in OPERATORS)


@EACH_DOMAIN
def test_a_seed_decides_the_mutants(domain: Domain) -> None:
    scenario = domain.test_scenarios()[0]
    first, again, other = (
        mutants(Original(domain, scenario), seed).made for seed in (ADMISSION_SEED, ADMISSION_SEED, 5)
    )
    assert [seen(mutant.dialogue) for mutant in first] == [seen(mutant.dialogue) for mutant in again]
    assert [seen(mutant.dialogue) for mutant in first] != [seen(mutant.dialogue) for mutant in other]


@EACH_DOMAIN
def test_who_is_handed_over_for_another_reason_is_not_where_they_should_be(domain: Domain) -> None:
    scenario = next(one for one in domain.test_scenarios() if one.ending == "TRANSFERRED")
    oracle, script = Oracle(domain, scenario), reference_script(domain, scenario)
    (reason,) = script.steps[-1].does.arguments.values()
    faults = {
        other: oracle.faults(perform(domain, scenario, _handing_over(script, other)).dialogue)
        for other in domain.tools["transfer_to_human"].schema["function"]["parameters"]["properties"]["reason"]["enum"]
    }
    assert faults.pop(reason) == []
    assert all("OTHER_ENDING" in found for found in faults.values())


def _handing_over(script: Script, reason: str) -> Script:
    last = replace(script.steps[-1], does=Does("transfer_to_human", {"reason": reason}))
    return replace(script, steps=(*script.steps[:-1], last))


@EACH_DOMAIN
def test_every_held_out_scenario_can_be_audited_and_nothing_passes_by_doing_nothing(domain: Domain) -> None:
    for scenario in domain.test_scenarios():
        runs = {run.operator: run.expected for run in Audit(domain, scenario).runs}
        assert runs["reference"] is Outcome.PASS
        assert runs["silent"] is runs["read_only"] is Outcome.FAIL
