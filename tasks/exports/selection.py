"""Selection: which dialogues an export has, and why the others are left out; in SQL, as a stream in one order."""

from collections.abc import Sequence, Set

from domains import DOMAINS, load

HELD_OUT = "s.split IS DISTINCT FROM 'train' OR list_contains($held_out, d.scenario_id)"
"""Whether a dialogue `d` of a scenario `s` is one that no condition brings back; `$held_out` is `test_set()`."""
_MARKED = "(d.run_id, d.dialogue_id) IN (SELECT (run_id, dialogue_id) FROM marks WHERE kind = '{}')"
_LEFT_OUT = {
    "held_out": HELD_OUT,
    "not_passed": "d.verdict <> 'PASS'",
    "duplicate": _MARKED.format("duplicate"),
    "contaminated": _MARKED.format("contaminated"),
}
"""Why the warehouse says that a dialogue is left out, and when; of several reasons the first counts."""
REASONS = {
    "held_out": "of the committed test set, or of a scenario that is not for training",
    "not_passed": "that the checker did not pass",
    "duplicate": "marked as duplicates",
    "contaminated": "marked as too close to the test set",
    "no_prompt": "told by a prompt that no generation has",
    "no_answer": "in which the assistant neither said nor did anything",
    "no_place": "that this format cannot write down",
    "validation": "of scenarios held back for validation, for which this format has no file",
}
"""All reasons, in the order in which they are looked at."""
_ASKED_BY = {"not_passed": "verdict", "duplicate": "marks", "contaminated": "marks"}
"""By reason, what a condition names that has the last word on it."""

_ABOUT = """dialogue_id, scenario_id, run_id, domain, generation, model, user_model, stop_reason, verdict,
        family, variant, tier"""


def test_set() -> list[str]:
    """The ids of the scenarios of all committed test sets."""
    return [scenario.scenario_id for name in DOMAINS for scenario in load(name).test_scenarios()]


class Selection:
    """The dialogues that meet a condition, or all; its query takes `parameters`."""

    def __init__(self, where: str | None, names: Set[str], tells: Sequence[str]) -> None:
        """`where` is a condition over the view `dialogues`, and `names` what it names: one that names the verdict, or
        the marks, decides about them itself. `tells` are the columns of scenarios that are wanted."""
        kept = {reason for reason, name in _ASKED_BY.items() if name in names}
        self._where = where or "true"
        self._reasons = " ".join(f"WHEN {when} THEN '{name}'" for name, when in _LEFT_OUT.items() if name not in kept)
        self._tells = tells
        self.parameters = {"held_out": test_set()}

    @property
    def sql(self) -> str:
        """Rows by scenario: one of the scenario (no dialogue), if columns of it are wanted; then by dialogue one about
        it (turn -1), with why it is left out, and for those that are not their turns (call -1), each with its calls.

        Sorting is all the work that grows, for DuckDB can do it on disk; columns are joined to nothing wide.
        """
        return f"""
WITH asked AS (SELECT dialogue_id, run_id FROM dialogues WHERE (
{self._where}
)),
wished AS (
    SELECT scenario_id, run_id, min(split) AS split, min(family) AS family, min(variant) AS variant, min(tier) AS tier
    FROM scenarios GROUP BY scenario_id, run_id
),
judged AS (
    SELECT {_ABOUT}, CASE {self._reasons} END AS left_out
    FROM dialogues d SEMI JOIN asked USING (dialogue_id, run_id) LEFT JOIN wished s USING (scenario_id, run_id)
),
chosen AS (SELECT scenario_id, dialogue_id, run_id FROM judged WHERE left_out IS NULL)
SELECT * FROM (
    SELECT scenario_id, dialogue_id, run_id, turn, -1 AS call, speaker, content, reasoning
    FROM turns JOIN chosen USING (dialogue_id, run_id)
    UNION ALL BY NAME
    SELECT scenario_id, dialogue_id, run_id, turn, call, call_id, tool, arguments, result, error
    FROM tool_calls JOIN chosen USING (dialogue_id, run_id)
    {self._told}
    UNION ALL BY NAME
    SELECT *, -1 AS turn, -1 AS call FROM judged
) ORDER BY scenario_id, run_id, dialogue_id, turn, call"""

    @property
    def _told(self) -> str:
        if not self._tells:
            return ""
        columns = f"scenario_id, run_id, {', '.join(self._tells)}"
        return f"""UNION ALL BY NAME
    SELECT '' AS dialogue_id, -1 AS turn, -1 AS call, {columns}
    FROM scenarios SEMI JOIN chosen USING (scenario_id, run_id)"""
