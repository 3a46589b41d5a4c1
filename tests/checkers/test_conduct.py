"""Conduct: nothing against a user who keeps to their part, and one code for each way in which they do not."""

import pytest

from checkers.conduct import CODES, slips
from checkers.script import perform, reference_run, silent_script
from checkers.traces import Traces
from domains import load
from turnwright.dialogue import Dialogue, Side, StopReason, Turn
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Outcome, Verdict

SHOP = load("shop")
SCENARIO = next(one for one in SHOP.test_scenarios() if one.family == "exchange_items")


def codes(scenario: Scenario, dialogue: Dialogue) -> set[str]:
    return {found.code for found in slips(Traces(load(scenario.domain), scenario, dialogue))}


@pytest.mark.parametrize("domain", ["shop", "flights", "mobile"])
def test_the_user_of_a_right_dialogue_has_done_nothing_wrong(domain: str) -> None:
    at = load(domain)
    assert [codes(one, reference_run(at, one).dialogue) for one in at.test_scenarios()] == [set()] * 100


@pytest.mark.parametrize("domain", ["shop", "flights", "mobile"])
def test_one_who_lingers_before_an_assistant_that_says_nothing_has_missed_the_end(domain: str) -> None:
    at = load(domain)
    scenario = at.test_scenarios()[0]
    assert codes(scenario, perform(at, scenario, silent_script(scenario)).dialogue) == {"BROKE_OFF"}


def said(*lines: str, stop: StopReason = StopReason.USER_DONE) -> Dialogue:
    """Words of the user, the assistant answering each but the last."""
    turns: list[Turn] = []
    for line in lines:
        turns += [Turn(speaker=Side.USER, content=line), Turn(speaker=Side.ASSISTANT, content="I see.")]
    return Dialogue(scenario_id="s", turns=tuple(turns[:-1]), stop_reason=stop, changes={}, digest="")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Hello.", "GOAL_UNSAID"),
        ("How can I help you today?", "OUT_OF_CHARACTER"),
        ("Please call exchange_items for me.", "OUT_OF_CHARACTER"),
        ("As an AI I have no order.", "OUT_OF_CHARACTER"),
        ("My instructions say that I want to exchange them.", "OUT_OF_CHARACTER"),
        ("It is order #O-6456.", "GAVE_AWAY"),
    ],
)
def test_what_a_user_should_not_say_or_leave_unsaid(words: str, code: str) -> None:
    assert code in codes(SCENARIO, said(words, "Thanks."))


def test_who_lingers_has_missed_the_end() -> None:
    assert "STOP_MISSED" in codes(SCENARIO, said("Hello.", "Hm.", stop=StopReason.USER_LINGERS))


@pytest.mark.parametrize("stop", [StopReason.EMPTY_REPLY, StopReason.REPEATED_CALLS, StopReason.CALL_LIMIT])
def test_who_has_the_last_word_broke_off(stop: StopReason) -> None:
    theirs = said("Hello.", SCENARIO.goal, stop=stop)
    assert "BROKE_OFF" in codes(SCENARIO, theirs)
    assert "BROKE_OFF" not in codes(SCENARIO, theirs.model_copy(update={"turns": theirs.turns[:-1]}))


def test_whose_context_is_full_is_who_would_speak_next() -> None:
    theirs = said("Hello.", SCENARIO.goal, stop=StopReason.CONTEXT_OVERFLOW)
    assert "BROKE_OFF" not in codes(SCENARIO, theirs)
    assert "BROKE_OFF" in codes(SCENARIO, theirs.model_copy(update={"turns": theirs.turns[:-1]}))
    assert "BROKE_OFF" in codes(SCENARIO, theirs.model_copy(update={"turns": ()}))


def test_who_says_all_and_is_served_badly_is_not_to_blame() -> None:
    told = "I want to exchange the trekking poles, 120cm for the 130cm one, difference on my Discover ending 6743."
    assert codes(SCENARIO, said(told, SCENARIO.goal, "Thanks.")) == set()


def test_who_is_cut_off_has_not_left_anything_unsaid() -> None:
    assert codes(SCENARIO, said("Hello.", stop=StopReason.TRANSFERRED)) == set()


def test_a_dialogue_that_failed_by_itself_says_nothing() -> None:
    failure = Verdict(outcome=Outcome.ERROR, blame=Blame.PROVIDER)
    broken = said("How can I help you?").model_copy(update={"failure": failure, "stop_reason": StopReason.FAILURE})
    assert codes(SCENARIO, broken) == set()


def test_every_code_belongs_to_one_thing_that_a_user_can_do_right() -> None:
    known = [code for group in CODES.values() for code in group]
    assert len(known) == len(set(known))
