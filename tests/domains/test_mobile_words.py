"""The network's words: each opening and each goal asks for one thing, and steps on the phone are told apart."""

import re

import pytest

from domains.mobile.families import FAMILIES, STYLES
from domains.mobile.playbook import HELD_OUT, PLAYBOOK
from domains.mobile.playbook.drafting import KINDS
from domains.mobile.playbook.hearing import CUES
from domains.mobile.playbook.steps import STEPS
from domains.mobile.playbook.wording import TEST, TRAIN
from turnwright.llm.embedded.drafting import Wording
from turnwright.llm.embedded.minds.serving import understand

HOLES = {
    "plan": "Plus 20",
    "package": "Boost 5",
    "reason": "the phone is lost",
    "carrier": "Larkline",
    "number": "555-799-1234",
    "payment": "Visa ending 1234",
    "bill": "bill B-3104",
    "charge": "international calls",
    "country": "Portugal",
}
CORES = [
    (action, core, line)
    for wording in (TRAIN, TEST)
    for action, cores in wording.cores.items()
    for core in cores
    for line in ("line 555-014-4821", "my work line", "the work line")
]


@pytest.mark.parametrize(("action", "core", "line"), CORES)
def test_an_opening_asks_for_one_thing(action: str, core: str, line: str):
    words = core.format(**HOLES, line=line)
    assert [one.action for one in understand(CUES, [words])] == [action]


def words_of(wording: Wording) -> set[str]:
    pools = [*wording.leads.values(), *wording.tails.values(), *wording.cores.values()]
    return {words for pool in pools for words in pool if words}


def test_leads_and_tails_ask_for_nothing():
    for wording in (TRAIN, TEST):
        for pool in [pool for style in STYLES for pool in (wording.leads[style], wording.tails[style])]:
            assert [words for words in pool if understand(CUES, [words])] == []


def test_training_and_test_share_no_words():
    assert not words_of(TRAIN) & words_of(TEST)
    assert all(len(TRAIN.cores[action]) >= 6 for action in TRAIN.cores if action != "request_port_in")
    assert all(len(TEST.cores[action]) >= 2 for action in TRAIN.cores)
    assert {*STYLES} <= {*TRAIN.leads} & {*TRAIN.tails} & {*TEST.leads} & {*TEST.tails}


def test_every_family_has_a_plan_and_wishes():
    assert {*PLAYBOOK.plans} == {*FAMILIES}
    assert {*KINDS} == {*FAMILIES, HELD_OUT.family}


SAMPLES = {
    "check_status_bar": [
        {"service": service, "airplane_mode": plane, "vpn": vpn, "location": "home"}
        for service in ("none", "connected")
        for plane in (True, False)
        for vpn in (True, False)
    ],
    "check_sim": [{"sim": sim} for sim in ("ok", "loose", "locked", "damaged")],
    "check_data_settings": [{"mobile_data": on, "data_roaming": on, "data_saver": not on} for on in (True, False)],
    "check_network_mode": [{"network_mode": mode} for mode in ("auto", "3g_only")],
    "check_apn": [{"apn": "tern.wap", "mms_url": "missing"}, {"apn": "tern.internet", "mms_url": "ok"}],
    "check_app_permissions": [{"sms": False, "storage": True, "network": True}],
    "run_speed_test": [{"mbps": 0.1, "rating": "slow"}],
    "send_test_message": [{"kind": "picture", "sent": sent} for sent in (True, False)],
    "grant_app_permission": [{"app": "messages", "permission": "sms", "granted": True}],
}


@pytest.mark.parametrize("name", STEPS)
def test_what_is_told_of_the_phone_asks_for_nothing_new(name: str):
    step = STEPS[name]
    told = [step.told(result) for result in SAMPLES.get(step.tool, [{}])]
    for words in [*told, step.told({"error": "there is no phone in hand"}), step.pretended]:
        assert understand(CUES, [words]) == []


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_recognised_as_itself_alone(name: str):
    step = STEPS[name]
    for words in [*step.asks, *filter(None, [step.explained])]:
        asked = words.format(permission="sms")
        assert [other for other, one in STEPS.items() if one.heard.search(asked)] == [name]
        assert not re.search(r"shall i|should i|is that right|may i", asked, re.IGNORECASE)


def test_settings_are_writes_and_pretended():
    for step in STEPS.values():
        assert bool(step.pretended) == (step.tool in PLAYBOOK.writes or len(step.asks) == 3)
