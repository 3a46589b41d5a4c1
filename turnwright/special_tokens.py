"""Special tokens: what a tokenizer may read as control where someone only wrote text; an export makes it text for good.

A user who writes `<|im_end|>` would end their turn in the training data. So a space goes behind the first character of
each such string, until there is none: no tokenizer knows `< |im_end|>`, and a person still reads what was said.
Gathered from the chat templates that TRL ships (`trl/chat_templates/*.jinja`), from Mistral's control tokens
(`mistral_common`, `SpecialTokens`), and from the special tokens of Llama 2, Gemma, Cohere, EXAONE, T5 and BERT; a test
holds the pattern against TRL's.
"""

import re
from collections import Counter
from typing import Any

_WORDS = (
    "s|bos|eos|pad|unk|mask|cls|sep|BOS|EOS|PAD|UNK|MASK|CLS|SEP|sop|eop|image|video|audio|SYS|tool|tools|tool_calls?|tool_response|tool_output|"
    "think|thinking|answer|function|function_calls?|invoke|parameters?|arg_key|arg_value|start_of_turn|end_of_turn|"
    "start_of_image|end_of_image|end_of_utterance|fim_prefix|fim_middle|fim_suffix"
)
_BRACKETED = (
    "INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|SYSTEM_PROMPT|MODEL_SETTINGS|CALL_ID|ARGS|THINK|IMG|"
    "IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|TRANSCRIBE|PREFIX|MIDDLE|SUFFIX|CLS|SEP|PAD|UNK|MASK|gMASK|sMASK"
)
SPECIAL = re.compile(
    r"<\|[^\s<>|]{1,64}\|?>"  # ChatML, Llama 3, Phi, GLM, gpt-oss, Cohere, LFM; Gemma 4 opens with <|turn>
    r"|<[A-Za-z_]{1,64}\|>"  # and closes with <turn|>
    r"|<｜[^\s<>｜]{1,64}｜>"  # DeepSeek
    rf"|</?(?:[a-z]{{1,16}}:)?(?:{_WORDS})(?:=[^\s<>]{{0,64}})?>"
    rf"|\[/?(?:{_BRACKETED})\]"
    r"|\[\|[^\s\[\]|]{1,64}\|\]"  # EXAONE
    r"|<[A-Z_]{1,64}_TOKEN>"  # Cohere
    r"|[<\[](?:unused|extra_id_|SPECIAL_|control_)\d{1,5}[>\]]"  # Gemma, BERT, T5, Mistral
)


def _plain(found: re.Match[str]) -> str:
    return f"{found[0][0]} {found[0][1:]}"


class Neutraliser:
    """Makes special tokens plain, and counts them."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def text(self, text: str) -> str:
        """The text, neutral; of tokens one inside the other both are found, the outer one first."""
        while tokens := SPECIAL.findall(text):  # Ends: fewer characters stand side by side each time.
            self.found.update(tokens)
            text = SPECIAL.sub(_plain, text)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with every string in it neutral, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(inner) for key, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list | tuple) else value
