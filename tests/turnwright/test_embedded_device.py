"""The embedded teacher with a device in the customer's hand: asked for, done, told, pretended, and blamed."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from checkers.script import perform, read_only_script, reference_run
from prompts import Generation
from turnwright.agents.speaker import Agent
from turnwright.agents.verifier import judge_trajectory
from turnwright.agents.writer import write_draft
from turnwright.dialogue import Dialogue, Executed, Message, Side, StopReason, ToolCall
from turnwright.episode import Limits, play
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply, Wire, answered, called, said
from turnwright.llm.embedded import EmbeddedClient, Playbook, Steady
from turnwright.llm.embedded.case import Act, Case, SolvedCase, Step
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.reading import read_transcript
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.record import Record
from turnwright.scenario import Draft, Plan, Scenario
from turnwright.world import Domain, World

OPEN = Step(
    "open_lock",
    ("Please open the lock of {bike_id} with code {code}.", "Please try {bike_id} with code {code} again."),
    re.compile(r"(?P<bike_id>b-\d) with code (?P<code>\d+)"),
    lambda result: "It refuses." if "error" in result else f"It is {result}.",
    explained="Turn the wheels of {bike_id} with code {code} until it clicks.",
    pretended="Done, it is open.",
)
STEPS = {"open": OPEN}
PLAYBOOK = Playbook(
    plans={},
    write=lambda desk: {},
    cues=(),
    procedures={},
    topics={},
    writes=frozenset({"open_lock", "hire"}),
    last_resort="lost",
    identification=re.compile("^name$"),
    steps=STEPS,
)
CODE = {"bike_id": "b-1", "code": "77"}


class Liar(Noise):
    """Every lapse strikes."""

    def strikes(self, name: str, where: str = "") -> bool:
        return True


def case(*messages: Wire, kind: type[Case] = Case) -> Case:
    return kind(read_transcript(messages), "", "", "lost", Steady(1, "assistant", ""), STEPS)


def asked_by(act: Callable[[], Any]) -> Act:
    with pytest.raises(Act) as raised:
        act()
    return raised.value


def test_the_assistant_asks_for_a_step_and_goes_by_the_words() -> None:
    first, again = (ask.format(**CODE) for ask in OPEN.asks)
    assert asked_by(lambda: case().do("open", **CODE)).content == first
    assert case(said("assistant", first), said("user", "It is open.")).do("open", **CODE) == "It is open."
    once_more = case(said("assistant", first), said("user", "It refuses."))
    assert once_more.do("open", **CODE) == "It refuses."
    assert asked_by(lambda: once_more.do("open", **CODE)).content == again


def test_the_third_time_the_first_words_are_said_anew() -> None:
    first, again = (ask.format(**CODE) for ask in OPEN.asks)
    talk = [said("assistant", first), said("user", "one"), said("assistant", again), said("user", "two")]
    thrice = case(*talk)
    assert [thrice.do("open", **CODE) for _ in range(2)] == ["one", "two"]
    assert asked_by(lambda: thrice.do("open", **CODE)).content == first
    thrice = case(*talk, said("assistant", first), said("user", "three"))
    assert [thrice.do("open", **CODE) for _ in range(3)] == ["one", "two", "three"]


def test_who_does_not_know_how_is_told() -> None:
    first, explained = OPEN.asks[0].format(**CODE), OPEN.explained.format(**CODE)
    talk = [said("assistant", first), said("user", "How do I do that?")]
    assert asked_by(lambda: case(*talk).do("open", **CODE)).content == explained
    assert case(*talk, said("assistant", explained), said("user", "It is open.")).do("open", **CODE) == "It is open."


def test_the_executor_does_the_step_itself_each_time_anew() -> None:
    act = asked_by(lambda: case(kind=SolvedCase).do("open", **CODE))
    assert act.call == ("open_lock", CODE)
    done = Executed(id="c-1", tool="open_lock", arguments=CODE, result="open", writes=True, side=Side.USER)
    solved = case(called("", [done]), *answered([done]), kind=SolvedCase)
    assert solved.do("open", **CODE) == "It is open."
    assert asked_by(lambda: solved.do("open", **CODE)).call == ("open_lock", CODE)


class Assistant:
    """Says its lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = iter(lines)

    async def speak(self, turns: Any) -> Message:
        return Message(content=next(self.lines))


Played = Callable[..., Any]


@pytest.fixture
def played(kiosk: Domain, generation: Generation) -> Played:
    async def run(persona: str, *lines: str, noise: type[Noise] = Steady) -> Dialogue:
        client = EmbeddedClient({"kiosk": PLAYBOOK}, noise)
        role = Role("user", "embedded/teacher", client, generation.prompts["user"])
        told = {"persona": persona, "goal": "You want to ride.", "opening": "Hi.", "knows": {}, "does_not_know": ()}
        user = Agent(Side.USER, role, kiosk.setting | told, list(kiosk.user_tools.values()), Ledger(), 1)
        return await play("s-1", user, Assistant(*lines), World(kiosk), Limits())

    return run


