"""The trajectory verifier, and who decides what a dialogue was."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from turnwright.agents.verifier import Judgement, decide, judge_trajectory
from turnwright.dialogue import Dialogue, Executed, Side, StopReason, Turn
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Finding, Outcome
from turnwright.world import Domain

RoleOf = Callable[..., Role]
CALL = Executed(id="secret-id", tool="hire", arguments={"bike_id": "b-1"}, error="no", writes=True)


def played(stop: StopReason = StopReason.USER_DONE) -> Dialogue:
    turns = (Turn(speaker=Side.USER, content="A bike"), Turn(speaker=Side.ASSISTANT, content="", calls=(CALL,)))
    return Dialogue(scenario_id="s-1", turns=turns, stop_reason=stop, changes={}, digest="d")


async def judged(client: ScriptedClient, role_of: RoleOf, kiosk: Domain, scenario: Scenario) -> Judgement:
    role = role_of(client, "trajectory_verifier")
    reference = {"bikes/b-1": {"state": ["in", "out"]}}
    return await judge_trajectory(role, Ledger(), 1, kiosk, scenario, played(), reference)


async def test_it_judges_what_was_played_against_the_reference(
    role_of: RoleOf, kiosk: Domain, scenario: Scenario
) -> None:
    answer = {"verdict": "FAIL", "blame": "USER", "findings": [{"code": "LEFT", "detail": "left"}]}
    client = ScriptedClient([orjson.dumps(answer).decode()])
    judgement = await judged(client, role_of, kiosk, scenario)
    assert judgement.model_dump(mode="json") == answer
    asked = client.requests[0].messages[-1]["content"]
    assert '"error":"no"' in asked
    assert '"state":["in","out"]' in asked
    assert "secret-id" not in asked


BAD: list[Any] = [
    pytest.param({"verdict": "MAYBE"}, id="no such verdict"),
    pytest.param({"verdict": "FAIL", "blame": "WEATHER"}, id="no such blame"),
    pytest.param({"verdict": "FAIL", "findings": ["bad"]}, id="no such finding"),
]


@pytest.mark.parametrize("answer", BAD)
async def test_no_usable_word_is_the_providers_fault(
    role_of: RoleOf, kiosk: Domain, scenario: Scenario, answer: dict[str, Any]
) -> None:
    lines = [orjson.dumps(answer).decode()] * 2
    with pytest.raises(Failure) as failure:
        await judged(ScriptedClient(lines), role_of, kiosk, scenario)
    assert failure.value.blame is Blame.PROVIDER


DONE, GAVE_UP = StopReason.USER_DONE, StopReason.USER_GAVE_UP
PASSED, FAILED = Judgement(verdict="PASS"), Judgement(verdict="FAIL", blame=Blame.TASK)

FORESEEN, OTHER = Finding(code="WRONG_BIKE", detail="b-2"), Finding(code="ODD", detail="odd")
FORESEEN_CODES = ("WRONG_BIKE", "NOT_TOLD")

DECISIONS = [
    pytest.param(Outcome.PASS, None, DONE, None, id="passed"),
    pytest.param(Outcome.PASS, PASSED, DONE, None, id="passed by both"),
    pytest.param(Outcome.PASS, FAILED, DONE, None, id="passed, failed by the verifier"),
    pytest.param(Outcome.PASS, PASSED, GAVE_UP, None, id="passed although the user gave up"),
    pytest.param(Outcome.FAIL, None, DONE, Blame.ASSISTANT, id="failed"),
    pytest.param(Outcome.FAIL, None, GAVE_UP, Blame.USER, id="failed, the user gave up"),
    pytest.param(Outcome.FAIL, PASSED, DONE, Blame.ASSISTANT, id="failed, passed by the verifier"),
    pytest.param(Outcome.FAIL, FAILED, DONE, Blame.TASK, id="failed by both"),
    pytest.param(Outcome.FAIL, FAILED, GAVE_UP, Blame.TASK, id="failed by both, the user gave up"),
    pytest.param(Outcome.ERROR, None, DONE, Blame.CHECKER, id="broken"),
    pytest.param(Outcome.ERROR, PASSED, DONE, Blame.CHECKER, id="broken, passed by the verifier"),
    pytest.param(Outcome.ERROR, FAILED, GAVE_UP, Blame.CHECKER, id="broken, failed by the verifier"),
]


@pytest.mark.parametrize(("outcome", "judgement", "stop", "blame"), DECISIONS)
def test_decide(outcome: Outcome, judgement: Judgement | None, stop: StopReason, blame: Blame | None) -> None:
    findings = () if outcome is Outcome.PASS else (OTHER, FORESEEN)
    verdict = decide(played(stop), outcome, findings, judgement, FORESEEN_CODES)
    assert (verdict.outcome, verdict.findings, verdict.blame) == (outcome, findings, blame)


@pytest.mark.parametrize(
    ("judgement", "blame"),
    [(None, Blame.CHECKER), (PASSED, Blame.CHECKER), (FAILED, Blame.TASK)],
    ids=["alone", "against the verifier", "with the verifier"],
)
@pytest.mark.parametrize("stop", [DONE, GAVE_UP])
def test_a_checker_that_finds_only_what_no_plan_foresees(
    judgement: Judgement | None, blame: Blame, stop: StopReason
) -> None:
    assert decide(played(stop), Outcome.FAIL, (OTHER,), judgement, FORESEEN_CODES).blame is blame


@pytest.mark.parametrize(("verdict", "blame"), [("FAIL", None), ("PASS", Blame.TASK)])
def test_a_judgement_blames_exactly_who_failed(verdict: str, blame: Blame | None) -> None:
    with pytest.raises(ValidationError, match="blame is null for PASS"):
        Judgement.model_validate({"verdict": verdict, "blame": blame})
