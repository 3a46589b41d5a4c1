"""Two scripted speakers in the kiosk and what became of their talk; the stage on which the embedded teacher plays."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from by_hand import Stage

from prompts import Generation
from turnwright.agents.speaker import Agent
from turnwright.dialogue import Dialogue, Side
from turnwright.episode import Limits, play
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import Line, ScriptedClient
from turnwright.world import Domain, World


@dataclass(frozen=True)
class Talk:
    dialogue: Dialogue
    user: ScriptedClient
    assistant: ScriptedClient
    ledger: Ledger


TalkOf = Callable[..., Awaitable[Talk]]


@pytest.fixture(scope="session")
def talk(kiosk: Domain, role_of: Callable[..., Role]) -> TalkOf:
    """Play the lines of both; the prompts are those of generation 0."""

    async def play_lines(
        user: Sequence[Line], assistant: Sequence[Line], limits: Limits | None = None, self_check: bool = False
    ) -> Talk:
        ledger, clients = Ledger(), (ScriptedClient(user), ScriptedClient(assistant))
        told = {"persona": "Ann", "goal": "Hire.", "knows": {}, "does_not_know": (), "opening": "Hello."}
        today = kiosk.setting
        left = Agent(
            Side.USER, role_of(clients[0], "user"), today | told, list(kiosk.user_tools.values()), ledger, seed=7
        )
        right = Agent(
            Side.ASSISTANT,
            replace(role_of(clients[1], "assistant"), self_check=self_check),
            today | {"policy": kiosk.policy},
            list(kiosk.tools.values()),
            ledger,
            seed=7,
        )
        dialogue = await play("s-1", left, right, World(kiosk), limits or Limits(turns=20, calls_in_a_row=3))
        return Talk(dialogue, *clients, ledger)

    return play_lines


@pytest.fixture(scope="session")
def stage(shop: Domain, generation: Generation) -> Stage:
    return Stage(shop, generation)
