"""Client: batched and with what is kept of earlier turns, a model says what it would say alone and from scratch."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from tasks.lessons import Lesson
from training.client import HfClient
from training.compact import Compact
from training.model import WORDS
from turnwright.dialogue import Side
from turnwright.errors import BadInput
from turnwright.llm.chat import ChatReply, ChatRequest, Wire, said
from turnwright.llm.trouble import ProviderFailure, Trouble


@pytest.fixture(scope="module")
def folder(compact: Compact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says what random weights say."""
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(compact),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=1024,
        tie_word_embeddings=False,
    )
    place = tmp_path_factory.mktemp("model")
    Qwen3ForCausalLM(config).save_pretrained(place)
    (place / WORDS).write_text(compact.words.model_dump_json())
    return place


def alone(folder: Path, messages: list[Wire], tokens: int) -> list[int]:
    """Greedy, token by token, nothing kept."""
    client = HfClient(folder)
    ids = client.loaded.rendering.prompt(messages, ())
    said_ids: list[int] = []
    with torch.inference_mode():
        while len(said_ids) < tokens and (not said_ids or said_ids[-1] != client.loaded.rendering.end):
            logits = client.loaded.model(input_ids=torch.tensor([ids + said_ids])).logits[0, -1]
            said_ids.append(int(logits.argmax()))
    return said_ids


def asked(messages: list[Wire], tokens: int, temperature: float = 0.0, seed: int = 0) -> ChatRequest:
    return ChatRequest("hf:x", messages, temperature=temperature, seed=seed, params={"max_tokens": tokens})


async def test_many_at_once_over_turns_say_what_each_says_alone(
    folder: Path, lessons: dict[Side, list[Lesson]]
) -> None:
    client = HfClient(folder)
    talks = [list(lesson.messages) for lesson in lessons[Side.ASSISTANT][:12]]
    cuts = [[at for at, message in enumerate(talk) if message["role"] == "assistant"] for talk in talks]
    for turn in range(3):
        some = [(talk, cut[turn]) for talk, cut in zip(talks, cuts, strict=True) if len(cut) > turn]
        lengths = [4 + number % 5 for number in range(len(some))]
        replies: list[ChatReply] = await asyncio.gather(
            *(client.chat(asked(talk[:at], tokens)) for (talk, at), tokens in zip(some, lengths, strict=True))
        )
        for (talk, at), tokens, reply in zip(some, lengths, replies, strict=True):
            wanted = alone(folder, talk[:at], tokens)
            meant = client.loaded.rendering.said(talk[:at], wanted)
            assert (reply.content, reply.tool_calls) == (meant.content, meant.tool_calls)
            assert reply.tokens_out == len(wanted)


@pytest.fixture(scope="module")
def opening(compact: Compact) -> Wire:
    """Of words that are tokens: an alias is another in another conversation."""
    return said("system", " ".join(compact.words.spoken[:9] * 20))


async def test_what_begins_alike_is_read_once(folder: Path, opening: Wire) -> None:
    client = HfClient(folder)
    talks = [[opening, said("user", words)] for words in ("hi", "hello there", "good day")]
    read = list[int]()
    client.loaded.model.register_forward_pre_hook(
        lambda _, given, named: read.append(named["input_ids"].numel()), with_kwargs=True
    )
    replies = await asyncio.gather(*(client.chat(asked(talk, 6)) for talk in talks))
    longest = max(reply.tokens_in for reply in replies)
    assert longest < sum(read) < 1.5 * longest
    for talk, reply in zip(talks, replies, strict=True):
        wanted = alone(folder, talk, 6)
        assert reply.content == client.loaded.rendering.said(talk, wanted).content


async def test_conversations_that_go_on_come_together(folder: Path, opening: Wire) -> None:
    """The one that is read first, for all that begin like it, is not alone for ever."""
    client, rows = HfClient(folder), list[int]()

    def hear(_: Any, __: Any, named: dict[str, Any]) -> None:
        if named["input_ids"].shape[1] > 1:  # a message of others is read
            rows.append(named["input_ids"].shape[0])

    client.loaded.model.register_forward_pre_hook(hear, with_kwargs=True)

    async def talk(words: str) -> None:
        messages = [opening, said("user", words)]
        for _ in range(3):
            reply = await client.chat(asked(messages, 100))
            messages += [said("assistant", reply.content), said("user", words)]

    await asyncio.gather(*(talk(words) for words in ("hi", "hello there", "good day")))
    assert rows == [1, 3, 3, 2]  # it is a turn ahead


async def test_a_seed_is_a_reply(folder: Path) -> None:
    client, messages = HfClient(folder), [said("user", "hi")]
    first, again, other = [
        (await client.chat(asked(messages, 30, temperature=1.0, seed=seed))).content for seed in (1, 1, 2)
    ]
    assert first == again != other


async def test_a_conversation_that_is_too_long_is_told(folder: Path) -> None:
    client = HfClient(folder)
    for words in ("hello " * 2_000, " ".join(f"id{number}" for number in range(200))):
        with pytest.raises(ProviderFailure) as failure:
            await client.chat(asked([said("user", words)], 5))
        assert failure.value.trouble is Trouble.CONTEXT


@pytest.mark.parametrize("most", ["2k", 0, 1.5])
async def test_a_limit_that_is_none_is_told(folder: Path, most: Any) -> None:
    client = HfClient(folder)
    for _ in range(2):
        with pytest.raises(ProviderFailure, match="max_tokens should be a number of tokens") as failure:
            await client.chat(asked([said("user", "hi")], most))
        assert failure.value.trouble is Trouble.REFUSED
    assert (await client.chat(asked([said("user", "hi")], 5))).tokens_out <= 5


async def test_a_folder_without_a_model_is_bad_input(nowhere: Path) -> None:
    with pytest.raises(BadInput, match="there is no model"):
        await HfClient(nowhere).chat(asked([said("user", "hi")], 5))
