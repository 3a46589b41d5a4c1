"""Seeding: what the makers of all domains' databases share: invented people, and the form of a database file."""

from collections.abc import Iterator, Mapping
from itertools import count
from random import Random
from typing import Any

import orjson

Tables = dict[str, dict[str, dict[str, Any]]]
"""{table: {id: row}}."""

FIRST_NAMES = """
Ada Amir Anika Arjun Astrid Beatriz Bruno Camille Carlos Chidi Clara Dalia Daniel Devon Elena Elias Emeka Esther
Farah Felix Freya Gabriel Grace Hana Hugo Imani Ines Isaac Ivan Jamal Jana Joaquin Julia Kai Karim Keiko Lars
Leila Lena Liam Lucia Malik Maren Mateo Mei Milan Mina Nadia Nils Noor Nora Omar Oscar Paloma Pavel Priya Quinn
Rafael Ravi Rosa Ruben Sana Selma Simon Sofia Tariq Tessa Theo Tomas Uma Viktor Wanda Yara Yusuf Zara Zoe
"""
LAST_NAMES = """
Abara Acosta Ahmadi Alvarez Andersen Bakker Banerjee Barros Becker Bennett Bianchi Castillo Chen Costa Dahl
Delgado Desai Diallo Dubois Eriksen Espinosa Farouk Ferrari Fischer Fontaine Garcia Greene Haddad Hansen Hassan
Hoffman Ibarra Ito Ivanova Jansen Joshi Kamau Kaplan Kim Kowalski Kumar Larsen Laurent Lindqvist Lopez Marek
Marino Mbeki Mendes Moreau Nakamura Navarro Novak Nwosu Obrien Okafor Olsen Ortega Osei Park Patel Pereira
Petrov Quintero Rahman Reyes Romano Rossi Sandoval Santos Schmidt Silva Singh Sorensen Tanaka Torres Usman
Vargas Vogel Walker Weber Yilmaz
"""
CITIES = (
    ("Asheville", "NC", "288"),
    ("Boise", "ID", "837"),
    ("Burlington", "VT", "054"),
    ("Denver", "CO", "802"),
    ("Duluth", "MN", "558"),
    ("Eugene", "OR", "974"),
    ("Flagstaff", "AZ", "860"),
    ("Galveston", "TX", "775"),
    ("Hartford", "CT", "061"),
    ("Lincoln", "NE", "685"),
    ("Madison", "WI", "537"),
    ("Mobile", "AL", "366"),
    ("Omaha", "NE", "681"),
    ("Portland", "ME", "041"),
    ("Reno", "NV", "895"),
    ("Richmond", "VA", "232"),
    ("Salem", "OR", "973"),
    ("Savannah", "GA", "314"),
    ("Spokane", "WA", "992"),
    ("Toledo", "OH", "436"),
    ("Tulsa", "OK", "741"),
    ("Wichita", "KS", "672"),
)
STREETS = (
    "Alder Birch Canyon Cedar Chestnut Dover Elm Garden Harbor Hill Juniper Lake Maple Mill Orchard Park Quarry River"
)
ROADS = ("Street", "Avenue", "Lane", "Road", "Court")


def person(random: Random, taken: set[tuple[str, str]]) -> dict[str, Any]:
    """Somebody whose name nobody in `taken` has (it is added): first and last name, email and address."""
    free = ((random.choice(FIRST_NAMES.split()), random.choice(LAST_NAMES.split())) for _ in count())
    first, last = next(name for name in free if name not in taken)
    taken.add((first, last))
    home = address(random)
    host = random.choice(("example.com", "example.org", "mail.example.com", "post.example.net"))
    email = f"{first}.{last}{random.randint(1, 99)}@{host}".lower()
    return {"first_name": first, "last_name": last, "email": email, "address": home}


def address(random: Random) -> dict[str, Any]:
    city, state, prefix = random.choice(CITIES)
    return {
        "street": f"{random.randint(1, 980)} {random.choice(STREETS.split())} {random.choice(ROADS)}",
        "city": city,
        "state": state,
        "zip": f"{prefix}{random.randint(1, 99):02d}",
    }


def written(tables: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The bytes of a database file: one row a line, so that a change of the seed reads as a diff."""
    return b"{\n" + b",\n".join(_lines(tables)) + b"\n}\n"


def _lines(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[bytes]:
    for table, rows in sorted(tables.items()):
        body = b",\n".join(
            orjson.dumps(key) + b":" + orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for key, row in rows.items()
        )
        yield orjson.dumps(table) + b": {\n" + body + b"\n}"
