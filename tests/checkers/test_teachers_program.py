"""The embedded checker writer: what it is told of a case, its next program heeds; without lapses it gets there."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from checkers.audit import Audit
from checkers.sandbox import Sandbox
from checkers.script import replay
from domains import DOMAINS, load
from turnwright.agents.writer import as_json
from turnwright.llm.embedded.minds.checker_writer import BOTCHES, Check, Task, checks_of, source_of
from turnwright.scenario import Scenario
from turnwright.world import Domain

ATTEMPTS = 3


def task_of(domain: Domain, scenario: Scenario) -> Task:
    changes = orjson.loads(orjson.dumps(replay(domain, scenario)[1]))
    facts = [fact.model_dump(mode="json") for fact in scenario.facts]
    return Task(scenario.ending, [as_json(call) for call in scenario.reference], changes, facts)


def one_of_each_family() -> Iterator[Any]:
    for name in DOMAINS:
        domain = load(name)
        for family, scenario in {one.family: one for one in domain.test_scenarios()}.items():
            yield pytest.param(domain, scenario, id=f"{name}: {family}")


@pytest.mark.parametrize(("domain", "scenario"), [*one_of_each_family()])
async def test_it_is_admitted_after_its_cases_and_no_botch_of_it_is_without_one(
    sandbox: Sandbox, domain: Domain, scenario: Scenario
) -> None:
    audit, task = Audit(domain, scenario), task_of(domain, scenario)
    cases = ""
    for _ in range(ATTEMPTS):
        checks = [*checks_of(task, cases)]
        admission = await audit.admit(sandbox, source_of(checks))
        cases += f"{admission.reason}\n"
    assert admission.admitted, cases
    for name in ("ignores_extra", "counts_calls"):
        assert not (await audit.admit(sandbox, source_of(BOTCHES[name](task, checks)))).admitted


def call(tool: str, result: Any = None, writes: bool = False, side: str = "assistant", **arguments: Any) -> Any:
    return {"side": side, "tool": tool, "arguments": arguments, "writes": writes, "result": result}


TASK = Task(
    "CHANGED",
    [
        call("find_user_by_email", {"user_id": "u_1"}, email="a@b.c"),
        call("get_order", {"order_id": "#O-1", "user_id": "u_1", "items": ["i-1"]}, order_id="#O-1"),
        call("list_variants", [{"variant_id": "lamp-red"}], product_id="lamp"),
        call("cancel_order", {}, writes=True, order_id="#O-1"),
        call("place_order", {}, writes=True, user_id="u_1", variant_ids=["lamp-red"]),
        call("restart_phone", {}, writes=True, side="user"),
    ],
    {},
    [],
)
PLACED = "place_order(user_id='u_1', variant_ids=['lamp-red'])"
HEEDED: dict[str, tuple[str, str, str]] = {
    "a look-up that must be": (
        "get_order(order_id='#O-1') was left out is wrong",
        "lookup",
        "not looked_up(calls, '#O-1')",
    ),
    "a step of the user that must be": (
        "restart_phone() was left out is wrong",
        "lookup",
        "not made(calls, 'restart_phone')",
    ),
    "a proposal without a look": (
        f"{PLACED} was neither proposed nor agreed to is wrong",
        "confirmation",
        "not confirmed(calls, messages, 'place_order', ['u_1', 'lamp-red'])",
    ),
    "another argument": (
        "place_order was made with variant_ids 'lamp-blue' in place of 'lamp-red' is wrong",
        "argument",
        "not made(calls, 'place_order', variant_ids=['lamp-red'])",
    ),
    "a private look-up": (
        "list_variants(product_id='lamp') was the first of all calls is wrong",
        "identity",
        "not made_before(calls, 'find_user*', ['get_order', 'list_variants', 'cancel_order', 'place_order'])",
    ),
}


@pytest.mark.parametrize(("case", "about", "condition"), HEEDED.values(), ids=HEEDED.keys())
def test_a_case_is_heeded(case: str, about: str, condition: str) -> None:
    def conditions(checks: Iterator[Check]) -> list[str]:
        return [check.condition for check in checks if check.about == about]

    assert condition not in conditions(checks_of(TASK))
    assert condition in conditions(checks_of(TASK, f"- a run in which {case} and was passed"))


def test_an_order_is_asked_for_at_the_second_time_and_not_where_another_is_as_right() -> None:
    swapped = f"- a run in which {PLACED} came before cancel_order(order_id='#O-1') is wrong and was passed\n"
    commuted = "- a run in which cancel_order came after place_order is right and was failed with WRONG_ORDER"
    for complaints, asked in ((swapped, 0), (swapped * 2, 1), (swapped * 2 + commuted, 0)):
        assert sum(check.about == "order" for check in checks_of(TASK, complaints)) == asked
