"""Flows: one file, one deployable flow."""
