"""Lint: what it lets through, and what it says about the rest."""

import pytest

from checkers.lint import lint

HEAD = "def check(changes, calls, messages, facts):\n"
TAIL = '    found.append(("WRONG", "x"))\n    return found\n'


def body(*lines: str) -> str:
    return HEAD + "    found = []\n" + "".join(f"    {line}\n" for line in lines) + TAIL


GOOD = {
    "plain": body("if made(calls, 'x', a=1, b=[2]):", "    pass"),
    "docstrings": '"""What it proves."""\n' + body('"""Why."""'),
    "returned list": HEAD + '    return [] if changes else [("A", "b")]\n',
    "comprehension": HEAD + '    return [("A_1", key) for key in others(changes, allowed=["x/*"])]\n',
    "sum of lists": HEAD + '    found = [("A", "b")] if calls else []\n    return found + [("C", "d")]\n',
    "added": HEAD + '    found = []\n    found += [("A", "b")]\n    found.extend([("C", "d")])\n    return found\n',
    "nested function": body("def first(rows):", "    return rows[0]['x'] if rows else None", "first(writes(calls))"),
    "lambda and unpacking": body(
        "before, after = fields(changes, 'a', 'b', 'c')", "sorted(calls, key=lambda c: c['turn'])"
    ),
    "underscore": body("for _ in range(3):", "    pass"),
    "try": body("try:", "    float('x')", "except ValueError as error:", "    str(error)"),
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_a_fair_checker_gets_no_complaint(source: str) -> None:
    assert lint(source) == []


BAD = {
    "syntax": ("def check(:\n    pass", "line 1: syntax error"),
    "null byte": ("\0", "null bytes"),
    "nesting": ("(" * 5000 + ")" * 5000, ""),
    "empty": ("", "define exactly one function"),
    "other name": ("def verify(changes, calls, messages, facts):\n    return []", "define exactly one function"),
    "two functions": (body() + "def g():\n    pass\n", "define exactly one function"),
    "import at the top": ("import os\n" + body(), "define exactly one function"),
    "async check": ("async " + body(), "define exactly one function"),
    "parameters": (body().replace("messages, facts", "facts, messages"), "line 1: check must take exactly"),
    "default": (body().replace("facts)", "facts=None)"), "must take exactly"),
    "star": (body().replace("facts)", "facts, *more)"), "must take exactly"),
    "decorator": ("@staticmethod\n" + body(), "no decorator"),
    "import": (body("import os"), "line 3: 'import'"),
    "import from": (body("from os import path"), "line 3: 'import'"),
    "del": (body("del found[0]"), "'del'"),
    "class": (body("class A:", "    pass"), "'class'"),
    "yield": (body("def g():", "    yield 1"), "'yield'"),
    "async": (body("async def g():", "    pass"), "'async'"),
    "with": (body("with calls:", "    pass"), "'with'"),
    "global": (body("global x", "x = 1"), "'global'"),
    "eval": (body("eval('1')"), "named 'eval'"),
    "exec": (body("exec('1')"), "named 'exec'"),
    "getattr": (body("getattr(calls, 'x')"), "named 'getattr'"),
    "open": (body("open('x')"), "line 3: there is no variable, helper or built-in named 'open'"),
    "next": (body("next(iter(calls))"), "named 'next'"),
    "dunder name": (body("__builtins__"), "'__builtins__'"),
    "dunder attribute": (body("calls.__class__"), "'__class__'"),
    "private helper": (body("_plain('x')"), "'_plain'"),
    "undefined name": (
        body("if chnages:", "    pass"),
        "line 3: there is no variable, helper or built-in named 'chnages'",
    ),
    "undefined in a comprehension": (body("[x for c in calls]"), "named 'x'"),
    "undefined in a function": (body("def g():", "    return y"), "named 'y'"),
    "shadowed by a variable": (body("fields = 1"), "'fields' is a helper"),
    "shadowed by a function": (body("def told(m):", "    return True"), "'told' is a helper"),
    "shadowed by a loop": (body("[made for made in calls]"), "'made' is a helper"),
    "constant pass": (HEAD + "    return []\n", "can never fail"),
    "nothing added": (HEAD + "    found = []\n    if changes:\n        pass\n    return found\n", "can never fail"),
    "added elsewhere": (HEAD + '    a = []\n    a.append(("A", "b"))\n    return []\n', "can never fail"),
    "no return": (HEAD + '    found = []\n    found.append(("A", "b"))\n', "must return a list"),
    "bare return": (body("if not calls:", "    return"), "must return a list"),
    "too many": (body("writes(calls, 1)"), "line 3: writes() takes at most 1 positional arguments: calls"),
    "too few": (body("changed(changes, 'a', 'b')"), "changed() lacks field"),
    "unknown keyword": (body("told(messages, amount=3)"), "told() has no argument amount; it takes messages, money"),
    "positional where a word is needed": (body("told(messages, 3)"), "told() takes at most 1"),
    "twice": (body("others(changes, [], allowed=[])"), "others() is given allowed twice"),
    "star call": (body("writes(*calls)"), "written out"),
    "lower-case code": (body("found.append(('wrong', 'x'))"), "line 3: the code 'wrong' must be UPPER_SNAKE_CASE"),
    "computed code": (body("found.append((facts['X'], 'x'))"), "line 3: a finding is"),
    "formatted code": (body("found.append((f'A{1}', 'x'))"), "line 3: a finding is"),
    "code alone": (body("found.append('WRONG')"), "line 3: a finding is"),
    "long": (body("# " + "x" * 20_000), "characters"),
}


@pytest.mark.parametrize(("source", "words"), BAD.values(), ids=BAD)
def test_every_other_checker_is_told_what_to_mend(source: str, words: str) -> None:
    complaints = lint(source)
    assert complaints
    assert any(words in complaint for complaint in complaints), complaints
