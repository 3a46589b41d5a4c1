"""Playbook of the airline: all that the embedded teacher knows about it. No part of the domain itself needs it."""

import re
from dataclasses import replace

from domains.flights.families import HELD_OUT_FAMILY, RESERVED_VARIANTS
from domains.flights.playbook.drafting import DRAFTING
from domains.flights.playbook.hearing import CUES, TOPICS
from domains.flights.playbook.plans import PLANS, REBOOKING
from domains.flights.playbook.procedures import PROCEDURES
from domains.flights.playbook.wording import TEST
from domains.flights.tools import TOOLS
from turnwright.llm.embedded import HeldOut, Playbook

PLAYBOOK = Playbook(
    plans=PLANS,
    write=DRAFTING.write,
    cues=CUES,
    procedures=PROCEDURES,
    topics=TOPICS,
    writes=frozenset(name for name, tool in TOOLS.items() if tool.writes and not tool.ends),
    last_resort="payment_dispute",
    identification=re.compile(r"^(email|name|birth_date)$"),
)

HELD_OUT = HeldOut(
    playbook=replace(PLAYBOOK, write=replace(DRAFTING, wording=TEST).write),
    family=HELD_OUT_FAMILY,
    line="The airline cancelled a flight of the user, who wants another one in its place.",
    idea=REBOOKING,
    variants=RESERVED_VARIANTS,
)
