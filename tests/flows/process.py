"""Process: `turnwright` as its user runs it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

_OURS = ("PREFECT_", "TURNWRIGHT_", "OPENAI_")


def start(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start it, its output to be read, in this environment and what it takes from ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=inherited | dict(environ or {}), stdout=pipe, stderr=pipe, text=True)


def turnwright(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run it; gives its status and what it printed to stdout and to stderr."""
    with start(arguments, environ) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err
