"""Chat: a dialogue as a person wants to read it."""

from typing import Any

import orjson
from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from cli.console import out

_STYLES = {"user": "cyan", "assistant": "green"}
_VERDICTS = {"PASS": "bold green", "FAIL": "bold red", "ERROR": "bold yellow"}
_RESULT_WIDTH = 160


def print_dialogue(dialogue: dict[str, Any]) -> None:
    """Persona and goal, the talk with its calls and their results, what changed, and the verdict with its findings."""
    about = f"{dialogue['family']} · {dialogue['variant']} · generation {dialogue['generation']} · {dialogue['model']}"
    goal = Text(f"{dialogue['persona']}\n{dialogue['goal']}\n", style="italic")
    goal.append(about, style="dim")
    out.print(Panel(goal, title=dialogue["dialogue_id"], title_align="left"))
    for turn in dialogue["turns"]:
        if turn["content"]:
            out.print(_line(turn["speaker"], turn["content"]))
        for call in dialogue["tool_calls"]:
            if call["turn"] == turn["turn"]:
                out.print(Padding(_call(call), (0, 0, 0, 4)))
    out.print(Panel(Group(*_end(dialogue)), title="What came of it", title_align="left"))


def _line(speaker: str, words: str) -> Text:
    line = Text(f"{speaker}: ", style=f"bold {_STYLES[speaker]}")
    line.append(words, style="default not bold")
    return line


def _call(call: dict[str, Any]) -> Text:
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in orjson.loads(call["arguments"]).items())
    line = Text(f"{call['tool']}({arguments})", style="magenta bold" if call["writes"] else "magenta")
    answer = f"error: {call['error']}" if call["error"] else call["result"]
    short = answer if len(answer) <= _RESULT_WIDTH else f"{answer[:_RESULT_WIDTH]}…"
    return line.append(f"\n→ {short}", style="red not bold" if call["error"] else "dim not bold")


def _plain(value: Any) -> str:
    return orjson.dumps(value).decode()


def _end(dialogue: dict[str, Any]) -> list[Text]:
    lines = [Text(f"stopped: {dialogue['stop_reason']}", style="dim")]
    for path, fields in orjson.loads(dialogue["changes"]).items():
        for name, (before, after) in fields.items():
            lines.append(Text(f"{path} {name}: {_plain(before)} → {_plain(after)}", overflow="ellipsis", no_wrap=True))
    if len(lines) == 1:
        lines.append(Text("nothing was changed"))
    verdict = Text(dialogue["verdict"], style=_VERDICTS[dialogue["verdict"]])
    if dialogue["blame"]:
        verdict.append(f" · blame {dialogue['blame']}", style="default not bold")
    lines.append(verdict)
    for finding in dialogue["findings"]:
        lines.append(Text(f"  {finding['source']}: {finding['code']}: {finding['detail']}"))
    return lines
