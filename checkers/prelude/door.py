"""Door: how the sandbox calls a checker, and what it lets out."""

import json
from typing import Any


def judged(check: Any, evidence: str) -> list[list[str]]:
    """The findings of `check`, refused unless they are a list of at most 100 (CODE, detail) tuples."""
    parts = json.loads(evidence)
    found = check(parts["changes"], parts["calls"], parts["messages"], parts["facts"])
    if not isinstance(found, list) or len(found) > 100:
        raise TypeError("check() must return a list of at most 100 (CODE, detail) tuples")
    return [_finding(item) for item in found]


def _finding(item: Any) -> list[str]:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], str):
        return [item[0], item[1][:1000]]
    raise TypeError("each finding must be a tuple of two strings, (CODE, detail)")
