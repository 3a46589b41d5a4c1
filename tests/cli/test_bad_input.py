"""Bad input is one line on stderr that names what was wrong, nothing on stdout, exit status 2, and nothing is begun."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.main import run
from warehouse.store import MARKER, Warehouse

Refused = Callable[..., str]


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that must be refused; gives the line that it says."""

    def refuse(*arguments: str) -> str:
        assert run(list(arguments)) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert err.startswith("turnwright: ")
        assert (err.count("\n"), err[-1]) == (1, "\n")
        return err

    return refuse


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of every kind, by what they are."""
    root = tmp_path_factory.mktemp("places")
    (root / "file").write_text("not a folder")
    for name, marker in {"old": '{"format": 99}', "damaged": "{", "empty marker": ""}.items():
        (root / name).mkdir()
        (root / name / MARKER).write_text(marker)
    (root / "foreign").mkdir()
    (root / "foreign" / "thesis.tex").write_text("mine")
    Warehouse.open(root / "sound", create=True)
    return root


ASKED = {"domain": "shop", "count": "4"}
GENERATE: dict[str, tuple[dict[str, str | None], str]] = {
    "unknown domain": ({"domain": "nosuch"}, "there is no domain 'nosuch'; known: flights, mobile, shop"),
    "no domain": ({"domain": ""}, "nothing is said after --domain: is a variable of the shell not set?"),
    "one domain of two unknown": ({"domain": "shop,nosuch"}, "there is no domain 'nosuch'"),
    "a domain twice": ({"domain": "shop,shop"}, "a domain is named twice"),
    "domain missing": ({"domain": None}, "Missing option '--domain'"),
    "count missing": ({"count": None}, "Missing option '--count'"),
    "count 0": ({"count": "0"}, "'--count': Input should be greater than or equal to 1"),
    "count negative": ({"count": "-3"}, "'--count': Input should be greater than or equal to 1"),
    "count a word": ({"count": "many"}, "'--count': Input should be a valid integer"),
    "count a fraction": ({"count": "1.5"}, "'--count': Input should be a valid integer"),
    "count beyond all bounds": ({"count": "9" * 30}, "count: Input should be less than"),
    "seed a word": ({"seed": "x"}, "'--seed': Input should be a valid integer"),
    "seed beyond all bounds": ({"seed": "9" * 30}, "seed: Input should be less than"),
    "plans 0": ({"plans": "0"}, "'--plans'"),
    "plans beyond all bounds": ({"plans": "9" * 30}, "plans: Input should be less than"),
    "concurrency 0": ({"concurrency": "0"}, "'--concurrency'"),
    "shard size 0": ({"shard-size": "0"}, "'--shard-size'"),
    "money negative": ({"max-usd": "-1"}, "'--max-usd'"),
    "money not a number": ({"max-usd": "nan"}, "'--max-usd'"),
    "unknown generation": ({"generation": "7"}, "shop has no generation 7; known: 0"),
    "no model in a folder": ({"model": "hf:nosuch"}, "there is no model in nosuch"),
    "unknown model": (
        {"model": "nosuch"},
        "there is no model 'nosuch': use embedded/teacher, hf:DIR, or a LiteLLM name",
    ),
    "no model": ({"model": ""}, "nothing is said after --model"),
    "no user model": ({"user-model": ""}, "nothing is said after --user-model"),
    "unknown embedded model": ({"model": "embedded/pupil"}, "there is no model 'embedded/pupil'"),
    "unknown user model": ({"user-model": "nosuch"}, "there is no model 'nosuch'"),
    "unknown provider": ({"model": "nosuch/model"}, "LiteLLM knows no provider for the model 'nosuch/model'"),
    "provider without key": ({"model": "openai/gpt"}, "needs OPENAI_API_KEY in the environment"),
    "key not set": ({"model": "openai/gpt", "api-key-env": "NO_SUCH_KEY"}, "variable NO_SUCH_KEY, which should hold"),
    "key empty": ({"model": "openai/gpt", "api-key-env": "EMPTY_KEY"}, "EMPTY_KEY, which should hold the API key,"),
    "an address that is none": ({"model": "openai/x", "api-base": "localhost:1"}, "no address of a server: it should"),
    "no tokens": ({"max-tokens": "0"}, "'--max-tokens'"),
    "no time": ({"call-timeout-s": "0"}, "call_timeout_s: Input should be greater than 0"),
    "unknown flag": ({"nosuch": "1"}, "No such option: --nosuch"),
    "warehouse a file": ({"warehouse": "file"}, "is a file: name a folder"),
    "warehouse under a file": ({"warehouse": "file/data"}, "cannot use"),
    "warehouse foreign": ({"warehouse": "foreign"}, f"is not a warehouse (it has no {MARKER})"),
    "warehouse of another version": ({"warehouse": "old"}, "format 99; this version reads format 1"),
    "warehouse damaged": ({"warehouse": "damaged"}, f"{MARKER} is damaged"),
    "warehouse without its words": ({"warehouse": "empty marker"}, f"{MARKER} is damaged"),
    "warehouse where none can be": ({"warehouse": "/proc/data"}, "cannot use /proc/data as a warehouse"),
}


@pytest.mark.parametrize(("asked", "says"), GENERATE.values(), ids=GENERATE)
def test_generate(
    places: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str | None], says: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("EMPTY_KEY", "")
    before = sorted(places.rglob("*"))
    flags = {"warehouse": "new", **ASKED, **asked}
    flags["warehouse"] = str(places / str(flags["warehouse"]))
    words = [word for flag, value in flags.items() if value is not None for word in (f"--{flag}", value)]
    assert says in refused("generate", *words, "--json")
    assert sorted(places.rglob("*")) == before


LOOKING: dict[str, tuple[list[str], str, str]] = {
    "no warehouse": (["sql", "select 1"], "nowhere", "there is no warehouse at"),
    "a file": (["sql", "select 1"], "file", "is a file: name a folder"),
    "foreign": (["sql", "select 1"], "foreign", "is not a warehouse"),
    "no query": (["sql"], "sound", "Missing argument 'query'"),
    "an empty query": (["sql", ""], "sound", "nothing is said after sql"),
    "no SQL": (["sql", "selec 1"], "sound", "this is not SQL"),
    "no SQL, over\nseveral\nlines": (["sql", "select\n\n1 +"], "sound", "this is not SQL"),
    "unknown domain to audit": (["audit-checkers", "--domain", "nosuch"], "sound", "known: flights, mobile, shop"),
    "unknown domain to evolve": (["evolve", "--domain", "nosuch"], "sound", "known: flights, mobile, shop"),
    "a seed beyond all bounds to evolve": (
        ["evolve", "--domain", "shop", "--seed", "9" * 30],
        "sound",
        "seed: Input should be less than",
    ),
    "no candidate": (["approve", "3", "--domain", "shop"], "sound", "shop has no candidate 3; waiting: none"),
    "unknown generation to go back to": (["rollback", "--domain", "shop", "--to", "9"], "sound", "known: 0"),
    "an export to nowhere": (["generations", "--export", "1"], "sound", "--export wants the --domain"),
    "nothing to audit": (["audit-checkers"], "sound", "there is no admitted checker in this warehouse"),
    "unknown view": (["sql", "select * from nosuch"], "sound", "(there are generations, prompts, runs, plans,"),
    "unknown column": (["sql", "select nosuch from dialogues"], "sound", "dialogues has dialogue_id, run_id,"),
    "two queries": (["sql", "select 1; select 2"], "sound", "this is 2 statements"),
    "drop": (["sql", "drop view dialogues"], "sound", "a query only reads"),
    "delete": (["sql", "delete from dialogues"], "sound", "a query only reads"),
    "insert": (["sql", "insert into runs select * from runs"], "sound", "a query only reads"),
    "copy": (["sql", "copy dialogues to 'stolen.csv'"], "sound", "a query only reads"),
    "attach": (["sql", "attach 'stolen.db'"], "sound", "a query only reads"),
    "another file": (["sql", "select * from read_csv('/etc/passwd')"], "sound", "and nothing else"),
    "an error of its own": (["sql", "select error('no')"], "sound", "no"),
    "a file that cannot be": (["sql", "select 1", "--out", "/proc/x"], "sound", "cannot write /proc/x: "),
    "export: no such format": (
        ["export", "--format", "xml", "--out", "new"],
        "sound",
        "use trl, openai, sharegpt, areal",
    ),
    "export: nothing in it": (["export", "--format", "trl", "--out", "new"], "sound", "nothing to export"),
    "export: no condition": (
        ["export", "--format", "trl", "--out", "new", "--where", "nosuch = 1"],
        "sound",
        "dialogues has dialogue_id, run_id,",
    ),
    "export: a file": (["export", "--format", "trl", "--out", "/etc/hostname"], "sound", "is a file: name a folder"),
    "export: nowhere to write": (
        ["export", "--format", "trl", "--out", "/proc/x/y"],
        "sound",
        "cannot write to /proc/x/y",
    ),
    "export: nowhere beside": (["export", "--format", "trl", "--out", "/proc/x"], "sound", "cannot write to /proc/x: "),
    "export: no warehouse": (["export", "--format", "trl", "--out", "new"], "nowhere", "there is no warehouse at"),
    "show: unknown id": (["show", "d-0"], "sound", "there is no dialogue 'd-0' here"),
    "show: no warehouse": (["show", "d-0"], "nowhere", "there is no warehouse at"),
    "show: no id": (["show"], "sound", "Missing argument 'dialogue_id'"),
}


@pytest.mark.parametrize(("asked", "place", "says"), LOOKING.values(), ids=LOOKING)
def test_looking(places: Path, refused: Refused, asked: list[str], place: str, says: str) -> None:
    before = sorted(places.rglob("*"))
    assert says in refused(*asked, "--warehouse", str(places / place), "--json")
    assert sorted(places.rglob("*")) == before


TRAIN = ["--domain", "shop", "--out", "new"]
OTHERS: dict[str, tuple[list[str], str]] = {
    "unknown command": (["nosuch"], "No such command 'nosuch'"),
    "a command misspelt": (["generat"], "Did you mean 'generate', 'generations'?"),
    "one argument too many": (["domains", "shop"], "unexpected extra argument"),
    "sql: unknown format": (["sql", "select 1", "--format", "xml"], "unknown format 'xml': use table, csv, json"),
    "sql: a table to a file": (["sql", "select 1", "--out", "rows.txt"], "--out needs a --format that a file can hold"),
    "sql: a file that cannot be": (["sql", "select 1", "--format", "csv", "--out", "/proc/x"], "cannot write /proc/x"),
    "export: a folder of others": (["export", "--format", "trl", "--out", "foreign"], "holds more than an export"),
    "train: no such stage": (["train", "dpo", *TRAIN], "there is no stage 'dpo': use sft, user-model, all"),
    "train: no such domain": (["train", "sft", *TRAIN, "--domain", "nosuch"], "there is no domain 'nosuch'"),
    "train: no such preset": (["train", "sft", *TRAIN, "--preset", "huge"], "there is no preset 'huge': use qwen3-30b"),
    "train: begin with nothing": (["train", "sft", *TRAIN, "--init", "foreign"], "there is no model in foreign"),
    "train: no warehouse": (["train", "sft", *TRAIN, "--warehouse", "nowhere"], "there is no warehouse at nowhere"),
    "train: no condition": (["train", "sft", *TRAIN, "--where", "nosuch = 1"], "dialogues has dialogue_id, run_id,"),
    "train: a file": (["train", "sft", *TRAIN, "--out", "file"], "file is a file: name a folder for the model"),
    "train: in a file": (
        ["train", "sft", *TRAIN, "--out", "file/model"],
        "file is a file: name a folder for the model",
    ),
    "train: nowhere": (["train", "sft", *TRAIN, "--out="], "nothing is said after --out="),
    "train: no seed": (["train", "sft", *TRAIN, "--seed", "-1"], "'--seed'"),
    "evaluate: nobody": (["evaluate", "--domain", "shop", "--assistant", ""], "nothing is said after --assistant"),
    "promote: no time": (
        ["promote", "openai/x", "--domain", "shop", "--call-timeout-s", "0"],
        "call_timeout_s: Input should be greater than 0",
    ),
    "evolve: no time": (["evolve", "--domain", "shop", "--outage-s", "0"], "outage_s: Input should be greater than 0"),
    "serve: port 0": (["serve", "--port", "0"], "'--port'"),
    "serve: port a word": (["serve", "--port", "http"], "'--port'"),
    "serve: a file": (["serve", "--warehouse", "file"], "is a file: name a folder"),
    "serve: foreign": (["serve", "--warehouse", "foreign"], "is not a warehouse"),
}


@pytest.mark.parametrize(("asked", "says"), OTHERS.values(), ids=OTHERS)
def test_other_commands(
    places: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, asked: list[str], says: str
) -> None:
    monkeypatch.chdir(places)
    monkeypatch.setenv("TURNWRIGHT_WAREHOUSE", "sound")
    assert says in refused(*asked)


def test_serve_on_a_port_that_is_taken(places: Path, refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot serve on port {port}" in refused("serve", "--port", port, "--warehouse", str(places / "sound"))


def test_a_query_that_fails_leaves_the_file_as_it_was(places: Path, refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n")
    refused("sql", "selec 1", "--format", "csv", "--out", str(file), "--warehouse", str(places / "sound"))
    assert file.read_text() == "a\n1\n"


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder with a warehouse in it, which this process may read and nothing else while the test runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Warehouse.open(folder / "data", create=True)
        (folder / "unreadable").mkdir()
        for path, mode in {"unreadable": 0o600, "data": 0o555, ".": 0o755}.items():
            (folder / path).chmod(mode)
        nobody = 65534
        if os.getuid() == 0:
            os.setresuid(nobody, nobody, 0)
        yield folder
        if os.getresuid()[2] == 0:
            os.setresuid(0, 0, 0)
        (folder / "data").chmod(0o755)


@pytest.mark.parametrize("place", ["data", "new", "unreadable/data"])
def test_a_folder_that_one_may_not_write_to(closed: Path, refused: Refused, place: str) -> None:
    words = [word for flag, value in ASKED.items() for word in (f"--{flag}", value)]
    says = refused("generate", *words, "--warehouse", str(closed / place), "--json")
    assert str(closed / place) in says
    assert "not writable" in says or "Permission denied" in says


TOML = {
    "no TOML": ("model =", "turnwright.toml cannot be read"),
    "an unknown setting": ("modle = 'x'", "turnwright.toml has unknown settings: modle; known: roles, api_base,"),
    "a value of the wrong kind": ("count = 'many'", "Invalid value for '--count'"),
    "an unknown role": ("[roles.boss]\nmodel = 'openai/x'", "there is no role boss; known: planner,"),
}


@pytest.mark.parametrize(("text", "says"), TOML.values(), ids=TOML)
def test_settings(places: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    monkeypatch.chdir(places)
    (places / "turnwright.toml").write_text(text)
    assert says in refused("generate", "--domain", "shop", *([] if "count" in text else ["--count", "1"]))


MISSPELT = ("[roles.asistant]\ntemperature = 0", "there is no role asistant; known: planner,")
NO_TIME = ("call_timeout_s = 0", "call_timeout_s: Input should be greater than 0")
OF_OTHERS = {
    "evaluate: an unknown role": (["evaluate"], *MISSPELT),
    "promote: an unknown role": (["promote", "silent-not"], *MISSPELT),
    "promote: no time": (["promote", "openai/x"], *NO_TIME),
    "evolve: no time": (["evolve"], *NO_TIME),
}


@pytest.mark.parametrize(("asked", "text", "says"), OF_OTHERS.values(), ids=OF_OTHERS)
def test_settings_count_for_all_that_plays(
    places: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, asked: list[str], text: str, says: str
) -> None:
    monkeypatch.chdir(places)
    (places / "turnwright.toml").write_text(text)
    assert says in refused(*asked, "--domain", "shop")


def test_flags_win_over_the_file_and_the_file_over_defaults(
    places: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(places)
    (places / "turnwright.toml").write_text("count = 1\ndomain = 'nosuch'\nmodel = 'other'\n")
    assert "there is no domain 'nosuch'" in refused("generate")
    assert "there is no model 'other'" in refused("generate", "--domain", "shop")
    assert "there is no model 'third'" in refused("generate", "--domain", "shop", "--model", "third")


def test_as_a_process() -> None:
    command = [sys.executable, "-c", "from cli.main import main; main()", "generate", "--domain", "x", "--count", "1"]
    ended = subprocess.run([*command, "--json"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "turnwright: there is no domain 'x'; known: flights, mobile, shop\n"


def test_without_a_command_there_is_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "generate" in capfd.readouterr().out
