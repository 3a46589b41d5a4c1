"""Render: lessons per second and core, what the compact rendering comes to, and how much of a batch is padding.

`python -m benchmarks.render [--warehouse DIR]` reads the lessons of a corpus, or of a new one over all domains. Masks
are looked at token by token: what lies between the mark of a speaker and the end of the message is learned, and nothing
else is, aliases excepted.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.command import generate
from benchmarks.record import Target, record, show
from domains import DOMAINS
from tasks.lessons import Lesson, lessons_of
from training.aliases import KINDS
from training.arrange import arranged, efficiency, packed
from training.chat import parts
from training.compact import Compact
from training.preset import preset
from training.rendering import NotRendered
from training.words import learn
from turnwright.dialogue import Side
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SLOTS, SEED = 2_400, 5
TARGETS = [
    Target("chat_per_second", least=2_000),
    Target("compact_tokens_p99", most=700),
    Target("masks_amiss", most=0),
    Target("lessons", least=1_000),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = asked.warehouse or Path(folder) / "data"
        if asked.warehouse is None:
            generate(at, SLOTS, SEED, domains=",".join(DOMAINS))
        with Catalog(Warehouse.open(at, create=False)) as catalog:
            by_side = {side: lessons_of(catalog, side) for side in Side}
    figures, families = dict[str, Any](), list[dict[str, Any]]()
    for side, lessons in by_side.items():
        found = _compact(lessons)
        prefix = "" if side is Side.ASSISTANT else "user_"
        figures |= {f"{prefix}{name}": value for name, value in found.items()}
        counted = Counter((lesson.domain, lesson.family) for lesson in lessons)
        families += [{"side": side, "family": " ".join(of), "lessons": n} for of, n in sorted(counted.items())]
        figures[f"{prefix}chat_per_second"] = _chat(lessons)
    record("render", {**figures, "families": families}, TARGETS, [SEED])
    show("lessons", families)


def _chat(lessons: list[Lesson]) -> int:
    """Lessons per CPU second as text with its masks, tokenization excluded."""
    began = time.process_time()
    for lesson in lessons:
        list(parts(lesson.messages, lesson.tools))
    return round(len(lessons) / (time.process_time() - began))


def _compact(lessons: list[Lesson]) -> dict[str, Any]:
    compact, began = Compact(learn(lessons)), time.process_time()
    rendered, dropped = list[tuple[list[int], list[bool]]](), 0
    for lesson in lessons:
        try:
            one = compact.render(lesson.messages)
            rendered.append((one.ids, one.learned))
        except NotRendered:
            dropped += 1
    took = time.process_time() - began
    lengths, tiny = sorted(len(ids) for ids, _ in rendered), preset("tiny")
    order = arranged(lengths, tiny.batch, len(lengths) // tiny.batch, SEED)
    room = tiny.length * tiny.batch
    rows = packed(lengths, room, -(-sum(lengths) // room), SEED)
    return {
        "lessons": len(lessons),
        "without_a_place": dropped,
        "compact_per_second": round(len(lessons) / took),
        "compact_tokens_mean": round(statistics.mean(lengths)),
        "compact_tokens_p99": lengths[int(len(lengths) * 0.99)],
        "compact_tokens_most": lengths[-1],
        "compact_vocabulary": len(compact),
        "learned_share": round(sum(sum(learned) for _, learned in rendered) / sum(lengths), 3),
        "no_pad": round(efficiency(lengths, order, tiny.batch), 3),
        "packed_full": round(sum(lengths[number] for row in rows for number in row) / (len(rows) * room), 3),
        "masks_amiss": sum(_amiss(compact, *one) for one in rendered),
    }


def _amiss(compact: Compact, ids: list[int], learned: list[bool]) -> bool:
    tokens, speaking = compact.tokens, False
    for token, mine in zip(ids, learned, strict=True):
        name = tokens[token]
        new = speaking and name.startswith(tuple(f"<{kind} " for kind in KINDS))
        if mine != speaking and not new:
            return True
        speaking = (speaking or name == "<me>") and name != "<end>"
    return False


if __name__ == "__main__":
    main()
