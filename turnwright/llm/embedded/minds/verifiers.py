"""The verifiers' minds: does a scenario hold together, and whose fault is a dialogue that went wrong?"""

import re
from typing import Any

import orjson

from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading

_PROPOSAL = re.compile(r"shall i (?!look|check|search)|do you agree|confirm|go ahead\?|proceed\?", re.IGNORECASE)
_TAKEN_BACK = re.compile(r"changed my mind|actually|on second thought|rather", re.IGNORECASE)


def accept(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """Whether the scenario is sound, as JSON."""
    draft, calls = reading.task.data("scenario"), reading.task.data("reference calls")
    solution = reading.task.data("how it ends")
    if draft is None or calls is None or solution is None:
        return "I cannot judge a scenario that I do not see."
    flaw = _flaw(draft, calls, solution["facts"], playbook)
    if flaw and not noise.strikes("waves_through"):
        return orjson.dumps({"accept": False, "reason": flaw}).decode()
    return orjson.dumps({"accept": True, "reason": "goal, calls and facts fit together"}).decode()


def _flaw(
    draft: dict[str, Any], calls: list[dict[str, Any]], facts: list[dict[str, Any]], playbook: Playbook
) -> str | None:
    """What is wrong with the scenario itself, or None."""
    needs_identity = any(call["tool"].startswith("find_user") or "user_id" in call["arguments"] for call in calls)
    if needs_identity and not any(playbook.identification.search(key) for key in draft["knows"]):
        return "the customer cannot identify themselves"
    results = orjson.dumps([call.get("result") for call in calls]).decode()
    for fact in facts:
        if fact["kind"] == "money" and not _stands(abs(fact["value"]), results):
            return f"{fact['code']} does not stand in the results"
    return None


def _stands(amount: float, results: str) -> bool:
    return any(abs(abs(float(number)) - amount) < 0.005 for number in re.findall(r"-?\d+(?:\.\d+)?", results))


def judge(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """A verdict with blame and findings, as JSON."""
    scenario, turns = reading.task.data("scenario"), reading.task.data("dialogue")
    changes, wanted = reading.task.data("what it changed"), reading.task.data("what the reference changes")
    if scenario is None or turns is None or changes is None or wanted is None:
        return "I cannot judge a dialogue that I do not see."
    findings = _findings(scenario, turns, changes, wanted)
    if not findings or noise.strikes("overlooks"):
        return orjson.dumps({"verdict": "PASS", "blame": None, "findings": []}).decode()
    blame = "ASSISTANT" if noise.strikes("blames_assistant") else _blame(scenario, turns, changes, wanted, playbook)
    found = [{"code": code, "detail": detail} for code, detail in findings]
    return orjson.dumps({"verdict": "FAIL", "blame": blame, "findings": found}).decode()


def _findings(
    scenario: dict[str, Any], turns: list[dict[str, Any]], changes: dict[str, Any], wanted: dict[str, Any]
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if set(wanted) - set(changes):
        found.append(("MISSING_WRITE", "something that the customer wanted was not done"))
    if set(changes) - set(wanted):
        found.append(("EXTRA_WRITE", "something was changed that should not have been"))
    if any(changes[path] != wanted[path] for path in set(changes) & set(wanted)):
        found.append(("WRONG_CHANGE", "a change was made with wrong values"))
    said = " ".join(turn["content"] for turn in turns if turn["speaker"] == "assistant")
    for fact in scenario["facts"]:
        if fact["kind"] == "money" and f"{abs(fact['value']):,.2f}" not in said:
            found.append(("FACT_NOT_TOLD", fact["code"]))
    transferred = any(call["tool"] == "transfer_to_human" for turn in turns for call in turn["calls"])
    if transferred != (scenario["ending"] == "TRANSFERRED"):
        found.append(("WRONG_TRANSFER", "the customer was handed over without need, or not when it was needed"))
    return found


def _blame(
    scenario: dict[str, Any],
    turns: list[dict[str, Any]],
    changes: dict[str, Any],
    wanted: dict[str, Any],
    playbook: Playbook,
) -> str:
    if _flaw(scenario, scenario["reference"], scenario["facts"], playbook):
        return "TASK"
    words = " ".join(turn["content"] for turn in turns if turn["speaker"] == "user")
    proposed = any(_PROPOSAL.search(turn["content"]) for turn in turns if turn["speaker"] == "assistant")
    if "change your mind" in scenario["goal"] and proposed and not _TAKEN_BACK.search(words):
        return "USER"
    if turns and turns[-1]["speaker"] == "user" and set(wanted) - set(changes) and _had_more_to_come(turns):
        return "USER"
    if _pretended(turns, playbook):
        return "USER"
    return "ASSISTANT" if _all_raised(scenario["goal"], words) else "USER"


def _pretended(turns: list[dict[str, Any]], playbook: Playbook) -> bool:
    """Whether the customer told of a step with their device that they had not done."""
    asked, done = "", set[str]()
    for turn in turns:
        if turn["speaker"] == "assistant":
            asked, done = turn["content"] or asked, set() if turn["content"] else done
            continue
        done |= {call["tool"] for call in turn["calls"]}
        steps = [step for step in playbook.steps.values() if step.heard.search(asked)]
        if any(step.pretended and step.pretended in turn["content"] and step.tool not in done for step in steps):
            return True
    return False


def _had_more_to_come(turns: list[dict[str, Any]]) -> bool:
    """Whether the customer left while the assistant's proposal was still open."""
    before = [turn["content"] for turn in turns[:-1] if turn["speaker"] == "assistant" and turn["content"]]
    return bool(before) and bool(_PROPOSAL.search(before[-1]))


def _all_raised(goal: str, words: str) -> bool:
    """Whether the customer brought up every wish of a goal with several: said at least half of what it says."""
    said = set(_content_words(words))
    later = [_content_words(wish) for wish in re.split(r"\(\d\)", goal)[2:]]
    return all(2 * sum(word in said for word in wish) >= len(wish) for wish in later)


def _content_words(text: str) -> list[str]:
    # What comes with a change of mind need not have been said: the customer may never have been asked to confirm.
    told = re.split(r"when (?:the assistant|asked)", text, flags=re.IGNORECASE)[0]
    return [word for word in re.findall(r"[\w#-]+", told.lower()) if len(word) > 3]
