"""Door: how the sandbox calls a checker, and what it lets out.

A checker runs in a namespace of its own that holds the helpers: it can neither see the door nor rename what that uses.
"""

import json
from typing import Any

# They would tell one run from the next, find what the program's text does not show, or pretend that time ran out.
_HIDDEN = {"eval": None, "exec": None, "hash": None, "id": None, "TimeoutError": None}


def opened(source: str, helpers: dict[str, Any]) -> Any:
    """The program's `check`."""
    names: dict[str, Any] = {**_HIDDEN, **helpers}
    exec(source, names)
    return names["check"]


def judged(check: Any, evidence: str) -> list[list[str]]:
    """The findings of `check`, refused unless they are a list of at most 100 (CODE, detail) tuples."""
    found = check(**json.loads(evidence))
    if not isinstance(found, list) or len(found) > 100:
        raise TypeError("check() must return a list of at most 100 (CODE, detail) tuples")
    return [_finding(item) for item in found]


def _finding(item: Any) -> list[str]:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], str):
        return [item[0][:100], item[1][:1000]]
    raise TypeError("each finding must be a tuple of two strings, (CODE, detail)")
