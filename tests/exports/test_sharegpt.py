"""ShareGPT: rows that LLaMA-Factory's converter takes; it drops, with a warning only, what does not alternate."""

from pathlib import Path

import orjson
import pytest
from talks import TRAIN_IDS, Export, Read, Talk, assistant, call, put, user

from tasks.exports.exporting import export
from turnwright.dialogue import Turn
from warehouse.store import Warehouse

TOLD, DONE = {"human", "observation"}, {"gpt", "function_call"}


def test_every_row_of_a_corpus_alternates_and_parses(corpus: Warehouse, read: Read, tmp_path: Path) -> None:
    found = export(corpus, "sharegpt", tmp_path / "out", None)
    rows = read()
    assert len(rows) > 20
    for row in rows:
        assert row.keys() == {"conversations", "system", "tools"}
        told, done = row["conversations"][::2], row["conversations"][1::2]
        assert len(told) == len(done)
        assert {part["from"] for part in told} <= TOLD
        assert {part["from"] for part in done} <= DONE
        names = {tool["name"] for tool in orjson.loads(row["tools"])}
        for part in done:
            if part["from"] == "function_call":
                made = orjson.loads(part["value"])
                assert {one["name"] for one in (made if isinstance(made, list) else [made])} <= names
    assert (
        found.tally.dialogues + found.tally.left_out["no_place"]
        == export(corpus, "trl", tmp_path / "trl", None).tally.dialogues
    )


NO_PLACE: dict[str, tuple[Turn, ...]] = {
    "words beside a call": (user("Hi."), assistant("A moment.", call("get_order", {}, 1)), assistant("Done.")),
    "an assistant that begins": (assistant("Hello."), user("Hi."), assistant("Yes?")),
    "an assistant that speaks twice": (user("Hi."), assistant("Hello."), assistant("Are you there?")),
}


@pytest.mark.parametrize("turns", NO_PLACE.values(), ids=NO_PLACE)
def test_what_has_no_place_is_left_out_and_counted(
    warehouse: Warehouse, exported: Export, turns: tuple[Turn, ...]
) -> None:
    put(warehouse, Talk(turns=turns), Talk(scenario_id=TRAIN_IDS[1]))
    assert exported("sharegpt").tally.left_out == {"no_place": 1}


def test_words_of_a_user_that_follow_each_other_are_one_turn(
    warehouse: Warehouse, exported: Export, read: Read
) -> None:
    put(warehouse, Talk(turns=(user("Hi."), user("Are you there?"), assistant("Yes."))))
    exported("sharegpt")
    assert read()[0]["conversations"][0] == {"from": "human", "value": "Hi.\n\nAre you there?"}


def test_llama_factory_finds_the_files(warehouse: Warehouse, exported: Export, tmp_path: Path) -> None:
    put(warehouse, Talk())
    exported("sharegpt")
    sets = orjson.loads((tmp_path / "out" / "dataset_info.json").read_bytes())
    assert {name: one["file_name"] for name, one in sets.items()} == {
        "turnwright_train": "train.jsonl",
        "turnwright_validation": "validation.jsonl",
    }
