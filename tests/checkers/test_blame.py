"""Blame by rules: for each rule a dialogue by hand in which it speaks, and a neighbour in which it must not."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from checkers.blame import decide
from checkers.script import reference_run
from domains import load
from turnwright.agents.verifier import Judgement
from turnwright.dialogue import Dialogue, Executed, Side, StopReason, ToolCall, Turn
from turnwright.scenario import Ending, Fact, Request, Scenario
from turnwright.verdict import Blame, Finding, Outcome, Verdict
from turnwright.world import Domain, World, digest

SHOP, MOBILE = load("shop"), load("mobile")
FORESEEN = Finding(code="MISSING_WRITE", detail="it was not done")
CODES = ("MISSING_WRITE",)

Line = str | tuple[str, dict[str, Any]]
"""Words of the user ("U ..."), words of the assistant ("A ..."), or a call of whoever has the tool."""


def call(tool: str, **arguments: Any) -> Line:
    return tool, arguments


def played(scenario: Scenario, lines: Iterable[Line], stop: StopReason = StopReason.USER_DONE) -> Dialogue:
    world = World(load(scenario.domain), scenario.initial)
    turns = tuple(_turns(world, lines))
    changes = world.changes()
    return Dialogue(
        scenario_id="s-1", turns=turns, stop_reason=stop, changes=changes, digest=digest(changes), failure=None
    )


def _turns(world: World, lines: Iterable[Line]) -> Iterator[Turn]:
    for number, line in enumerate(lines):
        if isinstance(line, str):
            yield Turn(speaker=Side.USER if line.startswith("U") else Side.ASSISTANT, content=line[2:])
        else:
            side = world.domain.side_of(line[0])
            made = world.call(side, ToolCall(id=f"c{number}", tool=line[0], arguments=line[1]))
            yield Turn(speaker=side, content="", calls=(made,))


def written(domain: Domain, initial: dict[str, Any], calls: Sequence[Line], **told: Any) -> Scenario:
    """A scenario with its reference executed."""
    world = World(domain, initial)
    made = [turn.calls[0] for turn in _turns(world, calls)]
    about: dict[str, Any] = {"opening": "Hello, I need help.", "does_not_know": (), "facts": (), **told}
    return Scenario(
        scenario_id="s-1",
        plan_id="p-1",
        domain=domain.name,
        family="by_hand",
        variant="terse",
        tier=1,
        split="train",
        persona="You are Nora Quill from Reno.",
        initial=initial,
        reference=tuple(made),
        ending=Ending.CHANGED,
        **about,
    )


def verdict(scenario: Scenario, dialogue: Dialogue, judgement: Judgement | None = None, *codes: str) -> Verdict:
    found = tuple(Finding(code=code, detail="found") for code in codes) or (FORESEEN,)
    domain = load(scenario.domain)
    return decide(domain, scenario, dialogue, Outcome.FAIL, found, judgement, CODES)


def spoke(scenario: Scenario, dialogue: Dialogue) -> str:
    """ "BLAME CODE" of the rule that spoke."""
    said = verdict(scenario, dialogue)
    return f"{said.blame} {(said.fault or said.findings[-1]).code}"


def an_order(key: str, name: str, variant: str, price: float) -> dict[str, Any]:
    item = {"item_id": "i-1", "variant_id": variant, "name": name, "price": price, "state": "ordered"}
    address = {"street": "1 Elm Row", "city": "Reno", "state": "NV", "zip": "89501"}
    return {
        "order_id": key,
        "user_id": "u_901",
        "status": "pending",
        "placed_at": "2026-06-01",
        "delivered_at": None,
        "items": [item],
        "address": address,
        "payment_id": "card-9901",
        "total": price,
        "shipment_id": None,
    }


NORA: dict[str, Any] = {
    "users/u_901": {
        "user_id": "u_901",
        "first_name": "Nora",
        "last_name": "Quill",
        "email": "nora.quill@mail.test",
        "member": "standard",
        "zip": "89501",
        "address": {"street": "1 Elm Row", "city": "Reno", "state": "NV", "zip": "89501"},
    },
    "payment_methods/card-9901": {
        "payment_id": "card-9901",
        "user_id": "u_901",
        "kind": "credit_card",
        "label": "Visa ending 9011",
    },
    "orders/#O-9101": an_order("#O-9101", "kettle, white", "kettle-white", 57.2),
}
WHO = call("find_user_by_email", email="nora.quill@mail.test")
LOOK = call("get_order", order_id="#O-9101")
CANCEL = call("cancel_order", order_id="#O-9101", reason="ordered_by_mistake")
MAIL = call("update_user_email", user_id="u_901", email="quill.house@mail.test")
MINE = "U My email is nora.quill@mail.test."
OFFER = "A I can cancel order #O-9101 and refund $57.20 to Visa ending 9011. Shall I?"
YES, BYE = "U Yes, please.", "U Thanks, bye."
DONE = "A It is cancelled, and $57.20 goes back to Visa ending 9011. Can I help you with anything else?"
REFUND = Fact(code="REFUND_TOTAL", kind="money", value=57.2)

OPENED = ["U Please cancel my order #O-9101, a mistake.", "A What is your email?", MINE, WHO, LOOK]
RIGHT = [*OPENED, OFFER, YES, CANCEL, DONE, BYE]

CANCELLING = written(
    SHOP,
    NORA,
    [WHO, LOOK, CANCEL],
    goal="You want to cancel order #O-9101, because it was ordered by mistake.",
    knows={"email": "nora.quill@mail.test", "order_id": "#O-9101", "reason": "it was ordered by mistake"},
    requests=(Request(action="cancel_order", details={"order_id": "#O-9101", "reason": "ordered by mistake"}),),
    facts=(REFUND,),
)
UNKNOWN = CANCELLING.model_copy(
    update={
        "goal": "You want to cancel the order with the kettle, because it was ordered by mistake.",
        "knows": {"email": "nora.quill@mail.test", "reason": "it was ordered by mistake"},
    }
)
"""The same for somebody who has no number."""


def test_the_right_dialogue_is_right() -> None:
    assert verdict(CANCELLING, played(CANCELLING, RIGHT)).blame is Blame.CHECKER
    assert verdict(CANCELLING, reference_run(SHOP, CANCELLING).dialogue).blame is Blame.CHECKER


def answering(dialogue: Dialogue, tool: str, **answer: Any) -> Dialogue:
    """The dialogue with another answer of one tool."""
    turns = tuple(
        turn.model_copy(
            update={"calls": tuple(one.model_copy(update=answer) if one.tool == tool else one for one in turn.calls)}
        )
        for turn in dialogue.turns
    )
    return dialogue.model_copy(update={"turns": turns})


GAVE_UP = played(CANCELLING, [*OPENED, "A I am sorry, something is wrong. Anything else?", BYE])


@pytest.mark.parametrize("answer", [{"result": None, "error": "timeout"}, {"result": {"total": 1.0}}])
def test_a_tool_that_answers_otherwise_than_a_fresh_world_is_broken(answer: dict[str, Any]) -> None:
    assert spoke(CANCELLING, answering(GAVE_UP, "get_order", **answer)) == "TOOL TOOL_BROKEN"
    assert verdict(CANCELLING, GAVE_UP).blame is Blame.ASSISTANT


def test_a_tool_is_broken_that_answered_the_reference_otherwise_in_the_same_state() -> None:
    found = CANCELLING.reference[1].model_copy(update={"result": {"order_id": "#O-9101", "total": 57.2}})
    broken_since = CANCELLING.model_copy(update={"reference": (CANCELLING.reference[0], found)})
    assert spoke(broken_since, GAVE_UP) == "TOOL TOOL_BROKEN"


def test_a_tool_that_changes_what_it_does_not_say_is_broken() -> None:
    dialogue = GAVE_UP.model_copy(update={"changes": {"orders/#O-9101": {"status": ["pending", "cancelled"]}}})
    assert spoke(CANCELLING, dialogue) == "TOOL TOOL_BROKEN"


def test_a_tool_that_the_rules_cannot_read_is_broken() -> None:
    lines = [*OPENED[:3], call("find_user_by_email", email="nora.quill@mail.test"), DONE, BYE]
    dialogue = answering(played(CANCELLING, lines), "find_user_by_email", result=None)
    silent = CANCELLING.model_copy(update={"reference": ()})
    assert spoke(silent, dialogue) == "TOOL TOOL_BROKEN"


MALFORMED = "the arguments are not a JSON object: {"


@pytest.mark.parametrize(
    "refused",
    [
        Executed(id="c", tool="get_order", arguments={}, error=MALFORMED),
        Executed(id="c", tool="look_up", arguments={}, error="there is no tool 'look_up'"),
        Executed(id="c", tool="get_order", arguments={"order_id": "#O-0"}, error="order #O-0 not found"),
    ],
    ids=["malformed", "no such tool", "not found"],
)
def test_a_tool_that_refuses_bad_arguments_is_not_broken(refused: Executed) -> None:
    turns = (*GAVE_UP.turns[:5], Turn(speaker=Side.ASSISTANT, content="", calls=(refused,)), *GAVE_UP.turns[5:])
    assert verdict(CANCELLING, GAVE_UP.model_copy(update={"turns": turns})).blame is Blame.ASSISTANT


def test_a_scenario_whose_reference_answers_otherwise_is_wrong() -> None:
    recorded = CANCELLING.reference[2].model_copy(update={"result": {"refund_total": 1.0}})
    scenario = CANCELLING.model_copy(update={"reference": (*CANCELLING.reference[:2], recorded)})
    assert spoke(scenario, GAVE_UP) == "TASK REFERENCE_DIFFERS"


@pytest.mark.parametrize(
    ("fact", "blame"),
    [
        (Fact(code="REFUND_TOTAL", kind="money", value=66.2), "TASK FACT_UNFOUNDED"),
        (Fact(code="STREET", kind="text", value="9 Oak Lane"), "TASK FACT_UNFOUNDED"),
        # It is that of another field, by chance.
        (Fact(code="TOTAL", kind="money", value=57.2), "ASSISTANT FACT_UNTOLD"),
        (Fact(code="STREET", kind="text", value="1 Elm Row"), "ASSISTANT FACT_UNTOLD"),
        # Twice the refund: an executor may reckon. No rule speaks then.
        (Fact(code="BOTH", kind="money", value=114.4), "ASSISTANT MISSING_WRITE"),
        (Fact(code="ITEMS", kind="number", value=77), "ASSISTANT MISSING_WRITE"),
        (Fact(code="REFUSAL", kind="refusal", value="it is too late"), "ASSISTANT MISSING_WRITE"),
    ],
)
def test_a_fact_from_nowhere_is_the_scenarios(fact: Fact, blame: str) -> None:
    scenario = CANCELLING.model_copy(update={"facts": (fact,)})
    lines = [*OPENED, "A I can cancel #O-9101. Shall I?", YES, CANCEL, "A It is done. Anything else?", BYE]
    assert spoke(scenario, played(scenario, lines)) == blame


def test_an_amount_has_to_stand_in_the_field_of_its_name() -> None:
    other = {"orders/#O-9102": an_order("#O-9102", "lamp", "desk-lamp-steel", 66.2)}
    calls = [WHO, call("get_order", order_id="#O-9102"), LOOK, CANCEL]
    kept = CANCELLING.model_dump(include={"goal", "knows", "requests"})
    wrong = Fact(code="REFUND_TOTAL", kind="money", value=66.2)
    scenario = written(SHOP, NORA | other, calls, **kept, facts=(wrong,))
    assert spoke(scenario, played(scenario, RIGHT)) == "TASK FACT_UNFOUNDED"
    elsewhere = scenario.model_copy(update={"facts": (Fact(code="LAMP", kind="money", value=66.2),)})
    assert verdict(elsewhere, played(elsewhere, RIGHT)).blame is Blame.ASSISTANT


def test_who_was_not_told_what_they_must_tell_is_no_user_to_blame() -> None:
    lines = [OPENED[0], "A What is your email?", "U I do not know.", "A Then I can do nothing. Anything else?", BYE]
    withheld = CANCELLING.model_copy(update={"knows": {"order_id": "#O-9101"}})
    assert spoke(withheld, played(withheld, lines)) == "TASK DETAIL_WITHHELD"
    assert verdict(CANCELLING, played(CANCELLING, lines)).blame is not Blame.TASK


def test_a_broken_policy_rule_is_the_assistants() -> None:
    lines = [*OPENED, CANCEL, DONE, BYE]
    assert spoke(CANCELLING, played(CANCELLING, lines)) == "ASSISTANT RULE_BROKEN"


WITHOUT_ID = ["U Please cancel my order, it was a mistake.", "A What is your email?", MINE, WHO]


@pytest.mark.parametrize(
    ("asked", "blame"),
    [("A Which order?", "USER GAVE_AWAY"), ("A Is it #O-9101?", "ASSISTANT REQUEST_UNDONE")],
)
def test_a_user_who_knows_what_nobody_told_them(asked: str, blame: str) -> None:
    lines = [*WITHOUT_ID, asked, "U It is #O-9101.", "A I have no such order. Anything else?", BYE]
    assert spoke(UNKNOWN, played(UNKNOWN, lines)) == blame


@pytest.mark.parametrize(
    ("email", "code"), [("nora.q@mail.test", "USER WRONG_DETAIL"), ("nora.quill@mail.test", "ASSISTANT REQUEST_UNDONE")]
)
def test_a_user_who_gives_a_detail_of_their_own(email: str, code: str) -> None:
    found = call("find_user_by_email", email=email)
    lines = [*OPENED[:2], f"U My email is {email}.", found, "A I am stuck with that. Anything else?", BYE]
    assert spoke(CANCELLING, played(CANCELLING, lines)) == code


def test_an_email_that_the_assistant_made_up_is_not_the_users() -> None:
    lines = [*OPENED[:3], call("find_user_by_email", email="n@mail.test"), "A I am stuck. Anything else?", BYE]
    assert verdict(CANCELLING, played(CANCELLING, lines)).blame is Blame.ASSISTANT


COPPER, BLACK = (
    call(
        "change_order_items",
        order_id="#O-9101",
        item_ids=["i-1"],
        new_variant_ids=[f"kettle-{colour}"],
        payment_id="card-9901",
    )
    for colour in ("copper", "black")
)
SWAPPING = written(
    SHOP,
    NORA,
    [WHO, LOOK, call("list_variants", product_id="kettle"), BLACK],
    goal="You want to swap the kettle in order #O-9101 for the copper one and pay with Visa ending 9011. When the "
    "assistant asks you to confirm, change your mind: you want the black one instead.",
    knows={"email": "nora.quill@mail.test", "order_id": "#O-9101", "wanted": "copper", "payment": "Visa ending 9011"},
    requests=(
        Request(
            action="change_order_items",
            details={"order_id": "#O-9101", "wanted": "black", "payment": "Visa ending 9011"},
        ),
    ),
)
ASKED = [
    "U I would like another kettle in order #O-9101, the copper one.",
    "A What is your email?",
    MINE,
    WHO,
    LOOK,
    call("list_variants", product_id="kettle"),
]
TO_COPPER = "A I would send you the copper one and settle the difference with Visa ending 9011. Shall I?"
SWAPPED = ["A Done, you get the copper one. Anything else?", BYE]


@pytest.mark.parametrize(
    ("lines", "blame"),
    [
        ([*ASKED, TO_COPPER, YES, COPPER, *SWAPPED], "USER WISH_UNSAID"),
        ([*ASKED, TO_COPPER, "U I changed my mind: black.", COPPER, *SWAPPED], "ASSISTANT CHANGE_UNASKED"),
        # A choice offered is no proposal: nobody asked whether it is right.
        ([*ASKED, "A Copper or black?", "U Copper.", COPPER, *SWAPPED], "ASSISTANT CHANGE_UNASKED"),
        ([*ASKED, "A How do you pay?", "U Visa ending 9011.", COPPER, *SWAPPED], "ASSISTANT CHANGE_UNASKED"),
    ],
    ids=["never said", "said", "chosen", "not proposed"],
)
def test_a_change_other_than_the_one_that_was_meant(lines: list[Line], blame: str) -> None:
    assert spoke(SWAPPING, played(SWAPPING, lines)) == blame


TWO_THINGS = written(
    SHOP,
    NORA,
    [WHO, LOOK, CANCEL, MAIL],
    goal="You want to (1) cancel order #O-9101, because it was ordered by mistake. (2) have the email of your account "
    "changed to quill.house@mail.test.",
    knows=CANCELLING.knows | {"new_email": "quill.house@mail.test"},
    requests=(*CANCELLING.requests, Request(action="update_user_email", details={"email": "quill.house@mail.test"})),
    facts=(REFUND,),
)
SAID = "U Then please have my email changed to quill.house@mail.test."
TO_MAIL = "A I would change your email to quill.house@mail.test. Shall I?"


@pytest.mark.parametrize(
    ("lines", "blame"),
    [
        (RIGHT, "USER REQUEST_UNSAID"),
        ([*RIGHT[:-1], SAID, "A That is all done. Anything else?", BYE], "ASSISTANT REQUEST_UNDONE"),
        ([*RIGHT[:-1], SAID, TO_MAIL, "U Yes, I have to run!"], "USER STOPPED_EARLY"),
        ([*RIGHT[:-1], SAID, "A I cannot change it to quill.house@mail.test. Why?", BYE], "ASSISTANT REQUEST_UNDONE"),
        # Whose fault came first: the refund was not told before the user left.
        ([*RIGHT[:-2], "A It is cancelled. Anything else?", BYE], "ASSISTANT FACT_UNTOLD"),
    ],
    ids=["not brought up", "not done", "left with a yes", "refused", "not told either"],
)
def test_a_second_request_that_comes_to_nothing(lines: list[Line], blame: str) -> None:
    # What is proposed before the refund is told has to leave it out, or it were told.
    plain = [line.replace(" and refund $57.20 to", " with") if isinstance(line, str) else line for line in lines]
    assert spoke(TWO_THINGS, played(TWO_THINGS, plain)) == blame


def test_a_request_is_not_unsaid_where_the_assistant_ended_it() -> None:
    over = call("transfer_to_human", reason="payment_dispute")
    dialogue = played(TWO_THINGS, [*RIGHT[:-2], over], StopReason.TRANSFERRED)
    assert verdict(TWO_THINGS, dialogue).blame is Blame.ASSISTANT


@pytest.mark.parametrize(
    ("lines", "stop", "blame"),
    [
        (["U Hello.", "A What can I do for you?", "U "], StopReason.EMPTY_REPLY, "USER BROKE_OFF"),
        (["U Hello.", "A "], StopReason.EMPTY_REPLY, "ASSISTANT MISSING_WRITE"),
        (["U Hello.", "A What can I do for you?"], StopReason.CONTEXT_OVERFLOW, "USER BROKE_OFF"),
        (["U Hello."], StopReason.CONTEXT_OVERFLOW, "ASSISTANT MISSING_WRITE"),
        (["U Hello.", WHO], StopReason.CONTEXT_OVERFLOW, "ASSISTANT MISSING_WRITE"),
        (["U Hello.", MAIL, "A Done.", "U "], StopReason.EMPTY_REPLY, "ASSISTANT RULE_BROKEN"),
    ],
)
def test_whose_turn_it_ended_in(lines: list[Line], stop: StopReason, blame: str) -> None:
    assert spoke(CANCELLING, played(CANCELLING, lines, stop)) == blame


def test_a_change_that_nobody_asked_for() -> None:
    lines = [*RIGHT[:-2], MAIL, *RIGHT[-2:]]
    assert spoke(CANCELLING, played(CANCELLING, lines)) == "ASSISTANT CHANGE_UNASKED"
    assert verdict(TWO_THINGS, played(TWO_THINGS, lines)).blame is not Blame.USER


def test_a_fact_that_is_not_told() -> None:
    lines = [*OPENED, "A I can cancel #O-9101. Shall I?", YES, CANCEL, "A It is done. Anything else?", BYE]
    assert spoke(CANCELLING, played(CANCELLING, lines)) == "ASSISTANT FACT_UNTOLD"


LINE = "555-019-1165"
FARAH = [call("find_user_by_phone_number", phone_number=LINE), call("get_line", phone_number=LINE)]
RESUME, RESTART, BAR = call("resume_line", line_id="L-1013"), call("restart_phone"), call("check_status_bar")
RESUMING = written(
    MOBILE,
    {
        "device/phone": {"line_id": "L-1013"},
        "lines/L-1013": {"status": "suspended", "suspension_reason": "customer_request"},
    },
    [*FARAH, RESUME, RESTART, BAR],
    goal=f"You want to resume line {LINE}, because you need it again.",
    knows={"phone_number": LINE},
    requests=(Request(action="resume_line", details={"phone_number": LINE, "line_id": "L-1013"}),),
)
LOOKED = [f"U Please resume my line {LINE}.", *FARAH]
CALLED = [*LOOKED, "A I can resume it. Shall I?", "U Yes.", RESUME]
REQUEST = "A Please switch the phone off and on again: restart it."
CLOSED = ["A It is active again. Anything else?", BYE]
ACTIVE = Fact(code="STATUS", kind="text", value="active")
DONE_ALREADY = "U Done, it is up again."

STEPS = {
    "claimed": ([*CALLED, REQUEST, DONE_ALREADY, *CLOSED], "USER STEP_CLAIMED"),
    "claimed with a question": ([*CALLED, REQUEST, "U Up again. Can we go on?", *CLOSED], "USER STEP_CLAIMED"),
    "never asked for": ([*CALLED, *CLOSED], "ASSISTANT None"),
    "asked back": ([*CALLED, REQUEST, "U How?", f"A Hold the button. {REQUEST[2:]}"], "ASSISTANT FACT_UNTOLD"),
    "agreed to": ([*LOOKED, "A I resume it, then restart and switch the phone on. Shall I?", "U Yes.", RESUME, *CLOSED],
                  "ASSISTANT None"),
    "done later": ([*CALLED, REQUEST, DONE_ALREADY, REQUEST, RESTART, "A Good. Anything else?", BYE],
                   "ASSISTANT FACT_UNTOLD"),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_a_step_with_the_device(name: str) -> None:
    lines, blame = STEPS[name]
    scenario = RESUMING.model_copy(update={"facts": (ACTIVE,)})
    said = verdict(scenario, played(scenario, lines))
    assert f"{said.blame} {said.fault and said.fault.code}" == blame


def test_a_step_that_was_done_when_no_turns_were_left() -> None:
    scenario = RESUMING.model_copy(update={"facts": (ACTIVE,)})
    lines = [*CALLED, REQUEST, DONE_ALREADY, REQUEST, RESTART]
    assert spoke(scenario, played(scenario, lines, StopReason.TURN_LIMIT)) == "USER STEP_CLAIMED"


PASSED, FAILED = Judgement(verdict="PASS"), Judgement(verdict="FAIL", blame=Blame.USER)
MUTE = played(CANCELLING, ["U Please cancel it.", "A Which one?"], StopReason.TURN_LIMIT)
"""Wrong, and no rule can say whose fault it was: the user might have said more, had they been asked."""


@pytest.mark.parametrize("code", ["MISSING_WRITE", "ODD"])
@pytest.mark.parametrize(
    ("judgement", "blame"), [(None, Blame.ASSISTANT), (PASSED, Blame.ASSISTANT), (FAILED, Blame.USER)]
)
def test_where_no_rule_speaks_the_model_does(judgement: Judgement | None, code: str, blame: Blame) -> None:
    without_facts = CANCELLING.model_copy(update={"facts": ()})
    said = verdict(without_facts, MUTE, judgement, code)
    assert (said.blame, [finding.code for finding in said.findings]) == (blame, [code])


def test_the_model_has_no_say_where_a_rule_speaks() -> None:
    dialogue = played(CANCELLING, [*OPENED, CANCEL, DONE, BYE])
    assert verdict(CANCELLING, dialogue, FAILED).blame is Blame.ASSISTANT


@pytest.mark.parametrize(
    ("judgement", "code", "blame"),
    [
        (None, "MISSING_WRITE", Blame.CHECKER),
        (PASSED, "MISSING_WRITE", Blame.CHECKER),
        (FAILED, "MISSING_WRITE", Blame.USER),
        (None, "ODD", Blame.CHECKER),
        (FAILED, "ODD", Blame.CHECKER),
    ],
)
def test_a_checker_that_fails_what_is_right(judgement: Judgement | None, code: str, blame: Blame) -> None:
    assert verdict(CANCELLING, played(CANCELLING, RIGHT), judgement, code).blame is blame


@pytest.mark.parametrize("judgement", [None, PASSED, FAILED])
def test_the_outcome_is_the_checkers(judgement: Judgement | None) -> None:
    for lines in (RIGHT, OPENED):
        dialogue = played(CANCELLING, lines)
        passed = decide(SHOP, CANCELLING, dialogue, Outcome.PASS, (), judgement, CODES)
        assert passed == Verdict(outcome=Outcome.PASS)
        broken = decide(SHOP, CANCELLING, dialogue, Outcome.ERROR, (FORESEEN,), judgement, CODES)
        assert broken == Verdict(outcome=Outcome.ERROR, findings=(FORESEEN,), blame=Blame.CHECKER)


def test_a_failure_says_itself_whose_it_was() -> None:
    failure = Verdict(outcome=Outcome.ERROR, findings=(FORESEEN,), blame=Blame.PROVIDER)
    dialogue = GAVE_UP.model_copy(update={"failure": failure, "stop_reason": StopReason.FAILURE})
    assert verdict(CANCELLING, dialogue, FAILED) == failure
