"""Trying: calls of any tool of a domain, sensible and senseless, and what holds after each of them whatever it was."""

from collections.abc import Mapping
from typing import Any, get_args

from hypothesis import strategies as st

from turnwright.dialogue import Executed, ToolCall
from turnwright.tool import Tool
from turnwright.world import Domain, World

GARBAGE = st.sampled_from(["", "#O-0", "u_0", "555-0000", "ä", None, 7, -1, 1.5, True, [], {}])
Called = tuple[Tool, dict[str, Any]]


def calls(domain: Domain, known: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Called]:
    """Calls of every tool of both sides; `known` has sensible values by the name of an argument, a fifth is garbage."""
    tools = st.sampled_from([*domain.tools.values(), *domain.user_tools.values()])
    return tools.flatmap(lambda tool: st.tuples(st.just(tool), _arguments(tool, known)))


def _arguments(tool: Tool, known: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def argument(name: str, annotation: Any) -> st.SearchStrategy[Any]:
        sensible = known[name] if name in known else st.sampled_from(get_args(annotation))
        return st.one_of(*[sensible] * 4, GARBAGE)

    fields = tool.arguments.model_fields.items()
    return st.fixed_dictionaries({name: argument(name, field.annotation) for name, field in fields})


def tried(world: World, called: Called) -> Executed:
    """What came of a call: an answer in any case, and no change if it was refused or only looked."""
    tool, arguments = called
    before, side = world.changes(), world.domain.side_of(tool.name)
    done = world.call(side, ToolCall(id="c", tool=tool.name, arguments=arguments))
    assert done.side is side
    assert done.writes is tool.writes
    assert (done.error is None) or done.error.strip()
    if done.error is not None or not tool.writes:
        assert world.changes() == before
    return done


def changed_rows(world: World, table: str) -> list[Any]:
    """The rows of a table that are not as they were at the start, and what was booked as it is settled."""
    changed = {path.partition("/")[2]: row for path, row in world.changes().items() if path.startswith(f"{table}/")}
    rows = [world.get(table, key) or {name: after for name, (_, after) in row.items()} for key, row in changed.items()]
    return [row for row in rows if any(value is not None for value in row.values())]
