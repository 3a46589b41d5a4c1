"""The checker writer: corrected until its program is admitted."""

from collections.abc import Callable

import pytest

from turnwright.agents.checker_writer import write_checker
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Plan, Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain

CHANGES = {"bikes/b-1": {"state": ["in", "out"]}}


class Admission:
    """Admits the good program alone; keeps what it was shown."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def __call__(self, source: str) -> str | None:
        self.tried.append(source)
        return None if source == "good\n" else "the silent run passed"


async def write(
    client: ScriptedClient,
    role_of: Callable[..., Role],
    kiosk: Domain,
    scenario: Scenario,
    plan: Plan,
    admit: Admission,
) -> str:
    role = role_of(client, "checker_writer")
    return await write_checker(role, Ledger(), 1, kiosk, scenario, CHANGES, plan, "told(messages)", admit)


async def test_refused_first_admitted_second(
    role_of: Callable[..., Role], kiosk: Domain, scenario: Scenario, plan: Plan
) -> None:
    client, admit = ScriptedClient(["```python\nbad\n```", "```python\ngood\n```"]), Admission()
    assert await write(client, role_of, kiosk, scenario, plan, admit) == "good\n"
    assert admit.tried == ["bad\n", "good\n"]
    assert "the silent run passed" in client.requests[1].messages[-1]["content"]


@pytest.mark.parametrize(("lines", "tried"), [(["bad", "bad", "good"], 2), (["", "", "good"], 0)], ids=["bad", "empty"])
async def test_none_admitted_is_blamed_on_the_checker(
    role_of: Callable[..., Role], kiosk: Domain, scenario: Scenario, plan: Plan, lines: list[str], tried: int
) -> None:
    admit = Admission()
    with pytest.raises(Failure, match="checker_writer gave no usable reply") as failure:
        await write(ScriptedClient(lines), role_of, kiosk, scenario, plan, admit)
    assert failure.value.blame is Blame.CHECKER
    assert len(admit.tried) == tried


async def test_what_the_writer_is_told(
    role_of: Callable[..., Role], kiosk: Domain, scenario: Scenario, plan: Plan
) -> None:
    client = ScriptedClient(["good"])
    await write(client, role_of, kiosk, scenario, plan, Admission())
    system, asked = (message["content"] for message in client.requests[0].messages)
    assert "told(messages)" in system
    assert '"bikes/b-1":{"state":["in","out"]}' in asked
    assert "WRONG_BIKE" in asked
    assert scenario.goal in asked
    assert scenario.persona not in asked
