"""Put pseudonyms for people, teams and the organisation, so that a case can be shown to strangers.

The twin of a seats file and what was observed plans to the same decisions. A name or an id has one
pseudonym wherever it stands; chance decides which, so that neither a pseudonym nor the order of a
list leads back. Whatever else could name somebody is left out: display names, reasons, names of
rules, negotiated prices, GitHub's host. Times, counts and the shape of teams are the evidence: they
stay.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconciler.decide.names import ENTERPRISE_PREFIX
from reconciler.model.desired import (
    Exemption,
    GuardSettings,
    Inactivity,
    Kind,
    Name,
    Prices,
    Reinstatement,
    Rule,
    Seats,
    SeatsFile,
    TeamEntry,
)
from reconciler.model.observed import Account, Observed, Organization, Row, Team, UnreadRow

ORGANIZATION = ("example", "sample")
"""The organisation's pseudonym, and the one for an organisation that is called so."""

HOST = "https://api.github.com"
UNTOLD = "not told here"
"""Stands for a reason where there has to be one."""

_FIRST_ID = 9_000_000_000
"""Beyond the ids of GitHub's accounts: no pseudonym is somebody else's id."""

_ELSEWHERE = _FIRST_ID + 1
"""The id of every other organisation."""


@dataclass
class Pseudonyms:
    """Gives everybody a pseudonym, drawn by *chance*, and the same again when asked again."""

    chance: random.Random
    _names: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _numbers: dict[tuple[Kind, int], int] = field(default_factory=dict)
    _drawn: set[int] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)

    def name(self, kind: Kind, text: str) -> str:
        """Return the pseudonym of a login or slug; names compare without case."""
        return self._name(kind, text, None)

    def id(self, kind: Kind, number: int) -> int:
        """Return the pseudonym of an id; 0 stands for nobody, and goes on doing so."""
        return _FIRST_ID + self._number(kind, number) if number else 0

    def account(self, account: Account) -> Account:
        """Return *account* under a login and an id that have one number, where both are new."""
        number = self._number(Kind.USER, account.id)
        return Account(_FIRST_ID + number, self._name(Kind.USER, account.login, number))

    def accounts(self, people: Iterable[Account]) -> tuple[Account, ...]:
        return tuple(sorted(map(self.account, people), key=lambda one: one.id))

    def team(self, team: Team) -> Team:
        number = self._number(Kind.TEAM, team.id)
        slug = self._name(Kind.TEAM, team.slug, number)
        name = slug if team.name in ("", team.slug) else f"Team {number}"
        given = self.id(Kind.TEAM, team.id)
        if team.slug == str(team.id):  # GitHub named it by nothing but the id
            slug = name = str(given)
        return Team(given, slug, name, team.enterprise, team.unlisted)

    def login_of(self, organization: str) -> str:
        """Return the organisation's pseudonym."""
        usual, other = ORGANIZATION
        return other if organization.lower() == usual else usual

    def organization(self, found: Organization) -> Organization:
        return Organization(_FIRST_ID, self.login_of(found.login), HOST)

    def _name(self, kind: Kind, text: str, number: int | None) -> str:
        key = (kind, text.lower())
        if key not in self._names:
            prefix = ENTERPRISE_PREFIX if text.lower().startswith(ENTERPRISE_PREFIX) else ""
            name = f"{prefix}{kind}-{number}"
            if number is None or name in self._said:
                name = f"{prefix}{kind}-{self._draw()}"
            self._said.add(name)
            self._names[key] = name
        return self._names[key]

    def _number(self, kind: Kind, number: int) -> int:
        key = (kind, number)
        if key not in self._numbers:
            self._numbers[key] = self._draw()
        return self._numbers[key]

    def _draw(self) -> int:
        """Return a number that was not drawn before."""
        while True:
            number = self.chance.randrange(100_000, 1_000_000 + 10 * len(self._drawn))
            if number not in self._drawn:
                self._drawn.add(number)
                return number


# --- what was observed --------------------------------------------------------------------------


