"""The held-out test set: apart from generation in cells, customers and words, and right by the policy's own rules."""

import re

import pytest

from checkers.runs import reference_run
from domains import DOMAINS, load
from domains.held_out import split_of
from domains.shop.families import FAMILIES, HELD_OUT_FAMILY
from domains.shop.playbook.wording import TEST, TRAIN, Wording
from domains.test_sets import written
from turnwright.scenario import Scenario
from turnwright.world import World

SHOP = load("shop")
SCENARIOS = SHOP.test_scenarios()


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert SHOP.test_file.read_bytes() == written(SHOP, DOMAINS["shop"].held_out)


def test_a_hundred_scenarios_of_all_families_and_one_more() -> None:
    assert len(SCENARIOS) == len({scenario.scenario_id for scenario in SCENARIOS}) == 100
    assert {scenario.family for scenario in SCENARIOS} == {*FAMILIES, HELD_OUT_FAMILY}
    assert all(scenario.split == "test" for scenario in SCENARIOS)


def test_their_cells_are_reserved() -> None:
    cells = {(scenario.family, scenario.variant) for scenario in SCENARIOS if scenario.family != HELD_OUT_FAMILY}
    assert cells <= SHOP.reserved_cells
    assert HELD_OUT_FAMILY not in SHOP.families


def test_their_customers_and_orders_never_occur_in_generation() -> None:
    assert not set(SHOP.customers["train"]) & set(SHOP.customers["test"])
    for scenario in SCENARIOS:
        for order_id in re.findall(r"#O-\d{4}", f"{scenario.goal} {scenario.requests}"):
            order = SHOP.database.get("orders", order_id)
            assert order is None or split_of("shop", order["user_id"]) == "test"  # a wrong order id exists nowhere


def words_of(wording: Wording) -> set[str]:
    pools = [*wording.leads.values(), *wording.tails.values(), *wording.cores.values()]
    return {words for pool in pools for words in pool if words}


def test_their_words_never_occur_in_generation() -> None:
    assert not words_of(TEST) & words_of(TRAIN)
    leads = {lead for pool in TRAIN.leads.values() for lead in pool if len(lead) > 5}
    assert not [scenario for scenario in SCENARIOS if any(scenario.opening.startswith(lead) for lead in leads)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.scenario_id)
def test_their_references_keep_the_policy(scenario: Scenario) -> None:
    run = reference_run(SHOP, scenario)
    assert SHOP.rules(World(SHOP), run.turns) == []
    assert bool(run.changes) is (scenario.ending == "CHANGED")
