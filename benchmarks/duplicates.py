"""Duplicates: whether the thresholds tell duplicates from others, what is found among 100,000 dialogues, and how fast.

A night of the embedded teacher is looked at and marked. Pairs that are labelled by how they are made are measured:
its scenarios played once more with another opening, its dialogues with other values, and other scenarios of one family.
Then its dialogues, as far as no two are alike, are imitated until there are 100,000: in every copy all values and all
words of users are others (`benchmarks.imitation`), so that only what is planted is a duplicate.
`python -m benchmarks.duplicates [--warehouse DIR]` makes the night in a warehouse of its own, or in the one named.
"""

import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.imitation import SEED, Whole, a_night, dialogues_of, imitated, other_words, some_words
from benchmarks.record import Target, record, show
from benchmarks.replay import replayed, reworded, scenarios
from tasks.marking import THRESHOLDS, mark
from turnwright.likeness import Call, Likeness, jaccard, likeness
from turnwright.record import derive_seed
from warehouse.catalog import Catalog
from warehouse.publish import publish
from warehouse.store import Warehouse

DIALOGUES = 100_000
REPLAYED = 300
IMITATED = 600
PAIRS = 50_000
PLANTED = 250
"""Of each kind."""
NEAR = 0.9
"""The Jaccard index from which on what is planted must be found: three standard errors above the threshold."""
NIGHT = 1_000
GRID = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
TARGETS = [
    Target("seconds", most=120),
    Target("planted_found", least=0.99),
    Target("false_positives", most=0.01),
    Target("flagged_of_a_night", most=0.15),
    Target("labelled_duplicates_found", least=0.99),
    Target("labelled_others_flagged", most=0.01),
]
FLAGGED = """
SELECT domain, side, count(*) AS dialogues, round(avg(score), 3) AS mean_score
FROM marks WHERE kind = 'duplicate' GROUP BY ALL ORDER BY ALL
"""
MARKS = "SELECT dialogue_id, of FROM marks WHERE kind = 'duplicate'"
COUNT = "SELECT count(*) AS n FROM dialogues"


def main() -> None:
    with a_night() as (night, _, seed):
        _measure(night, seed)


def _measure(warehouse: Warehouse, seed: int) -> None:
    mark(warehouse)
    with Catalog(warehouse) as catalog:
        wholes, flagged, marked = dialogues_of(catalog), catalog.query(FLAGGED), catalog.query(MARKS)
        wanted = scenarios(catalog, random.Random(SEED).sample([w.scenario["scenario_id"] for w in wholes], REPLAYED))
    features = {whole.dialogue_id: features_of(whole) for whole in wholes}
    labelled = _labelled(wholes, features, [reworded(one) for one in wanted])
    with tempfile.TemporaryDirectory() as other:
        planted = _planted(Warehouse.open(Path(other) / "data", create=True), _unlike(wholes, features))
    figures: dict[str, Any] = {
        **planted,
        "night_dialogues": len(wholes),
        "flagged_of_a_night": round(len(marked) / len(wholes), 4),
        "labelled_duplicates_found": min(row["at_0.8"] for row in labelled if row["duplicate"]),
        "labelled_others_flagged": max(row["at_0.8"] for row in labelled if not row["duplicate"]),
    }
    record("duplicates", {**figures, "labelled": labelled, "flagged": flagged}, TARGETS, [seed, SEED])
    show("labelled pairs: the share at or above a threshold, on either side", labelled)
    show("marked in the night", flagged)
    show("planted", planted["by_kind"])


def features_of(whole: Whole) -> Likeness:
    """What marking makes of a dialogue."""
    calls = [Call(call["tool"], call["arguments"]) for call in whole.calls]
    told = whole.scenario
    return likeness(
        whole.user_words, told["knows"], told["requests"], told["initial"], calls, whole.dialogue["changes"]
    )


def _alike(one: Likeness, other: Likeness) -> float:
    """The exact Jaccard index on the side where it is higher."""
    return max(jaccard(one.said, other.said), jaccard(one.done, other.done))


