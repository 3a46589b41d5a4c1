"""The checker writer's mind: turns the reference's changes, calls and facts into a program, line by line."""

import re
from collections.abc import Iterator
from typing import Any

from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading
from turnwright.scenario import DEVICE

_FIELD_CODES = (
    (r"address|street|email|zip", "WRONG_ADDRESS"),
    (r"payment|balance|amount|gift", "WRONG_PAYMENT"),
    (r"items|stock|variant", "WRONG_ITEM"),
)
_TELLS = {"money": "money", "number": "number", "date": "date", "text": "text"}
_TRANSFER = 'made(calls, "transfer_to_human")'


def program(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """A checker in a fenced block."""
    scenario, changes = reading.task.data("scenario"), reading.task.data("what they change")
    facts, calls = reading.task.data("facts"), reading.task.data("reference calls")
    if scenario is None or changes is None or facts is None or calls is None:
        return "I cannot write a checker without the scenario, the calls, the changes and the facts."
    first_try = not reading.transcript.heard
    lines = ["def check(changes, calls, messages, facts):", "    found = []"]
    for condition, code, detail in _checks(scenario, calls, changes, facts, noise if first_try else None):
        lines += [f"    if {condition}:", f"        found.append(({code!r}, {detail!r}))"]
    if noise.strikes("demands_lookup"):
        lines += _demand(calls)
    lines.append("    return found")
    source = "\n".join(lines)
    if first_try and noise.strikes("slips_syntax"):
        source = source.replace(":", "", 1)
    return f"```python\n{source}\n```"


def _demand(calls: list[dict[str, Any]]) -> list[str]:
    """An overstrict check: the last look-up of the reference, with its very arguments."""
    reads = [call for call in calls if not call["writes"] and "error" not in call]
    if not reads:
        return []
    tool, arguments = reads[-1]["tool"], reads[-1]["arguments"]
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    return [
        f"    if not made(calls, {tool!r}, {given}):",
        "        found.append(('MISSING_LOOKUP', 'a look-up is missing'))",
    ]


def _checks(
    scenario: dict[str, Any],
    calls: list[dict[str, Any]],
    changes: dict[str, Any],
    facts: list[dict[str, Any]],
    noise: Noise | None,
) -> Iterator[tuple[str, str, str]]:
    """(condition of failure, code, detail) of each check; `noise` is None where no lapse can happen any more."""
    done = [call["tool"] for call in calls if call["writes"] and "error" not in call]
    identified = next((call["tool"] for call in calls if call["tool"].startswith("find_user")), None)
    yield from _state(changes, scenario["ending"])
    transfers = "transfer_to_human" in done
    yield (f"not {_TRANSFER}", "NO_TRANSFER", "not handed over to a human") if transfers else (
        _TRANSFER, "UNNEEDED_TRANSFER", "handed over to a human without need"
    )  # fmt: skip
    if identified:
        known = 'any(call["tool"].startswith("find_user") and call["error"] is None for call in calls)'
        yield f"not {known}{_unless_refused_at_once(scenario, calls)}", "NO_AUTH", "the customer was never identified"
    by_hand = {call["tool"] for call in calls if call["side"] == "user"}
    for tool in dict.fromkeys(done):
        if tool != "transfer_to_human" and tool not in by_hand:
            yield f"not confirmed(calls, messages, {tool!r})", "NO_CONFIRMATION", f"{tool} without the customer's yes"
    if noise and scenario["ending"] in ("REFUSED", "INFORMED") and noise.strikes("forgets_evidence"):
        return
    yield from _words(facts)


def _unless_refused_at_once(scenario: dict[str, Any], calls: list[dict[str, Any]]) -> str:
    """Who is refused need not be known, as long as nothing of an account was looked up."""
    if scenario["ending"] != "REFUSED":
        return ""
    looked_up = sorted({call["tool"] for call in calls if not call["tool"].startswith("find_user")})
    return f' and any(call["tool"] in {looked_up!r} for call in calls)'


def _state(changes: dict[str, Any], ending: str) -> Iterator[tuple[str, str, str]]:
    for path, row in changes.items():
        table, _, key = path.partition("/")
        missing = "STEP_MISSING" if table == DEVICE else "MISSING_WRITE"
        yield f"{path!r} not in changes", missing, f"{path} was left as it was"
        for field, (_, after) in row.items():
            yield (
                f"{path!r} in changes and changed(changes, {table!r}, {key!r}, {field!r}) != {after!r}",
                missing if table == DEVICE else _field_code(field),
                f"{path} does not end with the right {field}",
            )
    nothing_more = "FORBIDDEN_WRITE" if ending == "REFUSED" else "EXTRA_WRITE"
    yield f"others(changes, {sorted(changes)!r})", nothing_more, "something else was changed"


def _field_code(field: str) -> str:
    for pattern, code in _FIELD_CODES:
        if re.search(pattern, field):
            return code
    return "WRONG_CHANGE"


def _words(facts: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for fact in facts:
        if fact["kind"] == "refusal":
            yield "not refused(messages)", "NOT_REFUSED", "the request was not refused"
        else:
            said = f"told(messages, {_TELLS[fact['kind']]}=facts[{fact['code']!r}])"
            yield f"not {said}", "FACT_NOT_TOLD", fact["code"].lower().replace("_", " ")
