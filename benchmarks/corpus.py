"""Corpus: what 1,000 slots of each domain look like: how varied, how long, how often passed, whose fault.

`python -m benchmarks.corpus [--domain D[,D]] [--warehouse DIR]` makes the corpus of all domains in a warehouse of its
own, or of those that are named, in the one that is named, where it is only looked at if it was made before.
"""

import argparse
import re
import tempfile
from calendar import month_name
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.command import generate
from benchmarks.record import Target, record, show
from domains import DOMAINS, load
from turnwright.world import Domain
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SEED = 11
SLOTS = 1_000
Of = dict[str, str]
"""Which dialogues: {"run_id": ..., "domain": ...}."""
TARGETS = [
    Target("families_missing", most=0),
    Target("distinct_openings", least=0.5),
    Target("largest_opening_skeleton", most=0.02),
    Target("lowest_pass_rate", least=0.5),
    Target("highest_pass_rate", most=0.8),
    Target("blames", least=3),
    Target("finding_codes", least=8),
    Target("seconds", most=180),
]

SAID = """
SELECT turn, content, knows
FROM turns JOIN dialogues USING (dialogue_id, run_id, domain) JOIN scenarios USING (scenario_id, run_id, domain)
WHERE run_id = $run_id AND domain = $domain AND speaker = 'user' AND content <> '' ORDER BY dialogue_id, turn
"""
BY_FAMILY = """
SELECT family, count(*) AS slots, count(dialogue_id) AS dialogues, count(*) FILTER (verdict = 'PASS') AS passed,
    round(passed / nullif(count(dialogue_id), 0), 3) AS pass_rate
FROM scenarios LEFT JOIN dialogues USING (scenario_id, run_id, domain)
WHERE run_id = $run_id AND domain = $domain GROUP BY family ORDER BY family
"""
BY_BLAME = """
SELECT blame, count(*) AS dialogues FROM dialogues
WHERE run_id = $run_id AND domain = $domain AND verdict <> 'PASS' GROUP BY blame ORDER BY dialogues DESC
"""
BY_CODE = """
SELECT code, count(DISTINCT dialogue_id) AS dialogues FROM findings
WHERE run_id = $run_id AND domain = $domain AND source = 'checker' GROUP BY code ORDER BY dialogues DESC
"""
LENGTHS = """
SELECT turns, tool_calls FROM dialogues WHERE run_id = $run_id AND domain = $domain
"""

_MASKS = (
    (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "<email>"),
    (r"#O-\w+|\b(gift|card|wallet|bank|pay|s|i|u)[-_]\d[\w-]*", "<id>"),
    (r"\b[A-Z]\d[A-Z]{2}\d[A-Z]\b", "<code>"),
    (r"\$ ?\d[\d,]*(\.\d+)?|\b\d[\d,]*\.\d\d\b( ?USD)?", "<amount>"),
    (rf"\b\d{{4}}-\d\d-\d\d\b|\b({'|'.join(month_name[1:])}) \d+\b", "<date>"),
    (r"\d+", "<number>"),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", default=",".join(DOMAINS))
    parser.add_argument("--warehouse", type=Path)
    asked = parser.parse_args()
    if asked.warehouse:
        return _look_at(asked.warehouse, asked.domain.split(","))
    with tempfile.TemporaryDirectory() as folder:
        return _look_at(Path(folder), asked.domain.split(","))


def _look_at(folder: Path, names: list[str]) -> None:
    made = generate(folder, SLOTS * len(names), SEED, domains=",".join(names)).result
    with Catalog(Warehouse.open(folder, create=False)) as catalog:
        of = {name: _figures(catalog, load(name), made) for name in names}
    figures: dict[str, Any] = {
        "families_missing": sum(one["families_missing"] for one in of.values()),
        "distinct_openings": min(one["distinct_openings"] for one in of.values()),
        "largest_opening_skeleton": max(one["largest_opening_skeleton"] for one in of.values()),
        "lowest_pass_rate": min(one["pass_rate"] for one in of.values()),
        "highest_pass_rate": max(one["pass_rate"] for one in of.values()),
        "blames": min(one["blames"] for one in of.values()),
        "finding_codes": min(one["finding_codes"] for one in of.values()),
        "seconds": made["seconds"],
    }
    record("corpus", {**figures, "domains": of}, TARGETS, [SEED])
    for name, one in of.items():
        for table in ("families", "by_blame", "by_code"):
            show(f"{name}: {table.replace('_', ' ')}", one[table])
        for table in ("turns", "tool_calls"):
            rows = [{table.replace("_", " "): number, "dialogues": times} for number, times in one[table].items()]
            show(f"{name}: length in {table.replace('_', ' ')}", rows)


def _figures(catalog: Catalog, domain: Domain, made: dict[str, Any]) -> dict[str, Any]:
    of = {"run_id": made["run_id"], "domain": domain.name}
    counted = made["by_domain"][domain.name]
    tables = {
        name: catalog.query(sql, of)
        for name, sql in (("families", BY_FAMILY), ("by_blame", BY_BLAME), ("by_code", BY_CODE))
    }
    present = {row["family"] for row in tables["families"]}
    counters = ("dialogues", "passed", "failed", "errors", "scenarios_rejected", "checkers_refused", "pass_rate")
    return {
        **{name: counted[name] for name in counters},
        "families_present": len(present),
        "families_missing": len(set(domain.families) - present),
        **_variety(catalog, of),
        "blames": len(tables["by_blame"]),
        "finding_codes": len(tables["by_code"]),
        **_lengths(catalog, of),
        **tables,
    }


def _variety(catalog: Catalog, of: Of) -> dict[str, Any]:
    said = [(row["turn"], skeleton(row["content"], row["knows"])) for row in catalog.query(SAID, of)]
    openings, all_turns = Counter(words for turn, words in said if turn == 0), Counter(words for _, words in said)
    return {
        "distinct_openings": _distinct(openings),
        "largest_opening_skeleton": _largest(openings),
        "distinct_user_turns": _distinct(all_turns),
        "largest_user_turn_skeleton": _largest(all_turns),
        "commonest_openings": _commonest(openings),
        "commonest_user_turns": _commonest(all_turns),
    }


def skeleton(words: str, knows: str) -> str:
    """A customer's words without what anyone could fill in: ids, names, amounts, dates, emails and numbers."""
    for name in orjson.loads(knows).get("name", "").split():
        words = re.sub(rf"\b{re.escape(name)}\b", "<name>", words)
    for pattern, mask in _MASKS:
        words = re.sub(pattern, mask, words)
    return words


def _distinct(skeletons: Counter[str]) -> float:
    return round(len(skeletons) / skeletons.total(), 3)


def _largest(skeletons: Counter[str]) -> float:
    return round(skeletons.most_common(1)[0][1] / skeletons.total(), 4)


def _commonest(skeletons: Counter[str]) -> list[dict[str, Any]]:
    return [{"skeleton": words, "times": times} for words, times in skeletons.most_common(10)]


def _lengths(catalog: Catalog, of: Of) -> dict[str, dict[int, int]]:
    rows = catalog.query(LENGTHS, of)
    return {name: _histogram(row[name] for row in rows) for name in ("turns", "tool_calls")}


def _histogram(values: Iterable[int]) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


if __name__ == "__main__":
    main()
