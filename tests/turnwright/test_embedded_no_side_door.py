"""The embedded teacher serves customers that no playbook holds, by what it reads and by what its calls answer."""

import re
from dataclasses import replace

import pytest
from by_hand import (
    BY_MAIL,
    CANCEL,
    EVERYONE,
    KETTLE,
    LAMP,
    MOVES,
    NORA,
    PENDING,
    SEND_BACK,
    TOO_LATE,
    TWO_THINGS,
    VANISHED,
    WAVERS,
    Customer,
    Stage,
    an_order,
)

from domains.shop.playbook.wording import TEST, TRAIN
from turnwright.dialogue import StopReason
from turnwright.world import World


def test_nobody_wrote_these_words_before(stage: Stage) -> None:
    cores = [core for wording in (TRAIN, TEST) for pool in wording.cores.values() for core in pool]
    patterns = [re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(core.rstrip(".?")))) for core in cores]
    for customer in EVERYONE:
        assert not [pattern for pattern in patterns if pattern.search(customer.opening)]
        assert not [path for path in NORA | customer.rows if stage.shop.database.get(*path.split("/", 1))]


async def test_it_cancels(stage: Stage) -> None:
    talk = await stage.play(CANCEL)
    assert talk.writes == [("cancel_order", {"order_id": "#O-0101", "reason": "ordered_by_mistake"})]
    assert talk.dialogue.changes["orders/#O-0101"]["status"] == ["pending", "cancelled"]
    assert talk.dialogue.stop_reason is StopReason.USER_DONE
    assert "$57.20" in talk.said
    assert "Visa ending 9011" in talk.said


async def test_it_takes_back_one_of_two_items(stage: Stage) -> None:
    talk = await stage.play(SEND_BACK)
    wanted = {"order_id": "#O-0102", "item_ids": ["i-1"], "refund_to": "gift-9901"}
    assert talk.writes == [("return_items", wanted)]
    assert talk.dialogue.changes["gift_cards/gift-9901"] == {"balance": [20.0, 69.56]}
    assert "$49.56" in talk.said
    assert "$69.56" in talk.said


async def test_it_follows_a_change_of_mind(stage: Stage) -> None:
    talk = await stage.play(WAVERS)
    [(tool, arguments)] = talk.writes
    assert (tool, arguments["new_variant_ids"], arguments["payment_id"]) == (
        "change_order_items",
        ["kettle-black"],
        "card-9901",
    )
    assert "$2.24" in talk.said


async def test_it_refuses_what_comes_too_late(stage: Stage) -> None:
    talk = await stage.play(TOO_LATE)
    assert talk.dialogue.changes == {}
    assert talk.dialogue.stop_reason is StopReason.USER_DONE
    assert "2026-04-20" in talk.said


async def test_it_finds_an_order_by_what_is_in_it(stage: Stage) -> None:
    talk = await stage.play(MOVES)
    address = {"street": "77 Plum Court", "city": "Boise", "state": "ID", "zip": "83701"}
    assert talk.writes == [("change_order_address", {"order_id": "#O-0101", **address})]


async def test_it_does_two_things(stage: Stage) -> None:
    talk = await stage.play(TWO_THINGS)
    assert [tool for tool, _ in talk.writes] == ["cancel_order", "update_user_email"]
    assert talk.dialogue.changes["users/u_901"] == {"email": ["nora.quill@mail.test", "quill.house@mail.test"]}


async def test_it_hands_over_what_is_lost(stage: Stage) -> None:
    talk = await stage.play(VANISHED)
    assert talk.writes == [("transfer_to_human", {"reason": "shipment_lost"})]
    assert talk.dialogue.stop_reason is StopReason.TRANSFERRED


@pytest.mark.parametrize("customer", EVERYONE, ids=lambda customer: customer.opening[:20])
async def test_it_keeps_the_policy_with_all_of_them(stage: Stage, customer: Customer) -> None:
    talk = await stage.play(customer)
    assert stage.shop.rules(World(stage.shop, NORA | customer.rows), talk.dialogue.turns) == []


# What the world holds, the calls and the words follow.


async def test_a_price_in_the_world_is_the_price_it_tells(stage: Stage) -> None:
    talk = await stage.play(
        replace(CANCEL, rows=an_order("#O-0101", "pending", ("kettle-white", "kettle, white", 61.7)))
    )
    assert "$61.70" in talk.said
    assert "57.20" not in talk.said


async def test_what_stands_in_two_orders_swapped_swaps_its_calls(stage: Stage) -> None:
    goal = "You want to cancel the order with the {}, because nobody needs it any more."
    both = an_order("#O-0101", "pending", KETTLE) | an_order("#O-0105", "pending", LAMP)
    swapped = an_order("#O-0101", "pending", LAMP) | an_order("#O-0105", "pending", KETTLE)
    customer = Customer(
        goal.format("kettle"), "Please cancel the order with the kettle, I no longer need it.", BY_MAIL, both
    )
    before, after = await stage.play(customer), await stage.play(replace(customer, rows=swapped))
    assert [arguments["order_id"] for _, arguments in before.writes + after.writes] == ["#O-0101", "#O-0105"]
    assert "$57.20" in before.said
    assert "$57.20" in after.said


async def test_an_empty_shelf_stops_it(stage: Stage) -> None:
    empty = {"variants/kettle-black": {"stock": 0}}
    talk = await stage.play(replace(WAVERS, rows=PENDING | empty))
    assert talk.writes == []
    assert "out of stock" in talk.said


async def test_another_variants_price_changes_the_difference(stage: Stage) -> None:
    dearer = {"variants/kettle-black": {"price": 70.0}}
    talk = await stage.play(replace(WAVERS, rows=PENDING | dearer))
    assert "$12.80" in talk.said


async def test_a_status_in_the_world_makes_it_refuse(stage: Stage) -> None:
    shipped = an_order("#O-0101", "shipped", KETTLE)
    talk = await stage.play(replace(CANCEL, rows=shipped))
    assert talk.writes == []
    assert "shipped" in talk.said


async def test_another_goal_makes_it_do_something_else(stage: Stage) -> None:
    goal = TWO_THINGS.goal.replace("have the email of your account changed to quill.house@mail.test", "{}")
    address = "have the address of your account changed to 5 Fig Lane, Tulsa, OK 74101"
    talk = await stage.play(replace(TWO_THINGS, goal=goal.format(address)))
    assert [tool for tool, _ in talk.writes] == ["cancel_order", "update_user_address"]
    nothing_more = replace(TWO_THINGS, goal="You want to cancel #O-0101 because nobody needs it any more.")
    assert [tool for tool, _ in (await stage.play(nothing_more)).writes] == ["cancel_order"]
