"""Both ways to a server, the direct one and LiteLLM's, on the same suite: equal in what they give and how they fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from turnwright.dialogue import ToolCall
from turnwright.llm.chat import LONGEST_REPLY, ChatReply, ChatRequest, reply_of, said
from turnwright.llm.direct import DirectClient
from turnwright.llm.lite import LiteLLMClient
from turnwright.llm.trouble import ProviderFailure, Trouble

pytestmark = pytest.mark.filterwarnings("ignore:Item .* on TypedDict class", "ignore::DeprecationWarning")

KEY = "sk-secret-0123456789"
CLIENTS = {"direct": DirectClient, "litellm": LiteLLMClient}
Message = dict[str, Any]


def completion(message: Message | None, **more: Any) -> bytes:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    head = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return orjson.dumps({**head, "choices": [choice], "usage": usage, **more})


def words(content: str | None, **more: Any) -> Message:
    return {"role": "assistant", "content": content, **more}


def function(name: str, arguments: str, call_id: str = "c-1") -> Message:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


Answer = Callable[[web.Request], web.StreamResponse | Any]


class Heard:
    """What the server was asked."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []


@asynccontextmanager
async def server(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> AsyncIterator[tuple[str, Heard]]:
    heard = Heard()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        heard.bodies.append(orjson.loads(await request.read()))
        heard.keys.append(request.headers.get("Authorization"))
        return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", heard
    finally:
        await runner.cleanup()


REQUEST = ChatRequest("openai/some/model", [said("user", "Hello?")], seed=5, temperature=0.25)


async def ask(way: str, api_base: str, request: ChatRequest = REQUEST) -> ChatReply:
    client = CLIENTS[way](api_base, KEY)
    try:
        return await client.chat(request)
    finally:
        await client.close()
        await asyncio.sleep(0)


REPLIES = [
    pytest.param(words("Hello."), ChatReply("Hello."), id="words"),
    pytest.param(words(None), ChatReply(""), id="nothing"),
    pytest.param(
        words(None, tool_calls=[function("f", '{"a": [1]}')]),
        ChatReply("", (ToolCall(id="c-1", tool="f", arguments={"a": [1]}),)),
        id="a call",
    ),
    pytest.param(
        words("Let me see", tool_calls=[function("f", "{}"), function("g", '{"b": ', "c-2")]),
        ChatReply(
            "Let me see",
            (
                ToolCall(id="c-1", tool="f", arguments={}),
                ToolCall(id="c-2", tool="g", arguments={}, malformed='{"b": '),
            ),
        ),
        id="words and calls, one malformed",
    ),
    pytest.param(
        words("Yes.", reasoning_content="They ask."), ChatReply("Yes.", reasoning="They ask."), id="reasoning apart"
    ),
    pytest.param(
        words("<think>They ask.</think>\n\nYes."), ChatReply("Yes.", reasoning="They ask."), id="reasoning in front"
    ),
    pytest.param(words("Grüße 🚲"), ChatReply("Grüße 🚲"), id="not only ASCII"),
]


@pytest.mark.parametrize("way", CLIENTS)
@pytest.mark.parametrize(("message", "reply"), REPLIES)
async def test_a_reply_is_read(way: str, message: Message, reply: ChatReply) -> None:
    async with server(completion(message)) as (api_base, _):
        read = await ask(way, api_base)
    assert (read.content, read.tool_calls, read.reasoning) == (reply.content, reply.tool_calls, reply.reasoning)
    assert (read.tokens_in, read.tokens_out, read.cost_usd) == (12, 3, None)


TOOL = {"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("way", CLIENTS)
async def test_a_request_says_all_that_it_should(way: str) -> None:
    shape = {"type": "object", "properties": {"a": {"type": "integer"}}}
    request = ChatRequest(
        "openai/some/model", REQUEST.messages, [TOOL], 0.25, 2**40 + 5, shape, {"stop": ["###"], "max_tokens": 64}
    )
    async with server(completion(words("x"))) as (api_base, heard):
        await ask(way, api_base, request)
    (body,) = heard.bodies
    assert {
        name: body[name] for name in ("model", "messages", "temperature", "seed", "stop", "max_tokens", "tools")
    } == {
        "model": "some/model",
        "messages": REQUEST.messages,
        "temperature": 0.25,
        "seed": 5,
        "stop": ["###"],
        "max_tokens": 64,
        "tools": [TOOL],
    }
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == shape
    assert heard.keys == [f"Bearer {KEY}"]


def told(message: str, code: str = "x") -> bytes:
    return orjson.dumps({"error": {"message": message, "type": "x", "code": code}})


TROUBLES = [
    pytest.param(429, told("Slow down"), Trouble.BUSY, id="429"),
    pytest.param(503, told("Overloaded"), Trouble.BUSY, id="503"),
    pytest.param(529, told("Overloaded"), Trouble.BUSY, id="529"),
    pytest.param(429, told("You exceeded your current quota", "insufficient_quota"), Trouble.REFUSED, id="no money"),
    pytest.param(408, told("Timed out"), Trouble.SLOW, id="408"),
    pytest.param(500, told("Oh no"), Trouble.BROKEN, id="500"),
    pytest.param(502, b"<html>Bad gateway</html>", Trouble.BROKEN, id="502 in HTML"),
    pytest.param(400, told("This model's maximum context length is 8192 tokens"), Trouble.CONTEXT, id="context"),
    pytest.param(400, told("Unknown parameter"), Trouble.REFUSED, id="400"),
    pytest.param(401, told(f"Incorrect API key provided: {KEY}"), Trouble.REFUSED, id="401"),
    pytest.param(404, told("There is no such model"), Trouble.REFUSED, id="404"),
    pytest.param(200, b"", Trouble.BROKEN, id="empty"),
    pytest.param(200, b"\x00\xff", Trouble.BROKEN, id="garbage"),
    pytest.param(200, b"<html>Hello</html>", Trouble.BROKEN, id="HTML"),
    pytest.param(200, completion(words("Hello."))[:60], Trouble.BROKEN, id="cut in half"),
    pytest.param(200, b'{"choices": []}', Trouble.BROKEN, id="no choice"),
    pytest.param(200, completion(None), Trouble.BROKEN, id="no message"),
    pytest.param(200, completion(words("a" * (LONGEST_REPLY + 1))), Trouble.BROKEN, id="too long"),
    pytest.param(200, completion(words("xy")).replace(b"xy", b"\\ud83d"), Trouble.BROKEN, id="half an emoji"),
]


@pytest.mark.parametrize("way", CLIENTS)
@pytest.mark.parametrize(("status", "body", "trouble"), TROUBLES)
async def test_trouble_is_told_apart_and_no_key_is_in_it(way: str, status: int, body: bytes, trouble: Trouble) -> None:
    async with server(body, status) as (api_base, heard):
        with pytest.raises(ProviderFailure) as failed:
            await ask(way, api_base)
    assert failed.value.trouble is trouble
    assert KEY not in str(failed.value)
    assert len(heard.bodies) == 1  # nobody retries in between


@pytest.mark.parametrize("way", CLIENTS)
async def test_a_server_may_say_how_long_to_wait(way: str) -> None:
    async with server(told("Slow down"), 429, {"Retry-After": "7"}) as (api_base, _):
        with pytest.raises(ProviderFailure) as failed:
            await ask(way, api_base)
    assert failed.value.retry_after_s == 7


@pytest.mark.parametrize("way", CLIENTS)
async def test_nobody_listens(way: str) -> None:
    async with server(b"") as (api_base, _):
        pass
    with pytest.raises(ProviderFailure) as failed:
        await ask(way, api_base)
    assert failed.value.trouble is Trouble.BROKEN


async def test_a_body_without_end_is_cut_off() -> None:
    async def drown(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 2**20)

    runner = web.ServerRunner(web.Server(drown))
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    try:
        with pytest.raises(ProviderFailure, match="larger than"):
            await ask("direct", f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
    finally:
        await site.stop()
        await runner.cleanup()


LOOSE = [
    pytest.param({"content": "Hi"}, "Hi", (), id="no role"),
    pytest.param(
        {"content": [{"type": "text", "text": "Hi "}, {"type": "text", "text": "there"}]}, "Hi there", (), id="parts"
    ),
    pytest.param(
        {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
        "",
        (ToolCall(id="call-1", tool="f", arguments={"a": 1}),),
        id="arguments as an object, and no id",
    ),
]


@pytest.mark.parametrize(("message", "content", "calls"), LOOSE)
def test_servers_that_are_loose_with_the_protocol_are_understood(message: Message, content: str, calls: Any) -> None:
    reply = reply_of({"choices": [{"message": message}]})
    assert (reply.content, reply.tool_calls, reply.tokens_in) == (content, calls, 0)


BROKEN: list[Any] = [None, [], {}, {"choices": None}, {"choices": [{}]}, {"choices": [{"message": {"content": 5}}]}]
BROKEN += [{"choices": [{"message": {"tool_calls": [{"function": {}}]}}]}, {"choices": [{"message": "words"}]}]


@pytest.mark.parametrize("wire", BROKEN, ids=str)
def test_what_is_no_completion_is_broken(wire: Any) -> None:
    with pytest.raises(ProviderFailure) as failed:
        reply_of(wire)
    assert failed.value.trouble is Trouble.BROKEN
