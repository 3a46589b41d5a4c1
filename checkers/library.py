"""Library: the prelude as text, and its documentation for those who write and lint checkers."""

import ast
from pathlib import Path

_FILES = {file.stem: file.read_text(encoding="utf-8") for file in Path(__file__).with_name("prelude").glob("*.py")}

PRELUDE = "\n".join(_FILES[name] for name in ("state", "calls", "talk", "door"))
"""The source that the sandbox runs before a checker."""

_HELPERS = {
    node.name: node
    for name in ("state", "calls", "talk")
    for node in ast.parse(_FILES[name]).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
}

HELPERS: dict[str, ast.arguments] = {name: node.args for name, node in _HELPERS.items()}
"""The parameters of every helper that a checker may call, by name."""


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
