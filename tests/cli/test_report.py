"""The report: one page that tells what the warehouse holds, needs nothing from elsewhere, and escapes data."""

import math
import os
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.main import run as turnwright
from cli.report import drawn, ticks
from warehouse.publish import publish
from warehouse.store import Warehouse

Row = dict[str, Any]

HOSTILE = """</title></style></svg><script>alert(1)</script>"'><img src=https://evil.example onerror=alert(2)>{{ 7 }}"""
NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
VOID = {"meta", "br", "img", "link"}


class Page(HTMLParser):
    """A page as a browser would see it: its elements, whose tags must match, and its words."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.source = file.read_text()
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        return " ".join(" ".join(data for tag, data in self.said if tag != "style").split())

    def of(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        named = [attributes for name, attributes in self.elements if name == tag]
        return [one for one in named if all(one.get(name) == value for name, value in wanted.items())]


def played(run_id: str, verdicts: dict[tuple[str, int | None], str], split: str = "train") -> dict[str, list[Row]]:
    """Scenarios by family and number, a dialogue for each letter: P passed, F failed, E an error."""
    tables: dict[str, list[Row]] = {"scenarios": [], "dialogues": []}
    for (family, generation), letters in verdicts.items():
        for at, letter in enumerate(letters):
            scenario = f"s-{run_id}-{family}-{at}"
            if scenario not in {row["scenario_id"] for row in tables["scenarios"]}:
                told = {"scenario_id": scenario, "state": "accepted", "family": family, "split": split}
                tables["scenarios"].append(told)
            verdict, blame = {"P": ("PASS", None), "F": ("FAIL", "ASSISTANT"), "E": ("ERROR", "PROVIDER")}[letter]
            tables["dialogues"].append({
                "dialogue_id": f"d-{scenario}-{generation}", "scenario_id": scenario, "generation": generation,
                "model": "embedded/teacher", "user_model": "embedded/teacher", "verdict": verdict, "blame": blame,
                "created_at": NOW,
            })  # fmt: skip
    return tables


def run_row(kind: str, state: str = "finished", **result: Any) -> Row:
    told = {"kind": kind, "generation": 0, "seed": 1, "model": "embedded/teacher", "user_model": "embedded/teacher"}
    return {**told, "state": state, "started_at": NOW, "recorded_at": NOW, "result": result or None}


_number = count()


def generation(number: int, parent: int | None, state: str, reason: str = "") -> Row:
    told = {"generation": number, "parent": parent, "state": state, "reason": reason, "created_at": NOW}
    return {**told, "recorded_at": NOW + timedelta(seconds=next(_number))}


def tried(number: int, made: int | None, accepted: bool, measure: str = "play", **new: Any) -> Row:
    patches = [{"role": "assistant", "text": f"Tell rule {made} to the letter."}]
    told = {"round": number, "candidate": made or 0, "parent": 0, "generation": made, "measure": measure}
    rates = {"pass_rate_before": 0.7, "pass_rate_after": 0.9, "p_value": 0.001, "pairs": 60}
    row = {**told, **rates, "kind": "assistant:add", "accepted": accepted, "reason": "because", "created_at": NOW}
    return {**row, "patches": patches, **new}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "data", create=True)


@pytest.fixture
def evolved(warehouse: Warehouse) -> Warehouse:
    """The shop with a corpus, and an evolution: 1 and 2 are accepted and joined as 3, 4 is refused."""
    corpus = played("r-1", {("exchange_items", 0): "PPPF", ("late_return", 0): "PE"})
    publish(warehouse, "r-1", "r-1", "shop", {**corpus, "runs": [run_row("generate")]})
    result = {"start_generation": 0, "end_generation": 3, "pass_rate_start": 0.4, "pass_rate_end": 0.8}
    kept_back = {("late_return", 0): "PFFF", ("late_return", 3): "FPPP", ("track", 0): "P", ("track", 3): "P"}
    publish(warehouse, "e-1-rounds", "e-1", "shop", played("e-1", {("return", 0): "FF", ("return", 3): "PP"}))
    publish(warehouse, "e-1", "e-1", "shop", {
        **played("e-1", kept_back, "test"),
        "runs": [run_row("evolve", **result, rollouts=1234, ended="all rounds are done")],
        "evolution": [
            tried(0, None, False, kind="trial"),
            tried(0, 1, True),
            tried(0, 2, True, "make", pass_rate_before=0.91, pass_rate_after=0.97),
            tried(0, 3, True, kind="merge", reason="generations 1, 2 together"),
            tried(1, 4, False, pairs=240, reason="no better"),
            tried(1, 5, False, "judge"),
        ],
        "generations": [
            generation(0, None, "retired"), generation(1, 0, "retired"), generation(2, 0, "retired"),
            generation(3, 1, "active"), generation(4, 3, "refused", "no better"), generation(5, 0, "refused"),
        ],
    })  # fmt: skip
    return warehouse


def reported(warehouse: Warehouse, *words: str) -> Page:
    file = warehouse.root.parent / "pages" / "report.html"
    assert turnwright(["report", "--warehouse", str(warehouse.root), "--out", str(file), *words]) == 0
    return Page(file)


def wilson(passed: int, of: int) -> str:
    z = 1.959964
    middle, width = passed / of + z * z / (2 * of), z * math.sqrt(passed * (of - passed) / of**3 + (z / (2 * of)) ** 2)
    return "–".join(f"{100 * (middle + side * width) / (1 + z * z / of):.1f}" for side in (-1, 1))


def test_the_corpus_is_told_by_family_and_generation_and_blame(evolved: Warehouse) -> None:
    text = reported(evolved).text
    assert (
        f"Pass rate 66.7 % 95 % interval {wilson(4, 6)} " in text
    )  # an error is no pass; what evolve played is not in it
    assert f"exchange items 4 75.0 % {wilson(3, 4)}" in text
    assert f"late return 2 50.0 % {wilson(1, 2)}" in text
    assert "assistant 1 50.0 % provider 1 50.0 %" in text


def test_the_curve_has_what_was_accepted_and_what_was_not(evolved: Warehouse) -> None:
    page = reported(evolved)
    assert "From generation 0 to generation 3 in 2 rounds and 1,234 dialogues; then all rounds are done." in page.text
    assert "1 patches were tried alone, 4 candidates screened or confirmed." in page.text
    titles = [data for tag, data in page.said if tag == "title"]
    assert [title for title in titles if "round by round" in title] == [
        "Dialogues that pass, round by round",
        "Slots that end as a sound scenario with a checker, round by round",
    ]  # nothing was accepted of what judges
    (told,) = [" ".join(data.split()) for tag, data in page.said if tag == "desc" and "Held-out" in data]
    assert told == (
        "Held-out scenarios at the start 40.0 %. Round 1: from 70.0 % to 90.0 % over 60 pairs, accepted. "
        "Held-out scenarios at the end 80.0 %."
    )
    assert "Refused: 2 " in page.text


def test_held_out_scenarios_are_paired(evolved: Warehouse) -> None:
    text = reported(evolved).text
    assert "late return 4 25.0 % 75.0 % 3 1" in text
    assert "track 1 100.0 % 100.0 % – –" in text
    assert "all 5 40.0 % 80.0 % 3 1" in text


def test_the_lineage_tells_states_in_words_and_joins_what_was_merged(evolved: Warehouse) -> None:
    page = reported(evolved)
    small, whole = [data for tag, data in page.said if tag == "desc" and "Generation 0" in data]
    assert small == (
        "Generation 0, retired. Generation 2, retired, child of 0. Generation 1, retired, child of 0. "
        "Generation 3, active, joins 1 and 2. "
    )
    assert "Generation 0, retired. Generation 5, refused, child of 0. Generation 2, retired" in whole
    assert whole.endswith("Generation 3, active, joins 1 and 2. Generation 4, refused, child of 3. ")
    edges = [one["d"] for one in page.of("path", **{"class": "edge"})]
    assert "M14 17V85" in edges  # 0 to 1, past 2
    assert "M40 51V107Q40 119 28 119H14" in edges  # 2 to 3
    folded = page.source.partition("With the 2 that were refused")
    assert "Tell rule 1 to the letter." in folded[0]
    assert "Tell rule 4 to the letter." not in folded[0].partition("The lineage")[2]
    assert "Tell rule 4 to the letter." in folded[2]


def test_nothing_is_fetched_and_everything_has_its_name(evolved: Warehouse) -> None:
    page = reported(evolved)
    assert not {tag for tag, _ in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "image",
        "use",
    }
    attributes = [pair for _, element in page.elements for pair in element.items()]
    assert not [value for name, value in attributes if name in ("src", "srcset", "xlink:href", "data", "action")]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    assert not re.search(r"https?:|url\(|@import", page.source)
    (policy,) = page.of("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    identified = [element["id"] for _, element in page.elements if "id" in element]
    assert len(identified) == len(set(identified))
    plots = page.of("svg", role="img")
    assert len(plots) == 4
    assert all(set(plot["aria-labelledby"].split()) <= set(identified) for plot in plots)
    assert all("role" in svg or svg.get("aria-hidden") == "true" or "overflow" in svg for svg in page.of("svg"))
    assert all(head.get("scope") in ("row", "col") for head in page.of("th"))


def test_data_is_never_markup(warehouse: Warehouse) -> None:
    corpus = played("r-1", {(HOSTILE, 0): "PF"})
    for row in corpus["dialogues"]:
        row |= {"model": HOSTILE, "blame": HOSTILE}
    publish(warehouse, "r-1", "r-1", "shop", {**corpus, "runs": [run_row("generate")]})
    patch = {"role": HOSTILE, "text": HOSTILE, "replaces": [HOSTILE]}
    publish(warehouse, "e-1", "e-1", "shop", {
        **played("e-1", {(HOSTILE, 0): "F", (HOSTILE, 1): "P"}, "test"),
        "runs": [run_row("evolve", start_generation=0, end_generation=1, pass_rate_start=0.0, pass_rate_end=1.0,
                         rollouts=2, ended=HOSTILE) | {"model": HOSTILE, "user_model": HOSTILE + "2"}],
        "evolution": [
            tried(0, 1, True, reason=HOSTILE, patches=[patch]),
            tried(0, 2, True, HOSTILE, reason=HOSTILE, patches=[patch]),
            tried(1, 3, False, reason=HOSTILE, patches=[patch, {"role": HOSTILE, "setting": HOSTILE, "value": 1}]),
        ],
        "generations": [generation(0, None, "retired", HOSTILE), generation(1, 0, "active", HOSTILE),
                        generation(3, 1, "refused", HOSTILE)],
    })  # fmt: skip
    page = reported(warehouse)
    assert not page.of("script") + page.of("img")
    assert not [name for _, element in page.elements for name in element if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 15
    assert page.text.count("{{ 7 }}") == page.text.count("<script>alert(1)</script>")


def test_an_evolution_that_is_not_finished(warehouse: Warehouse) -> None:
    publish(warehouse, "e-1", "e-1", "shop", {"runs": [run_row("evolve", "running")]})
    assert "It is not finished: 0 rounds so far." in reported(warehouse).text
    publish(warehouse, "e-2", "e-1", "shop", {"evolution": [tried(0, 1, True)]})
    text = reported(warehouse).text
    assert "It is not finished: 1 round so far." in text
    assert "Held-out scenarios, by family" not in text


def test_an_empty_warehouse_says_what_to_do(warehouse: Warehouse) -> None:
    page = reported(warehouse)
    assert "There is nothing in it yet. Make a corpus with turnwright generate --domain shop --count 200" in page.text
    text = reported(warehouse, "--domain", "flights").text
    assert "None yet. Make one with turnwright generate --domain flights --count 200" in text
    assert "Generation 0, the prompts of this repository, is at work, and there is no other." in text


def test_one_domain_or_all(evolved: Warehouse) -> None:
    publish(evolved, "r-2", "r-2", "mobile", {**played("r-2", {("x", 0): "P"}), "runs": [run_row("generate")]})
    assert [one["href"] for one in reported(evolved).of("a")] == ["#domain-1", "#domain-2"]
    page = reported(evolved, "--domain", "mobile")
    assert [data for tag, data in page.said if tag == "h2"] == ["mobile"]


def test_json_and_the_same_page_again(evolved: Warehouse, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    first = reported(evolved).source
    capfdbinary.readouterr()
    page = reported(evolved, "--json")
    assert page.source == first
    told = orjson.loads(capfdbinary.readouterr().out)
    assert told["out"].endswith("report.html")
    counts = {"dialogues": 6, "passed": 4, "pass_rate": 4 / 6, "evolutions": 1, "generations": 6, "active": 3}
    assert told["domains"] == [{"domain": "shop", **counts}]
    assert [file.name for file in (evolved.root.parent / "pages").iterdir()] == ["report.html"]


BAD: dict[str, tuple[list[str], str]] = {
    "unknown domain": (["--domain", "nosuch"], "there is no domain 'nosuch'; known: flights, mobile, shop"),
    "no warehouse": (["--warehouse", "nowhere"], "there is no warehouse at"),
    "a folder": (["--out", "."], "cannot write .: it is there, and is no file"),
    "a pipe": (["--out", "pipe"], "cannot write pipe: it is there, and is no file"),
    "under a file": (["--out", "file/report.html"], "cannot write file/report.html: "),
    "where nothing can be": (["--out", "/proc/x.html"], "cannot write /proc/x.html: "),
    "no rounds": (["--rounds", "3"], "No such option: --rounds"),
}


@pytest.mark.parametrize(("words", "says"), BAD.values(), ids=BAD)
def test_bad_input(
    warehouse: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    assert turnwright(["report", "--warehouse", str(warehouse.root), "--json", *words]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert sorted(tmp_path.rglob("*")) == before


@st.composite
def lineages(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = [{"generation": 0, "parent": None, "state": "retired", "joins": []}]
    for number in range(1, draw(st.integers(1, 30))):
        parent = draw(st.integers(0, number - 1))
        state = draw(st.sampled_from(["retired", "candidate", "refused"]))
        joins = draw(st.lists(st.integers(0, number - 1), max_size=3, unique=True))
        rows.append({"generation": number, "parent": parent, "state": state, "joins": joins})
    draw(st.sampled_from(rows))["state"] = "active"
    return rows


@given(rows=lineages(), refused=st.booleans())
def test_whatever_the_lineage_parents_stand_above_their_children(rows: list[Row], refused: bool) -> None:
    nodes = drawn(rows, refused)
    shown = [row["generation"] for row in rows if refused or row["state"] != "refused"]
    assert sorted(node.row["generation"] for node in nodes) == shown
    assert [node.line for node in nodes] == list(range(len(shown)))
    lines = {node.row["generation"]: node for node in nodes}
    for node in nodes:
        if (parent := lines.get(node.row["parent"])) is not None:
            assert parent.line < node.line
            assert parent.lane <= node.lane
            assert (parent.lane, parent.line) in node.sources
    at = lines[next(row["generation"] for row in rows if row["state"] == "active")]
    while (parent := lines.get(at.row["parent"])) is not None and parent.row["state"] != "refused":
        assert at.lane == parent.lane
        at = parent


@given(rates=st.lists(st.floats(0, 1), min_size=1))
def test_the_lines_of_a_plot_enclose_its_rates(rates: list[float]) -> None:
    lines = ticks(rates)
    assert lines[0] <= min(rates) + 1e-6
    assert max(rates) <= lines[-1] + 1e-6
    assert lines == sorted(set(lines))
    assert 2 <= len(lines) <= 12


def test_evaluations_are_told_with_their_intervals(tmp_path: Path) -> None:
    """By model and k, the last of each; by family what the dialogues say."""
    warehouse = Warehouse.open(tmp_path / "data", create=True)
    tables = played("v-1", {("returns", 0): "PF", ("orders", 0): "PP"}, "test")
    figures = {"model_id": f"openai/{HOSTILE}", "user_model": "embedded/teacher", "split": "test", "trials": 1}
    row = {**figures, "k": 1, "pass_k": 0.75, "lo": 0.25, "hi": 1.0, "generation": 0, "scenarios": 4, "created_at": NOW}
    publish(warehouse, "v-1", "v-1", "shop", {**tables, "runs": [run_row("evaluate")], "evaluations": [row]})
    out = tmp_path / "report.html"
    assert turnwright(["report", "--warehouse", str(warehouse.root), "--out", str(out)]) == 0
    page = Page(out)
    assert page.of("script") == []
    assert HOSTILE in page.text
    assert "pass^1 4 75.0 % 25.0–100.0" in page.text
    assert "returns 2 50.0 %" in page.text
    assert "orders 2 100.0 %" in page.text
    assert "The corpus None yet." in page.text
