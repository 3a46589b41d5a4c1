"""The verifiers: one accepts or rejects a scenario before it is played, one judges and blames the dialogue after."""

from collections import Counter
from typing import Any, Literal, Self

from pydantic import model_validator

from turnwright.agents.ask import ask, json_of
from turnwright.agents.writer import Reference, as_json
from turnwright.dialogue import Changes, Dialogue, Turn
from turnwright.llm.role import Ledger, Role
from turnwright.record import Record, derive_seed
from turnwright.scenario import Draft, Scenario
from turnwright.verdict import Blame, Finding
from turnwright.world import Domain


class Acceptance(Record):
    """What the task verifier answers."""

    accept: bool
    reason: str


async def verify_task(
    role: Role, ledger: Ledger, seed: int, domain: Domain, draft: Draft, reference: Reference
) -> Acceptance:
    """Whether the scenario is sound; all votes have to accept it: a sound one lost costs less than a wrong one kept.

    Raises:
        Failure: blamed on TASK, if no reply was usable.
    """
    context = {
        **domain.setting,
        "policy": domain.policy,
        "draft": draft.model_dump(mode="json"),
        "calls": [as_json(call) for call in reference.calls],
        "solution": reference.solution.model_dump(mode="json"),
    }
    words: list[Acceptance] = []
    for vote in _votes(role, seed):
        words.append(await ask(role, ledger, vote, json_of(Acceptance), Blame.TASK, context, shape=Acceptance))
        if not words[-1].accept:
            break
    return words[-1]


class Judgement(Record):
    """What the trajectory verifier answers."""

    verdict: Literal["PASS", "FAIL"]
    blame: Blame | None = None
    findings: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _blames_who_failed(self) -> Self:
        if (self.verdict == "FAIL") is not (self.blame is not None):
            raise ValueError("blame is null for PASS, and names one for FAIL")
        return self


async def judge_trajectory(
    role: Role,
    ledger: Ledger,
    seed: int,
    domain: Domain,
    scenario: Scenario,
    dialogue: Dialogue,
    reference_changes: Changes,
) -> Judgement:
    """A second opinion on a dialogue, with blame, that of most votes; it never sees the checker's verdict.

    Raises:
        Failure: blamed on PROVIDER, if no reply was usable.
    """
    told = {"persona", "goal", "opening", "knows", "does_not_know", "requests", "ending", "facts"}
    context: dict[str, Any] = {
        **domain.setting,
        "policy": domain.policy,
        "scenario": scenario.model_dump(mode="json", include=told)
        | {"reference": [as_json(call) for call in scenario.reference]},
        "turns": [_turn(number, turn) for number, turn in enumerate(dialogue.turns)],
        "changes": dialogue.changes,
        "reference_changes": reference_changes,
    }
    words = [
        await ask(role, ledger, vote, json_of(Judgement), Blame.PROVIDER, context, shape=Judgement)
        for vote in _votes(role, seed)
    ]
    verdict, _ = Counter(word.verdict for word in words).most_common(1)[0]
    agreed = [word for word in words if word.verdict == verdict]
    blame, _ = Counter(word.blame for word in agreed).most_common(1)[0]
    return next(word for word in agreed if word.blame == blame)


def _votes(role: Role, seed: int) -> list[int]:
    """The seed of each vote; the first is that of a role that is asked once."""
    return [seed, *(derive_seed(seed, "vote", number) for number in range(1, role.votes))]


def _turn(number: int, turn: Turn) -> dict[str, Any]:
    return {
        "turn": number,
        "speaker": turn.speaker,
        "content": turn.content,
        "calls": [as_json(call) for call in turn.calls],
    }
