"""Playbook of the mobile network: all that the embedded teacher knows about it; the domain itself needs none of it."""

import re
from dataclasses import replace

from domains.mobile.device import USER_TOOLS
from domains.mobile.families import HELD_OUT_FAMILY, RESERVED_VARIANTS
from domains.mobile.playbook.drafting import DRAFTING
from domains.mobile.playbook.hearing import CUES, TOPICS
from domains.mobile.playbook.plans import NEW_SIM, PLANS
from domains.mobile.playbook.procedures import PROCEDURES
from domains.mobile.playbook.steps import STEPS
from domains.mobile.playbook.wording import TEST
from domains.mobile.tools import TOOLS
from turnwright.llm.embedded import HeldOut, Playbook

PLAYBOOK = Playbook(
    plans=PLANS,
    write=DRAFTING.write,
    cues=CUES,
    procedures=PROCEDURES,
    topics=TOPICS,
    writes=frozenset(name for name, tool in {**TOOLS, **USER_TOOLS}.items() if tool.writes and not tool.ends),
    last_resort="legal_threat",
    identification=re.compile(r"^(phone_number|name|birth_date)$"),
    steps=STEPS,
)

HELD_OUT = HeldOut(
    playbook=replace(PLAYBOOK, write=replace(DRAFTING, wording=TEST).write),
    family=HELD_OUT_FAMILY,
    line="The user wants a new SIM card for an active line.",
    idea=NEW_SIM,
    variants=RESERVED_VARIANTS,
)
