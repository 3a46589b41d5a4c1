"""The held-out test sets: apart from generation in cells, customers and words, and right by the policies' own rules."""

from functools import cache
from importlib import import_module

import pytest

from checkers.script import reference_run
from domains import DOMAINS, load
from domains.held_out import split_of
from domains.test_sets import written
from turnwright.llm.embedded.drafting import Wording
from turnwright.scenario import Scenario
from turnwright.world import World


@cache
def scenarios(name: str) -> list[Scenario]:
    return load(name).test_scenarios()


EACH = [(name, scenario) for name in DOMAINS for scenario in scenarios(name)]
each_domain = pytest.mark.parametrize("name", DOMAINS)


@each_domain
def test_the_committed_file_is_what_the_script_writes(name: str) -> None:
    assert load(name).test_file.read_bytes() == written(load(name), DOMAINS[name].held_out)


@each_domain
def test_a_hundred_scenarios_of_all_families_and_one_more(name: str) -> None:
    found, held_out = scenarios(name), DOMAINS[name].held_out.family
    assert len(found) == len({scenario.scenario_id for scenario in found}) == 100
    assert {scenario.family for scenario in found} == {*load(name).families, held_out}
    assert sum(scenario.family == held_out for scenario in found) >= 4
    assert all(scenario.split == "test" for scenario in found)


@each_domain
def test_their_cells_are_reserved(name: str) -> None:
    held_out = DOMAINS[name].held_out
    cells = {(scenario.family, scenario.variant) for scenario in scenarios(name) if scenario.family != held_out.family}
    assert cells <= load(name).reserved_cells
    assert held_out.family not in load(name).families


@each_domain
def test_reserved_cells_leave_every_twist_and_style_to_training(name: str) -> None:
    domain, variants = load(name), DOMAINS[name].held_out.variants
    for variant in variants:
        *twists, style = variant.split("+")
        assert twists == sorted(twists)
        assert style in domain.styles
        assert {*twists} <= {*domain.twists}
    alone = {variant for variant in variants if "+" not in variant}
    assert not {f"{twist}+{style}" for twist in domain.twists for style in alone} & {*variants}


@each_domain
def test_their_customers_never_occur_in_generation(name: str) -> None:
    domain = load(name)
    assert not {*domain.customers["train"]} & {*domain.customers["test"]}
    named = {f"{row['first_name']} {row['last_name']}": key for key, row in domain.database.tables["users"].items()}
    for scenario in scenarios(name):
        who = scenario.persona.removeprefix("You are ").split(" from ")[0]
        assert split_of(name, named[who]) == "test"


def words_of(wording: Wording) -> set[str]:
    pools = [*wording.leads.values(), *wording.tails.values(), *wording.cores.values()]
    return {words for pool in pools for words in pool if words}


@each_domain
def test_their_words_never_occur_in_generation(name: str) -> None:
    wording = import_module(f"domains.{name}.playbook.wording")
    assert not words_of(wording.TEST) & words_of(wording.TRAIN)
    leads = {lead for pool in wording.TRAIN.leads.values() for lead in pool if len(lead) > 5}
    assert not [one for one in scenarios(name) if any(one.opening.startswith(lead) for lead in leads)]


@pytest.mark.parametrize(("name", "scenario"), EACH, ids=[scenario.scenario_id for _, scenario in EACH])
def test_their_references_keep_the_policy(name: str, scenario: Scenario) -> None:
    domain = load(name)
    run = reference_run(domain, scenario).dialogue
    assert domain.rules(World(domain, scenario.initial), run.turns) == []
    assert bool(run.changes) is (scenario.ending == "CHANGED") or scenario.ending == "TRANSFERRED"
