"""Seats files in a few words, and what a plan of one says in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import TypeVar

from reconciler.model.desired import (
    Allowance,
    Assign,
    Exemption,
    GuardSettings,
    Inactivity,
    Kind,
    Mode,
    Name,
    Override,
    Reinstatement,
    Rule,
    Seats,
    SeatsFile,
    TeamEntry,
    Term,
    Threshold,
    Undeclared,
    UserEntry,
)
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Memory
from reconciler.model.plan import Change, Check, Decision, Notice, Plan, Resource
from reconciler.plan.planner import make_plan

from .world import NOW, Org, span

_NOWHERE = Mark("seats.yml", 0, 1)
_Entry = TypeVar("_Entry", TeamEntry, UserEntry, Exemption, Reinstatement)


# --- entries -------------------------------------------------------------------------------------


def day(text: str | None) -> date | None:
    """Return a day: `2026-11-30`, or `-1d` and `+3d` counted from today."""
    if text is None:
        return None
    if text[0] in "+-":
        return NOW.date() + (1 if text[0] == "+" else -1) * span(text[1:])
    return date.fromisoformat(text)


def user(
    login: str, *, pin: int | None = None, since: str | None = None, until: str | None = None
) -> UserEntry:
    return UserEntry(Name(Kind.USER, login, _NOWHERE, pin), Term(day(since), day(until)))


def team(
    slug: str, *, pin: int | None = None, since: str | None = None, until: str | None = None
) -> TeamEntry:
    """Return an entry with `assign: team`."""
    name = Name(Kind.TEAM, slug, _NOWHERE, pin)
    return TeamEntry(name, Assign.TEAM, (), Term(day(since), day(until)))


def each(
    slug: str,
    *,
    without: Iterable[str] = (),
    pin: int | None = None,
    since: str | None = None,
    until: str | None = None,
) -> TeamEntry:
    """Return an entry with `assign: members`."""
    excluded = tuple(Name(Kind.USER, login, _NOWHERE) for login in without)
    entry = team(slug, pin=pin, since=since, until=until)
    return replace(entry, assign=Assign.MEMBERS, excluded=excluded)


def rule(
    name: str = "everyone",
    *,
    idle: str | None = None,
    unused: str | None = None,
    teams: Iterable[str] = (),
    users: Iterable[str] = (),
    observe: bool = False,
) -> Rule:
    """Return a rule; a threshold is `60d`, or `30d>60d` for one that warns first."""
    return Rule(
        name,
        _NOWHERE,
        tuple(Name(Kind.TEAM, slug, _NOWHERE) for slug in teams),
        tuple(Name(Kind.USER, login, _NOWHERE) for login in users),
        _threshold(idle),
        _threshold(unused),
        Mode.OBSERVE if observe else Mode.ENFORCE,
    )


def _threshold(text: str | None) -> Threshold | None:
    if text is None:
        return None
    warn, arrow, cancel = text.rpartition(">")
    return Threshold(span(cancel), span(warn) if arrow else None, _NOWHERE)


def exempt(
    login: str | None = None, *, team: str | None = None, until: str | None = None
) -> Exemption:
    kind, text = (Kind.USER, login) if login is not None else (Kind.TEAM, team or "")
    return Exemption(Name(kind, text, _NOWHERE), "on leave", Term(None, day(until)))


def reinstate(login: str, on: str) -> Reinstatement:
    return Reinstatement(Name(Kind.USER, login, _NOWHERE), day(on) or NOW.date())


def allowance(text: str | int | None) -> Allowance | None:
    if text is None:
        return None
    if isinstance(text, int):
        return Allowance(count=text)
    return Allowance(percent=Decimal(text.removesuffix("%")))


def override(guard: str, allow: str | int | bool = True, until: str = "+30d") -> Override:
    given = allow if isinstance(allow, bool) else allowance(allow)
    assert given is not None
    return Override(guard, given, Term(None, day(until)), "reorganisation", _NOWHERE)


# --- files ---------------------------------------------------------------------------------------


def file(
    *,
    users: Iterable[str | UserEntry] = (),
    teams: Iterable[str | TeamEntry] = (),
    everyone: bool = False,
    undeclared: str = "cancel",
    rules: Iterable[Rule] = (),
    exempt: Iterable[Exemption] = (),
    reinstate: Iterable[Reinstatement] = (),
    authentication_counts: bool = False,
    guarded: bool = False,
    max_cancellations: str | int | None = None,
    max_creations: str | int | None = None,
    max_seats: int | None = None,
    max_activity_age: str = "72h",
    overrides: Iterable[Override] = (),
) -> SeatsFile:
    """Return a seats file; its counting guards let everything through unless it is *guarded*."""
    rules = tuple(rules)
    entries = [user(one) if isinstance(one, str) else one for one in users]
    listed = [team(one) if isinstance(one, str) else one for one in teams]
    if not guarded:
        max_cancellations, max_creations = 10_000, 10_000
        overrides = (*overrides, override("last_seat"))
    written = SeatsFile(
        path="seats.yml",
        sha256="0" * 64,
        org=Name(Kind.TEAM, "acme", _NOWHERE),
        seats=Seats(
            tuple(listed),
            tuple(entries),
            Mark("seats.yml", 900, 3) if everyone else None,
            Undeclared(undeclared),
            Mark("seats.yml", 901, 3),
        ),
        inactivity=Inactivity(rules, None, authentication_counts) if rules else None,
        reinstate=tuple(reinstate),
        exempt=tuple(exempt),
        guards=GuardSettings(
            mark=Mark("seats.yml", 950, 1),
            max_cancellations_per_cycle=allowance(max_cancellations),
            max_creations_per_cycle=allowance(max_creations),
            max_seats=max_seats,
            max_activity_age=span(max_activity_age),
            overrides=tuple(overrides),
        ),
    )
    return _numbered(written)


def _numbered(written: SeatsFile) -> SeatsFile:
    """Give every name, rule and override a line of its own."""
    lines = (Mark("seats.yml", number, 5) for number in count(1))

    def named(entry: _Entry) -> _Entry:
        return replace(entry, name=_moved(entry.name, lines))

    seats = replace(
        written.seats,
        teams=tuple(
            replace(named(one), excluded=tuple(_moved(name, lines) for name in one.excluded))
            for one in written.seats.teams
        ),
        users=tuple(map(named, written.seats.users)),
    )
    inactivity = written.inactivity
    if inactivity is not None:
        inactivity = replace(
            inactivity, rules=tuple(_moved_rule(one, lines) for one in inactivity.rules)
        )
    overrides = tuple(replace(one, mark=next(lines)) for one in written.guards.overrides)
    return replace(
        written,
        seats=seats,
        inactivity=inactivity,
        reinstate=tuple(map(named, written.reinstate)),
        exempt=tuple(map(named, written.exempt)),
        guards=replace(written.guards, overrides=overrides),
    )


def _moved(name: Name, lines: Iterator[Mark]) -> Name:
    return replace(name, mark=next(lines))


def _moved_rule(rule: Rule, lines: Iterator[Mark]) -> Rule:
    mark = next(lines)
    return replace(
        rule,
        mark=mark,
        teams=tuple(_moved(name, lines) for name in rule.teams),
        users=tuple(_moved(name, lines) for name in rule.users),
        idle=replace(rule.idle, mark=mark) if rule.idle else None,
        unused=replace(rule.unused, mark=mark) if rule.unused else None,
    )


# --- plans ---------------------------------------------------------------------------------------


def plan(org: Org, written: SeatsFile, memory: Memory | None = None) -> Plan:
    """Read *org* and plan."""
    return make_plan(written, org.look(written, memory), memory)


def said(changes: Plan | Sequence[Change]) -> list[str]:
    """Return the changes in their order, such as `delete user mona: idle`."""
    found = changes.changes if isinstance(changes, Plan) else changes
    return [_said(change) for change in found]


def _said(change: Change) -> str:
    kind = "user" if change.resource is Resource.USER else "team"
    return f"{change.action} {kind} {change.name}: {change.reason}"


def stopped(plan: Plan) -> dict[str, str]:
    """Return which guard withholds what, such as `{"delete user mona: idle": "evidence"}`."""
    return {_said(one.change): one.guard for one in plan.withheld}


def decided(plan: Plan, name: str) -> str:
    """Return what is decided for a login or slug, such as `5b no-op held`."""
    one = decision(plan, name)
    return f"{one.line} {one.action} {one.reason}"


def decision(plan: Plan, name: str) -> Decision:
    (found,) = [one for one in plan.decisions if one.name.lower() == name.lower()]
    return found


def verdict(plan: Plan, login: str) -> str:
    return decision(plan, login).verdict.value


def change(plan: Plan, name: str) -> Change:
    """Return the one change, withheld or not, of a login or slug."""
    (found,) = [one for one in wanted(plan) if one.name.lower() == name.lower()]
    return found


def wanted(plan: Plan) -> list[Change]:
    """Return what would be done without guards: changes and what was withheld."""
    return [*plan.changes, *(one.change for one in plan.withheld)]


def loses(plan: Plan, name: str) -> list[str]:
    """Return the logins of those whom the delete of *name* lists."""
    return sorted(person.login for person in change(plan, name).people)


def check(plan: Plan, guard: str) -> Check:
    (found,) = [one for one in plan.checks if one.guard == guard]
    return found


def fired(plan: Plan) -> set[str]:
    """Return the guards that don't pass."""
    return {one.guard for one in plan.checks if one.status != "pass"}


def told(plan: Plan, kind: str) -> list[str]:
    """Return the subjects of the notices of one kind."""
    return [one.subject for one in plan.notices if one.kind == kind]


def notice(plan: Plan, kind: str) -> Notice:
    (found,) = [one for one in plan.notices if one.kind == kind]
    return found
