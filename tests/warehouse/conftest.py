"""A warehouse in a temporary folder, and shards to publish in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.publish import publish
from warehouse.store import Warehouse

Tables = dict[str, list[dict[str, Any]]]


def shard_of(number: int, dialogues: int = 4, turns: int = 3, calls: int = 2) -> Tables:
    """The rows of a shard: of every four dialogues one fails and one errs."""
    tables: Tables = {name: [] for name in ("scenarios", "checkers", "dialogues", "turns", "tool_calls", "llm_calls")}
    for index in range(dialogues):
        dialogue = f"d-{number:03}-{index:04}"
        scenario = {"scenario_id": f"s-{dialogue}", "slot": index, "state": "accepted", "knows": {"email": "a@b.c"}}
        tables["scenarios"].append(scenario)
        tables["checkers"].append({"checker_id": f"c-{dialogue}", "scenario_id": f"s-{dialogue}", "state": "admitted"})
        tables["dialogues"].append({
            "dialogue_id": dialogue,
            "scenario_id": f"s-{dialogue}",
            "verdict": ("PASS", "FAIL", "PASS", "ERROR")[index % 4],
            "changes": {"orders/#O-1": {"items": [["i-1"], ["i-2"]]}},
        })  # fmt: skip
        for turn in range(turns):
            words = f"turn {turn}: " + "I would like to exchange the lamp. " * 5
            tables["turns"].append({"dialogue_id": dialogue, "turn": turn, "speaker": "user", "content": words})
        for call in range(calls):
            said = {"turn": call % turns, "call": call, "side": "assistant", "tool": "get_order", "writes": False}
            answer = {"arguments": {"order": f"#O-{call}"}, "result": {"items": ["i-1"], "status": "delivered"}}
            tables["tool_calls"].append({"dialogue_id": dialogue, **said, **answer})
        used = {"tokens_in": 100, "tokens_out": 10, "cost_usd": 0.001}
        tables["llm_calls"].append({"stage": "play", "slot": index, "role": "assistant", **used})
    return tables


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "data", create=True)


@pytest.fixture
def shard() -> Callable[..., Tables]:
    return shard_of


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Three shards of run r-1: two of shop, one of flights."""
    return _filled(warehouse)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """As `filled`, for tests that only read."""
    return _filled(Warehouse.open(tmp_path_factory.mktemp("library") / "data", create=True))


def _filled(warehouse: Warehouse) -> Warehouse:
    for number, domain in enumerate(("shop", "shop", "flights")):
        publish(warehouse, f"r-1-{number}", "r-1", domain, shard_of(number))
    return warehouse
