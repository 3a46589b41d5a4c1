"""Rehearsal: one right dialogue of the shop with as many requests as asked, to be played again through real clients."""

from dataclasses import dataclass, field, replace
from typing import Any

from checkers.sandbox import Sandbox
from domains import DOMAINS, load
from prompts import GENERATION_0
from prompts import load as load_generation
from tasks.held_out import checker_for
from turnwright.agents.speaker import Agent
from turnwright.dialogue import Side
from turnwright.episode import Limits, play
from turnwright.llm.chat import ChatReply, ChatRequest, called, said
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger, Role
from turnwright.scenario import Scenario
from turnwright.world import Domain, World

DOMAIN = "shop"


@dataclass(frozen=True)
class Rehearsed:
    """A scenario with its checker, and what both sides say in it, in the server's form."""

    scenario: Scenario
    source: str
    script: dict[str, list[dict[str, Any]]]
    requests: list[ChatRequest] = field(default_factory=list[ChatRequest])


@dataclass
class Recorder:
    """The teacher without lapses, with every request and reply kept."""

    teacher: EmbeddedClient
    asked: list[tuple[ChatRequest, ChatReply]] = field(default_factory=list[tuple[ChatRequest, ChatReply]])

    async def chat(self, request: ChatRequest) -> ChatReply:
        reply = await self.teacher.chat(request)
        kept = ChatRequest(request.model, tuple(request.messages), request.tools, request.temperature, request.seed)
        self.asked.append((kept, reply))
        return reply


async def rehearse(requests: int) -> Rehearsed:
    """The first of the held-out scenarios whose dialogue takes exactly so many requests.

    Raises:
        LookupError: if there is none.
    """
    domain = load(DOMAIN)
    for scenario in domain.test_scenarios():
        recorder = Recorder(EmbeddedClient({DOMAIN: DOMAINS[DOMAIN].playbook}, Steady))
        await _talk(domain, scenario, recorder)
        if len(recorder.asked) == requests:
            with Sandbox(workers=1) as sandbox:
                source = await checker_of(domain, scenario, recorder.teacher, sandbox)
            return Rehearsed(scenario, source, _script(recorder), [asked for asked, _ in recorder.asked])
    raise LookupError(f"no scenario takes {requests} requests")


def role_of(name: str, client: Any) -> Role:
    """A role of generation 0 behind this client."""
    return Role(name, "embedded/teacher", client, load_generation(GENERATION_0).prompts[name])


async def _talk(domain: Domain, scenario: Scenario, client: Recorder) -> None:
    told = scenario.model_dump(include={"persona", "goal", "knows", "does_not_know", "opening"})
    tools, ledger = list(domain.tools.values()), Ledger()
    user = Agent(Side.USER, role_of("user", client), domain.setting | told, [], ledger, 1)
    handed = domain.setting | {"policy": domain.policy}
    assistant = Agent(Side.ASSISTANT, role_of("assistant", client), handed, tools, ledger, 1)
    await play(scenario.scenario_id, user, assistant, World(domain, scenario.initial), Limits())


def _script(recorder: Recorder) -> dict[str, list[dict[str, Any]]]:
    script: dict[str, list[dict[str, Any]]] = {"assistant": [], "customer": []}
    for request, reply in recorder.asked:
        part = "customer" if request.messages[0]["content"].startswith("# You are the customer") else "assistant"
        calls = reply.tool_calls
        script[part].append(called(reply.content, calls) if calls else said("assistant", reply.content))
    return script


async def checker_of(domain: Domain, scenario: Scenario, teacher: EmbeddedClient, sandbox: Sandbox) -> str:
    """The source of an admitted checker.

    Raises:
        Failure: if the teacher wrote none.
    """
    writer = replace(role_of("checker_writer", teacher), attempts=3)
    return await checker_for(writer, Ledger(), 1, sandbox, domain, scenario)
