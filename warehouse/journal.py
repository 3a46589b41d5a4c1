"""Journal: what one shard has finished so far, a line each, on disk before anyone is told that it is done.

It serves one thing: to start again after a crash without paying twice. Readers look at the manifest, never here.
"""

import asyncio
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import orjson

from warehouse.durable import make_folder, reporting, sync_folder

Key = tuple[str, int]


class _Span(NamedTuple):
    offset: int
    length: int


@dataclass(slots=True)
class _Entry:
    key: Key
    line: bytes
    error: OSError | None = None


class Journal:
    """An append-only JSONL file of {"stage", "slot", "record"}; holds offsets, not records.

    One process, one event loop; all who write at the same time share one fsync. Of two records for one stage and
    slot the later counts.
    """

    def __init__(self, path: Path) -> None:
        """Open it, or make it. A line that a crash cut short is dropped: nobody was told that it was written."""
        make_folder(path.parent)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        sync_folder(path.parent)
        self._spans: dict[Key, _Span] = {}
        self._end = self._scan(path)
        os.ftruncate(self._file, self._end)
        self._path = path
        self._waiting: deque[_Entry] = deque()
        # A thread of its own: the shared pool may be full of slow work, and one thread keeps appends in order.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish what is being written and close the file."""
        self._thread.shutdown(wait=True)
        os.close(self._file)

    def get(self, stage: str, slot: int) -> dict[str, Any] | None:
        """The record of a slot at a stage, if it is done."""
        span = self._spans.get((stage, slot))
        return None if span is None else self._record(span)

    def has(self, stage: str, slot: int) -> bool:
        """Whether a slot is done at a stage."""
        return (stage, slot) in self._spans

    def stage(self, stage: str) -> dict[int, dict[str, Any]]:
        """Everything that is done at a stage, by slot."""
        spans = {slot: span for (at, slot), span in self._spans.items() if at == stage}
        return {slot: self._record(spans[slot]) for slot in sorted(spans)}

    def count(self, start: str) -> int:
        """How many records there are at stages whose names begin so."""
        return sum(stage.startswith(start) for stage, _ in self._spans)

    async def write(self, stage: str, slot: int, record: dict[str, Any]) -> None:
        """Return when the record is on disk.

        Raises:
            WarehouseError: if it cannot be written; the journal is as it was before.
        """
        line = orjson.dumps({"stage": stage, "slot": slot, "record": record}, option=orjson.OPT_APPEND_NEWLINE)
        entry = _Entry((stage, slot), line)
        self._waiting.append(entry)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._flush)
        if entry.error is not None:
            with reporting(f"cannot write the journal {self._path}"):
                raise entry.error

    def _flush(self) -> None:
        """Append all that waits, with one fsync; an earlier flush may have taken everything already."""
        batch: list[_Entry] = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        try:
            self._append(b"".join(entry.line for entry in batch))
        except OSError as error:
            for entry in batch:
                entry.error = error
            return
        for entry in batch:
            self._spans[entry.key] = _Span(self._end, len(entry.line))
            self._end += len(entry.line)

    def _append(self, data: bytes) -> None:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise

    def _record(self, span: _Span) -> dict[str, Any]:
        return orjson.loads(os.pread(self._file, span.length, span.offset))["record"]

    def _scan(self, path: Path) -> int:
        end = 0
        for line in _whole_lines(path):
            key = _key_of(line)
            if key is not None:
                self._spans[key] = _Span(end, len(line))
            end += len(line)
        return end


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _key_of(line: bytes) -> Key | None:
    """None for a line that the disk damaged: its slot is done again."""
    try:
        entry = orjson.loads(line)
        return entry["stage"], entry["slot"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
