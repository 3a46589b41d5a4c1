"""boundary(): an error is attributed where it crosses, once."""

import asyncio

import pytest

from turnwright.errors import BadInput, Failure, boundary
from turnwright.tool import ToolError
from turnwright.verdict import Blame


def test_an_error_is_attributed() -> None:
    with pytest.raises(Failure, match="ValueError: odd") as failure, boundary(Blame.PROVIDER):
        raise ValueError("odd")
    assert failure.value.blame is Blame.PROVIDER
    assert isinstance(failure.value.__cause__, ValueError)


@pytest.mark.parametrize("passes", [Failure, ToolError])
def test_the_inner_boundary_has_the_word(passes: type[Exception]) -> None:
    with pytest.raises(Failure) as failure, boundary(Blame.CHECKER, passes), boundary(Blame.TOOL):
        raise KeyError("x")
    assert failure.value.blame is Blame.TOOL


def test_what_may_pass_does() -> None:
    with pytest.raises(ToolError, match="no"), boundary(Blame.TOOL, passes=ToolError):
        raise ToolError("no")
    with pytest.raises(Failure), boundary(Blame.TOOL, passes=ToolError):
        raise BadInput("odd")


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
def test_cancellation_and_exit_are_no_errors(error: type[BaseException]) -> None:
    with pytest.raises(error), boundary(Blame.TOOL):
        raise error


def test_nothing_happens_where_nothing_is_wrong() -> None:
    with boundary(Blame.TOOL):
        pass
