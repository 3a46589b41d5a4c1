"""Rubrics: what the plans of all domains ask of a dialogue, and the codes of what can go wrong in it."""

IDENTIFIED = "the customer was identified before any account fact was given"
NOTHING_CHANGED = "nothing was changed"

WRITE_CODES = (
    "NO_AUTH",
    "NO_CONFIRMATION",
    "MISSING_WRITE",
    "WRONG_CHANGE",
    "EXTRA_WRITE",
    "FACT_NOT_TOLD",
    "UNNEEDED_TRANSFER",
)
MONEY_CODES = (*WRITE_CODES, "WRONG_PAYMENT")
REFUSAL_RUBRICS = (IDENTIFIED, "the request was refused with its reason", NOTHING_CHANGED)
REFUSAL_CODES = ("NO_AUTH", "NOT_REFUSED", "FORBIDDEN_WRITE", "UNNEEDED_TRANSFER")
INFO_CODES = ("FACT_NOT_TOLD", "EXTRA_WRITE", "UNNEEDED_TRANSFER")
TRANSFER_CODES = ("NO_AUTH", "NO_TRANSFER", "EXTRA_WRITE", "UNNEEDED_TRANSFER")
