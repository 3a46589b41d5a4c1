"""Prompts: one Jinja template per role and the workflow that says how the roles are asked. Together: a generation."""

from prompts.generation import FILES, GENERATION_0, ROLES, Generation, Prompt, Workflow, assemble, load

__all__ = ["FILES", "GENERATION_0", "ROLES", "Generation", "Prompt", "Workflow", "assemble", "load"]
