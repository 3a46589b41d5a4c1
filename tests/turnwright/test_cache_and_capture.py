"""What stands around a client: the cache that makes a re-run free, the capture that leaves out keys, the count."""

import asyncio
from pathlib import Path

import orjson
import pytest

from turnwright.dialogue import ToolCall
from turnwright.errors import RunStopped
from turnwright.llm.cache import Cached
from turnwright.llm.capture import Captured
from turnwright.llm.chat import ChatReply, ChatRequest, said
from turnwright.llm.prices import cost, price_of
from turnwright.llm.scripted import ScriptedClient
from turnwright.llm.traffic import Counted, Traffic

REQUEST = ChatRequest("openai/x", [said("user", "Hello?")], seed=1)
CALL = ToolCall(id="c-1", tool="f", arguments={"a": [1]}, malformed=None)
REPLY = ChatReply("Hi 🚲", (CALL,), 10, 3, 0.5, "I greet.", attempts=2, latency_s=0.25)


async def test_what_was_answered_is_not_asked_again_and_costs_nothing(tmp_path: Path) -> None:
    client = ScriptedClient([REPLY])
    assert await Cached(client, tmp_path).chat(REQUEST) == REPLY
    again = await Cached(client, tmp_path).chat(REQUEST)
    assert len(client.requests) == 1
    assert again == ChatReply("Hi 🚲", (CALL,), 10, 3, 0.0, "I greet.", attempts=0, latency_s=0.0, cached=True)


OTHERS = [
    ChatRequest("openai/y", REQUEST.messages, seed=1),
    ChatRequest("openai/x", [said("user", "Hello")], seed=1),
    ChatRequest("openai/x", REQUEST.messages, [{"type": "function"}], seed=1),
    ChatRequest("openai/x", REQUEST.messages, temperature=0.5, seed=1),
    ChatRequest("openai/x", REQUEST.messages, seed=2),
    ChatRequest("openai/x", REQUEST.messages, seed=1, shape={"type": "object"}),
    ChatRequest("openai/x", REQUEST.messages, seed=1, params={"max_tokens": 5}),
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
async def test_another_request_is_asked(tmp_path: Path, other: ChatRequest) -> None:
    client = Cached(ScriptedClient([REPLY, "another"]), tmp_path)
    await client.chat(REQUEST)
    assert (await client.chat(other)).content == "another"


async def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    client = Cached(ScriptedClient([ConnectionError("down"), REPLY]), tmp_path)
    with pytest.raises(ConnectionError):
        await client.chat(REQUEST)
    assert await client.chat(REQUEST) == REPLY


@pytest.mark.parametrize("rot", [b"", b"{", b"[]", b'{"content": "x"}', b'{"tool_calls": [1], "content": ""}'])
async def test_a_damaged_reply_is_asked_anew(tmp_path: Path, rot: bytes) -> None:
    client = Cached(ScriptedClient([REPLY, REPLY]), tmp_path)
    await client.chat(REQUEST)
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    file.write_bytes(rot)
    assert await client.chat(REQUEST) == REPLY


async def test_a_cache_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunStopped, match="cannot use the cache"):
        await Cached(ScriptedClient([REPLY]), tmp_path / "file").chat(REQUEST)


async def test_everything_is_captured_but_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-0123456789")
    file = tmp_path / "run.jsonl"
    client = Captured(ScriptedClient([REPLY, ConnectionError("no"), ChatReply("my key is sk-0123456789")]), file)
    await client.chat(REQUEST)
    with pytest.raises(ConnectionError):
        await client.chat(REQUEST)
    await client.chat(REQUEST)
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert [line["request"]["messages"] for line in lines] == [REQUEST.messages] * 3
    assert lines[0]["reply"]["tool_calls"] == [CALL.model_dump()]
    assert "reply" not in lines[1]
    assert lines[2]["reply"]["content"] == "my key is ***"


async def test_traffic_is_counted_while_it_flows() -> None:
    traffic = Traffic()
    seen: list[int] = []

    def reply(request: ChatRequest) -> ChatReply:
        seen.append(traffic.in_flight)
        return REPLY

    client = Counted(ScriptedClient([reply, ChatReply("free", cached=True), "no price", ConnectionError("x")]), traffic)
    ends = await asyncio.gather(*(client.chat(REQUEST) for _ in range(4)), return_exceptions=True)
    assert isinstance(ends[3], ConnectionError)
    assert seen == [1]
    assert traffic == Traffic(in_flight=0, calls=4, tokens=13, usd=0.5, unpriced=1)


PRICES = [
    pytest.param("openai/gpt-4o", 1_000_000, 0, 2.5, id="tokens in"),
    pytest.param("openai/gpt-4o", 0, 1_000_000, 10.0, id="tokens out"),
    pytest.param("anthropic/claude-sonnet-4-5", 1000, 1000, 0.018, id="another provider"),
    pytest.param("hosted_vllm/gpt-4o", 1000, 1000, None, id="a namesake at home"),
    pytest.param("hosted_vllm/Qwen/Qwen3-30B-A3B", 1000, 1000, None, id="unknown"),
]


@pytest.mark.parametrize(("model", "tokens_in", "tokens_out", "usd"), PRICES)
def test_prices_are_known_or_not_guessed(model: str, tokens_in: int, tokens_out: int, usd: float | None) -> None:
    assert cost(model, tokens_in, tokens_out) == (None if usd is None else pytest.approx(usd))
    assert (price_of(model) is None) is (usd is None)
