"""Planning: the plans of a run's domain, written one after another, each on disk before the next is asked for."""

from tasks.progress import announce
from tasks.spec import RunSpec
from tasks.studio import studio
from tasks.work import Entry, entry, open_journal, seed_of, stop_if_spent
from turnwright.agents.planner import placed, write_plan
from turnwright.errors import Failure
from turnwright.llm.role import Ledger
from turnwright.scenario import Plan
from turnwright.verdict import Blame
from warehouse.journal import Journal


def plans_name(run: RunSpec, domain: str) -> str:
    """The name of the journal and the commit of a domain's plans."""
    return f"{run.run_id}-{domain}-plans"


async def write_plans(run: RunSpec, domain: str) -> int:
    """Write what is missing of the domain's plans; gives how many there are. One that cannot be had is recorded.

    Raises:
        Failure: if there is none at all.
        BudgetSpent: once the run's budget is spent.
    """
    with open_journal(plans_name(run, domain)) as journal:
        for number in range(run.planned(domain)):
            if not journal.has("plan", number):
                stop_if_spent()
                await journal.write("plan", number, await _one_more(run, domain, number, plans_of(journal)))
                announce(domain, "plan")
        plans, entries = plans_of(journal), journal.stage("plan")
    if not plans:
        forget_run(run)  # so that the same command asks again
        raise Failure(Blame.TASK, f"no plan could be written: {entries[0]['reason']}")
    return len(plans)


async def _one_more(run: RunSpec, domain: str, number: int, written: list[Plan]) -> Entry:
    at, ledger = studio(), Ledger()
    if number < len(proven := at.generations[domain].plans):
        made = placed(proven[number], run.run_id, domain).model_copy(
            update={"parent": proven[number].plan_id, "round": proven[number].round}
        )
        return entry(ledger, plan=made.model_dump(mode="json"))
    try:
        role, seed = at.roles[domain]["planner"], seed_of(run, domain, number, "plan")
        made = await write_plan(role, ledger, seed, at.domains[domain], written, run.run_id)
    except Failure as failure:
        if failure.blame is Blame.PROVIDER and not written:
            raise  # nobody answers: that is for the user to mend, not for the record
        return entry(ledger, plan=None, reason=failure.reason, blame=failure.blame)
    return entry(ledger, plan=made.model_dump(mode="json"))


def forget_run(run: RunSpec) -> None:
    """Remove the journals of a run whose shards are all published: the plans', and what a killed process left."""
    for journal in studio().warehouse.journal.glob(f"{run.run_id}-*.jsonl"):
        journal.unlink()


def plans_of(journal: Journal) -> list[Plan]:
    """The plans in a journal, in the order of their writing."""
    return [Plan.model_validate(found["plan"]) for found in journal.stage("plan").values() if found["plan"]]
