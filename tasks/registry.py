"""Registry: the models that a warehouse knows of each domain, and which of them is the domain's current one.

A model is known by the name that `--assistant` takes; one in a folder by what the folder holds, for tomorrow it may
hold another. What is recorded again is its state and its metrics. Until one is promoted, embedded/teacher is current.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from tasks.models import EMBEDDED, TRAINED
from turnwright.errors import BadInput
from turnwright.record import Record, content_hash
from warehouse.catalog import Catalog
from warehouse.lock import turn
from warehouse.publish import publish
from warehouse.store import Warehouse

_MODELS = """
SELECT model_id, domain, stage, base, preset, path, follows, state, reason, metrics, created_at FROM models
WHERE domain = $domain ORDER BY model_id
"""


class ModelState(StrEnum):
    """What a model is to a domain."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    RETIRED = "retired"


class Model(Record):
    """One model, as a domain knows it."""

    model_id: str
    domain: str
    stage: str | None = None
    """Of training; None for what was not trained here."""
    base: str | None = None
    preset: str | None = None
    path: str | None = None
    """The name by which it is asked."""
    follows: str | None = None
    """The id of the one whose place it took."""
    state: ModelState = ModelState.CANDIDATE
    reason: str | None = None
    metrics: dict[str, Any] = {}
    created_at: datetime | None = None


def weights_of(name: str) -> str | None:
    """A hash of the files that lie in the folder of a model; None for one that is in no folder.

    Raises:
        BadInput: if there is no such folder.
    """
    if not name.startswith(TRAINED):
        return None
    folder = Path(name.removeprefix(TRAINED))
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}, of which {name!r} would be the model")
    return content_hash({file.name: _digest(file) for file in sorted(folder.iterdir()) if file.is_file()}, 16)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def model_id_of(name: str, weights: str | None) -> str:
    """The id of the model of this name, with these weights if it lies in a folder."""
    return f"m-{weights}" if weights else name


def models(warehouse: Warehouse, domain: str) -> list[Model]:
    """All that are known in a domain."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_MODELS, {"domain": domain})
    return [Model.model_validate({**row, "metrics": orjson.loads(row["metrics"] or "{}")}) for row in rows]


def known_model(warehouse: Warehouse, domain: str, model_id: str, path: str) -> Model:
    """A model as it is recorded, or as it would be; by the name that it goes by now."""
    known = next((model for model in models(warehouse, domain) if model.model_id == model_id), None)
    fresh = known or Model(model_id=model_id, domain=domain, path=path, created_at=datetime.now(UTC))
    return fresh.model_copy(update={"path": path})


def current(warehouse: Warehouse, domain: str) -> Model:
    """The domain's current model."""
    found = (model for model in models(warehouse, domain) if model.state is ModelState.CURRENT)
    return next(found, None) or known_model(warehouse, domain, EMBEDDED, EMBEDDED)


@contextmanager
def registry(warehouse: Warehouse, domain: str) -> Generator[None]:
    """For the length of the block nobody else records a domain's models: what is read here is still so when written."""
    with turn(warehouse, f"models-{domain}"):
        yield


def model_rows(*changed: Model) -> list[dict[str, Any]]:
    """Models as rows of their table."""
    return [{**model.model_dump(), "recorded_at": datetime.now(UTC)} for model in changed]


def record_training(warehouse: Warehouse, domain: str, path: str, trained: dict[str, Any]) -> str:
    """Record what training made of a model, once; gives its id. `trained` has stage, base, preset and metrics.

    Raises:
        BadInput: if there is no model.
        WarehouseError: if it cannot be written.
    """
    model_id = model_id_of(path, weights_of(path))
    with registry(warehouse, domain):
        model = known_model(warehouse, domain, model_id, path)
        if model.stage is None:
            _record(warehouse, model.model_copy(update=trained))
    return model_id


def promote(warehouse: Warehouse, domain: str, before: str, model_id: str, path: str, reason: str) -> None:
    """Put a model in the place of the current one, whose id is `before`.

    Raises:
        BadInput: if another one is current by now.
        WarehouseError: if it cannot be written; then all is as it was.
    """
    with registry(warehouse, domain):
        now, model = current(warehouse, domain), known_model(warehouse, domain, model_id, path)
        if now.model_id != before:
            raise BadInput(f"{now.path} became the current model of {domain} meanwhile: {path} has not met it")
        retired = {"state": ModelState.RETIRED, "reason": f"{path} took its place: {reason}"}
        new = {"state": ModelState.CURRENT, "reason": reason, "follows": before}
        _record(warehouse, now.model_copy(update=retired), model.model_copy(update=new))


def put_back(warehouse: Warehouse, domain: str) -> tuple[str, str]:
    """Put the one back whose place the current model took; gives the ids of both, that one last.

    Raises:
        BadInput: if the current model took nobody's place.
        WarehouseError: if it cannot be written; then all is as it was.
    """
    with registry(warehouse, domain):
        now = current(warehouse, domain)
        if now.follows is None:
            raise BadInput(f"{now.model_id} is current in {domain} and took nobody's place: there is none to put back")
        before = next(model for model in models(warehouse, domain) if model.model_id == now.follows)
        retired = {"state": ModelState.RETIRED, "reason": "taken back by hand", "follows": None}
        again = {"state": ModelState.CURRENT, "reason": "put back by hand"}
        _record(warehouse, now.model_copy(update=retired), before.model_copy(update=again))
        return now.model_id, before.model_id


def _record(warehouse: Warehouse, *changed: Model) -> None:
    name = f"model-{changed[0].domain}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    publish(warehouse, name, name, changed[0].domain, {"models": model_rows(*changed)})
