"""Direct: the short way to a server that speaks the OpenAI protocol (vLLM, SGLang, llama.cpp, Ollama, OpenAI itself).

One pooled session, no copy of the request, no model of the reply: a tenth of what a client library spends on a call.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson

from turnwright.llm.chat import ChatReply, ChatRequest, reply_of
from turnwright.llm.prices import cost
from turnwright.llm.trouble import ProviderFailure, Trouble, trouble_of

_LARGEST_BODY = 16 * 2**20
"""Bytes; a server that sends more is cut off, so that none can fill the memory."""
_CONNECT_S = 20


class DirectClient:
    """One address, over connections that are kept open; whoever calls says how many requests there are at a time."""

    def __init__(self, api_base: str, api_key: str | None) -> None:
        self._url = f"{api_base.rstrip('/')}/chat/completions"
        self._key = api_key
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._session: aiohttp.ClientSession | None = None

    async def chat(self, request: ChatRequest) -> ChatReply:
        try:
            async with self._connected().post(self._url, data=_body(request)) as response:
                data = await _read(response)
        except (aiohttp.ClientError, OSError) as error:
            raise ProviderFailure(Trouble.BROKEN, f"{type(error).__name__}: {error}", secret=self._key) from None
        if response.status != HTTPStatus.OK:
            raise self._failure(response, data.decode(errors="replace"))
        try:
            completion = orjson.loads(data)
        except orjson.JSONDecodeError:
            said = data[:200].decode(errors="replace") or "nothing"
            raise ProviderFailure(Trouble.BROKEN, f"the reply is no JSON: {said}", secret=self._key) from None
        reply = reply_of(completion)
        return replace(reply, cost_usd=cost(request.model, reply.tokens_in, reply.tokens_out))

    def _failure(self, response: aiohttp.ClientResponse, words: str) -> ProviderFailure:
        reason = f"HTTP {response.status} {response.reason}: {_message(words)}"
        return ProviderFailure(trouble_of(response.status, words), reason, retry_after(response.headers), self._key)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        """Close its connections, before the event loop ends."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # a turn of the loop in which the transports close
            self._session = None


def _body(request: ChatRequest) -> bytes:
    body: dict[str, Any] = {
        "model": request.model.partition("/")[2],
        "messages": request.messages,
        "temperature": request.temperature,
        "seed": request.seed % 2**31,
        **request.params,
    }
    if request.tools:
        body["tools"] = request.tools
    if request.shape is not None:
        body["response_format"] = response_format(request.shape)
    return orjson.dumps(body)


def response_format(shape: Any) -> dict[str, Any]:
    """How the OpenAI protocol asks for a reply of this JSON schema."""
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": shape}}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > _LARGEST_BODY:
            response.close()
            raise aiohttp.ClientPayloadError(f"the reply is larger than {_LARGEST_BODY:,} bytes")
    return bytes(data)


def _message(words: str) -> str:
    """What a body of an error says, without the JSON around it."""
    try:
        found = orjson.loads(words)["error"]
        return str(found["message"] if isinstance(found, dict) else found)
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return " ".join(words.split())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait, from its Retry-After header: a number, or a date."""
    said = headers.get("Retry-After", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
