"""Ask: a role answers one question, with tools if it is given any, and is corrected if its reply is not usable."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from turnwright.dialogue import Executed
from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply, Wire, answered, called, said
from turnwright.llm.role import Ledger, Role
from turnwright.tool import Tool, schemas
from turnwright.verdict import Blame
from turnwright.world import World

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

Reader = Callable[[str], Awaitable[T]]
"""Turns a reply into what was asked for; raises ValueError with words that the model can act on."""


class TooManyCalls(Exception):
    """A role goes on and on."""


@dataclass
class Bench:
    """A live world and the tools of it that a role may use while it works; keeps every call made."""

    world: World
    tools: list[Tool]
    limit: int = 40
    """Calls after which the work counts as failed."""
    calls: list[Executed] = field(default_factory=list[Executed])

    def execute(self, reply: ChatReply) -> list[Wire]:
        """Run the calls of a reply; gives the messages that the model sees next.

        Raises:
            TooManyCalls: before any of them is run.
        """
        if len(self.calls) + len(reply.tool_calls) > self.limit:
            raise TooManyCalls(f"more than {self.limit} tool calls without an answer")
        allowed = {tool.name for tool in self.tools}
        done = [
            self.world.call(self.world.domain.side_of(call.tool), call)
            if call.tool in allowed
            else Executed(id=call.id, tool=call.tool, arguments=call.arguments, error="this tool is not at hand here")
            for call in reply.tool_calls
        ]
        self.calls.extend(done)
        return [called(reply.content, reply.tool_calls), *answered(done)]


async def ask(
    role: Role,
    ledger: Ledger,
    seed: int,
    read: Reader[T],
    blame: Blame,
    context: dict[str, Any],
    bench: Bench | None = None,
    shape: type[BaseModel] | None = None,
) -> T:
    """Ask `role` until its reply can be read, showing it what was wrong with the one before.

    `shape` is what the reply is to look like; a server that can is told so where the role's settings say it.

    Raises:
        Failure: with `blame`, if no reply was usable; blamed on PROVIDER, if there was none.
    """
    messages = role.template.render(**context)
    tools = schemas(bench.tools) if bench else []
    refusals = 0
    while True:
        reply = await ledger.chat(role, messages, tools, seed, shape and _schema(shape))
        if reply.tool_calls and bench:
            messages += _worked(role, bench, reply, blame)
            continue
        try:
            return await read(reply.content)
        except ValueError as error:
            ledger.reject_last()
            refusals += 1
            if refusals >= role.attempts:
                raise Failure(blame, f"{role.name} gave no usable reply: {error}") from error
            messages += [said("assistant", reply.content), said("user", _correction(error))]


def _worked(role: Role, bench: Bench, reply: ChatReply, blame: Blame) -> list[Wire]:
    try:
        return bench.execute(reply)
    except TooManyCalls as error:
        raise Failure(blame, f"{role.name} made {error}") from error


def _correction(error: ValueError) -> str:
    return f"That reply cannot be used: {error}\nSend the whole reply again, corrected, and nothing else."


_FENCED = re.compile(r"```(?:\w+)?\s*\n(.*?)```", re.DOTALL)


def json_of(model: type[M]) -> Reader[M]:
    """Reads a JSON object of this shape, fenced or bare, with or without words around it."""

    async def read(content: str) -> M:
        fenced = _FENCED.findall(content)
        text = fenced[-1] if fenced else content[content.find("{") : content.rfind("}") + 1]
        if not text.strip():
            raise ValueError("there is no JSON object in it")
        try:
            return model.model_validate(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise ValueError(f"its JSON does not parse: {error}") from error
        except ValidationError as error:
            raise ValueError("; ".join(_field_errors(error))) from error

    return read


@cache
def _schema(shape: type[BaseModel]) -> dict[str, Any]:
    return shape.model_json_schema()


def _field_errors(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False)[:5]]


def source_code(content: str) -> str:
    """The program in a reply: the last fenced block, or the whole reply if nothing is fenced.

    Raises:
        ValueError: if there is none.
    """
    fenced = _FENCED.findall(content)
    source = (fenced[-1] if fenced else content).strip()
    if not source:
        raise ValueError("there is no program in it")
    return source + "\n"
