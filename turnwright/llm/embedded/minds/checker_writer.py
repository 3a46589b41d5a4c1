"""The checker writer's mind: turns the reference's changes, calls and facts into a program, and mends it by the cases
that are held against it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading
from turnwright.record import strings
from turnwright.scenario import DEVICE

_FIELD_CODES = (
    (r"address|street|email|zip", "WRONG_ADDRESS"),
    (r"payment|balance|amount|gift", "WRONG_PAYMENT"),
    (r"items|stock|variant", "WRONG_ITEM"),
)
_TRANSFER = "transfer_to_human"
_IDENTIFYING = "find_user*"

Call = dict[str, Any]


class Check(NamedTuple):
    """One thing that a program finds wrong."""

    about: str
    """What kind of thing it looks at."""
    condition: str
    code: str
    detail: str


@dataclass(frozen=True)
class Task:
    """What the writer was given."""

    ending: str
    calls: list[Call]
    changes: dict[str, dict[str, Any]]
    facts: list[dict[str, Any]]

    @property
    def done(self) -> list[Call]:
        return [call for call in self.calls if call["writes"] and "error" not in call]


def program(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """A checker in a fenced block."""
    page = reading.task
    scenario, calls = page.data("scenario"), page.data("reference calls")
    changes, facts = page.data("what they change"), page.data("facts")
    if scenario is None or changes is None or facts is None or calls is None:
        return "I cannot write a checker without the scenario, the calls, the changes and the facts."
    complaints = reading.transcript.heard
    task = Task(scenario["ending"], calls, changes, facts)
    checks = [*checks_of(task, "\n".join(complaints))]
    attempt, ending = len(complaints), "found"
    if attempt == 0 or noise.strikes("ignores_case", str(attempt)):
        checks, ending = _with_lapses(task, checks, noise)
    if noise.strikes("demands_lookup", str(attempt) if attempt else ""):
        checks += _demand(calls)
    source = source_of(checks, ending)
    if attempt == 0 and noise.strikes("slips_syntax"):
        source = source.replace(":", "", 1)
    return f"```python\n{source}\n```"


def source_of(checks: list[Check], ending: str = "found") -> str:
    """The program that finds these things, and returns what the ending says."""
    lines = ["def check(changes, calls, messages, facts):", "    found = []"]
    for check in checks:
        lines += [f"    if {check.condition}:", f"        found.append(({check.code!r}, {check.detail!r}))"]
    return "\n".join([*lines, f"    return {ending}"])


def checks_of(task: Task, complaints: str = "") -> Iterator[Check]:
    """What has to be so, and what the cases held against earlier programs ask for besides."""
    tools = dict.fromkeys(call["tool"] for call in task.done)
    yield from _state(task.changes, task.ending)
    if handed_over := [call for call in task.done if call["tool"] == _TRANSFER]:
        yield Check(
            "transfer", f"not {_made(handed_over[0])}", "NO_TRANSFER", "not handed over to a human as it should"
        )
    else:
        yield Check("transfer", f"made(calls, {_TRANSFER!r})", "UNNEEDED_TRANSFER", "handed over without need")
    yield from _identity(task, complaints)
    for tool in tools:
        if tool != _TRANSFER and all(call["side"] != "user" for call in task.done if call["tool"] == tool):
            about = _subjects(task, tool, complaints)
            asked = f"confirmed(calls, messages, {tool!r}, {about!r})"
            yield Check("confirmation", f"not {asked}", "NO_CONFIRMATION", f"{tool} without the customer's yes")
    yield from _told(task.facts)
    yield from _mended(task, complaints)


def _identity(task: Task, complaints: str) -> Iterator[Check]:
    """The customer was identified, and before anything of an account was shown or changed."""
    if not any(map(_identifies, task.calls)):
        return
    early = dict(re.findall(r"in which (\w+)\(.*\) was the first of all calls is (right|wrong)", complaints))
    private = [
        call["tool"]
        for call in task.calls
        if not _identifies(call)
        and call["side"] != "user"
        and call["tool"] != _TRANSFER
        and early.get(call["tool"], "wrong" if call["writes"] or _names_user(call) else "right") == "wrong"
    ]
    if private:
        too_late = f"not made_before(calls, {_IDENTIFYING!r}, {[*dict.fromkeys(private)]!r})"
        yield Check("identity", too_late, "NO_AUTH", "something of an account came before its customer was identified")
    if task.ending != "REFUSED":  # who is refused at once need not be known
        known = 'any(call["tool"].startswith("find_user") and call["error"] is None for call in calls)'
        yield Check("identity", f"not {known}", "NO_AUTH", "the customer was never identified")


def _identifies(call: Call) -> bool:
    return call["tool"].startswith(_IDENTIFYING[:-1]) and "error" not in call


def _names_user(call: Call) -> bool:
    """Whether a call asks for something of a user, or shows whose it is."""
    result = call.get("result")
    return "user_id" in call["arguments"] or (isinstance(result, dict) and "user_id" in result)


def _subjects(task: Task, tool: str, complaints: str) -> list[str]:
    """What the calls of a tool are about: the ids among their arguments that the reference had looked up by themselves,
    or had seen if that was too little; not those that may be seen when the customer has agreed."""
    reads = [call for call in task.calls if not call["writes"]]
    agreed = rf"in which (\w+)\(.*\) came only after the user had agreed to {tool}\(.*\) is (right|wrong)"
    late = dict(re.findall(agreed, complaints))
    too_little = re.search(rf"in which {tool}\(.*\) (was neither proposed|came before) .* is wrong", complaints)
    missed = reads if too_little else _missed(task, complaints)
    seen = [
        call.get("result")
        for call in reads
        if late.get(call["tool"]) == "wrong" or (call in missed and call["tool"] not in late)
    ]
    looked_up = {*strings([[call["arguments"] for call in reads], seen])}
    named = [value for call in task.done if call["tool"] == tool for value in strings(call["arguments"])]
    return [value for value in dict.fromkeys(named) if value in looked_up]


def _missed(task: Task, complaints: str) -> list[Call]:
    """The look-ups of the reference that must not be left out, as a case has shown."""
    cases = re.findall(r"in which (\w+)\((.*?)\) was left out is wrong", complaints)
    return [
        call
        for call in task.calls
        if any(
            call["tool"] == tool and all(f"{value!r}" in given for value in strings(call["arguments"]))
            for tool, given in cases
        )
    ]


def _state(changes: dict[str, dict[str, Any]], ending: str) -> Iterator[Check]:
    for path, row in changes.items():
        table, _, key = path.partition("/")
        missing = "STEP_MISSING" if table == DEVICE else "MISSING_WRITE"
        yield Check("row", f"{path!r} not in changes", missing, f"{path} was left as it was")
        for field, (_, after) in row.items():
            yield Check(
                "field",
                f"{path!r} in changes and changed(changes, {table!r}, {key!r}, {field!r}) != {after!r}",
                missing if table == DEVICE else _field_code(field),
                f"{path} does not end with the right {field}",
            )
    nothing_more = "FORBIDDEN_WRITE" if ending == "REFUSED" else "EXTRA_WRITE"
    allowed = {path: sorted(row) for path, row in sorted(changes.items())}
    yield Check("others", f"others(changes, {allowed!r})", nothing_more, "something else was changed")


def _field_code(field: str) -> str:
    for pattern, code in _FIELD_CODES:
        if re.search(pattern, field):
            return code
    return "WRONG_CHANGE"


def _told(facts: list[dict[str, Any]]) -> Iterator[Check]:
    for fact in facts:
        if fact["kind"] == "refusal":
            yield Check("fact", "not refused(messages)", "NOT_REFUSED", "the request was not refused")
        else:
            said = f"told(messages, {fact['kind']}=facts[{fact['code']!r}])"
            yield Check("fact", f"not {said}", "FACT_NOT_TOLD", fact["code"].lower().replace("_", " "))


def _mended(task: Task, complaints: str) -> Iterator[Check]:
    """Checks that only a case shows the need of: an order of changes, a look-up, an argument that leaves no trace."""
    swapped = Counter(re.findall(r"in which (\w+)\(.*?\) came before (\w+)\(.*\) is wrong", complaints))
    for (then, first), times in swapped.items():
        either = re.search(rf"in which {first} came after {then} is right", complaints)
        # At first it is taken for a matter of confirmation (see _subjects).
        if then != first and times > 1 and not either:
            ordered = f"made_before(calls, {first!r}, {then!r})"
            yield Check("order", f"not {ordered}", "WRONG_ORDER", f"{then} came too early")
    for call in _missed(task, complaints):
        known = _known(task, call)
        yield Check("lookup", f"not {known}", "NOT_LOOKED_UP", f"{call['tool']} or the like was not called")
    for tool, name in re.findall(r"in which (\w+) was made with (\w+) .* in place of .+ is wrong", complaints):
        right = [call["arguments"][name] for call in task.done if call["tool"] == tool and name in call["arguments"]]
        if right:
            asked = f"made(calls, {tool!r}, {name}={right[0]!r})"
            yield Check("argument", f"not {asked}", "WRONG_CHANGE", f"{tool} with another {name}")


def _known(task: Task, call: Call) -> str:
    """What shows that a call, or one that shows the same, was made: a value that no other has, if there is one."""
    others = [[one["arguments"], one.get("result")] for one in task.calls if not one["writes"] and one != call]
    if _identifies(call):
        return f"made(calls, {_IDENTIFYING!r})"
    own = [] if call["writes"] else [*strings([call.get("result"), call["arguments"]])]
    telling = next((value for value in own if value not in {*strings(others)}), None)
    return f"looked_up(calls, {telling!r})" if telling else f"made(calls, {call['tool']!r})"


Botch = Callable[[Task, list[Check]], list[Check]]


def _with_lapses(task: Task, checks: list[Check], noise: Noise) -> tuple[list[Check], str]:
    """The checks as a careless writer leaves them, and what the program returns."""
    if task.ending in ("REFUSED", "INFORMED") and noise.strikes("forgets_evidence"):
        checks = [check for check in checks if check.about != "fact"]
    if not noise.strikes("botches_check"):
        return checks, "found"
    botched = {name: botch(task, checks) for name, botch in BOTCHES.items()}
    name = noise.choose([name for name, made in botched.items() if made != checks], "botch")
    return botched[name], "[]" if name == "always_true" else "found"


def _always_true(task: Task, checks: list[Check]) -> list[Check]:
    """Finds all that is wrong, and returns nothing of it."""
    return [*checks, checks[-1]]


def _wrong_field(task: Task, checks: list[Check]) -> list[Check]:
    """Compares what was before in place of what came of it."""
    return [
        check._replace(condition=_before(task, check.condition)) if check.about == "field" else check
        for check in checks
    ]


def _before(task: Task, condition: str) -> str:
    wanted = re.search(r"changed\(changes, '([^']*)', '([^']*)', '([^']*)'\)", condition)
    if wanted is None:
        return condition
    table, key, field = wanted.groups()
    before = task.changes[f"{table}/{key}"][field][0]
    return f"fields(changes, {table!r}, {key!r}, {field!r})[0] not in ({before!r}, None)"


def _ignores_extra(task: Task, checks: list[Check]) -> list[Check]:
    """Does not ask whether anything else was changed."""
    return [check for check in checks if check.about != "others"]


def _checks_calls(task: Task, checks: list[Check]) -> list[Check]:
    """Asks for the calls of the reference, and not for the state that they leave."""
    wanted = [Check("call", f"not {_made(call)}", "MISSING_WRITE", f"{call['tool']} is missing") for call in task.done]
    kept = [check for check in checks if check.about not in ("row", "field", "others")]
    return [*wanted, *kept] if task.changes else checks


def _made(call: Call) -> str:
    given = "".join(f", {name}={value!r}" for name, value in call["arguments"].items())
    return f"made(calls, {call['tool']!r}{given})"


def _strict_text(task: Task, checks: list[Check]) -> list[Check]:
    """Wants a fact in its own format."""
    return [
        check._replace(condition=f"not any(str(facts[{fact['code']!r}]) in message['content'] for message in messages)")
        if fact and fact["kind"] in ("money", "date")
        else check
        for check in checks
        for fact in [next((one for one in task.facts if f"facts[{one['code']!r}]" in check.condition), None)]
    ]


def _no_confirmation(task: Task, checks: list[Check]) -> list[Check]:
    """Does not ask whether the customer agreed."""
    return [check for check in checks if check.about != "confirmation"]


def _drops_fact(task: Task, checks: list[Check]) -> list[Check]:
    """Forgets one of the facts."""
    last = next((check for check in reversed(checks) if check.about == "fact"), None)
    return [check for check in checks if check is not last]


def _first_row_only(task: Task, checks: list[Check]) -> list[Check]:
    """Looks at the first of the changed rows alone."""
    first = next(iter(task.changes), "")
    return [check for check in checks if check.about not in ("row", "field") or check.condition.startswith(repr(first))]


def _rows_only(task: Task, checks: list[Check]) -> list[Check]:
    """Is content with a row that changed, whatever it changed to."""
    return [check for check in checks if check.about != "field"]


def _counts_calls(task: Task, checks: list[Check]) -> list[Check]:
    """Wants as many calls as the reference made."""
    return [*checks, Check("count", f"len(calls) != {len(task.calls)}", "EXTRA_CALL", "another number of calls")]


def _no_identity(task: Task, checks: list[Check]) -> list[Check]:
    """Does not ask whether the customer was identified."""
    return [check for check in checks if check.about not in ("identity", "confirmation")]


def _any_speaker(task: Task, checks: list[Check]) -> list[Check]:
    """Takes a fact from anybody's words, the customer's too."""
    everybody = '[{**message, "speaker": "assistant"} for message in messages]'
    return [check._replace(condition=check.condition.replace("told(messages", f"told({everybody}")) for check in checks]


BOTCHES: dict[str, Botch] = {
    "always_true": _always_true,
    "wrong_field": _wrong_field,
    "ignores_extra": _ignores_extra,
    "checks_calls": _checks_calls,
    "strict_text": _strict_text,
    "no_confirmation": _no_confirmation,
    "drops_fact": _drops_fact,
    "first_row_only": _first_row_only,
    "rows_only": _rows_only,
    "counts_calls": _counts_calls,
    "no_identity": _no_identity,
    "any_speaker": _any_speaker,
}
"""The ways in which a check can miss its point."""


def _demand(calls: list[Call]) -> list[Check]:
    """An overstrict check: the last look-up of the reference, with its very arguments."""
    reads = [call for call in calls if not call["writes"] and "error" not in call]
    if not reads:
        return []
    return [Check("demand", f"not {_made(reads[-1])}", "MISSING_LOOKUP", "a look-up is missing")]
