"""Escapes: what a hostile program tries in the sandbox, past the lint.

Nothing of the host comes out, every attempt ends, and the next checker judges as if nothing had been.
"""

import asyncio
import copy
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkers.lint import lint
from checkers.sandbox import Interrupted, Sandbox
from turnwright.errors import Failure
from turnwright.verdict import Blame, Finding

TOKEN = secrets.token_hex(16)
EVIDENCE: dict[str, Any] = {
    "changes": {"orders/#O-1": {"status": ["pending", "cancelled"]}},
    "calls": [
        {
            "turn": 2,
            "side": "assistant",
            "tool": "cancel_order",
            "arguments": {"order_id": "#O-1"},
            "result": {"refund": 12.4},
            "error": None,
            "writes": True,
        }
    ],
    "messages": [
        {"turn": 0, "speaker": "user", "content": "Please cancel #O-1."},
        {"turn": 1, "speaker": "assistant", "content": "Shall I?"},
        {"turn": 3, "speaker": "assistant", "content": "Done, you get $12.40 back."},
    ],
    "facts": {"REFUND": 12.4},
}
HONEST = """
def check(changes, calls, messages, facts):
    found = []
    if changed(changes, "orders", "#O-1", "status") != "cancelled" or others(changes, ["orders/#O-1"]):
        found.append(("WRONG_CHANGE", "not cancelled, or more than that"))
    if not told(messages, money=facts["REFUND"]) or len(made(calls, "cancel_order")) != 1:
        found.append(("FACT_NOT_TOLD", "refund"))
    if not refused(messages):
        found.append(("SEEN", "it was not refused"))
    return found
"""
VERDICT = (Finding(code="SEEN", detail="it was not refused"),)


def check(*lines: str) -> str:
    return "def check(changes, calls, messages, facts):\n" + "".join(f"    {line}\n" for line in lines)


def tell(expression: str) -> str:
    """A program that gives away what the expression yields."""
    return check(f'return [("OUT", str({expression}))]')


