"""Words: what all playbooks find in what people write, and how they write amounts."""

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern for several, whatever their case."""
    return re.compile("|".join(patterns), re.IGNORECASE)


def last_position(words: str, text: str) -> int:
    """Where `words` stand last in `text` as whole words, case aside; -1 if nowhere."""
    found = list(re.finditer(rf"(?<![\w.-]){re.escape(words.lower())}(?![\w-]|\.\d)", text.lower()))
    return found[-1].start() if found else -1


def money(amount: float) -> str:
    """An amount in USD as the assistant writes it, without its sign."""
    return f"${abs(amount):,.2f}"
