"""Boundaries: an error that crosses one is attributed there, once, and travels on as a Failure."""

from collections.abc import Generator
from contextlib import contextmanager

from turnwright.verdict import Blame


class Failure(Exception):
    """Something outside our control went wrong; it ends as a record with this blame, never as a crash."""

    def __init__(self, blame: Blame, reason: str) -> None:
        super().__init__(reason)
        self.blame = blame
        self.reason = reason


class RunStopped(Exception):
    """The run cannot or may not go on; no single piece of work is to blame, and what is done is kept."""


class BadInput(Exception):
    """The user asked for something that cannot be; the message names what was wrong and what would be right."""


@contextmanager
def stopping(failed: str) -> Generator[None, None, None]:
    """End the run where the machine refuses: `failed`, with its reason.

    Raises:
        RunStopped: for every OSError of the block.
    """
    try:
        yield
    except OSError as error:
        raise RunStopped(f"{failed}: {error.strerror or error}") from error


@contextmanager
def boundary(blame: Blame, passes: type[Exception] = Failure) -> Generator[None, None, None]:
    """Attribute whatever escapes the block to `blame`, unless an inner boundary did so already or it `passes`.

    Raises:
        Failure: for every `Exception` of the block; cancellation, exit and the end of the run pass through.
    """
    try:
        yield
    except (Failure, RunStopped, passes):
        raise
    except Exception as error:
        raise Failure(blame, f"{type(error).__name__}: {error}") from error
