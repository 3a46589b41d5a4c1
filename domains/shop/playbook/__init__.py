"""Playbook of the shop: all that the embedded teacher knows about it. No part of the domain itself needs it."""

import re
from dataclasses import replace

from domains.shop.families import HELD_OUT_FAMILY, RESERVED_VARIANTS
from domains.shop.playbook.drafting import DRAFTING
from domains.shop.playbook.hearing import CUES, TOPICS
from domains.shop.playbook.plans import MERGING, PLANS
from domains.shop.playbook.procedures import PROCEDURES
from domains.shop.playbook.wording import TEST
from domains.shop.tools import TOOLS
from turnwright.llm.embedded import HeldOut, Playbook

PLAYBOOK = Playbook(
    plans=PLANS,
    write=DRAFTING.write,
    cues=CUES,
    procedures=PROCEDURES,
    topics=TOPICS,
    writes=frozenset(name for name, tool in TOOLS.items() if tool.writes and not tool.ends),
    last_resort="payment_dispute",
    identification=re.compile(r"^(email|name|zip)$"),
)

HELD_OUT = HeldOut(
    playbook=replace(PLAYBOOK, write=replace(DRAFTING, wording=TEST).write),
    family=HELD_OUT_FAMILY,
    line="The user wants two of their gift cards made one.",
    idea=MERGING,
    variants=RESERVED_VARIANTS,
)
