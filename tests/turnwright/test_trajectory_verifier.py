"""The trajectory verifier."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from turnwright.agents.verifier import Judgement, judge_trajectory
from turnwright.dialogue import Dialogue, Executed, Side, StopReason, Turn
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain

RoleOf = Callable[..., Role]
CALL = Executed(id="secret-id", tool="hire", arguments={"bike_id": "b-1"}, error="no", writes=True)


def played() -> Dialogue:
    turns = (Turn(speaker=Side.USER, content="A bike"), Turn(speaker=Side.ASSISTANT, content="", calls=(CALL,)))
    return Dialogue(scenario_id="s-1", turns=turns, stop_reason=StopReason.USER_DONE, changes={}, digest="d")


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


@pytest.mark.parametrize(
    ("votes", "verdict", "blame"),
    [
        (["PASS", "ASSISTANT", "USER"], "FAIL", "ASSISTANT"),
        (["ASSISTANT", "PASS", "PASS"], "PASS", None),
        (["USER", "ASSISTANT", "ASSISTANT"], "FAIL", "ASSISTANT"),
        (["USER", "PASS"], "FAIL", "USER"),
    ],
)
async def test_most_votes_decide_on_the_verdict_and_then_on_the_blame(
    role_of: RoleOf, kiosk: Domain, scenario: Scenario, votes: list[str], verdict: str, blame: str | None
) -> None:
    words = [{"verdict": "PASS"} if vote == "PASS" else {"verdict": "FAIL", "blame": vote} for vote in votes]
    client = ScriptedClient([orjson.dumps(word).decode() for word in words])
    role = replace(role_of(client, "trajectory_verifier"), votes=len(votes))
    judgement = await judge_trajectory(role, Ledger(), 1, kiosk, scenario, played(), {})
    assert (judgement.verdict, judgement.blame) == (verdict, blame)
    assert len({request.seed for request in client.requests}) == len(votes)
    assert client.requests[0].seed == 1


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


@pytest.mark.parametrize(("verdict", "blame"), [("FAIL", None), ("PASS", Blame.TASK)])
def test_a_judgement_blames_exactly_who_failed(verdict: str, blame: Blame | None) -> None:
    with pytest.raises(ValidationError, match="blame is null for PASS"):
        Judgement.model_validate({"verdict": verdict, "blame": blame})
