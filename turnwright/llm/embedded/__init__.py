"""The embedded teacher: a deterministic, seeded program behind ChatClient. It is no language model."""

from turnwright.llm.embedded.client import EmbeddedClient
from turnwright.llm.embedded.lapses import Steady
from turnwright.llm.embedded.playbook import HeldOut, PlanIdea, Playbook

__all__ = ["EmbeddedClient", "HeldOut", "PlanIdea", "Playbook", "Steady"]