HOST = {
    "open a file": tell('open("FILE").read()'),
    "open a device": tell('open("/proc/self/environ", "rb").read()'),
    "write a file": check('open("FILE", "w").write("gone")', "return []"),
    "path read": check("import pathlib", 'return [("OUT", pathlib.Path("FILE").read_text())]'),
    "path glob": check("import pathlib", 'return [("OUT", str(list(pathlib.Path("FILE").parent.glob("*"))))]'),
    "path of links": check("import pathlib", 'return [("OUT", str(pathlib.Path("/proc/self/cwd").resolve()))]'),
    "path write": check("import pathlib", 'pathlib.Path("FILE").write_text("gone")', "return []"),
    "path unlink": check("import pathlib", 'pathlib.Path("FILE").unlink()', "return []"),
    "environ": check("import os", 'return [("OUT", str(dict(os.environ)))]'),
    "getenv": check("import os", 'return [("OUT", str(os.getenv("CANARY")))]'),
    "listdir": check("import os", 'return [("OUT", str(os.listdir("/")))]'),
    "chdir and relative": check("import os", 'os.chdir("/")', 'return [("OUT", open("proc/version").read())]'),
    "system": check("import os", 'return [("OUT", str(os.system("env")))]'),
    "subprocess": check("import subprocess", 'return [("OUT", str(subprocess.check_output("env")))]'),
    "asyncio subprocess": check("import asyncio", 'return [("OUT", str(asyncio.create_subprocess_exec("env")))]'),
    "socket": check("import socket", 'return [("OUT", str(socket.create_connection(("127.0.0.1", 80))))]'),
    "urllib": check("import urllib.request", 'return [("OUT", str(urllib.request.urlopen("file://FILE").read()))]'),
    "ctypes": check("import ctypes", "return [('OUT', str(ctypes.CDLL(None)))]"),
    "importlib": check("import importlib", 'return [("OUT", str(importlib.import_module("os").environ))]'),
    "sys": check("import sys", 'return [("OUT", str(sys.path) + str(sys.argv) + str(sys.executable))]'),
    "modules": check("import sys", 'return [("OUT", str(sys.modules["os"].environ))]'),
    "import function": tell('__import__("os").environ'),
    "builtins": tell("__builtins__"),
    "builtins module": check("import builtins", 'return [("OUT", builtins.open("FILE").read())]'),
    "host module": check("import checkers.sandbox", 'return [("OUT", str(checkers.sandbox))]'),
    "relative import": check("from . import sandbox", 'return [("OUT", str(sandbox))]'),
    "star import": "from os import *\n" + tell("environ"),
    "its own file": tell("open(__file__).read()"),
    "its input": tell("input()"),
    "breakpoint": check("breakpoint()", "return []"),
    "pickle": check("import pickle", 'return [("OUT", str(pickle.loads(b"cos\\nsystem\\n(S\'env\'\\ntR.")))]'),
    "exec": check("exec('import os')", 'return [("OUT", str(os.environ))]'),
    "eval": tell("eval('open(\"FILE\").read()')"),
    "compile": tell("compile('1', 'a', 'eval')"),
}
INSIDE = {
    "base classes": tell("().__class__.__base__.__subclasses__()"),
    "resolution order": tell("().__class__.__mro__"),
    "type of a type": tell("type(type(check)).__subclasses__(type)"),
    "globals of a function": tell("check.__globals__"),
    "globals of a helper": tell("told.__globals__"),
    "code of a function": tell("check.__code__.co_consts"),
    "closure of a helper": tell("told.__closure__"),
    "module of a helper": tell("told.__module__"),
    "frame of a generator": tell("(call for call in calls).gi_frame.f_back.f_globals"),
    "self of a method": tell("[].append.__self__.__class__"),
    "traceback": check(
        "try:",
        "    facts['NOPE']",
        "except KeyError as error:",
        "    return [('OUT', str(error.__traceback__.tb_frame.f_back.f_globals))]",
    ),
    "traceback of a helper": check(
        "try:",
        "    told(messages)",
        "except ValueError as error:",
        "    return [('OUT', str(error.__context__) + str(error.__traceback__))]",
    ),
    "getattr": tell("getattr(getattr((), '__class__'), '__base__')"),
    "vars": tell("vars()"),
    "dir": tell("dir()"),
    "globals": tell("globals()"),
    "locals": tell("locals()"),
    "names of the door": tell("[_source, _evidence, _check, helpers, judged, opened]"),
    "last value": tell("_"),
    "format": tell("'{0.__class__.__mro__}'.format(check)"),
    "format of globals": tell("'{0.__globals__}'.format(told)"),
    "format by key": tell("'{c[0][tool].__class__}'.format(c=calls)"),
    "format map": tell("'{a.__class__}'.format_map({'a': 1})"),
    "f-string": tell("f'{check.__globals__}'"),
    "f-string format": tell("f'{told!r:{facts[\"REFUND\"]}}'"),
    "percent": tell("'%(a)s' % {'a': check.__globals__}"),
    "percent width": tell("'%*d' % (10 ** 9, 1)"),
    "template": check("import string", "return [('OUT', string.Template('$a').substitute(a=check))]"),
}
TIME = {
    "endless loop": check("while True:", "    pass"),
    "endless loop at the top": "while True:\n    pass\n" + check("return []"),
    "nested loops": check(
        *("    " * depth + f"for a{depth} in range(10 ** 9):" for depth in range(5)), " " * 20 + "pass"
    ),
    "endless iterator": check("import itertools", "for n in itertools.count():", "    n * n"),
    "slow sort": check("sorted(range(10 ** 5), key=lambda n: sum(range(n)))", "return []"),
    "slow search": check("text = 'ab' * 10 ** 6", "for n in range(10 ** 6):", "    text.count('aa')"),
    "sleep": check("import time", "time.sleep(10 ** 6)", "return [('SLEPT', str(time.time()))]"),
    "asyncio sleep": check(
        "import asyncio", "async def nap():", "    await asyncio.sleep(10 ** 6)", "asyncio.run(nap())"
    ),
    "swallowed": check(
        "while True:", "    try:", "        while True:", "            pass", "    except:", "        pass"
    ),
    "swallowed all": check(
        "while True:",
        "    try:",
        "        while True:",
        "            pass",
        "    except BaseException:",
        "        pass",
    ),
    "finally": check("try:", "    while True:", "        pass", "finally:", "    while True:", "        pass"),
    "finally returns": check("while True:", "    try:", "        [0] * 10 ** 10", "    finally:", "        continue"),
    "backtracking": check("import re", "re.match('(a+)+$', 'a' * 40 + 'b')", "return []"),
    "backtracking reference": check("import re", r"re.search(r'(a*)*(\1)c', 'a' * 5000)", "return []"),
    "large pattern": check("import re", "re.compile('(?:a{1,1000}){1,1000}')", "return []"),
    "slow helper": check("for n in range(10 ** 6):", "    refused(messages * 1000)", "return []"),
    "power": check("return [('BIG', str(pow(3, 10 ** 8, 10 ** 5000 + 1)))]"),
}
MEMORY = {
    "doubling list": check("a = [0]", "while True:", "    a = a + a"),
    "huge list": check("[0] * 10 ** 10", "return []"),
    "huge text": check("return [('A', 'x' * 10 ** 10)]"),
    "huge join": check("', '.join(['x' * 10 ** 6] * 10 ** 6)", "return []"),
    "huge padding": check("return [('A', f'{1:>1000000000}')]"),
    "huge replace": check("text = 'a' * 10 ** 6", "text.replace('a', text)", "return []"),
    "growing dict": check("a = {}", "for n in range(10 ** 9):", "    a[n] = str(n)"),
    "growing set": check("a = set()", "for n in range(10 ** 9):", "    a.add(n)"),
    "nesting": check("a = []", "for n in range(10 ** 7):", "    a = [a]", "return [('A', str(a))]"),
    "swallowed": check(
        "a = [0]", "while True:", "    try:", "        a = a + a", "    except BaseException:", "        pass"
    ),
    "power": check("2 ** 10 ** 9", "return []"),
    "factorial": check("import math", "math.factorial(10 ** 7)", "return []"),
    "shift": check("1 << 10 ** 11", "return []"),
    "digits": check("return [('A', str(7 ** 10 ** 5))]"),
    "multiplied": check("n = 3", "while True:", "    n = n * n"),
    "decimal": check("import decimal", "decimal.Decimal(10) ** 10 ** 9", "return []"),
    "print in a loop": check("while True:", "    print('x' * 1000)"),
    "one huge print": check("print('x' * 5 * 10 ** 7)", "return []"),
    "print without end": check("for n in range(10 ** 7):", "    print(end='')", "return []"),
}
DEPTH = {
    "direct": check("return check(changes, calls, messages, facts)"),
    "mutual": check("def a():", "    return b()", "def b():", "    return a()", "return a()"),
    "by a key": check("def a(n):", "    return sorted([n], key=a)", "return a(1)"),
    "by map": check("def a(n):", "    return list(map(a, [n]))", "return a(1)"),
    "repr": check("a = []", "for n in range(5000):", "    a = [a]", "return [('A', repr(a))]"),
    "equality": check("a, b = [], []", "for n in range(5000):", "    a, b = [a], [b]", "return [('A', str(a == b))]"),
    "ring": check("a = []", "a.append(a)", "b = []", "b.append(b)", "return [('A', repr(a) + str(a == b))]"),
    "json": check("import json", "return [('A', str(json.loads('[' * 10 ** 5)))]"),
    "json out": check("import json", "a = []", "a.append(a)", "return [('A', json.dumps(a))]"),
    "pattern": check("import re", "re.compile('(' * 10 ** 4 + ')' * 10 ** 4)", "return []"),
    "source": "x = " + "(" * 10**4 + ")" * 10**4 + "\n" + check("return []"),
    "operators": "x = " + "-" * 10**5 + "1\n" + check("return []"),
    "blocks": "".join(" " * n + "if 1:\n" for n in range(500)) + " " * 500 + "pass\n" + check("return []"),
}
ODD = {
    "nothing": check("pass"),
    "a generator": check("return (('A', 'b') for call in calls)"),
    "a tuple": check("return (('A', 'b'),)"),
    "a subclass": check("class Mine(list):", "    pass", "return Mine()"),
    "an object that is like a list": check(
        "class Mine:",
        "    def __len__(self):",
        "        return 0",
        "    def __iter__(self):",
        "        return iter([])",
        "return Mine()",
    ),
    "a list that grows": check("a = [('A', 'b')]", "for item in a:", "    a.append(item)", "return a"),
    "a huge tuple": check("return [('A', 'b') * 10 ** 6]"),
    "too many": check("return [('A', 'b')] * 10 ** 6"),
    "a huge detail": check("return [('A', 'x' * 10 ** 7)] * 100"),
    "a huge code": check("return [('A' * 10 ** 7, 'b')] * 100"),
    "not a number": check("return [('A', float('nan'))]"),
    "infinite": check("return float('inf')"),
    "a number as detail": check("return [('A', 1)]"),
    "bytes": check("return [('A', b'x')]"),
    "half a character": check(r"return [('A', '\ud800')]"),
    "half a character, made": check("return [('A', chr(0xD800))]"),
    "null": check(r"return [('A', '\0')]"),
    "the evidence itself": check("return [changes]"),
    "a helper": check("return [told]"),
    "a door in the way of the result": check("return [('A', open)]"),
    "exit": check("raise SystemExit(0)"),
    "interrupt": check("raise KeyboardInterrupt()"),
    "stop": check("raise StopIteration([])"),
    "an error without words": check("raise Exception()"),
    "a huge error": check("raise ValueError('x' * 10 ** 7)"),
    "a false timeout": check("raise TimeoutError('feed time limit exceeded')"),
}
TAMPERING = {
    "the door": check("return [('A', 'b')]") + "def judged(check, evidence):\n    return []\n",
    "what opens the door": check("return [('A', 'b')]") + "def opened(source, helpers):\n    return []\n",
    "what a finding is": check("return [('A', 'b')]") + "def _finding(item):\n    return 3\n",
    "globals of the door": check(
        "global judged, _finding, _check", "judged = _finding = _check = None", "return [('A', 'b')]"
    ),
    "json": "json = None\n" + check("return [('A', 'b')]"),
    "json, imported": "import json\njson.loads = None\n" + check("return [('A', 'b')]"),
    "what it is asked with": "_evidence = '{}'\n_source = ''\nhelpers = {}\n" + check("return [('A', 'b')]"),
    "isinstance": "isinstance = lambda *a: True\nlen = lambda a: 0\n" + check("return [('A', 'b')]"),
    "str": "str = list = tuple = int\n" + check("return [('A', 'b')]"),
    "a helper": check("global told, changed", "told = changed = lambda *a, **k: True", "return [('A', 'b')]"),
    "a helper's parts": "_plain = _places = lambda *a: 3\n" + check("told(messages, money=1)", "return [('A', 'b')]"),
    "the evidence": check(
        "changes.clear()", "messages.clear()", "facts['REFUND'] = 1", "calls[0]['result'] = None", "return [('A', 'b')]"
    ),
    "the evidence, deep": check("changes['orders/#O-1']['status'][1] = 'x'", "return [('A', 'b')]"),
    "a class of the language": check("dict.get = None", "return [('A', 'b')]"),
    "a module for the next": "import re\nre.findall = None\n" + check("return [('A', 'b')]"),
    "a false check": "check = 3\n",
    "a check of another kind": "class check:\n    def __init__(self, **parts):\n        pass\n",
    "another check later": check("return []") + check("return [('A', 'b')]"),
}
GROUPS = {
    "host": HOST, "inside": INSIDE, "time": TIME, "memory": MEMORY, "depth": DEPTH, "odd": ODD, "tampering": TAMPERING,
}  # fmt: skip
ATTEMPTS = {f"{group}: {name}": source for group, attempts in GROUPS.items() for name, source in attempts.items()}

