"""Job: what lies in a folder for the processes of one training, made once for all of them."""

from pathlib import Path

from training.preset import Preset
from turnwright.record import Record

JOB, ROWS, FITTED = "job.json", "rows", "fitted.json"
"""In the folder: what is to be done, the rows in their order, and what came of it."""
LENGTHS = "seq_lengths"
"""The column with the lengths of the conversations of a row, by the name that TRL has for it."""
IGNORED = -100
"""The label of a token that is not learned."""


def put(file: Path, text: str) -> None:
    """Write all of it or nothing: who finds the file finds it whole."""
    aside = file.with_name(f"{file.name}.tmp")
    aside.write_text(text)
    aside.replace(file)


class Job(Record):
    """What is to be done."""

    recipe: str
    """A hash of what decides its course."""
    preset: Preset
    seed: int
    init: Path | None
    out: Path


class Fitted(Record):
    """What came of it."""

    parameters: int
    held: int
    """Of them, in this process."""
    curve: tuple[tuple[int, float], ...]
    """Steps, and the loss up to each."""
    seconds_before: float
    """Of earlier attempts, up to the checkpoint that it went on from."""
    peak_memory_mb: float
    """Of the first process."""
