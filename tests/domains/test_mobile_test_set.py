"""The network's held-out test set: apart from generation in cells, customers and words, and right by its own rules."""

import re

import pytest

from checkers.runs import reference_run
from domains import DOMAINS, load
from domains.held_out import split_of
from domains.mobile.families import FAMILIES, HELD_OUT_FAMILY
from domains.mobile.playbook.wording import TRAIN
from domains.test_sets import written
from turnwright.scenario import Scenario
from turnwright.world import World

MOBILE = load("mobile")
SCENARIOS = MOBILE.test_scenarios()


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert MOBILE.test_file.read_bytes() == written(MOBILE, DOMAINS["mobile"].held_out)


def test_a_hundred_scenarios_of_all_families_and_one_more() -> None:
    assert len(SCENARIOS) == len({scenario.scenario_id for scenario in SCENARIOS}) == 100
    assert {scenario.family for scenario in SCENARIOS} == {*FAMILIES, HELD_OUT_FAMILY}
    assert all(scenario.split == "test" for scenario in SCENARIOS)


def test_their_cells_are_reserved() -> None:
    cells = {(scenario.family, scenario.variant) for scenario in SCENARIOS if scenario.family != HELD_OUT_FAMILY}
    assert cells <= MOBILE.reserved_cells
    assert HELD_OUT_FAMILY not in MOBILE.families


def test_their_customers_and_lines_never_occur_in_generation() -> None:
    for scenario in SCENARIOS:
        for number in re.findall(r"555-01\d-\d{4}", f"{scenario.goal} {scenario.requests} {scenario.knows}"):
            for line_id in MOBILE.database.find("lines", "phone_number", number):  # a wrong number is no line's
                assert split_of("mobile", MOBILE.database.tables["lines"][line_id]["user_id"]) == "test"


def test_their_words_never_occur_in_generation() -> None:
    leads = {lead for pool in TRAIN.leads.values() for lead in pool if len(lead) > 5}
    assert not [scenario for scenario in SCENARIOS if any(scenario.opening.startswith(lead) for lead in leads)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.scenario_id)
def test_their_references_keep_the_policy(scenario: Scenario) -> None:
    MOBILE.check_start(scenario.initial)
    run = reference_run(MOBILE, scenario)
    assert MOBILE.rules(World(MOBILE, scenario.initial), run.turns) == []
    assert bool(run.changes) is (scenario.ending == "CHANGED") or scenario.ending == "TRANSFERRED"
