"""The dialogue writer, the tool executor and the task verifier: from a plan to an executed scenario."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from turnwright.agents.verifier import verify_task
from turnwright.agents.writer import Reference, as_json, execute, scenario_id, scenario_of, write_draft
from turnwright.database import freeze
from turnwright.dialogue import Executed, ToolCall
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import Line, ScriptedClient
from turnwright.scenario import Draft, Ending, Plan, Solution
from turnwright.verdict import Blame
from turnwright.world import Domain

RoleOf = Callable[..., Role]
LOOK = ToolCall(id="random-1", tool="find_bikes", arguments={"color": "red"})
HIRE = ToolCall(id="random-2", tool="hire", arguments={"bike_id": "b-1", "hours": 2})
TOO_LONG = ToolCall(id="random-3", tool="hire", arguments={"bike_id": "b-1", "hours": 9})
STAFF = ToolCall(id="random-4", tool="call_staff", arguments={"reason": "lost"})
PRICE = {"code": "PRICE", "kind": "money", "value": 9.0}
OUT = {"code": "OUT", "kind": "refusal", "value": "it is out"}


async def written(kiosk: Domain, role_of: RoleOf, plan: Plan, client: ScriptedClient) -> Draft:
    return await write_draft(role_of(client, "dialogue_writer"), Ledger(), 1, kiosk, plan, ["c-1"], 1)


async def test_a_draft_is_written_on_a_live_world_that_it_cannot_change(
    kiosk: Domain, role_of: RoleOf, plan: Plan, draft: Draft
) -> None:
    client = ScriptedClient([LOOK, HIRE, draft.model_dump_json()])
    assert await written(kiosk, role_of, plan, client) == draft
    assert [tool["function"]["name"] for tool in client.requests[0].tools] == ["find_bikes"]
    assert "not at hand" in client.requests[2].messages[-1]["content"]
    system, asked = (message["content"] for message in client.requests[0].messages)
    assert "hire: The user hires a bike." in system
    assert '{"user":"c-1"}' in asked


DRAFTS = [
    pytest.param({"requests": ()}, "requests: Tuple should have at least 1 item", id="no request"),
    pytest.param({"opening": ""}, "opening: String should have at least 1 character", id="no opening"),
    pytest.param({"knows": {"hours": 2}}, "knows.hours: Input should be a valid string", id="no text"),
]


@pytest.mark.parametrize(("change", "complaint"), DRAFTS)
async def test_a_draft_that_will_not_do_is_corrected(
    kiosk: Domain, role_of: RoleOf, plan: Plan, draft: Draft, change: dict[str, Any], complaint: str
) -> None:
    bad = orjson.dumps(draft.model_dump(mode="json") | change).decode()
    client = ScriptedClient([bad, draft.model_dump_json()])
    assert await written(kiosk, role_of, plan, client) == draft
    assert complaint in client.requests[1].messages[-1]["content"]


async def test_what_no_customer_fits_is_rejected_at_once(kiosk: Domain, role_of: RoleOf, plan: Plan) -> None:
    client = ScriptedClient(['{"impossible": "nobody has a bike"}'])
    with pytest.raises(Failure, match="no customer fits the plan: nobody has a bike") as failure:
        await written(kiosk, role_of, plan, client)
    assert failure.value.blame is Blame.TASK


def solution(ending: str, *facts: dict[str, Any]) -> str:
    return orjson.dumps({"ending": ending, "facts": facts}).decode()


CONSISTENT = [
    pytest.param([LOOK, HIRE], solution("CHANGED", PRICE), Ending.CHANGED, id="changed"),
    pytest.param([HIRE], solution("CHANGED"), Ending.CHANGED, id="changed, nothing to tell"),
    pytest.param([STAFF], solution("TRANSFERRED"), Ending.TRANSFERRED, id="handed over"),
    pytest.param([HIRE, STAFF], solution("TRANSFERRED"), Ending.TRANSFERRED, id="changed, then handed over"),
    pytest.param([LOOK], solution("REFUSED", OUT), Ending.REFUSED, id="refused"),
    pytest.param([LOOK, TOO_LONG], solution("REFUSED", OUT), Ending.REFUSED, id="a refused call changes nothing"),
    pytest.param([LOOK], solution("INFORMED", PRICE), Ending.INFORMED, id="informed"),
    pytest.param([], solution("INFORMED", PRICE), Ending.INFORMED, id="informed without a call"),
]


@pytest.mark.parametrize(("calls", "answer", "ending"), CONSISTENT)
async def test_a_consistent_solution_is_taken(
    kiosk: Domain, role_of: RoleOf, draft: Draft, calls: list[Line], answer: str, ending: Ending
) -> None:
    client = ScriptedClient([*calls, answer])
    reference = await execute(role_of(client, "tool_executor"), Ledger(), 1, kiosk, draft)
    assert reference.solution.ending is ending
    assert [call.id for call in reference.calls] == [f"call-{number}" for number in range(1, len(calls) + 1)]
    assert bool(reference.changes) is (HIRE in calls)


INCONSISTENT = [
    pytest.param([HIRE], solution("INFORMED", PRICE), 'the ending is "CHANGED"', id="changed, told as informed"),
    pytest.param([HIRE, STAFF], solution("CHANGED"), 'the ending is "TRANSFERRED"', id="handed over, told as changed"),
    pytest.param([LOOK], solution("CHANGED", PRICE), 'is "REFUSED" or "INFORMED"', id="only looked, told as changed"),
    pytest.param([TOO_LONG], solution("CHANGED"), 'is "REFUSED" or "INFORMED"', id="refused by the tool"),
    pytest.param([], solution("TRANSFERRED"), 'is "REFUSED" or "INFORMED"', id="nothing done, told as handed over"),
    pytest.param([LOOK], solution("REFUSED", PRICE), 'a fact of kind "refusal"', id="a refusal without its reason"),
    pytest.param([LOOK], solution("INFORMED"), "at least one fact", id="informed of nothing"),
    pytest.param([LOOK], solution("INFORMED", PRICE, PRICE), "a code of its own", id="two facts of one code"),
    pytest.param([LOOK], solution("GONE"), "ending: Input should be", id="no such ending"),
]


@pytest.mark.parametrize(("calls", "answer", "complaint"), INCONSISTENT)
async def test_an_inconsistent_solution_is_refused(
    kiosk: Domain, role_of: RoleOf, draft: Draft, calls: list[Line], answer: str, complaint: str
) -> None:
    client = ScriptedClient([*calls, answer, answer])
    with pytest.raises(Failure) as failure:
        await execute(role_of(client, "tool_executor"), Ledger(), 1, kiosk, draft)
    assert failure.value.blame is Blame.TASK
    assert complaint in failure.value.reason


REFERENCE = Reference(
    Solution(ending=Ending.INFORMED),
    (Executed(id="call-1", tool="find_bikes", arguments={"color": "red"}, result=freeze([{"bike_id": "b-1"}])),),
    {},
)


@pytest.mark.parametrize("accept", [True, False])
async def test_the_task_verifier_sees_the_draft_and_what_was_done(
    kiosk: Domain, role_of: RoleOf, draft: Draft, accept: bool
) -> None:
    client = ScriptedClient([orjson.dumps({"accept": accept, "reason": "why"}).decode()])
    word = await verify_task(role_of(client, "task_verifier"), Ledger(), 1, kiosk, draft, REFERENCE)
    assert (word.accept, word.reason) == (accept, "why")
    asked = client.requests[0].messages[-1]["content"]
    assert draft.goal in asked
    assert '"result":[{"bike_id":"b-1"}]' in asked


@pytest.mark.parametrize(
    ("votes", "accepted", "asked"), [([1, 1, 1], True, 3), ([1, 0, 1], False, 2), ([0, 1, 1], False, 1)]
)
async def test_all_votes_have_to_accept(
    kiosk: Domain, role_of: RoleOf, draft: Draft, votes: list[int], accepted: bool, asked: int
) -> None:
    client = ScriptedClient([orjson.dumps({"accept": bool(vote), "reason": "why"}).decode() for vote in votes])
    role = replace(role_of(client, "task_verifier"), votes=3)
    assert (await verify_task(role, Ledger(), 1, kiosk, draft, REFERENCE)).accept is accepted
    assert len(client.requests) == asked


async def test_a_task_verifier_without_a_word_is_blamed_on_the_task(
    kiosk: Domain, role_of: RoleOf, draft: Draft
) -> None:
    with pytest.raises(Failure) as failure:
        await verify_task(
            role_of(ScriptedClient(["yes", '{"accept": 1}']), "task_verifier"), Ledger(), 1, kiosk, draft, REFERENCE
        )
    assert failure.value.blame is Blame.TASK


def test_a_scenario_is_its_plan_its_draft_and_its_reference(plan: Plan, draft: Draft) -> None:
    made = scenario_of(plan, draft, REFERENCE, "train", 3)
    assert (made.plan_id, made.family, made.variant, made.tier, made.split) == ("p-1", "hire", "terse", 1, "train")
    assert (made.goal, made.reference, made.ending) == (draft.goal, REFERENCE.calls, Ending.INFORMED)
    assert made.scenario_id == scenario_id(plan, 3, draft.model_dump(mode="json"))


def test_scenario_ids_depend_on_plan_slot_and_draft(plan: Plan, draft: Draft) -> None:
    content = draft.model_dump(mode="json")
    other = plan.model_copy(update={"plan_id": "p-2"})
    ids = [scenario_id(plan, 3, content), scenario_id(plan, 4, content), scenario_id(plan, 3, None)]
    assert len({*ids, scenario_id(other, 3, content)}) == 4
    assert ids[0] == scenario_id(plan, 3, draft.model_dump(mode="json"))


def test_a_failed_call_is_shown_with_its_error_and_no_result() -> None:
    call = Executed(id="c", tool="t", arguments={}, error="no", writes=True)
    assert as_json(call) == {"side": "assistant", "tool": "t", "arguments": {}, "writes": True, "error": "no"}
