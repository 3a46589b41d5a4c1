"""turnwright.toml and the roles of a run: what is said where, what it means, and what cannot be."""

from pathlib import Path
from typing import Any

import pytest

from tasks.models import Models
from tasks.settings import settings
from tasks.spec import RoleSettings, RunSpec
from turnwright.errors import BadInput
from turnwright.llm.endpoint import Patience

KNOWN = {"model", "concurrency", "max_usd"}


def test_a_file_says_what_flags_say_and_how_roles_are_asked(tmp_path: Path) -> None:
    file = tmp_path / "turnwright.toml"
    file.write_text('model = "openai/x"\nmax_usd = 5.5\n[roles.user]\nmodel = "openai/y"\nparams = {stop = ["###"]}\n')
    assert settings(KNOWN, file) == {
        "model": "openai/x",
        "max_usd": 5.5,
        "roles": {"user": {"model": "openai/y", "params": {"stop": ["###"]}}},
    }


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert settings(KNOWN, tmp_path / "turnwright.toml") == {}


WRONG = [
    pytest.param("model = ", "cannot be read", id="no TOML"),
    pytest.param("modle = 'x'", "unknown settings: modle; known: roles, concurrency", id="an unknown key"),
    pytest.param("[roles.user]\ntemprature = 1", "temprature", id="an unknown key of a role"),
    pytest.param("[roles]\nuser = 'openai/x'", "roles", id="a role that is no table"),
    pytest.param("roles = 1", "a table", id="roles that are no table"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_a_file_should_not_say(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "turnwright.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=says):
        settings(KNOWN, file)


RUN = RunSpec(domains=("shop",), count=4, model="openai/x", api_base="http://a/v1", api_key_env="A_KEY")


def with_roles(**roles: dict[str, Any]) -> RunSpec:
    return RunSpec.model_validate(RUN.model_dump() | {"roles": roles})


def test_a_role_takes_from_the_run_what_it_does_not_say() -> None:
    run = with_roles(planner={"temperature": 0.5}, user={"model": "openai/y", "api_base": "http://b/v1"})
    assert run.asked("planner") == RoleSettings(
        model="openai/x", api_base="http://a/v1", api_key_env="A_KEY", temperature=0.5
    )
    assert run.asked("user") == RoleSettings(model="openai/y", api_base="http://b/v1", api_key_env="A_KEY")
    assert run.asked("assistant").model == run.model_of("assistant") == "openai/x"


def test_another_provider_gets_neither_address_nor_key_of_the_run() -> None:
    run = with_roles(user={"model": "anthropic/y"})
    assert (run.asked("user").api_base, run.asked("user").api_key_env) == (None, None)


def test_how_a_role_is_asked_is_part_of_the_run_and_where_is_not() -> None:
    assert with_roles(user={"api_base": "http://b/v1", "api_key_env": "B_KEY"}).run_id == RUN.run_id
    others = [{"model": "openai/y"}, {"temperature": 0.1}, {"params": {"max_tokens": 9}}, {"json_schema": True}]
    ids = {with_roles(user=other).run_id for other in others}
    assert len(ids | {RUN.run_id}) == 5


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no role boss; known: planner"):
        with_roles(boss={"model": "openai/y"})


def test_servers_are_shared_by_all_who_ask_there() -> None:
    models = Models(8, Patience(), print)
    two = models.client("openai/x", "http://a/v1, http://b/v1", None)
    one = models.client("openai/y", "http://b/v1", None)
    names = [[endpoint.name for endpoint in client._endpoints] for client in (two, one)]  # type: ignore[attr-defined]
    assert names == [["http://a/v1", "http://b/v1"], ["http://b/v1"]]
    assert two._endpoints[1] is one._endpoints[0]  # type: ignore[attr-defined]


def test_an_address_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no address of a server"):
        Models(8, Patience(), print).client("openai/x", "localhost:8000", None)
