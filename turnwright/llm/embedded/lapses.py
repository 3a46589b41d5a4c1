"""Lapses: where the teacher errs on purpose, how often, and how an instruction that means the right thing damps that.

Only the embedded teacher may read this table; nothing that judges or reflects imports it.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from turnwright.llm.embedded.meanings import stances


@dataclass(frozen=True)
class Lapse:
    """One way to err."""

    role: str
    name: str
    rate: float
    """How often it strikes, where it can, when no instruction speaks of it."""
    strikes: str
    """What it does."""
    meaning: str
    """What an instruction has to mean to damp it."""


# fmt: off
TABLE = (
    #     role                   name                    rate
    Lapse("planner",             "repeats_plan",         0.15,
          "plans as if the plan written last were not there",
          "check the new plan against those written so far"),
    Lapse("dialogue_writer",     "hides_identity",       0.07,
          "writes a customer who can tell neither an email nor a name and zip code",
          "see to it that the customer can identify themselves"),
    Lapse("dialogue_writer",     "talks_around_json",    0.06,
          "answers with prose in place of the JSON object",
          "write nothing before or after the JSON object"),
    Lapse("tool_executor",       "misrecords_fact",      0.10,
          "records an amount that differs from the one in the result",
          "copy the facts exactly from the results, or compare them once more"),
    Lapse("task_verifier",       "waves_through",        0.50,
          "accepts a scenario that does not hold together",
          "go through the facts, the calls and what the customer knows one by one"),
    Lapse("checker_writer",      "forgets_evidence",     0.25,
          "checks nothing of what was said where the reference changes nothing",
          "make sure that a silent dialogue fails where nothing is to be changed"),
    Lapse("checker_writer",      "slips_syntax",         0.05,
          "sends a program that does not parse",
          "check the program's syntax before sending it"),
    Lapse("checker_writer",      "demands_lookup",       0.06,
          "demands a certain READ call of the reference, arguments included",
          "do not demand any particular READ call"),
    Lapse("checker_writer",      "botches_check",        0.30,
          "writes a check that misses its point, in one of a dozen ways",
          "try the program in one's mind on right and wrong dialogues before sending it"),
    Lapse("checker_writer",      "ignores_case",         0.15,
          "sends the same program again, whatever was held against it",
          "mend exactly what a case shows"),
    Lapse("assistant",           "skips_confirmation",   0.10,
          "changes something without having proposed it",
          "get the customer's yes before each change"),
    Lapse("assistant",           "forgets_fact",         0.14,
          "leaves out an amount, a date or an id that the customer is owed",
          "tell the customer all amounts, dates and ids when something is done"),
    Lapse("assistant",           "misstates_amount",     0.06,
          "tells an amount that is off by ten",
          "take amounts exactly from the results, or check them before telling them"),
    Lapse("assistant",           "skips_identification", 0.08,
          "acts on an order without having found out who the customer is",
          "identify the customer first"),
    Lapse("assistant",           "grants_forbidden",     0.30,
          "does what the policy forbids",
          "check each request against the policy and refuse what it forbids"),
    Lapse("assistant",           "ignores_correction",   0.25,
          "acts on the customer's first word after they corrected it",
          "go by the customer's latest wish"),
    Lapse("assistant",           "drops_request",        0.18,
          "leaves the second and later requests undone",
          "handle all requests of the customer before ending"),
    Lapse("assistant",           "gives_up_on_error",    0.15,
          "hands the customer over when a tool refuses",
          "try another way after an error"),
    Lapse("user",                "stops_early",          0.05,
          "leaves with its yes, before the change is made",
          "stay until the assistant has said that it is done"),
    Lapse("user",                "keeps_old_mind",       0.20,
          "agrees to the first proposal where the goal has a change of mind",
          "voice the change of mind when asked to confirm"),
    Lapse("user",                "forgets_request",      0.12,
          "leaves with a request unsaid",
          "bring up every request before leaving"),
    Lapse("user",                "skips_step",           0.04,
          "says that a step on the device is done without doing it",
          "really do each step on the device before saying that it is done"),
    Lapse("user",                "claims_success",       0.06,
          "says that it works without trying it",
          "try on the device whether it works before saying so"),
    Lapse("trajectory_verifier", "overlooks",            0.12,
          "passes a dialogue that went wrong",
          "compare all changes, calls and facts one by one before judging"),
    Lapse("trajectory_verifier", "blames_assistant",     0.15,
          "blames the assistant whoever is at fault",
          "see whether the task or the customer is at fault before blaming the assistant"),
)
# fmt: on

DAMPING = 0.98
"""Share of a lapse's rate that an instruction against it takes away. Never all of it."""
HARM = 2.0
"""What an instruction that leads to a lapse multiplies its rate by."""
LONG = 700
"""Words of instruction from which on the teacher begins to lose the thread; at twice as many it has lost it."""

_LAPSES = {(lapse.role, lapse.name): lapse for lapse in TABLE}


@lru_cache(maxsize=4096)
def rate(lapse: Lapse, instructions: str) -> float:
    """The lapse's rate under these instructions.

    Damped by a sentence that means the right thing, raised by one that means the contrary, as it was where both are
    there; an overlong prompt takes damping back, and raises what was not damped.
    """
    found = set(stances(lapse.name, instructions))
    told = {frozenset({True}): 1 - DAMPING, frozenset({False}): HARM}.get(frozenset(found), 1.0) * lapse.rate
    lost = min(1.0, max(0, len(instructions.split()) - LONG) / LONG)
    return min(lapse.rate if told < lapse.rate else 1.0, told + lapse.rate * lost)


class Noise:
    """The teacher's dice for one role in one conversation: the same seed and prompt always fall the same way.

    Each lapse has a die of its own, thrown against its rate: two prompts on one seed differ only where a rate differs.
    """

    def __init__(self, seed: int, role: str, instructions: str) -> None:
        self._seed = seed
        self._role = role
        self._instructions = instructions

    def strikes(self, name: str, where: str = "") -> bool:
        """Whether this lapse happens here."""
        return self.uniform(name, where) < rate(_LAPSES[self._role, name], self._instructions)

    def uniform(self, *parts: str) -> float:
        """A number in [0, 1) that depends on seed, role and parts."""
        digest = hashlib.sha256("\x1f".join([str(self._seed), self._role, *parts]).encode()).digest()
        return int.from_bytes(digest[:7], "big") / 2**56

    def choose(self, options: "list[str] | tuple[str, ...]", *parts: str) -> str:
        """One of the options, evenly."""
        return options[int(self.uniform(*parts) * len(options))]


class Steady(Noise):
    """The same dice without any lapse: what a domain's held-out scenarios are written with."""

    def strikes(self, name: str, where: str = "") -> bool:
        return False
