"""Does the embedded teacher understand what an instruction means? Half of the instructions were not tuned on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from turnwright.llm.embedded.lapses import TABLE, Lapse, rate

HERE = Path(__file__).parent
DEV, HELD_OUT = (yaml.safe_load((HERE / f"paraphrases_{half}.yaml").read_text()) for half in ("dev", "heldout"))
HALVES = pytest.mark.parametrize("half", [DEV, HELD_OUT], ids=["dev", "held-out"])
LAPSES = {f"{lapse.role}/{lapse.name}": lapse for lapse in TABLE}
BY_LAPSE = pytest.mark.parametrize("key", LAPSES)


def damped(lapse: Lapse, sentence: str) -> bool:
    return rate(lapse, sentence) < lapse.rate


def share(half: dict[str, dict[str, list[str]]], keys: Iterator[str] | list[str]) -> float:
    found = [damped(LAPSES[key], sentence) for key in keys for sentence in half["means"][key]]
    return sum(found) / len(found)


def neighbours(lapse: Lapse) -> list[Lapse]:
    return [other for other in TABLE if other.role == lapse.role and other is not lapse]


@BY_LAPSE
def test_there_are_enough_instructions_and_none_is_in_both_halves(key: str) -> None:
    dev, held_out = DEV["means"][key], HELD_OUT["means"][key]
    assert len({*dev, *held_out}) == len(dev) + len(held_out) >= 12
    assert len(held_out) >= 6
    assert len({*DEV["harms"][key], *HELD_OUT["harms"][key]}) >= 4


@BY_LAPSE
def test_each_meaning_is_recognised_in_words_not_tuned_on(key: str) -> None:
    assert share(HELD_OUT, [key]) >= 0.8


def test_the_shares_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    shares = {key: share(HELD_OUT, [key]) for key in LAPSES}
    overall = {"dev": share(DEV, list(LAPSES)), "held-out": share(HELD_OUT, list(LAPSES))}
    with capsys.disabled():
        print("\nrecognised:", ", ".join(f"{half} {part:.3f}" for half, part in overall.items()))
        print("held-out below 1:", {key: round(part, 2) for key, part in shares.items() if part < 1})
    assert overall["dev"] >= 0.95
    assert overall["held-out"] >= 0.9


@HALVES
def test_an_instruction_rarely_damps_another_lapse_of_its_role(half: dict[str, dict[str, list[str]]]) -> None:
    others = [
        sum(damped(other, sentence) for other in neighbours(LAPSES[key]))
        for key, sentences in half["means"].items()
        for sentence in sentences
    ]
    assert sum(others) / len(others) <= 0.1


@HALVES
@BY_LAPSE
def test_an_instruction_that_does_harm_raises_the_rate(half: dict[str, dict[str, list[str]]], key: str) -> None:
    assert [words for words in half["harms"][key] if rate(LAPSES[key], words) <= LAPSES[key].rate] == []


@HALVES
@pytest.mark.parametrize("role", sorted({lapse.role for lapse in TABLE}))
def test_an_instruction_that_means_none_of_it_moves_no_rate(half: dict[str, dict[str, list[str]]], role: str) -> None:
    assert len(half["neutral"][role]) >= 6
    of_role = [lapse for lapse in TABLE if lapse.role == role]
    moved = {
        sentence: lapse.name
        for sentence in half["neutral"][role]
        for lapse in of_role
        if rate(lapse, sentence) != lapse.rate
    }
    assert moved == {}


@BY_LAPSE
def test_an_instruction_is_found_among_others(key: str) -> None:
    lapse = LAPSES[key]
    around = DEV["neutral"][lapse.role]
    understood = [sentence for sentence in DEV["means"][key] if damped(lapse, sentence)]
    assert all(damped(lapse, " ".join([*around, sentence, *around])) for sentence in understood)
    assert all(damped(lapse, "\n".join(f"- {words}" for words in [*around, sentence])) for sentence in understood)


@pytest.mark.parametrize(
    "sentence",
    [
        "ALWAYS ASK FOR CONFIRMATION BEFORE YOU CHANGE ANYTHING.",
        "Don't change anything until the customer's said yes.",
        "Don’t make a change without the customer’s consent.",
        "Never call a writing tool\nunless the customer has agreed.",
    ],
)
def test_case_contractions_and_quotes_do_not_matter(sentence: str) -> None:
    assert damped(LAPSES["assistant/skips_confirmation"], " ".join(sentence.split()))
