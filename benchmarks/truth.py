"""Truth: how often checkers are wrong about dialogues, by the oracle, with the upper bounds of exact 95 % intervals.

The dialogues of a night over all domains are judged once more by the oracle. Then two agents that do nothing, one that
says nothing and one that only looks things up, play every held-out scenario with the embedded user, each before a
checker that was admitted for it. `python -m benchmarks.truth [--warehouse DIR]` makes the night in a warehouse of its
own, or in the one that is named, where it is only looked at if it was made before.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from benchmarks.command import generate
from benchmarks.oracle import PLAYED, oracle, turns_of
from benchmarks.record import Target, record, show
from benchmarks.rehearsal import checker_of, role_of
from checkers.judge import judge
from checkers.oracle import Oracle
from checkers.sandbox import Sandbox
from domains import DOMAINS, load
from turnwright.agents.idle import IDLE
from turnwright.agents.speaker import Agent
from turnwright.dialogue import Dialogue, Side
from turnwright.episode import Limits, Speaker, play
from turnwright.errors import Failure
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.role import Ledger
from turnwright.scenario import Scenario
from turnwright.verdict import Outcome
from turnwright.world import Domain, World
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 17
SLOTS = 2_000
"""Per domain: enough for 2,000 dialogues that truly fail."""
EXAMPLES = 3
Of = dict[str, str]
"""Which dialogues: {"run_id": ..., "domain": ...}."""
TARGETS = [
    Target("truly_failing", least=2_000),
    Target("truly_passing", least=2_000),
    Target("false_pass_rate", most=0.005),
    Target("false_pass_upper", most=0.005),
    Target("false_fail_rate", most=0.01),
    Target("false_fail_upper", most=0.01),
    Target("silent_passed", most=0),
    Target("read_only_passed", most=0),
]
CODES = """
SELECT dialogue_id, list(DISTINCT code ORDER BY code) AS codes FROM findings
WHERE run_id = $run_id AND domain = $domain AND source = 'checker' GROUP BY dialogue_id
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path)
    asked: Path | None = parser.parse_args().warehouse
    if asked:
        return _look_at(asked)
    with tempfile.TemporaryDirectory() as folder:
        return _look_at(Path(folder))


def _look_at(folder: Path) -> None:
    made = generate(folder, SLOTS * len(DOMAINS), SEED, domains=",".join(DOMAINS)).result
    pairs: Counter[tuple[str, str]] = Counter()
    disagreements: dict[tuple[str, str, str, str], list[str]] = {}
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        for name in DOMAINS:
            for pair, codes, dialogue_id in _judged(catalog, {"run_id": made["run_id"], "domain": name}, load(name)):
                pairs[pair] += 1
                if pair[0] != pair[1]:
                    disagreements.setdefault((name, *pair, codes), []).append(dialogue_id)
    figures: dict[str, Any] = {
        "dialogues": pairs.total(),
        **_rate(pairs, "FAIL", "PASS", "failing", "false_pass"),
        **_rate(pairs, "PASS", "FAIL", "passing", "false_fail"),
        **asyncio.run(_idle_agents()),
        "disagreements": _listed(disagreements),
    }
    record("truth", figures, TARGETS, [SEED])
    show("disagreements", figures["disagreements"])


def _judged(catalog: Catalog, of: Of, domain: Domain) -> Iterator[tuple[tuple[str, str], str, str]]:
    """For each dialogue what oracle and checker say, what was found by the one that found something, and its id."""
    turns = turns_of(catalog, of)
    codes = {row["dialogue_id"]: row["codes"] for row in catalog.query(CODES, of)}
    for played in catalog.query(PLAYED, of):
        if played["verdict"] != Outcome.ERROR:
            key = played["dialogue_id"]
            wrong = oracle(domain, played, turns.get(key, ()))
            yield ("FAIL" if wrong else "PASS", played["verdict"]), ", ".join(wrong or codes.get(key, ())), key


def _rate(pairs: Counter[tuple[str, str]], oracle: str, checker: str, truly: str, name: str) -> dict[str, Any]:
    """How many of those that are truly so were judged otherwise, and the upper end of the exact interval of that."""
    of, wrong = sum(times for pair, times in pairs.items() if pair[0] == oracle), pairs[oracle, checker]
    return {
        f"truly_{truly}": of,
        name: wrong,
        f"{name}_rate": round(wrong / of, 5),
        f"{name}_upper": round(float(binomtest(wrong, of).proportion_ci(0.95, "exact").high), 5),
    }


def _listed(disagreements: Mapping[tuple[str, str, str, str], list[str]]) -> list[dict[str, Any]]:
    names = ("domain", "oracle", "checker", "codes")
    return [
        {**dict(zip(names, key, strict=True)), "dialogues": len(ids), "such_as": ids[:EXAMPLES]}
        for key, ids in sorted(disagreements.items(), key=lambda item: -len(item[1]))
    ]


async def _idle_agents() -> dict[str, int]:
    """How many held-out scenarios each of the two passed, by checker or by oracle."""
    figures = Counter[str](held_out=0, held_out_without_checker=0, silent_passed=0, read_only_passed=0)
    with Sandbox() as sandbox:
        for name, entry in DOMAINS.items():
            domain, playbooks = load(name), {name: entry.playbook}
            for scenario in domain.test_scenarios():
                figures["held_out"] += 1
                try:
                    source = await checker_of(domain, scenario, EmbeddedClient(playbooks, Steady), sandbox)
                except Failure:
                    figures["held_out_without_checker"] += 1
                    continue
                for agent, made in IDLE.items():
                    dialogue = await _played(domain, scenario, made(domain, scenario), EmbeddedClient(playbooks))
                    outcome = (await judge(sandbox, source, dialogue, scenario.facts)).outcome
                    right = not Oracle(domain, scenario).faults(dialogue)
                    figures[f"{agent.replace('-', '_')}_passed"] += outcome is Outcome.PASS or right
    return dict(figures)


async def _played(domain: Domain, scenario: Scenario, assistant: Speaker, teacher: EmbeddedClient) -> Dialogue:
    told = scenario.model_dump(include={"persona", "goal", "knows", "does_not_know", "opening"})
    tools = list(domain.user_tools.values())
    user = Agent(Side.USER, role_of("user", teacher), domain.setting | told, tools, Ledger(), SEED)
    return await play(scenario.scenario_id, user, assistant, World(domain, scenario.initial), Limits())


if __name__ == "__main__":
    main()
