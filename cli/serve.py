"""`turnwright serve`: a local Prefect server with its UI, and beside it the process that runs our deployments."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.prefect_env import HOST, RunningServer, healthy, home, running_server, seed, server_file, settings
from turnwright.errors import BadInput
from warehouse.store import Warehouse

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 15
POLL_S = 0.2

Child = subprocess.Popen[bytes]


class ServingFailed(Exception):
    """A process that serving needs did not come up, or ended by itself."""


def serve(warehouse: Path, port: int) -> int:
    """Serve `warehouse` on `port` of this machine until Ctrl-C or SIGTERM (returns 0) or until a child dies (1).

    Raises:
        BadInput: when the port is taken, the warehouse is being served already, or the folder cannot be one.
    """
    Warehouse.open(warehouse, create=True)
    _refuse_what_is_taken(warehouse, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as stack:
            children = _start(warehouse, RunningServer(port=port, pid=os.getpid()), stack)
            while True:
                _check(children)
                time.sleep(POLL_S)
    except KeyboardInterrupt:
        return 0
    except ServingFailed as failure:
        _say(str(failure))
        return 1


def _refuse_what_is_taken(warehouse: Path, port: int) -> None:
    if server := running_server(warehouse):
        raise BadInput(f"{warehouse} is already being served at {server.url} by process {server.pid}; stop that first")
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise BadInput(f"cannot serve on port {port}: {error.strerror}; choose a free one with --port") from error


def _start(warehouse: Path, server: RunningServer, stack: contextlib.ExitStack) -> dict[str, Child]:
    """Start the server, then the deployments; `stack` stops them in the opposite order."""
    seed(home(warehouse))
    env = _environment(warehouse, server)
    started = datetime.now(UTC)
    children: dict[str, Child] = {}

    command = ["prefect", "server", "start", "--host", HOST, "--port", str(server.port)]
    children["the Prefect server"] = stack.enter_context(_child(command, env, signal.SIGTERM))
    _wait_until(lambda: healthy(server.port), children)
    stack.enter_context(_announced(warehouse, server))

    # By SIGINT, since on SIGTERM Prefect 3.8.8 ends without pausing its schedules.
    command = ["deployments.nightly", str(warehouse.resolve())]
    children["the deployments' process"] = stack.enter_context(_child(command, env, signal.SIGINT))
    _wait_until(lambda: bool(_served_since(started, server)), children)

    _say(f"Prefect UI: {server.url}")
    _say(f"Deployments: {', '.join(_served_since(started, server))}")
    _say("Stop with Ctrl-C.")
    return children


def _environment(warehouse: Path, server: RunningServer) -> dict[str, str]:
    """What the children see: unlike a command, a server has nobody else to report its errors, so it prints them."""
    return {
        **settings(warehouse),
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR",
        **os.environ,
        "PREFECT_API_URL": f"{server.url}/api",
        "PREFECT_UI_API_URL": f"{server.url}/api",
    }


@contextlib.contextmanager
def _child(
    module_and_arguments: list[str], env: dict[str, str], stop_by: signal.Signals
) -> Generator[Child, None, None]:
    """A process that leaves nothing behind: it leads a group of its own, whose remains are killed in the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", *module_and_arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        _stop(child, stop_by)


def _stop(child: Child, by: signal.Signals) -> None:
    child.send_signal(by)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(STOP_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextlib.contextmanager
def _announced(warehouse: Path, server: RunningServer) -> Generator[None, None, None]:
    """Let other commands find the server while it runs."""
    file = server_file(warehouse)
    file.write_text(server.model_dump_json())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _wait_until(ready: Callable[[], bool], children: dict[str, Child]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        _check(children)
        if time.monotonic() > deadline:
            raise ServingFailed(f"{list(children)[-1]} was not ready after {START_TIMEOUT_S} s")
        time.sleep(POLL_S)


def _check(children: dict[str, Child]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise ServingFailed(f"{name} ended with exit status {child.returncode}")


def _served_since(started: datetime, server: RunningServer) -> list[str]:
    """The deployments that a process has asked work for since `started`, as `flow/deployment`."""
    flows = {flow["id"]: flow["name"] for flow in _all("flows", server)}
    return sorted(
        f"{flows[deployment['flow_id']]}/{deployment['name']}"
        for deployment in _all("deployments", server)
        if deployment["last_polled"] and datetime.fromisoformat(deployment["last_polled"]) >= started
    )


def _all(kind: str, server: RunningServer) -> list[dict[str, Any]]:
    url = f"{server.url}/api/{kind}/filter"
    request = urllib.request.Request(url, b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=START_TIMEOUT_S) as reply:
        return json.load(reply)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
