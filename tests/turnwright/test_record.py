"""Records are frozen and closed; the canonical form, the hash and the seed depend on content alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from turnwright.dialogue import Side
from turnwright.record import canonical, content_hash, derive_seed
from turnwright.verdict import Finding

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@given(value=_json)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert canonical(value) == canonical(_turned(value))
    assert content_hash(value) == content_hash(_turned(value))


@given(one=_json, other=_json)
def test_equal_hashes_are_equal_content(one: Any, other: Any) -> None:
    assert (content_hash(one) == content_hash(other)) is (canonical(one) == canonical(other))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [1.5, None]}, b'{"a":[1.5,null],"b":1}'),
        ((1, Side.USER), b'[1,"user"]'),
        ("\u00e9", b'"\xc3\xa9"'),
    ],
    ids=["an object", "tuples and enums", "text"],
)
def test_canonical(value: Any, expected: bytes) -> None:
    assert canonical(value) == expected


def test_a_hash_is_the_same_on_every_machine_and_can_be_cut() -> None:
    assert content_hash({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert content_hash({"a": 1}, 16) == "015abd7f5cc57a2d"


def test_a_seed_depends_on_every_part_and_on_nothing_else() -> None:
    parts = [("a", 1), ("a", 2), ("b", 1), (1, "a"), ("a", "1", ""), ("a1",)]
    assert derive_seed(0, "shop", 3, "play") == 6439323853935594165
    assert len({derive_seed(*some) for some in parts}) == len(parts)
    assert all(0 <= derive_seed(*some) < 2**63 for some in parts)


def test_records_are_frozen_and_closed() -> None:
    finding = Finding(code="A", detail="b")
    with pytest.raises(ValidationError, match="frozen"):
        finding.code = "B"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Finding.model_validate({"code": "A", "detail": "b", "more": 1})
