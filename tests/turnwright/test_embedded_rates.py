"""How often the embedded teacher errs: by its table, by what its prompt insists on, and by the prompt's length."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from checkers.library import HELPERS_DOC
from prompts import ROLES, Generation
from turnwright.llm.embedded.lapses import DAMPING, HARM, LONG, TABLE, Lapse, Noise, rate
from turnwright.llm.embedded.reading import read_page
from turnwright.world import Domain

DEV = yaml.safe_load(Path(__file__).with_name("paraphrases_dev.yaml").read_text())
EACH_LAPSE = pytest.mark.parametrize("lapse", TABLE, ids=lambda lapse: f"{lapse.role}/{lapse.name}")
FILLER = "The shop opened many years ago in a small town by the sea. "


def a_meaning(lapse: Lapse) -> str:
    return DEV["means"][f"{lapse.role}/{lapse.name}"][0]


def a_harm(lapse: Lapse) -> str:
    return DEV["harms"][f"{lapse.role}/{lapse.name}"][0]


def told(domain: Domain, **more: Any) -> dict[str, Any]:
    """A value for every hole of every template."""
    values: dict[str, Any] = {
        **domain.setting,
        "policy": domain.policy,
        "families": domain.families,
        "styles": domain.styles,
        "twists": domain.twists,
        "tools": list(domain.tools.values()),
        "helpers": HELPERS_DOC,
        "family": "cancel_order: the user wants an order cancelled",
        "persona": "Ann, who always compares every amount.",
        "goal": "You want to cancel an order. Always check everything before you agree.",
        "opening": "Remember to wait until it is done, never leave before.",
        "number": 1,
        "about": "assistant",
        "template": "",
        "most": 3,
        "failing": None,
    }
    lists = (
        "written",
        "details",
        "customers",
        "writes",
        "calls",
        "facts",
        "failure_codes",
        "does_not_know",
        "turns",
        "instructions",
        "failures",
        "tried",
    )
    objects = ("plan", "draft", "solution", "scenario", "changes", "reference_changes", "knows", "starts", "settings")
    return {**dict.fromkeys(lists, ()), **{name: {} for name in objects}, **values, **more}


def instructions(generation: Generation, role: str, **context: Any) -> str:
    return read_page(generation.prompts[role].render(**context)[0]["content"]).instructions


@pytest.mark.parametrize("role", ROLES)
def test_generation_0_leaves_every_rate_as_the_table_has_it(generation: Generation, shop: Domain, role: str) -> None:
    words = instructions(generation, role, **told(shop))
    assert {lapse.name: rate(lapse, words) for lapse in TABLE if lapse.role == role} == {
        lapse.name: lapse.rate for lapse in TABLE if lapse.role == role
    }
    assert len(words.split()) < LONG


def test_material_is_no_instruction(generation: Generation, shop: Domain) -> None:
    one = instructions(generation, "user", **told(shop))
    other = instructions(generation, "user", **told(shop, goal="Stay.", persona="Bo.", opening="Hi.", knows={"a": "b"}))
    assert one == other
    assert "Mind" not in instructions(generation, "assistant", **told(shop, policy="# Rules\nMind the policy."))


def test_a_section_added_to_a_prompt_is_an_instruction(generation: Generation, shop: Domain) -> None:
    text = generation.prompts["assistant"].render(**told(shop))[0]["content"]
    page = read_page(f"{text}\n\n## Before each change\n- Wait for an explicit yes\n  of the customer.\n- Smile.")
    assert page.instructions.endswith("Before each change.\n- Wait for an explicit yes of the customer.\n- Smile.")


@EACH_LAPSE
def test_damping_is_partial(lapse: Lapse) -> None:
    damped = rate(lapse, a_meaning(lapse))
    assert damped == pytest.approx(lapse.rate * (1 - DAMPING))
    assert 0 < damped < lapse.rate
    assert rate(lapse, f"{a_meaning(lapse)} {a_meaning(lapse)}") == damped


@EACH_LAPSE
def test_what_does_harm_raises_the_rate(lapse: Lapse) -> None:
    assert rate(lapse, a_harm(lapse)) == pytest.approx(min(1, HARM * lapse.rate))


@EACH_LAPSE
def test_a_contradiction_undoes_the_damping(lapse: Lapse) -> None:
    for words in (f"{a_meaning(lapse)} {a_harm(lapse)}", f"{a_harm(lapse)} {a_meaning(lapse)}"):
        assert rate(lapse, words) == lapse.rate


@EACH_LAPSE
def test_an_overlong_prompt_brings_lapses_back(lapse: Lapse) -> None:
    def padded(words: int) -> float:
        filler = FILLER * (words // len(FILLER.split()) + 1)
        return rate(lapse, f"{a_meaning(lapse)} {filler}")

    short, longer, longest = padded(LONG // 2), padded(LONG + LONG // 2), padded(2 * LONG)
    assert short == rate(lapse, a_meaning(lapse)) < longer < longest == lapse.rate
    assert lapse.rate < rate(lapse, FILLER * 100) <= 2 * lapse.rate


def test_all_instructions_together_damp_all_lapses_of_their_role() -> None:
    for role in {lapse.role for lapse in TABLE}:
        of_role = [lapse for lapse in TABLE if lapse.role == role]
        words = "\n".join(f"- {a_meaning(lapse)}" for lapse in of_role)
        assert [lapse.name for lapse in of_role if rate(lapse, words) >= lapse.rate] == []


SEEDS = range(4000)


@EACH_LAPSE
def test_the_dice_fall_as_often_as_the_rate_says(lapse: Lapse) -> None:
    struck = sum(Noise(seed, lapse.role, "").strikes(lapse.name) for seed in SEEDS) / len(SEEDS)
    assert struck == pytest.approx(lapse.rate, abs=0.03)


@EACH_LAPSE
def test_damping_only_ever_takes_strikes_away(lapse: Lapse) -> None:
    before = {seed for seed in SEEDS if Noise(seed, lapse.role, "").strikes(lapse.name)}
    after = {seed for seed in SEEDS if Noise(seed, lapse.role, a_meaning(lapse)).strikes(lapse.name)}
    assert after < before


def test_each_lapse_has_a_die_of_its_own() -> None:
    assistant = [lapse.name for lapse in TABLE if lapse.role == "assistant"]
    noise = Noise(3, "assistant", "")
    assert len({noise.uniform(name, "") for name in assistant}) == len(assistant)
    assert noise.uniform("forgets_fact", "TOTAL") != noise.uniform("forgets_fact", "ARRIVAL")
    assert noise.uniform("x") == Noise(3, "assistant", "Be kind.").uniform("x") != Noise(3, "user", "").uniform("x")