FIRST = "Please open the lock of b-1 with code 77. What do you see?"


async def test_the_customer_does_what_is_asked_and_tells(played: Played) -> None:
    dialogue = await played("Ann.", FIRST, "Anything else?")
    assert [(turn.speaker, turn.content, len(turn.calls)) for turn in dialogue.turns[2:4]] == [
        (Side.USER, "", 1),
        (Side.USER, "It is open.", 0),
    ]
    assert dialogue.changes == {"bikes/b-1": {"state": ["in", "unlocked"]}}
    assert dialogue.stop_reason is StopReason.USER_DONE


async def test_the_same_step_asked_again_is_done_again(played: Played) -> None:
    dialogue = await played("Ann.", "b-1 with code 12, please.", "b-1 with code 12 again, please.", "Anything else?")
    assert [call.error for turn in dialogue.turns for call in turn.calls] == ["the lock does not open"] * 2
    assert [turn.content for turn in dialogue.turns].count("It refuses.") == 2


async def test_the_unskilled_ask_how_once(played: Played) -> None:
    dialogue = await played("Ann. Style of writing: unskilled.", FIRST, FIRST, "Anything else?")
    assert "how" in dialogue.turns[2].content.lower()
    assert dialogue.changes


async def test_the_careless_say_that_it_is_done(played: Played) -> None:
    dialogue = await played("Ann.", FIRST, "Anything else?", noise=Liar)
    assert dialogue.turns[2].content == OPEN.pretended
    assert dialogue.changes == {}


async def test_who_pretends_is_to_blame(
    kiosk: Domain, generation: Generation, scenario: Scenario, played: Played
) -> None:
    client = EmbeddedClient({"kiosk": PLAYBOOK}, Steady)
    role = Role("trajectory_verifier", "embedded/teacher", client, generation.prompts["trajectory_verifier"])
    wanted = {"bikes/b-1": {"state": ["in", "unlocked"]}}
    for noise, blame in ((Liar, "USER"), (Steady, None)):
        dialogue = await played("Ann.", FIRST, "Anything else?", noise=noise)
        judged = await judge_trajectory(role, Ledger(), 1, kiosk, scenario, dialogue, wanted)
        assert judged.blame == blame


def reference(kiosk: Domain, scenario: Scenario) -> Scenario:
    world = World(kiosk)
    made = [
        world.call(kiosk.side_of(tool), ToolCall(id=f"call-{number}", tool=tool, arguments=arguments))
        for number, (tool, arguments) in enumerate([("hire", {"bike_id": "b-1"}), ("open_lock", CODE)], 1)
    ]
    assert [call.side for call in made] == [Side.ASSISTANT, Side.USER]
    return scenario.model_copy(update={"reference": tuple(made)})


def test_in_a_reference_run_the_user_acts_when_asked(kiosk: Domain, scenario: Scenario) -> None:
    turns = reference_run(kiosk, reference(kiosk, scenario)).dialogue.turns
    at = next(number for number, turn in enumerate(turns) if any(call.tool == "open_lock" for call in turn.calls))
    assert [turn.speaker for turn in turns[at - 1 : at + 2]] == [Side.ASSISTANT, Side.USER, Side.USER]
    assert turns[at - 1].content == "Please open lock on your device."
    lazy = perform(kiosk, scenario, read_only_script(kiosk, reference(kiosk, scenario)))
    assert lazy.dialogue.changes == {}


class BikeStart(Record):
    state: str | None = None


@pytest.mark.parametrize(
    ("initial", "complaint"),
    [
        ({"bikes/b-1": {"state": "out"}}, None),
        ({"bikes/b-1": {"stat": "out"}}, "bikes/b-1: stat"),
        ({"bikes/b-1": {"state": 7}}, "bikes/b-1: state"),
        ({"bikes/b-9": {"state": "out"}}, "does not exist"),
        ({"hires/h-1": {"hours": 1}}, "cannot set"),
    ],
)
async def test_a_draft_sets_what_it_may(
    kiosk: Domain, plan: Plan, draft: Draft, role_of: Callable[..., Role], initial: Any, complaint: str | None
) -> None:
    shop = replace(kiosk, starts={"bikes": BikeStart})
    content = orjson.dumps({**draft.model_dump(mode="json"), "initial": initial}).decode()
    role = role_of(ScriptedClient([ChatReply(content)]), "dialogue_writer", attempts=1)
    if complaint is None:
        assert (await write_draft(role, Ledger(), 1, shop, plan, ["c-1"], 1)).initial == initial
    else:
        with pytest.raises(Failure, match=complaint):
            await write_draft(role, Ledger(), 1, shop, plan, ["c-1"], 1)
