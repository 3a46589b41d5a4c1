"""Sandbox: where checkers run. A pool of interpreter processes without files, network, clock or host objects.

Every verdict gets a fresh session, restored from one image of the prelude, so that no checker sees another's traces.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import orjson
from pydantic_monty import (
    CollectString,
    Monty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from checkers.library import PRELUDE
from turnwright.errors import Failure, boundary
from turnwright.verdict import Blame, Finding

# About a thousand times the usual cost of a verdict: a backstop, not a budget.
_LIMITS: ResourceLimits = {
    "max_feed_duration_secs": 2.0,
    "max_memory": 64 * 1024 * 1024,
    "max_recursion_depth": 200,
    "max_suspensions": 20,
}
_OUTSIDE: OSPolicy = {"datetime": datetime(2000, 1, 1), "sleep": "zero", "random_start": {"seed": 0}}
_PRINT_LIMIT = 64 * 1024
_CALL = "\njudged(check, _evidence)"
_FEED = "<python-input-1>"
"""What the checker is called in tracebacks, the prelude being input 0."""


class _Interrupted(Exception):
    """The verdict ran out of time or its process died, which a busy machine can do to any checker."""


class Sandbox:
    """Judges evidence by checkers, off the event loop; `with` starts its processes and leaves none behind."""

    def __init__(self, workers: int = 2) -> None:
        """`workers` is how many verdicts run at the same time, each in a process of its own."""
        self._pool = Monty(min_processes=workers, max_processes=workers, request_timeout=10.0)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="checker")
        self._image = b""

    def __enter__(self) -> Self:
        self._pool.__enter__()
        with self._pool.checkout(limits=_LIMITS, os_policy=_OUTSIDE) as session:
            session.feed_run(PRELUDE)
            self._image = session.dump()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pool.__exit__(kind, error, trace)

    async def judge(self, source: str, evidence: Mapping[str, Any]) -> tuple[Finding, ...]:
        """What the checker finds in the evidence (see checkers.evidence); nothing found means that it passes.

        Raises:
            Failure: blamed on CHECKER, if it raises, returns anything but findings, exceeds its limits, or was
                interrupted twice.
        """
        packed = orjson.dumps(evidence).decode()
        run = asyncio.get_running_loop().run_in_executor
        try:
            return await run(self._threads, self._run, source, packed)
        except _Interrupted:
            pass
        try:
            return await run(self._threads, self._run, source, packed)
        except _Interrupted as error:
            raise Failure(Blame.CHECKER, f"interrupted twice: {error}") from error

    def _run(self, source: str, evidence: str) -> tuple[Finding, ...]:
        with boundary(Blame.CHECKER, passes=_Interrupted):
            try:
                found = self._feed(source + _CALL, evidence)
            except MontyError as error:
                raise _reading(error) from error
            return tuple(Finding(code=code, detail=detail) for code, detail in found)

    def _feed(self, code: str, evidence: str) -> Any:
        with self._pool.checkout(os_policy=_OUTSIDE) as session:
            session.load_session(self._image)
            printed = CollectString(_PRINT_LIMIT)
            return session.feed_run(code, inputs={"_evidence": evidence}, print_callback=printed)


def _reading(error: MontyError) -> Exception:
    """What a failed run means: an interruption to try again, or a broken checker."""
    if isinstance(error, MontyCrashedError) or isinstance(error.exception(), TimeoutError):
        return _Interrupted(str(error))
    if not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return Failure(Blame.CHECKER, str(error))
    lines = [frame.line for frame in error.traceback() if frame.filename == _FEED and frame.function_name != "<module>"]
    return Failure(Blame.CHECKER, error.display("type-msg") + (f" (line {lines[-1]})" if lines else ""))
