"""Killed at any step of publishing, compacting and forgetting: the corpus is what it was or what it was to be."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from dying import Ids, Work, compacting, finishing, forgetting, killed_at, publishing
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tasks.publishing import unfinished_name
from warehouse.catalog import Catalog
from warehouse.forgetting import forget
from warehouse.manifest import Manifest
from warehouse.store import Warehouse

DAY = 24 * 3600.0
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
"""A killed process leaves there what it leaves on a disk, and sooner."""


class Seen(NamedTuple):
    """What a reader sees; a dialogue is whole if it has both of its turns."""

    dialogues: list[str]
    turns: int


def seen(catalog: Catalog) -> Seen:
    sql = (
        "SELECT (SELECT list(dialogue_id ORDER BY dialogue_id) FROM dialogues) AS d, (SELECT count(*) FROM turns) AS t"
    )
    (row,) = catalog.query(sql)
    assert catalog.quarantined == []
    return Seen(row["d"] or [], row["t"])


def look(warehouse: Warehouse) -> Seen:
    with Catalog(warehouse) as catalog:
        return seen(catalog)


def finished(warehouse: Warehouse) -> bool:
    with Catalog(warehouse) as catalog:
        return bool(catalog.query("SELECT state FROM runs"))


def of(*ids: Ids) -> Seen:
    dialogues = sorted(one for some in ids for one in some)
    return Seen(dialogues, 2 * len(dialogues))


ONE, TWO, HALF, LATE = (frozenset(f"{name}-{number}" for number in range(2)) for name in "1234")
ALONE = frozenset(f"5-{number}" for number in range(8))  # so many that all before it is merged with it


@pytest.fixture(scope="module")
def template() -> Iterator[Warehouse]:
    """A compaction whose commits are gone, one whose commits are there, an unfinished shard, and a commit by itself."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        made = Warehouse.open(Path(folder) / "data", create=True)
        for work in (publishing("r-1-0", ONE), publishing("r-2-0", TWO), compacting(0)):
            work(made)
        for work in (publishing("r-1-2", LATE), finishing("r-1"), compacting(DAY)):
            work(made)
        publishing("r-1-1-unfinished-1", HALF, provisional=True)(made)
        publishing("r-2-2", ALONE)(made)
        yield made


WHOLE = frozenset({*HALF, "more"})
BEFORE = of(ONE, TWO, HALF, LATE, ALONE)
CASES: dict[str, tuple[Work, Seen]] = {
    "publishing": (publishing("r-2-1", frozenset({"new"})), of(ONE, TWO, HALF, LATE, ALONE, frozenset({"new"}))),
    "superseding": (publishing("r-1-1", WHOLE, ("r-1-1-unfinished-1",)), of(ONE, TWO, WHOLE, LATE, ALONE)),
    "compacting": (compacting(DAY), BEFORE),
    "compacting and removing": (compacting(0), BEFORE),
    "forgetting": (forgetting("r-1"), of(TWO, ALONE)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("work", "after"), CASES.values(), ids=CASES)
def test_killed_at_every_step_and_done_again(template: Warehouse, work: Work, after: Seen) -> None:
    for step in count(1):
        with TemporaryDirectory(dir=MEMORY) as folder:
            warehouse = Warehouse(Path(folder) / "data")
            shutil.copytree(template.root, warehouse.root)
            killed = killed_at(step, work, warehouse)
            found = look(warehouse)
            if work is CASES["forgetting"][0]:  # Its commits go one by one; another run's never do.
                assert set(after.dialogues) <= set(found.dialogues) <= set(BEFORE.dialogues)
                assert found.turns == 2 * len(found.dialogues)
                assert found == BEFORE or not finished(warehouse)
            else:
                assert found in (BEFORE, after)
            work(warehouse)
            compacting(0)(warehouse)
            assert look(warehouse) == after
            listed = {part.path for commit in Manifest(warehouse).every() for part in commit.parts}
            assert {str(path.relative_to(warehouse.root)) for path in warehouse.parts.rglob("*.parquet")} == listed
        if not killed:
            break
    assert step > 5


STEPS = st.none() | st.none() | st.integers(1, 25)
RUNS = st.sampled_from(("r-1", "r-2"))
SHARDS = st.integers(0, 1)


class Warehouses(RuleBasedStateMachine):
    """A warehouse that is written, compacted, read and killed in any order, beside a model of what it must hold."""

    @initialize()
    def make(self) -> None:
        self.folder = TemporaryDirectory(dir=MEMORY)
        self.warehouse = Warehouse.open(Path(self.folder.name) / "data", create=True)
        self.committed: dict[str, Ids] = {}
        self.counts: dict[str, Ids] = {}
        self.readers: list[tuple[Catalog, Seen]] = []
        self.tries = count()

    def teardown(self) -> None:
        for catalog, _ in getattr(self, "readers", ()):
            catalog.close()
        with suppress(AttributeError):
            self.folder.cleanup()

    @rule(run_id=RUNS, shard=SHARDS, step=STEPS)
    def publish(self, run_id: str, shard: int, step: int | None) -> None:
        name = f"{run_id}-{shard}"
        self._publish(name, name, step, provisional=False)

    @rule(run_id=RUNS, shard=SHARDS, step=STEPS)
    def publish_unfinished(self, run_id: str, shard: int, step: int | None) -> None:
        name = f"{run_id}-{shard}"
        if name not in self.committed:
            unfinished = unfinished_name(self.warehouse, name)
            assert unfinished not in self.committed
            self._publish(name, unfinished, step, provisional=True)

    def _publish(self, shard: str, name: str, step: int | None, provisional: bool) -> None:
        ids = frozenset(f"d-{next(self.tries)}-{number}" for number in range(2))
        earlier = tuple(Manifest(self.warehouse).names(f"{shard}-unfinished"))
        before = name in self.committed
        killed = killed_at(step, publishing(name, ids, earlier, provisional), self.warehouse)
        there = Manifest(self.warehouse).committed(name)
        assert there or killed
        if there and not before:
            self.committed[name] = self.counts[name] = ids
            for one in earlier:
                self.counts.pop(one, None)

    @rule(grace_s=st.sampled_from((0, DAY)), step=STEPS)
    def compact(self, grace_s: float, step: int | None) -> None:
        killed_at(step, compacting(grace_s), self.warehouse)

    @rule(run_id=RUNS, step=STEPS)
    def forget(self, run_id: str, step: int | None) -> None:
        if killed_at(step, forgetting(run_id), self.warehouse):
            forget(self.warehouse, run_id)
        for known in (self.committed, self.counts):
            for name in [name for name in known if name.startswith(run_id)]:
                del known[name]

    @rule()
    def open_reader(self) -> None:
        self.readers.append((Catalog(self.warehouse), of(*self.counts.values())))

    @rule()
    def readers_see_one_moment(self) -> None:
        for number, (catalog, then) in enumerate(self.readers):
            now = seen(catalog)
            assert now in (then, of(*self.counts.values()))
            self.readers[number] = catalog, now  # whose parts were gone is at a later moment from now on

    @invariant()
    def the_corpus_is_the_models(self) -> None:
        if hasattr(self, "warehouse"):
            assert look(self.warehouse) == of(*self.counts.values())
            known = {f"{run}-{shard}" for run in ("r-1", "r-2") for shard in range(2)} | set(self.committed)
            manifest = Manifest(self.warehouse)
            whole = {name for name in known if "unfinished" not in name and manifest.committed(name)}
            assert whole == {name for name in self.committed if "unfinished" not in name}


@pytest.mark.slow
class TestWarehouses(Warehouses.TestCase):
    settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
