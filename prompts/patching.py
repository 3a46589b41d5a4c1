"""Patching: what evolution may change: in a template the list of instructions under one heading, as plain text; in the
workflow how a role is asked."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from jinja2 import TemplateSyntaxError
from pydantic import ValidationError

from prompts.generation import Asking, Generation, Prompt
from turnwright.record import Record
from turnwright.scenario import Plan

HEADING = "## Take care"
"""The slot, at the end of a template's system message; generation 0 has none."""
LONGEST = 300
"""Characters of an instruction."""
MOST = 20
"""Instructions of a template."""
_MESSAGE = "\n=== message ===\n"
LONGER = 1.5
"""How much longer than its parent a template may be, the slot left out."""
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%#]")
_FORBIDDEN = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|===|\n|\r|```")
"""What could be read as a part of the template, and not as words."""


class BadPatch(ValueError):
    """A patch that cannot be made, with a reason that its writer can act on."""


SETTINGS = {
    "temperature": None,
    "attempts": None,
    "votes": ("task_verifier", "trajectory_verifier"),
    "self_check": ("assistant",),
}
"""What may be set in the workflow, and for which roles; None: for all."""


class Patch(Record):
    """One change of how a role is instructed or asked: instructions in `replaces` go, `text` comes; or a setting,
    or plans."""

    role: str
    text: str = ""
    """The new instruction; empty to remove one."""
    replaces: tuple[str, ...] = ()
    """Instructions that it sharpens, merges or, without a text, removes."""
    setting: str = ""
    value: float | None = None
    plans: tuple[Plan, ...] = ()
    """The planner's: the plan pairs that runs begin with from now on."""
    because: str = ""
    """The code of the failures that it is against."""

    def __str__(self) -> str:
        if self.plans:
            return f"{len(self.plans)} plans, {sum(plan.round > 0 for plan in self.plans)} of them rewritten"
        return f"{self.setting} = {self.value or 0:g}" if self.setting else self.text or f"without {self.replaces}"

    @property
    def kind(self) -> str:
        if self.setting or self.plans:
            return "set" if self.setting else "plans"
        if not self.text:
            return "remove"
        return {0: "add", 1: "sharpen"}.get(len(self.replaces), "merge")


def instructions(prompt: Prompt) -> list[str]:
    """What stands in the slot of a template, one instruction each."""
    system = prompt.text.partition(_MESSAGE)[0]
    listed = system.partition(f"\n{HEADING}\n")[2]
    return [line.removeprefix("- ") for line in listed.splitlines() if line.startswith("- ")]


def settings(role: str) -> list[str]:
    """What may be set for a role."""
    return [name for name, roles in SETTINGS.items() if roles is None or role in roles]


def with_patches(generation: Generation, patches: Sequence[Patch]) -> Generation:
    """The generation with these patches made.

    Raises:
        BadPatch: if one cannot be made.
    """
    prompts, asked = dict(generation.prompts), dict(generation.workflow.roles)
    for role in sorted({patch.role for patch in patches}):
        mine = [patch for patch in patches if patch.role == role]
        prompts[role] = patched(prompts[role], [patch for patch in mine if patch.text or patch.replaces])
        for patch in mine:
            asked[role] = _set(asked[role], patch)
    workflow = generation.workflow.model_copy(update={"roles": asked})
    plans = next((patch.plans for patch in patches if patch.plans), generation.plans)
    return replace(generation, prompts=prompts, workflow=workflow, plans=plans)


def _set(asked: Asking, patch: Patch) -> Asking:
    if not patch.setting:
        return asked
    if patch.setting not in settings(patch.role):
        known = ", ".join(settings(patch.role))
        raise BadPatch(f"{patch.setting} cannot be set for {patch.role}; what can is {known}")
    try:
        return Asking.model_validate({**asked.model_dump(), patch.setting: patch.value})
    except ValidationError as error:
        raise BadPatch(f"{patch}: {error.errors(include_url=False)[0]['msg']}") from error


def patched(prompt: Prompt, patches: Sequence[Patch]) -> Prompt:
    """The template with its instructions changed.

    Raises:
        BadPatch: if a patch is none, is about something that is not there, or says what could be read as code.
    """
    kept = instructions(prompt)
    for patch in patches:
        missing = [text for text in patch.replaces if text not in kept]
        if missing:
            raise BadPatch(f"there is no such instruction: {missing[0]!r}")
        kept = [text for text in kept if text not in patch.replaces]
        if patch.text:
            kept.append(_checked(patch.text))
    if len(set(kept)) < len(kept):
        raise BadPatch("an instruction would be there twice")
    if len(kept) > MOST:
        raise BadPatch(f"there would be {len(kept)} instructions; at most {MOST} may be")
    system, mark, message = prompt.text.partition(_MESSAGE)
    body = system.partition(f"\n{HEADING}\n")[0].rstrip()
    slot = "".join(f"\n- {text}" for text in kept)
    return Prompt(prompt.role, f"{body}\n\n{HEADING}{slot}\n{mark}{message}" if kept else f"{body}\n{mark}{message}")


def guard(before: Prompt, after: Prompt) -> None:
    """See to it that a template changed its words alone: its code, its title and its parts are as they were.

    So it renders with every variable that it had, and with no other; what it does not have already, no loop, call or
    attribute, can come in.

    Raises:
        BadPatch: if it did not, or became too long.
    """
    old, new = (Counter(_CODE.findall(prompt.text)) for prompt in (before, after))
    for code, times in ((new - old) + (old - new)).items():
        raise BadPatch(f"the code of a template is not to be changed: {code} is there {times} times more or less")
    if _OPENING.search(_CODE.sub("", after.text)):
        raise BadPatch("a template has a part of an expression or a statement that does not end")
    titles = [prompt.text.partition("\n")[0] for prompt in (before, after)]
    if titles[0] != titles[1] or before.text.count(_MESSAGE) != after.text.count(_MESSAGE):
        raise BadPatch(f"a template keeps its title, {titles[0]!r}, and its parts")
    if len(after.text) > LONGER * len(before.text) + MOST * LONGEST:
        raise BadPatch(f"a template of {len(after.text):,} characters; its parent has {len(before.text):,}")
    try:
        after.compile()
    except TemplateSyntaxError as error:
        raise BadPatch(f"the template does not parse: {error.message}") from error


def _checked(text: str) -> str:
    text = " ".join(text.split(" ")).strip()
    if found := _FORBIDDEN.search(text):
        raise BadPatch(f"an instruction is one line of plain words, without {found[0]!r}")
    if not 8 <= len(text) <= LONGEST:
        raise BadPatch(f"an instruction has 8 to {LONGEST} characters, this one has {len(text)}")
    return text
