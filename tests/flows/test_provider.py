"""A provider of one's own, over HTTP: it is well, it is unwell, it recovers, and its key stays out of everything."""

from typing import Any

import orjson
import process
import pytest
from conftest import Printed
from drive import command, drive
from loopback import Handler, Loopback, loopback

from cli.main import run as turnwright
from tasks.spec import RunSpec
from turnwright.errors import Failure
from warehouse.catalog import Catalog
from warehouse.schema import TABLES
from warehouse.store import Warehouse

pytestmark = pytest.mark.filterwarnings("ignore:Item .* on TypedDict class")  # LiteLLM's, at its first call
KEY = "sk-loopback-0123456789abcdef"


def fail(handler: Handler) -> None:
    handler.answer(500, b"<html>\n<h1>Bad gateway</h1>\n<p>Try again later</p>\n</html>")


def talk_nonsense(handler: Handler) -> None:
    handler.answer(200, b"\x00\xff not JSON at all")


def answer_nothing(handler: Handler) -> None:
    handler.answer(200, b'{"choices": []}')


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.close()


def name_the_key(handler: Handler) -> None:
    key = handler.headers["Authorization"].removeprefix("Bearer ")
    handler.answer(401, orjson.dumps({"error": {"message": f"Incorrect API key provided: {key}"}}))


def asked_of(server: Loopback) -> RunSpec:
    return RunSpec(domains=("shop",), count=4, plans=2, model="openai/teacher", api_base=server.api_base, attempts=2)


UNWELL = {
    "fails the executor": (fail, "tool executor", {"scenarios_rejected": 4}),
    "nonsense for the task verifier": (talk_nonsense, "task verifier", {"scenarios_rejected": 4}),
    "nothing for the checker writer": (answer_nothing, "checker writer", {"checkers_admitted": 0}),
    "hangs up on the assistant": (hang_up, "assistant", {"passed": 0, "failed": 0}),
    "fails the customer": (fail, "customer", {"passed": 0, "failed": 0}),
}


@pytest.mark.parametrize(("unwell", "part", "counters"), UNWELL.values(), ids=UNWELL)
async def test_every_slot_ends_as_a_record_with_blame(
    warehouse: Warehouse, printed: Printed, unwell: Any, part: str, counters: dict[str, int]
) -> None:
    with loopback(unwell, part) as server:
        run = asked_of(server)
        result = await drive(run, warehouse)
    assert counters.items() <= result.items()
    assert turnwright(command(run, warehouse)) == 1
    out, err = printed()
    error = orjson.loads(out)["error"]
    assert error.startswith("no dialogue came to a verdict: PROVIDER: ")
    assert err == f"turnwright: {' '.join(error.split())}\n"
    found = ends(warehouse)
    assert found["PROVIDER"] >= 2
    assert sum(found.values()) == run.count


def ends(warehouse: Warehouse) -> dict[str, int]:
    """How many slots ended with each blame, however they ended; a scenario that was rejected has its reason instead."""
    with Catalog(warehouse) as catalog:
        rows = catalog.query("""
            SELECT blame, count(*) AS n FROM (
                SELECT split_part(reason, ':', 1) AS blame FROM scenarios WHERE state = 'rejected'
                UNION ALL SELECT split_part(reason, ':', 1) FROM checkers WHERE state = 'refused'
                UNION ALL SELECT coalesce(blame, verdict) FROM dialogues
            ) GROUP BY blame
        """)
    return {row["blame"]: row["n"] for row in rows}


def holding(key: str, warehouse: Warehouse) -> list[str]:
    """The files and tables that have the key in them."""
    files = [str(file) for file in warehouse.root.rglob("*") if file.is_file() and key.encode() in file.read_bytes()]
    with Catalog(warehouse) as catalog:  # Parquet is compressed
        return files + [table for table in TABLES if key in str(catalog.query(f'SELECT * FROM "{table}"'))]


async def test_a_key_that_a_provider_repeats_is_written_nowhere(
    warehouse: Warehouse, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPBACK_KEY", KEY)
    with loopback(name_the_key, "assistant") as server:
        run = asked_of(server).model_copy(update={"api_key_env": "LOOPBACK_KEY"})
        assert (await drive(run, warehouse))["errors"] > 0
    assert turnwright(command(run, warehouse)) == 1
    assert server.keys == {f"Bearer {KEY}"}
    assert KEY not in "".join(printed())
    assert holding(KEY, warehouse) == []


async def test_a_provider_that_recovers_is_asked_again(warehouse: Warehouse) -> None:
    with loopback(fail, "dialogue writer") as server:
        with pytest.raises(Failure, match="Bad gateway"):
            await drive(asked_of(server), warehouse)
        server.unwell = None
        assert (await drive(asked_of(server), warehouse))["dialogues"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("unwell", [None, name_the_key], ids=["well", "repeats it"])
def test_the_command_over_http_writes_its_key_nowhere(warehouse: Warehouse, unwell: Any) -> None:
    """Not in the warehouse, nor in what Prefect logs and shows, nor in what was captured."""
    with loopback(unwell, "assistant") as server:
        run = asked_of(server).model_copy(update={"api_key_env": "LOOPBACK_KEY"})
        status, out, err = process.turnwright([*command(run, warehouse), "--capture"], {"LOOPBACK_KEY": KEY})
    result = orjson.loads(out)
    assert (status, "Traceback" in err) == (0 if unwell is None else 1, False)
    assert 0 < result["dialogues"] < result["llm_calls"]
    assert min(result["tokens_in"], result["tokens_out"]) > 0
    assert server.keys == {f"Bearer {KEY}"}
    captured = warehouse.captured(run.run_id).read_text()
    assert len(captured.splitlines()) >= result["llm_calls"]
    assert ("***" in captured) is (unwell is not None)
    assert KEY not in out + err
    assert holding(KEY, warehouse) == []
