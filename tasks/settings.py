"""Settings: `turnwright.toml` in the folder where one works: what `generate` is asked where no flag says otherwise.

Its keys are the flags of `turnwright generate`, with underscores; a table `[roles.NAME]` says how one role is asked.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tasks.spec import RoleSettings
from turnwright.errors import BadInput

FILE = Path("turnwright.toml")


def settings(known: Iterable[str], file: Path = FILE) -> dict[str, Any]:
    """What the file says, all of it among the `known` names and `roles`; nothing if there is none.

    Raises:
        BadInput: naming what is wrong in it.
    """
    try:
        said = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # a TOMLDecodeError or a wrong encoding is a ValueError
        raise BadInput(f"{file} cannot be read: {error}") from error
    unknown = sorted(said.keys() - {*known, "roles"})
    if unknown:
        raise BadInput(f"{file} has unknown settings: {', '.join(unknown)}; known: roles, {', '.join(sorted(known))}")
    if "roles" in said:
        _check_roles(said["roles"], file)
    return said


def _check_roles(roles: Any, file: Path) -> None:
    try:
        for asked in roles.values():
            RoleSettings.model_validate(asked)
    except (ValidationError, AttributeError) as error:
        first = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else {"loc": (), "msg": ""}
        named = ".".join(map(str, first["loc"]))
        raise BadInput(f"{file}: roles: {named}: {first['msg'] or 'a table [roles.NAME] is expected'}") from error
