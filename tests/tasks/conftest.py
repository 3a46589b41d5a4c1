"""A small real run, without Prefect: the stages by hand, the embedded teacher, a warehouse in a temporary folder."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tasks.planning import plans_name, write_plans
from tasks.rows import Tables, plan_rows, shard_rows, slots_of
from tasks.spec import RunSpec, shards
from tasks.stages import STAGES, run_stage
from tasks.studio import open_studio
from tasks.work import begun, open_journal
from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest
from warehouse.store import Warehouse


@dataclass(frozen=True)
class Made:
    """A run that was made, as the rows that it publishes."""

    run: RunSpec
    warehouse: Warehouse
    tables: Tables

    def column(self, table: str, name: str) -> list[Any]:
        return [row[name] for row in self.tables[table]]


@dataclass
class Trouble:
    """A client that does what it should, but for every so many requests."""

    client: ChatClient
    every: int
    what: ChatReply | Exception
    asked: int = 0

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        if self.asked % self.every:
            return await self.client.chat(request)
        if isinstance(self.what, Exception):
            raise self.what
        return self.what


Troubles = Mapping[str, tuple[int, ChatReply | Exception]]
TROUBLES: Troubles = {
    "planner": (4, ChatReply("I would rather not.")),
    "dialogue_writer": (13, ChatReply('{"impossible": "nobody has one"}')),
    "tool_executor": (31, ConnectionError("down")),
    "task_verifier": (6, ChatReply('{"accept": false, "reason": "unsound"}')),
    "checker_writer": (5, ConnectionError("down")),
    "assistant": (60, ConnectionError("down")),
    "trajectory_verifier": (4, ConnectionError("down")),
}

Make = Callable[..., Awaitable[Made]]


async def _make(folder: Path, run: RunSpec, troubles: Troubles = MappingProxyType({})) -> Made:
    warehouse, tables = Warehouse.open(folder, create=True), defaultdict[str, list[dict[str, Any]]](list)
    with open_studio(run, warehouse) as studio:
        for name, (every, what) in troubles.items():
            role = studio.roles["shop"][name]
            studio.roles["shop"][name] = replace(role, client=Trouble(role.client, every, what))
        for domain in run.domains:
            await write_plans(run, domain)
            with open_journal(plans_name(run, domain)) as journal:
                found = [plan_rows(journal)]
            for shard in shards(run, domain, begun(run)):
                for stage in STAGES:
                    await run_stage(stage, shard)
                with open_journal(shard.name) as journal:
                    found.append(shard_rows(run, slots_of(shard, journal)))
            for table, rows in [pair for part in found for pair in part.items()]:
                tables[table] += rows
    return Made(run, warehouse, tables)


@pytest.fixture(scope="session")
def make() -> Make:
    return _make


RUN = RunSpec(domains=("shop",), count=30, seed=3, plans=12, concurrency=1, shard_size=17)


@pytest.fixture(scope="session", params=["sound", "troubled"])
async def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run of the embedded teacher: as it is, and with requests that fail or get a bad reply."""
    troubles = TROUBLES if request.param == "troubled" else {}
    return await _make(tmp_path_factory.mktemp("made") / "data", RUN, troubles)
