"""Network: the airports, the numbered routes that are flown daily, and the seats that can be chosen on board."""

from typing import NamedTuple

AIRPORTS = {
    "ABQ": "Albuquerque",
    "ATL": "Atlanta",
    "AUS": "Austin",
    "BNA": "Nashville",
    "BOI": "Boise",
    "BOS": "Boston",
    "DEN": "Denver",
    "MCI": "Kansas City",
    "MIA": "Miami",
    "MSP": "Minneapolis",
    "OMA": "Omaha",
    "PDX": "Portland",
    "PHX": "Phoenix",
    "SAN": "San Diego",
    "SEA": "Seattle",
    "TUL": "Tulsa",
}
HUB = "DEN"


class Route(NamedTuple):
    """One flight number: the same way at the same time every day."""

    number: str
    origin: str
    destination: str
    departs: str
    minutes: int
    fare: float
    """What basic economy costs on an ordinary day, in USD."""


def _there_and_back(number: int, away: str, out: str, back: str, minutes: int, fare: float) -> tuple[Route, Route]:
    return (
        Route(f"FN{number}", HUB, away, out, minutes, fare),
        Route(f"FN{number + 1}", away, HUB, back, minutes + 10, fare),
    )


_PAIRS = (
    _there_and_back(110, "ABQ", "07:20", "11:05", 75, 64.0),
    _there_and_back(112, "ABQ", "17:40", "19:55", 75, 58.0),
    _there_and_back(120, "ATL", "08:10", "13:30", 185, 142.0),
    _there_and_back(130, "AUS", "09:35", "13:15", 135, 97.0),
    _there_and_back(140, "BNA", "10:50", "15:10", 160, 118.0),
    _there_and_back(150, "BOI", "12:05", "15:20", 110, 86.0),
    _there_and_back(160, "BOS", "06:45", "12:40", 240, 176.0),
    _there_and_back(162, "BOS", "15:30", "20:45", 240, 168.0),
    _there_and_back(170, "MCI", "13:25", "16:40", 95, 78.0),
    _there_and_back(180, "MIA", "09:00", "15:05", 245, 181.0),
    _there_and_back(190, "MSP", "11:15", "14:35", 120, 92.0),
    _there_and_back(200, "OMA", "16:20", "18:50", 85, 69.0),
    _there_and_back(210, "PDX", "14:40", "18:30", 165, 124.0),
    _there_and_back(220, "PHX", "08:55", "12:10", 115, 88.0),
    _there_and_back(230, "SAN", "10:25", "14:05", 145, 109.0),
    _there_and_back(240, "SEA", "07:50", "12:15", 180, 133.0),
    _there_and_back(242, "SEA", "18:10", "21:50", 180, 127.0),
    _there_and_back(250, "TUL", "12:50", "15:45", 95, 74.0),
)
ROUTES = {route.number: route for pair in _PAIRS for route in pair}

SEATS = {
    "business": ("1A", "1C", "1D", "1F", "2A", "2F"),
    "front": ("5A", "5B", "5C", "5D", "5E", "5F"),
    "legroom": ("9A", "9B", "9C", "9D", "9E", "9F"),
    "standard": ("14A", "14C", "14D", "14F", "15A", "15C", "15D", "15F", "16A", "16C", "16D", "16F"),
}
"""By kind, the seats that can be chosen, the same on every flight; all others are given out at the airport."""
KIND_OF_SEAT = {seat: kind for kind, seats in SEATS.items() for seat in seats}
