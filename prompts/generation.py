"""Generation: an immutable, content-addressed set of templates and one workflow; `load` reads it from a folder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field

from turnwright.episode import Limits
from turnwright.llm.chat import Wire, said
from turnwright.record import Record, canonical, content_hash
from turnwright.scenario import Plan

ROLES = (
    "planner",
    "dialogue_writer",
    "tool_executor",
    "task_verifier",
    "checker_writer",
    "assistant",
    "user",
    "trajectory_verifier",
    "reflector",
)

_MESSAGE = "=== message ==="
"""Parts the system message from the first user message of a template."""


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _nested(markdown: str) -> str:
    """A document as part of another: its headings go down two levels."""
    return re.sub(r"^#", "###", markdown, flags=re.MULTILINE)


# Templates will be edited by a model: they render in the sandbox, and a hole without a value is an error.
_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_environment.filters["tojson"] = _json
_environment.filters["nested"] = _nested


class Asking(Record):
    """How one role is asked."""

    temperature: float = Field(ge=0, le=2)
    attempts: int = Field(ge=1, le=9)
    """Replies until one can be read."""
    votes: int = Field(default=1, ge=1, le=9)
    """How often a verifier is asked about the same: all have to accept a scenario; on a dialogue, most decide."""
    self_check: bool = False
    """Whether the assistant is asked to look again before it changes something."""


class Ends(Record):
    """Where a dialogue that does not end is ended."""

    turns: int
    calls_in_a_row: int


class Workflow(Record):
    """The stages as data; it evolves as the templates do."""

    roles: dict[str, Asking]
    limits: Ends

    @property
    def dialogue_limits(self) -> Limits:
        return Limits(self.limits.turns, self.limits.calls_in_a_row)


@dataclass(frozen=True)
class Prompt:
    """One role's template."""

    role: str
    text: str

    @property
    def hash(self) -> str:
        """The first 16 hex digits of the sha256 of the text."""
        return self._hash

    @cached_property
    def _hash(self) -> str:
        return content_hash(self.text, 16)

    @cached_property
    def _parts(self) -> list[Any]:
        # Parted before rendering: a value that holds the mark is a value all the same.
        return [_environment.from_string(part) for part in self.text.split(_MESSAGE, 1)]

    def compile(self) -> None:
        """See whether it parses.

        Raises:
            jinja2.TemplateSyntaxError: if it does not.
        """
        _ = self._parts

    def render(self, **context: Any) -> list[Wire]:
        """The opening messages: a system message and, where the template has a second part, a user message.

        Raises:
            jinja2.UndefinedError: if `context` lacks a value.
        """
        texts = [part.render(**context).strip() for part in self._parts]
        return [said(role, text) for role, text in zip(("system", "user"), texts, strict=False)]


@dataclass(frozen=True)
class Generation:
    """Templates and workflow; two of the same content are the same."""

    number: int
    prompts: Mapping[str, Prompt]
    workflow: Workflow
    plans: tuple[Plan, ...] = ()
    """Proven plan pairs, that a run makes its first plans of; the planner writes what is wanted beyond them."""

    @cached_property
    def hash(self) -> str:
        """The first 16 hex digits over all templates, the workflow and the plans."""
        return content_hash(self.texts, 16)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Every template by its role, the workflow as YAML under "workflow", and where there are any, the plans as JSON
        lines under "plans"."""
        workflow = yaml.safe_dump(self.workflow.model_dump(), sort_keys=False)
        plans = "".join(f"{canonical(plan.model_dump(mode='json')).decode()}\n" for plan in self.plans)
        templates = {role: prompt.text for role, prompt in self.prompts.items()}
        return {**templates, "workflow": workflow, **({"plans": plans} if plans else {})}

    def asks_alike(self, other: "Generation", role: str) -> bool:
        """Whether both ask a role for the same, in the same way."""
        alike = self.prompts[role] == other.prompts[role]
        return alike and self.workflow.roles[role] == other.workflow.roles[role]

    @property
    def workflow_hash(self) -> str:
        return content_hash(self.workflow.model_dump(), 16)


def assemble(texts: Mapping[str, str], number: int) -> Generation:
    """A generation from its `texts`.

    Raises:
        pydantic.ValidationError: if the workflow is none.
    """
    workflow = Workflow.model_validate(yaml.safe_load(texts["workflow"]))
    plans = tuple(Plan.model_validate_json(line) for line in texts.get("plans", "").splitlines())
    return Generation(number, {role: Prompt(role, texts[role]) for role in ROLES}, workflow, plans)


FILES = {**{role: f"{role}.md.j2" for role in ROLES}, "workflow": "workflow.yaml", "plans": "plans.jsonl"}
"""What each of a generation's texts is called in a folder."""


def load(folder: Path, number: int = 0) -> Generation:
    """Read a generation from a folder of its FILES; one without plans needs no file of them."""
    needed = [name for name, file in FILES.items() if name != "plans" or (folder / file).exists()]
    return assemble({name: (folder / FILES[name]).read_text() for name in needed}, number)


GENERATION_0 = Path(__file__).parent
"""The folder of the generation that everything starts from."""