PAST_LINT = {
    "inside: frame of a generator", "inside: last value", "inside: format", "inside: format of globals",
    "inside: format by key", "inside: format map", "inside: f-string format", "inside: percent width",
    "time: power", "memory: huge text", "memory: huge padding", "memory: nesting", "memory: digits",
    "depth: direct", "depth: mutual", "depth: by a key", "depth: by map", "depth: repr", "depth: equality",
    "depth: ring", "odd: a generator", "odd: not a number", "odd: infinite", "odd: a number as detail",
    "odd: bytes", "odd: half a character", "odd: half a character, made", "odd: null", "tampering: the evidence",
    "tampering: the evidence, deep", "tampering: a class of the language",
}  # fmt: skip
"""The attempts that only the sandbox stops; lint refuses all others before they are run."""


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a secret."""
    file = tmp_path_factory.mktemp("host") / "canary.txt"
    file.write_text(TOKEN)
    return file


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """A sandbox whose processes were started with a secret in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANARY", TOKEN)
        with Sandbox(workers=1) as running:
            yield running


async def answer_of(sandbox: Sandbox, source: str, evidence: dict[str, Any]) -> tuple[Finding, ...] | Exception:
    async with asyncio.timeout(60):
        (answer,) = await sandbox.judge_each(source, [evidence])
    return answer


