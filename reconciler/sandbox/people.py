"""Who there is: accounts, their membership and activity, and the tree of teams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.errors import UsageError

RETENTION = timedelta(days=90)
"""GitHub forgets activity after 90 days. https://docs.github.com/en/copilot/reference/metrics-data"""

FIRST_NEW_ID = 90_000_000
"""Ids of accounts and teams that the sandbox makes up start here."""


class Membership(StrEnum):
    """How an account stands to the organisation."""

    ACTIVE = "active"
    PENDING = "pending"
    NONE = "none"


@dataclass(slots=True)
class Usage:
    """When someone used Copilot: what GitHub knows, and what it will learn with a lag.

    With a `habit` the person comes back at `habit_from` and every such span after it, without
    being told.
    """

    last: datetime | None = None
    editor: str | None = None
    authenticated: datetime | None = None
    unseen: list[datetime] = field(default_factory=list)
    habit: timedelta | None = None
    habit_from: datetime | None = None

    def seen(self, now: datetime, lag: timedelta) -> datetime | None:
        """Return the newest activity that GitHub shows at *now*; after 90 days it is forgotten."""
        horizon = now - lag
        known = [at for at in self.unseen if at <= horizon]
        if self.last is not None:
            known.append(self.last)
        if self.habit is not None and self.habit_from is not None and self.habit_from <= horizon:
            known.append(horizon - (horizon - self.habit_from) % self.habit)
        return _kept(max(known, default=None), now)

    def happens(self, now: datetime, lag: timedelta) -> None:
        """Take note of use at *now*; what shows already is kept as its newest only."""
        shown = max((at for at in self.unseen if at <= now - lag), default=None)
        hidden = [at for at in self.unseen if at > now - lag]
        self.unseen = [*([] if shown is None else [shown]), *hidden, now]
        self.authenticated = now

    def set_habit(self, every: timedelta | None, now: datetime) -> None:
        """Let the person come back each *every* from *now* on; what the old habit left remains."""
        if self.habit is not None and self.habit_from is not None and self.habit_from <= now:
            self.unseen = [*self.unseen, now - (now - self.habit_from) % self.habit]
        self.habit = every
        self.habit_from = None if every is None else now

    def signed_in(self, now: datetime) -> datetime | None:
        """Return the last sign-in that GitHub still remembers at *now*."""
        return _kept(self.authenticated, now)

    def forget(self, now: datetime) -> None:
        """Forget all of it, as GitHub does when the seat goes; a habit starts anew."""
        self.last = self.editor = self.authenticated = None
        self.unseen = []
        if self.habit is not None:
            self.habit_from = now + self.habit


def _kept(at: datetime | None, now: datetime) -> datetime | None:
    return None if at is None or at < now - RETENTION else at


@dataclass(slots=True)
class Person:
    """An account."""

    id: int
    login: str
    membership: Membership = Membership.NONE
    admin: bool = False
    suspended: bool = False
    usage: Usage = field(default_factory=Usage)

    @property
    def member(self) -> bool:
        return self.membership is Membership.ACTIVE and not self.suspended


@dataclass(slots=True)
class OrgTeam:
    """A team of the organisation; `own` are its members without those of child teams."""

    id: int
    slug: str
    name: str
    created_at: datetime
    parent: int | None = None
    own: dict[int, None] = field(default_factory=dict)
    maintainers: set[int] = field(default_factory=set)