def _labelled(wholes: Sequence[Whole], features: dict[str, Likeness], wanted: Any) -> list[dict[str, Any]]:
    drawn = random.Random(SEED)
    by_scenario = {whole.scenario["scenario_id"]: whole for whole in wholes}
    with tempfile.TemporaryDirectory() as folder:
        again = [(by_scenario[one.scenario["scenario_id"]], one) for one in replayed(Path(folder), wanted, SEED + 1)]
    same_end = [(features[a.dialogue_id], features_of(b)) for a, b in again
                if a.dialogue["verdict"] == "PASS" and a.dialogue["changes"] == b.dialogue["changes"]]  # fmt: skip
    some = drawn.sample(wholes, IMITATED)
    other_values = [
        (features[one.dialogue_id], features_of(imitated(one, "x", f"v{n}", None))) for n, one in enumerate(some)
    ]
    families, cells = defaultdict[Any, list[Whole]](list), defaultdict[Any, list[Whole]](list)
    for whole in wholes:
        family = (*whole.group, whole.scenario["family"])
        families[family].append(whole)
        cells[*family, whole.scenario["variant"]].append(whole)
    return [
        _row("the same scenario, played once more", True, same_end),
        _row("the same dialogue, other values", True, other_values),
        _row("other scenarios of one family", False, _others(drawn, families.values(), features)),
        _row("other scenarios of one family, twists and style", False, _others(drawn, cells.values(), features)),
    ]


def _others(
    drawn: random.Random, groups: Iterable[list[Whole]], features: dict[str, Likeness]
) -> list[tuple[Likeness, Likeness]]:
    """Pairs in which something else is wanted."""
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    chosen = drawn.sample(pairs, min(PAIRS, len(pairs)))
    return [
        (features[one.dialogue_id], features[other.dialogue_id])
        for one, other in chosen
        if one.scenario["requests"] != other.scenario["requests"]
    ]


def _row(name: str, duplicate: bool, pairs: Sequence[tuple[Likeness, Likeness]]) -> dict[str, Any]:
    found = [_alike(*pair) for pair in pairs]
    shares = {f"at_{least}": round(sum(one >= least for one in found) / len(found), 5) for least in GRID}
    return {"pairs made as": name, "duplicate": duplicate, "pairs": len(pairs), **shares}


def _unlike(wholes: Sequence[Whole], features: dict[str, Likeness]) -> list[Whole]:
    """Those that no earlier one of the same domain and verdict is like, by the exact Jaccard index of all pairs."""
    groups = defaultdict[Any, list[Whole]](list)
    for whole in wholes:
        groups[whole.group].append(whole)
    return [whole for group in groups.values() for whole in _first_of_each(group, features)]


def _first_of_each(group: Sequence[Whole], features: dict[str, Likeness]) -> Iterator[Whole]:
    alike = np.zeros((len(group), len(group)), dtype=bool)
    for side, least in zip(("said", "done"), THRESHOLDS, strict=True):
        alike |= _jaccard([getattr(features[one.dialogue_id], side) for one in group]) >= least
    for at, whole in enumerate(group):
        if not alike[at, :at].any():
            yield whole


def _jaccard(sets: Sequence[frozenset[str]]) -> Any:
    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(token, len(numbers)) for one in sets for token in one]
    starts = np.cumsum([0, *map(len, sets)])
    matrix: Any = csr_matrix((np.ones(len(columns), np.float32), columns, starts), (len(sets), len(numbers)))
    shared: Any = (matrix @ matrix.T).toarray()
    sizes = np.array([len(one) for one in sets], np.float32)
    return shared / np.maximum(1, sizes[:, None] + sizes[None, :] - shared)


@dataclass
class _Plants:
    """What is planted: the new dialogue, the one that it is like, and how it was made."""

    kinds: dict[str, str] = field(default_factory=dict[str, str])
    of: dict[str, str] = field(default_factory=dict[str, str])
    exact: dict[str, float] = field(default_factory=dict[str, float])

    def found(self, ids: Iterable[str], marks: dict[str, str]) -> list[str]:
        """Those that are marked as like the one that they were made from, or as the one that it is itself like."""
        return [one for one in ids if marks.get(one, "none") in (self.of[one], marks.get(self.of[one]))]


