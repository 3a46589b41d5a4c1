"""Reflecting: what the reflector is shown of the failures of a role, and what its proposals must not say."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from prompts import Generation
from prompts.patching import BadPatch, Patch, with_patches
from tasks.trials import Played
from turnwright.agents.reflector import Proposal
from turnwright.record import strings
from turnwright.scenario import Scenario

_GROUPS = 8
"""Failure groups that the reflector sees of a role."""
_EXAMPLES = 2


def failures_of(played: Sequence[Played], role: str) -> list[dict[str, Any]]:
    """What a role is blamed for, the most frequent first: {"code", "dialogues", "families", "examples"}."""
    groups: defaultdict[str, list[Played]] = defaultdict(list)
    for one in played:
        if not one.passed and one.role == role:
            groups[one.code].append(one)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {
            "code": code,
            "dialogues": len(found),
            "families": sorted({one.family for one in found}),
            "examples": [{"findings": one.details, "said": one.said} for one in found[:_EXAMPLES]],
        }
        for code, found in ordered[:_GROUPS]
    ]


def patch_of(role: str, proposal: Proposal) -> Patch:
    """A proposal as the change of how a role is instructed or asked."""
    return Patch(
        role=role,
        text=proposal.text,
        replaces=proposal.replaces,
        setting=proposal.set,
        value=proposal.to,
        because=proposal.because,
    )


def check_patches(generation: Generation, patches: Sequence[Patch], scenarios: Sequence[Scenario]) -> None:
    """See whether they can be made, and speak of no scenario of these.

    Raises:
        BadPatch: if they cannot, or do.
    """
    with_patches(generation, patches)
    if leaked := next((word for one in patches for word in leaks(one.text, scenarios)), None):
        raise BadPatch(f"{leaked!r} is of one scenario: say what holds for all")


def leaks(text: str, scenarios: Sequence[Scenario]) -> list[str]:
    """What a text has of single scenarios: ids, dates, addresses, and whatever else has a digit in it, and names."""
    words, found = {word.strip(".,;:!?\"'()").casefold() for word in text.split()}, set[str]()
    for scenario in scenarios:
        told = scenario.model_dump(include={"knows", "requests", "facts", "reference"})
        values = {value.casefold() for value in strings(told) if any(mark.isdigit() for mark in value)}
        names = {part for name in strings(scenario.knows.get("name")) for part in name.casefold().split()}
        found |= (values | names) & words
    return sorted(found)
