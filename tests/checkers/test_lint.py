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
    "some parameters": "def check(calls, facts):\n    return [] if made(calls, facts['A']) else [('A', 'b')]\n",
    "compared with what they give": body(
        "if told(messages, number=1) is False or made(calls, 'x') == [] or changed(changes, 'a', 'b', 'c') is None:",
        "    pass",
        "if len(writes(calls)) > 0 and [None, 2] != fields(changes, 'a', 'b', 'c') and 'a/b' in others(changes, []):",
        "    pass",
    ),
    "loops": body(
        "rest = [call for call in calls]", "while True:", "    if not rest:", "        break", "    rest.pop()"
    ),
    "taken twice": body("rest = [1, 2]", "if rest.pop() != rest.pop():", "    pass"),
    "either": body("if facts['A'] == 1 or facts['A'] == 2 or not (facts['A'] != 3 and facts['A'] != 4):", "    pass"),
    "a default": body("rows = made(calls, 'x') or [{'result': None}]", "if rows[0]['result']:", "    pass"),
    "unpacked": body("if [*calls] or {**changes}:", "    pass"),
    "early return": body("if not calls:", "    return [('A', 'b')]"),
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_a_fair_checker_gets_no_complaint(source: str) -> None:
    assert lint(source) == []


BAD = {
    "syntax": ("def check(:\n    pass", "line 1: syntax error"),
    "null byte": ("\0", "null bytes"),
    "nesting": ("(" * 5000 + ")" * 5000, ""),
    "a long sum": (body("if " + "1 + " * 4000 + "facts['A']:", "    pass"), "cannot be parsed"),
    "nested functions": (body("lambda: " * 2400 + "0"), "cannot be parsed"),
    "empty": ("", "define exactly one function"),
    "other name": ("def verify(changes, calls, messages, facts):\n    return []", "define exactly one function"),
    "two functions": (body() + "def g():\n    pass\n", "define exactly one function"),
    "import at the top": ("import os\n" + body(), "define exactly one function"),
    "async check": ("async " + body(), "define exactly one function"),
    "parameters": (
        body().replace("messages, facts", "facts, messages"),
        "line 1: check must take parameters out of these, in this order",
    ),
    "default": (body().replace("facts)", "facts=None)"), "must take parameters"),
    "star": (body().replace("facts)", "facts, *more)"), "must take parameters"),
    "no parameters": (body().replace("changes, calls, messages, facts", ""), "must take parameters"),
    "another parameter": (body().replace("messages, facts", "messages, turns"), "must take parameters"),
    "a parameter twice over": (body().replace("messages, facts", "facts, facts"), "syntax error"),
    "decorator": ("@staticmethod\n" + body(), "no decorator"),
    "import": (body("import os"), "line 3: 'import'"),
    "import from": (body("from os import path"), "line 3: 'import'"),
    "del": (body("del found[0]"), "'del'"),
    "class": (body("class A:", "    pass"), "'class'"),
    "yield": (body("def g():", "    yield 1"), "'yield'"),
    "async": (body("async def g():", "    pass"), "'async'"),
    "with": (body("with calls:", "    pass"), "'with'"),
    "try": (body("try:", "    float('x')", "except ValueError:", "    pass"), "line 3: 'try'"),
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


def when(condition: str) -> str:
    return HEAD + f"    found = []\n    if {condition}:\n" + '        found.append(("WRONG", "x"))\n    return found\n'


VACUOUS = {
    "False": (when("False"), "line 3: False is a constant, so this condition is the same for every dialogue"),
    "0": (when("0"), "0 is a constant"),
    "None": (when("None"), "None is a constant"),
    "text": (when("'x'"), "'x' is a constant"),
    "not True": (when("not True"), "True is a constant"),
    "a constant in a sum": (when("calls and 0"), "0 is a constant"),
    "a constant meant as another value": (when("facts['A'] == 'a' or 'b'"), "'b' is a constant"),
    "unequal to itself": (when("changes != changes"), "compared with itself"),
    "unequal to itself, deeper": (when("facts['A'] < facts['A']"), "compared with itself"),
    "helper unequal to itself": (when("writes(calls) != writes(calls)"), "compared with itself"),
    "two literals": (when("1 == 2"), "two constants are compared"),
    "a list of something": (when("['a/b']"), "['a/b'] is not empty"),
    "a tuple": (when("not (calls, 'x')"), "is not empty"),
    "both sides": (when("calls and not calls"), "exclude each other"),
    "one side or the other": (when("not told(messages, number=1) or told(messages, number=1)"), "exclude each other"),
    "two values": (when("facts['A'] == 1 and facts['A'] == 2"), "exclude each other"),
    "not two values": (when("facts['A'] != 'x' or facts['A'] != 'y'"), "exclude each other"),
    "negative length": (when("len(calls) < 0"), "a length is never below 0"),
    "any length": (when("not len(calls) >= 0"), "a length is never below 0"),
    "fields": (when("not fields(changes, 'a', 'b', 'c')"), "line 3: fields() gives [before, after]"),
    "not called": (when("not refused"), "refused is a helper and is not called"),
    "in an expression": (HEAD + "    return [('A', 'b')] if 0 else []\n", "0 is a constant"),
    "in a comprehension": (HEAD + "    return [('A', 'b') for call in calls if call != call]\n", "with itself"),
    "told text": (
        when("told(messages, number=1) == 'yes'"),
        "told() gives True or False, never 'yes'; write `told(...)`",
    ),
    "told nothing": (when("refused(messages) is None"), "refused() gives True or False, never None"),
    "made nothing": (when("made(calls, 'x') is None"), "made() gives a list, never None; write `not made(...)`"),
    "made false": (when("made(calls, 'x') == False"), "made() gives a list, never False"),
    "made few": (
        when("made(calls, 'x') < 1"),
        "made() gives a list, never 1; write `not made(...)`, or compare its len",
    ),
    "nothing made": (when("0 == writes(calls)"), "writes() gives a list, never 0"),
    "the very list": (when("others(changes, []) is []"), "nothing `is` []; write =="),
    "the very text": (when("changed(changes, 'a', 'b', 'c') is not 'x'"), "nothing `is` 'x'; write =="),
    "helper dropped": (body("confirmed(calls, messages, 'x')"), "line 3: what confirmed() says is dropped"),
    "comparison dropped": (body("facts['A'] == 1"), "line 3: the value of this line is dropped"),
    "finding dropped": (body("found + [('A', 'b')]"), "line 3: the value of this line is dropped"),
    "returned before": (
        HEAD + "    return []\n    return [('A', 'b')]\n",
        "line 3: this is never reached, because line 2",
    ),
    "returned within": (body("if calls:", "    return []", "    found.append(('A', 'b'))"), "line 5: this is never"),
    "skipped": (body("for call in calls:", "    continue", "    found.append(('A', 'b'))"), "line 5: this is never"),
    "over nothing": (body("for call in []:", "    found.append(('A', 'b'))"), "line 3: this loop is never entered"),
    "always the empty list": (HEAD + "    if calls:\n        return []\n    return []\n", "can never fail"),
}


@pytest.mark.parametrize(("source", "words"), VACUOUS.values(), ids=VACUOUS)
def test_what_decides_nothing_is_named(source: str, words: str) -> None:
    complaints = lint(source)
    assert any(words in complaint for complaint in complaints), complaints
