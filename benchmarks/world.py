"""World: what it costs to open a world, to write to it and to look things up, also in a ten times larger database."""

import statistics
import timeit
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

from benchmarks.record import Target, record
from domains import load
from domains.shop import INDEXES
from turnwright.database import Database
from turnwright.world import Domain, World, digest

SAMPLES = 300
TIMES = 10
"""How much larger the large database is."""
USERS = 200
TARGETS = [
    Target(f"{size}{name}", most=bound)
    for size in ("", "large_")
    for name, bound in (
        ("open_us", 5),
        ("open_write_changes_digest_us", 100),
        ("find_orders_of_user_us", 20),
        ("find_variants_of_product_us", 20),
        ("find_orders_of_user_after_writes_us", 20),
        ("find_variants_of_product_after_writes_us", 20),
    )
]


def main() -> None:
    domain = load("shop")
    big = replace(domain, database=larger(domain.database, TIMES))
    figures = {
        "rows": _rows(domain),
        "large_rows": _rows(big),
        **_figures(domain),
        **{f"large_{name}": value for name, value in _figures(big).items()},
    }
    record("world", figures, TARGETS)


def _rows(domain: Domain) -> int:
    return sum(len(rows) for rows in domain.database.tables.values())


def _figures(domain: Domain) -> dict[str, float]:
    users = cycle(sorted(domain.database.tables["users"])[:USERS])
    products = cycle(sorted(domain.database.tables["products"]))
    pristine, written = World(domain), World(domain)
    write_five(written)
    return {
        "open_us": _median_us(lambda: World(domain), 1000),
        "open_write_changes_digest_us": _median_us(lambda: _one_episode(domain), 50),
        "find_orders_of_user_us": _median_us(lambda: pristine.find("orders", "user_id", next(users)), 200),
        "find_variants_of_product_us": _median_us(lambda: pristine.find("variants", "product_id", next(products)), 200),
        "find_orders_of_user_after_writes_us": _median_us(lambda: written.find("orders", "user_id", next(users)), 200),
        "find_variants_of_product_after_writes_us": _median_us(
            lambda: written.find("variants", "product_id", next(products)), 200
        ),
    }


def _median_us(work: Callable[[], Any], at_once: int) -> float:
    """Of SAMPLES samples, each the mean over `at_once` repetitions."""
    samples = timeit.Timer(work).repeat(SAMPLES, at_once)
    return round(statistics.median(samples) / at_once * 1e6, 3)


def _one_episode(domain: Domain) -> str:
    world = World(domain)
    write_five(world)
    return digest(world.changes())


def write_five(world: World) -> None:
    """What an exchange writes: an order, a payment, a gift card's balance, the stock of two variants."""
    order_id = _first(world, "orders")
    items = [{**item, "state": "exchanged"} for item in world.domain.database.tables["orders"][order_id]["items"]]
    world.update("orders", order_id, items=items, total=99.5)
    world.insert("payments", "pay-new-1", {"order_id": order_id, "kind": "charge", "amount": 9.5})
    world.update("gift_cards", _first(world, "gift_cards"), balance=12.25)
    stocked = world.find("variants", "product_id", _first(world, "products"))
    for variant in stocked[:2]:
        world.update("variants", variant["variant_id"], stock=variant["stock"] + 1)


def _first(world: World, table: str) -> str:
    return next(iter(world.domain.database.tables[table]))


def larger(database: Database, times: int) -> Database:
    """The same rows `times` over; the copies have ids of their own, and refer to each other by these."""
    ids = {key for rows in database.tables.values() for key in rows}
    tables: dict[str, dict[str, Any]] = {table: dict(rows) for table, rows in database.tables.items()}
    for copy in range(1, times):
        for table, rows in database.tables.items():
            tables[table] |= {f"{key}~{copy}": _renamed(row, ids, copy) for key, row in rows.items()}
    return Database(tables, INDEXES)


def _renamed(value: Any, ids: set[str], copy: int) -> Any:
    if isinstance(value, Mapping):
        return {name: _renamed(part, ids, copy) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_renamed(part, ids, copy) for part in value]
    return f"{value}~{copy}" if isinstance(value, str) and value in ids else value


if __name__ == "__main__":
    main()
