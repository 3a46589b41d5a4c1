"""Digest: the same seed gives the same corpus, byte for byte, at any concurrency and shard size; another does not."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.command import generate
from benchmarks.record import record, show

SLOTS = 200
SEED, OTHER_SEED = 11, 12
CASES = [(1, 250), (1, 250), (64, 250), (64, 250), (1, 64), (64, 64), (1, 7), (64, 7)]
"""(concurrency, shard size); the first two are each run twice."""


def main() -> None:
    runs = [_run(SEED, *case) for case in CASES]
    other = _run(OTHER_SEED, *CASES[0])
    digests = {run["corpus_digest"] for run in runs}
    figures: dict[str, Any] = {
        "slots": SLOTS,
        "equal": len(digests) == 1,
        "other_seed_differs": other["corpus_digest"] not in digests,
        "runs": [*runs, other],
    }
    record("digest", figures, seeds=[SEED, OTHER_SEED])
    show("runs", figures["runs"])


def _run(seed: int, concurrency: int, shard_size: int) -> dict[str, Any]:
    options = ("--concurrency", str(concurrency), "--shard-size", str(shard_size))
    with tempfile.TemporaryDirectory() as folder:
        ran = generate(Path(folder), SLOTS, seed, *options)
    return {
        "seed": seed,
        "concurrency": concurrency,
        "shard_size": shard_size,
        "corpus_digest": ran.result["corpus_digest"],
        "seconds": round(ran.seconds, 2),
    }


if __name__ == "__main__":
    main()
