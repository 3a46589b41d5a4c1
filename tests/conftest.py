"""What all tests share: no way out to the network, the shop, generation 0, a tiny domain (a bicycle kiosk), and
a small corpus."""

import ipaddress
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from filelock import FileLock
from hypothesis import settings

from domains import load as load_domain
from prompts import GENERATION_0, Generation, load
from turnwright.database import Database
from turnwright.llm.role import Role
from turnwright.llm.scripted import ScriptedClient
from turnwright.scenario import Draft, Evaluation, Plan, Request, Scenario, Synthesis
from turnwright.tool import ToolError, hands_over, reads, toolbox, writes
from turnwright.world import Domain, World
from warehouse.store import Warehouse

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: what is quick fills the gaps between processes in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def _local(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _local(host):
        raise NetworkRefused(f"tests do not leave this machine: {event} {host!r}")


sys.addaudithook(_stay_here)


@pytest.fixture(scope="session")
def shop() -> Domain:
    return load_domain("shop")


@pytest.fixture(scope="session")
def generation() -> Generation:
    return load(GENERATION_0)


RoleOf = Callable[..., Role]


@pytest.fixture(scope="session")
def role_of(generation: Generation) -> RoleOf:
    """A role of generation 0, played by a script."""

    def make(client: ScriptedClient, name: str = "planner", attempts: int = 2) -> Role:
        return Role(name, "scripted/model", client, generation.prompts[name], 0.5, attempts)

    return make


BIKES = {
    "b-1": {"bike_id": "b-1", "color": "red", "state": "in", "gears": [1, 3], "lock": {"code": "77"}},
    "b-2": {"bike_id": "b-2", "color": "red", "state": "out", "gears": [1], "lock": {"code": "12"}},
    "b-3": {"bike_id": "b-3", "color": "blue", "state": "in", "gears": [], "lock": {"code": "31"}},
}


@reads
def find_bikes(world: World, color: Annotated[str, "color of the frame"]) -> list[dict[str, Any]]:
    """Find bikes by their color."""
    return [*world.find("bikes", "color", color)]


@writes
def hire(
    world: World,
    bike_id: Annotated[str, "id of the bike"],
    hours: Annotated[int, "for how long"] = 1,
    extras: Annotated[list[str] | None, "what goes with it"] = None,
) -> dict[str, Any]:
    """Hire out a bike, at most for 8 hours."""
    bike = world.update("bikes", bike_id, state="out")
    hire_id = world.new_id("hires", "h-")
    world.insert("hires", hire_id, {"hire_id": hire_id, "hours": hours, "extras": extras or []})
    if hours > 8:
        raise ToolError("at most 8 hours")
    return {"hire_id": hire_id, "price": 4.5 * hours, "lock": bike["lock"]}


@writes
def weigh(world: World, bike_id: str, kilos: float, loaded: bool = False) -> None:
    """Note the weight of a bike."""
    world.update("bikes", bike_id, kilos=kilos, loaded=loaded)


@writes
def jam(world: World) -> None:
    """A broken tool: it stops half way."""
    world.update("bikes", "b-1", state="jammed")
    raise LookupError("no spanner")


@hands_over
def call_staff(world: World, reason: Annotated[Literal["lost", "broken"], "why"]) -> dict[str, Any]:
    """Hand over to the staff."""
    return {"called": reason}


@writes
def open_lock(world: World, bike_id: str, code: str) -> str:
    """Open the lock of the bike in front of you."""
    bike = world.get("bikes", bike_id)
    if bike is None or bike["lock"]["code"] != code:
        raise ToolError("the lock does not open")
    world.update("bikes", bike_id, state="unlocked")
    return "open"


@pytest.fixture(scope="session")
def kiosk() -> Domain:
    return Domain(
        name="kiosk",
        now=datetime(2026, 6, 15, 10, 0),
        policy="# Kiosk\n\n## Hire\nHire out what is in.",
        families={"hire": "The user hires a bike.", "return": "The user brings a bike back."},
        styles={"terse": "Few words.", "chatty": "Many words."},
        twists={"wrong_color": "The user names a wrong color first.", "late": "The user is late."},
        database=Database({"bikes": BIKES, "hires": {}}, {"bikes": ["color", "state"]}),
        tools=toolbox(find_bikes, hire, weigh, jam, call_staff),
        rules=lambda world, turns: [],
        customers={"train": ("c-1",), "test": ()},
        customer=lambda world, key: {"user": key},
        reserved_cells=frozenset({("hire", "late+terse"), ("return", "late+wrong_color+chatty")}),
        test_file=Path("none.json"),
        user_tools=toolbox(open_lock),
    )


@pytest.fixture(scope="session")
def plan() -> Plan:
    synthesis = Synthesis(
        summary="A terse user hires a red bike", family="hire", tier=1, tool_patterns=("hire",), user_style="terse"
    )
    evaluation = Evaluation(rubrics=("The bike is hired",), failure_codes=("WRONG_BIKE",))
    return Plan(synthesis=synthesis, evaluation=evaluation, plan_id="p-1", domain="kiosk")


@pytest.fixture(scope="session")
def draft() -> Draft:
    return Draft(
        persona="Ann, short of time.",
        goal="You want a red bike for two hours.",
        opening="A red bike, please.",
        knows={"color": "red"},
        does_not_know=("bike_id",),
        requests=(Request(action="hire", details={"bike_id": "b-1", "hours": 2}),),
    )


@pytest.fixture(scope="session")
def scenario(plan: Plan, draft: Draft) -> Scenario:
    place = {"scenario_id": "s-1", "plan_id": "p-1", "domain": "kiosk", "family": "hire", "variant": "terse", "tier": 1}
    return Scenario.model_validate(
        {**place, "split": "train", **draft.model_dump(), "reference": (), "ending": "INFORMED", "facts": ()}
    )


@pytest.fixture(scope="session")
async def corpus(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Warehouse:
    """What `turnwright generate` makes of 60 slots over all domains; made once for all processes, and only read."""
    from corpus import generated  # noqa: PLC0415 (Prefect takes seconds to import, and few tests need it)

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "corpus"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            made = await generated(folder.with_suffix(".part"))
            made.root.rename(folder)
    return Warehouse.open(folder, create=False)