def _planted(warehouse: Warehouse, base: Sequence[Whole]) -> dict[str, Any]:
    plants, copies = _Plants(), list[Whole]()
    independent = 0
    for copy in range(-(-DIALOGUES // len(base))):
        key = f"copy-{copy}"
        made = [imitated(one, key, key, other_words(key)) for one in base[: DIALOGUES - independent]]
        independent += len(made)
        _publish(warehouse, f"r-{copy:03}", made)
        copies += random.Random(copy).sample(made, min(len(made), 80))
    _publish(warehouse, "r-planted", _plant(plants, random.Random(SEED).sample(copies, PLANTED)))
    seconds, cpu = time.perf_counter(), time.process_time()
    looked = mark(warehouse).dialogues
    seconds, cpu = time.perf_counter() - seconds, time.process_time() - cpu
    with Catalog(warehouse) as catalog:
        marks = {row["dialogue_id"]: row["of"] for row in catalog.query(MARKS)}
    wrong = [one for one in marks if one not in plants.kinds]
    night = _one_more_night(warehouse, base)
    near = [one for one in plants.kinds if plants.exact[one] >= NEAR]
    return {
        "dialogues": looked,
        "base_dialogues": len(base),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "planted": len(near),
        "planted_found": round(len(plants.found(near, marks)) / len(near), 4),
        "false_positives": round(len(wrong) / independent, 5),
        **night,
        "by_kind": _by_kind(plants, marks),
    }


def _plant(plants: _Plants, some: Sequence[Whole]) -> list[Whole]:
    kinds: dict[str, Callable[[Whole, str], Whole]] = {
        "a copy": lambda one, name: imitated(one, name, None, None),
        "other values": lambda one, name: imitated(one, name, name, None),
        "other words": lambda one, name: imitated(one, name, None, other_words(name)),
        "other values, every 40th word": lambda one, name: imitated(one, name, name, some_words(one.dialogue_id, 40)),
        "other values, every 20th word": lambda one, name: imitated(one, name, name, some_words(one.dialogue_id, 20)),
    }
    made = list[Whole]()
    for kind, make in kinds.items():
        for whole in some:
            one = make(whole, f"p{derive_seed(kind) % 1000}")
            plants.kinds[one.dialogue_id], plants.of[one.dialogue_id] = kind, whole.dialogue_id
            plants.exact[one.dialogue_id] = _alike(features_of(whole), features_of(one))
            made.append(one)
    return made


def _by_kind(plants: _Plants, marks: dict[str, str]) -> list[dict[str, Any]]:
    rows = list[dict[str, Any]]()
    for kind, planted in Counter(plants.kinds.values()).items():
        ids = [one for one, its in plants.kinds.items() if its == kind]
        above = [one for one in ids if plants.exact[one] >= min(THRESHOLDS)]
        rows.append(
            {
                "planted": kind,
                "dialogues": planted,
                "found": len(plants.found(ids, marks)),
                "alike at 0.8 or more": len(above),
                "found of these": len(plants.found(above, marks)),
            }
        )
    return rows


def _one_more_night(warehouse: Warehouse, base: Sequence[Whole]) -> dict[str, Any]:
    """What a night costs when so much was marked before, and what the same night costs alone."""
    made = [imitated(one, "night", "night", other_words("night")) for one in random.Random(1).sample(base, NIGHT)]
    with tempfile.TemporaryDirectory() as folder:
        alone = Warehouse.open(Path(folder) / "data", create=True)
        took = list[float]()
        for place in (alone, warehouse):
            _publish(place, "r-night", made)
            began = time.perf_counter()
            mark(place)
            took.append(round(time.perf_counter() - began, 2))
    return {"night_of_1000_alone_seconds": took[0], "night_of_1000_beside_all_seconds": took[1]}


def _publish(warehouse: Warehouse, run_id: str, made: Sequence[Whole]) -> None:
    by_domain = defaultdict[str, list[Whole]](list)
    for one in made:
        by_domain[one.domain].append(one)
    for domain, ones in by_domain.items():
        tables = defaultdict[str, list[dict[str, Any]]](list)
        for one in ones:
            for table, rows in one.tables().items():
                tables[table] += rows
        publish(warehouse, f"{run_id}-{domain}", run_id, domain, tables)


if __name__ == "__main__":
    main()
