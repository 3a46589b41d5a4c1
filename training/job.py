"""Job: what lies in a folder for the processes of one training, made once for all of them."""

from pathlib import Path

from training.preset import Preset
from turnwright.record import Record

JOB, ROWS, CURVE = "job.json", "rows", "curve.json"
"""In the folder: what is to be done, the rows in their order, and what came of it."""
IGNORED = -100
"""The label of a token that is not learned."""

Curve = list[list[float]]
"""Pairs of a step and the loss up to it."""


class Job(Record):
    """What is to be done."""

    preset: Preset
    seed: int
    init: Path | None
    out: Path
