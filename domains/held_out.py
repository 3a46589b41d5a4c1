"""Held out: which customers and which cells only the test sets know."""

from collections.abc import Iterable
from itertools import product

from turnwright.record import derive_seed


def split_of(domain: str, customer: str) -> str:
    """ "test" for about 15 % of the customers, "train" for the others; it depends on the two names alone."""
    return "test" if derive_seed(domain, "split", customer) % 100 < 15 else "train"


def by_split(domain: str, customers: Iterable[str]) -> dict[str, list[str]]:
    """The customers of each split, in order."""
    ordered = sorted(customers)
    return {split: [one for one in ordered if split_of(domain, one) == split] for split in ("train", "test")}


def reserved(families: Iterable[str], variants: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The cells of all families with these variants."""
    return frozenset(product(families, variants))
