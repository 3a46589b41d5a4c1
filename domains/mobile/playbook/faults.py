"""Faults: wishes of customers whose phone does not work, with all that is wrong set at the start."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from domains.mobile.playbook.causes import in_the_network, on_the_phone
from domains.mobile.playbook.finding import Row
from domains.mobile.playbook.wishes import (
    Customer,
    about,
    active_lines,
    bills_of,
    can_roam,
    in_hand,
    named,
    no_roaming,
    overdue,
    with_known,
)
from turnwright.llm.embedded.desk import Desk
from turnwright.llm.embedded.wishes import Search, Wish

_COUNTRIES = ("Portugal", "Japan", "Canada", "Greece", "Mexico", "Ireland", "Norway")
_GOALS = {
    "no_service": "get rid of the trouble with {line}: its phone has no service",
    "slow_data": "get rid of the trouble with {line}: the internet is slow or nothing loads",
    "no_data_abroad": "use the internet abroad with {line}: you are in {country} and cannot get any",
    "picture_messages": "be able to send picture messages from {line} again",
}


def _fault(symptom: str, network: tuple[str, ...] = ()) -> Search[Customer]:
    """A fault of several causes; `network` limits those that lie in the network."""

    def search(desk: Desk, customer: Customer) -> Iterator[Wish]:
        chosen = desk.choose(network, "network") if network else in_the_network(desk, symptom)
        for line in active_lines(desk, customer):
            if chosen != "none" and "quota" in chosen and line["plan_id"] == "max-unlimited":
                continue
            phone = on_the_phone(desk, symptom)
            if "sim_pin" in phone:
                phone["sim_pin"] = f"{int(desk.noise.uniform('pin', desk.number) * 9000) + 1000}"
            wish = _wish(desk, symptom, line, phone)
            if wish is not None:
                yield from _in_network(desk, customer, line, wish, chosen)

    return search


def _wish(desk: Desk, symptom: str, line: Row, phone: dict[str, Any]) -> Wish | None:
    country = desk.choose(_COUNTRIES, "country") if symptom == "no_data_abroad" else ""
    if country and not can_roam(desk, line):
        return None
    words = _GOALS[symptom].format(line=named(desk, line), country=country)
    initial = in_hand(line, **phone, **({"location": country} if country else {}))
    if country:
        # Where roaming is not the trouble, both the line and the phone have it.
        initial["device/phone"].setdefault("data_roaming", True)
        initial[f"lines/{line['line_id']}"] = {"roaming_enabled": True}
    wish = Wish(symptom, words, **about(desk, line), initial=initial)
    # Whoever has a locked SIM card knows its PIN, and tells it to the phone alone.
    pin = {"sim_pin": phone["sim_pin"]} if "sim_pin" in phone else {}
    return replace(wish, knows=wish.knows | pin, holes=wish.holes | {"country": country})


def _in_network(desk: Desk, customer: Customer, line: Row, wish: Wish, chosen: str) -> Iterator[Wish]:
    """The same with something wrong in the network."""
    if chosen == "overdue":
        yield from overdue(desk, customer, line, wish)
        return
    key = f"lines/{line['line_id']}"
    patch: dict[str, Any] = dict(wish.initial.get(key, {}))
    if chosen == "suspended":
        patch |= {"status": "suspended", "suspension_reason": "customer_request"}
    if chosen == "stale":
        patch |= {"provisioned": 2}
    if "no roaming" in chosen:
        if bills_of(desk, customer, "overdue"):
            return
        patch |= no_roaming(line)[key]
    made = replace(wish, initial={**wish.initial, **({key: patch} if patch else {})})
    yield _without_data(desk, line, made, patch) if "quota" in chosen else made


def _without_data(desk: Desk, line: Row, wish: Wish, patch: dict[str, Any]) -> Wish:
    plan = next(plan for plan in desk.call("list_plans") if plan["plan_id"] == line["plan_id"])
    used = round(plan["data_gb"] + 0.1 + desk.noise.uniform("used", desk.number), 1)
    package = desk.choose([one["name"] for one in desk.call("list_data_packages")], "remedy")
    key = f"lines/{line['line_id']}"
    wish = replace(wish, initial={**wish.initial, key: {**patch, "data_used_gb": used}})
    words = f"{wish.words}; if this month's data is used up, take the package {package}"
    return replace(with_known(wish, remedy=package), words=words)


def _broken(desk: Desk, customer: Customer) -> Iterator[Wish]:
    phone = desk.choose(({"sim": "damaged"}, {"radio": "broken"}, {"radio": "broken", "airplane_mode": True}), "broken")
    for line in active_lines(desk, customer):
        wish = _wish(desk, "no_service", line, phone)
        if wish is not None:
            yield wish


def _held(desk: Desk, customer: Customer) -> Iterator[Wish]:
    for line in active_lines(desk, customer):
        key, hold = f"lines/{line['line_id']}", {"status": "suspended", "suspension_reason": "fraud_hold"}
        action = desk.choose(("resume_line", "no_service"), "action")
        goal = f"resume {named(desk, line)}, which has stopped working"
        words = goal if action == "resume_line" else _GOALS[action].format(line=named(desk, line))
        yield Wish(action, words, **about(desk, line), initial=in_hand(line) | {key: hold})


def _outage(desk: Desk, customer: Customer) -> Iterator[Wish]:
    symptom, status = desk.choose(
        (("no_service", "outage"), ("slow_data", "disturbed"), ("slow_data", "outage")), "area"
    )
    until = desk.choose(("2026-06-15", "2026-06-16", "2026-06-17", "2026-06-18"), "until")
    for line in active_lines(desk, customer):
        wish = _wish(desk, symptom, line, {})
        if wish is not None:
            area = {f"areas/{line['area_id']}": {"status": status, "until": until}}
            yield replace(wish, initial=wish.initial | area)


FAULTS: dict[str, Search[Customer]] = {
    "no_service": _fault("no_service"),
    "slow_data": _fault("slow_data"),
    "no_data_abroad": _fault("no_data_abroad"),
    "picture_messages": _fault("picture_messages"),
    "phone_only": _fault("no_service", ("none", "stale")),
    "slow_phone": _fault("slow_data", ("none", "stale")),
    "pictures_phone": _fault("picture_messages", ("none",)),
    "broken": _broken,
    "held": _held,
    "outage": _outage,
}
