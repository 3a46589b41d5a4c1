"""TRL: `messages` and `tools` for its SFTTrainer with assistant-only loss; arguments are objects, as templates want."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.exports.example import Example, Line
from tasks.exports.format import TRAIN, VALIDATION, Format, split_of, splits, wire

_NAMES = ("dialogue_id", "scenario_id", "domain")


def _rows(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    messages = [_message(line) for line in example.messages]
    names = {name: example.about[name] for name in _NAMES}
    yield split_of(example), {"messages": messages, "tools": example.briefing.tools, **names}


def _message(line: Line) -> dict[str, Any]:
    if line.call:
        return {**wire(line), "name": line.call.tool}
    if not line.calls:
        return wire(line)
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": call.arguments}}
        for call in line.calls
    ]
    return {"role": line.role, "content": line.content, "tool_calls": calls}


def _metadata(files: Mapping[str, int]) -> dict[str, Any]:
    # Else `datasets` guesses from the first rows, and may give every call the arguments of all others, as nulls.
    features = [{"name": name, "list": "json"} for name in ("messages", "tools")]
    features += [{"name": name, "dtype": "string"} for name in _NAMES]
    return {**splits(files), "dataset_info": {"features": features}}


_LOADING = """\
With [TRL](https://huggingface.co/docs/trl) 1.16 and [datasets](https://huggingface.co/docs/datasets) 5.2 or later:

```python
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

data = load_dataset("this/folder")
config = SFTConfig(assistant_only_loss=True)  # the chat template needs {% generation %} marks; TRL has it for most
SFTTrainer("Qwen/Qwen3-0.6B", args=config, train_dataset=data["train"]).train()
```
"""

FORMAT = Format(_rows, _metadata, _LOADING, always=(TRAIN, VALIDATION))
