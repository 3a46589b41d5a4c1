"""Evolving, without Prefect: a short run on the embedded teacher, begun again, out of rollouts, and what it leaves."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from domains import load as load_domain
from prompts import GENERATION_0, load
from prompts.patching import Patch, instructions, with_patches
from tasks.arena import EvolveSpec, OutOfRollouts, pass_rate
from tasks.evolution_rows import Waiting, finished, parent_of, record_end, record_round, result_of, start_of
from tasks.evolving import MERGE, TRIAL, Evolution, poorer
from tasks.generations import active, known, load_generation, propose, record_first, settle
from tasks.planning import plans_name, plans_of, write_plans
from tasks.reflecting import failures_of, leaks
from tasks.spec import RunSpec
from tasks.studio import open_studio
from tasks.trials import MAKE, PLAY, Input, Played
from tasks.work import open_journal
from turnwright.errors import BadInput
from warehouse.store import Warehouse

SPEC = EvolveSpec(domain="shop", rounds=1, pilot=24, seed=2)
APPROVED = SPEC.model_copy(update={"approve": True})


async def evolve(warehouse: Warehouse, spec: EvolveSpec = SPEC, rounds: int = 1) -> tuple[Evolution, int]:
    """Some rounds; gives what is left of it in memory, and the generation that is at work then."""
    record_first(warehouse, spec.domain)
    start = start_of(warehouse, spec)
    run = RunSpec(domains=(spec.domain,), count=spec.pilot, seed=spec.seed, generations={spec.domain: start})
    with open_studio(run, warehouse), open_journal(spec.run_id) as journal:
        evolution = Evolution(spec, run, journal)
        for number in range(rounds):
            await evolution.round(number, parent_of(warehouse, spec, number), 0)
            record_round(warehouse, evolution, number)
        record_end(warehouse, evolution, start, (0.5, 0.75), "all rounds are done")
    return evolution, active(warehouse, spec.domain)


@pytest.fixture(scope="module")
async def waited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose evolution waits for a person; whoever goes on with it, or with its journals, takes a copy."""
    warehouse = Warehouse.open(tmp_path_factory.mktemp("waited") / "data", create=True)
    with pytest.raises(Waiting):
        await evolve(warehouse, APPROVED)
    return warehouse.root


@pytest.mark.slow
async def test_a_round_and_the_same_round_again(waited: Path, tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    shutil.copytree(waited / "journal", warehouse.journal, dirs_exist_ok=True)
    evolution, parent = await evolve(warehouse)
    result, generations = result_of(warehouse, SPEC), known(warehouse, "shop")
    assert finished(warehouse, SPEC)
    assert [row["state"] for row in generations] == ["retired", "retired", "retired", "refused", "active"]
    assert [row["parent"] for row in generations] == [None, 0, 0, 0, 1]
    assert (active(warehouse, "shop"), result["end_generation"], result["start_generation"]) == (4, 4, 0)
    trials = [one for one in result["rounds"] if one["kind"] == TRIAL]
    said, made, planned, both = [one for one in result["rounds"] if one["kind"] != TRIAL]
    assert [one["candidate"] for one in result["rounds"]] == list(range(1, len(trials) + 5))
    assert {one["measure"] for one in trials} == {"play", "make", "judge"}
    for one, measure, generation in ((said, "play", 1), (made, "make", 2)):
        assert (one["measure"], one["accepted"], one["generation"]) == (measure, True, generation)
        assert one["pass_rate_after"] > one["pass_rate_before"]
    assert (both["kind"], both["generation"], both["reason"]) == (MERGE, 4, "generations 1, 2 together")
    assert (planned["kind"], planned["accepted"], planned["generation"]) == ("planner:plans", False, 3)
    assert both["patches"] == [*said["patches"], *made["patches"]]
    at_work = load_generation(warehouse, "shop", 4)
    texts = {patch["text"] for patch in both["patches"]}
    assert texts == {text for prompt in at_work.prompts.values() for text in instructions(prompt)}
    mended = {one["patches"][0]["text"] for one in trials if "mends 0 of" not in one["reason"]}
    assert texts <= mended

    again, same = await evolve(warehouse)
    assert (again.rollouts, same) == (evolution.rollouts, parent)
    assert known(warehouse, "shop")[1:] == generations[1:]
    assert result_of(warehouse, SPEC)["rounds"] == result["rounds"]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["approved", "refused", "edited"])
