"""The airline's held-out test set: apart from generation in cells, customers and words, and right by the policy."""

import pytest

from checkers.runs import reference_run
from domains import DOMAINS, load
from domains.flights.families import FAMILIES, HELD_OUT_FAMILY
from domains.flights.playbook.finding import CODE
from domains.flights.playbook.wording import TEST, TRAIN, Wording
from domains.held_out import split_of
from domains.test_sets import written
from turnwright.llm.embedded.minds.serving import understand
from turnwright.scenario import Scenario
from turnwright.world import World

FLIGHTS = load("flights")
SCENARIOS = FLIGHTS.test_scenarios()


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert FLIGHTS.test_file.read_bytes() == written(FLIGHTS, DOMAINS["flights"].held_out)


def test_a_hundred_scenarios_of_all_families_and_one_more() -> None:
    assert len(SCENARIOS) == len({scenario.scenario_id for scenario in SCENARIOS}) == 100
    assert {scenario.family for scenario in SCENARIOS} == {*FAMILIES, HELD_OUT_FAMILY}
    assert all(scenario.split == "test" for scenario in SCENARIOS)


def test_their_cells_are_reserved() -> None:
    cells = {(scenario.family, scenario.variant) for scenario in SCENARIOS if scenario.family != HELD_OUT_FAMILY}
    assert cells <= FLIGHTS.reserved_cells
    assert HELD_OUT_FAMILY not in FLIGHTS.families


def test_their_customers_and_reservations_never_occur_in_generation() -> None:
    assert not set(FLIGHTS.customers["train"]) & set(FLIGHTS.customers["test"])
    for scenario in SCENARIOS:
        for code in CODE.findall(f"{scenario.goal} {scenario.requests}"):
            reservation = FLIGHTS.database.get("reservations", code)
            # A wrong code exists nowhere.
            assert reservation is None or split_of("flights", reservation["user_id"]) == "test"


def words_of(wording: Wording) -> set[str]:
    pools = [*wording.leads.values(), *wording.tails.values(), *wording.cores.values()]
    return {words for pool in pools for words in pool if words}


def test_their_words_never_occur_in_generation() -> None:
    assert not words_of(TEST) & words_of(TRAIN)
    leads = {lead for pool in TRAIN.leads.values() for lead in pool if len(lead) > 5}
    assert not [scenario for scenario in SCENARIOS if any(scenario.opening.startswith(lead) for lead in leads)]


HOLES = {
    "reservation": "reservation K7QZ2D",
    "flight": "flight FN120",
    "day": "2026-07-01",
    "cabin": "business",
    "passenger": "Omar Becker",
    "new_name": "Ada Becker",
    "seat": "14A",
    "bags": "2 more bags",
    "payment": "Visa ending 1234",
    "certificate": "cert-77",
    "reason": "a passenger fell ill",
    "trouble": "was cancelled",
    "service": "oxygen",
}
CORES = [(action, core) for wording in (TRAIN, TEST) for action, cores in wording.cores.items() for core in cores]


@pytest.mark.parametrize(("action", "core"), CORES)
def test_a_core_is_heard_as_its_own_request_and_no_other(action: str, core: str) -> None:
    heard = understand(DOMAINS["flights"].playbook.cues, [core.format(**HOLES)])
    assert [one.action for one in heard] == [action]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.scenario_id)
def test_their_references_keep_the_policy(scenario: Scenario) -> None:
    run = reference_run(FLIGHTS, scenario)
    assert FLIGHTS.rules(World(FLIGHTS), run.turns) == []
    assert bool(run.changes) is (scenario.ending == "CHANGED")
