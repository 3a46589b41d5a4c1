"""A tiny domain (a lending library), scenarios of it with executed references, and one sandbox for all tests."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pytest

from checkers.sandbox import Sandbox
from turnwright.database import Database
from turnwright.dialogue import Side, ToolCall, Turn
from turnwright.scenario import Ending, Fact, Scenario
from turnwright.tool import ToolError, hands_over, reads, toolbox, writes
from turnwright.verdict import Finding
from turnwright.world import Domain, World

BOOKS = {
    "b-1": {"book_id": "b-1", "title": "Tides", "state": "in", "note": None},
    "b-2": {"book_id": "b-2", "title": "Moss", "state": "reserved", "note": None},
}


@reads
def find_book(world: World, title: Annotated[str, "title of the book"]) -> dict[str, Any]:
    """Find a book by its title."""
    found = world.find("books", "title", title)
    if not found:
        raise ToolError("no such book")
    return {**found[0]}


@writes
def lend_book(world: World, book_id: Annotated[str, "id of the book"]) -> dict[str, Any]:
    """Lend a book that is in, for a fee."""
    book = world.get("books", book_id)
    if book is None or book["state"] != "in":
        raise ToolError("this book cannot be lent")
    world.update("books", book_id, state="lent")
    loan_id = world.new_id("loans", "loan-")
    world.insert("loans", loan_id, {"loan_id": loan_id, "book_id": book_id, "fee": 2.5})
    return {"loan_id": loan_id, "fee": 2.5, "due": "2026-06-29"}


@hands_over
def call_librarian(world: World, reason: Annotated[str, "why"]) -> dict[str, Any]:
    """Hand over to a human librarian."""
    return {"transferred": True, "reason": reason}


def lends_as_agreed(world: World, turns: Sequence[Turn]) -> list[Finding]:
    """The library's only rule: a book is found, proposed and agreed to before it is lent."""
    found: list[Finding] = []
    looked_up = len(turns)
    for number, turn in enumerate(turns):
        spoken = [said.speaker for said in turns[looked_up + 1 : number] if said.content]
        agreed = spoken[-2:] == [Side.ASSISTANT, Side.USER]
        if any(call.tool == "lend_book" and call.error is None for call in turn.calls) and not agreed:
            found.append(Finding(code="NO_CONFIRMATION", detail="lent without a yes"))
        if any(call.tool == "find_book" and call.error is None for call in turn.calls):
            looked_up = min(looked_up, number)
    return found


@pytest.fixture(scope="session")
def library() -> Domain:
    return Domain(
        name="library",
        now=datetime(2026, 6, 15, 10, 0),
        policy="Lend what is in.",
        families={"lend": "lend a book"},
        styles={},
        twists={},
        database=Database({"books": BOOKS, "loans": {}}, {"books": ["title"]}),
        tools=toolbox(find_book, lend_book, call_librarian),
        rules=lends_as_agreed,
        customers={"train": (), "test": ()},
        customer=lambda world, key: {},
        reserved_cells=frozenset(),
        test_file=Path("none.json"),
    )


MakeScenario = Callable[[Ending, Sequence[tuple[str, dict[str, Any]]], Sequence[Fact]], Scenario]


@pytest.fixture(scope="session")
def make_scenario(library: Domain) -> MakeScenario:
    def make(ending: Ending, calls: Sequence[tuple[str, dict[str, Any]]], facts: Sequence[Fact]) -> Scenario:
        world = World(library)
        asked = [ToolCall(id=f"c{n}", tool=tool, arguments=arguments) for n, (tool, arguments) in enumerate(calls)]
        return Scenario(
            scenario_id="s-1",
            plan_id="p-1",
            domain="library",
            family="lend",
            variant="terse",
            tier=1,
            split="train",
            persona="short",
            goal="a book",
            opening="I want Tides. My fee is $2.50, right?",
            knows={},
            does_not_know=(),
            requests=(),
            reference=tuple(world.call(Side.ASSISTANT, call) for call in asked),
            ending=ending,
            facts=tuple(facts),
        )

    return make


@pytest.fixture(scope="session")
def lending(make_scenario: MakeScenario) -> Scenario:
    """Tides is lent, after a wrong title; the fee and the due date are told."""
    calls = [("find_book", {"title": "Tide"}), ("find_book", {"title": "Tides"}), ("lend_book", {"book_id": "b-1"})]
    facts = [Fact(code="FEE", kind="money", value=2.5), Fact(code="DUE", kind="date", value="2026-06-29")]
    return make_scenario(Ending.CHANGED, calls, facts)


@pytest.fixture(scope="session")
def refusing(make_scenario: MakeScenario) -> Scenario:
    """Moss is reserved: the user is told so."""
    facts = [Fact(code="RESERVED", kind="refusal", value="the book is reserved")]
    return make_scenario(Ending.REFUSED, [("find_book", {"title": "Moss"})], facts)


@pytest.fixture(scope="session")
def handing_over(make_scenario: MakeScenario) -> Scenario:
    """A matter for a human."""
    calls = [("find_book", {"title": "Moss"}), ("call_librarian", {"reason": "lost"})]
    return make_scenario(Ending.TRANSFERRED, calls, [])


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as running:
        yield running
