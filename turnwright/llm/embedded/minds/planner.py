"""The planner's mind: goes round the families, each time with a combination of twists and style not yet planned."""

import re
from itertools import combinations
from typing import Any

import orjson

from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import PlanIdea, Playbook
from turnwright.llm.embedded.reading import Reading

_ITEM = re.compile(r"^- (\w+)", re.MULTILINE)


def plan(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """One plan pair as JSON."""
    families = [name for name in _ITEM.findall(reading.system.section("families")) if name in playbook.plans]
    styles = _ITEM.findall(reading.system.section("styles"))
    twists = set(_ITEM.findall(reading.system.section("twists")))
    written = re.findall(r"^- (.+)$", reading.task.section("plans written"), re.MULTILINE)
    if not families or not styles:
        return "I cannot plan without families and styles."
    family = families[len(written) % len(families)]
    if failing := re.findall(r"^- (.+)$", reading.task.section("plan that fails"), re.MULTILINE)[:1]:
        family = next((one for one in families if failing[0].startswith(f"{one.replace('_', ' ')},")), family)
        written += failing
    if written and not reading.transcript.heard and noise.strikes("repeats_plan"):
        family = families[(len(written) - 1) % len(families)]
        again = [
            cell for cell in _cells(playbook.plans[family], styles, twists) if _summary(family, *cell) == written[-1]
        ]
        if again:
            return _pair(family, playbook.plans[family], *again[0], written[-1])
    idea = playbook.plans[family]
    cells = _cells(idea, styles, twists)
    turned = int(noise.uniform("turn", family) * len(cells))
    refused = " ".join(reading.transcript.heard)
    for chosen, style in cells[turned:] + cells[:turned]:
        summary = _summary(family, chosen, style)
        if summary not in written and not _is_reserved(refused, chosen, style):
            return _pair(family, idea, chosen, style, summary)
    return "Every combination is planned already."


def _cells(idea: PlanIdea, styles: list[str], twists: set[str]) -> list[tuple[tuple[str, ...], str]]:
    """Every combination of at most two fitting twists with a style."""
    sets = [(), *((twist,) for twist in idea.twists), *combinations(idea.twists, 2)]
    return [(chosen, style) for chosen in sets for style in styles if set(chosen) <= twists]


def _summary(family: str, twists: tuple[str, ...], style: str) -> str:
    words = family.replace("_", " ")
    return f"{words}, {' and '.join(twists).replace('_', ' ') or 'straight'}, {style} customer"


def _is_reserved(refused: str, twists: tuple[str, ...], style: str) -> bool:
    return f"with {'+'.join([*sorted(twists), style])} is reserved" in refused


def _pair(family: str, idea: PlanIdea, twists: tuple[str, ...], style: str, summary: str) -> str:
    pair: dict[str, Any] = {
        "synthesis": {
            "summary": summary,
            "family": family,
            "tier": min(3, idea.tier + len(twists)),
            "tool_patterns": idea.tools,
            "user_style": style,
            "twists": twists,
        },
        "evaluation": {"rubrics": idea.rubrics, "failure_codes": idea.codes},
    }
    return orjson.dumps(pair).decode()
