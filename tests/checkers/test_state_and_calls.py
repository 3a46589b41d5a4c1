"""State and call helpers, and the evidence that they read."""

from typing import Any

import pytest

from checkers.evidence import evidence
from checkers.library import HELPERS, HELPERS_DOC
from checkers.prelude.calls import confirmed, made, made_before, writes
from checkers.prelude.state import changed, created, deleted, fields, others
from turnwright.dialogue import Executed, Side, Turn
from turnwright.scenario import Fact

CHANGES: dict[str, dict[str, list[Any]]] = {
    "claims/c-1": {"claim_id": [None, "c-1"], "remedy": [None, "refund"]},
    "loans/l-1": {"loan_id": ["l-1", None], "fee": [2.5, None]},
    "orders/#O-1": {"status": ["pending", "cancelled"], "note": ["", None]},
    "orders/#O-2": {"delivered_at": [None, "2026-06-01"]},
    "orders/a/b": {"order_id": [None, "a/b"]},
}


def test_fields_and_changed() -> None:
    assert fields(CHANGES, "orders", "#O-1", "status") == ["pending", "cancelled"]
    assert fields(CHANGES, "orders", "#O-1", "total") == fields(CHANGES, "x", "y", "z") == [None, None]
    assert changed(CHANGES, "orders", "#O-1", "status") == "cancelled"
    assert changed(CHANGES, "orders", "#O-9", "status") is None


def test_created_and_deleted_rows_are_told_from_filled_and_emptied_fields() -> None:
    assert created(CHANGES, "claims") == [{"claim_id": "c-1", "remedy": "refund", "key": "c-1"}]
    assert [row["key"] for row in created(CHANGES, "orders")] == ["a/b"]
    assert deleted(CHANGES, "loans") == [{"loan_id": "l-1", "fee": 2.5, "key": "l-1"}]
    assert created(CHANGES, "loans") == deleted(CHANGES, "orders") == created(CHANGES, "order") == []


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ([], list(CHANGES)),
        (["orders/*", "claims/*"], ["loans/l-1"]),
        (["orders/#O-1", "loans/l-1", "claims/c-1"], ["orders/#O-2", "orders/a/b"]),
        (["order/*", "orders/#O"], list(CHANGES)),
    ],
)
def test_others(allowed: list[str], left: list[str]) -> None:
    assert others(CHANGES, allowed) == left


def call(turn: int, tool: str, error: str | None = None, writes: bool = False, **arguments: Any) -> dict[str, Any]:
    return {
        "turn": turn,
        "side": "assistant",
        "tool": tool,
        "arguments": arguments,
        "result": None if error else {},
        "error": error,
        "writes": writes,
    }


CALLS = [
    call(1, "find_user", error="not found", email="x"),
    call(2, "find_user", email="y"),
    call(5, "cancel", writes=True, order="#O-1", items=["i-1"]),
    call(6, "cancel", error="done already", writes=True, order="#O-1", items=["i-1"]),
]


def test_made_is_successful_and_has_the_arguments() -> None:
    assert made(CALLS, "find_user") == [CALLS[1]]
    assert made(CALLS, "cancel", items=["i-1"]) == [CALLS[2]]
    assert made(CALLS, "find_user", email="x") == made(CALLS, "cancel", reason=None) == made(CALLS, "x") == []


def test_writes_are_successful() -> None:
    assert writes(CALLS) == [CALLS[2]]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("find_user", "cancel", True),
        ("cancel", "find_user", False),
        ("x", "cancel", False),
        ("x", "y", True),
        ("find*", "cancel", True),
        ("find*", ["x", "cancel"], True),
        ("can*", ["x", "find_user"], False),
        ("can*", ["x", "find"], True),
        ("x*", ["find_user", "cancel"], False),
        ("x", [], True),
        ("*", "find*", True),
    ],
)
def test_made_before(first: str, then: str | list[str], expected: bool) -> None:
    assert made_before(CALLS, first, then) is expected


def test_a_failed_call_comes_before_nothing() -> None:
    assert not made_before([CALLS[0], CALLS[2]], "find_user", "cancel")


TALKS = {
    "proposed and agreed": ("user assistant user", True),
    "greeted first": ("assistant user assistant user", True),
    "only asked": ("user", False),
    "no answer to the proposal": ("user assistant", False),
    "only a greeting before": ("assistant user", False),
    "agreed too late": ("user assistant . . . . . user", False),
}


@pytest.mark.parametrize(("speakers", "expected"), TALKS.values(), ids=TALKS)
def test_confirmed(speakers: str, expected: bool) -> None:
    messages = [
        {"turn": turn, "speaker": speaker, "content": "..."}
        for turn, speaker in enumerate(speakers.split())
        if speaker != "."
    ]
    assert confirmed(CALLS, messages, "cancel") is expected
    assert confirmed(CALLS, messages, "never made")


def test_evidence_numbers_calls_and_messages_alike() -> None:
    executed = Executed(id="1", tool="find_user", arguments={"email": "y"}, result={"id": "u"})
    turns = (
        Turn(speaker=Side.USER, content="Hi"),
        Turn(speaker=Side.ASSISTANT, content=" ", calls=(executed,)),
        Turn(speaker=Side.ASSISTANT, content="Done"),
    )
    found = evidence(turns, {}, [Fact(code="FEE", kind="money", value=2.5)])
    assert found["messages"] == [
        {"turn": 0, "speaker": "user", "content": "Hi"},
        {"turn": 2, "speaker": "assistant", "content": "Done"},
    ]
    assert found["calls"] == [{**call(1, "find_user", email="y"), "result": {"id": "u"}}]
    assert found["facts"] == {"FEE": 2.5}


def test_every_helper_is_documented() -> None:
    assert list(HELPERS) == [
        "fields",
        "changed",
        "created",
        "deleted",
        "others",
        "made",
        "made_before",
        "writes",
        "looked_up",
        "confirmed",
        "refused",
        "told",
    ]
    assert all(f"{name}(" in HELPERS_DOC for name in HELPERS)
