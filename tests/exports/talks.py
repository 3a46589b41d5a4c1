"""Talks: dialogues written by hand, published as a run publishes them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from prompts import GENERATION_0, load
from tasks.exports.example import held_back
from tasks.exports.exporting import Exported
from tasks.generations import record_first
from tasks.rows import dialogue_rows, rollout_rows
from tasks.spec import RunSpec
from turnwright.dialogue import Dialogue, Executed, Side, StopReason, Turn
from turnwright.scenario import Ending, Scenario
from turnwright.verdict import Blame, Outcome, Verdict
from warehouse.publish import publish
from warehouse.store import Warehouse

Rows = list[dict[str, Any]]
Export = Callable[..., Exported]
Read = Callable[..., Rows]

RUN = RunSpec(domains=("shop",), count=1)
ASSISTANT = load(GENERATION_0).prompts["assistant"]


def _ids(held: bool, count: int) -> list[str]:
    """Scenario ids that are for validation, or that are not."""
    found = (f"s-{number}" for number in range(10_000))
    return [one for one, _ in zip((one for one in found if held_back(one) is held), range(count), strict=False)]


TRAIN_IDS, VALIDATION_IDS = _ids(False, 200), _ids(True, 20)


def user(content: str, *calls: Executed) -> Turn:
    return Turn(speaker=Side.USER, content=content, calls=calls)


def assistant(content: str, *calls: Executed, reasoning: str = "") -> Turn:
    return Turn(speaker=Side.ASSISTANT, content=content, calls=calls, reasoning=reasoning)


def call(tool: str, arguments: dict[str, Any], result: Any = None, **others: Any) -> Executed:
    return Executed(id=others.pop("id", "call-1"), tool=tool, arguments=arguments, result=result, **others)


TALK = (
    user("Hi, cancel order #O-1."),
    assistant("", call("find_user_by_email", {"email": "a@b.c"}, {"user_id": "u_1"})),
    assistant("It is cancelled."),
    user("Thank you!"),
)


@dataclass(frozen=True)
class Talk:
    """A dialogue to be, with what the warehouse is to say of it."""

    turns: tuple[Turn, ...] = TALK
    scenario_id: str = TRAIN_IDS[0]
    domain: str = "shop"
    verdict: Outcome = Outcome.PASS
    split: str = "train"
    generation: int | None = 0
    seed: int = 0
    scenario: tuple[tuple[str, Any], ...] = ()
    """What differs in the scenario."""
    prompt_hash: str = ASSISTANT.hash
    marks: tuple[str, ...] = ()


def put(warehouse: Warehouse, *talks: Talk, run_id: str = "r-1") -> list[str]:
    """Publish them; gives the ids of the dialogues."""
    ids: list[str] = []
    for domain in sorted({talk.domain for talk in talks}):
        record_first(warehouse, domain)
        tables: dict[str, list[dict[str, Any]]] = {}
        for number, talk in enumerate(talks):
            for table, row in _rows(talk, number) if talk.domain == domain else ():
                tables.setdefault(table, []).append(row)
        ids += [row["dialogue_id"] for row in tables["dialogues"]]
        publish(warehouse, f"{run_id}-{domain}-{len(ids)}-{ids[-1]}", run_id, domain, tables)
    return ids


def _rows(talk: Talk, slot: int) -> Iterable[tuple[str, dict[str, Any]]]:
    yield from rollout_rows(scenario_of(talk), slot, "def check(): ...")
    dialogue = Dialogue(
        scenario_id=talk.scenario_id, turns=talk.turns, stop_reason=StopReason.USER_DONE, changes={}, digest="0"
    )
    played = {"dialogue": dialogue.model_dump(mode="json"), "calls": [], "at": "2026-06-15T10:00:00+00:00"}
    verdict = Verdict(outcome=talk.verdict, blame=None if talk.verdict is Outcome.PASS else Blame.ASSISTANT)
    run = RUN.model_copy(update={"seed": talk.seed})
    made = dict(dialogue_rows(run, slot, "c-1", played, verdict, None, talk.generation, talk.generation or 0))
    yield from dialogue_rows(run, slot, "c-1", played, verdict, None, talk.generation, talk.generation or 0)
    told = {"stage": "play", "slot": slot, "role": "assistant", "prompt_hash": talk.prompt_hash}
    yield "llm_calls", told
    for kind in talk.marks:
        yield "marks", {"dialogue_id": made["dialogues"]["dialogue_id"], "kind": kind, "of": "d-1", "score": 0.9}


def scenario_of(talk: Talk) -> Scenario:
    return Scenario(
        scenario_id=talk.scenario_id,
        plan_id="p-1",
        domain=talk.domain,
        family="cancel_order",
        variant="terse",
        tier=1,
        **{
            "split": talk.split,
            "persona": "Ann, short of time.",
            "goal": "You want to cancel order #O-1.",
            "opening": "Hi, cancel order #O-1.",
            "knows": {"email": "a@b.c"},
            "does_not_know": (),
            "requests": ({"action": "cancel_order"},),
            "reference": (),
            "ending": Ending.CHANGED,
            "facts": (),
            **dict(talk.scenario),
        },
    )


def several(count: int, **changes: Any) -> list[Talk]:
    """Talks of as many scenarios, none held back."""
    return [replace(Talk(scenario_id=one), **changes) for one in TRAIN_IDS[:count]]
