"""What `turnwright serve` serves: `python -m deployments.nightly WAREHOUSE`.

Flows are deployed by module: loaded by file, Prefect would import their folder's classes a second time.
"""

import asyncio
import contextlib
import signal
import sys
from datetime import timedelta

from prefect import aserve
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.events import AutomationCore, EventTrigger, Posture, RunDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from domains import DOMAINS
from flows.evaluate_models import evaluate_models
from flows.evolve_prompts import approve_generation, evolve_prompts
from flows.generate_corpus import generate_corpus
from flows.run_nightly import run_nightly
from flows.train_agent import train_agent
from tasks.models import EMBEDDED
from tasks.monitoring import FELL

AUTOMATION = "Evolve when a pass rate falls"
NIGHTLY = Cron("0 2 * * *", timezone="UTC")
CUT_OFF = FlowRunFilter(
    deployment_id=FlowRunFilterDeploymentId(is_null_=False),
    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])),
)


async def main(warehouse: str) -> None:
    """Serve until SIGINT, then pause the schedule; the next start resumes it."""
    await release_cut_off_runs()
    served = asyncio.create_task(_automate())
    parameters = {"domains": sorted(DOMAINS), "warehouse": warehouse}
    await aserve(
        await generate_corpus.ato_deployment(
            name="on-demand",
            description="Generate a corpus now: fill in the form and run it.",
            parameters=parameters,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        await run_nightly.ato_deployment(
            name="nightly",
            description="One corpus a night over all domains, with the date as its seed.",
            parameters=parameters,
            schedule=NIGHTLY,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        await evolve_prompts.ato_deployment(
            name="evolve",
            description="Improve the prompts of one domain, and keep only what is better beyond noise.",
            parameters={"domain": min(DOMAINS), "warehouse": warehouse},
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        await approve_generation.ato_deployment(
            name="approve",
            description="Put a candidate to work that an evolution left waiting, or refuse it.",
            parameters={"domain": min(DOMAINS), "warehouse": warehouse},
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        await train_agent.ato_deployment(
            name="train",
            description="Train the assistant and the user model on what passed; a folder has one training.",
            parameters={**parameters, "preset": "tiny", "stages": ["sft", "user-model"]},
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        await evaluate_models.ato_deployment(
            name="evaluate",
            description="Let models play the held-out scenarios of a domain: pass^k with intervals.",
            parameters={"domain": min(DOMAINS), "assistants": [EMBEDDED], "warehouse": warehouse},
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        print_starting_message=False,
    )
    await served


async def _automate() -> None:
    """Have an evolution begin when a pass rate falls, once the deployment is there."""
    async with get_client() as client:
        while True:
            try:
                deployment = await client.read_deployment_by_name("evolve-prompts/evolve")
                break
            except ObjectNotFound:
                await asyncio.sleep(0.5)
        if not await client.read_automations_by_name(AUTOMATION):
            domain = {"__prefect_kind": "jinja", "template": "{{ event.payload.domain }}"}
            action = RunDeployment(
                source="selected", deployment_id=deployment.id, parameters={"domain": domain}, job_variables=None
            )
            trigger = EventTrigger(expect={FELL}, posture=Posture.Reactive, threshold=1, within=timedelta(0))
            await client.create_automation(AutomationCore(name=AUTOMATION, trigger=trigger, actions=[action]))


async def release_cut_off_runs() -> None:
    """Mark as crashed what still counts as running though its process is gone: only then can it be retried."""
    async with get_client() as client:
        for run in await client.read_flow_runs(flow_run_filter=CUT_OFF):
            state = Crashed(message="The process that ran it was killed. Retry it: what is finished is not done again.")
            await client.set_flow_run_state(run.id, state, force=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background process may have inherited "ignore"
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