async def test_what_is_accepted_waits_for_a_person(waited: Path, tmp_path: Path, word: str) -> None:
    warehouse, spec = Warehouse.open(shutil.copytree(waited, tmp_path / "data"), create=False), APPROVED
    with pytest.raises(Waiting) as waiting:
        await evolve(warehouse, spec)
    assert (waiting.value.generation, active(warehouse, "shop")) == (4, 0)
    edited = load_generation(warehouse, "shop", 4)
    edited = with_patches(edited, [Patch(role="user", text="Write in short sentences.")])
    at_work = settle(warehouse, "shop", 4, word != "refused", edited if word == "edited" else None)
    with pytest.raises(BadInput, match="shop has no candidate 4; waiting: none"):
        settle(warehouse, "shop", 4, accept=True)
    _, now = await evolve(warehouse, spec)
    assert now == at_work == {"approved": 4, "refused": 0, "edited": 5}[word]
    assert result_of(warehouse, spec)["end_generation"] == at_work


@pytest.mark.slow
async def test_no_dialogue_is_begun_that_the_budget_does_not_hold(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    record_first(warehouse, "shop")
    spec = SPEC.model_copy(update={"max_rollouts": 30})
    run = RunSpec(domains=("shop",), count=24, seed=2)
    with open_studio(run, warehouse), open_journal(spec.run_id) as journal:
        evolution = Evolution(spec, run, journal)
        with pytest.raises(OutOfRollouts, match=r"24 of 30 rollouts are played, and the next step takes \d+"):
            await evolution.round(0, 0, 0)
        assert evolution.rollouts == 24
        with pytest.raises(OutOfRollouts, match="0 of 10 rollouts"):
            await Evolution(spec.model_copy(update={"max_rollouts": 10}), run, open_journal("other")).round(0, 0, 0)


def played(code: str, role: str | None = "assistant", family: str = "a") -> Played:
    return Played(family=family, passed=role is None, tokens=1, role=role or "", code=code, said=("user: hi",))


def test_failures_are_grouped_by_who_is_blamed_and_the_most_frequent_come_first() -> None:
    seen = [
        played("X"),
        played("Y", family="b"),
        played("Y"),
        played("Z", "user"),
        played("T", ""),
        played("", None),
    ]
    found = failures_of(seen, "assistant")
    assert [(group["code"], group["dialogues"], group["families"]) for group in found] == [
        ("Y", 2, ["a", "b"]),
        ("X", 1, ["a"]),
    ]
    assert [group["code"] for group in failures_of(seen, "user")] == ["Z"]
    assert pass_rate(seen) == round(1 / 6, 4)


LEAKS = [
    ("Look up order #O-4646 first.", ["#o-4646"]),
    ("Tell Tessa what she is owed.", ["tessa"]),
    ("The card is card-531, and it is 2026-06-15.", ["card-531"]),
    ("Tell every amount; do so before you say goodbye.", []),
]


@pytest.mark.parametrize(("text", "found"), LEAKS)
def test_what_is_of_one_scenario_leaks(text: str, found: list[str]) -> None:
    (scenario,) = load_domain("shop").test_scenarios()[:1]
    details = {"order_id": "#O-4646", "payment_id": "card-531"}
    known = scenario.model_copy(update={"knows": {"name": "Tessa Nwosu", **details}})
    assert leaks(text, [known]) == found


def test_patches_change_the_templates_of_their_roles_alone() -> None:
    start = load(GENERATION_0)
    made = with_patches(start, [Patch(role="user", text="Bring up every request.")])
    assert {role for role in start.prompts if made.prompts[role] != start.prompts[role]} == {"user"}
    assert made.hash != start.hash == load(GENERATION_0).hash


def made(cell: int, work: int, passed: bool = True) -> Played:
    return Played(family="a", passed=passed, tokens=1, cell=f"a {cell}", work=work)


def test_scenarios_of_fewer_kinds_and_easier_ones_are_poorer() -> None:
    before = [made(number % 12, 4 + number % 5) for number in range(60)]
    assert poorer(before, before) is None
    fewer = [made(number % 10, 4 + number % 5) for number in range(60)]
    assert poorer(before, fewer) == "its scenarios are of 10 kinds, its parent's of 12"
    easier = [made(number % 12, 3 + number % 5) for number in range(60)]
    assert poorer(before, easier) == "its scenarios are easier: 300 calls, facts and requests in place of 360"
    harder_failed = [
        made(number % 12, 1, passed=number % 5 > 0) if number % 5 == 0 else before[number] for number in range(60)
    ]
    assert poorer(before, harder_failed) is None
    one_easier = [made(0, 1), *before[1:]]
    assert poorer(before, one_easier) is None


@pytest.mark.slow
async def test_what_says_the_same_twice_is_said_once(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    record_first(warehouse, "shop")
    same = [
        Patch(role="assistant", text="Always identify the customer before you look up anything."),
        Patch(role="assistant", text="First find out who the customer is."),
    ]
    other = Patch(role="assistant", text="When it is done, always tell the customer every amount, date and id.")
    run = RunSpec(domains=("shop",), count=24, seed=2)
    with open_studio(run, warehouse), open_journal(SPEC.run_id) as journal:
        evolution, now = Evolution(SPEC, run, journal), load(GENERATION_0)
        cases = await evolution.cases(0, 0, 60)
        failed = [case for case, one in zip(cases, await evolution.play(now, cases), strict=True) if not one.passed]
        mended: dict[Patch, list[Input]] = {}
        for patch in (*same, other):
            after = await evolution.play(with_patches(now, [patch]), failed)
            mended[patch] = [case for case, one in zip(failed, after, strict=True) if one.passed]
        assert mended[same[0]] == mended[same[1]] != []
        assert mended[other]
        assert await evolution.needed(PLAY, now, [*same, other], mended, 0) == [same[1], other]


@pytest.mark.slow
async def test_a_plan_that_comes_to_nothing_is_rewritten_and_runs_begin_with_what_is_better(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    record_first(warehouse, "shop")
    run = RunSpec(domains=("shop",), count=24, seed=2)
    with open_studio(run, warehouse), open_journal(SPEC.run_id) as journal:
        evolution, now = Evolution(SPEC, run, journal), load(GENERATION_0)
        made = await evolution.slots(0, 0, 60)
        outcomes = await evolution.trial(MAKE, now, made)
        fine = [Played(family="a", passed=True, tokens=0) for _ in outcomes]
        assert await evolution.rewritten(0, made, fine) == made[0].plans
        came = Played(family="a", passed=False, tokens=0, role="planner", code="X", details=("y",))
        lost = [came if one.plan == made[0].plan else fine[0] for one in made]
        first, *others = await evolution.rewritten(0, made, lost)
        old, *rest = made[0].plans
        assert others == rest
        assert (first.parent, first.round, first.synthesis.family) == (old.plan_id, 1, old.synthesis.family)
        assert first.synthesis.summary not in {plan.synthesis.summary for plan in made[0].plans}
        blamed = [one.model_copy(update={"role": one.role and "tool_executor"}) for one in lost]
        assert await evolution.rewritten(1, made, blamed) == made[0].plans
        better = with_patches(now, [Patch(role="planner", plans=(first, *rest))])
        again = await evolution.trial(MAKE, better, made)
        for case, before, after in zip(made, outcomes, again, strict=True):
            is_new = case.plan == made[0].plan
            assert after.cell == (f"{first.synthesis.family} {first.synthesis.variant}" if is_new else before.cell)
    number = propose(warehouse, "shop", better, 0, "rewritten").number
    assert load_generation(warehouse, "shop", number) == replace(better, number=number)
    following = RunSpec(domains=("shop",), count=70, seed=9, plans=66, generations={"shop": number})
    with open_studio(following, warehouse):
        await write_plans(following, "shop")
        with open_journal(plans_name(following, "shop")) as planned:
            plans = plans_of(planned)
    proven = [first, *rest]
    assert [plan.synthesis for plan in plans[: len(proven)]] == [plan.synthesis for plan in proven]
    assert [plan.parent for plan in plans[: len(proven)]] == [plan.plan_id for plan in proven]
    assert len(plans) == 66
    assert all(plan.parent is None for plan in plans[len(proven) :])
