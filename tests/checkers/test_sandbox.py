"""The sandbox: nothing gets out, nothing hangs, and what goes wrong is the checker's ERROR, never a verdict."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from checkers.judge import judge, judge_each
from checkers.library import HELPERS
from checkers.sandbox import Interrupted, Sandbox
from checkers.script import perform, silent_script
from turnwright.database import Row
from turnwright.errors import Failure
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Finding, Outcome
from turnwright.world import Domain

EMPTY: dict[str, Any] = {"changes": {}, "calls": [], "messages": [], "facts": {}}
SLOW = "n = 0\nfor i in range(1500000):\n    n += 1\nreturn []"


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
    """Kill -9 the processes that are not `known`, once they have been at work for a moment."""
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


async def test_an_endless_loop_is_interrupted_and_no_word_of_the_checker(sandbox: Sandbox) -> None:
    with pytest.raises(Interrupted, match="time limit exceeded"):
        await sandbox.judge(program("while True:\n    pass"), EMPTY)
    assert await sandbox.judge(program("return []"), EMPTY) == ()


async def test_an_error_that_only_looks_like_an_interruption_is_the_checkers_own(sandbox: Sandbox) -> None:
    with pytest.raises(Failure):
        await sandbox.judge(program('raise TimeoutError("feed time limit exceeded")'), EMPTY)


NAMED = {
    "one": ("facts", ["facts"]),
    "two": ("calls, messages", ["calls", "messages"]),
    "all": ("changes, calls, messages, facts", ["changes", "calls", "messages", "facts"]),
}


@pytest.mark.parametrize(("parameters", "names"), NAMED.values(), ids=NAMED)
async def test_a_checker_gets_what_it_names(sandbox: Sandbox, parameters: str, names: list[str]) -> None:
    source = f"def check({parameters}):\n    return [('GOT', str([{parameters}]))]\n"
    evidence = {"changes": {"c": 1}, "calls": [2], "messages": [3], "facts": {"f": 4}}
    assert (await sandbox.judge(source, evidence))[0].detail == str([evidence[name] for name in names])


async def test_a_checker_of_other_parameters_is_a_failure(sandbox: Sandbox) -> None:
    with pytest.raises(Failure, match="TypeError"):
        await sandbox.judge("def check(dialogue):\n    return []\n", EMPTY)


def runs(*numbers: int) -> list[dict[str, Any]]:
    return [{**EMPTY, "facts": {"N": number}} for number in numbers]


ALONE = {
    "fields": "fields(changes, 't', 'k', 'f') == [1, 2]",
    "changed": "changed(changes, 't', 'k', 'f') == 2",
    "created": "created(changes, 't') == []",
    "deleted": "deleted(changes, 't') == []",
    "others": "others(changes, []) == ['t/k']",
    "made": "len(made(calls, 'act', item='i-1')) == 1",
    "made_before": "made_before(calls, 'look', 'act')",
    "writes": "len(writes(calls)) == 1",
    "looked_up": "looked_up(calls, 'i-1') and not looked_up(calls, 'i-2')",
    "confirmed": "not confirmed(calls, messages, 'act')",
    "refused": "refused(messages) and not refused(messages[:1])",
    "told money": "told(messages, money=15) and not told(messages, money=3)",
    "told number": "told(messages, number=2) and not told(messages, number=15)",
    "told date": "told(messages, date='2026-06-15') and not told(messages, date='2026-07-15')",
    "told text": "told(messages, text='brass lamps')",
}


@pytest.mark.parametrize("condition", ALONE.values(), ids=ALONE)
async def test_every_helper_has_all_that_it_needs(sandbox: Sandbox, condition: str) -> None:
    call = {"side": "assistant", "arguments": {"item": "i-1"}, "result": {"item": "i-1"}, "error": None}
    evidence = {
        "changes": {"t/k": {"f": [1, 2]}},
        "calls": [
            {**call, "turn": 1, "tool": "look", "writes": False},
            {**call, "turn": 2, "tool": "act", "writes": True},
        ],
        "messages": [
            {"turn": 0, "speaker": "user", "content": "Take them back"},
            {"turn": 3, "speaker": "assistant", "content": "I can't: the two brass lamps, $15, are past the deadline"},
            {"turn": 4, "speaker": "assistant", "content": "of June 15th, unfortunately."},
        ],
        "facts": {},
    }
    assert await sandbox.judge(program(f'return [] if {condition} else [("NO", "")]'), evidence) == ()


def test_every_helper_is_tried_alone() -> None:
    assert {name.split()[0] for name in ALONE} == set(HELPERS)


@pytest.mark.slow
async def test_an_interrupted_verdict_is_no_word_of_the_checker(
    sandbox: Sandbox, library: Domain, lending: Scenario
) -> None:
    silent, endless = perform(library, lending, silent_script(lending)).dialogue, program("while True:\n    pass")
    with pytest.raises(Interrupted, match="time limit exceeded"):
        await judge(sandbox, endless, silent, lending.facts)
    (word,) = await judge_each(sandbox, endless, [silent], lending.facts)
    assert word.outcome is Outcome.ERROR
    assert "interrupted twice" in word.findings[0].detail


@pytest.mark.slow
async def test_a_checker_that_was_interrupted_again_and_again_is_tried_no_more(sandbox: Sandbox) -> None:
    first, second, *others = await sandbox.judge_each(program("while True:\n    pass"), [EMPTY] * 50)
    assert isinstance(first, Interrupted)
    assert first is not second
    assert all(other is second for other in others)


async def test_many_runs_are_answered_as_one_by_one(sandbox: Sandbox) -> None:
    source = program('return [] if facts["N"] % 3 else [("THREE", str(facts["N"]))]')
    evidences = runs(*range(120))
    assert await sandbox.judge_each(source, evidences) == [await sandbox.judge(source, one) for one in evidences]
    assert await sandbox.judge_each(source, []) == []


BREAKS = {
    "raises": ("return facts[facts]", Failure, "TypeError"),
    "memory": ("a = [0]\n    while True:\n        a = a + a", Failure, "MemoryError"),
    "recursion": ("return check(changes, calls, messages, facts)", Failure, "RecursionError"),
    "no findings": ("return 3", Failure, "must return a list"),
    "output": ("print('x' * 100000)", Failure, "MemoryError"),
    "time": ("while True:\n        pass", Interrupted, "time limit"),
}


@pytest.mark.parametrize(("statement", "kind", "words"), BREAKS.values(), ids=BREAKS)
async def test_a_run_that_breaks_costs_no_other_its_answer(
    sandbox: Sandbox, statement: str, kind: type[Exception], words: str
) -> None:
    source = program(f'if facts["N"] == 2:\n    {statement}\nreturn [("N", str(facts["N"]))]')
    answers = await sandbox.judge_each(source, runs(1, 2, 3, 4))
    assert isinstance(answers[1], kind)
    assert words in str(answers[1])
    assert [answers[n] for n in (0, 2, 3)] == [(Finding(code="N", detail=str(n)),) for n in (1, 3, 4)]


KEPT = {
    "arguments": program('facts["SEEN"] = facts.get("SEEN", 0) + 1\nreturn [("SEEN", str(facts["SEEN"]))]'),
    "nested arguments": program('changes["a"].append(1)\nreturn [("SEEN", str(len(changes["a"])))]'),
    "a list beside it": "seen = []\n" + program('seen.append(1)\nreturn [("SEEN", str(len(seen)))]'),
    "a list after it": program('seen.append(1)\nreturn [("SEEN", str(len(seen)))]') + "seen = []\n",
    "a list behind a carriage return": program('seen.append(1)\nreturn [("SEEN", str(len(seen)))]\rseen = []'),
    "a list behind a form feed": program('seen.append(1)\nreturn [("SEEN", str(len(seen)))]\n\fseen = []'),
    "a default": "def check(changes, calls, messages, facts, seen=[]):\n"
    '    seen.append(1)\n    return [("SEEN", str(len(seen)))]\n',
    "a default of a function within": program(
        'def count(seen=[]):\n    seen.append(1)\n    return len(seen)\nreturn [("SEEN", str(count()))]'
    ),
    "a closure": "def counting():\n    seen = []\n    def count():\n        seen.append(1)\n        return len(seen)\n"
    "    return count\ncount = counting()\n" + program('return [("SEEN", str(count()))]'),
    "a global": "seen = 0\n" + program('global seen\nseen += 1\nreturn [("SEEN", str(seen))]'),
    "a global alone": program(
        'global seen\ntry:\n    seen += 1\nexcept NameError:\n    seen = 1\nreturn [("SEEN", str(seen))]'
    ),
    "a class": "class Seen:\n    count = 0\n" + program('Seen.count += 1\nreturn [("SEEN", str(Seen.count))]'),
    "a renamed helper": program(
        'global told\nseen = told(messages, number=1)\ntold = lambda *a, **k: True\nreturn [("SEEN", str(seen))]'
    ),
    "a helper's own": program(
        "try:\n    told.seen = 1\nexcept Exception as error:\n    return [('SEEN', str(error))]\nreturn []"
    ),
    "random": program('import random\nreturn [("SEEN", str(random.random()))]'),
    "decimal": program('import decimal\nnow = decimal.getcontext()\nnow.prec -= 1\nreturn [("SEEN", str(now.prec))]'),
    "a module": program(
        "import json\ntry:\n    json.loads = None\nexcept Exception as error:\n    return [('SEEN', str(error))]"
        "\nreturn []"
    ),
    "what is where": program('return [("SEEN", str(check) + str(told) + str([None, lambda: 0]))]'),
    "order of a set": program('return [("SEEN", str(list({"a", "b", told, check})))]'),
}


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT)
async def test_nothing_is_carried_from_one_run_to_the_next(sandbox: Sandbox, source: str) -> None:
    first, *others = await sandbox.judge_each(source, [{**EMPTY, "changes": {"a": [0]}} for _ in range(3)])
    assert others == [first, first]
    assert isinstance(first, tuple)


@pytest.mark.parametrize("name", ["id", "hash", "eval", "exec"])
async def test_what_could_tell_runs_apart_is_not_there(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(Failure, match="not callable"):
        await sandbox.judge(program(f'return [("SEEN", str({name}("check")))]'), EMPTY)


linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@linux_only
async def test_a_killed_process_interrupts_one_run_and_no_other() -> None:
    source = program('while facts["N"] == 2:\n    pass\nreturn [("N", str(facts["N"]))]')
    known = processes()
    with Sandbox(workers=1) as sandbox:
        judging = asyncio.ensure_future(sandbox.judge_each(source, runs(1, 2, 3)))
        await kill_when_busy(known)
        first, killed, last = await judging
        assert (first, last) == ((Finding(code="N", detail="1"),), (Finding(code="N", detail="3"),))
        assert isinstance(killed, Interrupted)
        assert "time limit" not in str(killed)
        assert await sandbox.judge(source, runs(4)[0]) == (Finding(code="N", detail="4"),)


@linux_only
async def test_closing_leaves_no_process_behind() -> None:
    before = processes()
    with Sandbox(workers=2) as sandbox:
        sources: Sequence[str] = [program("return []"), program("return 3"), program(SLOW)]
        await asyncio.gather(*(sandbox.judge(source, EMPTY) for source in sources), return_exceptions=True)
        assert processes() - before
    assert processes() - before == set()
