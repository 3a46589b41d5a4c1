"""`turnwright evaluate` and `promote`: equals are equal, a finished run is told again, and only the better goes on."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import Printed
from loopback import Handler, Loopback, loopback

from cli.main import run as turnwright
from domains import DOMAINS
from turnwright.llm.embedded import EmbeddedClient, Steady
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

SMALL = ("--domain", "shop", "--count", "12", "--trials", "2")
STATES = "SELECT path, state FROM models ORDER BY path"


def steady(server: Loopback) -> Loopback:
    """A better model than the embedded teacher: itself without its lapses."""
    server.teacher = EmbeddedClient({name: entry.playbook for name, entry in DOMAINS.items()}, Steady)
    return server


def told(printed: Printed, warehouse: Warehouse, status: int, command: str, *arguments: str) -> dict[str, Any]:
    assert turnwright([command, *arguments, "--warehouse", str(warehouse.root), "--json"]) == status
    out, _ = printed()
    return orjson.loads(out)


def mumble(handler: Handler) -> None:
    """Whatever is asked."""
    message = {"role": "assistant", "content": "Let me think about that."}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    handler.answer(200, orjson.dumps({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage}))


def fail(handler: Handler) -> None:
    handler.answer(401, b'{"error": {"message": "who are you?"}}')


def states(warehouse: Warehouse) -> dict[str, str]:
    with Catalog(warehouse) as catalog:
        return {row["path"]: row["state"] for row in catalog.query(STATES)}


def test_what_is_better_is_promoted_and_can_be_taken_back(warehouse: Warehouse, printed: Printed) -> None:
    with loopback() as server:
        at = ("--api-base", steady(server).api_base)
        better = told(printed, warehouse, 0, "promote", *SMALL, *at, "openai/steady")
    assert better["promoted"], better["reason"]
    assert better["comparison"]["p_value"] < 0.05
    assert states(warehouse) == {"embedded/teacher": "retired", "openai/steady": "current"}
    back = told(printed, warehouse, 0, "promote", "--domain", "shop", "--back")
    assert back == {"domain": "shop", "retired": "openai/steady", "current": "embedded/teacher"}
    assert states(warehouse) == {"embedded/teacher": "current", "openai/steady": "retired"}


def test_what_is_worse_is_not_promoted(warehouse: Warehouse, printed: Printed) -> None:
    with loopback(mumble, "assistant") as server:
        worse = told(printed, warehouse, 1, "promote", *SMALL, "--api-base", server.api_base, "openai/mute")
    assert not worse["promoted"]
    assert worse["comparison"]["difference"] < 0
    assert worse["comparison"]["p_value"] < 0.05
    assert states(warehouse) == {"embedded/teacher": "candidate", "openai/mute": "candidate"}


def test_nobody_is_promoted_where_a_server_failed(warehouse: Warehouse, printed: Printed) -> None:
    def once(handler: Handler) -> None:
        handler.server.unwell = None
        fail(handler)

    with loopback(once, "assistant") as server:
        at = ("--api-base", steady(server).api_base)
        better = told(printed, warehouse, 1, "promote", *SMALL, *at, "openai/steady")
    assert better["comparison"]["p_value"] < 0.05
    assert "a server's failure ended 1 of the dialogues" in better["reason"]
    assert states(warehouse)["embedded/teacher"] == "candidate"


@pytest.mark.parametrize(("command", "model"), [("evaluate", ()), ("promote", ("openai/one",))])
def test_limits_in_the_file_hold(
    warehouse: Warehouse,
    printed: Printed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    model: tuple[str, ...],
) -> None:
    (tmp_path / "turnwright.toml").write_text("count = 3\nmax_tokens = 20_000\n")
    monkeypatch.chdir(tmp_path)
    with loopback() as server:
        found = told(printed, warehouse, 1, command, *SMALL, *model, "--api-base", server.api_base)
    assert "20,000" in found["error"]
    assert found["dialogues"] == 0


def test_one_model_under_two_names_is_no_better_than_itself(warehouse: Warehouse, printed: Printed) -> None:
    with loopback() as server:
        at = ("--assistant", "openai/one", "--against", "openai/other", "--api-base", server.api_base)
        first = told(printed, warehouse, 0, "evaluate", *SMALL, *at)
    assert (first["comparison"]["difference"], first["comparison"]["p_value"]) == (0, 1)
    assert first["pass_k"] == first["against"]["pass_k"]
    again = told(printed, warehouse, 0, "evaluate", *SMALL, *at)  # nobody listens there any more
    assert (first["resumed"], again["resumed"]) == (False, True)
    assert {**again, "resumed": False, "seconds": 0} == {**first, "seconds": 0}


def test_a_user_model_has_its_card_beside_that_of_the_embedded_user(warehouse: Warehouse, printed: Printed) -> None:
    with loopback(mumble, "customer") as server:
        at = ("--user", "openai/mute", "--user-card", "--api-base", server.api_base)
        found = told(printed, warehouse, 0, "evaluate", *SMALL, *at)
    assert (found["model"], found["user_model"]) == ("embedded/teacher", "openai/mute")
    assert found["card"]["stopped_rightly"]["share"] < found["card_of_embedded_user"]["stopped_rightly"]["share"]
    assert found["comparison"]["difference"] < 0


def test_a_model_that_refuses_everybody_leaves_nothing_behind(warehouse: Warehouse, printed: Printed) -> None:
    with loopback(fail, "assistant") as server:
        at = ("--assistant", "openai/locked", "--api-base", server.api_base)
        found = told(printed, warehouse, 1, "evaluate", *SMALL, *at)
    assert found["error"].startswith("no dialogue took place: ")
    assert found["dialogues"] == 0
    assert not [*warehouse.journal.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("evaluate", "--domain", "nosuch"), "there is no domain 'nosuch'; known: flights, mobile, shop"),
        (("evaluate", "--domain", "shop", "--assistant", "nope"), "there is no model 'nope'"),
        (("evaluate", "--domain", "shop", "--assistant", "hf:nowhere"), "there is no folder nowhere"),
        (("evaluate", "--domain", "shop", "--user", "silent"), "there is no model 'silent'"),
        (("evaluate", "--domain", "shop", "--split", "train"), "split: Input should be 'test'"),
        (("evaluate", "--domain", "shop", "--generation", "7"), "shop has no generation 7; known: 0"),
        (("evaluate", "--domain", "shop", "--trials", "0"), "'--trials'"),
        (("evaluate", "--domain", "shop", "--user-card", "--against", "silent"), "--user-card holds a user model"),
        (("promote", "--domain", "shop"), "promote takes the name of a model, or --back without one"),
        (("promote", "--domain", "shop", "--back", "openai/x"), "promote takes the name of a model"),
        (("promote", "--domain", "shop", "--back"), "took nobody's place"),
        (("promote", "--domain", "shop", "silent"), "silent is no model that could be promoted"),
        (("promote", "--domain", "shop", "embedded/teacher"), "is the current model of shop already"),
    ],
)
def test_bad_input_is_one_line(warehouse: Warehouse, printed: Printed, arguments: tuple[str, ...], line: str) -> None:
    assert turnwright([*arguments, "--warehouse", str(warehouse.root)]) == 2
    out, err = printed()
    assert (out, err.count("\n")) == ("", 1)
    assert line in err
