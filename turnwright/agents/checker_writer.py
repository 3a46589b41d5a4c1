"""The checker writer: one small program per scenario, admitted only once it has proven what it can tell."""

from collections.abc import Awaitable, Callable
from typing import Any

from turnwright.agents.ask import ask, source_code
from turnwright.agents.writer import as_json
from turnwright.dialogue import Changes
from turnwright.llm.role import Ledger, Role
from turnwright.scenario import Plan, Scenario
from turnwright.verdict import Blame
from turnwright.world import Domain

Admit = Callable[[str], Awaitable[str | None]]
"""Tries a checker; gives None if it is admitted, else what its writer has to mend."""


async def write_checker(
    role: Role,
    ledger: Ledger,
    seed: int,
    domain: Domain,
    scenario: Scenario,
    changes: Changes,
    plan: Plan,
    helpers: str,
    admit: Admit,
) -> str:
    """The source of an admitted checker; `changes` are the reference's, `helpers` documents what it may call.

    Raises:
        Failure: blamed on CHECKER, if none was admitted.
    """
    told = {"goal", "requests", "ending"}
    context: dict[str, Any] = {
        "helpers": helpers,
        "policy": domain.policy,
        "tools": list(domain.tools.values()),
        "scenario": {"domain": scenario.domain, **scenario.model_dump(mode="json", include=told)},
        "calls": [as_json(call) for call in scenario.reference],
        "changes": changes,
        "facts": [fact.model_dump(mode="json") for fact in scenario.facts],
        "failure_codes": plan.evaluation.failure_codes,
        **domain.setting,
    }

    async def read(content: str) -> str:
        source = source_code(content)
        reason = await admit(source)
        if reason is not None:
            raise ValueError(reason)
        return source

    return await ask(role, ledger, seed, read, Blame.CHECKER, context)
