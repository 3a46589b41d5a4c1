"""The ledger has a line for every call, however it ended."""

from collections.abc import Callable

import pytest

from turnwright.errors import Failure
from turnwright.llm.chat import ChatReply
from turnwright.llm.role import Ledger, Role
from turnwright.llm.scripted import Line, ScriptedClient
from turnwright.verdict import Blame

PRICED = ChatReply("words", (), tokens_in=10, tokens_out=3, cost_usd=0.5)


async def test_a_call_is_written_down(role_of: Callable[..., Role]) -> None:
    role, ledger = role_of(ScriptedClient([PRICED]), "user"), Ledger()
    assert await ledger.chat(role, [], [], 1) == PRICED
    (line,) = ledger.calls
    assert line.latency_s >= 0
    assert line.model_dump(exclude={"latency_s"}) == {
        "role": "user",
        "model": "scripted/model",
        "prompt_hash": role.template.hash,
        "tokens_in": 10,
        "tokens_out": 3,
        "cost_usd": 0.5,
        "attempts": 1,
        "outcome": "ok",
    }


FAILED = [
    pytest.param(ConnectionError("refused"), "ConnectionError: refused", id="an error"),
    pytest.param(Failure(Blame.PROVIDER, "quota"), "quota", id="a failure"),
]


@pytest.mark.parametrize(("line", "reason"), FAILED)
async def test_a_failed_call_is_written_down_too(role_of: Callable[..., Role], line: Line, reason: str) -> None:
    ledger = Ledger()
    with pytest.raises(Failure, match=reason) as failure:
        await ledger.chat(role_of(ScriptedClient([line])), [], [], 1)
    assert failure.value.blame is Blame.PROVIDER
    assert [(call.outcome, call.tokens_in, call.cost_usd) for call in ledger.calls] == [("failed", 0, None)]


async def test_a_reply_that_was_no_use_is_marked_and_still_paid_for(role_of: Callable[..., Role]) -> None:
    role, ledger = role_of(ScriptedClient([PRICED, PRICED])), Ledger()
    for _ in range(2):
        await ledger.chat(role, [], [], 1)
    ledger.reject_last()
    assert [(call.outcome, call.cost_usd) for call in ledger.calls] == [("ok", 0.5), ("bad_reply", 0.5)]
