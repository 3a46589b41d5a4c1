"""Generations: numbered, never changed, one at work; a run is asked by that one, and a warehouse gives them back."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cli.main import run as turnwright
from prompts import GENERATION_0, Generation, assemble, load
from tasks.generations import State, activate, active, chosen, known, load_generation, propose, record_first, set_aside
from tasks.spec import RunSpec
from turnwright.errors import BadInput
from warehouse.store import Warehouse

RULE = "Before you say goodbye, tell every amount and every date."


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "data", create=True)


def with_rule(generation: Generation, rule: str = RULE) -> Generation:
    texts = generation.texts
    return assemble({**texts, "assistant": texts["assistant"] + f"\n{rule}"}, generation.number)


def states(warehouse: Warehouse, domain: str = "shop") -> list[tuple[int, int | None, str]]:
    return [(row["generation"], row["parent"], row["state"]) for row in known(warehouse, domain)]


def test_the_first_is_known_before_anything_is_recorded(warehouse: Warehouse) -> None:
    assert states(warehouse) == [(0, None, "active")]
    assert (active(warehouse, "shop"), chosen(None, ["shop"], None)) == (0, {"shop": 0})
    assert load_generation(warehouse, "shop", 0).hash == load(GENERATION_0).hash


def test_candidates_are_numbered_accepted_refused_and_rolled_back(warehouse: Warehouse) -> None:
    record_first(warehouse, "shop")
    first = propose(warehouse, "shop", with_rule(load(GENERATION_0)), 0, "facts were not told")
    second = propose(warehouse, "shop", with_rule(load(GENERATION_0), "Be nice."), 0, "customers left")
    assert (first.number, second.number, active(warehouse, "shop")) == (1, 2, 0)
    set_aside(warehouse, "shop", 2, State.REFUSED, "5 against 6")
    assert activate(warehouse, "shop", 1, "20 against 3") == 0
    assert states(warehouse) == [(0, None, "retired"), (1, 0, "active"), (2, 0, "refused")]
    record_first(warehouse, "shop")
    assert active(warehouse, "shop") == 1
    assert activate(warehouse, "shop", 0, "it was worse after all") == 1
    assert states(warehouse) == [(0, None, "active"), (1, 0, "retired"), (2, 0, "refused")]
    assert states(warehouse, "flights") == [(0, None, State.ACTIVE)]
    assert propose(warehouse, "flights", with_rule(load(GENERATION_0)), 0, "").number == 1


def test_what_is_read_back_is_what_was_proposed(warehouse: Warehouse) -> None:
    made = with_rule(load(GENERATION_0))
    number = propose(warehouse, "shop", made, 0, "").number
    read = load_generation(Warehouse.open(warehouse.root, create=False), "shop", number)
    assert (read.hash, read.number, read.texts) == (made.hash, number, made.texts)
    with pytest.raises(BadInput, match="shop has no generation 9; known: 0, 1"):
        load_generation(warehouse, "shop", 9)
    with pytest.raises(BadInput, match="shop has no generation 9; known: 0, 1"):
        activate(warehouse, "shop", 9, "")
    with pytest.raises(BadInput, match="flights has no generation 1; known: 0"):
        load_generation(warehouse, "flights", number)


def test_a_run_has_the_id_of_its_generations() -> None:
    run = RunSpec(domains=("shop", "flights"), count=4)
    others = [run.model_copy(update={"generations": {"shop": shop, "flights": 2}}) for shop in (0, 1)]
    assert len({run.run_id, *(other.run_id for other in others)}) == 3
    assert run.model_copy(update={"generations": {"shop": 0, "flights": 0}}).run_id == run.run_id


@pytest.mark.slow
async def test_a_run_is_asked_by_its_generation_and_its_dialogues_say_so(make: Any, tmp_path: Path) -> None:
    record_first(Warehouse.open(tmp_path / "data", create=True), "shop")
    propose(Warehouse.open(tmp_path / "data", create=False), "shop", with_rule(load(GENERATION_0)), 0, "")
    run = RunSpec(domains=("shop",), count=4, seed=3)
    runs = [await make(tmp_path / "data", run.model_copy(update={"generations": {"shop": g}})) for g in (0, 1)]
    prompts = [{row["prompt_hash"] for row in made.tables["llm_calls"] if row["role"] == "assistant"} for made in runs]
    assert [set(made.column("dialogues", "generation")) for made in runs] == [{0}, {1}]
    assert all(len(hashes) == 1 for hashes in prompts)
    assert prompts[0] != prompts[1]


def test_the_commands(warehouse: Warehouse, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    record_first(warehouse, "shop")
    propose(warehouse, "shop", with_rule(load(GENERATION_0)), 0, "facts were not told")
    at = ["--warehouse", str(warehouse.root), "--json"]

    def asked(*words: str) -> dict[str, Any]:
        capfd.readouterr()
        assert turnwright([*words, *at]) == 0
        return orjson.loads(capfd.readouterr().out)

    listed = asked("generations", "--domain", "shop")["generations"]
    assert [row["state"] for row in listed] == ["active", "candidate"]
    assert listed[0].keys() >= {"generation", "parent", "state", "created_at", "pass_rate", "dialogues"}
    assert {row["domain"] for row in asked("generations")["generations"]} == {"shop", "flights", "mobile"}
    (change,) = asked("diff", "0", "1", "--domain", "shop")["changes"]
    assert (change["role"], f"+{RULE}" in change["diff"]) == ("assistant", True)
    assert asked("diff", "1", "1", "--domain", "shop")["changes"] == []
    asked("generations", "--domain", "shop", "--export", "1", "--out", str(tmp_path / "edited"))
    template = tmp_path / "edited" / "assistant.md.j2"
    words = template.read_text()
    template.write_text(words.replace("{{ policy | nested }}", ""))
    assert turnwright(["approve", "1", "--domain", "shop", "--edited", str(tmp_path / "edited"), *at]) == 2
    assert "the code of a template is not to be changed" in capfd.readouterr().err
    assert turnwright(["approve", "1", "--domain", "shop", "--edited", str(tmp_path / "nowhere"), *at]) == 2
    assert "cannot read" in capfd.readouterr().err
    template.write_text(words.replace(RULE, "Tell all."))
    approved = asked("approve", "1", "--domain", "shop", "--edited", str(tmp_path / "edited"))
    assert approved == {"domain": "shop", "candidate": 1, "at_work": 2}
    assert asked("rollback", "--domain", "shop", "--to", "0") == {"domain": "shop", "from": 2, "to": 0}
    assert asked("rollback", "--domain", "shop", "--to", "1") == {"domain": "shop", "from": 0, "to": 1}
    assert active(warehouse, "shop") == 1
    asked("generations", "--domain", "shop", "--export", "1", "--out", str(tmp_path / "files"))
    assert load(tmp_path / "files", 1).hash == load_generation(warehouse, "shop", 1).hash
    assert yaml.safe_load((tmp_path / "files" / "workflow.yaml").read_text())["limits"]["turns"] == 60
    for words in (["rollback", "--domain", "shop", "--to", "7"], ["diff", "0", "7", "--domain", "shop"]):
        assert turnwright([*words, *at]) == 2
        assert capfd.readouterr().err == "turnwright: shop has no generation 7; known: 0, 1, 2\n"
