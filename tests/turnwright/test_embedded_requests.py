"""The embedded teacher replies to the request alone; instructions change only dialogues where a lapse struck."""

from collections.abc import Sequence
from dataclasses import fields

import pytest
from by_hand import TOO_LATE, TWO_THINGS, WAVERS, Customer, Stage, adding

from domains.shop.playbook import PLAYBOOK
from turnwright.llm.chat import ChatReply, ChatRequest
from turnwright.llm.embedded import EmbeddedClient, Steady
from turnwright.llm.embedded.lapses import Noise


async def test_a_request_carries_what_a_model_is_told_and_nothing_else(stage: Stage) -> None:
    parts = ("model", "messages", "tools", "temperature", "seed", "shape", "params")
    assert tuple(part.name for part in fields(ChatRequest)) == ChatRequest.__slots__ == parts
    wire = {"role", "content", "tool_calls", "tool_call_id"}
    for request in (await stage.play(WAVERS)).requests:
        assert all(set(message) <= wire for message in request.messages)


@pytest.mark.parametrize("noise", [Noise, Steady])
async def test_the_same_request_has_the_same_reply_in_any_order(stage: Stage, noise: type[Noise]) -> None:
    talk = await stage.play(TWO_THINGS, noise=noise)
    asked: Sequence[tuple[ChatRequest, ChatReply]] = list(zip(talk.requests, talk.replies, strict=True))
    for request, reply in reversed(asked):
        assert await EmbeddedClient({"shop": PLAYBOOK}, noise).chat(request) == reply


SEEDS = range(20)


async def test_a_sentence_that_means_nothing_changes_nothing(stage: Stage) -> None:
    kind = {"assistant": adding("Be friendly and use short sentences."), "user": adding("Write as on a phone.")}
    for seed in SEEDS:
        plain = await stage.play(TWO_THINGS, noise=Noise, seed=seed)
        kinder = await stage.play(TWO_THINGS, noise=Noise, seed=seed, edited=kind)
        assert plain.dialogue == kinder.dialogue


PATCHES = [
    (TWO_THINGS, "assistant", "skips_confirmation", "Always wait for the customer's yes before you change anything."),
    (TWO_THINGS, "assistant", "drops_request", "Handle every request of the customer before you end."),
    (TOO_LATE, "assistant", "grants_forbidden", "Check the policy before you do what is asked."),
    (WAVERS, "user", "keeps_old_mind", "Do not forget to change your mind if your goal says so."),
    (TWO_THINGS, "user", "forgets_request", "Do not end before you have brought up all your requests."),
]


@pytest.mark.parametrize(("customer", "role", "lapse", "sentence"), PATCHES, ids=[patch[2] for patch in PATCHES])
async def test_an_instruction_changes_only_where_its_lapse_struck(
    stage: Stage, customer: Customer, role: str, lapse: str, sentence: str
) -> None:
    struck = [seed for seed in range(200) if Noise(seed, role, "").strikes(lapse)][:6]
    changed: set[int] = set()
    for seed in {*SEEDS, *struck}:
        plain = await stage.play(customer, noise=Noise, seed=seed)
        told = await stage.play(customer, noise=Noise, seed=seed, edited={role: adding(sentence)})
        if plain.dialogue != told.dialogue:
            changed.add(seed)
    assert changed
    assert all(Noise(seed, role, "").strikes(lapse) for seed in changed)
