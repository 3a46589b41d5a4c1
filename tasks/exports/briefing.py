"""Briefings: what each assistant was told, rendered again from the template that it was told by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from domains import DOMAINS, load
from prompts import Prompt
from tasks.exports.example import Briefing, Line
from turnwright.dialogue import Side
from turnwright.special_tokens import Neutraliser
from turnwright.tool import schemas
from warehouse.catalog import Catalog

_TOLD = """
SELECT DISTINCT run_id, domain, p.generation, p.template
FROM llm_calls l JOIN prompts p USING (domain, prompt_hash)
WHERE l.role = $role AND p.role = $role ORDER BY ALL
"""
"""A template counts for a run only if the run's own ledger has its hash: a number alone could mean another text."""


Templates = Mapping[tuple[str, str, int], Sequence[str]]
"""By run, domain and generation, the texts that a side may have been told by; one, if all is well."""


def templates_of(catalog: Catalog, side: Side) -> Templates:
    """The templates of all runs for one side."""
    found: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    for row in catalog.query(_TOLD, {"role": side.value}):
        found[row["run_id"], row["domain"], row["generation"]].append(row["template"])
    return found


class Briefings:
    """The briefings of a warehouse's dialogues, each rendered once."""

    def __init__(self, templates: Templates, clean: Neutraliser) -> None:
        self._templates = templates
        self._clean = clean
        self._rendered: dict[tuple[str, str], Briefing] = {}

    def of(self, about: Mapping[str, Any]) -> Briefing | None:
        """What the assistant of this dialogue was told; None where that is not certain."""
        domain = about["domain"]
        found = self._templates.get((about["run_id"], domain, about["generation"]), ())
        if len(found) != 1 or domain not in DOMAINS:
            return None
        if (domain, found[0]) not in self._rendered:
            self._rendered[domain, found[0]] = self._render(domain, found[0])
        return self._rendered[domain, found[0]]

    def _render(self, name: str, template: str) -> Briefing:
        domain = load(name)
        messages = Prompt("assistant", template).render(**domain.briefing)
        opening = tuple(Line(message["role"], self._clean.text(message["content"])) for message in messages)
        return Briefing(opening, tuple(self._clean.value(schemas(domain.tools.values()))))
