"""Result: what a run has come to, from the warehouse and from nowhere else."""

from typing import Any

from tasks.spec import RunSpec
from warehouse.catalog import Catalog
from warehouse.figures import corpus_digest, run_figures
from warehouse.store import Warehouse

_STATES = "SELECT domain, state FROM runs WHERE run_id = $run_id"


def finished(warehouse: Warehouse, run: RunSpec) -> bool:
    """Whether the run was finished before, for all of its domains."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_STATES, {"run_id": run.run_id})
    return {row["domain"] for row in rows if row["state"] == "finished"} == set(run.domains)


def result_of(warehouse: Warehouse, run: RunSpec) -> dict[str, Any]:
    """The keys of `generate --json`, without its times."""
    numbers = {run.generation(domain) for domain in run.domains}
    with Catalog(warehouse) as catalog:
        return {
            "run_id": run.run_id,
            "domain": ",".join(run.domains),
            "generation": next(iter(numbers)) if len(numbers) == 1 else run.generations,
            **run_figures(catalog, run.run_id),
            "corpus_digest": corpus_digest(catalog, run.run_id),
            "quarantined": [part.model_dump(mode="json") for part in catalog.quarantined],
        }
