"""Evaluating: a model plays a domain's held-out scenarios, some trials each, and what came of it is recorded.

The unit is a run of one assistant with one user model. It can be killed and goes on; once finished it is told again.
Equal scenarios and trials have equal seeds in every run, so two runs can be compared, whenever they were made.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from checkers.conduct import slips
from checkers.traces import Traces
from domains import load as load_domain
from tasks.generations import chosen, record_first
from tasks.held_out import balanced, held_out_cases
from tasks.models import TRAINED
from tasks.registry import known_model, model_id_of, model_rows, registry, weights_of
from tasks.rows import Row, call_rows, checker_id_of, dialogue_rows, rollout_rows
from tasks.scores import evaluation_rows, scored
from tasks.spec import Amount, RoleSettings, RunSpec, Shard, unknown_roles
from tasks.studio import Studio, open_studio
from tasks.trials import Case, play
from tasks.work import Entry, each, open_journal
from turnwright.agents.idle import IDLE
from turnwright.dialogue import Dialogue
from turnwright.errors import BadInput, Failure, RunStopped
from turnwright.record import Record, content_hash, derive_seed
from turnwright.scenario import Scenario
from turnwright.verdict import Blame, Verdict
from warehouse.catalog import Catalog
from warehouse.journal import Journal
from warehouse.lock import run_lock
from warehouse.manifest import Manifest
from warehouse.publish import publish
from warehouse.store import Warehouse

_ADDRESS = ("api_base", "api_key_env")
_STAGE = "play"
_STATE = "SELECT state FROM runs WHERE run_id = $run_id AND domain = $domain"


class EvaluateSpec(Record):
    """One assistant, one user model, one domain."""

    run: RunSpec
    """Whom and how to ask: its one domain, its seed, its generation, the models of both sides, its limits."""
    split: Literal["test"] = "test"
    trials: Amount = 4
    count: Amount | None = None
    """Scenarios, as many of each family as can be; None for all."""
    weights: dict[str, str] = {}
    """For models that are folders, what tells their contents apart: a folder may hold another model tomorrow."""

    @property
    def domain(self) -> str:
        return self.run.domains[0]

    @property
    def generation(self) -> int:
        return self.run.generation(self.domain)

    @property
    def assistant(self) -> str:
        return self.run.model_of("assistant")

    @property
    def user(self) -> str:
        return self.run.model_of("user")

    @property
    def model_id(self) -> str:
        """The id of the assistant's model."""
        return model_id_of(self.assistant, self.weights.get(self.assistant))

    @property
    def run_id(self) -> str:
        """A hash of what decides its course; how it is reached, and how fast, do not."""
        decides = self.model_dump(mode="json", include={"split", "trials", "count", "weights"})
        return f"v-{content_hash([decides, self.run.run_id], 16)}"

    @property
    def scenarios(self) -> list[Scenario]:
        return balanced(load_domain(self.domain).test_scenarios(), self.count)

    @property
    def playable(self) -> RunSpec:
        """The run with a client for every role: an idle assistant has none of its own."""
        if self.assistant not in IDLE:
            return self.run
        return self.run.model_copy(update={"roles": {**self.run.roles, "assistant": RoleSettings()}})


def specs_of(warehouse: Warehouse, asked: Mapping[str, Any], pairs: Sequence[tuple[str, str]]) -> list[EvaluateSpec]:
    """What is asked of each assistant with its user model, by the names that the flow `evaluate-models` has for it. The
    two are asked as they are told; the checker writer is the embedded teacher, or what `roles` say.

    Raises:
        BadInput: if a model should lie in a folder that is not there, or `roles` names one that there is not.
        ValidationError: if it is no evaluation.
    """
    if unknown := unknown_roles(asked["roles"]):
        raise BadInput(unknown)
    served = [_provider(name) for pair in pairs for name in pair if _provider(name)]
    # An address and a key are of one provider: that which has no address of its own, else the first.
    provider = next((name for name in served if name == "hosted_vllm"), served[0] if served else "")
    return [_spec_of(warehouse, asked, *pair, provider) for pair in pairs]


