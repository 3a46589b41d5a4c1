"""Identity: how an assistant finds out who it talks to."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from turnwright.llm.embedded.case import Case, Refused

_EMAIL = re.compile(r"(?<!new )\bemail(?: address)?(?: is|:)? ([\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_NAME = re.compile(r"\bname(?: is|'s|:)? ([A-Z][\w'-]+) ([A-Z][\w'-]+)")
_ZIP = re.compile(r"\bzip(?: code)?(?: is|:)? (\d{5})")
BIRTH_DATE = re.compile(r"\bbirth ?date(?: is|:)? (\d{4}-\d\d-\d\d)", re.IGNORECASE)


class Way(NamedTuple):
    """One way to identify a customer."""

    tool: str
    question: str
    heard: Callable[[str], Iterable[dict[str, Any]]]
    """The tool's arguments, as often as a text holds them."""


def identify(case: Case, *ways: Way) -> str:
    """The customer's user id.

    Raises:
        Refused: if the customer cannot be found.
    """
    for way in ways:
        for arguments in way.heard(case.heard):
            if user := case.call(way.tool, **arguments):
                return user["user_id"]
    for way in ways:
        case.ask(way.question)
    raise Refused("I could not identify you, so I may not look into anything of yours.")


def identify_unless_careless(case: Case, *ways: Way) -> str | None:
    """The customer's user id; None where the assistant takes the customer's word for who they are."""
    return None if case.strikes("skips_identification") else identify(case, *ways)


def emails(text: str) -> Iterable[dict[str, Any]]:
    """The customer's own email addresses, the first one first."""
    return [{"email": email.lower()} for email in dict.fromkeys(_EMAIL.findall(text))]


def name_and_zip(text: str) -> Iterable[dict[str, Any]]:
    return _named(text, "zip", _ZIP)


def name_and_birth_date(text: str) -> Iterable[dict[str, Any]]:
    return _named(text, "birth_date", BIRTH_DATE)


def _named(text: str, key: str, pattern: re.Pattern[str]) -> Iterable[dict[str, Any]]:
    name, other = _NAME.search(text), pattern.search(text)
    return [{"first_name": name[1], "last_name": name[2], key: other[1]}] if name and other else []
