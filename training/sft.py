"""SFT: a model learns one side of the conversations that it is given; loss is on that side's words alone."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from shutil import rmtree
from threading import Thread
from typing import Any

import numpy as np
import torch
from datasets import Dataset, concatenate_datasets

from training.arrange import arranged, efficiency, packed
from training.compact import Compact
from training.job import FITTED, IGNORED, JOB, LENGTHS, ROWS, Fitted, Job, put
from training.model import WORDS, rendering_of, room_of
from training.preset import SCRATCH, Preset
from training.pretrained import pretrained_rendering
from training.rendering import Conversation, NotRendered, Rendered, Rendering
from training.words import learn
from turnwright.errors import BadInput
from turnwright.record import Record, content_hash

_TOLD = "training.json"
"""Beside a model that is finished: what came of its training."""
_PART = 4_096
"""Rows."""


class Trained(Record):
    """What came of a training."""

    recipe: str
    """A hash of what decided its course."""
    steps: int
    seconds: float
    peak_memory_mb: float
    """Of its first process."""
    metrics: dict[str, Any]


def train(
    conversations: Sequence[Conversation],
    preset: Preset,
    out: Path,
    seed: int = 0,
    init: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train on the conversations, from the preset's base or from the model in `init`; the model is written to `out`.
    `say` is told in a line how it goes.

    Killed and begun again it goes on from its last checkpoint, and comes to the same weights; finished, it is told.

    Raises:
        BadInput: if `out` holds the model of another training, another process trains into it, or nothing can be
            learned from.
        RuntimeError: if a process of the training fails.
    """
    with _alone_in(out):
        return _trained(conversations, preset, out, seed, init, say)


@contextmanager
def _alone_in(out: Path) -> Generator[None]:
    """One process at a time trains into a folder. The kernel holds the lock, so it dies with its process."""
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInput(f"another process is training into {out}: wait for it, or stop it") from error
        yield
    finally:
        os.close(folder)


def _trained(
    conversations: Sequence[Conversation],
    preset: Preset,
    out: Path,
    seed: int,
    init: Path | None,
    say: Callable[[str], None],
) -> Trained:
    began = time.monotonic()
    processes = torch.cuda.device_count() or preset.processes
    recipe, work = _recipe(conversations, preset, processes, seed, init), out / "checkpoints"
    if told := _told(out):
        if told.recipe != recipe:
            raise BadInput(f"{out} holds the model of another training: name another folder")
        rmtree(work, ignore_errors=True)  # a kill may have come before
        return told
    if (work / JOB).is_file() and Job.model_validate_json((work / JOB).read_bytes()).recipe != recipe:
        raise BadInput(f"{out} holds checkpoints of another training: name another folder, or remove {work}")
    rendering = _rendering(conversations, preset, init)
    rendered, dropped = _rendered(
        conversations, rendering, min(preset.length, room_of(init)) if init else preset.length
    )
    if not rendered:
        raise BadInput(f"there is nothing to learn from: {dropped or 'no dialogue passed'}")
    some = [conversation for conversation, _ in rendered]
    lengths = [len(one.ids) for _, one in rendered]
    laid = _laid(lengths, preset, processes, seed)
    order = [number for row in laid for number in row]
    work.mkdir(parents=True, exist_ok=True)
    if isinstance(rendering, Compact):
        (work / WORDS).write_text(rendering.words.model_dump_json())
        rows = _retold(some, rendering, order)
    else:
        rows = [rendered[number][1] for number in order]
    put(work / JOB, Job(recipe=recipe, preset=preset, seed=seed, init=init, out=out).model_dump_json())
    _dataset(rows, [len(row) for row in laid]).save_to_disk(work / ROWS)
    fitted = _alone(work, say) if processes == 1 else _together(work, processes, say)
    seconds = fitted.seconds_before + time.monotonic() - began
    tokens = sum(lengths[number] for number in order)
    trained = Trained(
        recipe=recipe,
        steps=preset.steps,
        seconds=round(seconds, 1),
        peak_memory_mb=fitted.peak_memory_mb,
        metrics={
            "conversations": len(rendered),
            "dropped": dropped,
            "epochs": round(len(order) / len(rendered), 2),
            "parameters": fitted.parameters,
            "parameters_held": fitted.held,
            "processes": processes,
            "tokens": tokens,
            "tokens_per_second": round(tokens / seconds),
            "no_pad": 1.0 if preset.packed else round(efficiency(lengths, order, preset.batch), 3),
            "versions": {name: version(name) for name in ("torch", "transformers", "trl")},
            "curve": [list(pair) for pair in fitted.curve],
        },
    )
    put(out / _TOLD, trained.model_dump_json(indent=1))
    rmtree(work)
    return trained


def _recipe(conversations: Sequence[Conversation], preset: Preset, processes: int, seed: int, init: Path | None) -> str:
    """A hash of what decides the course. What a model was trained by says which it is, where it was trained here."""
    begun = init and (found.recipe if (found := _told(init)) else str(init.resolve()))
    said = [[list(one.messages), list(one.tools)] for one in conversations]
    return content_hash([preset.model_dump(exclude_defaults=True), processes, seed, begun, said], 16)


