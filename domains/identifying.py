"""Identifying: how the tools of all domains find the one user whom somebody says to be."""

from turnwright.database import Row
from turnwright.tool import ToolError
from turnwright.world import World


def user_with_email(world: World, email: str) -> Row:
    """The user whose account has this email, however it is written.

    Raises:
        ToolError: if there is none.
    """
    found = world.find("users", "email", email.strip().lower())
    if not found:
        raise ToolError("no user with this email")
    return found[0]


def user_with_name(world: World, first_name: str, last_name: str, column: str, value: str) -> Row:
    """The user of this name, however it is written, with this value in an indexed column such as "birth_date".

    Raises:
        ToolError: if there is none.
    """
    wanted = (first_name.strip().lower(), last_name.strip().lower())
    for user in world.find("users", column, value.strip()):
        if (user["first_name"].lower(), user["last_name"].lower()) == wanted:
            return user
    raise ToolError(f"no user with this name and {'zip code' if column == 'zip' else column.replace('_', ' ')}")
