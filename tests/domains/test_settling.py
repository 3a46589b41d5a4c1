"""Settling: bookings count by their sum, whatever the order and the number of rows."""

from hypothesis import given
from hypothesis import strategies as st

from domains.settling import summed
from turnwright.dialogue import Changes

BOOKINGS = st.lists(
    st.tuples(st.sampled_from(["o-1", "o-2"]), st.sampled_from(["card", "gift"]), st.integers(-500, 500)), max_size=8
)


def booked(rows: list[tuple[str, str, int]]) -> Changes:
    made: Changes = {"orders/o-1": {"status": ["open", "paid"]}}
    for number, (order, payment, cents) in enumerate(rows):
        fields = {"order_id": order, "payment_id": payment, "amount": abs(cents) / 100}
        kind = "refund" if cents < 0 else "charge"
        made[f"payments/p-{number}"] = {
            name: [None, value] for name, value in {**fields, "row_id": f"p-{number}", "kind": kind}.items()
        }
    return made


def settled(rows: list[tuple[str, str, int]]) -> Changes:
    return summed(booked(rows), "payments", "row_id", ("order_id", "payment_id"))


@given(BOOKINGS)
def test_the_order_of_bookings_does_not_show(rows: list[tuple[str, str, int]]) -> None:
    assert settled(rows) == settled(rows[::-1])


@given(BOOKINGS)
def test_one_row_is_left_for_what_was_booked_and_none_for_what_was_taken_back(rows: list[tuple[str, str, int]]) -> None:
    totals: dict[str, int] = {}
    for order, payment, cents in rows:
        totals[f"payments/{order}/{payment}"] = totals.get(f"payments/{order}/{payment}", 0) + cents
    found = settled(rows)
    assert {path for path in found if path.startswith("payments/")} == {path for path, cents in totals.items() if cents}
    for path, cents in totals.items():
        if cents:
            assert found[path]["amount"] == [None, abs(cents) / 100]
            assert found[path]["kind"] == [None, "refund" if cents < 0 else "charge"]


def test_what_is_no_new_booking_stays_as_it_is() -> None:
    changes: Changes = {"orders/o-1": {"status": ["open", "paid"]}, "payments/p-0": {"amount": [2.0, 3.0]}}
    assert summed(changes, "payments", "row_id", ("order_id",)) == changes
