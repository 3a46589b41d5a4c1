"""ShareGPT: `conversations`, `system` and `tools`, as LLaMA-Factory reads them: what the assistant says or calls
alternates with what it is told."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import orjson

from tasks.exports.example import Example, Line
from tasks.exports.format import TRAIN, VALIDATION, Format, split_of, splits
from turnwright.world import Domain

_FROM = {"user": "human", "assistant": "gpt", "tool": "observation"}


def _rows(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    system = "\n\n".join(line.content for line in example.messages if line.role == "system")
    told = [line for line in example.messages if line.role != "system"]
    tools = orjson.dumps([tool["function"] for tool in example.briefing.tools]).decode()
    row = {"conversations": list(_conversation(told)), "system": system, "tools": tools}
    yield split_of(example), row


def _conversation(lines: list[Line]) -> Iterator[dict[str, str]]:
    for role, found in groupby(lines, key=lambda line: line.role):
        if role == "assistant":
            yield from (_turn(line) for line in found)
        else:
            texts = [line.content for line in found]
            yield {"from": _FROM[role], "value": _joined(texts) if role == "tool" else "\n\n".join(texts)}


def _turn(line: Line) -> dict[str, str]:
    if not line.calls:
        return {"from": "gpt", "value": line.content}
    calls = [{"name": call.tool, "arguments": call.arguments} for call in line.calls]
    return {"from": "function_call", "value": orjson.dumps(calls if len(calls) > 1 else calls[0]).decode()}


def _joined(answers: list[str]) -> str:
    """One observation: the answer, or a JSON list of the answers to calls that were made together."""
    return answers[0] if len(answers) == 1 else f"[{','.join(answers)}]"


def _no_place(example: Example) -> bool:
    """Words beside calls, or an assistant that begins or speaks twice, have none."""
    roles = [_side(line) for line in example.messages if line.role != "system"]
    alternating = [role for role, _ in groupby(roles)]
    twice = sum(role == "assistant" for role in roles) != sum(role == "assistant" for role in alternating)
    return roles[:1] != ["told"] or twice or any(line.calls and line.content for line in example.lines)


def _side(line: Line) -> str:
    return "assistant" if line.role == "assistant" else "told"


def _beside(domains: Mapping[str, Domain]) -> Mapping[str, bytes]:
    columns = {"messages": "conversations", "system": "system", "tools": "tools"}
    sets = {
        f"turnwright_{name.partition('.')[0]}": {"file_name": name, "formatting": "sharegpt", "columns": columns}
        for name in (TRAIN, VALIDATION)
    }
    return {"dataset_info.json": orjson.dumps(sets, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)}


_LOADING = """\
`dataset_info.json` is what [LLaMA-Factory](https://github.com/hiyouga/LLaMA-Factory) looks for:

```bash
llamafactory-cli train --stage sft --do_train --dataset_dir this/folder --dataset turnwright_train …
```

Calls that were made together are one `function_call` with a JSON list, and their answers one `observation` with a JSON
list in the same order; the form has no ids.
"""

FORMAT = Format(_rows, splits, _LOADING, always=(TRAIN, VALIDATION), beside=_beside, no_place=_no_place)
