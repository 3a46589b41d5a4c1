"""OpenAI: the JSONL of supervised fine-tuning, `messages` and `tools` and no other key."""

from collections.abc import Iterator
from typing import Any

from tasks.exports.example import Example
from tasks.exports.format import TRAIN, VALIDATION, Format, split_of, splits, wire


def _rows(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    yield split_of(example), {"messages": [wire(line) for line in example.messages], "tools": example.briefing.tools}


_LOADING = """\
```python
from openai import OpenAI

client = OpenAI()
train, validation = (
    client.files.create(file=open(name, "rb"), purpose="fine-tune").id for name in ("train.jsonl", "validation.jsonl")
)
client.fine_tuning.jobs.create(model="gpt-4.1-mini-2025-04-14", training_file=train, validation_file=validation)
```

A job wants at least 10 examples, and files of at most 512 MB.
"""

FORMAT = Format(_rows, splits, _LOADING, always=(TRAIN, VALIDATION))
