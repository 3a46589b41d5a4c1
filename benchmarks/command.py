"""Command: `turnwright` in a process of its own, as a user starts it, with its time and its memory."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil
import yaml

from training.preset import Preset, preset

TURNWRIGHT = Path(sys.executable).with_name("turnwright")
SAMPLE_S = 0.1
_MB = 2**20


GENERATED = "run_id IN (SELECT run_id FROM runs WHERE kind = 'generate')"
"""Dialogues of a corpus: what an evolution played in the same warehouse is none."""


@dataclass
class Peaks:
    """The most resident memory seen, in MB; pages that processes share count in each of them."""

    tree: float = 0.0
    """Of the main process and all children at one moment."""
    main: float = 0.0
    children: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    """By what the child is; several of one kind at one moment together."""

    def look(self, main: psutil.Process) -> None:
        """Take one sample."""
        now: defaultdict[str, float] = defaultdict(float)
        try:
            own = main.memory_info().rss / _MB
            for child in main.children(recursive=True):
                now[_kind(child)] += child.memory_info().rss / _MB
        except psutil.Error:
            return  # one of them has just ended: the next sample tells
        self.main = max(self.main, own)
        self.tree = max(self.tree, own + sum(now.values()))
        for kind, megabytes in now.items():
            self.children[kind] = max(self.children[kind], megabytes)

    def figures(self) -> dict[str, Any]:
        return {"tree": round(self.tree, 1), "main": round(self.main, 1)} | {
            kind: round(megabytes, 1) for kind, megabytes in sorted(self.children.items())
        }


def _kind(process: psutil.Process) -> str:
    words = process.cmdline()
    return words[words.index("-m") + 1] if "-m" in words else process.name()


@dataclass(frozen=True)
class Ran:
    """A command that ended well."""

    result: dict[str, Any]
    """The object that it printed."""
    seconds: float
    """From its start to its end, seen from outside."""
    cpu_seconds: float
    """Of the command and its children: what is left to compare where the machine is busy with other things."""
    peaks: Peaks


def generate(
    warehouse: Path, count: int, seed: int, *options: str, domains: str = "shop", where: Path | None = None
) -> Ran:
    """Run `turnwright generate` and watch it; `where` is the folder with its turnwright.toml.

    Raises:
        RuntimeError: with what it said, if it failed.
    """
    asked = ["--domain", domains, "--count", str(count), "--seed", str(seed), "--warehouse", str(warehouse.resolve())]
    return run("generate", *asked, *options, where=where)


def once(file: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is in the file; made and written there if it is not."""
    if not file.exists():
        found = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(found))
    return orjson.loads(file.read_bytes())


def copied(warehouse: Path, to: Path) -> None:
    """Begin a warehouse with what another one holds; nothing if it was begun before."""
    if not to.exists():
        shutil.copytree(warehouse, aside := to.with_suffix(".tmp"), ignore=shutil.ignore_patterns("prefect"))
        aside.rename(to)


def preset_file(file: Path, name: str, **instead: Any) -> Preset:
    """Write a preset with something instead of what it says, for `train --preset FILE`."""
    chosen = preset(name).model_copy(update=instead)
    file.write_text(yaml.safe_dump(chosen.model_dump(mode="json")))
    return chosen


def run(command: str, *options: str, where: Path | None = None) -> Ran:
    """Run a command with `--json`, in this folder or another, and watch it.

    Raises:
        RuntimeError: with what it said, if it failed.
    """
    peaks, began, cpu = Peaks(), time.perf_counter(), _cpu_seconds()
    # Files, not pipes: nobody reads before the command has ended, and what it prints may be more than a pipe holds.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        child = subprocess.Popen([TURNWRIGHT, command, *options, "--json"], stdout=out, stderr=said, cwd=where)
        process, seconds = psutil.Process(child.pid), None
        while seconds is None:
            peaks.look(process)
            seconds = _ended(child, began)
        for file in (out, said):
            file.seek(0)
        if child.returncode:
            raise RuntimeError(f"{command} ended with {child.returncode}: {said.read().decode()}")
        return Ran(orjson.loads(out.read()), seconds, _cpu_seconds() - cpu, peaks)


def _cpu_seconds() -> float:
    """Of all children of this process that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ended(child: subprocess.Popen[bytes], began: float) -> float | None:
    """Seconds since `began` if the child has ended or does so before the next sample is due."""
    try:
        child.wait(SAMPLE_S)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - began
