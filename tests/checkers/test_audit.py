"""The audit admits the checker that proves its scenario, and tells the writers of all others why not."""

import pytest

from checkers.audit import REFERENCE, Admission, Audit
from checkers.judge import BROKEN, judge
from checkers.sandbox import Sandbox
from checkers.script import perform, read_only_script, reference_run, silent_script
from turnwright.dialogue import Side, StopReason
from turnwright.errors import Failure
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Outcome
from turnwright.world import Domain

HEAD = "def check(changes, calls, messages, facts):\n    found = []\n"
LENDS = (
    HEAD
    + """
    if changed(changes, "books", "b-1", "state") != "lent" or len(created(changes, "loans")) != 1:
        found.append(("NOT_LENT", "the book was not lent"))
    if others(changes, ["books/b-1", "loans/*"]):
        found.append(("EXTRA_WRITE", "something else changed"))
    if not made_before(calls, "find_book", "lend_book"):
        found.append(("NOT_LOOKED_UP", "lent unseen"))
    if not confirmed(calls, messages, "lend_book"):
        found.append(("NO_CONFIRMATION", "lent without a yes"))
    if not told(messages, money=facts["FEE"]) or not told(messages, date=facts["DUE"]):
        found.append(("FACT_NOT_TOLD", "fee or due date"))
    return found
"""
)
REFUSES = (
    HEAD
    + """
    if changes:
        found.append(("EXTRA_WRITE", "nothing should change"))
    if not refused(messages):
        found.append(("NOT_REFUSED", "the user was not told no"))
    return found
"""
)
HANDS_OVER = (
    HEAD
    + """
    if len(made(calls, "call_librarian", reason="lost")) != 1:
        found.append(("NOT_TRANSFERRED", "no transfer"))
    return found
"""
)


async def admit(sandbox: Sandbox, domain: Domain, scenario: Scenario, source: str) -> Admission:
    return await Audit(domain, scenario).admit(sandbox, source)


@pytest.mark.parametrize(
    ("name", "source"),
    [("lending", LENDS), ("refusing", REFUSES), ("handing_over", HANDS_OVER)],
    ids=["change", "refusal", "transfer"],
)
async def test_a_checker_with_positive_evidence_is_admitted(
    sandbox: Sandbox, library: Domain, request: pytest.FixtureRequest, name: str, source: str
) -> None:
    admission = await admit(sandbox, library, request.getfixturevalue(name), source)
    assert (admission.admitted, admission.reason) == (True, None)
    assert admission.mutation_score == 1
    assert {REFERENCE, "silent", "read_only"} <= {trial.mutant for trial in admission.trials}


REFUSED = {
    "only asks for an untouched world": (
        "refusing",
        HEAD + '    if changes:\n        found.append(("EXTRA_WRITE", "changed"))\n    return found\n',
        ["nobody said or did anything there is wrong and was passed", "it only looked things up is wrong"],
    ),
    "asks for the look-up alone": (
        "refusing",
        HEAD
        + '    if not made(calls, "find_book"):\n        found.append(("LAZY", "never looked"))\n    return found\n',
        ["it only looked things up is wrong and was passed"],
    ),
    "too strict": (
        "lending",
        LENDS.replace('"lent" or', '"sold" or'),
        ["the reference run is right and was failed with NOT_LENT: the book was not lent"],
    ),
    "breaks": (
        "lending",
        LENDS.replace('facts["FEE"]', 'facts["FEES"]'),
        ["the reference run broke the checker: CHECKER_ERROR: KeyError: FEES (line 12)"],
    ),
    "breaks on the silent run alone": (
        "lending",
        HEAD
        + '    if made(calls, "lend_book")[0]["error"]:\n        found.append(("NOT_LENT", "no"))\n    return found\n',
        ["a run in which nobody said or did anything there broke the checker: CHECKER_ERROR: IndexError"],
    ),
    "does not pass lint": (
        "lending",
        "import os\n" + LENDS,
        ["define exactly one function at the top level"],
    ),
}


@pytest.mark.parametrize(("name", "source", "words"), REFUSED.values(), ids=REFUSED)
async def test_any_other_checker_is_refused_with_a_reason(
    sandbox: Sandbox, library: Domain, request: pytest.FixtureRequest, name: str, source: str, words: list[str]
) -> None:
    admission = await admit(sandbox, library, request.getfixturevalue(name), source)
    assert not admission.admitted
    assert [word for word in words if word not in (admission.reason or "")] == []


async def test_a_reference_that_answers_differently_is_the_tasks_fault(
    sandbox: Sandbox, library: Domain, lending: Scenario
) -> None:
    stale = lending.reference[1].model_copy(update={"result": {"title": "Waves"}})
    scenario = lending.model_copy(update={"reference": (lending.reference[0], stale)})
    with pytest.raises(Failure, match="reference call 2, find_book") as caught:
        await admit(sandbox, library, scenario, LENDS)
    assert caught.value.blame is Blame.TASK


async def test_a_broken_checker_says_error_never_fail(sandbox: Sandbox, library: Domain, lending: Scenario) -> None:
    silent = perform(library, lending, silent_script(lending)).dialogue
    outcome, findings = await judge(sandbox, "def check(a):\n    return []", silent, lending.facts)
    assert outcome is Outcome.ERROR
    assert [finding.code for finding in findings] == [BROKEN]


def test_the_reference_run_survives_json(library: Domain, lending: Scenario) -> None:
    stored = Scenario.model_validate_json(lending.model_dump_json())
    assert reference_run(library, stored).dialogue.digest == reference_run(library, lending).dialogue.digest


def test_the_reference_run_proposes_acts_and_tells(library: Domain, lending: Scenario) -> None:
    run = reference_run(library, lending).dialogue
    assert [(turn.speaker.value, turn.content, [call.tool for call in turn.calls]) for turn in run.turns] == [
        ("user", "I want Tides. My fee is $2.50, right?", []),
        ("assistant", "", ["find_book"]),
        ("assistant", "", ["find_book"]),
        ("assistant", "I can lend book for you, as you asked. Shall I go ahead?", []),
        ("user", "Yes, please.", []),
        ("assistant", "", ["lend_book"]),
        ("assistant", "That is done. fee: $2.50. due: 2026-06-29.", []),
        ("user", "Thank you, that is all.", []),
    ]
    assert run.changes["books/b-1"] == {"state": ["in", "lent"]}


def test_a_hand_over_ends_the_reference_run(library: Domain, handing_over: Scenario) -> None:
    run = reference_run(library, handing_over).dialogue
    assert run.stop_reason is StopReason.TRANSFERRED
    assert [call.tool for call in run.turns[-1].calls] == ["call_librarian"]


def test_empty_runs_do_nothing_and_tell_nothing(library: Domain, lending: Scenario) -> None:
    silent = perform(library, lending, silent_script(lending)).dialogue
    read_only = perform(library, lending, read_only_script(library, lending)).dialogue
    assert [turn.speaker for turn in silent.turns] == [Side.USER]
    assert silent.changes == read_only.changes == {}
    assert [call.tool for turn in read_only.turns for call in turn.calls] == ["find_book", "find_book"]
