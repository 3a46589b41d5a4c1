"""Contamination: whether paraphrased held-out scenarios are found among a night's dialogues, and nothing else is.

50 held-out scenarios are planted, each in four ways: played by the embedded teacher, its user beginning with what they
want in other words; as that, in words that share nothing with the scenario's; as that again, told by another brief, so
that only calls and final state are left; and its opening to the letter, with all values others. The night's own
dialogues are what must not be found. `python -m benchmarks.contamination [--warehouse DIR] [--seed S] [--slots N]`
makes the night in a warehouse of its own, or in the one that is named.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.duplicates import features_of
from benchmarks.imitation import Whole, a_night, dialogues_of, imitated, other_words
from benchmarks.record import Target, record, show
from benchmarks.replay import replayed, reworded
from domains import DOMAINS, load
from tasks.contamination import SIDES, Found, Tasks, held_out
from turnwright.likeness import Likeness, share
from turnwright.scenario import Scenario
from warehouse.catalog import Catalog

PLANTED = 50
EXAMPLES = 20
TARGETS = [Target("recall", least=0.95), Target("precision", least=0.95)]


def main() -> None:
    with a_night() as (night, folder, seed):
        with Catalog(night) as catalog:
            wholes = dialogues_of(catalog)
        _measure(wholes, folder, seed)


def _measure(wholes: Sequence[Whole], folder: Path, seed: int) -> None:
    tasks = {name: Tasks(held_out(load(name))) for name in DOMAINS}
    plants = {kind: [(one, of, tasks[domain].found(one)) for one, of, domain in planted]
              for kind, planted in _plants(folder, seed).items()}  # fmt: skip
    fresh = [(whole, tasks[whole.domain].found(features_of(whole))) for whole in wholes]
    unflagged = [whole for whole, found in fresh if found is None]
    flagged = [(whole, found) for whole, found in fresh if found]
    # What wants the very same as a held-out scenario, word for word, is contaminated though nobody planted it.
    same = [(whole, found) for whole, found in flagged if _wants_the_same(whole, found)]
    hits = sum(found is not None for planted in plants.values() for *_, found in planted)
    count = sum(map(len, plants.values()))
    wrong = len(flagged) - len(same)
    kinds = [{"planted": kind, "dialogues": len(planted), **_found(planted)} for kind, planted in plants.items()]
    figures = {
        "planted": count,
        "recall": round(hits / count, 4),
        "precision": round(hits / (hits + wrong), 4),
        "fresh_dialogues": len(wholes),
        "fresh_flagged": len(flagged),
        "fresh_flagged_that_want_the_same": len(same),
        **{f"fresh_highest_{side}_unflagged": _highest(unflagged, side) for side in SIDES},
    }
    examples = [{"said": " / ".join(whole.user_words)[:90], **found._asdict()} for whole, found in flagged[:EXAMPLES]]
    record("contamination", {**figures, "by_kind": kinds, "examples": examples}, TARGETS, [seed])
    show("planted", kinds)
    show("flagged in the night", examples)


def _plants(folder: Path, seed: int) -> dict[str, list[tuple[Likeness, str, str]]]:
    every = [one for name in sorted(DOMAINS) for one in load(name).test_scenarios()]
    chosen = random.Random(seed).sample(every, PLANTED)
    played = replayed(folder / "played", [reworded(one) for one in chosen], seed)
    makes: dict[str, Callable[[Scenario, Whole], Likeness]] = {
        "played, begun in other words": lambda one, whole: features_of(whole),
        "played, all words others": lambda one, whole: features_of(imitated(whole, "w", None, other_words("w"))),
        "played, all words others, no brief": lambda one, whole: features_of(
            imitated(whole, "w", None, other_words("w"))
        )._replace(wanted=frozenset()),
        "its opening, all values others": lambda one, whole: _said(one, whole),
    }
    pairs = list(zip(chosen, played, strict=True))
    # Without the brief, one in which the task was not done has nothing of it.
    ended = [(one, whole) for one, whole in pairs if _reaches_the_end(one, whole)]
    return {
        kind: [
            (make(one, whole), f"{one.domain}/{one.scenario_id}", one.domain)
            for one, whole in (ended if "no brief" in kind else pairs)
        ]
        for kind, make in makes.items()
    }


def _reaches_the_end(scenario: Scenario, whole: Whole) -> bool:
    """Whether it made all the reference's calls that write, and whatever else."""
    made = [(call["tool"], call["arguments"]) for call in whole.calls]
    return all((call.tool, call.arguments) in made for call in scenario.reference if call.writes) and len(made) > 2


def _said(scenario: Scenario, played: Whole) -> Likeness:
    first, *others = played.turns
    spoken = Whole(played.dialogue, played.scenario, [first | {"content": scenario.opening}, *others], played.calls)
    return features_of(imitated(spoken, "v", "v", None))


def _wants_the_same(whole: Whole, found: Found) -> bool:
    scenario = next(one for one in load(whole.domain).test_scenarios() if found.of.endswith(one.scenario_id))
    return all(one.model_dump(mode="json") in whole.scenario["requests"] for one in scenario.requests)


def _found(planted: Sequence[tuple[Likeness, str, Found | None]]) -> dict[str, Any]:
    right = [(of, found) for _, of, found in planted if found]
    sides = Counter(found.side for _, found in right)
    # Held-out scenarios may begin in the same words, or want the same: then one of them is named.
    named = sum(found.of == of for of, found in right)
    return {"found": len(right), "and named": named, **{f"by {side}": sides[side] for side in SIDES}}


def _highest(wholes: Sequence[Whole], side: str) -> float:
    """The largest share of any task that is large enough, and is in one of these dialogues."""
    most = 0.0
    every = {name: list(held_out(load(name))) for name in DOMAINS}
    for whole in wholes:
        features = features_of(whole)
        mine = getattr(features, side)
        for task in every[whole.domain]:
            theirs = getattr(task.likeness, side)
            if len(theirs) >= SIDES[side][1]:
                most = max(most, share(theirs, mine))
    return round(most, 3)


if __name__ == "__main__":
    main()