def _told(out: Path) -> Trained | None:
    """What came of the training that is finished there."""
    file = out / _TOLD
    return Trained.model_validate_json(file.read_bytes()) if file.is_file() else None


def _rendering(conversations: Sequence[Conversation], preset: Preset, init: Path | None) -> Rendering:
    """How the model reads that is begun with."""
    if init:
        return rendering_of(init)
    return Compact(learn(conversations)) if preset.base == SCRATCH else pretrained_rendering(preset.base)


def _rendered(
    conversations: Sequence[Conversation], rendering: Rendering, length: int
) -> tuple[list[tuple[Conversation, Rendered]], dict[str, int]]:
    """The conversations that have a place; and by reason, how many have none."""
    kept, dropped = list[tuple[Conversation, Rendered]](), dict[str, int]()
    for conversation in conversations:
        try:
            rendered = rendering.render(conversation.messages, conversation.tools)
            if len(rendered.ids) > length:
                raise NotRendered(f"longer than {length:,} tokens")
            kept.append((conversation, rendered))
        except NotRendered as reason:
            dropped[str(reason)] = dropped.get(str(reason), 0) + 1
    return kept, dropped


def _retold(conversations: Sequence[Conversation], rendering: Compact, order: Sequence[int]) -> list[Rendered]:
    """In this order, and in other words each time that one comes."""
    times = Counter[int]()
    rows = list[Rendered]()
    for number in order:
        times[number] += 1
        rows.append(rendering.retold(conversations[number].messages, times[number]))
    return rows


def _laid(lengths: Sequence[int], preset: Preset, processes: int, seed: int) -> list[list[int]]:
    """The numbers of the conversations of each row, in the order of the rows."""
    a_step = preset.batch * processes * preset.accumulate
    if preset.packed:
        return packed(lengths, preset.length, a_step * preset.steps, seed)
    return [[number] for number in arranged(lengths, a_step, preset.steps, seed)]


def _dataset(told: Sequence[Rendered], in_row: Sequence[int]) -> Dataset:
    """What is learned from, row by row, in each so many of those that are told; a column counts its tokens in 32 bits,
    so it is made in parts."""
    left = iter(told)
    rows = [list(islice(left, count)) for count in in_row]
    parts = [rows[first : first + _PART] for first in range(0, len(rows), _PART)]
    return concatenate_datasets([Dataset.from_dict(_columns(part)) for part in parts])


def _columns(rows: Sequence[Sequence[Rendered]]) -> dict[str, list[np.ndarray]]:
    ids = [np.concatenate([np.array(one.ids, np.int32) for one in row]) for row in rows]
    learned = [np.concatenate([np.array(one.learned) for one in row]) for row in rows]
    columns = {"input_ids": ids, "labels": [np.where(*pair, IGNORED) for pair in zip(learned, ids, strict=True)]}
    return columns | {LENGTHS: [np.array([len(one.ids) for one in row], np.int32) for row in rows]}


def _alone(work: Path, say: Callable[[str], None]) -> Fitted:
    # TRL takes seconds to import, and where others train it is they that need it.
    from training.fit import fit  # noqa: PLC0415

    return fit(work, say)


def _together(work: Path, processes: int, say: Callable[[str], None]) -> Fitted:
    """Train in so many processes, each with its share of every step.

    Raises:
        RuntimeError: if one fails.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    threads = max(1, (os.cpu_count() or 1) // processes)
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(processes)}
    shared |= {"OMP_NUM_THREADS": str(threads)}
    started = [_started(work, shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}) for rank in range(processes)]
    failed = list[int]()
    watching = [Thread(target=_watch, args=(started, rank, failed)) for rank in range(processes)]
    try:
        for thread in watching:
            thread.start()
        assert started[0].stdout
        for line in started[0].stdout:
            say(line.strip())
        for thread in watching:
            thread.join()
    finally:
        for process in started:
            process.kill()
    if failed:
        raise RuntimeError(f"training failed: {_why(work, failed[0], started[failed[0]].returncode)}")
    return Fitted.model_validate_json((work / FITTED).read_bytes())


def _watch(started: Sequence[subprocess.Popen[str]], rank: int, failed: list[int]) -> None:
    """If a process fails, end the others, which would wait for it; who failed first comes first."""
    if started[rank].wait():
        failed.append(rank)
        for process in started:
            process.kill()


def _why(work: Path, rank: int, status: int) -> str:
    if status < 0:
        return f"a process was killed (signal {-status})"
    return (work / f"{rank}.log").read_text().strip().rpartition("\n")[2].removeprefix(f"[rank{rank}]: ")


def _started(work: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "training.fit", str(work)]
    with (work / f"{environment['RANK']}.log").open("w") as log:
        return subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if environment["RANK"] == "0" else log,
            stderr=log,
            text=True,
        )
