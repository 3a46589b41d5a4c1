"""The sandbox: nothing gets out, nothing hangs, and what goes wrong is the checker's ERROR, never a verdict."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from checkers.sandbox import Sandbox
from turnwright.database import Row
from turnwright.errors import Failure
from turnwright.verdict import Blame, Finding

EMPTY: dict[str, Any] = {"changes": {}, "calls": [], "messages": [], "facts": {}}
SLOW = "n = 0\nfor i in range(6000000):\n    n += 1\nreturn []"


def program(body: str) -> str:
    return "def check(changes, calls, messages, facts):\n" + "".join(f"    {line}\n" for line in body.split("\n"))


def processes() -> set[int]:
    """The ids of this process's own child processes that run."""
    found: set[int] = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(file.parent.name))
    return found


async def kill_when_busy(known: set[int]) -> None:
    """Kill -9 the one process that is not `known`, once it has been at work for a moment."""
    while not (new := processes() - known):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.15)
    for pid in new:
        os.kill(pid, signal.SIGKILL)


async def test_findings_come_back_in_order(sandbox: Sandbox) -> None:
    source = program('return [("A", "first"), ("B_C", "second")]')
    assert await sandbox.judge(source, EMPTY) == (
        Finding(code="A", detail="first"),
        Finding(code="B_C", detail="second"),
    )


async def test_evidence_arrives_as_plain_json(sandbox: Sandbox) -> None:
    evidence = {**EMPTY, "changes": {"t/k": {"items": [None, (Row({"a": [1]}),)]}}}
    source = program('if changes["t/k"]["items"] != [None, [{"a": [1]}]]:\n    return [("A", "not lists")]\nreturn []')
    assert await sandbox.judge(source, evidence) == ()


async def test_one_checker_sees_nothing_of_another(sandbox: Sandbox) -> None:
    await sandbox.judge("left = 1\ntold = None\n" + program("return []"), EMPTY)
    with pytest.raises(Failure, match="left"):
        await sandbox.judge(program("return [left]"), EMPTY)
    assert await sandbox.judge(program("told(messages, number=1)\nreturn []"), EMPTY) == ()


BROKEN = {
    "memory bomb": ("a = [0]\nwhile True:\n    a = a + a", "MemoryError"),
    "huge string": ('return [("A", "x" * 10 ** 9)]', "MemoryError"),
    "huge number": ("return [10 ** (10 ** 8)]", "MemoryError"),
    "recursion": ("return check(changes, calls, messages, facts)", "RecursionError"),
    "print flood": ('for i in range(100000):\n    print("x" * 100)\nreturn []', "MemoryError"),
    "file": ('return [("A", open("/etc/passwd").read())]', "PermissionError"),
    "write": ('open("/tmp/x", "w").write("x")\nreturn []', "PermissionError"),
    "folder": ("import os\nreturn os.listdir('/')", "PermissionError"),
    "environment": ("import os\nreturn [('A', os.environ['PATH'])]", "not supported"),
    "process": ("import subprocess\nreturn []", "ModuleNotFoundError"),
    "network": ("import socket\nreturn []", "ModuleNotFoundError"),
    "classes": ("return ().__class__.__bases__", "AttributeError"),
    "raises": ('return facts["NOPE"]', r"KeyError: NOPE \(line 2\)"),
    "asserts": ("assert changes", "AssertionError"),
    "exits": ("raise SystemExit()", "SystemExit"),
    "none": ("x = 1", "must return a list"),
    "text": ('return "PASS"', "must return a list"),
    "bool": ("return True", "must return a list"),
    "codes alone": ('return ["NO_AUTH"]', "tuple of two strings"),
    "triples": ('return [("A", "b", "c")]', "tuple of two strings"),
    "numbers": ('return [("A", 1)]', "tuple of two strings"),
    "function": ("return [check]", "tuple of two strings"),
    "cycle": ("a = []\na.append(a)\nreturn a", "tuple of two strings"),
    "flood": ('return [("A", "b")] * 101', "at most 100"),
}


@pytest.mark.parametrize(("body", "words"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_checker_is_a_failure_with_its_blame(sandbox: Sandbox, body: str, words: str) -> None:
    with pytest.raises(Failure, match=words) as caught:
        await sandbox.judge(program(body), EMPTY)
    assert caught.value.blame is Blame.CHECKER


NO_CHECK = {
    "empty": "",
    "no function": "x = 1",
    "syntax": "def check(",
    "no parameters": "def check():\n    return []",
    "another door": program("return []") + "def judged(check, evidence):\n    return 3\n",
    "garbage at another door": program("return []") + "def judged(check, evidence):\n    return [(1, {})]\n",
    "no text": "x = '\ud800'",
}


@pytest.mark.parametrize("source", NO_CHECK.values(), ids=NO_CHECK)
async def test_a_source_without_a_fair_check_is_a_failure(sandbox: Sandbox, source: str) -> None:
    with pytest.raises(Failure) as caught:
        await sandbox.judge(source, EMPTY)
    assert caught.value.blame is Blame.CHECKER


async def test_the_clock_stands_still_and_sleep_costs_nothing(sandbox: Sandbox) -> None:
    body = 'import datetime\nimport time\ntime.sleep(3600)\nreturn [("A", str(datetime.datetime.now()))]'
    assert (await sandbox.judge(program(body), EMPTY))[0].detail == "2000-01-01 00:00:00"


async def test_the_loop_runs_on_while_a_checker_computes(sandbox: Sandbox) -> None:
    judging = asyncio.ensure_future(sandbox.judge(program(SLOW), EMPTY))
    ticks = 0
    while not judging.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert await judging == ()
    assert ticks > 5


async def test_an_endless_loop_is_tried_twice_and_then_a_failure(sandbox: Sandbox) -> None:
    with pytest.raises(Failure, match="interrupted twice: TimeoutError") as caught:
        await sandbox.judge(program("while True:\n    pass"), EMPTY)
    assert caught.value.blame is Blame.CHECKER
    assert await sandbox.judge(program("return []"), EMPTY) == ()


linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@linux_only
@pytest.mark.parametrize("kills", [1, 2], ids=["once", "twice"])
async def test_a_killed_process_is_retried_once(kills: int) -> None:
    others = processes()
    with Sandbox(workers=1) as sandbox:
        judging = asyncio.ensure_future(sandbox.judge(program(SLOW), EMPTY))
        known = set(others)
        for _ in range(kills):
            alive = processes()
            await kill_when_busy(known)
            known |= alive
        if kills == 1:
            assert await judging == ()
        else:
            with pytest.raises(Failure, match="interrupted twice"):
                await judging
        assert await sandbox.judge(program("return []"), EMPTY) == ()


@linux_only
async def test_closing_leaves_no_process_behind() -> None:
    before = processes()
    with Sandbox(workers=2) as sandbox:
        sources: Sequence[str] = [program("return []"), program("return 3"), program(SLOW)]
        await asyncio.gather(*(sandbox.judge(source, EMPTY) for source in sources), return_exceptions=True)
        assert processes() - before
    assert processes() - before == set()