def is_slow(name: str) -> bool:
    return name.startswith(("time:", "memory:"))


@pytest.mark.parametrize(
    ("name", "source"),
    [pytest.param(*item, id=item[0], marks=[pytest.mark.slow] * is_slow(item[0])) for item in ATTEMPTS.items()],
)
async def test_an_attempt_ends_and_gains_nothing(guarded: Sandbox, canary: Path, name: str, source: str) -> None:
    evidence = copy.deepcopy(EVIDENCE)
    answer = await answer_of(guarded, source.replace("FILE", str(canary)), evidence)
    assert TOKEN not in str(answer)
    assert str(Path.cwd()) not in str(answer)
    assert len(str(answer)) < 200_000
    assert canary.read_text() == TOKEN
    assert [file.name for file in canary.parent.iterdir()] == [canary.name]
    match answer:
        case Failure():
            assert answer.blame is Blame.CHECKER
        case tuple():
            assert name.split(":")[0] != "tampering" or answer == (Finding(code="A", detail="b"),)
        case _:
            assert isinstance(answer, Interrupted)
            assert is_slow(name)
    assert evidence == EVIDENCE
    assert await answer_of(guarded, HONEST, evidence) == VERDICT


def test_lint_refuses_all_but_what_only_a_run_can_show() -> None:
    assert {name for name, source in ATTEMPTS.items() if not lint(source)} == PAST_LINT


