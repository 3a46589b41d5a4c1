"""SQL over a warehouse reads its views, whatever is asked, and leaves no other trace."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.exports import to_json
from warehouse.publish import publish
from warehouse.schema import TABLES, names_of
from warehouse.store import Warehouse

CONTRACT = {
    "generations": "generation domain parent state workflow_hash created_at reason",
    "prompts": "prompt_hash role generation template",
    "runs": "run_id kind domain generation seed model started_at finished_at state",
    "plans": "plan_id run_id domain parent round synthesis evaluation",
    "scenarios": "scenario_id plan_id run_id domain family tier split state reason",
    "checkers": "checker_id scenario_id source state mutation_score reason",
    "mutants": "checker_id mutant expected got",
    "dialogues": "dialogue_id scenario_id run_id domain generation model user_model stop_reason verdict blame turns "
    "tool_calls tokens_in tokens_out cost_usd created_at",
    "turns": "dialogue_id turn speaker content tool_calls",
    "tool_calls": "dialogue_id turn side tool arguments result error writes",
    "findings": "dialogue_id source code detail blame",
    "llm_calls": "run_id role model prompt_hash tokens_in tokens_out cost_usd latency_s outcome",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_every_view_has_its_columns_even_when_empty(warehouse: Warehouse, table: str) -> None:
    with Catalog(warehouse) as catalog:
        described = catalog.query(f"DESCRIBE {table}")
        assert catalog.query(f"SELECT {CONTRACT[table].replace(' ', ', ')} FROM {table}") == []
    assert [row["column_name"] for row in described] == names_of(table)


def test_the_types_are_the_same_with_and_without_parts(
    warehouse: Warehouse, library: Warehouse, tmp_path: Path
) -> None:
    empty = Warehouse.open(tmp_path / "empty", create=True)
    for table in TABLES:
        with Catalog(empty) as without, Catalog(library) as with_parts:
            assert without.query(f"DESCRIBE {table}") == with_parts.query(f"DESCRIBE {table}")


READING = [
    "SELECT count(*) FROM dialogues",
    "WITH x AS (SELECT 1 AS a) SELECT * FROM x;",
    "WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x WHERE a < 3) SELECT * FROM x",
    "-- a comment\nFROM dialogues SELECT verdict",
    "VALUES (1), (2)",
    "DESCRIBE turns",
    "SHOW TABLES",
    "SUMMARIZE dialogues",
    "EXPLAIN SELECT * FROM turns",
    "EXPLAIN ANALYZE SELECT * FROM turns",
    "EXPLAIN (FORMAT json) SELECT 1",
    "PIVOT dialogues ON verdict USING count(*) GROUP BY domain",
    "SELECT arguments->>'order' FROM tool_calls",
    "SELECT date_trunc('day', TIMESTAMPTZ '2026-01-01 10:00:00+00')",
]


@pytest.mark.parametrize("sql", READING)
def test_every_way_of_reading_is_allowed(library: Warehouse, sql: str) -> None:
    with Catalog(library) as catalog:
        assert catalog.query(sql)


WRITING = [
    "COPY turns TO '{out}'",
    "WITH x AS (COPY turns TO '{out}') SELECT 1",
    "WITH x AS (COPY turns TO '{out}') FROM x",
    "WITH x AS (COPY turns TO '{out}') PIVOT x ON a",
    "PIVOT (WITH x AS (COPY turns TO '{out}') SELECT 1 AS a) ON a",
    "SELECT (WITH x AS (COPY turns TO '{out}') SELECT 1)",
    "SELECT * FROM query('WITH x AS (COPY turns TO ''{out}'') SELECT 1')",
    "EXPLAIN ANALYZE COPY turns TO '{out}'",
    "EXPLAIN ANALYZE WITH x AS (COPY turns TO '{out}') SELECT 1",
    "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{out}'",
    "ATTACH '{out}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "UPDATE EXTENSIONS",
    "SET memory_limit = '1GB'",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_config = {{'path': '{out}'}})",
    "CREATE TABLE x (a INT)",
    "CREATE TABLE x AS PIVOT turns ON speaker USING count(*)",
    "INSERT INTO turns VALUES (1)",
    "WITH x AS (INSERT INTO turns VALUES (1) RETURNING *) SELECT * FROM x",
    "DELETE FROM turns",
    "DROP VIEW turns",
    "PREPARE p AS SELECT 1",
    "BEGIN",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW turns",
    "PIVOT turns ON speaker; DROP VIEW turns",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('{parts}/../../turnwright.json')",
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "SELECT * FROM read_duckdb('{out}')",
    "SELECT * FROM library",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", WRITING)
def test_writing_and_looking_elsewhere_is_refused(library: Warehouse, tmp_path: Path, sql: str) -> None:
    before = [sorted(folder.rglob("*")) for folder in (tmp_path, library.root)]
    with Catalog(library) as catalog:
        for folder in (tmp_path, library.parts):
            with pytest.raises(BadInput) as refused:
                catalog.query(sql.format(out=folder / "out.file", parts=library.parts))
            assert "\n" not in str(refused.value)
        assert catalog.query("SELECT count(*) AS n FROM dialogues") == [{"n": 12}]
    assert [sorted(folder.rglob("*")) for folder in (tmp_path, library.root)] == before


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT verdct FROM dialogues", r'"verdct".*dialogues has dialogue_id, .*verdict'),
        ("SELECT * FROM dialog", r"dialog does not exist.*there are generations, .*dialogues"),
        ("SELEC 1", 'this is not SQL: .*"SELEC"'),
        ("SELECT 'a'::INT", "Could not convert"),
        ("SELECT * FROM turns WHERE turn = $x", "parameters: x"),
        ("COPY turns TO 'x'", "only reads"),
        ("SELECT * FROM read_csv('/etc/passwd')", "views and nothing else"),
    ],
    ids=["column", "table", "syntax", "value", "parameter", "write", "file"],
)
def test_wrong_sql_is_answered_with_what_would_be_right(library: Warehouse, sql: str, says: str) -> None:
    with Catalog(library) as catalog, pytest.raises(BadInput, match=says):
        catalog.query(sql)


def test_parameters_are_values_not_sql(library: Warehouse) -> None:
    with Catalog(library) as catalog:
        sql = "SELECT count(*) AS n FROM dialogues WHERE dialogue_id = $id"
        assert catalog.query(sql, {"id": "d-000-0000"}) == [{"n": 1}]
        assert catalog.query(sql, {"id": "' OR true --"}) == [{"n": 0}]


def test_a_catalog_is_one_moment(filled: Warehouse, shard) -> None:
    with Catalog(filled) as catalog:
        publish(filled, "later", "r-1", "shop", shard(9))
        assert catalog.query("SELECT count(*) AS n FROM dialogues") == [{"n": 12}]
    with Catalog(filled) as catalog:
        assert catalog.query("SELECT count(*) AS n FROM dialogues") == [{"n": 16}]


def test_nothing_is_drawn_on_stdout_beside_an_answer(library: Warehouse) -> None:
    """DuckDB would draw its progress where Python has no main file, as here."""
    said = "SELECT current_setting('enable_progress_bar') AS drawn"
    script = f"""
