"""Seats as they follow from grants: who holds one through what, until when, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from reconciler.sandbox.people import Usage


class Effect(StrEnum):
    """What adding a grant did to the person's seat; the words are GitHub's audit events'."""

    ADDED = "added"
    REFRESHED = "refreshed"
    REUSED = "reused"


@dataclass(slots=True)
class Grant:
    """One source of a person's seat: direct (no team) or through a team of the organisation."""

    person: int
    team: int | None
    created_at: datetime
    pending: date | None = None
    plan_type: str | None = None


@dataclass(slots=True)
class FixedRow:
    """A row that the organisation can't manage.

    It is through a team that the organisation does not assign, another organisation's, without
    assignee, or `stated`: it can't be read, and is served as it stands.
    """

    person: int | None
    team: int | Mapping[str, object] | None
    created_at: datetime
    pending: date | None = None
    plan_type: str | None = None
    usage: Usage = field(default_factory=Usage)
    organization: Mapping[str, object] | None = None
    stated: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How new grants behave: the switches that matter here."""

    renewal_moves_created_at: bool = False
    direct_first: bool = False


class SeatBook:
    """All grants. The order of a person's grants says which one a single row shows."""

    def __init__(self) -> None:
        self.grants: dict[int, list[Grant]] = {}
        self.assigned: dict[int, datetime] = {}
        """Teams that are assigned, by id, and since when."""
        self.fixed: list[FixedRow] = []

    def of(self, person: int) -> list[Grant]:
        return self.grants.get(person, [])

    def find(self, person: int, team: int | None) -> Grant | None:
        return next((grant for grant in self.of(person) if grant.team == team), None)

    def fixed_of(self, person: int) -> list[FixedRow]:
        return [row for row in self.fixed if row.person == person]

    def live(self, person: int) -> bool:
        return any(grant.pending is None for grant in self.of(person))

    def live_in_team(self, person: int) -> bool:
        return any(grant.pending is None and grant.team is not None for grant in self.of(person))

    def any_live(self) -> bool:
        return any(self.live(person) for person in self.grants)

    def load(self, grant: Grant, *, shown: bool = True) -> None:
        """Take *grant* over as it is; one that isn't *shown* comes after the others."""
        grants = self.grants.setdefault(grant.person, [])
        if self.find(grant.person, grant.team) is None and (shown or grants):
            grants.append(grant)

    def grant(self, person: int, team: int | None, now: datetime, outlook: Outlook) -> Effect:
        """Give *person* a seat directly or through *team*; a pending seat is renewed by it."""
        had, alive = bool(self.of(person)), self.live(person)
        moves = had and not alive and outlook.renewal_moves_created_at
        found = self.find(person, team)
        if found is None:
            since = max((grant.created_at for grant in self.of(person)), default=now)
            place = 0 if team is None and outlook.direct_first else len(self.of(person))
            grant = Grant(person, team, now if moves else since)
            self.grants.setdefault(person, []).insert(place, grant)
        elif found.pending is not None:
            found.pending = None
            found.created_at = now if moves else found.created_at
        if alive:
            return Effect.REUSED
        return Effect.REFRESHED if had else Effect.ADDED

    def end(self, person: int, team: int | None, day: date) -> bool:
        """Let the grant end on *day*; tell whether the person's seat is pending by it."""
        found = self.find(person, team)
        if found is None or found.pending is not None:
            return False
        found.pending = day
        return not self.live(person)

    def drop(self, person: int) -> None:
        """Remove all grants of *person* at once."""
        self.grants.pop(person, None)
        self.fixed = [row for row in self.fixed if row.person != person]

    def expire(self, today: date) -> list[int]:
        """Remove what was pending until *today*; return the people whose seat is gone by it."""
        gone = []
        for person, grants in list(self.grants.items()):
            kept = [grant for grant in grants if grant.pending is None or grant.pending > today]
            if len(kept) == len(grants):
                continue
            if kept:
                self.grants[person] = kept
            else:
                del self.grants[person]
                gone.append(person)
        self.fixed = [row for row in self.fixed if row.pending is None or row.pending > today]
        return gone

    def ends(self) -> set[date]:
        """Return the days on which something ends."""
        days = {grant.pending for grants in self.grants.values() for grant in grants}
        days |= {row.pending for row in self.fixed}
        return {day for day in days if day is not None}
