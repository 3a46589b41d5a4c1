"""Progress: what a run tells whoever watches it, while it runs."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

from turnwright.llm.traffic import Traffic

Watcher = Callable[[str, str], None]
"""Told (domain, stage) each time that one more slot is through a stage, or one more plan is written."""

watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Set by whoever starts the run and wants to see it."""
traffic: ContextVar[Traffic | None] = ContextVar("traffic", default=None)
"""Set by whoever wants to see what goes to the models meanwhile."""
reader: ContextVar[Callable[[str], None] | None] = ContextVar("reader", default=None)
"""Set by whoever reads what the run has to say; else it goes to the log."""


def announce(domain: str, stage: str) -> None:
    """Tell the watcher, if there is one."""
    watch = watcher.get()
    if watch is not None:
        watch(domain, stage)


def say(line: str) -> None:
    """Tell a person something about the run: a server that is paused, a price that is not known."""
    read = reader.get() or logging.getLogger("turnwright").warning
    read(line)
