"""Drafting: how wishes become a draft: persona, goal, opening, and what the customer knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from turnwright.llm.embedded.desk import Desk, Impossible
from turnwright.llm.embedded.wishes import Customer, Search, Wish


@dataclass(frozen=True)
class Wording:
    """Openings are lead + core + tail: leads and tails by style, cores by action."""

    leads: Mapping[str, tuple[str, ...]]
    tails: Mapping[str, tuple[str, ...]]
    cores: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Person:
    """Who writes in."""

    persona: str
    """ "You are ... from ..."; how they talk is added."""
    identity: Mapping[str, str]
    """What they can be identified by, as they know it."""
    unknown: tuple[str, ...] = ()
    """Keys that they cannot tell."""


def introduced(user: Mapping[str, Any]) -> tuple[str, str]:
    """A user's name, and the words that introduce them."""
    name = f"{user['first_name']} {user['last_name']}"
    return name, f"You are {name} from {user['address']['city']}."


@dataclass(frozen=True)
class Drafting(Generic[Customer]):
    """What a domain's dialogue writer knows.

    Of the twists, those that begin with "wrong_" and "forgot_" concern the number of what a wish is about.
    """

    customer: Callable[[dict[str, Any]], Customer]
    """From what the prompt tells of one customer."""
    person: Callable[[Desk, Customer], Person]
    kinds: Mapping[str, tuple[tuple[str, ...], ...]]
    """By family, which kinds of wishes make it up; one of the combinations is chosen for each scenario."""
    searches: Mapping[str, Search[Customer]]
    """By kind of wish."""
    question: Search[Customer]
    """What is asked first, where the plan has such a twist."""
    clear: Callable[[Desk, Customer, Wish, list[Wish]], bool]
    """Whether a wish can be told from those taken before, and from others where its number is lost."""
    wrong_id: Callable[[Desk, Wish], str]
    """A number that nothing has."""
    wording: Wording

    def write(self, desk: Desk) -> dict[str, Any]:
        """One draft for the desk's plan.

        Raises:
            Impossible: if none of the customers can have such a wish.
        """
        for record in desk.shuffled(desk.customers, "customer"):
            customer = self.customer(record)
            if wishes := self._wishes(desk, customer):
                return self._draft(desk, self.person(desk, customer), wishes)
        raise Impossible(f"nobody here can have a wish of the family {desk.family}")

    def _wishes(self, desk: Desk, customer: Customer) -> list[Wish] | None:
        wishes: list[Wish] = []
        for kind in desk.choose(self.kinds[desk.family], "kinds"):
            fitting = (wish for wish in self.searches[kind](desk, customer) if self.clear(desk, customer, wish, wishes))
            wish = next(fitting, None)
            if wish is None:
                return None
            wishes.append(wish)
        if loses_number(desk) and not any(wish.subject for wish in wishes):
            return None
        if "asks_question_first" in desk.twists:
            wishes.insert(0, next(self.question(desk, customer)))
        return wishes

    def _draft(self, desk: Desk, person: Person, wishes: list[Wish]) -> dict[str, Any]:
        note, told, unknown = self._told(desk, wishes)
        knows = {key: value for wish in reversed(told) for key, value in wish.knows.items()}
        initial: dict[str, dict[str, Any]] = {}
        for wish in wishes:
            for path, patch in wish.initial.items():
                initial[path] = patch | initial.get(path, {})
        return {
            "persona": f"{person.persona} Style of writing: {desk.style}.",
            "goal": note + _goal(told),
            "opening": self._opening(desk, told[0]),
            "knows": {**person.identity, **knows},
            "does_not_know": [*unknown, *person.unknown],
            "requests": [{"action": wish.action, "details": wish.details} for wish in wishes],
            **({"initial": initial} if initial else {}),
        }

    def _told(self, desk: Desk, wishes: list[Wish]) -> tuple[str, list[Wish], list[str]]:
        """A note before the goal, the wishes as this customer can tell them, and what the customer cannot tell."""
        about = next((wish.subject for wish in wishes if wish.subject), None)
        if about is None or not loses_number(desk):
            return "", wishes, []
        if _forgets(desk):
            return "", [_without_id(wish) for wish in wishes], [about.key]
        first = next(at for at, wish in enumerate(wishes) if wish.subject)
        wrong = self.wrong_id(desk, wishes[first])
        told = [*wishes[:first], _with_other_id(wishes[first], wrong), *wishes[first + 1 :]]
        return (
            f"You believe that your {about.noun} number is {wrong}, which is wrong. ",
            told,
            [f"the right {about.key}"],
        )

    def _opening(self, desk: Desk, wish: Wish) -> str:
        core = desk.choose(self.wording.cores[wish.action], "core").format(**wish.holes)
        lead = desk.choose(self.wording.leads[desk.style], "lead")
        tail = desk.choose(self.wording.tails[desk.style], "tail")
        if tail[:1].islower():
            core = core.rstrip(".?!") + ","
        return " ".join(part for part in (lead, core[0].upper() + core[1:], tail) if part)


def _forgets(desk: Desk) -> bool:
    return any(twist.startswith("forgot_") for twist in desk.twists)


def loses_number(desk: Desk) -> bool:
    """Whether the plan has the customer forget the number of what it is about, or have it wrong."""
    return _forgets(desk) or any(twist.startswith("wrong_") for twist in desk.twists)


def _with_other_id(wish: Wish, wrong: str) -> Wish:
    assert wish.subject is not None
    right, key, noun = wish.subject.id, wish.subject.key, wish.subject.noun
    return replace(
        wish,
        words=wish.words.replace(right, wrong),
        knows=wish.knows | {key: wrong},
        holes=wish.holes | {noun: f"{noun} {wrong}"},
    )


def _without_id(wish: Wish) -> Wish:
    if wish.subject is None:
        return wish
    return replace(
        wish,
        words=wish.words.replace(wish.subject.named, wish.subject.described),
        knows={key: value for key, value in wish.knows.items() if key != wish.subject.key},
        holes=wish.holes | {wish.subject.noun: wish.subject.described},
    )


def _goal(wishes: list[Wish]) -> str:
    if len(wishes) == 1:
        return f"You want to {_sentence(wishes[0])}"
    return "You want to " + " ".join(f"({number}) {_sentence(wish)}" for number, wish in enumerate(wishes, 1))


def _sentence(wish: Wish) -> str:
    if not wish.second_thought:
        return f"{wish.words}."
    return f"{wish.words}. When the assistant asks you to confirm, change your mind: {wish.second_thought}."