import sys
from pathlib import Path
from warehouse.catalog import Catalog
from warehouse.store import Warehouse
with Catalog(Warehouse.open(Path(sys.argv[1]), create=False)) as catalog:
    print(catalog.query({said!r}))
"""
    run = subprocess.run([sys.executable, "-c", script, library.root], capture_output=True, text=True)
    assert run.stdout == "[{'drawn': False}]\n"


def test_an_odd_folder_name_is_only_a_name(tmp_path: Path, shard) -> None:
    odd = Warehouse.open(tmp_path / "it's [1] *, a=1", create=True)
    publish(odd, "one", "r-1", "shop", shard(0))
    moved = odd.root.rename(tmp_path / "moved")
    with Catalog(Warehouse.open(moved, create=False)) as catalog:
        assert catalog.query("SELECT count(*) AS n FROM dialogues") == [{"n": 4}]


def test_of_a_run_the_latest_state_counts(warehouse: Warehouse) -> None:
    for number, state in enumerate(("running", "failed", "finished")):
        row = {"state": state, "recorded_at": datetime(2026, 1, number + 1, tzinfo=UTC)}
        publish(warehouse, f"r-1-state-{number}", "r-1", "shop", {"runs": [row]})
    with Catalog(warehouse) as catalog:
        assert catalog.query("SELECT run_id, state FROM runs") == [{"run_id": "r-1", "state": "finished"}]


@pytest.mark.parametrize(
    "sql", ["SELECT dialogue_id, verdict FROM dialogues ORDER BY ALL", "DESCRIBE turns", "VALUES (1)"]
)
def test_exports_agree_with_the_query(library: Warehouse, sql: str) -> None:
    outs = {format: io.BytesIO() for format in ("csv", "json", "parquet")}
    with Catalog(library) as catalog:
        rows = catalog.query(sql)
        for format, out in outs.items():
            catalog.export(sql, format, out)
    assert orjson.loads(outs["json"].getvalue()) == {"rows": rows}
    assert pq.read_table(outs["parquet"]).to_pylist() == rows
    assert len(outs["csv"].getvalue().splitlines()) == len(rows) + 1


def test_exports_of_no_rows_are_whole_files(library: Warehouse) -> None:
    expected = {"csv": b"a,b\n", "json": b'{"rows": []}\n'}
    with Catalog(library) as catalog:
        for format, content in expected.items():
            out = io.BytesIO()
            catalog.export("SELECT 1 AS a, 2 AS b WHERE false", format, out)
            assert out.getvalue() == content


ODD_VALUES = (
    "SELECT 1 AS a, 2 AS a, 1.5 AS d, {'k': [1.5, NULL]} AS s, map {1: 'x'} AS m, DATE '2026-01-02' AS day, "
    "'NaN'::DOUBLE AS nan, 'x'::BLOB AS b, 170141183460469231731687303715884105727 AS huge, TIME '10:00:00' AS t, "
    "TIMESTAMPTZ '2026-01-02 03:04:05+00' AS at, true AS yes, NULL AS nothing, e'two\\nlines, \"quoted\"' AS words"
)


def test_odd_values_have_a_form_in_every_format(library: Warehouse) -> None:
    outs = {format: io.BytesIO() for format in ("csv", "json", "parquet")}
    with Catalog(library) as catalog:
        for format, out in outs.items():
            catalog.export(ODD_VALUES, format, out)
        rows = catalog.query(ODD_VALUES)
    (row,) = orjson.loads(outs["json"].getvalue())["rows"]
    assert list(row)[:3] == ["a", "a_1", "d"]
    assert (row["d"], row["s"], row["m"], row["nan"]) == (1.5, {"k": [1.5, None]}, {"1": "x"}, None)
    assert (row["day"], row["at"][:19], row["b"]) == ("2026-01-02", "2026-01-02T03:04:05", "78")
    assert orjson.loads(to_json(rows)) == [row]
    assert b'"two\nlines, ""quoted"""' in outs["csv"].getvalue()


def test_what_a_format_cannot_hold_is_bad_input_and_nothing_is_written(library: Warehouse) -> None:
    out = io.BytesIO()
    with Catalog(library) as catalog:
        with pytest.raises(BadInput, match="cast the column to text"):
            catalog.export("SELECT INTERVAL 1 DAY AS i", "parquet", out)
        with pytest.raises(BadInput, match="csv, json, parquet"):
            catalog.export("SELECT 1", "xlsx", out)
        with pytest.raises(BadInput):
            catalog.export("SELECT error('x') FROM turns", "csv", out)
    assert out.getvalue() == b""


def test_the_warehouse_imports_neither_prefect_nor_litellm() -> None:
    names = [f"warehouse.{file.stem}" for file in (Path(__file__).parents[2] / "warehouse").glob("[a-z]*.py")]
    script = f"import sys, {', '.join(names)}; print({{'prefect', 'litellm', 'torch', 'pandas'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "set()\n"
