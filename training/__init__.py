"""Training: the only folder that knows torch. It is handed conversations, scenarios and verdicts, never a warehouse."""
