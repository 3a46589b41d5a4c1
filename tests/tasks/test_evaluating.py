"""Evaluating: what comes of it can be counted by hand, is the same however it went, and stays apart from the corpus."""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from checkers.judge import judge
from checkers.sandbox import Sandbox
from checkers.script import reference_run
from domains import load
from tasks.evaluating import EvaluateSpec, evaluate, finished, specs_of
from tasks.exports.exporting import export
from tasks.generations import rated
from tasks.held_out import balanced
from tasks.registry import models
from tasks.scores import card_of, comparison_of, result_of, unseen_as
from tasks.spec import RoleSettings, RunSpec
from tasks.work import BudgetSpent
from turnwright.errors import BadInput
from turnwright.verdict import Blame, Outcome, Verdict
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

TEACHER = "embedded/teacher"


def spec(
    assistant: str = TEACHER, domain: str = "shop", count: int = 6, trials: int = 2, seed: int = 1, **how: Any
) -> EvaluateSpec:
    roles = {"assistant": RoleSettings(model=assistant), "user": RoleSettings(model=TEACHER)}
    run = RunSpec(domains=(domain,), count=1, plans=1, seed=seed, roles=roles, **how)
    return EvaluateSpec(run=run, trials=trials, count=count)


@pytest.fixture(scope="module")
async def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One that has two idle agents and the teacher evaluated."""
    at = Warehouse.open(tmp_path_factory.mktemp("evaluated") / "data", create=True)
    for model in (TEACHER, "silent", "read-only"):
        await evaluate(at, spec(model))
    return at


def rows(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    with Catalog(warehouse) as catalog:
        return catalog.query(sql)


def test_what_is_told_can_be_counted(warehouse: Warehouse) -> None:
    found, run_id = result_of(warehouse, spec().run_id), spec().run_id
    passed = rows(
        warehouse,
        f"SELECT count(*) FILTER (verdict = 'PASS') AS n FROM dialogues WHERE run_id = '{run_id}' GROUP BY scenario_id",
    )
    counts = [row["n"] for row in passed]
    assert (found["scenarios"], found["dialogues"], found["left_out"]) == (6, 12, 0)
    assert found["pass_k"]["1"] == pytest.approx(sum(counts) / 12, abs=1e-4)
    assert found["pass_k"]["2"] == pytest.approx(counts.count(2) / 6, abs=1e-4)
    assert all(found["ci95"][k][0] <= found["pass_k"][k] <= found["ci95"][k][1] for k in ("1", "2"))
    assert sum(found["stop_reasons"].values()) == 12
    assert sum(found["blame"].values()) == 12 - sum(counts)
    assert sum(found["user_errors"].values()) == found["blame"].get("USER", 0)
    assert sum(one["n"] for one in found["by_family"].values()) == 6
    assert sum(one["n"] for one in found["unseen"].values()) == 6
    assert {"assistant", "user"} == found["tokens"].keys()


def test_the_rows_are_what_is_told(warehouse: Warehouse) -> None:
    recorded = rows(warehouse, "SELECT * FROM evaluations WHERE model_id = 'embedded/teacher' ORDER BY k")
    found = result_of(warehouse, spec().run_id)
    assert {str(row["k"]): round(row["pass_k"], 4) for row in recorded} == found["pass_k"]
    assert {str(row["k"]): [round(row["lo"], 4), round(row["hi"], 4)] for row in recorded} == found["ci95"]


def test_idle_agents_pass_nothing_and_are_no_models(warehouse: Warehouse) -> None:
    for idle in ("silent", "read-only"):
        found = result_of(warehouse, spec(idle).run_id)
        assert found["model"] == idle
        assert found["pass_k"] == {"1": 0.0, "2": 0.0}
        assert found["ci95"]["1"][1] > 0.3
        assert "assistant" not in found["tokens"]
    assert [one.model_id for one in models(warehouse, "shop")] == [TEACHER]


def test_all_stand_before_the_same_checkers(warehouse: Warehouse) -> None:
    used = rows(
        warehouse,
        """SELECT scenario_id, count(DISTINCT checker_id) AS checkers, count(DISTINCT run_id) AS runs
        FROM dialogues GROUP BY scenario_id""",
    )
    assert {(row["checkers"], row["runs"]) for row in used} == {(1, 3)}
    assert comparison_of(warehouse, spec().run_id, spec("silent").run_id)["scenarios"] == 6


async def test_the_verdict_is_that_of_a_fresh_judge(warehouse: Warehouse) -> None:
    """A checker that was stored is the program that was admitted: it still fails the untouched end of a silent run."""
    stored = rows(warehouse, "SELECT DISTINCT scenario_id, source FROM checkers WHERE run_id LIKE 'k-%'")
    assert len(stored) == 6
    scenarios = {one.scenario_id: one for one in load("shop").test_scenarios()}
    with Sandbox() as sandbox:
        for row in stored:
            scenario = scenarios[row["scenario_id"]]
            dialogue = reference_run(load("shop"), scenario).dialogue
            assert (await judge(sandbox, row["source"], dialogue, scenario.facts)).outcome is Outcome.PASS


async def test_a_finished_one_is_not_played_again(warehouse: Warehouse) -> None:
    before = rows(warehouse, "SELECT count(*) AS n, max(recorded_at) AS at FROM runs")
    assert finished(warehouse, spec())
    await evaluate(warehouse, spec(concurrency=1))
    assert rows(warehouse, "SELECT count(*) AS n, max(recorded_at) AS at FROM runs") == before
    assert not [*warehouse.journal.iterdir()]


def test_nothing_of_it_is_exported_or_counted_as_corpus(warehouse: Warehouse, tmp_path: Path) -> None:
    splits = rows(warehouse, "SELECT DISTINCT split FROM scenarios")
    assert splits == [{"split": "test"}]
    with pytest.raises(BadInput, match=r"nothing to export: all 36 dialogues are left out .*test set"):
        export(warehouse, "openai", tmp_path / "out", "true")
    assert [(one["dialogues"], one["pass_rate"]) for one in rated(warehouse, "shop")] == [(0, None)]


PLAYED = "SELECT * EXCLUDE (created_at) FROM dialogues WHERE run_id = '{}' ORDER BY dialogue_id"


@pytest.mark.parametrize(("whole", "cut"), [(1, 0), (2, 57), (3, 1)])
async def test_a_killed_run_goes_on_and_pays_for_nothing_twice(
    warehouse: Warehouse, tmp_path: Path, whole: int, cut: int
) -> None:
    """So many whole lines of its journal are left, and a part of one more."""
    asked, at = spec(), Warehouse.open(tmp_path / "data", create=True)
    journal = await _begun(at, asked)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:whole]) + lines[whole][:cut])
    await evaluate(at, asked)
    assert rows(at, PLAYED.format(asked.run_id)) == rows(warehouse, PLAYED.format(asked.run_id))
    paid = {datetime.fromisoformat(orjson.loads(line)["record"]["at"]) for line in lines[:whole]}
    assert paid <= {row["created_at"] for row in rows(at, "SELECT created_at FROM dialogues")}
    told, undisturbed = result_of(at, asked.run_id), result_of(warehouse, asked.run_id)
    assert _without_times(told) == _without_times(undisturbed)


async def _begun(at: Warehouse, asked: EvaluateSpec) -> Path:
    """The journal of a run that was stopped."""
    poor = asked.run.model_copy(update={"max_tokens": 110_000, "concurrency": 1})
    with pytest.raises(BudgetSpent):
        await evaluate(at, asked.model_copy(update={"run": poor}))
    return at.journal / f"{asked.run_id}.jsonl"


async def test_what_the_failure_of_a_server_ended_is_played_again(warehouse: Warehouse, tmp_path: Path) -> None:
    asked, at = spec(), Warehouse.open(tmp_path / "data", create=True)
    journal = await _begun(at, asked)
    first, *others = map(orjson.loads, journal.read_bytes().splitlines())
    first["record"]["verdict"] = Verdict(outcome=Outcome.ERROR, blame=Blame.PROVIDER).model_dump(mode="json")
    journal.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in (first, *others)))
    await evaluate(at, asked)
    assert rows(at, PLAYED.format(asked.run_id)) == rows(warehouse, PLAYED.format(asked.run_id))


async def test_killed_before_its_scores_it_plays_nothing_again(warehouse: Warehouse, tmp_path: Path) -> None:
    asked, at = spec(), Warehouse.open(tmp_path / "data", create=True)
    await evaluate(at, asked)
    (at.manifest / f"{asked.run_id}-finished.json").unlink()
    assert not finished(at, asked)
    poor = asked.run.model_copy(update={"max_tokens": 1})
    await evaluate(at, asked.model_copy(update={"run": poor}))
    assert finished(at, asked)
    assert _without_times(result_of(at, asked.run_id)) == _without_times(result_of(warehouse, asked.run_id))


def _without_times(result: dict[str, Any]) -> dict[str, Any]:
    spent = {role: {**one, "median_s": None} for role, one in result["tokens"].items()}
    return {**result, "tokens": spent}


def test_a_user_has_a_card(warehouse: Warehouse) -> None:
    card = card_of(warehouse, spec().run_id)
    assert card["dialogues"] == 12
    assert card["steps_right"] is None
    for name in ("goal_conveyed", "persona_kept", "knowledge_kept", "stopped_rightly"):
        assert 0 <= card[name]["ci95"][0] <= card[name]["share"] <= card[name]["ci95"][1] <= 1


async def test_a_user_with_a_device_is_judged_by_their_steps_too(tmp_path: Path) -> None:
    asked, at = spec(domain="mobile", count=12, trials=1), Warehouse.open(tmp_path / "data", create=True)
    await evaluate(at, asked)
    assert 0 < card_of(at, asked.run_id)["steps_right"]["dialogues"] < 12


@pytest.mark.parametrize("domain", ["shop", "flights", "mobile"])
def test_the_first_scenarios_are_of_as_many_families_as_can_be(domain: str) -> None:
    scenarios = load(domain).test_scenarios()
    families = {one.family for one in scenarios}
    first = balanced(scenarios, len(families))
    assert {one.family for one in first} == families
    assert balanced(scenarios, 5) == first[:5]
    assert sorted(balanced(scenarios, None), key=str) == sorted(scenarios, key=str)


@pytest.mark.parametrize("domain", ["shop", "flights", "mobile"])
def test_what_is_unseen_is_told_apart(domain: str) -> None:
    at = load(domain)
    kinds = [unseen_as(at, one.family, one.variant) for one in at.test_scenarios()]
    assert kinds.count("held_out_family") == 12
    assert unseen_as(at, next(iter(at.families)), "never heard of") == "other"


def test_what_decides_the_course_decides_the_id(tmp_path: Path) -> None:
    same = [spec(), spec(concurrency=1), spec(max_tokens=5), spec(api_base="http://127.0.0.1:1/v1")]
    other = [spec("silent"), spec(trials=3), spec(count=7), spec(seed=2), spec(generations={"shop": 1})]
    weighed = spec().model_copy(update={"weights": {"hf:x": "0123"}})
    assert len({one.run_id for one in same}) == 1
    assert len({one.run_id for one in (*same, *other, weighed)}) == 1 + len(other) + 1


HOSTED, OPEN, OTHER = "hosted_vllm/mine", "openai/gpt", "anthropic/claude"


@pytest.mark.parametrize(
    ("pairs", "known"),
    [
        ([(HOSTED, TEACHER), (OPEN, TEACHER)], {HOSTED}),
        ([(OPEN, HOSTED)], {HOSTED}),
        ([(OPEN, TEACHER), (OTHER, TEACHER)], {OPEN}),
        ([(TEACHER, OTHER)], {OTHER}),
        ([(OPEN, "openai/user")], {OPEN, "openai/user"}),
        ([("silent", TEACHER)], set[str]()),
    ],
)
def test_an_address_and_a_key_are_of_one_provider(
    warehouse: Warehouse, pairs: list[tuple[str, str]], known: set[str]
) -> None:
    asked = {
        "domain": "shop",
        "roles": {},
        "temperature": None,
        "generation": None,
        "api_base": "b",
        "api_key_env": "K",
    }
    found = [spec.run.asked(side) for spec in specs_of(warehouse, asked, pairs) for side in ("assistant", "user")]
    assert {one.model for one in found if one.api_base == "b" and one.api_key_env == "K"} == known
    assert {one.model for one in found if one.api_base or one.api_key_env} == known


def test_what_a_role_is_told_of_another_provider_is_not_for_this_one(warehouse: Warehouse) -> None:
    told = {"model": OPEN, "api_base": "b", "api_key_env": "K", "params": {"stop": "."}}
    asked = {"domain": "shop", "roles": {"assistant": told, "planner": {"model": OTHER}}, "temperature": None}
    asked |= {"generation": None, "api_base": None, "api_key_env": None}
    one, other = specs_of(warehouse, asked, [(HOSTED, TEACHER), ("openai/more", TEACHER)])
    assert one.run.asked("assistant") == RoleSettings(model=HOSTED, params={"stop": "."})
    assert other.run.asked("assistant").api_key_env == "K"
    assert one.run.roles.keys() == {"assistant", "user"}  # nobody else is asked


def test_left_out_is_told(warehouse: Warehouse) -> None:
    (row,) = rows(warehouse, f"SELECT result FROM runs WHERE run_id = '{spec().run_id}'")
    assert orjson.loads(row["result"]) == {"trials": 2, "split": "test", "left_out": 0}