def _spec_of(warehouse: Warehouse, asked: Mapping[str, Any], assistant: str, user: str, provider: str) -> EvaluateSpec:
    domain, told, sides = asked["domain"], asked["roles"], {"assistant": assistant, "user": user}
    roles = {
        **{name: RoleSettings.model_validate(one) for name, one in told.items() if name == "checker_writer"},
        **{side: _asked(asked, model, told.get(side, {}), provider) for side, model in sides.items()},
    }
    limits = {name: value for name, value in asked.items() if name in RunSpec.model_fields and name not in _ADDRESS}
    generations = chosen(warehouse, [domain], asked["generation"])
    run = {**limits, "domains": (domain,), "count": 1, "plans": 1, "generations": generations, "roles": roles}
    played = {name: asked[name] for name in ("trials", "count", "split") if name in asked}
    weights = {name: found for name in (assistant, user) if (found := weights_of(name))}
    return EvaluateSpec.model_validate({**played, "run": RunSpec.model_validate(run), "weights": weights})


def _asked(asked: Mapping[str, Any], model: str, told: Mapping[str, Any], provider: str) -> RoleSettings:
    """How one side is asked. Address and key are for models of their provider; what a role is told otherwise, for that
    of the model that it is told of."""
    shared = {name: asked[name] for name in _ADDRESS if provider and _provider(model) == provider}
    known = _provider(told.get("model", model)) == _provider(model)
    said = {name: value for name, value in told.items() if known or name not in _ADDRESS}
    warm = {} if asked["temperature"] is None else {"temperature": asked["temperature"]}
    return RoleSettings.model_validate({**shared, **said, **warm, "model": model})


def _provider(model: str) -> str:
    """Who serves a model; nobody serves one that is asked in this process."""
    served = "/" in model and not model.startswith(("embedded/", TRAINED))
    return model.partition("/")[0] if served else ""


