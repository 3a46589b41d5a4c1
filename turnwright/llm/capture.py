"""Capture: every request and what came back, as lines of JSON, to see what a model was really told."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from turnwright.errors import Failure, stopping
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest
from turnwright.llm.trouble import redacted


class Captured:
    """A client whose calls are appended to a file, without the keys of the environment."""

    def __init__(self, client: ChatClient, file: Path) -> None:
        self._client = client
        self._file = file

    async def chat(self, request: ChatRequest) -> ChatReply:
        began, came = time.perf_counter(), dict[str, Any]()
        try:
            reply = await self._client.chat(request)
            came = {"reply": reply}
            return reply
        except Failure as failure:
            came = {"failure": failure.reason}
            raise
        finally:
            self._append({"request": request, "seconds": time.perf_counter() - began, **came})

    def _append(self, content: dict[str, Any]) -> None:
        line = orjson.dumps({"at": datetime.now(UTC), **content}, dict, orjson.OPT_APPEND_NEWLINE).decode()
        with stopping(f"cannot write {self._file}"), self._file.open("a") as file:
            file.write(redacted(line))
