"""AReaL: the form of AReaL-tau2-data: a row per assistant turn for SFT, a task per scenario for RL, and the databases.

Source: the dataset card of inclusionAI/AReaL-tau2-data, and tau2-bench's `Task`, of which its RL rows are a part.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tasks.exports.example import Example
from tasks.exports.format import Format, function, wire
from turnwright.scenario import DEVICE
from turnwright.world import Domain

Row = dict[str, Any]

_SFT, _RL = "_sft_train.jsonl", "_rl_train.jsonl"
_TOLD = ("knows", "does_not_know", "initial", "reference", "facts")


def _rows(example: Example) -> Iterator[tuple[str, Row]]:
    domain = example.about["domain"]
    if example.first:
        yield f"{domain}{_RL}", _task(example)
    for row in _answers(example):
        yield f"{domain}{_SFT}", row


def _answers(example: Example) -> Iterator[Row]:
    about, number = example.about, 0
    passed = about["verdict"] == "PASS"
    history = [wire(line) for line in example.messages]
    history[0] = {**history[0], "content": f"{history[0]['content']}\n\n{_tools(example)}"}
    for place, line in enumerate(example.messages):
        if line.role != "assistant":
            continue
        answer = {
            "role": "assistant",
            "content": line.content,
            "thinking": line.thinking,
            "tool_calls": [function(call) for call in line.calls],
        }
        metadata = {
            "source_dialog_id": about["dialogue_id"],
            "turn_index": number,
            "reason_for_call": example.told["goal"],
            "scenario_id": about["scenario_id"],
            "correct": int(passed),
            "reward": float(passed),
        }
        yield {"messages": history[:place], "answer": answer, "metadata": metadata}
        number += 1


def _tools(example: Example) -> str:
    """The form has no other place for them than the system message."""
    schemas = "\n".join(orjson.dumps(tool).decode() for tool in example.briefing.tools)
    return f"## Tools\n{schemas}"


def _task(example: Example) -> Row:
    about, told = example.about, {**example.told, **{name: orjson.loads(example.told[name]) for name in _TOLD}}
    domain = about["domain"]
    return {
        "id": about["scenario_id"],
        "description": {"purpose": f"{about['family']}: {about['variant']}"},
        "user_scenario": {
            "persona": told["persona"],
            "instructions": {
                "domain": domain,
                "reason_for_call": told["goal"],
                "known_info": "\n".join(f"{name}: {value}" for name, value in told["knows"].items()),
                "unknown_info": "\n".join(told["does_not_know"]) or None,
                "task_instructions": f"{told['goal']}\n\nBegin with: {told['opening']}",
            },
        },
        "initial_state": _initial_state(told["initial"]),
        "evaluation_criteria": orjson.dumps(_criteria(told["reference"], told["facts"])).decode(),
        "db_path": _database(domain),
    }


def _initial_state(initial: Mapping[str, Mapping[str, Any]]) -> Row | None:
    if not initial:
        return None
    data: dict[str, dict[str, dict[str, Any]]] = {"agent_data": {}, "user_data": {}}
    for path, patch in initial.items():
        table, _, key = path.partition("/")
        data["user_data" if table == DEVICE else "agent_data"].setdefault(table, {})[key] = patch
    return {"initialization_data": data, "initialization_actions": None, "message_history": None}


def _criteria(reference: list[Row], facts: list[Row]) -> Row:
    refusals = [f"The assistant refuses: {fact['value']}" for fact in facts if fact["kind"] == "refusal"]
    return {
        "actions": [
            {"action_id": call["id"], "requestor": call["side"], "name": call["tool"], "arguments": call["arguments"]}
            for call in reference
        ],
        "env_assertions": None,
        "communicate_info": [_as_said(fact) for fact in facts if fact["kind"] != "refusal"],
        "nl_assertions": refusals or None,
        "reward_basis": ["DB", "COMMUNICATE"],
    }


def _as_said(fact: Row) -> str:
    if fact["kind"] == "money":
        return f"{abs(float(fact['value'])):.2f}"
    return f"{fact['value']:g}" if isinstance(fact["value"], int | float) else fact["value"]


def _database(domain: str) -> str:
    return f"{domain}_rl_database/{domain}_db.json"


def _beside(domains: Mapping[str, Domain]) -> Mapping[str, bytes]:
    form = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return {_database(name): orjson.dumps(domain.database.tables, option=form) for name, domain in domains.items()}


def _metadata(files: Mapping[str, int]) -> dict[str, Any]:
    domains = sorted(name.removesuffix(_SFT) for name in files if name.endswith(_SFT))
    return {
        "configs": [
            {
                "config_name": domain,
                "data_files": [{"split": split, "path": f"{domain}_{split}_train.jsonl"} for split in ("sft", "rl")],
            }
            for domain in domains
        ]
    }


_LOADING = """\
The files are those of [AReaL-tau2-data](https://huggingface.co/datasets/inclusionAI/AReaL-tau2-data), with the domain's
name in the place of `tau2`. Loss belongs on `answer` alone. Tasks name tools and tables of Turnwright's domains, so RL
needs these as its environment: a task starts from `db_path`, patched with `initial_state`, and its reference actions
lead to the state that `DB` compares. Scenarios that other formats hold back for validation are left out.
"""

FORMAT = Format(
    _rows,
    _metadata,
    _LOADING,
    thinking=True,
    tells=("persona", "goal", "opening", *_TOLD),
    beside=_beside,
    validation=False,
)
