"""The Prefect a command finds: settings, the server of a running `turnwright serve`, or else a temporary server.

Nothing here imports Prefect, so that all of it can happen before Prefect is imported and reads its settings.
"""

import atexit
import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from turnwright.record import Record
from warehouse.durable import reporting

HOST = "127.0.0.1"
HEALTH_TIMEOUT_S = 0.3
STOP_TIMEOUT_S = 10


class RunningServer(Record):
    """What `turnwright serve` leaves in its warehouse while it runs."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def configure(warehouse: Path) -> None:
    """Set the environment so that Prefect, imported later, works under `warehouse`; what the user has set wins.

    Flows then report to a running `turnwright serve` of this warehouse, or else to a temporary server that ends with
    this process. Whoever has set PREFECT_HOME or PREFECT_API_URL has chosen a server: no temporary one is started.
    """
    choose_server = not {"PREFECT_HOME", "PREFECT_API_URL"} & os.environ.keys()
    for name, value in settings(warehouse).items():
        os.environ.setdefault(name, value)
    _make_home(Path(os.environ["PREFECT_HOME"]))
    if server := running_server(warehouse):
        os.environ.setdefault("PREFECT_API_URL", f"{server.url}/api")
    elif choose_server:
        os.environ["PREFECT_API_URL"] = _start_temporary_server(home(warehouse))


def settings(warehouse: Path) -> dict[str, str]:
    """Prefect's settings for work in `warehouse`; results follow PREFECT_HOME.

    The console is silent because a command reports its own failures; what flows log is kept for the UI all the same.
    """
    return {
        "PREFECT_HOME": str(home(warehouse)),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "turnwright",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_API_REQUEST_TIMEOUT": "120",
    }


def home(warehouse: Path) -> Path:
    """Prefect's home under `warehouse`."""
    return warehouse.resolve() / "prefect"


def server_file(warehouse: Path) -> Path:
    """Where a running `turnwright serve` says how to reach it."""
    return home(warehouse) / "server.json"


def running_server(warehouse: Path) -> RunningServer | None:
    """The server that `turnwright serve` runs for `warehouse` right now; a file left by a killed one does not count."""
    try:
        server = RunningServer.model_validate_json(server_file(warehouse).read_bytes())
        os.kill(server.pid, 0)
    except (OSError, ValidationError):
        return None
    return server if healthy(server.port) else None


def healthy(port: int) -> bool:
    """Whether a Prefect API answers at `port` of this machine."""
    connection = http.client.HTTPConnection(HOST, port, timeout=HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def template() -> Path:
    """An empty, migrated database of the installed Prefect; the first server that had to migrate leaves it here."""
    return Path(sys.prefix) / "share" / "turnwright" / f"prefect-{version('prefect')}.db"


def seed(folder: Path) -> None:
    """Make `folder` a Prefect home; where a template exists its database starts migrated, which saves seconds."""
    _make_home(folder)
    if template().exists() and not (folder / "prefect.db").exists():
        copy = folder / f"prefect.{os.getpid()}.tmp"
        shutil.copyfile(template(), copy)
        with contextlib.suppress(FileExistsError):
            os.link(copy, folder / "prefect.db")
        copy.unlink()


def _make_home(folder: Path) -> None:
    with reporting(f"Prefect cannot keep its state in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)


def _start_temporary_server(folder: Path) -> str:
    """Start it beside this process's own imports and return its API's URL.

    Its socket is open from the start: whoever connects before it is up waits instead of failing, and no port is
    guessed. It ends when its standard input does, so a killed command leaves no server behind.
    """
    seed(folder)
    with socket.create_server((HOST, 0)) as listener:
        child = subprocess.Popen(
            [sys.executable, "-m", "cli.prefect_server", str(listener.fileno())],
            env=os.environ
            | {
                "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
                "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        atexit.register(_stop, child)
        return f"http://{HOST}:{listener.getsockname()[1]}/api"


def _stop(child: subprocess.Popen[bytes]) -> None:
    try:
        child.communicate(b"stop", timeout=STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
