"""Call helpers: what was done, and when in the talk."""

from typing import Any

Entry = dict[str, Any]


def made(calls: list[Entry], tool: str, **arguments: Any) -> list[Entry]:
    """The successful calls of a tool, "find_*" being every tool whose name begins so, that had these arguments (others
    may differ), in order."""
    return [
        call
        for call in calls
        if _is_one(call["tool"], tool)
        and call["error"] is None
        and all(name in call["arguments"] and call["arguments"][name] == value for name, value in arguments.items())
    ]


def made_before(calls: list[Entry], first: str, then: Any) -> bool:
    """Whether a successful call of the tool `first` came before those of `then`, a tool or a list of tools; True if
    there is none of `then`. "find_*" is every tool whose name begins so."""
    for call in calls:
        if call["error"] is None:
            if _is_one(call["tool"], first):
                return True
            if _is_one(call["tool"], then):
                return False
    return True


def _is_one(tool: str, of: Any) -> bool:
    if isinstance(of, list):
        return any(_is_one(tool, name) for name in of)
    return tool == of or (of.endswith("*") and tool.startswith(of[:-1]))


def writes(calls: list[Entry]) -> list[Entry]:
    """The successful calls of WRITE tools, in order; a transfer is one of them, and so is what the user did."""
    return [call for call in calls if call["writes"] and call["error"] is None]


def looked_up(calls: list[Entry], value: str) -> bool:
    """Whether a look-up that succeeded asked for this value or showed it."""
    return _seen(calls, value, len(calls) and calls[-1]["turn"] + 1) >= 0


def _seen(calls: list[Entry], value: str, before: int) -> int:
    """The turn of the first look-up before a turn that asked for a value or showed it; -1 if there is none."""
    quoted = repr(value)
    for call in calls:
        looks = call["turn"] < before and call["error"] is None and not call["writes"]
        if looks and (quoted in repr(call["arguments"]) or quoted in repr(call["result"])):
            return call["turn"]
    return -1


def confirmed(calls: list[Entry], messages: list[Entry], tool: str, about: list[str] = []) -> bool:  # noqa: B006
    """Whether every successful call of a WRITE tool was proposed and answered first: after the first look-up of what it
    is about, the assistant had said something and the user had then answered; True if there is none. With ids in
    `about`, each of them that the call names must have been looked up before it was proposed: the row or the goods that
    it changes; how it is paid may become known later. It looks at who spoke when, not at the words."""
    for call in made(calls, tool):
        after = _looked_up(calls, call)
        for value in about:
            if value in _words(call["arguments"]):
                seen = _seen(calls, value, call["turn"])
                if seen < 0:
                    return False
                after = max(after, seen)
        if not _answered(messages, after, call["turn"]):
            return False
    return True


def _looked_up(calls: list[Entry], write: Entry) -> int:
    """The turn of the first look-up that shares an id or another value with the call; -1 if there is none."""
    wanted = _words(write["arguments"])
    for call in calls:
        if call["turn"] < write["turn"] and call["error"] is None and not call["writes"]:
            result = call["result"] if isinstance(call["result"], dict) else {}
            if _shares(wanted, call["arguments"]) or _shares(wanted, result):
                return call["turn"]
    return -1


def _words(values: Entry) -> list[str]:
    found: list[str] = []
    for value in values.values():
        found += [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
    return found


def _shares(wanted: list[str], values: Entry) -> bool:
    for value in values.values():
        if any(word in wanted for word in value) if isinstance(value, list) else value in wanted:
            return True
    return False


def _answered(messages: list[Entry], after: int, before: int) -> bool:
    expected = ["assistant", "user"] if after >= 0 else ["user", "assistant", "user"]
    for message in messages:
        if after < message["turn"] < before and expected and message["speaker"] == expected[0]:
            expected = expected[1:]
    return not expected
