"""Tool: a typed function over a World, READ or WRITE, with the schema that a model sees."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from turnwright.database import freeze


class ToolError(Exception):
    """The tool refuses; its words are the call's answer."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function of a domain as a model may call it."""

    name: str
    writes: bool
    ends: bool
    """Whether calling it hands the dialogue over to a human."""
    schema: dict[str, Any]
    """The function in the OpenAI tools format."""
    arguments: type[BaseModel]
    function: Callable[..., Any]

    def run(self, world: Any, arguments: Mapping[str, Any]) -> Any:
        """Call it on a world.

        Raises:
            ToolError: if the arguments do not fit, or the tool refuses.
        """
        try:
            given = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise ToolError(_first_line(error)) from error
        return freeze(self.function(world, **dict(given)))


def _first_line(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'arguments'}: {first['msg']}"


def _tool(function: Callable[..., Any], *, writes: bool, ends: bool = False) -> Tool:
    """Make a tool of `function(world, ...)`: its name, docstring and annotations are the schema.

    Parameters are annotated `Annotated[type, "what it is"]`; types are checked strictly, as JSON gives them.
    """
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        words = next((note for note in getattr(hints[name], "__metadata__", ()) if isinstance(note, str)), None)
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hints[name], Field(default, description=words))
    arguments = create_model(function.__name__, __config__=ConfigDict(extra="forbid", strict=True), **fields)
    parameters = arguments.model_json_schema()
    parameters.pop("title", None)
    for described in parameters.get("properties", {}).values():
        described.pop("title", None)
    schema = {
        "type": "function",
        "function": {
            "name": function.__name__,
            "description": inspect.getdoc(function) or "",
            "parameters": parameters,
        },
    }
    return Tool(function.__name__, writes, ends, schema, arguments, function)


reads = partial(_tool, writes=False)
"""Decorator: a tool that only looks."""
writes = partial(_tool, writes=True)
"""Decorator: a tool that changes something."""
hands_over = partial(_tool, writes=True, ends=True)
"""Decorator: the tool that ends the dialogue by handing it to a human."""


def toolbox(*tools: Tool) -> dict[str, Tool]:
    """Tools by name."""
    return {tool.name: tool for tool in tools}


def schemas(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """The tools as a model sees them."""
    return [tool.schema for tool in tools]
