"""Drift: a teacher that begins to err more: how many shards until that is noticed, and whether evolution recovers it.

Some shards are made as ever; then the lapses of the assistant and the user strike about twice as often, as if the
provider had changed the model. It is the truth of the simulated teacher. That the event begins the flow is what
tests/test_serve.py shows. `python -m benchmarks.drift [--domain D]`.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.record import Target, record, show
from domains import DOMAINS
from tasks.arena import EvolveSpec, OutOfRollouts
from tasks.evolution_rows import parent_of, record_round, start_of
from tasks.evolving import Evolution
from tasks.generations import active, record_first
from tasks.monitoring import falls
from tasks.planning import write_plans
from tasks.publishing import publish_plans, publish_shard, record_run
from tasks.spec import RunSpec, Shard
from tasks.stages import STAGES, run_stage
from tasks.studio import Studio, asked_by, open_studio
from tasks.work import open_journal
from turnwright.llm.embedded import EmbeddedClient
from turnwright.llm.embedded.client import Noise
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 5
SHARD, BEFORE, AT_MOST = 120, 2, 6
ROUNDS = 5
TARGETS = [Target("shards_until_noticed", most=3), Target("recovered", least=1)]
_RATES = """
SELECT d.slot // $shard AS shard, d.generation, round(avg((verdict = 'PASS')::INT), 3) AS pass_rate
FROM dialogues AS d JOIN runs USING (run_id, domain) WHERE kind = 'generate' GROUP BY ALL ORDER BY d.generation, shard
"""


class Drifted(Noise):
    """The same dice; in who talks, each lapse has a second chance to strike."""

    def strikes(self, name: str, where: str = "") -> bool:
        again = self._role in ("assistant", "user") and super().strikes(name, f"{where} again")
        return again or super().strikes(name, where)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default="shop")
    figures = asyncio.run(_measure(parser.parse_args().domain))
    record("drift", figures, TARGETS, [SEED])
    show("shards", figures["shards"])


async def _measure(domain: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder), create=True)
        record_first(warehouse, domain)
        noticed, said = 0, list[str]()
        run = RunSpec(domains=(domain,), count=SHARD * (BEFORE + AT_MOST), seed=SEED)
        with open_studio(run, warehouse) as at:
            await write_plans(run, domain)
            publish_plans(run, domain)
            for number, shard in enumerate(_shards(run, domain), start=1):
                if number == BEFORE + 1:
                    _drift(at, domain)
                await _generate(shard)
                found = falls(warehouse, shard)
                if found:
                    noticed, said = number - BEFORE, [str(one) for one in found]
                    break
        rollouts = await _evolve(warehouse, domain)
        now = {"seed": SEED + 1, "count": 2 * SHARD, "generations": {domain: active(warehouse, domain)}}
        again = run.model_copy(update=now)
        with open_studio(again, warehouse) as at:
            _drift(at, domain)
            await write_plans(again, domain)
            publish_plans(again, domain)
            for shard in _shards(again, domain):
                await _generate(shard)
        with Catalog(warehouse) as catalog:
            rates = catalog.query(_RATES, {"shard": SHARD})
    before = [row["pass_rate"] for row in rates if row["generation"] == 0][:BEFORE]
    after = [row["pass_rate"] for row in rates if row["generation"] != 0]
    return {
        "shards_until_noticed": noticed,
        "noticed": said,
        "pass_rate_before": round(sum(before) / len(before), 3),
        "pass_rate_recovered": round(sum(after) / max(1, len(after)), 3),
        "recovered": int(bool(after) and min(after) >= min(before)),
        "rollouts": rollouts,
        "shards": rates,
    }


def _shards(run: RunSpec, domain: str) -> Iterator[Shard]:
    for first in range(0, run.count, SHARD):
        yield Shard(run=run, domain=domain, first=first, last=first + SHARD)


async def _generate(shard: Shard) -> None:
    record_run(shard.run, "running", datetime.now(UTC), None)
    for stage in STAGES:
        await run_stage(stage, shard)
    publish_shard(shard)


def _drift(at: Studio, domain: str) -> None:
    """Have the drifted teacher answer for all roles, also those of generations to come."""
    client = EmbeddedClient({domain: DOMAINS[domain].playbook}, Drifted)

    def drifted(model: str, api_base: str | None, api_key_env: str | None) -> EmbeddedClient:
        return client

    at.models.__dict__["client"] = drifted
    at.roles[domain] = asked_by(at, at.generations[domain])


async def _evolve(warehouse: Warehouse, domain: str) -> int:
    spec = EvolveSpec(domain=domain, rounds=ROUNDS, pilot=60, seed=SEED)
    run = RunSpec(domains=(domain,), count=60, seed=SEED)
    start_of(warehouse, spec)
    with open_studio(run, warehouse) as at, open_journal(spec.run_id) as journal:
        _drift(at, domain)
        evolution = Evolution(spec, run, journal)
        with suppress(OutOfRollouts):
            for number in range(ROUNDS):
                await evolution.round(number, parent_of(warehouse, spec, number), 0)
                record_round(warehouse, evolution, number)
        return evolution.rollouts


if __name__ == "__main__":
    main()
