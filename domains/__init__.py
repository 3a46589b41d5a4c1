"""Domains: one folder and one line in DOMAINS each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from domains import flights, mobile, shop
from domains.flights import playbook as flights_playbook
from domains.mobile import playbook as mobile_playbook
from domains.shop import playbook as shop_playbook
from turnwright.errors import BadInput
from turnwright.llm.embedded import HeldOut, Playbook
from turnwright.world import Domain


@dataclass(frozen=True)
class Entry:
    """A domain, and what the embedded teacher knows of it."""

    domain: Callable[[], Domain]
    playbook: Playbook
    held_out: HeldOut


DOMAINS: dict[str, Entry] = {
    "flights": Entry(flights.domain, flights_playbook.PLAYBOOK, flights_playbook.HELD_OUT),
    "mobile": Entry(mobile.domain, mobile_playbook.PLAYBOOK, mobile_playbook.HELD_OUT),
    "shop": Entry(shop.domain, shop_playbook.PLAYBOOK, shop_playbook.HELD_OUT),
}


@cache
def load(name: str) -> Domain:
    """The domain, read once per process.

    Raises:
        BadInput: for an unknown name; the message lists the known ones.
    """
    if name not in DOMAINS:
        raise BadInput(f"there is no domain {name!r}; known: {', '.join(sorted(DOMAINS))}")
    return DOMAINS[name].domain()
