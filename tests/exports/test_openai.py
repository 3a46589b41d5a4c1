"""OpenAI takes the files: each row is held against the rules that its fine-tuning guide and API reference publish."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from talks import TRAIN_IDS, Export, Talk, assistant, call, put, user

from tasks.exports.exporting import export
from warehouse.store import Warehouse

ROLES = {
    "system": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "name", "refusal", "tool_calls", "weight"},
    "tool": {"role", "content", "tool_call_id"},
}
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def faults(row: dict[str, Any]) -> list[str]:
    """What the API would refuse of a training example."""
    found = [f"key {key}" for key in row.keys() - {"messages", "tools", "parallel_tool_calls"}]
    messages, tools = row.get("messages", []), row.get("tools", [])
    names = {tool["function"]["name"] for tool in tools}
    found += [f"tool {tool}" for tool in tools if not _is_tool(tool)]
    found += ["tools"] if not 0 < len(tools) <= 128 else []
    found += [fault for message in messages for fault in _of_message(message, names)]
    if not messages or messages[-1]["role"] != "assistant":
        found.append("the last message is not the assistant's")
    return found + list(_of_order(messages))


def _is_tool(tool: dict[str, Any]) -> bool:
    function = tool["function"]
    return bool(
        tool.keys() == {"type", "function"}
        and tool["type"] == "function"
        and NAME.fullmatch(function["name"])
        and len(function["description"]) <= 1024
        and function["parameters"]["type"] == "object"
        and function.keys() <= {"name", "description", "parameters", "strict"}
    )


def _of_message(message: dict[str, Any], names: set[str]) -> list[str]:
    found = [f"{key} in {message['role']}" for key in message.keys() - ROLES[message["role"]]]
    calls = message.get("tool_calls", [])
    if not isinstance(message.get("content"), str) and not calls:
        found.append("no content")
    if message["role"] == "assistant" and not message.get("content") and not calls:
        found.append("an assistant that says nothing")
    for one in calls:
        arguments = orjson.loads(one["function"]["arguments"])
        if one["type"] != "function" or not one["id"] or not isinstance(arguments, dict):
            found.append(f"call {one}")
        if one["function"]["name"] not in names:
            found.append(f"a call of {one['function']['name']}, which is no tool")
    return found


def _of_order(messages: list[dict[str, Any]]) -> list[str]:
    """Each call is answered, in its place, before anything else is said; and nothing else is."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return ["an answer without its call"]
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return ["a call without its answer"]
        waiting += [one["id"] for one in message.get("tool_calls", [])]
    return []


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


def test_every_row_of_a_corpus_is_valid(corpus: Warehouse, tmp_path: Path) -> None:
    found = export(corpus, "openai", tmp_path / "out", None)
    assert set(found.files) == {"README.md", "SHA256SUMS", "train.jsonl", "validation.jsonl"}
    rows = [*rows_of(tmp_path / "out" / "train.jsonl"), *rows_of(tmp_path / "out" / "validation.jsonl")]
    assert len(rows) == found.tally.dialogues > 20
    assert [fault for row in rows for fault in faults(row)] == []


def test_both_files_are_there_even_if_one_has_no_row(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, Talk())
    exported("openai")
    assert (tmp_path / "out" / "validation.jsonl").read_bytes() == b""


MESSAGE = {"role": "user", "content": "Hi."}
CALLING = {
    "role": "assistant",
    "tool_calls": [{"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
}
LOOK = {"type": "function", "function": {"name": "look", "description": "", "parameters": {"type": "object"}}}
BROKEN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "ends with the user": ([MESSAGE], "the last message is not the assistant's"),
    "an unknown key": ([{**MESSAGE, "mood": "good"}, {"role": "assistant", "content": "Hi."}], "mood in user"),
    "no answer": ([CALLING, {"role": "assistant", "content": "Hi."}], "a call without its answer"),
    "silence": ([MESSAGE, {"role": "assistant", "content": ""}], "an assistant that says nothing"),
}


@pytest.mark.parametrize(("messages", "fault"), BROKEN.values(), ids=BROKEN)
def test_the_rules_find_faults(messages: list[dict[str, Any]], fault: str) -> None:
    assert faults({"messages": messages, "tools": [LOOK]}) == [fault]


def test_a_call_of_a_tool_that_is_none_is_kept_as_it_was_made(
    warehouse: Warehouse, exported: Export, tmp_path: Path
) -> None:
    turns = (user("Hi."), assistant("", call("nosuch", {}, error="there is no tool 'nosuch'")), assistant("Sorry."))
    put(warehouse, Talk(turns=turns, scenario_id=TRAIN_IDS[0]))
    exported("openai")
    (row,) = rows_of(tmp_path / "out" / "train.jsonl")
    assert faults(row) == ["a call of nosuch, which is no tool"]
