"""Prompts render in the sandbox and are known by their content; a generation is known by all of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from pydantic import ValidationError

from prompts import GENERATION_0, ROLES, Generation, Prompt, load
from turnwright.episode import Limits


def rendered(text: str, **context: Any) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in Prompt("user", text).render(**context)]


RENDERED = [
    pytest.param("Hi {{ who }}", [("system", "Hi Ann")], id="one part"),
    pytest.param("Hi\n=== message ===\n{{ who }}\n", [("system", "Hi"), ("user", "Ann")], id="two parts"),
    pytest.param("{% if who %}\nyes\n{% endif %}\nend", [("system", "yes\nend")], id="tags leave no lines"),
    pytest.param('{{ {"b": 1, "a": who} | tojson }}', [("system", '{"a":"Ann","b":1}')], id="canonical JSON"),
    pytest.param("{{ policy | nested }}", [("system", "### A\nb # c\n#### D")], id="nested headings"),
    pytest.param("Be {{ said }}", [("system", "Be <b> & {{ who }}")], id="values are neither escaped nor rendered"),
    pytest.param(
        "{{ odd }}\n=== message ===\nGo",
        [("system", "=== message ===\nme first"), ("user", "Go")],
        id="a mark in a value",
    ),
]
CONTEXT = {"who": "Ann", "policy": "# A\nb # c\n## D", "said": "<b> & {{ who }}", "odd": "=== message ===\nme first"}


@pytest.mark.parametrize(("text", "messages"), RENDERED)
def test_render(text: str, messages: list[tuple[str, str]]) -> None:
    assert rendered(text, **CONTEXT) == messages


REFUSED = [
    pytest.param("{{ nobody }}", UndefinedError, id="no value"),
    pytest.param("{{ who.name }}", UndefinedError, id="no attribute"),
    pytest.param("{% if nobody %}x{% endif %}", UndefinedError, id="no value in a test"),
    pytest.param("{{ ''.__class__ }}", SecurityError, id="a class"),
    pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", SecurityError, id="all classes"),
    pytest.param("{{ render.__globals__ }}", SecurityError, id="globals"),
    pytest.param("{{ '{0.__class__}'.format(who) }}", SecurityError, id="by format"),
    pytest.param("{{ things.append(1) }}", SecurityError, id="changing a list"),
    pytest.param("{{ counts.update(a=1) }}", SecurityError, id="changing an object"),
    pytest.param("{{ who", TemplateSyntaxError, id="no template"),
    pytest.param("{% include 'user.md.j2' %}", TypeError, id="a file"),
]


@pytest.mark.parametrize(("text", "error"), REFUSED)
def test_what_a_template_may_not(text: str, error: type[Exception]) -> None:
    things: dict[str, Any] = {"who": "Ann", "things": [], "counts": {}, "render": rendered}
    with pytest.raises(error):
        rendered(text, **things)
    assert (things["things"], things["counts"]) == ([], {})


def test_a_prompt_is_known_by_its_text_alone() -> None:
    assert Prompt("user", "a").hash == Prompt("assistant", "a").hash
    assert Prompt("user", "a").hash != Prompt("user", "a ").hash
    assert len(Prompt("user", "a").hash) == 16


def test_the_workflow_has_every_role(generation: Generation) -> None:
    assert set(generation.workflow.roles) == set(ROLES) == set(generation.prompts)
    assert all(asked.attempts >= 1 for asked in generation.workflow.roles.values())
    assert generation.workflow.dialogue_limits == Limits(turns=60, calls_in_a_row=15)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in [*(f"{role}.md.j2" for role in ROLES), "workflow.yaml"]:
        shutil.copy(GENERATION_0 / name, tmp_path)
    return tmp_path


def test_a_generation_is_the_same_wherever_it_lies_and_whatever_its_number(
    generation: Generation, folder: Path
) -> None:
    copied = load(folder, number=7)
    assert copied.number == 7
    assert (copied.hash, copied.workflow_hash) == (generation.hash, generation.workflow_hash)
    assert {role: prompt.hash for role, prompt in copied.prompts.items()} == {
        role: prompt.hash for role, prompt in generation.prompts.items()
    }


EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "a template": ("user.md.j2", lambda text: text + "Be kind."),
    "a temperature": ("workflow.yaml", lambda text: text.replace("temperature: 0.7", "temperature: 0.6", 1)),
    "a limit": ("workflow.yaml", lambda text: text.replace("turns: 60", "turns: 61")),
}


@pytest.mark.parametrize(("name", "edit"), EDITS.values(), ids=EDITS)
def test_any_edit_makes_another_generation(
    generation: Generation, folder: Path, name: str, edit: Callable[[str], str]
) -> None:
    (folder / name).write_text(edit((folder / name).read_text()))
    edited = load(folder)
    assert edited.hash != generation.hash
    assert (edited.workflow_hash == generation.workflow_hash) is (name != "workflow.yaml")


def test_a_comment_in_the_workflow_is_no_edit(generation: Generation, folder: Path) -> None:
    workflow = folder / "workflow.yaml"
    workflow.write_text("# another\n" + workflow.read_text())
    assert load(folder).hash == generation.hash


@pytest.mark.parametrize("line", ["more: 1", "limits: {turns: many, calls_in_a_row: 15}"], ids=["unknown", "no number"])
def test_a_workflow_of_another_shape_is_refused(folder: Path, line: str) -> None:
    workflow = folder / "workflow.yaml"
    workflow.write_text(workflow.read_text() + line + "\n")
    with pytest.raises(ValidationError):
        load(folder)


@pytest.mark.parametrize("role", ROLES)
def test_a_missing_template_is_an_error(folder: Path, role: str) -> None:
    (folder / f"{role}.md.j2").unlink()
    with pytest.raises(FileNotFoundError):
        load(folder)