def observed_twin(observed: Observed, names: Pseudonyms) -> Observed:
    """Return *observed* under pseudonyms, its lists in the pseudonyms' order."""
    rows = sorted((_row(row, names) for row in observed.rows), key=_place)
    foreign = (_row(row, names, _ELSEWHERE) for row in observed.foreign)
    teams = sorted(map(names.team, observed.teams), key=lambda team: team.id)
    members = {
        names.id(Kind.TEAM, number): names.accounts(people)
        for number, people in observed.team_members.items()
    }
    return replace(
        observed,
        organization=names.organization(observed.organization),
        rows=tuple(rows),
        foreign=tuple(sorted(foreign, key=_place)),
        unread=tuple(sorted((_unread(row, names) for row in observed.unread), key=str)),
        teams=tuple(teams),
        listed=observed.listed and frozenset(names.id(Kind.TEAM, one) for one in observed.listed),
        team_members=dict(sorted(members.items())),
        members=None if observed.members is None else names.accounts(observed.members),
        accounts=names.accounts(observed.accounts),
        invited=frozenset(names.id(Kind.USER, one) for one in observed.invited),
        absent_logins=frozenset(names.name(Kind.USER, one) for one in observed.absent_logins),
        absent_user_ids=frozenset(names.id(Kind.USER, one) for one in observed.absent_user_ids),
        absent_slugs=frozenset(names.name(Kind.TEAM, one) for one in observed.absent_slugs),
        absent_team_ids=frozenset(names.id(Kind.TEAM, one) for one in observed.absent_team_ids),
    )


def _row(row: Row, names: Pseudonyms, organization: int | None = None) -> Row:
    return replace(
        row,
        account=None if row.account is None else names.account(row.account),
        team=None if row.team is None else names.team(row.team),
        organization=organization,
    )


def _unread(row: UnreadRow, names: Pseudonyms) -> UnreadRow:
    """Return *row* under pseudonyms; its login and id have one number, as everybody's."""
    if row.id is not None and row.login is not None:
        account = names.account(Account(row.id, row.login))
        return UnreadRow(account.id, account.login, row.why)
    login = row.login and names.name(Kind.USER, row.login)
    return UnreadRow(row.id and names.id(Kind.USER, row.id), login, row.why)


def _place(row: Row) -> tuple[int, int]:
    return (row.account.id if row.account else 0, row.team.id if row.team else 0)


# --- the file -----------------------------------------------------------------------------------


def file_twin(file: SeatsFile, names: Pseudonyms) -> SeatsFile:
    """Return *file* under pseudonyms, its policy's rules among its own."""
    return replace(
        file,
        org=replace(file.org, text=names.login_of(file.org.text)),
        seats=_seats(file.seats, names),
        inactivity=None if file.inactivity is None else _inactivity(file.inactivity, names),
        reinstate=tuple(_reinstatement(one, names) for one in file.reinstate),
        exempt=tuple(_exemption(one, names) for one in file.exempt),
        guards=_guards(file.guards),
        prices=Prices(),
        warnings=(),
    )


def _known(name: Name, names: Pseudonyms) -> Name:
    number = None if name.id is None else names.id(name.kind, name.id)
    return replace(name, text=names.name(name.kind, name.text), id=number)


def _all(found: Iterable[Name], names: Pseudonyms) -> tuple[Name, ...]:
    return tuple(_known(name, names) for name in found)


def _seats(seats: Seats, names: Pseudonyms) -> Seats:
    users = (replace(one, name=_known(one.name, names), reason=None) for one in seats.users)
    return replace(
        seats, teams=tuple(_team_entry(one, names) for one in seats.teams), users=tuple(users)
    )


def _team_entry(entry: TeamEntry, names: Pseudonyms) -> TeamEntry:
    excluded = _all(entry.excluded, names)
    return replace(entry, name=_known(entry.name, names), excluded=excluded, reason=None)


def _inactivity(section: Inactivity, names: Pseudonyms) -> Inactivity:
    rules = (_rule(rule, number, names) for number, rule in enumerate(section.rules, 1))
    return replace(section, policy=None, rules=tuple(rules))


def _rule(rule: Rule, number: int, names: Pseudonyms) -> Rule:
    teams, users = _all(rule.teams, names), _all(rule.users, names)
    return replace(rule, name=f"rule-{number}", teams=teams, users=users, named_at=None)


def _reinstatement(entry: Reinstatement, names: Pseudonyms) -> Reinstatement:
    return replace(entry, name=_known(entry.name, names), reason=None)


def _exemption(entry: Exemption, names: Pseudonyms) -> Exemption:
    return replace(entry, name=_known(entry.name, names), reason=UNTOLD)


def _guards(guards: GuardSettings) -> GuardSettings:
    overrides = tuple(replace(one, reason=UNTOLD) for one in guards.overrides)
    return replace(guards, overrides=overrides)
