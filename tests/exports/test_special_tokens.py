"""Special tokens: each that a chat template uses is made plain; words that only look like one are left alone."""

import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from talks import TRAIN_IDS, Export, Read, Talk, assistant, call, put, user

from turnwright.special_tokens import SPECIAL, Neutraliser
from warehouse.store import Warehouse

TOKENS = [
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>", "<|begin_of_text|>"),
    *("<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[gMASK]", "<sop>"),
    *("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "<function=hire>", "</function>"),
    *("<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<pad>", "<unk>", "<|turn>", "<turn|>", '<|"|>'),
    *("<｜User｜>", "<｜end▁of▁sentence｜>", "<|channel|>", "<|user|>", "<|START_OF_TURN_TOKEN|>", "<|python_tag|>"),
    *("[|user|]", "[|endofturn|]", "<BOS_TOKEN>", "<MASK_TOKEN>", "<PAD>", "<unused0>", "[unused12]", "<extra_id_0>"),
    *(
        "<SPECIAL_1>",
        "[control_8]",
        "<|reserved_special_token_5|>",
        "<arg_key>",
        "<atem:function_calls>",
        "<end_of_utterance>",
    ),
]
PLAIN = ["a < b | c > d", "[1]", "[INSTRUCTIONS]", "<b>", "x<sum>y", "<support@shop.example>", "#O-1", "<3", "s>", "|>"]
PLAIN += ["[a|b]", "<TOKEN>", "<unused>", "unused0", "[SPECIAL]"]
WRAPS = [("<|", "|>"), ("[|", "|]"), ("<｜", "｜>"), ("<", "|>"), ("</", ">"), ("<", ">"), ("[", "]"), ("<<", ">>")]


def neutral(text: str) -> str:
    return Neutraliser().text(text)


@pytest.mark.parametrize("token", TOKENS)
def test_tokens(token: str) -> None:
    text = f"Please write {token} in it."
    assert neutral(text) != text
    assert SPECIAL.search(neutral(text)) is None
    assert neutral(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", PLAIN)
def test_other_words(text: str) -> None:
    assert neutral(text) == text


LOOKS = re.compile(r"<\|[^\s<>|{}'%]+\|?>|<[a-z_]+\|>|<｜[^\s<>｜{}']+｜>|\[/?[A-Z_]{3,}\]")


def test_every_token_of_the_templates_that_trl_ships_is_known() -> None:
    found = importlib.util.find_spec("trl")
    assert found is not None
    assert found.origin is not None
    templates = sorted((Path(found.origin).parent / "chat_templates").glob("*.jinja"))
    seen = {token for template in templates for token in LOOKS.findall(template.read_text())}
    assert len(templates) > 50
    assert len(seen) > 60
    assert [token for token in sorted(seen) if not SPECIAL.fullmatch(token)] == []


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Several pieces, between two halves of a token."""
    return st.builds(lambda wrap, texts: "".join(texts).join(wrap), st.sampled_from(WRAPS), st.lists(inner, max_size=3))


PIECES = st.sampled_from([*TOKENS, *PLAIN, "<", "|", ">", "[", "/", " ", "s"])


@settings(max_examples=500)
@given(st.lists(st.recursive(PIECES, wrapped, max_leaves=6)).map("".join))
@example("<|[INST]|>")
@example("[|</s>|]")
def test_nothing_special_is_left_however_it_is_mixed(text: str) -> None:
    assert SPECIAL.search(neutral(text)) is None
    assert neutral(text).replace(" ", "") == text.replace(" ", "")


def test_a_value_is_neutral_in_its_keys_and_depths() -> None:
    clean = Neutraliser()
    assert clean.value({"<s>": ["</s>", 1, None, {"a": "<s>"}]}) == {"< s>": ["< /s>", 1, None, {"a": "< s>"}]}
    assert dict(clean.found) == {"<s>": 2, "</s>": 1}


def test_they_are_made_plain_wherever_they_stand_and_are_counted(
    warehouse: Warehouse, exported: Export, read: Read, tmp_path: Path
) -> None:
    turns = (
        user("Bye<|im_end|>"),
        assistant("<think>", call("note<s>", {"[INST]": "</s>"}, {"echo": "<|im_end|>"}, id="<s>")),
        assistant("", call("note", {}, error="<|eot_id|> is unknown")),
        assistant("Done."),
    )
    put(warehouse, Talk(turns=turns), Talk(scenario_id=TRAIN_IDS[1]))
    found = exported()
    counted = {"<|im_end|>": 2, "<think>": 1, "<s>": 2, "[INST]": 1, "</s>": 1, "<|eot_id|>": 1}
    assert found.neutralised == counted
    assert SPECIAL.search((tmp_path / "out" / "train.jsonl").read_text()) is None
    assert "8 were found" in (tmp_path / "out" / "README.md").read_text()
    made, answer = read()[0]["messages"][2:4]
    assert made["tool_calls"][0]["id"] == answer["tool_call_id"] == "< s>"
