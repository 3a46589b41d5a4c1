"""Lint: what can be said against a checker without running it, in words that its writer can act on."""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator

from checkers.evidence import PARTS
from checkers.library import HELPERS
from checkers.vacuous import vacuous

_BUILTINS = """
abs all any bool dict divmod enumerate filter float format frozenset int isinstance iter len list map max min ord chr
pow range repr reversed round set slice sorted str sum tuple zip Exception ArithmeticError AttributeError IndexError
KeyError LookupError RuntimeError TypeError ValueError ZeroDivisionError
"""
BUILTINS = frozenset(_BUILTINS.split())
"""The built-in names that the sandbox has and a checker has a use for."""
LONGEST = 20_000
"""Characters that a checker may have."""

_FORBIDDEN: dict[type[ast.AST], str] = {
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.Delete: "del",
    ast.ClassDef: "class",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.AsyncFunctionDef: "async",
    ast.AsyncFor: "async",
    ast.AsyncWith: "async",
    ast.Await: "await",
    ast.With: "with",
    ast.Global: "global",
    ast.Try: "try",
    ast.TryStar: "try",
}
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def lint(source: str) -> list[str]:
    """Every complaint about a checker, each with its line where it has one; an empty list admits it to the audit."""
    if len(source) > LONGEST:
        return [f"the checker has {len(source)} characters; {LONGEST} are enough for any"]
    try:
        return _complaints(ast.parse(source), symtable.symtable(source, "checker", "exec"))
    except SyntaxError as error:
        return [f"line {error.lineno or 1}: syntax error: {error.msg}"]
    except (ValueError, RecursionError, MemoryError) as error:
        return [f"the source cannot be parsed: {error or type(error).__name__}"]


def _complaints(tree: ast.Module, table: symtable.SymbolTable) -> list[str]:
    check = _check_function(tree)
    if check is None:
        return [f"define exactly one function at the top level and nothing else: def check({', '.join(PARTS)})"]
    complaints = [*_signature(check), *_forbidden(tree), *_names(tree, table), *_helper_calls(tree), *_findings(check)]
    complaints += vacuous(tree)
    return list(dict.fromkeys(complaints))


def _check_function(tree: ast.Module) -> ast.FunctionDef | None:
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    only = body[0] if len(body) == 1 else None
    return only if isinstance(only, ast.FunctionDef) and only.name == "check" else None


def _signature(check: ast.FunctionDef) -> Iterator[str]:
    given = check.args
    extra = [given.posonlyargs, given.kwonlyargs, given.defaults, given.vararg, given.kwarg]
    names = [parameter.arg for parameter in given.args]
    if not names or names != [part for part in PARTS if part in names] or any(extra):
        yield f"line {check.lineno}: check must take parameters out of these, in this order: {', '.join(PARTS)}"
    if check.decorator_list:
        yield f"line {check.lineno}: check must have no decorator"


def _forbidden(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        word = _FORBIDDEN.get(type(node))
        line = getattr(node, "lineno", 1)
        if word is not None:
            yield f"line {line}: {word!r} does not exist here; the helpers and plain expressions are enough"
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name.startswith("_") and name != "_":
            yield f"line {line}: {name!r}: names that begin with an underscore are not for checkers"


def _names(tree: ast.Module, table: symtable.SymbolTable) -> Iterator[str]:
    lines = {node.id: node.lineno for node in reversed(list(ast.walk(tree))) if isinstance(node, ast.Name)}
    for scope in _scopes(table):
        for symbol in scope.get_symbols():
            name = symbol.get_name()
            if name in HELPERS and symbol.is_local():
                yield f"line {scope.get_lineno()}: {name!r} is a helper; give this variable or function another name"
            if symbol.is_global() and not (name in HELPERS or name in BUILTINS or name in ("check", "_")):
                line = lines.get(name, scope.get_lineno())
                yield f"line {line}: there is no variable, helper or built-in named {name!r}"


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for scope in table.get_children():
        yield scope
        yield from _scopes(scope)


def _helper_calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in HELPERS:
            wrong = _misfit(node, HELPERS[node.func.id])
            if wrong:
                yield f"line {node.lineno}: {node.func.id}() {wrong}"


def _misfit(call: ast.Call, parameters: ast.arguments) -> str | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        word.arg is None for word in call.keywords
    ):
        return "must be called with its arguments written out, without * or **"
    positional = [parameter.arg for parameter in parameters.args]
    by_word = [parameter.arg for parameter in parameters.kwonlyargs]
    words = [word.arg for word in call.keywords if word.arg is not None]
    if len(call.args) > len(positional):
        return f"takes at most {len(positional)} positional arguments: {', '.join(positional)}"
    given = positional[: len(call.args)]
    if twice := set(given) & set(words):
        return f"is given {', '.join(sorted(twice))} twice"
    unknown = [word for word in words if word not in positional and word not in by_word]
    if unknown and parameters.kwarg is None:
        return f"has no argument {', '.join(unknown)}; it takes {', '.join(positional + by_word)}"
    required = positional[: len(positional) - len(parameters.defaults)]
    missing = [name for name in required if name not in given and name not in words]
    return f"lacks {', '.join(missing)}" if missing else None


def _findings(check: ast.FunctionDef) -> Iterator[str]:
    """Complaints about what `check` returns: it must be able to fail, with literal codes."""
    returned = [node.value for node in _own(check) if isinstance(node, ast.Return)]
    if not returned or any(value is None or ast.unparse(value) == "None" for value in returned):
        yield "check must return a list, the empty one where nothing is wrong, on every path"
    lists = {value.id for value in returned if isinstance(value, ast.Name)}
    candidates = [item for value in _list_values(check, lists) for item in _items(value)]
    candidates += _appended(check, lists)
    if not candidates and not any(isinstance(value, ast.Call) for value in returned):
        yield 'check can never fail: nothing adds a finding such as found.append(("WRONG_ITEM", "what is wrong"))'
    for item in candidates:
        yield from _finding(item)


def _own(check: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of `check` outside the functions defined in it."""
    waiting: list[ast.AST] = list(check.body)
    while waiting:
        node = waiting.pop(0)
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _list_values(check: ast.FunctionDef, lists: Iterable[str]) -> Iterator[ast.expr]:
    """The expressions that are returned, or assigned or added to a returned list."""
    for node in ast.walk(check):
        match node:
            case ast.Return(value=ast.expr() as value) if node in set(_own(check)):
                yield value
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in lists:
                yield value
            case ast.AugAssign(target=ast.Name(id=name), value=value) if name in lists:
                yield value
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="extend"), args=[value]) if name in lists:
                yield value
            case _:
                pass


def _items(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.List(elts=items):
            yield from items
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item):
            yield item
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from [*_items(left), *_items(right)]
        case ast.IfExp(body=left, orelse=right):
            yield from [*_items(left), *_items(right)]
        case _:
            pass


def _appended(check: ast.FunctionDef, lists: Iterable[str]) -> Iterator[ast.expr]:
    for node in ast.walk(check):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item]) if name in lists:
                yield item
            case _:
                pass


def _finding(item: ast.expr) -> Iterator[str]:
    match item:
        case ast.Tuple(elts=[ast.Constant(value=str() as code), _]):
            if not _CODE.fullmatch(code):
                yield f"line {item.lineno}: the code {code!r} must be UPPER_SNAKE_CASE"
        case _:
            yield f'line {item.lineno}: a finding is (literal code, detail), such as ("WRONG_ITEM", "why")'
