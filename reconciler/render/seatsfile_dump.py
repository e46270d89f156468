"""Write a seats file's value as YAML that reads as the same value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from reconciler.model.desired import (
    Allowance,
    Assign,
    Exemption,
    GuardSettings,
    Inactivity,
    Mode,
    Name,
    Override,
    Prices,
    Reinstatement,
    Rule,
    Seats,
    SeatsFile,
    TeamEntry,
    Term,
    Threshold,
    UserEntry,
)
from reconciler.model.diagnostics import Mark
from reconciler.render.seatsfile import scalar

_DEFAULT_AGE = GuardSettings(Mark("", 1, 1)).max_activity_age

Pair = tuple[str, str]


def rewritten(file: SeatsFile, remark: str = "") -> str:
    """Return *file* as text, under *remark* as a comment; a policy's rules stand among its own."""
    lines = [f"# {line}".rstrip() for line in remark.splitlines()]
    lines += ["version: 1", f"org: {scalar(file.org.text)}", "", *_seats(file.seats)]
    if file.inactivity is not None:
        lines += ["", *_inactivity(file.inactivity)]
    lines += _listed("reinstate", map(_reinstatement, file.reinstate))
    lines += _listed("exempt", map(_exemption, file.exempt))
    lines += _guards(file.guards)
    if file.prices != Prices():
        lines += ["", f"prices: {_flow(_prices(file.prices))}"]
    return "\n".join(lines) + "\n"


def _listed(key: str, entries: Iterable[str]) -> list[str]:
    found = [f"  - {entry}" for entry in entries]
    return ["", f"{key}:", *found] if found else []


def _flow(pairs: Iterable[Pair]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def _names(names: Iterable[Name]) -> str:
    return "[" + ", ".join(scalar(name.text) for name in names) + "]"


# --- seats --------------------------------------------------------------------------------------


def _seats(seats: Seats) -> Iterator[str]:
    yield "seats:"
    if seats.teams:
        yield "  teams:"
        yield from (f"    - {_flow(_team(entry))}" for entry in seats.teams)
    if seats.users:
        yield "  users:"
        yield from (f"    - {_flow(_user(entry))}" for entry in seats.users)
    if seats.members is not None:
        yield "  members: all"
    yield f"  undeclared: {seats.undeclared}"


def _team(entry: TeamEntry) -> Iterator[Pair]:
    yield "team", scalar(entry.name.text)
    if entry.assign is Assign.MEMBERS:
        yield "assign", entry.assign.value
    if entry.excluded:
        yield "except", _names(entry.excluded)
    yield from _term(entry.term)
    yield from _reason(entry.reason)


def _user(entry: UserEntry) -> Iterator[Pair]:
    yield "user", scalar(entry.name.text)
    if entry.name.id is not None:
        yield "id", str(entry.name.id)
    yield from _term(entry.term)
    yield from _reason(entry.reason)


def _term(term: Term) -> Iterator[Pair]:
    if term.first is not None:
        yield "from", term.first.isoformat()
    if term.last is not None:
        yield "until", term.last.isoformat()


def _reason(text: str | None) -> Iterator[Pair]:
    if text:
        yield "reason", json.dumps(text)


# --- rules, and who is spared -------------------------------------------------------------------


def _inactivity(section: Inactivity) -> Iterator[str]:
    yield "inactivity:"
    yield "  rules:"
    yield from (f"    - {_flow(_rule(rule))}" for rule in section.rules)
    if section.authentication_counts:
        yield "  authentication_counts: true"


def _rule(rule: Rule) -> Iterator[Pair]:
    yield "name", scalar(rule.name)
    if rule.teams:
        yield "teams", _names(rule.teams)
    if rule.users:
        yield "users", _names(rule.users)
    if rule.idle is not None:
        yield "idle", _flow(_threshold(rule.idle))
    if rule.unused is not None:
        yield "unused", _flow(_threshold(rule.unused))
    if rule.mode is not Mode.ENFORCE:
        yield "mode", rule.mode.value


def _threshold(threshold: Threshold) -> Iterator[Pair]:
    if threshold.warn is not None:
        yield "warn", _duration(threshold.warn)
    yield "cancel", _duration(threshold.cancel)


def _duration(span: timedelta) -> str:
    hours = int(span.total_seconds()) // 3600
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _reinstatement(entry: Reinstatement) -> str:
    pairs = [("user", scalar(entry.name.text)), ("on", entry.on.isoformat())]
    return _flow([*pairs, *_reason(entry.reason)])


def _exemption(entry: Exemption) -> str:
    name = (entry.name.kind.value, scalar(entry.name.text))
    return _flow([name, *_reason(entry.reason), *_term(entry.term)])


# --- guards and prices --------------------------------------------------------------------------


def _guards(guards: GuardSettings) -> list[str]:
    lines = [f"  {key}: {value}" for key, value in _allowances(guards)]
    if guards.overrides:
        lines += ["  overrides:", *(f"    - {_override(one)}" for one in guards.overrides)]
    return ["", "guards:", *lines] if lines else []


def _allowances(guards: GuardSettings) -> Iterator[Pair]:
    if guards.max_cancellations_per_cycle is not None:
        yield "max_cancellations_per_cycle", str(guards.max_cancellations_per_cycle)
    if guards.max_creations_per_cycle is not None:
        yield "max_creations_per_cycle", str(guards.max_creations_per_cycle)
    if guards.max_seats is not None:
        yield "max_seats", str(guards.max_seats)
    if guards.max_activity_age != _DEFAULT_AGE:
        yield "max_activity_age", _duration(guards.max_activity_age)


def _override(one: Override) -> str:
    allow = str(one.allow) if isinstance(one.allow, Allowance) else str(one.allow).lower()
    pairs = [("guard", scalar(one.guard)), ("allow", allow), *_term(one.term)]
    return _flow([*pairs, *_reason(one.reason)])


def _prices(prices: Prices) -> Iterator[Pair]:
    yield "business", f"{prices.business:f}"
    yield "enterprise", f"{prices.enterprise:f}"
    yield "currency", scalar(prices.currency)
