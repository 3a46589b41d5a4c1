"""Checkers: the programs that prove one scenario's dialogue, the sandbox that runs them, the audit they must pass."""
