"""The airline's words: each opening and each wish asks for one thing, and is heard as that."""

import re

import pytest

from domains import load
from domains.flights.playbook.hearing import CUES
from domains.flights.playbook.wording import TEST, TRAIN
from domains.talk import STYLES
from turnwright.llm.embedded.minds.serving import understand
from turnwright.scenario import Scenario

HOLES = {
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
CORES = [
    (action, core, reservation)
    for wording in (TRAIN, TEST)
    for action, cores in wording.cores.items()
    for core in cores
    for reservation in ("reservation K7QZ2D", "the trip from Denver to San Diego")
]


@pytest.mark.parametrize(("action", "core", "reservation"), CORES)
def test_an_opening_asks_for_one_thing(action: str, core: str, reservation: str):
    words = core.format(**HOLES, reservation=reservation)
    assert [one.action for one in understand(CUES, [words])] == [action]


def test_leads_and_tails_ask_for_nothing():
    for wording in (TRAIN, TEST):
        for pool in [pool for style in STYLES for pool in (wording.leads[style], wording.tails[style])]:
            assert [words for words in pool if understand(CUES, [words])] == []


@pytest.mark.parametrize("scenario", load("flights").test_scenarios(), ids=lambda one: one.scenario_id)
def test_each_wish_of_a_goal_asks_for_one_thing(scenario: Scenario):
    told = re.split(r"which is wrong\. ", scenario.goal)[-1]
    wishes = [re.split(r"When the assistant", wish)[0] for wish in re.split(r"\(\d\)", told) if len(wish) > 15]
    heard = [[one.action for one in understand(CUES, [wish])] for wish in wishes]
    assert heard == [[request.action] for request in scenario.requests]


def test_training_has_six_openings_for_each_request():
    assert all(len(set(cores)) >= 6 for cores in TRAIN.cores.values())
    assert set(TRAIN.cores) == set(TEST.cores)
