"""A Prefect API server for the length of one command: `python -m cli.prefect_server [SOCKET_FD]`.

It serves on a socket it is given and ends, once all it was told is stored, when its standard input ends or says so.
Without a socket it only prepares the database template that later homes start from.
"""

import asyncio
import contextlib
import os
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database import provide_database_interface
from prefect.server.utilities.messaging.memory import METRICS
from prefect.settings import get_current_settings

from cli.prefect_env import template

DRAIN_S = 5.0
POLL_S = 0.05


def main() -> None:
    prepare_database()
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))


def prepare_database() -> None:
    """Migrate the home's database if there is none yet, and keep an empty copy for the homes to come."""
    database = get_current_settings().home / "prefect.db"
    if database.exists():
        return
    asyncio.run(provide_database_interface().create_db())
    if database.exists():
        with contextlib.suppress(OSError):  # an environment that cannot be written to does without
            _keep(database, template())


def serve(listener: socket.socket) -> None:
    """Answer on `listener` until told to stop."""
    config = uvicorn.Config(create_app(ephemeral=True, final=True), log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    threading.Thread(target=_stop_when_told, args=[server], daemon=True).start()
    server.run(sockets=[listener])
    os._exit(0)  # everything is stored by now, and the interpreter would take another second to tidy up


def _stop_when_told(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read(1)
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and _busy(server):
        time.sleep(POLL_S)
    server.should_exit = True


def _busy(server: uvicorn.Server) -> bool:
    """Task runs arrive as events and are stored one by one; a server that stops earlier loses the last of them."""
    events = METRICS["events"]
    return bool(server.server_state.connections) or events["consumed"] < events["published"]


def _keep(database: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    copy = kept.with_suffix(f".{os.getpid()}.tmp")
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(kept)


if __name__ == "__main__":
    main()
