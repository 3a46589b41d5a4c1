"""ask(): a role is corrected until its reply can be read, or its failure is a record; and how replies are read."""

from collections.abc import Callable
from typing import Any

import pytest

from turnwright.agents.ask import Bench, ask, json_of, source_code
from turnwright.dialogue import ToolCall
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import Line, ScriptedClient
from turnwright.record import Record
from turnwright.verdict import Blame
from turnwright.world import Domain, World


class Point(Record):
    x: int
    y: int = 0


class Plain:
    """A template without holes."""

    hash = "plain"

    def render(self, **_: Any) -> list[dict[str, Any]]:
        return [{"role": "system", "content": "Give a point."}]


GOOD = '{"x": 1, "y": 2}'
LOOK = ToolCall(id="c", tool="find_bikes", arguments={"color": "red"})


async def point(client: ScriptedClient, bench: Bench | None = None, ledger: Ledger | None = None) -> Point:
    role = Role("pointer", "scripted/model", client, Plain(), attempts=2)
    return await ask(role, ledger or Ledger(), 5, json_of(Point), Blame.TASK, {}, bench)


CORRECTED = [
    pytest.param("I will not.", "there is no JSON object in it", id="no JSON"),
    pytest.param('{"x": 1,}', "its JSON does not parse", id="bad JSON"),
    pytest.param('{"x": "one", "z": 3}', "x: Input should be a valid integer", id="wrong type"),
    pytest.param('{"x": 1, "z": 3}', "z: Extra inputs are not permitted", id="extra field"),
    pytest.param('{"y": 1}', "x: Field required", id="missing field"),
    pytest.param("", "there is no JSON object in it", id="empty"),
    pytest.param(LOOK, "there is no JSON object in it", id="a call where there are no tools"),
]


@pytest.mark.parametrize(("bad", "complaint"), CORRECTED)
async def test_a_bad_reply_is_shown_with_what_was_wrong_and_corrected(bad: Line, complaint: str) -> None:
    client, ledger = ScriptedClient([bad, GOOD]), Ledger()
    assert await point(client, ledger=ledger) == Point(x=1, y=2)
    assert [call.outcome for call in ledger.calls] == ["bad_reply", "ok"]
    shown, correction = client.requests[1].messages[1:]
    assert shown == {"role": "assistant", "content": bad if isinstance(bad, str) else ""}
    assert correction["role"] == "user"
    assert complaint in correction["content"]


async def test_two_bad_replies_are_a_failure() -> None:
    client, ledger = ScriptedClient(["no", "never", GOOD]), Ledger()
    with pytest.raises(Failure, match="pointer gave no usable reply: there is no JSON") as failure:
        await point(client, ledger=ledger)
    assert failure.value.blame is Blame.TASK
    assert [call.outcome for call in ledger.calls] == ["bad_reply", "bad_reply"]


@pytest.mark.parametrize("before", [[], ["no"], [LOOK]], ids=["at once", "after a correction", "after a call"])
async def test_no_reply_at_all_is_the_providers_fault(kiosk: Domain, before: list[Line]) -> None:
    ledger = Ledger()
    with pytest.raises(Failure) as failure:
        await point(ScriptedClient([*before, OSError("down")]), Bench(World(kiosk), []), ledger)
    assert failure.value.blame is Blame.PROVIDER
    assert ledger.calls[-1].outcome == "failed"


async def test_calls_are_run_on_the_bench_and_answered(kiosk: Domain) -> None:
    hire = ToolCall(id="h", tool="hire", arguments={"bike_id": "b-1"})
    bench = Bench(World(kiosk), [kiosk.tools["find_bikes"]])
    client = ScriptedClient([ChatReply("Looking", (LOOK, hire)), GOOD])
    await point(client, bench)
    assert [call.error for call in bench.calls] == [None, "this tool is not at hand here"]
    assert bench.world.changes() == {}
    assert [message["role"] for message in client.requests[1].messages] == ["system", "assistant", "tool", "tool"]
    assert [tool["function"]["name"] for tool in client.requests[0].tools] == ["find_bikes"]


@pytest.mark.parametrize(("calls", "enough"), [(3, True), (4, False)])
async def test_the_calls_on_a_bench_are_limited(kiosk: Domain, calls: int, enough: bool) -> None:
    bench = Bench(World(kiosk), [kiosk.tools["find_bikes"]], limit=3)
    client = ScriptedClient([*[LOOK] * calls, GOOD])
    if enough:
        assert await point(client, bench) == Point(x=1, y=2)
    else:
        with pytest.raises(Failure, match="more than 3 tool calls") as failure:
            await point(client, bench)
        assert failure.value.blame is Blame.TASK


async def test_a_broken_tool_on_the_bench_is_the_tools_fault(kiosk: Domain) -> None:
    bench = Bench(World(kiosk), [kiosk.tools["jam"]])
    with pytest.raises(Failure) as failure:
        await point(ScriptedClient([ToolCall(id="c", tool="jam", arguments={})]), bench)
    assert failure.value.blame is Blame.TOOL


READ = [
    pytest.param(GOOD, id="bare"),
    pytest.param(f"```json\n{GOOD}\n```", id="fenced"),
    pytest.param(f"```\n{GOOD}```", id="fenced without a language"),
    pytest.param(f"Here you are:\n{GOOD}\nIs that right?", id="bare, with words around"),
    pytest.param(f"Here:\n\n```json\n{GOOD}\n```\nRight?", id="fenced, with words around"),
    pytest.param(f"```json\n{{}}\n```\nNo, better:\n```json\n{GOOD}\n```", id="the last of two"),
    pytest.param(f"```json {GOOD}```", id="fenced on one line"),
    pytest.param(f"```json\r\n{GOOD}\r\n```", id="other line ends"),
]


@pytest.mark.parametrize("content", READ)
async def test_json_is_found(content: str) -> None:
    assert await json_of(Point)(content) == Point(x=1, y=2)


UNREADABLE = ["", " ", "words", "{", "}", "} {", "```json\n```", "[1]", "null", '{"x": {}}', "{" * 2000]


@pytest.mark.parametrize("content", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_what_cannot_be_read_is_a_value_error(content: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        await json_of(Point)(content)


SOURCES = [
    pytest.param("```python\nx = 1\n```", id="fenced"),
    pytest.param("Here:\n```python\nx = 1\n```\nDone.", id="with words around"),
    pytest.param("```\nx = 1```", id="without a language"),
    pytest.param("```python\nx = 0\n```\nBetter:\n```python\nx = 1\n```", id="the last of two"),
    pytest.param("\nx = 1\n", id="bare"),
]


@pytest.mark.parametrize("content", SOURCES)
def test_source_code(content: str) -> None:
    assert source_code(content) == "x = 1\n"


@pytest.mark.parametrize("content", ["", "  \n", "```python\n```", "```\n\n```"], ids=range(4))
def test_no_source_code(content: str) -> None:
    with pytest.raises(ValueError, match="no program"):
        source_code(content)


async def test_the_role_is_asked_as_its_workflow_says(role_of: Callable[..., Role]) -> None:
    client = ScriptedClient(["no", "no", GOOD])
    role = Role("pointer", "some/model", client, Plain(), temperature=0.3, attempts=3)
    await ask(role, Ledger(), 5, json_of(Point), Blame.TASK, {})
    assert {(request.model, request.temperature, request.seed) for request in client.requests} == {
        ("some/model", 0.3, 5)
    }
