"""Registry: one current model in each domain at all times, and every promotion can be taken back."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tasks.registry import current, model_id_of, models, promote, put_back, weights_of
from turnwright.errors import BadInput
from warehouse.catalog import Catalog
from warehouse.store import Warehouse

NAMES = ("openai/a", "openai/b", "hf:c")


class Registry(RuleBasedStateMachine):
    """Promotions and ways back, beside a stack."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.warehouse = Warehouse.open(Path(self.folder.name) / "data", create=True)
        self.stack = ["embedded/teacher"]

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(name=st.sampled_from(NAMES))
    def promote(self, name: str) -> None:
        if name not in self.stack:
            promote(self.warehouse, "shop", self.stack[-1], name, name, "better")
            self.stack.append(name)

    @rule(name=st.sampled_from(NAMES), before=st.sampled_from(NAMES))
    def promote_over_another(self, name: str, before: str) -> None:
        if before != self.stack[-1]:
            with pytest.raises(BadInput, match="became the current model"):
                promote(self.warehouse, "shop", before, name, name, "better")

    @rule()
    def put_back(self) -> None:
        if len(self.stack) == 1:
            with pytest.raises(BadInput, match="took nobody's place"):
                put_back(self.warehouse, "shop")
        else:
            gone = self.stack.pop()
            assert put_back(self.warehouse, "shop") == (gone, self.stack[-1])

    @invariant()
    def the_top_is_current_and_nobody_else(self) -> None:
        assert current(self.warehouse, "shop").model_id == self.stack[-1]
        assert sum(one.state == "current" for one in models(self.warehouse, "shop")) <= 1
        assert models(self.warehouse, "flights") == []
        with Catalog(self.warehouse) as catalog:
            assert all(row["run_id"] for row in catalog.query("SELECT run_id FROM models"))


TestRegistry = Registry.TestCase
TestRegistry.settings = examples(max_examples=5, stateful_step_count=8, deadline=None)


def test_a_folder_that_holds_another_model_is_another_model(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = weights_of(f"hf:{tmp_path}")
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert weights_of(f"hf:{tmp_path}") != first
    assert model_id_of(f"hf:{tmp_path}", first) == f"m-{first}"
    assert weights_of("openai/x") is None
    with pytest.raises(BadInput, match="there is no folder"):
        weights_of(f"hf:{tmp_path}/nowhere")
