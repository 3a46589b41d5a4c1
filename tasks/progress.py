"""Progress: what a run tells whoever watches it, while it runs."""

from collections.abc import Callable
from contextvars import ContextVar

Watcher = Callable[[str, str], None]
"""Told (domain, stage) each time that one more slot is through a stage, or one more plan is written."""

watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Set by whoever starts the run and wants to see it."""


def announce(domain: str, stage: str) -> None:
    """Tell the watcher, if there is one."""
    watch = watcher.get()
    if watch is not None:
        watch(domain, stage)
