"""Trouble: what can go wrong between us and a provider, told apart by what it asks of whoever called."""

import os
import re
from enum import StrEnum
from http import HTTPStatus

from turnwright.errors import Failure
from turnwright.verdict import Blame


class Trouble(StrEnum):
    """The kinds of it."""

    BUSY = "busy"
    """The server wants to be asked less: 429, 503, 529."""
    SLOW = "slow"
    """No reply within its time."""
    BROKEN = "broken"
    """An error of the server, a lost connection, or a reply that is no completion; the next one may be sound."""
    REFUSED = "refused"
    """The same request would be refused again: a wrong key, an unknown model, an unacceptable request."""
    CONTEXT = "context"
    """The conversation has outgrown the model's context."""


TRANSIENT = {Trouble.BUSY, Trouble.SLOW, Trouble.BROKEN}
"""What may be retried."""

_SITE_IS_OVERLOADED = 529
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, _SITE_IS_OVERLOADED}
_SLOW = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}
_AGAIN = {HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY}
_CONTEXT = re.compile(
    r"context.?length|maximum context|context.?window|context size|prompt is too long|too many (input )?tokens",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"insufficient.?quota", re.IGNORECASE)
"""OpenAI's code; its words come with other providers' plain rate limits too."""
_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_SHORTEST_SECRET = 8
"""Characters; what is shorter stands in many words by chance."""
_SHOWN = 500


class ProviderFailure(Failure):
    """No reply could be had; blamed on PROVIDER. Keys do not pass: providers repeat them in their words."""

    def __init__(
        self, trouble: Trouble, reason: str, retry_after_s: float | None = None, secret: str | None = None
    ) -> None:
        """`secret` is a key that the environment does not hold under a telling name."""
        super().__init__(Blame.PROVIDER, redacted(reason, secret)[:_SHOWN])
        self.trouble = trouble
        self.retry_after_s = retry_after_s
        """How long the server asked us to wait."""
        self.attempts = 1
        """How often it was asked before this became the answer."""


def trouble_of(status: int, words: str) -> Trouble:
    """What an HTTP status other than 200 means, with the words that came with it."""
    if status == HTTPStatus.TOO_MANY_REQUESTS and _NO_MONEY.search(words):
        return Trouble.REFUSED
    if status in _BUSY:
        return Trouble.BUSY
    if status in _SLOW:
        return Trouble.SLOW
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN or status < HTTPStatus.BAD_REQUEST:
        return Trouble.BROKEN
    return Trouble.CONTEXT if _CONTEXT.search(words) else Trouble.REFUSED


def redacted(words: str, secret: str | None = None) -> str:
    """`words` without any key of the environment, nor this one."""
    named = [value for name, value in os.environ.items() if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET]
    for value in sorted({*named, secret or ""} - {"", "none"}, key=len, reverse=True):
        words = words.replace(value, "***")
    return words
