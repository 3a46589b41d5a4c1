"""Lessons of a small corpus, a tokenizer that was trained on them, and models too small to be right."""

import os
from pathlib import Path

import pytest

os.environ |= {"HF_HUB_OFFLINE": "1"}

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from tasks.lessons import Lesson, lessons_of
from training.chat import TEMPLATE, Chat
from training.compact import Compact
from training.words import learn
from turnwright.dialogue import Side
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

Lessons = dict[Side, list[Lesson]]


@pytest.fixture(scope="session")
def lessons(corpus: Warehouse) -> Lessons:
    with Catalog(corpus) as catalog:
        return {side: lessons_of(catalog, side) for side in Side}


@pytest.fixture(scope="session")
def compact(lessons: Lessons) -> Compact:
    return Compact(learn(lessons[Side.ASSISTANT]))


@pytest.fixture(scope="session")
def chat(lessons: Lessons) -> Chat:
    """Bytes and what merges of them a few lessons suggest."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1_000, special_tokens=special, initial_alphabet=alphabet)
    bpe.train_from_iterator((str(lesson.messages) for lesson in lessons[Side.ASSISTANT][:3]), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = TEMPLATE
    return Chat(tokenizer)


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nowhere")
