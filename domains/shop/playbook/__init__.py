"""Playbook of the shop: all that the embedded teacher knows about it. No part of the domain itself needs it."""

import re
from dataclasses import replace
from functools import partial

from domains.shop.playbook.drafting import write
from domains.shop.playbook.hearing import CUES, TOPICS
from domains.shop.playbook.plans import PLANS
from domains.shop.playbook.procedures import PROCEDURES
from domains.shop.playbook.wording import TEST
from domains.shop.tools import TOOLS
from turnwright.llm.embedded import Playbook

PLAYBOOK = Playbook(
    plans=PLANS,
    write=write,
    cues=CUES,
    procedures=PROCEDURES,
    topics=TOPICS,
    writes=frozenset(name for name, tool in TOOLS.items() if tool.writes and not tool.ends),
    last_resort="payment_dispute",
    identification=re.compile(r"^(email|name|zip)$"),
)

TEST_PLAYBOOK = replace(PLAYBOOK, write=partial(write, wording=TEST))
"""The same with the words of the held-out test set."""