KEEP = check("global kept", "kept = [changes, calls, messages, facts]", "return [('A', 'b')]")
LOOK = {
    "a global": tell("kept"),
    "its own arguments": tell("[changes, calls, messages, facts]"),
    "what the door was given": tell("_evidence"),
    "names": tell("locals()"),
    "the modules": check("import json", "import re", "return [('OUT', str([json, re]))]"),
    "an error": check("return kept[0][facts]"),
}


@pytest.mark.parametrize("look", LOOK.values(), ids=LOOK)
async def test_one_verdict_sees_nothing_of_another(guarded: Sandbox, look: str) -> None:
    secret = {**EVIDENCE, "facts": {"REFUND": TOKEN}}
    assert await answer_of(guarded, KEEP, secret) == (Finding(code="A", detail="b"),)
    assert TOKEN not in str(await answer_of(guarded, look, EVIDENCE))


SHARED = {
    "global": check(
        "global kept", "try:", "    return [('OUT', str(kept))]", "except NameError:", "    kept = facts", "return []"
    ),
    "default": check("kept.append(facts)", "return [('A', str(kept))]").replace("facts)", "facts, kept=[])", 1),
    "locals": tell("locals()"),
    "arguments": check("facts['KEPT'] = facts['REFUND']", "return [('OUT', str(facts))]"),
    "raised": check("raise ValueError(str(facts))"),
}


@pytest.mark.parametrize("source", SHARED.values(), ids=SHARED)
async def test_one_run_sees_nothing_of_another(guarded: Sandbox, source: str) -> None:
    others = [{**EVIDENCE, "facts": {"REFUND": TOKEN}}, EVIDENCE, EVIDENCE]
    _, second, third = await guarded.judge_each(source, others)
    assert TOKEN not in str(second) + str(third)
    assert str(second) == str(third)
