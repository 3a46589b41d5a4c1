"""Playbook of the network: all that the embedded teacher knows about it. No part of the domain itself needs it."""

import re
from dataclasses import replace

from domains.mobile.families import HELD_OUT_FAMILY, RESERVED_VARIANTS
from domains.mobile.playbook.drafting import DRAFTING
from domains.mobile.playbook.hearing import CUES, TOPICS
from domains.mobile.playbook.plans import MOVING_IN, PLANS
from domains.mobile.playbook.procedures import PROCEDURES
from domains.mobile.playbook.steps import STEPS
from domains.mobile.playbook.wording import TEST
from domains.mobile.tools import TOOLS, USER_TOOLS
from turnwright.llm.embedded import HeldOut, Playbook

PLAYBOOK = Playbook(
    plans=PLANS,
    write=DRAFTING.write,
    cues=CUES,
    procedures=PROCEDURES,
    topics=TOPICS,
    writes=frozenset(name for name, tool in (TOOLS | USER_TOOLS).items() if tool.writes and not tool.ends),
    last_resort="fraud_suspicion",
    identification=re.compile(r"^(phone_number|name|birth_date)$"),
    steps=STEPS,
)

HELD_OUT = HeldOut(
    playbook=replace(PLAYBOOK, write=replace(DRAFTING, wording=TEST).write),
    family=HELD_OUT_FAMILY,
    line="The user wants to bring a number of theirs along from another carrier.",
    idea=MOVING_IN,
    variants=RESERVED_VARIANTS,
)
