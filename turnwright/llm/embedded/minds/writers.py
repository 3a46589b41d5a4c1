"""The minds of the dialogue writer, who invents a wish, and of the tool executor, who fulfils it knowing everything."""

import re
from typing import Any

import orjson

from turnwright.llm.embedded.case import HandedOver, Refused, SolvedCase, Telling
from turnwright.llm.embedded.desk import Desk, Impossible
from turnwright.llm.embedded.lapses import Noise
from turnwright.llm.embedded.playbook import Playbook
from turnwright.llm.embedded.reading import Reading


def draft(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """One draft as JSON, after the look-ups that it needs."""
    plan, customers = reading.system.data("plan"), reading.task.data("customers")
    if not plan or not customers:
        return "I have no plan or no customers to write about."
    synthesis = plan["synthesis"]
    number = re.search(r"scenario number (\d+)", reading.task.section("customers"))
    desk = Desk(
        synthesis["family"],
        tuple(synthesis["twists"]),
        synthesis["user_style"],
        customers,
        reading.transcript,
        noise,
        number[1] if number else "",
    )
    try:
        written = playbook.write(desk)
    except Impossible as reason:
        return orjson.dumps({"impossible": str(reason)}).decode()
    if noise.strikes("hides_identity"):
        hidden = [key for key in written["knows"] if playbook.identification.search(key)]
        written["knows"] = {key: value for key, value in written["knows"].items() if key not in hidden}
        written["does_not_know"] = [*written["does_not_know"], *hidden]
    if not reading.transcript.heard and noise.strikes("talks_around_json"):
        return f"Here is a customer for you. {written['persona']} {written['goal']}"
    return orjson.dumps(written).decode()


def solve(reading: Reading, playbook: Playbook, noise: Noise) -> str:
    """How the wish ends and what must be told, after the calls that fulfil it."""
    wish: dict[str, Any] | None = reading.task.data("wish")
    if not wish:
        return "I see no wish."
    knows = [f"my {key.replace('_', ' ')} is {value}" for key, value in wish["knows"].items()]
    heard = " \n ".join([wish["opening"], *knows])
    tellings: list[Telling] = []
    ending = "INFORMED"
    for request in wish["requests"]:
        text = " \n ".join(f"{key}: {value}" for key, value in request["details"].items())
        case = SolvedCase(reading.transcript, text, heard, playbook.last_resort, noise, playbook.steps)
        try:
            playbook.procedures[request["action"]](case)
        except Refused as refused:
            case.tellings.append(("REFUSAL", "refusal", str(refused)))
            ending = "REFUSED"
        except HandedOver:
            ending = "TRANSFERRED"
        tellings += case.tellings
    if ending != "TRANSFERRED" and any(tool in playbook.writes for tool, _ in reading.transcript.made):
        ending = "CHANGED"
    facts = [
        {
            "code": code if code not in {one[0] for one in tellings[:at]} else f"{code}_{at}",
            "kind": kind,
            "value": value,
        }
        for at, (code, kind, value) in enumerate(tellings)
    ]
    return orjson.dumps({"ending": ending, "facts": _misrecorded(facts, noise)}).decode()


def _misrecorded(facts: list[dict[str, Any]], noise: Noise) -> list[dict[str, Any]]:
    money = [fact for fact in facts if fact["kind"] == "money"]
    if money and noise.strikes("misrecords_fact"):
        money[0]["value"] = round(money[0]["value"] + 9, 2)
    return facts
