"""Turnwright: a self-evolving factory for verified multi-turn tool-use dialogues."""

__version__ = "0.1.0"
