"""Sandbox: where checkers run. A pool of interpreter processes without files, network, clock or host objects.

Every verdict gets a fresh session, restored from an image of the helpers that its checker uses; many runs before one
checker share a session, but no name of the program and no object outlives a run.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
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
    MontySession,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from checkers.evidence import PARTS
from checkers.library import helper_words, prelude
from turnwright.errors import Failure, boundary
from turnwright.verdict import Blame, Finding

# About a thousand times the usual cost of a verdict: a backstop, not a budget.
LIMITS: ResourceLimits = {
    "max_feed_duration_secs": 2.0,
    "max_memory": 64 * 1024 * 1024,
    "max_recursion_depth": 200,
    "max_suspensions": 20,
}
OUTSIDE: OSPolicy = {"datetime": datetime(2000, 1, 1), "sleep": "zero", "random_start": {"seed": 0}}
_PRINT_LIMIT = 64 * 1024
_PATIENCE = 2
"""How many of a checker's runs may be interrupted before the rest is not tried: each takes its full time."""
_RUNS = 50
"""How many share a session at most: each leaves some of its program behind, up to half a megabyte."""
_OPEN = "_check = opened(_source, helpers)\n"
_CALL = "judged(_check, _evidence)"
_PROGRAM = "<string>"
"""What the checker is called in tracebacks."""
_LONGEST = 1000
"""Characters of the reason that a broken checker leaves."""
_TIMED_OUT = "time limit exceeded"
_WORD = re.compile(r"\w+")
_CHECK = re.compile(r"^def check\(([^()]*)\)", re.MULTILINE)
_PLAIN = re.compile(r"\n*def check\([\w, ]*\):\n(?:[ \t][^\n\r\f]*\n|\n)*(?:[ \t][^\n\r\f]*)?")


class Interrupted(Exception):
    """The verdict ran out of time or its process died, which a busy machine can do to any checker: ask again later."""


Answer = tuple[Finding, ...] | Failure | Interrupted
"""What is found, or why there is no word of that."""


class Sandbox:
    """Judges evidence by checkers, off the event loop; `with` starts its processes and leaves none behind."""

    def __init__(self, workers: int = 2) -> None:
        """`workers` is how many verdicts run at the same time, each in a process of its own."""
        self._pool = Monty(min_processes=workers, max_processes=workers, request_timeout=10.0)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="checker")
        self._images: dict[frozenset[str], bytes] = {}

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pool.__exit__(kind, error, trace)

    async def judge(self, source: str, evidence: Mapping[str, Any]) -> tuple[Finding, ...]:
        """What the checker finds in the evidence (see checkers.evidence); nothing found means that it passes.

        Raises:
            Failure: blamed on CHECKER, if it raises, returns anything but findings, or needs too much memory.
            Interrupted: if it ran out of time or its process died.
        """
        (answer,) = await self.judge_each(source, [evidence])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def judge_each(self, source: str, evidences: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """What the checker finds in each of many runs, in order; what `judge` would raise stands in its place."""
        asked = _asked(source)
        packed = [orjson.dumps({name: evidence[name] for name in asked}).decode() for evidence in evidences]
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, source, packed)

    def _run(self, source: str, packed: Sequence[str]) -> list[Answer]:
        answers: list[Answer] = []
        # What may be imported keeps a state, such as random's: such a program gets a session for each run.
        most = 1 if "import" in source else _RUNS
        while len(answers) < len(packed):
            answers += self._answers(source, packed[len(answers) :][:most])
            interrupted = [answer for answer in answers if isinstance(answer, Interrupted)]
            if len(interrupted) >= _PATIENCE:
                answers += [interrupted[-1]] * (len(packed) - len(answers))
        return answers

    def _answers(self, source: str, packed: Sequence[str]) -> list[Answer]:
        """The answers of one session: all, or up to the first that is none, after which a session cannot be trusted."""
        answers: list[Answer] = []
        try:
            with boundary(Blame.CHECKER, passes=MontyError):
                image = self._image(helper_words(source))
                with self._pool.checkout(os_policy=OUTSIDE) as session:
                    session.load_session(image)
                    for number, evidence in enumerate(packed):
                        code = _CALL if number and _keeps_nothing(source) else _OPEN + _CALL
                        answers.append(_findings(session, code, source, evidence))
        except MontyError as error:
            answers.append(_reading(error))
        except Failure as failure:
            answers.append(failure)
        return answers

    def _image(self, words: frozenset[str]) -> bytes:
        """A session that has the prelude of these words, to be restored."""
        if words not in self._images:
            self._images[words] = image_of(self._pool, words)
        return self._images[words]


def image_of(pool: Monty, words: frozenset[str]) -> bytes:
    """A session of the pool that has the prelude of these words, as bytes."""
    with pool.checkout(limits=LIMITS, os_policy=OUTSIDE) as session:
        session.feed_run(prelude(words))
        return session.dump()


def _asked(source: str) -> list[str]:
    """The parts of the evidence that the program's `check` has parameters for; all if that cannot be told."""
    signature = _CHECK.search(source)
    words = _WORD.findall(signature[1]) if signature else ()
    return [name for name in PARTS if name in words] or list(PARTS)


def _keeps_nothing(source: str) -> bool:
    """Whether the program is one plain function, whose names all end with its call: then it need not be opened anew."""
    return _PLAIN.fullmatch(source) is not None and "global" not in source


def _findings(session: MontySession, code: str, source: str, evidence: str) -> tuple[Finding, ...]:
    inputs = {"_source": source, "_evidence": evidence}
    found = session.feed_run(code, inputs=inputs, print_callback=CollectString(_PRINT_LIMIT))
    return tuple(Finding(code=code, detail=detail) for code, detail in found)


def _reading(error: MontyError) -> Failure | Interrupted:
    """What a failed run means: an interruption, or a broken checker."""
    timed_out = isinstance(error.exception(), TimeoutError) and _TIMED_OUT in str(error)
    if timed_out or isinstance(error, MontyCrashedError):
        return Interrupted(str(error))
    if not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return Failure(Blame.CHECKER, str(error)[:_LONGEST])
    frames = [
        frame.line for frame in error.traceback() if frame.filename == _PROGRAM and frame.function_name != "<module>"
    ]
    return Failure(Blame.CHECKER, error.display("type-msg")[:_LONGEST] + (f" (line {frames[-1]})" if frames else ""))