def finished(warehouse: Warehouse, spec: EvaluateSpec) -> bool:
    """Whether the run was finished before."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query(_STATE, {"run_id": spec.run_id, "domain": spec.domain})
    return [row["state"] for row in rows] == ["finished"]


async def evaluate(warehouse: Warehouse, spec: EvaluateSpec) -> None:
    """Play what is missing and record what came of it; a run that was finished stays as it is.

    Raises:
        BadInput: if a model or generation is not there, or another process is at this run.
        Failure: if a model is out of reach from the start, or no scenario has a checker.
        RunStopped: if it cannot go on; finished work is kept.
        WarehouseError: if it cannot be written; finished work is kept.
    """
    with run_lock(warehouse, spec.run_id):
        if not finished(warehouse, spec):
            await _unfinished(warehouse, spec)
        _forget(warehouse, spec)


async def _unfinished(warehouse: Warehouse, spec: EvaluateSpec) -> None:
    with open_studio(spec.playable, warehouse) as at:
        started_at = datetime.now(UTC)
        record_first(warehouse, spec.domain)
        _record_run(warehouse, spec, "running", started_at)
        try:
            await _evaluate(at, spec, started_at)
        except (Failure, RunStopped) as error:
            _record_run(warehouse, spec, "failed", started_at, str(error))
            raise
        finally:
            await at.models.close()


def _forget(warehouse: Warehouse, spec: EvaluateSpec) -> None:
    (warehouse.journal / f"{spec.run_id}.jsonl").unlink(missing_ok=True)


async def _evaluate(at: Studio, spec: EvaluateSpec, started_at: datetime) -> None:
    scenarios = spec.scenarios
    cases = await held_out_cases(spec.domain, scenarios)
    if not cases:
        raise Failure(Blame.CHECKER, f"none of the {len(scenarios)} held-out scenarios has a checker")
    name = f"{spec.run_id}-dialogues"
    if not Manifest(at.warehouse).committed(name):
        with open_journal(spec.run_id) as journal:
            await _play(at, spec, cases, journal)
            if silence := _silence(journal):
                _forget(at.warehouse, spec)
                raise Failure(Blame.PROVIDER, silence)
            tables: dict[str, list[Row]] = {}
            for table, row in _rows(at, spec, cases, journal):
                tables.setdefault(table, []).append(row)
        publish(at.warehouse, name, spec.run_id, spec.domain, tables)
    _record_scores(at.warehouse, spec, len(scenarios) - len(cases), started_at)


async def _play(at: Studio, spec: EvaluateSpec, cases: list[Case], journal: Journal) -> None:
    """Every trial of every scenario that the journal lacks, or that a server's failure ended; a slot is a scenario's
    place and a trial's number."""
    by_number, domain = {case.number: case for case in cases}, at.domains[spec.domain]

    async def work(slot: int) -> Entry:
        case, trial = by_number[slot // spec.trials], slot % spec.trials
        idle = IDLE[spec.assistant](domain, case.scenario) if spec.assistant in IDLE else None
        seed = derive_seed(spec.run.seed, "evaluate", case.scenario.scenario_id, trial)
        played = await play(at, case, seed, idle)
        dialogue = Dialogue.model_validate(played["dialogue"])
        found = slips(Traces(domain, case.scenario, dialogue))
        return {**played, "slips": [slip.model_dump(mode="json") for slip in found]}

    slots = [number * spec.trials + trial for number in by_number for trial in range(spec.trials)]
    again = {slot for slot, verdict in _verdicts(journal).items() if verdict.blame is Blame.PROVIDER}
    await each(Shard(run=spec.run, domain=spec.domain, first=0, last=1), journal, _STAGE, slots, work, again)


def _silence(journal: Journal) -> str | None:
    """Why no dialogue took place, if it is that nobody answers: that is for the user to mend, not for the record."""
    verdicts = [*_verdicts(journal).values()]
    if all(verdict.blame is Blame.PROVIDER for verdict in verdicts):
        return f"no dialogue took place: {verdicts[0].findings[0].detail}"
    return None


def _verdicts(journal: Journal) -> dict[int, Verdict]:
    return {slot: Verdict.model_validate(played["verdict"]) for slot, played in journal.stage(_STAGE).items()}


def _rows(at: Studio, spec: EvaluateSpec, cases: list[Case], journal: Journal) -> Iterator[tuple[str, Row]]:
    """All that was played: the scenarios with their checkers, every trial of them, and the calls that were made."""
    by_number = {case.number: case for case in cases}
    for case in cases:
        yield from rollout_rows(case.scenario, case.number * spec.trials, case.source)
    for slot, played in journal.stage(_STAGE).items():
        case, verdict = by_number[slot // spec.trials], Verdict.model_validate(played["verdict"])
        checker_id, asked_by = checker_id_of(case.scenario, case.source), f"{spec.run_id} {slot % spec.trials}"
        rows = [*dialogue_rows(spec.run, slot, checker_id, played, verdict, None, spec.generation, asked_by)]
        yield from rows
        for slip in played["slips"]:
            told = {"dialogue_id": rows[0][1]["dialogue_id"], "source": "conduct", "blame": Blame.USER}
            yield "findings", {**told, **slip}
        yield from (("llm_calls", row) for row in call_rows(_STAGE, slot, played))


def _record_scores(warehouse: Warehouse, spec: EvaluateSpec, left_out: int, started_at: datetime) -> None:
    """Record pass^k, counted in the warehouse, the model, and that the run is finished, in one commit."""
    with Catalog(warehouse) as catalog:
        rows = evaluation_rows(scored(catalog, spec.run_id), spec.trials)
    told = {"generation": spec.generation, "seed": spec.run.seed, "trials": spec.trials}
    who = {"model_id": spec.model_id, "user_model": spec.user, "split": spec.split, "created_at": datetime.now(UTC)}
    tables: dict[str, list[Row]] = {
        "evaluations": [{**who, **told, **row} for row in rows],
        "runs": [_run_row(spec, "finished", started_at, left_out=left_out)],
    }
    with registry(warehouse, spec.domain):
        if spec.assistant not in IDLE:
            known = known_model(warehouse, spec.domain, spec.model_id, spec.assistant)
            metrics = {**known.metrics, "pass_1": rows[0]["pass_k"], "evaluated_in": spec.run_id}
            tables["models"] = model_rows(known.model_copy(update={"metrics": metrics}))
        publish(warehouse, f"{spec.run_id}-finished", spec.run_id, spec.domain, tables)


def _record_run(
    warehouse: Warehouse, spec: EvaluateSpec, state: str, started_at: datetime, reason: str | None = None
) -> None:
    name = f"{spec.run_id}-{state}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    row = _run_row(spec, state, started_at, reason)
    publish(warehouse, name, spec.run_id, spec.domain, {"runs": [row]})


def _run_row(
    spec: EvaluateSpec, state: str, started_at: datetime, reason: str | None = None, left_out: int | None = None
) -> Row:
    now = datetime.now(UTC)
    return {
        "kind": "evaluate",
        "generation": spec.generation,
        "seed": spec.run.seed,
        "count": spec.count,
        "plans": None,
        "model": spec.assistant,
        "user_model": spec.user,
        "started_at": started_at,
        "finished_at": None if state == "running" else now,
        "state": state,
        "reason": reason,
        "result": {"trials": spec.trials, "split": spec.split, "left_out": left_out},
        "recorded_at": now,
    }
