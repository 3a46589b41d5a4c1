"""The table of lapses: nobody who judges or reflects can see it, and its document says what it holds."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from turnwright.llm.embedded.lapses import DAMPING, HARM, LONG, TABLE
from turnwright.llm.embedded.meanings import meanings

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "embedded-teacher.md"
TEACHER = ROOT / "turnwright" / "llm" / "embedded"
SECRETS = {"turnwright.llm.embedded.lapses", "turnwright.llm.embedded.meanings"}
CODE = ("turnwright", "cli", "domains", "prompts", "checkers", "tasks", "flows", "training", "warehouse", "deployments")


def imported(file: Path) -> set[str]:
    """The modules that a file imports, also those that it takes names from a package by."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_only_the_teacher_imports_the_table() -> None:
    files = [file for folder in CODE for file in (ROOT / folder).rglob("*.py") if TEACHER not in file.parents]
    assert len(files) > 50
    assert [file for file in files if imported(file) & SECRETS] == []


def test_nobody_reads_it_as_a_file() -> None:
    files = [file for folder in CODE for file in (ROOT / folder).rglob("*.py") if TEACHER not in file.parents]
    names = ("meanings.yaml", "lapses.py", "embedded-teacher.md", "paraphrases")
    assert [file for file in files for name in names if name in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    "modules",
    [
        "checkers.audit, checkers.judge, checkers.lint, checkers.sandbox",
        "turnwright.agents.verifier, turnwright.agents.checker_writer, turnwright.agents.ask, turnwright.episode",
        "warehouse.catalog, warehouse.publish",
        "prompts",
    ],
)
def test_those_who_judge_do_not_even_load_it(modules: str) -> None:
    script = f"import sys, {modules}; print([name for name in sys.modules if 'embedded' in name])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_lapse_has_a_meaning_and_no_meaning_is_left_over() -> None:
    assert [lapse.name for lapse in TABLE] == list(meanings())
    assert len({(lapse.role, lapse.name) for lapse in TABLE}) == len(TABLE) == 25
    assert all(meaning.damps and meaning.undoes for meaning in meanings().values())


def test_the_document_holds_the_table() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `") and "`test_" not in line] == [
        f"| `{lapse.role}` | `{lapse.name}` | {lapse.rate:.2f} | {lapse.strikes} | {lapse.meaning} |" for lapse in TABLE
    ]


def test_the_document_names_the_figures_and_the_tests_that_exist() -> None:
    words = DOCUMENT.read_text(encoding="utf-8")
    assert f"{DAMPING:.0%}" in words
    assert f"{HARM:g} times" in words
    assert f"{LONG} words" in words
    named = {word.strip("`.,") for word in words.split() if word.startswith("`test_embedded_")}
    assert named == {file.stem for file in Path(__file__).parent.glob("test_embedded_*.py")}