class Directory:
    """Accounts and teams, found by id or by name in any case."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.teams: dict[int, OrgTeam] = {}
        self._logins: dict[str, int] = {}
        self._slugs: dict[str, int] = {}
        self._below: dict[int, list[int]] = {}
        self._next_id = FIRST_NEW_ID

    # --- accounts -------------------------------------------------------------------------

    def person(self, login: str) -> Person | None:
        number = self._logins.get(login.lower())
        return None if number is None else self.people[number]

    def known(self, login: str) -> Person:
        """Return the account called *login*; raises UsageError when there is none."""
        person = self.person(login)
        if person is None:
            raise UsageError(f"sandbox: no account is called {login!r}")
        return person

    def add_person(self, login: str, number: int | None = None) -> Person:
        """Return a new account; raises UsageError when its login or id is taken."""
        if login.lower() in self._logins:
            raise UsageError(f"sandbox: the login {login!r} is taken")
        if number in self.people:
            raise UsageError(f"sandbox: the id {number} is taken")
        person = Person(number if number is not None else self.new_id(), login)
        self.people[person.id] = person
        self._logins[login.lower()] = person.id
        return person

    def rename_person(self, person: Person, login: str) -> None:
        if self._logins.get(login.lower(), person.id) != person.id:
            raise UsageError(f"sandbox: the login {login!r} is taken")
        del self._logins[person.login.lower()]
        self._logins[login.lower()] = person.id
        person.login = login

    def remove_person(self, person: Person) -> None:
        del self._logins[person.login.lower()]
        del self.people[person.id]

    def members(self) -> list[Person]:
        return [person for person in self.people.values() if person.member]

    def new_id(self) -> int:
        while self._next_id in self.people or self._next_id in self.teams:
            self._next_id += 1
        return self._next_id

    # --- teams ----------------------------------------------------------------------------

    def team(self, slug: str) -> OrgTeam | None:
        number = self._slugs.get(slug.lower())
        return None if number is None else self.teams[number]

    def known_team(self, slug: str) -> OrgTeam:
        """Return the team with *slug*; raises UsageError when there is none."""
        team = self.team(slug)
        if team is None:
            raise UsageError(f"sandbox: no team has the slug {slug!r}")
        return team

    def team_named(self, name: str) -> OrgTeam | None:
        low = name.lower()
        return next((team for team in self.teams.values() if team.name.lower() == low), None)

    def add_team(
        self, slug: str, name: str, created_at: datetime, number: int | None = None
    ) -> OrgTeam:
        """Return a new team; raises UsageError when its slug or id is taken."""
        if slug.lower() in self._slugs:
            raise UsageError(f"sandbox: the team slug {slug!r} is taken")
        if number in self.teams:
            raise UsageError(f"sandbox: the team id {number} is taken")
        team = OrgTeam(number if number is not None else self.new_id(), slug, name, created_at)
        self.teams[team.id] = team
        self._slugs[slug.lower()] = team.id
        return team

    def rename_team(self, team: OrgTeam, slug: str, name: str) -> None:
        if self._slugs.get(slug.lower(), team.id) != team.id:
            raise UsageError(f"sandbox: the team slug {slug!r} is taken")
        del self._slugs[team.slug.lower()]
        self._slugs[slug.lower()] = team.id
        team.slug, team.name = slug, name

    def place_team(self, team: OrgTeam, parent: OrgTeam) -> None:
        """Put a new *team* below *parent*."""
        team.parent = parent.id
        self._below.setdefault(parent.id, []).append(team.id)

    def remove_team(self, team: OrgTeam) -> None:
        if team.parent is not None:
            self._below[team.parent].remove(team.id)
        del self._slugs[team.slug.lower()]
        del self.teams[team.id]

    def children(self, team: OrgTeam) -> list[OrgTeam]:
        return [self.teams[number] for number in self._below.get(team.id, ())]

    def descendants(self, team: OrgTeam) -> Iterator[OrgTeam]:
        """Yield the teams below *team*, at any depth, each once."""
        seen = {team.id}
        queue = [team]
        while queue:
            for child in self.children(queue.pop()):
                if child.id not in seen:
                    seen.add(child.id)
                    queue.append(child)
                    yield child

    def team_members(self, team: OrgTeam, *, nested: bool = True) -> list[Person]:
        """Return the active members of *team*, those of child teams included if *nested*."""
        ids = dict(team.own)
        if nested:
            for child in self.descendants(team):
                ids.update(child.own)
        people = (self.people[number] for number in ids if number in self.people)
        return [person for person in people if person.membership is Membership.ACTIVE]

    def belongs(self, person: Person, team: OrgTeam, *, nested: bool = True) -> bool:
        """Tell whether *person* is in *team*, by way of a child team too if *nested*."""
        teams: Iterable[OrgTeam] = [team, *self.descendants(team)] if nested else [team]
        return any(person.id in other.own for other in teams)
