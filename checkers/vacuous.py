"""Vacuous: what in a program can be seen to decide nothing: conditions that come out the same for every dialogue, code
that is never reached, answers that are dropped."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from checkers.library import HELPERS, RETURNS

_GIVES = {"bool": "True or False", "list": "a list"}
_WRITE = {"bool": "write `{0}(...)` or `not {0}(...)`", "list": "write `not {0}(...)`, or compare its len()"}
_OBJECTS = ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr
_LEAVES = ast.Return | ast.Raise | ast.Break | ast.Continue


def vacuous(tree: ast.Module) -> Iterator[str]:
    """A complaint, with its line, about everything that decides nothing."""
    for node in ast.walk(tree):
        yield from _unreached(node)
        yield from _dropped(node)
        yield from _mismatched(node)
        for condition in _conditions(node):
            if why := _always_the_same(condition):
                yield (
                    f"line {condition.lineno}: {why}, so this condition is the same for every dialogue; ask for what"
                    " differs between a right and a wrong one"
                )


def _unreached(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.For(iter=ast.List(elts=[]) | ast.Tuple(elts=[])):
            yield f"line {node.lineno}: this loop is never entered; loop over what the dialogue left"
        case _:
            pass
    for _, block in ast.iter_fields(node):
        if isinstance(block, list):
            for leaves, after in pairwise(block):
                if isinstance(leaves, _LEAVES) and isinstance(after, ast.stmt):
                    yield f"line {after.lineno}: this is never reached, because line {leaves.lineno} leaves before it"


def _dropped(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in HELPERS:
            yield f"line {node.lineno}: what {name}() says is dropped; ask for it with `if` and add a finding"
        case ast.Expr(value=ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp()):
            yield f"line {node.lineno}: the value of this line is dropped; ask for it with `if` and add a finding"
        case _:
            pass


def _mismatched(node: ast.AST) -> Iterator[str]:
    """Complaints about a comparison with what the other side never is."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if not isinstance(op, ast.In | ast.NotIn):
            for side, other in ((left, right), (right, left)):
                if isinstance(op, ast.Is | ast.IsNot) and _is_value(other):
                    yield f"line {node.lineno}: nothing `is` {_words(other)}; write == or !="
                elif isinstance(side, ast.Call) and isinstance(side.func, ast.Name) and side.func.id in RETURNS:
                    yield from _never(side.func.id, other)
        case _:
            pass


def _never(name: str, other: ast.expr) -> Iterator[str]:
    kind = RETURNS[name]
    match kind, other:
        case ("bool", ast.Constant(value=0 | 1)) | ("list", ast.List()):
            return
        case ("bool" | "list", ast.Constant() | ast.List() | ast.Tuple() | ast.Dict() | ast.Set() | ast.JoinedStr()):
            write = _WRITE[kind].format(name)
            yield f"line {other.lineno}: {name}() gives {_GIVES[kind]}, never {_words(other)}; {write}"
        case _:
            pass


def _is_value(node: ast.expr) -> bool:
    """Whether it is a literal that equals other objects and is none of them."""
    if isinstance(node, ast.Constant):
        return not (node.value is None or isinstance(node.value, bool))
    return isinstance(node, _OBJECTS)


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that the node asks for being true, with their parts."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            yield from _parts(test)
        case ast.While(test=test) if not isinstance(test, ast.Constant):
            yield from _parts(test)
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield from _parts(test)
        case _:
            pass


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    yield test
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _parts(operand)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _parts(value)
        case _:
            pass


def _always_the_same(test: ast.expr) -> str | None:
    """Why a condition can come out in one way only; None if it can in two."""
    match test:
        case ast.Constant():
            return f"{_words(test)} is a constant"
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(keys=items) if any(map(_is_item, items)):
            return f"{_words(test)} is not empty"
        case ast.Name(id=name) if name in HELPERS:
            return f"{name} is a helper and is not called here"
        case ast.Call(func=ast.Name(id="fields")):
            return "fields() gives [before, after], which is never empty"
        case ast.Compare(left=ast.Constant(), comparators=[ast.Constant()]):
            return "two constants are compared"
        case ast.Compare(left=ast.Call(func=ast.Name(id="len")), ops=[ast.Lt() | ast.GtE()], comparators=[limit]) if (
            isinstance(limit, ast.Constant) and limit.value == 0
        ):
            return "a length is never below 0"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if ast.dump(left) == ast.dump(right) and _is_steady(
            left
        ):
            return None if isinstance(op, ast.In | ast.NotIn) else "something is compared with itself"
        case ast.BoolOp(op=op, values=values) if _contradict(op, values):
            return f"two parts of {_words(test)} exclude each other"
        case _:
            return None


def _is_item(node: ast.expr | None) -> bool:
    """Whether it is one item of a literal; `*rows` and `**row` may be none."""
    return node is not None and not isinstance(node, ast.Starred)


def _contradict(op: ast.boolop, values: list[ast.expr]) -> bool:
    """Whether the parts cannot all be true (joined by `or`: all be false): `x and not x`, `x == 1 and x == 2`."""
    wanted = ast.Eq if isinstance(op, ast.And) else ast.NotEq
    plain, denied, compared = set[str](), set[str](), dict[str, object]()
    for value in filter(_is_steady, values):
        match value:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                denied.add(ast.dump(operand))
            case ast.Compare(left=left, ops=[found], comparators=[ast.Constant(value=one)]) if isinstance(
                found, wanted
            ):
                if compared.setdefault(ast.dump(left), one) != one:
                    return True
            case _:
                plain.add(ast.dump(value))
    return not plain.isdisjoint(denied)


def _is_steady(node: ast.expr) -> bool:
    """Whether it gives the same each time: of all calls, only those of helpers surely do."""
    return all(
        not isinstance(part, ast.Call | ast.NamedExpr)
        or (isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in HELPERS)
        for part in ast.walk(node)
    )


def _words(node: ast.expr) -> str:
    return ast.unparse(node)[:100]
