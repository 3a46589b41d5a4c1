"""Every expectation fails on rows that break it, and on no other account; the page needs nothing from elsewhere."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.expectations import ENOUGH, SUITES
from tasks.quality import Examined, examined
from tasks.rows import Tables
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.manifest import Commit, Manifest
from warehouse.parts import PartRef
from warehouse.publish import publish
from warehouse.schema import VERSION
from warehouse.store import Warehouse

Break = Callable[[Tables], Any]


def night(count: int = ENOUGH + 10) -> Tables:
    """So many dialogues that are all as expected; every fifth fails."""
    tables: Tables = {name: [] for name in (suite.table for suite in SUITES)}
    for slot in range(count):
        ids = {"dialogue_id": f"d-{slot}", "scenario_id": f"s-{slot}", "checker_id": f"c-{slot}"}
        passed = slot % 5 > 0
        said = {"persona": "Ann", "goal": "You want it back.", "opening": "Hello", "ending": "CHANGED", "tier": 1}
        reference = [{"tool": "cancel_order", "arguments": {}}]
        tables["scenarios"].append(
            {"scenario_id": ids["scenario_id"], "state": "accepted", "split": "train", **said, "reference": reference,
             "family": ("cancel_order", "return_items", "track_shipment")[slot % 3], "requests": [{"action": "cancel"}]}
        )  # fmt: skip
        tables["checkers"].append(
            {"checker_id": ids["checker_id"], "scenario_id": ids["scenario_id"], "state": "admitted",
             "mutation_score": 1.0, "source": "def check(): ..."}
        )  # fmt: skip
        tables["dialogues"].append(
            {**ids, "verdict": "PASS" if passed else "FAIL", "blame": None if passed else "USER", "tool_calls": 1,
             "stop_reason": "USER_DONE", "turns": 4 + slot % 4 // 3, "tokens_in": 5, "tokens_out": 1, "cost_usd": 0.0}
        )  # fmt: skip
        call = [{"tool": "cancel_order", "arguments": {}}]
        talk: list[tuple[str, str, Any]] = [("user", "Hi", []), ("assistant", "", call), ("assistant", "Done", [])]
        talk += [("user", "Thanks", []), ("assistant", "Bye", [])][: 1 + slot % 4 // 3]
        for turn, (speaker, content, calls) in enumerate(talk):
            place = {"dialogue_id": ids["dialogue_id"], "turn": turn}
            tables["turns"].append({**place, "speaker": speaker, "content": content, "tool_calls": calls})
        made = {"turn": 1, "call": 0, "side": "assistant", "tool": "cancel_order", "arguments": {}, "writes": True}
        tables["tool_calls"].append({"dialogue_id": ids["dialogue_id"], **made, "result": {}})
        if not passed:
            tables["findings"].append({"dialogue_id": ids["dialogue_id"], "source": "checker", "code": "MISSING_WRITE"})
        used = {"model": "m", "prompt_hash": "h", "outcome": "ok", "tokens_in": 5, "tokens_out": 1, "cost_usd": 0.0}
        tables["llm_calls"].append({"stage": "play", "slot": slot, "role": "user", **used})
    return tables


def look(folder: Path, shop: Domain, tables: Tables) -> Examined:
    warehouse = Warehouse.open(folder, create=True)
    publish(warehouse, "one", "r-1", "shop", tables)
    with Catalog(warehouse) as catalog:
        return examined(catalog, [shop], "A night")


def change(table: str, rows: slice = slice(0, 1), **values: Any) -> Break:
    return lambda tables: [row.update(values) for row in tables[table][rows]]


def again(table: str) -> Break:
    return lambda tables: tables[table].append({**tables[table][0]})


def without(table: str, rows: slice = slice(0, 1)) -> Break:
    return lambda tables: tables[table].__delitem__(rows)


ALL = slice(None)
BREAKS: dict[str, Break] = {
    "scenarios repeated": again("scenarios"),
    "scenarios without_a_goal": change("scenarios", goal=None),
    "scenarios without_a_request": change("scenarios", requests=[]),
    "scenarios unknown_family": change("scenarios", family="burglary"),
    "scenarios unknown_tier": change("scenarios", tier=4),
    "scenarios largest_family": change("scenarios", slice(0, 40), family="cancel_order"),
    "scenarios state": change("scenarios", state="pending"),
    "scenarios split": change("scenarios", split="validation"),
    "checkers repeated": again("checkers"),
    "checkers without_a_scenario": change("checkers", scenario_id="s-none"),
    "checkers without_a_source": change("checkers", source=None),
    "checkers lowest_score": change("checkers", mutation_score=-0.5),
    "checkers highest_score": change("checkers", mutation_score=1.5),
    "checkers state": change("checkers", state="lost"),
    "dialogues repeated": again("dialogues"),
    "dialogues without_a_scenario": change("dialogues", scenario_id="s-none"),
    "dialogues without_a_checker": change("dialogues", checker_id="c-none"),
    "dialogues of_something_refused": change("checkers", state="refused"),
    "dialogues blame_amiss": change("dialogues", slice(1, 2), blame="USER"),
    "dialogues empty": lambda tables: [change("dialogues", turns=0)(tables), without("turns", slice(0, 4))(tables)],
    "dialogues negative": change("dialogues", cost_usd=-1.0),
    "dialogues turns_amiss": change("dialogues", turns=5),
    "dialogues calls_amiss": without("tool_calls"),
    "dialogues far_too_long": change("dialogues", slice(0, 4), turns=99),
    "dialogues error_rate": change("dialogues", slice(0, 40), verdict="ERROR", blame="PROVIDER"),
    "dialogues pass_rate": change("dialogues", ALL, verdict="FAIL", blame="USER"),
    "dialogues verdict": change("dialogues", verdict="MAYBE"),
    "dialogues stop_reason": change("dialogues", stop_reason="BORED"),
    "dialogues blame": change("dialogues", blame="NOBODY"),
    "turns without_a_dialogue": change("turns", slice(0, 4), dialogue_id="d-none"),
    "turns out_of_order": change("turns", slice(3, 4), turn=7),
    "turns not_begun_by_the_user": change("turns", speaker="assistant"),
    "turns not_in_turn": change("turns", slice(2, 3), speaker="user"),
    "turns without_words": change("turns", content=""),
    "turns speaker": change("turns", speaker="narrator"),
    "tool_calls without_a_dialogue": change("tool_calls", dialogue_id="d-none"),
    "tool_calls unknown_tool": change("tool_calls", tool="open_safe"),
    "tool_calls answered_twice": change("tool_calls", error="no"),
    "tool_calls without_arguments": change("tool_calls", arguments=None),
    "tool_calls untraceable": change("tool_calls", slice(1, 3), tool="return_items"),
    "tool_calls side": change("tool_calls", side="nobody"),
    "findings without_a_dialogue": change("findings", dialogue_id="d-none"),
    "findings unexplained": without("findings"),
    "findings source": change("findings", source="rumour"),
    "llm_calls untold": change("llm_calls", outcome=None),
    "llm_calls negative": change("llm_calls", tokens_in=-1),
    "llm_calls failed": change("llm_calls", slice(0, 40), outcome="failed"),
}


def test_a_night_that_is_as_expected(tmp_path: Path, shop: Domain) -> None:
    found = look(tmp_path / "data", shop, night())
    assert found.failed == ()
    assert found.expectations == sum(len(suite.expected) + 1 for suite in SUITES)
    assert found.expectations >= 20


def test_the_same_ids_in_another_run_are_no_repetition(tmp_path: Path, shop: Domain) -> None:
    """As in two evolutions with one seed, which both play the test set."""
    publish(Warehouse.open(tmp_path / "data", create=True), "two", "r-2", "shop", night())
    assert look(tmp_path / "data", shop, night()).failed == ()


def test_a_night_may_pass_as_a_whole(tmp_path: Path, shop: Domain) -> None:
    tables = night()
    change("dialogues", ALL, verdict="PASS", blame=None)(tables)
    assert look(tmp_path / "data", shop, tables).failed == ()


@pytest.mark.parametrize("count", [0, 3])
def test_little_or_nothing_is_no_reason_to_fail(tmp_path: Path, shop: Domain, count: int) -> None:
    assert look(tmp_path / "data", shop, night(count)).failed == ()


def test_every_expectation_has_its_break() -> None:
    assert set(BREAKS) == {f"{suite.table} {one.measure}" for suite in SUITES for one in suite.expected}


@pytest.mark.parametrize("broken", BREAKS)
def test_it_fails_on_what_breaks_it(tmp_path: Path, shop: Domain, broken: str) -> None:
    tables, (table, measure) = night(), broken.split()
    BREAKS[broken](tables)
    found = look(tmp_path / "data", shop, tables)
    assert any(line.startswith(f"{table}: ") and f"({measure}: " in line for line in found.failed), found.failed


def test_a_part_of_other_types_is_seen(tmp_path: Path, shop: Domain) -> None:
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    publish(warehouse, "one", "r-1", "shop", night())
    file = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"dialogue_id": ["d-1"], "slot": ["first"]}), file)
    data = file.read_bytes()
    part = PartRef(
        path="parts/odd.parquet", table="dialogues", rows=1, bytes=len(data), sha256=sha256(data).hexdigest()
    )
    (warehouse.root / part.path).write_bytes(data)
    Manifest(warehouse).commit(Commit(name="two", run_id="r-1", parts=(part,), version=VERSION))
    with Catalog(warehouse) as catalog:
        failed = examined(catalog, [shop], "A night").failed
    assert "dialogues: every column is of its type (columns: slot VARCHAR)" in failed


def test_the_page_says_what_is_amiss_and_fetches_nothing(tmp_path: Path, shop: Domain) -> None:
    tables = night()
    change("turns", speaker="<narrator>")(tables)
    page = look(tmp_path / "data", shop, tables).page
    assert "2 of 54 expectations are not met" in page or "3 of 54" in page or "4 of 54" in page
    assert "&lt;narrator&gt;" in page
    assert "<narrator>" not in page
    assert re.findall(r"https?:|//|src=|href=|@import|url\(|<script", page) == []
