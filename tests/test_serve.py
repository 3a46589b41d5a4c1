"""`turnwright serve` as a user meets it: the real server in an empty home, and nothing left of it afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from cli.prefect_env import running_server
from deployments.nightly import AUTOMATION
from tasks.monitoring import FELL

START_S = 60
STOP_S = 20


@dataclass
class Serving:
    """A `turnwright serve` that is up, and the lines it printed until then."""

    process: subprocess.Popen[str]
    warehouse: Path
    port: int
    printed: list[str]

    def ask(self, path: str, body: Any = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data,
            {"Content-Type": "application/json", "Accept": "text/html, application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read().decode()


def start(warehouse: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from cli.main import main; main()", "serve", "--port", str(port)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen([*command, "--warehouse", str(warehouse)], env=env, stderr=subprocess.PIPE, text=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def eventually(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + START_S
    while not (value := found()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return value


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    warehouse, port = tmp_path_factory.mktemp("serve"), free_port()
    with start(warehouse, port) as process:
        assert process.stderr
        printed: list[str] = []
        while line := process.stderr.readline():
            printed.append(line.strip())
            if "Ctrl-C" in line:
                break
        yield Serving(process, warehouse, port, printed)
        process.terminate()


def test_serve_says_where_the_ui_is_and_what_is_deployed(serving: Serving) -> None:
    assert serving.printed == [
        f"Prefect UI: http://127.0.0.1:{serving.port}",
        "Deployments: approve-generation/approve, evaluate-models/evaluate, evolve-prompts/evolve, "
        "generate-corpus/on-demand, run-nightly/nightly, train-agent/train",
        "Stop with Ctrl-C.",
    ]


def test_the_ui_is_served_and_finds_its_api(serving: Serving) -> None:
    assert "<html" in serving.ask("/")
    assert json.loads(serving.ask("/ui-settings"))["api_url"] == f"http://127.0.0.1:{serving.port}/api"
    assert serving.ask("/api/health") == "true"


def test_the_form_is_typed_and_described(serving: Serving) -> None:
    deployment = json.loads(serving.ask("/api/deployments/name/generate-corpus/on-demand"))
    count = deployment["parameter_openapi_schema"]["properties"]["count"]
    assert (count["type"], count["default"]) == ("integer", 200)
    assert count["description"].startswith("How many")
    assert deployment["parameters"]["warehouse"] == str(serving.warehouse)


def test_a_run_is_planned_for_every_night(serving: Serving) -> None:
    scheduled = {
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "flows": {"name": {"any_": ["run-nightly"]}},
    }
    runs = eventually(lambda: json.loads(serving.ask("/api/flow_runs/filter", scheduled)))
    nights = [run["expected_start_time"] for run in runs]
    assert nights
    assert all(night.endswith("T02:00:00Z") for night in nights)
    assert len(set(nights)) == len(nights)


def test_an_evolution_begins_where_a_pass_rate_falls(serving: Serving) -> None:
    fell = {"event": FELL, "resource": {"prefect.resource.id": "turnwright.shop"}, "payload": {"domain": "shop"}}
    told = {"id": str(uuid4()), "occurred": datetime.now(UTC).isoformat()}
    known = {"automations": {"name": {"any_": [AUTOMATION]}}}
    assert eventually(lambda: json.loads(serving.ask("/api/automations/filter", known)))
    serving.ask("/api/events", [{**fell, **told}])
    evolving = {"flows": {"name": {"any_": ["evolve-prompts"]}}}
    (run,) = eventually(lambda: json.loads(serving.ask("/api/flow_runs/filter", evolving)))
    assert run["parameters"] == {"domain": "shop", "warehouse": str(serving.warehouse)}


def test_an_evaluation_leaves_what_it_came_to(serving: Serving) -> None:
    deployment = json.loads(serving.ask("/api/deployments/name/evaluate-models/evaluate"))
    asked = {"parameters": {"domain": "shop", "assistants": ["silent"], "count": 2, "trials": 1}}
    run = json.loads(serving.ask(f"/api/deployments/{deployment['id']}/create_flow_run", asked))
    path, left = f"/api/flow_runs/{run['id']}", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
    assert eventually(lambda: json.loads(serving.ask(path))["state_type"] == "COMPLETED")
    (artifact,) = json.loads(serving.ask("/api/artifacts/filter", left))
    assert artifact["description"] == "shop: pass^1 0.0 of silent, the user being embedded/teacher"
    assert "| 1 | 0.0 | 0.0 | 0." in artifact["data"]


def test_other_commands_find_the_server(serving: Serving) -> None:
    server = running_server(serving.warehouse)
    assert server
    assert (server.port, server.pid) == (serving.port, serving.process.pid)


@pytest.mark.parametrize("same", ["warehouse", "port"])
def test_what_is_taken_is_refused_in_one_line(serving: Serving, tmp_path: Path, same: str) -> None:
    second = start(
        serving.warehouse if same == "warehouse" else tmp_path, serving.port if same == "port" else free_port()
    )
    _, said = second.communicate(timeout=START_S)
    assert second.returncode == 2
    assert len(said.splitlines()) == 1
    assert str(serving.port) in said


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended: one that has stays in the table until its parent, or init, asks what it came to."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_nothing_is_left_behind(serving: Serving) -> None:
    begun = psutil.Process(serving.process.pid).children(recursive=True)
    assert len(begun) >= 2
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(STOP_S) == 0
    assert eventually(lambda: not any(map(runs, begun)))
    assert running_server(serving.warehouse) is None
