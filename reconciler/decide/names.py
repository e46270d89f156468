"""Resolve the file's names to ids: names change hands, ids don't.

Every name of the file is resolved the same way, wherever it stands; what follows from a name that
is unknown, renamed, gone or re-used depends on where it stands (section 4 of the design).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from reconciler.model.desired import Kind, Name, SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Observed, Team

FORGOTTEN = 0
"""Stands in the ledger for the id behind a name that has left the file."""

ENTERPRISE_PREFIX = "ent:"
"""GitHub's prefix for the slug of an enterprise team."""


_SUSPENDED = re.compile(r"(?i)[0-9a-f]{24,64}_[a-z0-9][a-z0-9-]*")
"""What GitHub makes of the login of a managed user who is suspended: a hash and the shortcode."""


def is_suspended(login: str) -> bool:
    """Tell whether *login* is the obfuscated one of a suspended managed user.

    It ends with the suspension, so it is no name to write into a file.
    """
    return _SUSPENDED.fullmatch(login) is not None


class Fate(StrEnum):
    """What became of a name."""

    KNOWN = "known"
    RENAMED = "renamed"
    """The remembered id stands under another login or slug: everything moves along."""
    REUSED = "reused"
    """The name now has another id than the remembered one: the entry is frozen, both ways."""
    UNKNOWN = "unknown"
    """It does not exist, and no id is remembered."""
    GONE = "gone"
    """The remembered id no longer exists: the name stands for nobody."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom a name stands for: one id, none, or (re-used) the remembered one and today's."""

    fate: Fate
    ids: tuple[int, ...] = ()
    unproved: bool = False
    """Whether the id is only the file's word: the ledger never saw it behind this name."""

    @property
    def id(self) -> int | None:
        return self.ids[0] if self.ids else None


@dataclass(frozen=True)
class Directory:
    """Who and what was observed, by id and by name."""

    observed: Observed

    @cached_property
    def _sightings(self) -> tuple[Account, ...]:
        """Everybody seen, the surest source of a login last, in no order of GitHub's."""
        listed = (*self.observed.foreign, *self.observed.rows)
        rows = {row.account for row in listed if row.account is not None}
        rows |= {Account(row.id, row.login) for row in self.observed.unread if row.id and row.login}
        in_teams = {one for team in self.observed.team_members.values() for one in team}
        sources = (rows, in_teams, self.observed.accounts, self.observed.members or ())
        return tuple(one for source in sources for one in sorted(source, key=_by_login))

    @cached_property
    def logins(self) -> Mapping[int, str]:
        """Login of the moment, by user id."""
        return {account.id: account.login for account in self._sightings}

    @cached_property
    def user_ids(self) -> Mapping[str, int]:
        """User id, by login in lower case."""
        return {account.login.lower(): account.id for account in self._sightings}

    @cached_property
    def teams(self) -> Mapping[int, Team]:
        return {team.id: team for team in self.observed.teams if team.ours}

    @cached_property
    def team_ids(self) -> Mapping[str, int]:
        """Team id, by slug in lower case; what was looked for and is not there is left out."""
        return {
            team.slug.lower(): team.id
            for team in self.teams.values()
            if team.slug.lower() not in self.observed.absent_slugs
        }

    @cached_property
    def active(self) -> frozenset[int]:
        """Ids of those known to be active members: teams have no other members."""
        teams = self.observed.team_members.values()
        in_teams = {account.id for team in teams for account in team}
        return frozenset(in_teams | {account.id for account in self.observed.members or ()})

    def login(self, user_id: int) -> str:
        return self.logins.get(user_id, str(user_id))

    def members_of(self, team_id: int) -> tuple[Account, ...]:
        return self.observed.team_members.get(team_id, ())


def _by_login(account: Account) -> tuple[str, int]:
    return (account.login.lower(), account.id)


@dataclass(frozen=True)
class Names:
    """Every name of a file, resolved."""

    directory: Directory
    table: Mapping[tuple[Kind, str], Resolved] = field(default_factory=dict)

    def of(self, name: Name) -> Resolved:
        return self.table[name.key]

    def people(self, name: Name) -> frozenset[int]:
        """Return the ids of everybody *name* stands for, a team's members included."""
        ids = self.of(name).ids
        if name.kind is Kind.USER:
            return frozenset(ids)
        return frozenset(one.id for team in ids for one in self.directory.members_of(team))


def is_enterprise(name: Name) -> bool:
    """Tell whether *name* is an enterprise team's slug, which GitHub prefixes."""
    return name.kind is Kind.TEAM and name.text.lower().startswith(ENTERPRISE_PREFIX)


def names_in(file: SeatsFile) -> Iterator[Name]:
    """Yield every name of *file* in which GitHub is asked, in the file's order."""
    for entry in file.seats.teams:
        yield entry.name
        yield from entry.excluded
    for user in file.seats.users:
        yield user.name
    for rule in file.inactivity.rules if file.inactivity else ():
        yield from rule.teams
        yield from rule.users
    for reinstatement in file.reinstate:
        yield reinstatement.name
    for exemption in file.exempt:
        yield exemption.name


def remembered_ids(file: SeatsFile, memory: Memory | None) -> dict[tuple[Kind, str], int]:
    """Return the ids behind names: those the ledger knows, and before them those the file pins."""
    known = memory.names if memory is not None else {}
    ids = {key: number for key, number in known.items() if number != FORGOTTEN}
    ids.update({name.key: name.id for name in names_in(file) if name.id is not None})
    return ids


def resolve(file: SeatsFile, observed: Observed, memory: Memory | None) -> Names:
    """Resolve every name of *file* against what was observed and is remembered."""
    directory = Directory(observed)
    remembered = remembered_ids(file, memory)
    seen = memory.names if memory is not None else {}
    table: dict[tuple[Kind, str], Resolved] = {}
    for name in names_in(file):
        if name.kind is Kind.USER:
            current, known = directory.user_ids, directory.logins.keys()
        else:
            current, known = directory.team_ids, directory.teams.keys()
        id_ = remembered.get(name.key)
        found = _resolve_one(current.get(name.text.lower()), id_, known)
        table[name.key] = replace(found, unproved=id_ != seen.get(name.key))
    return Names(directory, table)


def _resolve_one(today: int | None, remembered: int | None, known: Container[int]) -> Resolved:
    if today is not None:
        if remembered is None or remembered == today:
            return Resolved(Fate.KNOWN, (today,))
        return Resolved(Fate.REUSED, (remembered, today))
    if remembered is None:
        return Resolved(Fate.UNKNOWN)
    if remembered in known:
        return Resolved(Fate.RENAMED, (remembered,))
    return Resolved(Fate.GONE)
