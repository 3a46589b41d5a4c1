"""Loopback: an OpenAI-compatible server on this machine, with the embedded teacher behind it; it can be unwell."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from domains import DOMAINS
from turnwright.llm.chat import ChatReply, ChatRequest
from turnwright.llm.embedded import EmbeddedClient

Answer = Callable[["Handler"], None]
"""What is done to a request instead of answering it."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "Loopback"

    def do_POST(self) -> None:
        asked = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.add(self.headers["Authorization"])
        part = asked["messages"][0]["content"].partition("\n")[0].removeprefix("# You are the ")
        if self.server.unwell is not None and part in self.server.parts:
            self.server.unwell(self)
        else:
            self.answer(200, orjson.dumps(_completion(self.server.teacher, asked)))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at the product's words, not at this server's."""


class Loopback(ThreadingHTTPServer):
    """The server; `unwell` is how it answers whoever asks for one of these `parts`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, unwell: Answer | None, parts: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.unwell = unwell
        self.parts = parts
        self.keys: set[str | None] = set()
        self.teacher = EmbeddedClient({name: entry.playbook for name, entry in DOMAINS.items()})

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def loopback(unwell: Answer | None = None, *parts: str) -> Iterator[Loopback]:
    """Serve for the length of the block."""
    with Loopback(unwell, parts) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server
        server.shutdown()


def _completion(teacher: EmbeddedClient, asked: dict[str, Any]) -> dict[str, Any]:
    told = {name: asked[name] for name in ("model", "messages", "tools", "temperature", "seed") if asked.get(name)}
    reply = asyncio.run(teacher.chat(ChatRequest(**told)))
    finish = "tool_calls" if reply.tool_calls else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "teacher",
        "choices": [{"index": 0, "finish_reason": finish, "message": _message(reply)}],
        "usage": {
            "prompt_tokens": reply.tokens_in,
            "completion_tokens": reply.tokens_out,
            "total_tokens": reply.tokens_in + reply.tokens_out,
        },
    }


def _message(reply: ChatReply) -> dict[str, Any]:
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.tool, "arguments": orjson.dumps(call.arguments).decode()},
        }
        for call in reply.tool_calls
    ]
    return {"role": "assistant", "content": reply.content, **({"tool_calls": calls} if calls else {})}
