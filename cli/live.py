"""Live: one line on the terminal that shows how far a run has come and how fast; in a log, a line now and then."""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from cli.console import err, say
from tasks.spec import RunSpec
from tasks.stages import STAGES
from turnwright.llm.traffic import Traffic

_LOG_EVERY_S = 30.0
_SOON = 0.02
"""Share of the work that has to be done before its end can be foretold."""


class Live:
    """Watches a run."""

    def __init__(self, run: RunSpec) -> None:
        self.traffic = Traffic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[stage]}"),
            _Figures(self),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._total = run.count * len(STAGES)
        self._task: TaskID | None = None
        self._at = ""
        self._done = self._played = 0
        self._began = self._logged = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task("starting", total=self._total, stage="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def watch(self, domain: str, stage: str) -> None:
        """One more slot is through a stage."""
        self._done += stage in STAGES
        self._played += stage == "play"
        if self._task is not None:
            self._bar.update(self._task, description=domain, stage=stage, completed=self._done)
        if self._bar.disable:
            self._log(f"{domain}: {stage}")

    def say(self, line: str) -> None:
        """Something to be read, above the line that moves."""
        say(f"turnwright: {line}")

    def _log(self, at: str) -> None:
        now = time.monotonic()
        if at != self._at:
            say(at)
        elif now - self._logged >= _LOG_EVERY_S:
            say(f"{at}: {self.figures()}")
            self._logged = now
        self._at = at

    def figures(self) -> str:
        """Dialogues and tokens per second since the start, calls in flight, money, and when it will be over."""
        seconds, seen = max(time.monotonic() - self._began, 1e-3), self.traffic
        usd = f"${seen.usd:.2f}" + (" and unknown prices" if seen.unpriced else "")
        rates = f"{self._played / seconds:.1f} dialogues/s · {seen.tokens / seconds:,.0f} tokens/s"
        return f"{rates} · {seen.in_flight} in flight · {usd} · {self._end(seconds)}"

    def _end(self, seconds: float) -> str:
        share = self._done / self._total
        if share < _SOON:
            return "ETA unknown"
        left = int(seconds * (1 - share) / share)
        return f"ETA {left // 3600}:{left // 60 % 60:02}:{left % 60:02}"


class _Figures(ProgressColumn):
    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live

    def render(self, task: Task) -> Text:
        return Text(self._live.figures(), style="dim", overflow="ellipsis", no_wrap=True)
