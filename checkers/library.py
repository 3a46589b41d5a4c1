"""Library: the prelude as the sandbox runs it, and its documentation for those who write and lint checkers."""

import ast
from pathlib import Path
from typing import cast

_FILES = {file.stem: ast.parse(file.read_text("utf-8")) for file in Path(__file__).with_name("prelude").glob("*.py")}

_HELPERS = {
    node.name: node
    for name in ("state", "calls", "talk")
    for node in _FILES[name].body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
}

HELPERS: dict[str, ast.arguments] = {name: node.args for name, node in _HELPERS.items()}
"""The parameters of every helper that a checker may call, by name."""

RETURNS = {name: ast.unparse(node.returns or ast.Constant(None)).partition("[")[0] for name, node in _HELPERS.items()}
"""What each gives: "bool", "list" or "Any"."""


def _documented(node: ast.FunctionDef) -> str:
    plain = ast.parse(f"def _({ast.unparse(node.args)}): ...").body[0]
    assert isinstance(plain, ast.FunctionDef)
    for part in ast.walk(plain.args):
        if isinstance(part, ast.arg):
            part.annotation = None
    words = " ".join((ast.get_docstring(node) or "").split())
    returns = ast.unparse(node.returns or ast.Constant(None)).replace("Entry", "dict")
    return f"{node.name}({ast.unparse(plain.args)}) -> {returns}\n    {words}"


HELPERS_DOC = "\n".join(map(_documented, _HELPERS.values()))
"""Signature and contract of every helper, one after another."""


class _Bare(ast.NodeTransformer):
    """Takes docstrings and annotations away: they would be restored for every verdict."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return ast.Assign([node.target], cast(ast.expr, node.value), lineno=node.lineno)


def _statements() -> dict[str, ast.stmt]:
    """Every function, constant and module of the prelude by its name, bare."""
    found: dict[str, ast.stmt] = {}
    for file in ("state", "calls", "talk", "door"):
        for node in _Bare().visit(ast.parse(ast.unparse(_FILES[file]))).body:
            match node:
                case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    found[name] = node
                case ast.Import(names=[ast.alias(name=name)]):
                    found[name] = node
                case _:
                    pass
    return found


_STATEMENTS = _statements()
_NEEDS = {
    name: [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in _STATEMENTS]
    for name, node in _STATEMENTS.items()
}
_KINDS = frozenset(parameter.arg for parameter in HELPERS["told"].kwonlyargs)


def helper_words(source: str) -> frozenset[str]:
    """What a program needs a prelude for: the helpers and the kinds of `told` whose names occur in it."""
    return frozenset(word for word in (*HELPERS, *_KINDS) if word in source)


def prelude(words: frozenset[str]) -> str:
    """The program that the sandbox runs before a checker of these `helper_words`.

    It is the door, the named helpers, gathered in `helpers`, and what they need; `told` knows only the kinds that are
    named, or all if none is.
    """
    chosen = [name for name in HELPERS if name in words]
    unasked = {f"_says_{kind}" for kind in _KINDS - words} if words & _KINDS else set[str]()
    needed, waiting = set[str](), ["opened", "judged", *chosen]
    while waiting:
        name = waiting.pop()
        if name not in needed | unasked:
            needed.add(name)
            waiting += _NEEDS[name]
    lines = [ast.unparse(node) for name, node in _STATEMENTS.items() if name in needed]
    return "\n".join([*lines, f"helpers = {{{', '.join(f'{name!r}: {name}' for name in chosen)}}}"])
