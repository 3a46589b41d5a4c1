"""The wire: calls as providers write them, and what is read from it."""

from typing import Any

import pytest

from turnwright.database import freeze
from turnwright.dialogue import Executed, ToolCall
from turnwright.llm.chat import answered, called, parse_call, said

PARSED = [
    pytest.param('{"a": [1]}', {"a": [1]}, None, id="an object"),
    pytest.param("", {}, None, id="empty"),
    pytest.param(None, {}, None, id="none"),
    pytest.param("[1]", {}, "[1]", id="a list"),
    pytest.param('"a"', {}, '"a"', id="a string"),
    pytest.param("null", {}, "null", id="null"),
    pytest.param('{"a": ', {}, '{"a": ', id="cut short"),
    pytest.param("{'a': 1}", {}, "{'a': 1}", id="no JSON"),
    pytest.param('{"a": NaN}', {}, '{"a": NaN}', id="no number"),
]


@pytest.mark.parametrize(("text", "arguments", "malformed"), PARSED)
def test_parse_call(text: str | None, arguments: dict[str, Any], malformed: str | None) -> None:
    assert parse_call("c", "t", text) == ToolCall(id="c", tool="t", arguments=arguments, malformed=malformed)


def test_said() -> None:
    assert said("system", "words") == {"role": "system", "content": "words"}


def test_what_was_called_is_read_back() -> None:
    call = ToolCall(id="c", tool="t", arguments={"a": {"b": [1.5, None]}})
    wire = called("words", [call])["tool_calls"][0]
    assert parse_call(wire["id"], wire["function"]["name"], wire["function"]["arguments"]) == call


@pytest.mark.parametrize(
    ("result", "error", "content"),
    [
        ({"b": [{"d": 1, "c": 2}], "a": 1}, None, '{"a":1,"b":[{"c":2,"d":1}]}'),
        (None, None, "null"),
        (None, "no", '{"error":"no"}'),
    ],
    ids=["a result, in the order in which a corpus keeps it", "nothing", "an error"],
)
def test_answered(result: Any, error: str | None, content: str) -> None:
    executed = Executed(id="c", tool="t", arguments={}, result=freeze(result), error=error)
    (wire,) = answered([executed])
    assert (wire["role"], wire["tool_call_id"], wire["content"]) == ("tool", "c", content)
