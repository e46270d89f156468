"""What planning may ask of GitHub, and how several looks hear the same answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow


@dataclass(frozen=True, slots=True)
class SeatList:
    """One reading of all pages of the seat list.

    `total` is GitHub's `total_seats`, None where it was absent or the pages disagreed about it;
    `repeated` counts rows that came more than once (pages moved while reading); they are in `rows`
    once. `unread` rows are not among `rows`.
    """

    rows: tuple[Row, ...]
    total: int | None
    repeated: int = 0
    unread: tuple[UnreadRow, ...] = ()


class Reader(Protocol):
    """What planning holds: it can read, and has no way to write."""

    def now(self) -> datetime:
        """Return the moment of the API's first answer, in UTC."""

    def organization(self) -> Organization: ...

    def billing(self) -> Billing: ...

    def seats(self) -> SeatList:
        """Read every page of the seat list once."""

    def teams(self) -> tuple[Team, ...]:
        """Read every team of the organisation."""

    def team_members(self, slug: str) -> tuple[Account, ...] | None:
        """Read a team's members, those of child teams included; None without such a team."""

    def members(self) -> tuple[Account, ...]:
        """Read every active member of the organisation."""

    def members_within(self, pages: int) -> tuple[Account, ...] | None:
        """Read every active member, or return None if that takes more than *pages* requests."""

    def user(self, login: str) -> Account | None: ...

    def user_by_id(self, user_id: int) -> Account | None: ...

    def membership(self, login: str) -> str | None:
        """Return `active`, `pending` or, without a membership, None."""

    def member_seat(self, login: str) -> Row | UnreadRow | None:
        """Return one member's seat, None without one."""


class Cached:
    """A reader that asks every question once: all looks through it see the same organisation.

    Only the seats may be read twice in one look, since two readings are held against each other:
    every look sees the same first reading and the same second one. A look begins with the
    organisation.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._organization = cache(reader.organization)
        self._readings: list[SeatList] = []
        self._seen = 0
        self._members: tuple[Account, ...] | None = None
        self.now = cache(reader.now)
        self.billing = cache(reader.billing)
        self.teams = cache(reader.teams)
        self.team_members = cache(reader.team_members)
        self.user = cache(reader.user)
        self.user_by_id = cache(reader.user_by_id)
        self.membership = cache(reader.membership)
        self.member_seat = cache(reader.member_seat)

    def organization(self) -> Organization:
        self._seen = 0
        return self._organization()

    def members(self) -> tuple[Account, ...]:
        if self._members is None:
            self._members = self._reader.members()
        return self._members

    def members_within(self, pages: int) -> tuple[Account, ...] | None:
        if self._members is None:
            self._members = self._reader.members_within(pages)
        return self._members

    def seats(self) -> SeatList:
        """Return this look's next reading of the seat list."""
        if self._seen == len(self._readings):
            self._readings.append(self._reader.seats())
        self._seen += 1
        return self._readings[self._seen - 1]
