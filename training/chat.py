"""Chat: the rendering as ChatML with Hermes calls, as Qwen's models speak, and those that came without a template.

A template that drops what was thought before, as Qwen3's does, would change what was rendered of earlier turns. So the
text is written here, the same from turn to turn, and message by message, so that it is known which tokens are whose.
`chat_template.jinja` writes the same text: saved with a model, it lets any server render as training did.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from transformers import PreTrainedTokenizerBase

from training.rendering import Rendered, Said
from turnwright.dialogue import ToolCall
from turnwright.llm.chat import Wire, parse_call
from turnwright.special_tokens import Neutraliser

TEMPLATE = Path(__file__).with_name("chat_template.jinja").read_text(encoding="utf-8")
START, END = "<|im_start|>", "<|im_end|>"
_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|$)", re.DOTALL)
_TOOLS = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>{schemas}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""
"""As Qwen's models were trained with."""


class Chat:
    """The rendering in the tokens of one tokenizer, which has those of ChatML."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer: Any = tokenizer
        self.end = self.tokenizer.convert_tokens_to_ids(END)

    def render(self, messages: Sequence[Wire], tools: Sequence[Wire]) -> Rendered:
        """A whole conversation; see `Rendering`. Special tokens in what was said or looked up become plain text."""
        ids, learned = list[int](), list[bool]()
        for text, mine in parts(messages, tools):
            some = self._tokens(text)
            ids += some
            learned += [mine] * len(some)
        return Rendered(ids, learned)

    def prompt(self, messages: Sequence[Wire], tools: Sequence[Wire]) -> list[int]:
        """All up to where the speaker's next message begins; see `Rendering`."""
        return self.render(messages, tools).ids + self._tokens("<|im_start|>assistant\n")

    def said(self, messages: Sequence[Wire], ids: Sequence[int]) -> Said:
        """What the speaker says with these tokens; see `Rendering`."""
        del messages  # nothing in them changes what tokens mean
        words = [token for token in ids if token != self.end]
        text = self.tokenizer.decode(words, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        calls = tuple(_parsed(found, number) for number, found in enumerate(_CALL.findall(text), 1))
        return Said(_CALL.sub("", text).strip(), calls)

    def _tokens(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]


def parts(messages: Sequence[Wire], tools: Sequence[Wire]) -> Iterator[tuple[str, bool]]:
    """The text of a conversation, cut where the speaker's words begin and end, and whether they are theirs."""
    neutral = Neutraliser()
    first = messages[0]["content"] if messages and messages[0]["role"] == "system" else ""
    opening = "\n\n".join(part for part in (neutral.text(first), _described(tools)) if part)
    if opening:
        yield f"<|im_start|>system\n{opening}<|im_end|>\n", False
    for role, some in groupby(messages[1:] if first else messages, key=lambda message: message["role"]):
        if role == "assistant":
            for message in some:
                yield "<|im_start|>assistant\n", False
                yield f"{_own(message, neutral)}<|im_end|>", True
                yield "\n", False
        elif role == "tool":
            answers = "".join(f"\n<tool_response>\n{neutral.text(one['content'])}\n</tool_response>" for one in some)
            yield f"<|im_start|>user{answers}<|im_end|>\n", False
        else:
            yield from ((f"<|im_start|>{role}\n{neutral.text(one['content'])}<|im_end|>\n", False) for one in some)


def _described(tools: Sequence[Wire]) -> str:
    return _TOOLS.format(schemas="".join(f"\n{_json(tool)}" for tool in tools)) if tools else ""


def _own(message: Wire, neutral: Neutraliser) -> str:
    content = neutral.text(message.get("content") or "")
    made = (call["function"] for call in message.get("tool_calls") or ())
    called = ({"name": function["name"], "arguments": _arguments(function)} for function in made)
    calls = [f"<tool_call>\n{_json(neutral.value(one))}\n</tool_call>" for one in called]
    return "\n".join(part for part in (content, *calls) if part)


def _arguments(function: Wire) -> Any:
    given = function["arguments"]
    return orjson.loads(given) if isinstance(given, str) else given


def _json(value: Any) -> str:
    # With its spaces, as the templates of models write it.
    return json.dumps(value, ensure_ascii=False)


def _parsed(written: str, number: int) -> ToolCall:
    try:
        found = orjson.loads(written)
        return parse_call(f"call-{number}", found["name"], orjson.dumps(found.get("arguments", {})).decode())
    except (ValueError, TypeError, KeyError, AttributeError):  # no JSON, no object, or one without a name
        return ToolCall(id=f"call-{number}", tool="", arguments={}, malformed=written)
