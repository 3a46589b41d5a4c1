"""The dialogue writer and the tool executor: from a plan to a scenario whose reference calls were really executed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from turnwright.agents.ask import Bench, Reader, ask, json_of
from turnwright.dialogue import Changes, Executed
from turnwright.errors import Failure
from turnwright.llm.role import Ledger, Role
from turnwright.record import Record, content_hash
from turnwright.scenario import Draft, Ending, Plan, Scenario, Solution
from turnwright.verdict import Blame
from turnwright.world import Domain, World

IMPOSSIBLE = "no customer fits the plan"
"""How the reason begins where a plan, and not its writer, is at fault."""


async def write_draft(
    role: Role, ledger: Ledger, seed: int, domain: Domain, plan: Plan, customers: Sequence[str], number: int
) -> Draft:
    """A user with a wish, written on a live World with the READ tools of the assistant.

    Raises:
        Failure: blamed on TASK, if none of the customers fits the plan or no reply was usable.
    """
    world = World(domain)
    synthesis = plan.synthesis
    context = {
        **domain.setting,
        "plan": {"synthesis": synthesis.model_dump(mode="json"), "evaluation": plan.evaluation.model_dump(mode="json")},
        "family": f"{synthesis.family}: {domain.families[synthesis.family]}",
        "details": [
            *(f"{twist}: {domain.twists[twist]}" for twist in synthesis.twists),
            f"{synthesis.user_style}: {domain.styles[synthesis.user_style]}",
        ],
        "policy": domain.policy,
        "writes": [tool for tool in domain.tools.values() if tool.writes],
        "customers": [domain.customer(world, customer) for customer in customers],
        "number": number,
        "starts": domain.start_fields,
    }
    bench = Bench(world, [tool for tool in domain.tools.values() if not tool.writes])
    return await ask(role, ledger, seed, partial(_draft, domain), Blame.TASK, context, bench)


class _Impossible(Record):
    impossible: str


_read_draft = json_of(Draft)
_read_impossible = json_of(_Impossible)


async def _draft(domain: Domain, content: str) -> Draft:
    if '"impossible"' in content:
        raise Failure(Blame.TASK, f"{IMPOSSIBLE}: {(await _read_impossible(content)).impossible}")
    draft = await _read_draft(content)
    domain.check_start(draft.initial)
    return draft


@dataclass(frozen=True)
class Reference:
    """What the tool executor did for a draft, and what came of it."""

    solution: Solution
    calls: tuple[Executed, ...]
    changes: Changes


async def execute(role: Role, ledger: Ledger, seed: int, domain: Domain, draft: Draft) -> Reference:
    """Fulfil the draft's wish on a live World; every call that was made is the reference.

    Raises:
        Failure: blamed on TASK, if it could not be done or no reply was usable.
    """
    world = World(domain, draft.initial)
    bench = Bench(world, [*domain.tools.values(), *domain.user_tools.values()])
    context = {
        **domain.setting,
        "policy": domain.policy,
        "draft": draft.model_dump(mode="json", exclude={"initial"}),
    }
    solution = await ask(role, ledger, seed, _consistent(bench), Blame.TASK, context, bench)
    return Reference(solution, _renumbered(bench.calls), world.changes())


def _renumbered(calls: Sequence[Executed]) -> tuple[Executed, ...]:
    # Providers draw call ids at random; the reference is the same whoever made it.
    return tuple(call.model_copy(update={"id": f"call-{number}"}) for number, call in enumerate(calls, 1))


_read_solution = json_of(Solution)


def _consistent(bench: Bench) -> Reader[Solution]:
    async def read(content: str) -> Solution:
        solution = await _read_solution(content)
        if len({fact.code for fact in solution.facts}) < len(solution.facts):
            raise ValueError("each fact needs a code of its own")
        expected = _ending(bench)
        if expected is not None and solution.ending is not expected:
            raise ValueError(f'after the calls that you made the ending is "{expected}"')
        if expected is None and solution.ending not in (Ending.REFUSED, Ending.INFORMED):
            raise ValueError('nothing was changed: the ending is "REFUSED" or "INFORMED"')
        if solution.ending is Ending.REFUSED and not any(fact.kind == "refusal" for fact in solution.facts):
            raise ValueError('a refused wish has a fact of kind "refusal" with the reason')
        if solution.ending is Ending.INFORMED and not solution.facts:
            raise ValueError("a wish for information has at least one fact to be told")
        return solution

    return read


def _ending(bench: Bench) -> Ending | None:
    done = [call for call in bench.calls if call.writes and call.error is None]
    if any(bench.world.ends(call.side, call.tool) for call in done):
        return Ending.TRANSFERRED
    return Ending.CHANGED if done else None


def scenario_of(plan: Plan, draft: Draft, reference: Reference, split: Any, slot: int) -> Scenario:
    """Put the parts together."""
    return Scenario(
        scenario_id=scenario_id(plan, slot, draft.model_dump(mode="json")),
        plan_id=plan.plan_id,
        domain=plan.domain,
        family=plan.synthesis.family,
        variant=plan.synthesis.variant,
        tier=plan.synthesis.tier,
        split=split,
        **dict(draft),
        reference=reference.calls,
        ending=reference.solution.ending,
        facts=reference.solution.facts,
    )


def scenario_id(plan: Plan, slot: int, draft: dict[str, Any] | None) -> str:
    """Equal content in the same slot has the same id; so has a slot whose draft never came to be."""
    return f"s-{content_hash([plan.plan_id, slot, draft], 16)}"


def as_json(call: Executed) -> dict[str, Any]:
    """A call as the judging roles see it."""
    answer = {"result": orjson.loads(orjson.dumps(call.result))} if call.error is None else {"error": call.error}
    return {"side": call.side, "tool": call.tool, "arguments": call.arguments, "writes": call.writes, **answer}
