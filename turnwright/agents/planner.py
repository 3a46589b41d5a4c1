"""The planner: writes plan pairs one after another: diversity is built, not sampled (arXiv 2601.22607, section 3)."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from turnwright.agents.ask import Reader, ask, json_of
from turnwright.llm.role import Ledger, Role
from turnwright.record import content_hash
from turnwright.scenario import Plan, PlanPair, Synthesis
from turnwright.verdict import Blame
from turnwright.world import Domain

MAX_OVERLAP = 0.9
"""Plans that overlap as much as this are one plan written twice."""


class Failing(NamedTuple):
    """A plan that came to nothing, and why."""

    plan: Plan
    reasons: Sequence[str]


async def write_plan(
    role: Role,
    ledger: Ledger,
    seed: int,
    domain: Domain,
    written: Sequence[Plan],
    run_id: str,
    failing: Failing | None = None,
) -> Plan:
    """One more plan that overlaps none of those written, or one in place of one that fails.

    Raises:
        Failure: blamed on TASK, if no such plan could be had.
    """
    context: dict[str, Any] = {
        **domain.setting,
        "families": domain.families,
        "twists": domain.twists,
        "styles": domain.styles,
        "tools": list(domain.tools.values()),
        "policy": domain.policy,
        "written": [plan.synthesis.summary for plan in written],
        "failing": failing and {"summary": failing.plan.synthesis.summary, "reasons": failing.reasons},
    }
    if failing:
        written = [*written, failing.plan]
    pair = await ask(role, ledger, seed, _acceptable(domain, written), Blame.TASK, context, shape=PlanPair)
    return placed(pair, run_id, domain.name, failing.plan if failing else None)


def placed(pair: PlanPair, run_id: str, domain: str, parent: Plan | None = None) -> Plan:
    """A plan pair in its run: ids differ from run to run, and with them all that follow."""
    told = {"synthesis": pair.synthesis.model_dump(mode="json"), "evaluation": pair.evaluation.model_dump(mode="json")}
    return Plan(
        synthesis=pair.synthesis,
        evaluation=pair.evaluation,
        plan_id=f"p-{content_hash({'run': run_id, 'domain': domain, 'pair': told}, 16)}",
        domain=domain,
        parent=parent and parent.plan_id,
        round=parent.round + 1 if parent else 0,
    )


def _acceptable(domain: Domain, written: Sequence[Plan]) -> Reader[PlanPair]:
    read_pair = json_of(PlanPair)

    async def read(content: str) -> PlanPair:
        pair = await read_pair(content)
        _check_words(pair.synthesis, domain)
        for plan in written:
            if overlap(pair.synthesis, plan.synthesis) >= MAX_OVERLAP:
                raise ValueError(f"it overlaps this plan: {plan.synthesis.summary!r}. Write a different one")
        return pair

    return read


def _check_words(plan: Synthesis, domain: Domain) -> None:
    tools = {**domain.tools, **domain.user_tools}
    known = {"families": domain.families, "styles": domain.styles, "twists": domain.twists, "tools": tools}
    used = {"families": [plan.family], "styles": [plan.user_style], "twists": plan.twists, "tools": plan.tool_patterns}
    for kind, words in used.items():
        unknown = [word for word in words if word not in known[kind]]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not among the {kind}: {', '.join(known[kind])}")
    if (plan.family, plan.variant) in domain.reserved_cells:
        raise ValueError(f"family {plan.family} with {plan.variant} is reserved for testing. Use another combination")


def overlap(one: Synthesis, other: Synthesis) -> float:
    """1.0 for plans of the same (family, variant) cell, else the Jaccard similarity of their summaries' words."""
    if (one.family, one.variant) == (other.family, other.variant):
        return 1.0
    words, others = (set(re.findall(r"\w+", plan.summary.lower())) for plan in (one, other))
    return len(words & others) / max(1, len(words | others))
