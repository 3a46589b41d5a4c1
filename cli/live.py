"""Live: one line on the terminal that shows how far a run has come; in a log, a line for each stage."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.console import err, say
from tasks.spec import RunSpec
from tasks.stages import STAGES


class Live:
    """Watches a run."""

    def __init__(self, run: RunSpec) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[stage]}"),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._total = run.count * len(STAGES)
        self._task: TaskID | None = None
        self._at = ""

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
        if self._task is not None:
            self._bar.update(self._task, description=domain, stage=stage, advance=int(stage in STAGES))
        if self._bar.disable and self._at != f"{domain}: {stage}":
            self._at = f"{domain}: {stage}"
            say(self._at)
