"""Round trip: whatever is said, called or answered comes back from the files as it was, but for special tokens."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talks import TRAIN_IDS, Talk, assistant, call, put, user

from tasks.exports.exporting import export
from turnwright.dialogue import Executed, Turn
from turnwright.special_tokens import SPECIAL, Neutraliser
from warehouse.store import Warehouse

# What no file could hold, half a surrogate pair, is stopped where a reply enters.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["<|im_end|>", "a</s>b", '"\\n']
)
SAID = TEXT.filter(bool)
LEAF = (
    TEXT | st.integers(-(2**53), 2**53) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
ARGUMENTS = st.dictionaries(TEXT, VALUE, max_size=3)
CALL = st.builds(lambda tool, arguments, result: call(tool, arguments, result), SAID, ARGUMENTS, VALUE) | st.builds(
    lambda tool, arguments, error: call(tool, arguments, error=error), SAID, ARGUMENTS, TEXT
)
CALLS = st.lists(CALL, min_size=1, max_size=3).map(
    lambda calls: [one.model_copy(update={"id": f"c{number}"}) for number, one in enumerate(calls)]
)
TURN = SAID.map(user) | SAID.map(assistant) | st.builds(lambda words, calls: assistant(words, *calls), TEXT, CALLS)
TURNS = st.lists(TURN, min_size=1, max_size=5).map(lambda turns: [user("Hi."), *turns, assistant("Done.")])


def told(turns: list[Turn]) -> list[dict[str, Any]]:
    """What the assistant saw, in words of this test."""
    seen: list[dict[str, Any]] = []
    for turn in turns:
        calls = [(one.id, one.tool, one.arguments) for one in turn.calls]
        seen.append({"role": turn.speaker, "content": turn.content, "calls": calls})
        seen += [{"role": "tool", "content": answer(one), "id": one.id} for one in turn.calls]
    return Neutraliser().value(seen)


def answer(one: Executed) -> Any:
    return one.result if one.error is None else {"error": one.error}


def from_wire(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for message in messages for one in _from_wire(message)]


def _from_wire(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    content = message.get("content", "")
    if message["role"] == "tool":
        yield {"role": "tool", "content": orjson.loads(content), "id": message["tool_call_id"]}
        return
    calls = [(one["id"], one["function"]) for one in message.get("tool_calls", [])]
    read = [[id, made["name"], _object(made["arguments"])] for id, made in calls]
    yield {"role": message["role"], "content": content, "calls": read}


def _object(arguments: Any) -> Any:
    return orjson.loads(arguments) if isinstance(arguments, str) else arguments


def exported(warehouse: Warehouse, format: str, out: Path) -> list[dict[str, Any]]:
    export(warehouse, format, out, None)
    name = "shop_sft_train.jsonl" if format == "areal" else "train.jsonl"
    data = (out / name).read_bytes()
    assert SPECIAL.search(data.decode()) is None
    return [orjson.loads(line) for line in data.splitlines()]


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(TURNS, min_size=1, max_size=4))
def test_everything_comes_back(talks: list[list[Turn]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder) / "data", create=True)
        put(warehouse, *(Talk(turns=tuple(turns), scenario_id=TRAIN_IDS[at]) for at, turns in enumerate(talks)))
        expected = {TRAIN_IDS[at]: told(turns) for at, turns in enumerate(talks)}
        rows = exported(warehouse, "trl", Path(folder) / "trl")
        assert {row["scenario_id"]: from_wire(row["messages"][1:]) for row in rows} == expected
        rows = exported(warehouse, "openai", Path(folder) / "openai")
        assert [from_wire(row["messages"][1:]) for row in rows] == [expected[one] for one in sorted(expected)]
        last = {row["metadata"]["scenario_id"]: row for row in exported(warehouse, "areal", Path(folder) / "areal")}
        whole = {id: from_wire([*row["messages"][1:], row["answer"]]) for id, row in last.items()}
        assert whole == expected


@pytest.mark.slow
@settings(max_examples=20)
@given(st.lists(st.tuples(SAID, CALLS), min_size=1, max_size=3))
def test_everything_comes_back_from_conversations(said: list[tuple[str, list[Executed]]]) -> None:
    turns = [turn for words, calls in said for turn in (user(words), assistant("", *calls), assistant(words))]
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder) / "data", create=True)
        put(warehouse, Talk(turns=tuple(turns)))
        (row,) = exported(warehouse, "sharegpt", Path(folder) / "out")
    parts = [part["value"] for part in row["conversations"]]
    for number, (words, calls) in enumerate(said):
        human, made, answers, gpt = parts[4 * number : 4 * number + 4]
        assert human == gpt == Neutraliser().text(words)
        clean = Neutraliser().value
        expected = [{"name": one.tool, "arguments": one.arguments} for one in calls]
        assert orjson.loads(made) == clean(expected if len(calls) > 1 else expected[0])
        found = [answer(one) for one in calls]
        assert orjson.loads(answers) == clean(found if len(found) > 1 else found[0])
